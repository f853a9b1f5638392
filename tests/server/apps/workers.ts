// Workers that each run a server and are ended while they answer, in the way that the first argument names. Says what
// this process holds after the first of them and at the end.
import { App } from "@fasterapi/bun";
import { descriptors, residentBytes, threads } from "../../support/process.ts";
import { Wire } from "../../support/wire.ts";

if (!Bun.isMainThread) {
  const app = new App()
    .get("/constant", "constant")
    .get("/sync", () => "sync")
    .get("/async", async () => {
      await Bun.sleep(1);
      return "async";
    })
    .get("/watched", ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)))
    .get("/exit", () => process.exit(0))
    .get("/stop", () => {
      server.stop({ drainMs: 0 });
      return "stopping";
    })
    .post("/body", async ({ bytes }) => (await bytes()).length);
  const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  postMessage(server.port);
} else {
  const end = Bun.argv[2] as "terminate" | "exit" | "stop";
  const [count, together] = Bun.argv.slice(3).map(Number) as [number, number];
  const body = "b".repeat(100_000);
  const gets = ["/constant", "/sync", "/async"].map((path) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`).join("");
  const post = `POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const load = gets.repeat(8) + post;
  let answered = 0;

  /** Asks without end; what becomes of the connection is not its concern. */
  const ask = async (port: number, signal: AbortSignal) => {
    using wire = await Wire.open({ port });
    try {
      while (!signal.aborted) {
        wire.send(load);
        answered += (await wire.answers(25)).length;
      }
    } catch (error) {
      if (wire.isOpen) throw error;
    }
  };

  const life = async (ms: number) => {
    const worker = new Worker(import.meta.path);
    const port = await new Promise<number>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    const over = new AbortController();
    using watched = await Wire.open({ port });
    if (end === "terminate") watched.ask("/watched");
    const clients = [ask(port, over.signal), ask(port, over.signal)];
    await Bun.sleep(ms);
    const closed = new Promise((resolve) => worker.addEventListener("close", resolve));
    if (end === "terminate") worker.terminate();
    else watched.ask(`/${end}`);
    await closed;
    over.abort();
    await Promise.all(clients);
    // The listener is gone with the worker, and so are the connections.
    await watched.closed();
  };

  const run = async (lives: number) => {
    const one = async () => {
      while (lives-- > 0) await life(5 + (lives % 7) * 4);
    };
    await Promise.all(Array.from({ length: together }, one));
  };
  const held = async () => {
    for (let i = 0; i < 10; i++) {
      Bun.gc(true);
      await Bun.sleep(20);
    }
    return { descriptors: descriptors("self"), threads: threads("self"), resident: residentBytes("self") };
  };

  const warmUp = Math.ceil(count / 10);
  await run(warmUp);
  const before = await held();
  await run(count - warmUp);
  console.log(JSON.stringify({ before, after: await held(), answered }));
}
