// A server that watches how late its own timers, promises and fetches are. SIGUSR2: says what it saw and starts anew.
import { App } from "@fasterapi/bun";
import { queuedMs } from "../../support/process.ts";

const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("other") });
const app = new App()
  .get("/constant", "constant")
  .get("/handler", () => "handler")
  .get("/promise", async () => {
    await null;
    await Promise.resolve();
    return "promise";
  })
  .get("/timer", async () => {
    await Bun.sleep(1);
    return "timer";
  })
  .get("/fetch", async () => await (await fetch(other.url)).text());
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });

let latest = performance.now();
let queued = queuedMs();
let lag = 0;
let ticks = 0;
setInterval(() => {
  const now = performance.now();
  const waited = queuedMs();
  // Another process had the core for a while: that is not this one's doing.
  lag = Math.max(lag, now - latest - 1 - (waited - queued));
  latest = now;
  queued = waited;
  ticks++;
}, 1);

let fetchMs = 0;
let fetches = 0;
const fetchOn = async (): Promise<void> => {
  for (;;) {
    const began = performance.now();
    if ((await (await fetch(other.url)).text()) !== "other") throw new Error("another answer");
    fetchMs = Math.max(fetchMs, performance.now() - began);
    fetches++;
    await Bun.sleep(5);
  }
};
fetchOn();

let immediates = 0;
const again = (): void => {
  immediates++;
  setTimeout(() => setImmediate(again), 1);
};
again();

process.on("SIGUSR2", () => {
  console.log(JSON.stringify({ lag, ticks, fetchMs, fetches, immediates, requests: server.stats().requests }));
  [lag, ticks, fetchMs, fetches, immediates] = [0, 0, 0, 0, 0];
});
console.log(JSON.stringify({ port: server.port }));
