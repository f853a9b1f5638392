// Starts and stops a server again and again; says what this process holds after the first cycles and at the end.
import { App } from "@fasterapi/bun";
import { descriptors, residentBytes, threads } from "../../support/process.ts";
import { Wire } from "../../support/wire.ts";

const cycles = Number(Bun.argv[2]);

async function cycle(number: number): Promise<void> {
  const app = new App().get("/constant", "constant").get("/:number", ({ params }) => params);
  const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  // One that stays, one that asks: stopping closes both.
  const idle = await Wire.open(server);
  const asking = await Wire.open(server);
  asking.ask(`/${number}`);
  const { body } = await asking.answer();
  if (body !== `{"number":"${number}"}`) throw new Error(`cycle ${number} was answered with ${body}`);
  await server.stop();
  await Promise.all([idle.closed(), asking.closed()]);
  let isRefused = false;
  await Wire.open(server).catch(() => {
    isRefused = true;
  });
  if (!isRefused) throw new Error(`cycle ${number} still listens`);
}

async function held() {
  for (let i = 0; i < 5; i++) {
    Bun.gc(true);
    await Bun.sleep(10);
  }
  return { descriptors: descriptors("self"), threads: threads("self"), resident: residentBytes("self") };
}

const warmUp = cycles / 3;
for (let i = 0; i < warmUp; i++) await cycle(i);
const before = await held();
for (let i = warmUp; i < cycles; i++) await cycle(i);
console.log(JSON.stringify({ before, after: await held() }));
