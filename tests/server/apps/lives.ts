// A server whose process is to live on or to end, as the arguments say.
import { App } from "@fasterapi/bun";

const app = new App()
  .get("/", () => "alive")
  .get("/exit", () => process.exit(7))
  .get("/stop", () => {
    stop();
    return "stopping";
  })
  .get("/slow", async ({ signal }) => {
    // Nothing but the request itself is to keep the process alive.
    const { promise, resolve } = Promise.withResolvers<string>();
    setTimeout(resolve, 700, "slow").unref();
    stop();
    await promise;
    return signal.aborted ? "aborted" : "slow";
  });

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const stop = (): void => {
  server.stop().then(() => console.log("stopped"));
};

for (const word of Bun.argv.slice(2)) {
  if (word === "another") await app.listen({ port: 0, hostname: "127.0.0.1" });
  if (word === "unref") server.unref();
  if (word === "ref") server.ref();
}
console.log(JSON.stringify({ port: server.port }));
// Time for a request to come before the process may end.
if (process.env["LINGER"]) setTimeout(() => undefined, 300);
