// An application that uses up all descriptors, and gives them back when it is asked to.
import { closeSync, openSync } from "node:fs";
import { App, type FasterApiError, type ServerStats } from "@fasterapi/bun";

const eaten: number[] = [];

function eat(): string {
  for (;;) {
    try {
      eaten.push(openSync("/dev/null", "r"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
      return `${eaten.length}`;
    }
  }
}

function vomit(): string {
  for (const descriptor of eaten.splice(0)) closeSync(descriptor);
  return "done";
}

const app = new App()
  .get("/", "constant")
  .get("/handler", () => "handler")
  .get("/eat", eat)
  .get("/vomit", vomit)
  .get("/stats", (): ServerStats => server.stats());
const address = { port: 0, hostname: "127.0.0.1" };

async function failsToListen(): Promise<void> {
  try {
    await app.listen(address);
    console.log(JSON.stringify({ name: "it listens" }));
  } catch (error) {
    const { code, name } = error as FasterApiError;
    console.log(JSON.stringify({ code, name }));
  }
  vomit();
}

const [how, left] = Bun.argv.slice(2);
if (how === "later") {
  // What the core opens once and for all is there by then.
  await (await app.listen(address)).stop();
  eat();
  await failsToListen();
} else if (how === "with") {
  eat();
  for (let i = 0; i < Number(left); i++) closeSync(eaten.pop()!);
  await failsToListen();
}
const server = await app.listen(address);
console.log(JSON.stringify({ port: server.port }));
