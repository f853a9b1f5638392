// Stopping: what was asked is answered, what is idle is closed, what comes too late is refused, and it has an end.
import { describe, expect, test } from "bun:test";
import { App, type Server } from "@fasterapi/bun";
import { eventually, within } from "../support/time.ts";
import { Wire } from "../support/wire.ts";

/** Handlers that wait for `release`. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: promise, release: resolve };
}

let door = gate();
const large = "0123456789".repeat(2_000_000);
const aborts: string[] = [];
const app = new App()
  .get("/constant", "constant")
  .get("/handler", () => "handler")
  .get("/waits/:id", async ({ params }) => {
    await door.open;
    return `waited ${params.id}`;
  })
  .post("/body", async ({ text }) => `body ${await text()}`)
  .get("/large", () => large)
  .get("/never/:id", ({ params, signal }) => {
    signal.addEventListener("abort", () => aborts.push(params.id));
    return new Promise(() => undefined);
  });

async function start(): Promise<Server> {
  door = gate();
  aborts.length = 0;
  return await app.listen({ port: 0, hostname: "127.0.0.1" });
}

const settled = (server: Server) => eventually(() => server.stats().requests > 0, "a request to be there");
const refused = async (server: Server) => {
  await expect(Wire.open(server)).rejects.toThrow();
};

describe("what was asked is answered", () => {
  test("handlers that are at work: the last answer says close, and then it is closed", async () => {
    const server = await start();
    using one = await Wire.open(server);
    using other = await Wire.open(server);
    one.ask("/waits/1");
    other.askAll(["/waits/2", "/waits/3", "/waits/4"]);
    await eventually(() => server.stats().requests === 4, "four requests");
    const stopped = server.stop();
    await refused(server);
    await Bun.sleep(50);
    door.release();
    const first = await one.answer();
    expect([first.body, first.headers.get("connection")]).toEqual(["waited 1", "close"]);
    const rest = await other.answers(3);
    expect(rest.map(({ body, headers }) => [body, headers.get("connection")])).toEqual([
      ["waited 2", undefined],
      ["waited 3", undefined],
      ["waited 4", "close"],
    ]);
    expect(await Promise.all([one.closed(), other.closed()])).toEqual([false, false]);
    await stopped;
    expect(server.stats()).toMatchObject({ connectionsOpen: 0, requests: 4, responses2xx: 4 });
  });

  test("requests that have arrived but were not read yet", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    using another = await Wire.open(server);
    // In one go, so that the server has no turn in between.
    wire.askAll(["/handler", "/constant", "/waits/1", "/handler"]);
    another.ask("/constant");
    const stopped = server.stop();
    door.release();
    const answers = await wire.answers(4);
    expect(answers.map(({ body }) => body)).toEqual(["handler", "constant", "waited 1", "handler"]);
    expect(answers.map(({ headers }) => headers.get("connection"))).toEqual([undefined, undefined, undefined, "close"]);
    const { body, headers } = await another.answer();
    expect([body, headers.get("connection")]).toEqual(["constant", "close"]);
    await stopped;
  });

  test("connections that were not accepted yet", async () => {
    const server = await start();
    // Connected by the system; the server learns of them in its next turn.
    const wires = await Promise.all(Array.from({ length: 50 }, () => Wire.open(server)));
    for (const wire of wires) wire.ask("/handler");
    const stopped = server.stop();
    for (const wire of wires) {
      const { body, headers } = await wire.answer();
      expect([body, headers.get("connection")]).toEqual(["handler", "close"]);
      await wire.closed();
    }
    await stopped;
    expect(server.stats().connectionsAccepted).toBe(50);
  });

  test("a request whose body is still coming", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.send("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n01234");
    await settled(server);
    const stopped = server.stop();
    await Bun.sleep(50);
    wire.send("56789");
    const { body, headers } = await wire.answer();
    expect([body, headers.get("connection")]).toEqual(["body 0123456789", "close"]);
    await stopped;
  });

  test("a large answer, to a client that reads slowly", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.pause();
    wire.ask("/large");
    await settled(server);
    const stopped = server.stop();
    await Bun.sleep(100);
    wire.resume();
    const { body, headers } = await wire.answer();
    expect(body.length).toBe(large.length);
    expect(body === large).toBe(true);
    expect(headers.get("content-length")).toBe(`${large.length}`);
    await stopped;
  });

  test("more requests than are taken at once", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    const count = 1_000;
    wire.askAll(Array.from({ length: count }, (_, i) => (i % 3 === 0 ? "/constant" : `/waits/${i}`)));
    await settled(server);
    const stopped = server.stop();
    door.release();
    const answers = await wire.answers(count);
    expect(answers.map(({ body }) => body)).toEqual(answers.map((_, i) => (i % 3 === 0 ? "constant" : `waited ${i}`)));
    expect(answers.filter(({ headers }) => headers.has("connection")).length).toBe(1);
    expect(answers.at(-1)!.headers.get("connection")).toBe("close");
    await stopped;
  });
});

describe("what is idle is closed at once", () => {
  test("connections that asked before, and ones that never did", async () => {
    const server = await start();
    const fresh = await Promise.all(Array.from({ length: 20 }, () => Wire.open(server)));
    const used = await Promise.all(Array.from({ length: 20 }, () => Wire.open(server)));
    for (const wire of used) wire.ask("/handler");
    for (const wire of used) await wire.answer();
    using waiting = await Wire.open(server);
    waiting.ask("/waits/1");
    await eventually(() => server.stats().requests === 21, "the request");
    const stopped = server.stop();
    // Although somebody is still at work.
    const ends = await within(2_000, "Closing", Promise.all([...fresh, ...used].map((wire) => wire.closed())));
    expect(ends.some((wasReset) => wasReset)).toBe(false);
    expect(waiting.isOpen).toBe(true);
    door.release();
    expect((await waiting.answer()).body).toBe("waited 1");
    await stopped;
  });

  test("ones whose request has only begun", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.send("GET /handler HTT");
    await eventually(() => server.stats().bytesIn > 0, "the bytes");
    const stopped = server.stop();
    await within(5_000, "Closing", wire.closed());
    expect(wire.rest).toBe("");
    await within(5_000, "Stopping", stopped);
  });

  test("a server that nobody uses", async () => {
    const server = await start();
    await within(1_000, "Stopping", server.stop());
    await refused(server);
  });
});

describe("it has an end", () => {
  test("drainMs cuts off a handler that never answers", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    using fine = await Wire.open(server);
    wire.ask("/never/1");
    fine.ask("/waits/2");
    await eventually(() => server.stats().requests === 2, "two requests");
    const began = performance.now();
    const stopped = server.stop({ drainMs: 300 });
    door.release();
    expect((await fine.answer()).body).toBe("waited 2");
    await within(5_000, "Stopping", stopped);
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(290);
    // A reset: the client must not take it for an answer.
    expect(await wire.closed()).toBe(true);
    expect(wire.rest).toBe("");
    await eventually(() => aborts.length === 1, "its signal");
  });

  test("drainMs: 0 waits for nobody", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.ask("/waits/1");
    await settled(server);
    await within(1_000, "Stopping", server.stop({ drainMs: 0 }));
    expect(await wire.closed()).toBe(true);
    // The late answer goes nowhere.
    door.release();
    await Bun.sleep(20);
    expect(server.stats()).toMatchObject({ connectionsOpen: 0, requests: 1 });
  });

  test("drainMs cuts off a client that does not read its answer", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.pause();
    wire.ask("/large");
    await settled(server);
    await within(5_000, "Stopping", server.stop({ drainMs: 200 }));
    wire.resume();
    await wire.closed();
    expect(wire.rest.length).toBeLessThan(large.length);
  });

  test("a client that never pauses does not keep it from stopping", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    let isOver = false;
    const sending = (async () => {
      while (!isOver && wire.isOpen) {
        for (let i = 0; i < 100; i++) wire.ask("/handler");
        await Bun.sleep(0);
      }
    })();
    await eventually(() => server.stats().requests > 1_000, "many requests");
    await within(10_000, "Stopping", server.stop({ drainMs: 8_000 }));
    isOver = true;
    await sending;
  }, 20_000);

  test("a second call with less patience counts", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.ask("/never/1");
    await settled(server);
    const first = server.stop({ drainMs: 60_000 });
    const second = server.stop({ drainMs: 1_000_000 });
    await Bun.sleep(50);
    expect(wire.isOpen).toBe(true);
    await within(2_000, "Stopping", server.stop({ drainMs: 50 }));
    await Promise.all([first, second]);
    expect(await wire.closed()).toBe(true);
  });
});

describe("it may be called again", () => {
  test("at once, while it stops, and afterwards", async () => {
    const server = await start();
    using wire = await Wire.open(server);
    wire.ask("/waits/1");
    await settled(server);
    let stopped = 0;
    const calls = [server.stop(), server.stop(), server.stop()].map((call) => call.then(() => stopped++));
    await Bun.sleep(20);
    const during = server.stop().then(() => stopped++);
    expect(stopped).toBe(0);
    door.release();
    expect((await wire.answer()).body).toBe("waited 1");
    await Promise.all([...calls, during]);
    expect(stopped).toBe(4);
    await server.stop();
    await server.stop({ drainMs: 0 });
    server.ref();
    server.unref();
    expect(server.stats().requests).toBe(1);
  });

  test("from a handler of its own", async () => {
    const server: Server = await new App()
      .get("/", () => {
        server.stop();
        return "stopping";
      })
      .get("/waits", async () => {
        await server.stop({ drainMs: 100 });
        return "to nobody";
      })
      .listen({ port: 0, hostname: "127.0.0.1" });
    using wire = await Wire.open(server);
    using stuck = await Wire.open(server);
    stuck.ask("/waits");
    wire.ask("/");
    const { body, headers } = await wire.answer();
    expect([body, headers.get("connection")]).toEqual(["stopping", "close"]);
    expect(await stuck.closed()).toBe(true);
    await server.stop();
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "5", null])("but not with a drainMs of %p", async (drainMs) => {
    const server = await start();
    await expect(server.stop({ drainMs: drainMs as number })).rejects.toThrow(RangeError);
    // It still serves.
    expect(await (await fetch(`${server.url}handler`)).text()).toBe("handler");
    await server.stop();
  });

  test("await using stops it", async () => {
    let port = 0;
    {
      await using server = await start();
      port = server.port;
    }
    await expect(Wire.open({ port })).rejects.toThrow();
  });
});
