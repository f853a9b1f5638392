// Clients that end their side, reset, read slowly or go on sending when nobody listens any more.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { type EventuallyOptions, eventually as waitFor } from "../support/time.ts";

// What earlier tests were handed over counts as bytes of the process until it is collected.
beforeAll(() => Bun.gc(true));

const reasons: unknown[] = [];
let begun = 0;
let finished = 0;
let gate = Promise.withResolvers<void>();
const large = Buffer.alloc(5 * 1024 * 1024);
for (let i = 0; i < large.length; i++) large[i] = (i * 7 + (i >> 12)) & 0xff;

const app = new App({ limits: { bodyBytes: 100_000 } })
  .get("/constant", "constant")
  .get("/sync", () => "sync")
  .get("/slow", async ({ signal }) => {
    begun++;
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    await Bun.sleep(10);
    finished++;
    return `slow ${signal.aborted}`;
  })
  .get("/gate", async ({ signal }) => {
    begun++;
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    await gate.promise;
    finished++;
    return `gate ${signal.aborted}`;
  })
  .get("/until-gone", ({ signal }) => {
    begun++;
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        finished++;
        resolve("gone");
      });
    });
  })
  .post("/body", async ({ bytes }) => {
    begun++;
    return (await bytes()).length;
  })
  .get("/large", () => large)
  .get("/large-constant", large);
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));
beforeEach(() => {
  reasons.length = 0;
  begun = 0;
  finished = 0;
  gate = Promise.withResolvers();
});

const eventually = (look: () => boolean, what: string, options?: EventuallyOptions) =>
  waitFor(look, what, { ms: 3_000, ...options });
const allClosed = () => eventually(() => server.stats().connectionsOpen === 0, "all connections to be closed");

describe("a client that ends its side", () => {
  test.each(["/constant", "/sync", "/slow", "/missing"])(
    "after a whole request to %s still gets its answer",
    async (path) => {
      using client = await RawClient.open(server);
      client.send(request(path));
      client.finish();
      const answer = await client.answer();
      expect(answer.status).toBe(path === "/missing" ? 404 : 200);
      expect(await client.ended()).toBe("end");
      await allClosed();
    },
  );

  test("fires the signal, and that alone", async () => {
    using client = await RawClient.open(server);
    client.send(request("/gate"));
    await eventually(() => begun === 1, "the handler to be called");
    expect(reasons.length).toBe(0);
    client.finish();
    await eventually(() => reasons.length === 1, "the signal");
    expect((reasons[0] as Error).name).toBe("AbortError");
    await client.quiet(10);
    gate.resolve();
    expect((await client.answer()).text).toBe("gate true");
    await client.ended();
    expect(reasons.length).toBe(1);
  });

  test("ends what waits for that", async () => {
    using client = await RawClient.open(server);
    client.send(request("/until-gone"));
    await eventually(() => begun === 1, "the handler to be called");
    client.finish();
    expect((await client.answer()).text).toBe("gone");
    await client.ended();
  });

  test("after many requests gets all answers", async () => {
    using client = await RawClient.open(server);
    client.send(request("/slow") + request("/sync") + request("/slow") + request("/constant"));
    client.finish();
    const answers = await client.answers(4);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await client.ended()).toBe("end");
    await allClosed();
  });

  test("in the middle of a second request gets the first answer", async () => {
    for (const half of [
      "GET",
      "GET /sync HTTP/1.1\r\nHost: x\r\n",
      "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel",
    ]) {
      using client = await RawClient.open(server);
      client.send(request("/slow") + half);
      client.finish();
      expect((await client.answer()).text).toStartWith("slow");
      expect(await client.ended()).toBe("end");
    }
    await allClosed();
  });

  test.each([
    "",
    "\r\n",
    "GET",
    "GET / HTTP/1.1\r\nHost: x\r\n",
    "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel",
  ])("before its request is whole, %j, gets nothing", async (half) => {
    using client = await RawClient.open(server);
    client.send(half);
    client.finish();
    expect(await client.ended()).toBe("end");
    await allClosed();
    expect(begun).toBe(0);
  });
});

describe("a client that resets", () => {
  test("in the middle of a body", async () => {
    for (const framing of ["Content-Length: 90000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\nffff\r\nabc"]) {
      const { bytesIn } = server.stats();
      using client = await RawClient.open(server);
      client.send(`POST /body HTTP/1.1\r\nHost: x\r\n${framing}`);
      await eventually(() => server.stats().bytesIn > bytesIn, "the beginning to be read");
      client.reset();
      await allClosed();
    }
    expect(begun).toBe(0);
    expect(server.stats().bufferedBytes).toBe(0);
  });

  test("while its handler runs: the signal fires, the handler goes on", async () => {
    using client = await RawClient.open(server);
    client.send(request("/gate") + request("/gate"));
    await eventually(() => begun === 2, "the handlers to be called");
    client.reset();
    await eventually(() => reasons.length === 2, "the signals");
    await allClosed();
    expect(finished).toBe(0);
    gate.resolve();
    await eventually(() => finished === 2, "the handlers to finish");
  });

  test("while it is answered", async () => {
    using client = await RawClient.open(server);
    client.pause();
    client.send(request("/large").repeat(4));
    await eventually(() => server.stats().bufferedBytes > 0, "bytes that wait");
    client.reset();
    await allClosed();
    expect(server.stats().bufferedBytes).toBe(0);
  });

  test("100 times in the middle of anything", async () => {
    const text = request("/slow") + request("/body", { method: "POST", body: "x".repeat(500) }) + request("/constant");
    for (let i = 0; i < 100; i++) {
      using client = await RawClient.open(server);
      client.send(text.slice(0, 1 + ((i * 37) % text.length)));
      if (i % 2 === 0) await Bun.sleep(0);
      client.reset();
    }
    await allClosed();
    using client = await RawClient.open(server);
    client.send(request("/sync"));
    expect((await client.answer()).text).toBe("sync");
  });
});

describe("a client that reads slowly", () => {
  test.each(["/large", "/large-constant"])("gets 5 MB from %s unharmed", async (path) => {
    using client = await RawClient.open(server);
    client.pause();
    client.send(request(path) + request("/sync"));
    await Bun.sleep(20);
    for (let i = 0; i < 5; i++) {
      await client.readMore(100_000);
      await Bun.sleep(1);
    }
    client.resume();
    const [answer, next] = await client.answers(2);
    expect(answer!.body.equals(large)).toBe(true);
    expect(next!.text).toBe("sync");
    client.finish();
    await client.ended();
    expect(server.stats().bufferedBytes).toBe(0);
  });

  test("who doesn't read is not read", async () => {
    using client = await RawClient.open(server);
    client.pause();
    client.send(request("/large"));
    await eventually(() => server.stats().bufferedBytes > 300_000, "bytes that wait");
    const { readsStopped, requests } = server.stats();
    client.send(request("/large"), request("/sync"));
    await eventually(() => server.stats().readsStopped > readsStopped, "reading to stop");
    await Bun.sleep(20);
    expect(server.stats().requests).toBe(requests);
    client.resume();
    const answers = await client.answers(3);
    expect(answers.map(({ body }) => body.length)).toEqual([large.length, large.length, 4]);
    client.finish();
    await client.ended();
    expect(server.stats().bufferedBytes).toBe(0);
  });

  test("who asks for much at once gets one after the other made", async () => {
    using client = await RawClient.open(server);
    client.pause();
    const { requests } = server.stats();
    client.send(request("/large-constant").repeat(30));
    await eventually(() => server.stats().bufferedBytes > 300_000, "bytes that wait");
    await Bun.sleep(20);
    expect(server.stats().requests - requests).toBeLessThan(5);
    client.resume();
    for (let i = 0; i < 30; i++) expect((await client.answer()).body.length).toBe(large.length);
    client.finish();
    await client.ended();
    expect(server.stats().requests - requests).toBe(30);
  });
});

describe("a client that goes on sending", () => {
  test("an early 413 arrives while 500 KB are being sent, 20 of 20 times", async () => {
    const body = Buffer.alloc(500_000, "x");
    for (let i = 0; i < 20; i++) {
      using client = await RawClient.open(server);
      client.send(`POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
      for (let at = 0; at < body.length; at += 50_000) {
        client.send(body.subarray(at, at + 50_000));
        if (at % 100_000 === 0) await Bun.sleep(0);
      }
      const answer = await client.answer();
      expect([answer.status, answer.closes]).toEqual([413, true]);
      expect(await client.ended()).toBe("end");
    }
    await allClosed();
  });

  test("a 400 arrives while more is being sent, 20 of 20 times", async () => {
    for (let i = 0; i < 20; i++) {
      using client = await RawClient.open(server);
      client.send("GET / HTTP/1.1\r\n\r\n", Buffer.alloc(500_000, "x"));
      expect((await client.answer()).status).toBe(400);
      expect(await client.ended()).toBe("end");
    }
    await allClosed();
  });

  test("without end is cut off after 1 MB", async () => {
    using client = await RawClient.open(server);
    client.send(`POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n`);
    expect((await client.answer()).status).toBe(413);
    const started = performance.now();
    let sent = 0;
    for (; sent < 40_000_000 && server.stats().connectionsOpen > 0; sent += 100_000) {
      client.send(Buffer.alloc(100_000));
      await Bun.sleep(1);
    }
    await allClosed();
    expect(sent).toBeGreaterThan(1_000_000);
    expect(sent).toBeLessThan(4_000_000);
    // Not because of the time, which would be 2 s.
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  test("and never ends is cut off after 2 s", async () => {
    using client = await RawClient.open(server);
    client.send("GET / HTTP/1.1\r\n\r\n");
    expect((await client.answer()).status).toBe(400);
    expect(await client.ended()).toBe("end");
    const started = performance.now();
    expect(server.stats().connectionsOpen).toBe(1);
    await eventually(() => server.stats().connectionsOpen === 0, "the connection to be given up", { ms: 4_000 });
    expect(performance.now() - started).toBeGreaterThan(1_500);
  });
});
