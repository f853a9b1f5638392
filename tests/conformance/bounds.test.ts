// Every bound has its answer, at the bound and not before. What waits for time is in timeouts.test.ts.
import { describe, expect, test } from "bun:test";
import { App, type AppOptions, type Server } from "@fasterapi/bun";
import { ask, isInMemory, RawClient, request } from "../support/raw.ts";
import { eventually as waitFor } from "../support/time.ts";

const eventually = (look: () => boolean, what: string) => waitFor(look, what, { ms: 4_000 });

function listen(limits: NonNullable<AppOptions["limits"]>): Promise<Server> {
  const app = new App({ limits })
    .get("/constant", "constant")
    .post("/echo", ({ text }) => text())
    .get("/*path", ({ path, headers }) => ({ path: path.length, headers: [...headers].length }));
  return app.listen({ port: 0, hostname: "127.0.0.1" });
}

async function expectRefused(server: Server, bytes: string, status: number, detail: string): Promise<void> {
  using client = await RawClient.open(server);
  client.send(bytes);
  const answer = await client.answer();
  expect([answer.status, answer.json(), answer.closes]).toEqual([status, { detail }, true]);
  await client.ended();
}

/** The same bytes at once, and with the last of them on their own. */
async function expectGood(server: Server, bytes: string): Promise<void> {
  expect((await ask(server, bytes)).status).toBe(200);
  using client = await RawClient.open(server);
  const { bytesIn } = server.stats();
  client.send(bytes.slice(0, -1));
  await eventually(() => server.stats().bytesIn === bytesIn + bytes.length - 1, "the bytes to be read");
  client.send(bytes.slice(-1));
  expect((await client.answer()).status).toBe(200);
}

describe("targetBytes: 414", () => {
  const detail = "The request target is too long";
  const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
  test.each([10, 200])("%i", async (targetBytes) => {
    await using server = await listen({ targetBytes });
    await expectGood(server, get("/".padEnd(targetBytes, "a")));
    await expectGood(server, get("/?".padEnd(targetBytes, "q")));
    await expectRefused(server, get("/".padEnd(targetBytes + 1, "a")), 414, detail);
    await expectRefused(server, get("/?".padEnd(targetBytes + 1, "q")), 414, detail);
    await expectRefused(server, get("/".padEnd(targetBytes + 5000, "a")), 414, detail);
    // Its end need not have come.
    await expectRefused(server, `GET ${"/".padEnd(targetBytes + 1, "a")}`, 414, detail);
  });

  test("8 KB without another word", async () => {
    await using server = await listen({});
    await expectGood(server, get("/".padEnd(8192, "a")));
    await expectRefused(server, get("/".padEnd(8193, "a")), 414, detail);
  });
});

describe("headBytes: 431", () => {
  const detail = "The request head is too large";
  /** So many bytes, the empty line included. */
  function head(bytes: number, name = "X"): string {
    const rest = `GET /a HTTP/1.1\r\nHost: a\r\n${name}: \r\n\r\n`;
    return rest.replace(`${name}: `, `${name}: ${"v".repeat(bytes - rest.length)}`);
  }
  test.each([
    [100, 100],
    [4096, 4096],
    [undefined, 16_384],
    [65_536, 65_536],
  ])("%p", async (headBytes, bound) => {
    await using server = await listen(headBytes === undefined ? {} : { headBytes });
    expect(head(bound).length).toBe(bound);
    await expectGood(server, head(bound));
    await expectRefused(server, head(bound + 1), 431, detail);
    await expectRefused(server, head(bound + 1).slice(0, bound), 431, detail);
    await expectRefused(server, head(3 * bound), 431, detail);
    // Empty lines before the head count too, else they would be for nothing.
    await expectRefused(server, "\r\n".repeat(bound), 431, detail);
  });
});

describe("headers: 431", () => {
  const detail = "Too many header fields";
  /** So many headers, Host among them. */
  const head = (count: number) => `GET /a HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(count - 1)}\r\n`;
  test.each([
    [1, 1],
    [7, 7],
    [undefined, 100],
    [1024, 1024],
  ])("%p", async (headers, bound) => {
    await using server = await listen(headers === undefined ? {} : { headers });
    await expectGood(server, head(bound));
    await expectRefused(server, head(bound + 1), 431, detail);
    await expectRefused(server, head(bound + 100), 431, detail);
  });
});

describe("chunkExtraBytes: 400", () => {
  const detail = "Chunk extensions and trailers are too large";
  const body = (bytes: string) => `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${bytes}`;
  test.each([0, 20])("%i", async (chunkExtraBytes) => {
    await using server = await listen({ chunkExtraBytes });
    await expectGood(server, body("1\r\na\r\n0\r\n\r\n"));
    if (chunkExtraBytes > 0) await expectGood(server, body(`1;${"e".repeat(19)}\r\na\r\n0\r\n\r\n`));
    await expectRefused(server, body(`1;${"e".repeat(20)}\r\na\r\n0\r\n\r\n`), 400, detail);
    await expectRefused(server, body(`1\r\na\r\n0\r\nX: ${"e".repeat(20)}\r\n\r\n`), 400, detail);
  });
});

describe("bodyBytes: 413", () => {
  const detail = "The request body is too large";
  test.each([0, 10])("%i", async (bodyBytes) => {
    await using server = await listen({ bodyBytes });
    const sized = (bytes: number) => request("/echo", { method: "POST", body: "b".repeat(bytes) });
    const chunk = (bytes: number) => (bytes > 0 ? `${bytes.toString(16)}\r\n${"b".repeat(bytes)}\r\n` : "");
    const chunked = (bytes: number) =>
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(bytes)}0\r\n\r\n`;
    await expectGood(server, sized(bodyBytes));
    await expectGood(server, chunked(bodyBytes));
    await expectRefused(server, sized(bodyBytes + 1), 413, detail);
    await expectRefused(server, chunked(bodyBytes + 1), 413, detail);
  });

  test("10 MB without another word", async () => {
    await using server = await listen({});
    const start = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    await expectRefused(server, `${start}10485761\r\n\r\n`, 413, detail);
    using client = await RawClient.open(server);
    client.send(`${start}10485760\r\n\r\n`, Buffer.alloc(10_485_760, "b"));
    expect((await client.answer()).body.length).toBe(10_485_760);
  });
});

describe.skipIf(isInMemory)("connections: new ones wait", () => {
  test("and are served when there is room", async () => {
    await using server = await listen({ connections: 2 });
    const clients = [await RawClient.open(server), await RawClient.open(server), await RawClient.open(server)];
    const late = [await RawClient.open(server), await RawClient.open(server)];
    for (const client of [...clients, ...late]) client.send(request("/constant"));
    expect((await clients[0]!.answer()).text).toBe("constant");
    expect((await clients[1]!.answer()).text).toBe("constant");
    await clients[2]!.quiet(30);
    await late[0]!.quiet(0);
    const stats = server.stats();
    expect(stats.connectionsOpen).toBe(2);
    expect(stats.connectionsAccepted).toBe(2);
    expect(stats.connectionsRefused).toBeGreaterThan(0);
    clients[0]!.close();
    expect((await clients[2]!.answer()).text).toBe("constant");
    await late[0]!.quiet(10);
    clients[1]!.finish();
    expect((await late[0]!.answer()).text).toBe("constant");
    await late[1]!.quiet(10);
    late[0]!.reset();
    expect((await late[1]!.answer()).text).toBe("constant");
    expect(server.stats().connectionsOpen).toBe(2);
    for (const client of [...clients, ...late]) client.close();
    await eventually(() => server.stats().connectionsOpen === 0, "all connections to be closed");
    expect(server.stats().connectionsAccepted).toBe(5);
  });

  test("waiting costs no CPU", async () => {
    await using server = await listen({ connections: 1 });
    using first = await RawClient.open(server);
    using second = await RawClient.open(server);
    for (const client of [first, second]) client.send(request("/constant"));
    await first.answer();
    await Bun.sleep(20);
    const refused = server.stats().connectionsRefused;
    const before = process.cpuUsage();
    await Bun.sleep(300);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(150);
    expect(server.stats().connectionsRefused - refused).toBeLessThan(10);
    first.close();
    expect((await second.answer()).text).toBe("constant");
  });
});

describe("bufferedBytes: sockets are not read", () => {
  async function crowded() {
    // What earlier tests were handed over counts until it is collected.
    Bun.gc(true);
    const app = new App({ limits: { bufferedBytes: 500_000 } })
      .get("/large", () => Buffer.alloc(10_000_000, "x"))
      .get("/", () => "small");
    const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    const slow = await RawClient.open(server);
    slow.pause();
    slow.send(request("/large"));
    await eventually(() => server.stats().bufferedBytes > 500_000, "bytes that wait");
    const { readsStopped } = server.stats();
    const other = await RawClient.open(server);
    other.send(request("/"));
    await eventually(() => server.stats().readsStopped > readsStopped, "reading to stop");
    expect(other.unreadBytes).toBe(0);
    return { server, slow, other };
  }

  test("until somebody takes what he asked for", async () => {
    const { server, slow, other } = await crowded();
    await using _ = server;
    slow.resume();
    expect((await slow.answer()).body.length).toBe(10_000_000);
    expect((await other.answer()).text).toBe("small");
    slow.close();
    other.close();
  });

  test("or until who doesn't is reset", async () => {
    const { server, slow, other } = await crowded();
    await using _ = server;
    const started = performance.now();
    expect((await other.answer()).text).toBe("small");
    expect(performance.now() - started).toBeGreaterThan(150);
    slow.resume();
    await expect(slow.answer()).rejects.toThrow("The connection is over (reset)");
    other.close();
  });

  test("a body that can't have room is not read further", async () => {
    Bun.gc(true);
    const app = new App({ limits: { bufferedBytes: 1_000_000 } })
      .post("/", async ({ bytes }) => (await bytes()).length)
      .get("/", () => "small");
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n`;
    client.send(head, Buffer.alloc(9_000_000));
    await eventually(() => server.stats().readsStopped > 0, "reading to stop");
    await client.quiet(50);
    const { bytesIn, bufferedBytes } = server.stats();
    expect(bytesIn).toBeLessThan(3_000_000);
    expect(bufferedBytes).toBeLessThan(3_000_000);
    client.reset();
    await eventually(() => server.stats().bufferedBytes === 0, "the bytes to be given back");
    expect((await ask(server, request("/"))).text).toBe("small");
  });
});

describe("options that can't be", () => {
  const wrong: [options: unknown, error: typeof TypeError | typeof RangeError][] = [
    [{ limits: { headBytes: 0 } }, RangeError],
    [{ limits: { headBytes: 65_537 } }, RangeError],
    [{ limits: { headers: 1025 } }, RangeError],
    [{ limits: { headers: 1.5 } }, RangeError],
    [{ limits: { bodyBytes: -1 } }, RangeError],
    [{ limits: { pipelined: 0 } }, RangeError],
    [{ limits: { connections: Number.NaN } }, RangeError],
    [{ limits: { connections: "5" } }, RangeError],
    [{ limits: { bodyByte: 5 } }, TypeError],
    [{ limit: {} }, TypeError],
    [{ timeouts: { headMs: 0 } }, RangeError],
    [{ timeouts: { idleMs: -1 } }, RangeError],
    [{ timeouts: { idleMs: Number.POSITIVE_INFINITY } }, RangeError],
    [{ timeouts: { idle: 5 } }, TypeError],
  ];
  test.each(wrong)("%j", (options, error) => {
    expect(() => new App(options as AppOptions)).toThrow(error);
  });
});
