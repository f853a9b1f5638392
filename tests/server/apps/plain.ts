// A server with a bit of everything, which also tells its counters. SIGTERM stops it.
import { App, type ServerStats } from "@fasterapi/bun";
import { descriptors, threads } from "../../support/process.ts";

const large = "l".repeat(200_000);
const app = new App()
  .get("/", "constant")
  .get("/handler", () => "handler")
  .get("/large", () => large)
  .get("/async", async () => {
    await Bun.sleep(1);
    return "async";
  })
  .get("/never", () => new Promise(() => undefined))
  .get("/watched", ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)))
  .post("/body", async ({ bytes }) => (await bytes()).length)
  .get("/stats", (): ServerStats => server.stats())
  .get("/held", () => {
    Bun.gc(true);
    return { descriptors: descriptors("self"), threads: threads("self") };
  });

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
process.on("SIGTERM", async () => {
  await server.stop();
  console.log("stopped");
});
console.log(JSON.stringify({ port: server.port }));
