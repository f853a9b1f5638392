// Each counter of `server.stats()` moves in the situation that it counts, by as much as it should.
import { afterAll, expect, test } from "bun:test";
import { App, type AppOptions, HttpError, type Server, type ServerStats } from "@fasterapi/bun";
import { eventually } from "../support/time.ts";
import { Wire } from "../support/wire.ts";

const large = "l".repeat(20_000_000);
const seen = new Set<keyof ServerStats>();

function appOf(options: AppOptions): App {
  return new App({ development: false, ...options })
    .get("/", "constant")
    .get("/handler", () => "handler")
    .get("/slow", async () => {
      await Bun.sleep(100);
      return "slow";
    })
    .get("/never", () => new Promise(() => undefined))
    .get("/moved", ({ redirect }) => redirect("/"))
    .get("/large", () => large)
    .get("/status/:code", ({ params }) => {
      throw new HttpError(Number(params.code));
    })
    .post("/body", async ({ bytes }) => (await bytes()).length) as unknown as App;
}

type Run = (server: Server, stats: () => ServerStats) => Promise<unknown>;

/** `expected` is what the counters are in the end; these are the ones that the situation is about. */
function counts(name: string, options: AppOptions, expected: Partial<ServerStats>, run: Run): void {
  for (const key of Object.keys(expected)) seen.add(key as keyof ServerStats);
  test(name, async () => {
    await using server = await appOf(options).listen({ port: 0, hostname: "127.0.0.1" });
    const fresh = server.stats();
    for (const [key, value] of Object.entries(fresh))
      if (!ofTheProcess.has(key)) expect([key, value]).toEqual([key, 0]);
    await run(server, () => server.stats());
    const isSo = () =>
      Object.entries(expected).every(([key, value]) => server.stats()[key as keyof ServerStats] === value);
    await eventually(isSo, () => `${JSON.stringify(expected)} in ${JSON.stringify(server.stats())}`, { ms: 5_000 });
  }, 20_000);
}

/** Those of what all servers share, which others may have moved. */
const ofTheProcess = new Set(["bufferedBytes", "poolMisses"]);

const head = "HTTP/1.1\r\nHost: test\r\n";
const post = (bytes: number, more = "") => `POST /body ${head}Content-Length: ${bytes}\r\n${more}\r\n`;

counts("connections", {}, { connectionsAccepted: 3, connectionsOpen: 1, requests: 0 }, async (server, stats) => {
  const [first, second, third] = [await Wire.open(server), await Wire.open(server), await Wire.open(server)];
  await eventually(() => stats().connectionsOpen === 3, "three connections");
  first.end();
  second.reset();
  await eventually(() => stats().connectionsOpen === 1, "one connection");
  expect(third.isOpen).toBe(true);
});

test("connections beyond the bound wait, and are counted as refused", async () => {
  seen.add("connectionsRefused");
  await using server = await appOf({ limits: { connections: 2 } }).listen({ port: 0, hostname: "127.0.0.1" });
  const first = await Wire.open(server);
  using second = await Wire.open(server);
  for (const wire of [first, second]) wire.ask("/");
  await Promise.all([first.answer(), second.answer()]);
  expect(server.stats().connectionsRefused).toBe(0);
  using third = await Wire.open(server);
  third.ask("/");
  await eventually(() => server.stats().connectionsRefused > 0, "a refusal");
  expect(server.stats()).toMatchObject({ connectionsOpen: 2, connectionsAccepted: 2 });
  expect(third.rest).toBe("");
  first.end();
  expect((await third.answer()).body).toBe("constant");
  expect(server.stats()).toMatchObject({ connectionsOpen: 2, connectionsAccepted: 3 });
});

const classes = { requests: 9, responses1xx: 1, responses2xx: 4, responses3xx: 1, responses4xx: 3, responses5xx: 2 };
counts("requests, and answers by class", {}, { ...classes, parseErrors: 1, connectionsAccepted: 2 }, async (server) => {
  using wire = await Wire.open(server);
  // Answered by the core and by handlers.
  const paths = ["/", "/handler", "/moved", "/nowhere", "/status/418", "/status/503", "/status/500"];
  wire.askAll(paths);
  await wire.answers(paths.length);
  wire.send(post(2, "Expect: 100-continue\r\n"));
  expect((await wire.answer()).status).toBe(100);
  wire.send("ab");
  expect((await wire.answer()).body).toBe("2");
  wire.ask("/", "HEAD");
  await wire.answer(true);
  // What is no request is none, but it is answered.
  using other = await Wire.open(server);
  other.send("nonsense\r\n\r\n");
  expect((await other.answer()).status).toBe(400);
});

test("bytes, to the last one", async () => {
  for (const key of ["bytesIn", "bytesOut"] as const) seen.add(key);
  await using server = await appOf({}).listen({ port: 0, hostname: "127.0.0.1" });
  using wire = await Wire.open(server);
  const sent = [`GET / ${head}\r\n`, `GET /handler ${head}\r\n`, post(100_000), "b".repeat(100_000)].join("");
  wire.send(sent);
  await eventually(() => server.stats().responses2xx === 3, "three answers");
  await eventually(() => wire.rest.endsWith("\r\n\r\n100000"), "the last answer");
  expect(server.stats()).toMatchObject({ bytesIn: sent.length, bytesOut: wire.rest.length });
  // Kept and sent little by little.
  const before = server.stats().bytesOut;
  wire.pause();
  wire.ask("/large");
  await Bun.sleep(20);
  wire.resume();
  await wire.answers(3);
  const { body, headers } = await wire.answer();
  expect(body.length).toBe(large.length);
  const heads = server.stats().bytesOut - before - large.length;
  expect(heads).toBeGreaterThan([...headers].join("").length);
  expect(heads).toBeLessThan(300);
});

counts("a malformed request", {}, { parseErrors: 2, requests: 1, responses4xx: 2 }, async (server) => {
  using first = await Wire.open(server);
  first.send(`GET / ${head}\r\nGET /bad HTTP/1.1\r\nHost : a\r\n\r\n`);
  expect((await first.answers(2)).map(({ status }) => status)).toEqual([200, 400]);
  using second = await Wire.open(server);
  second.send("\0");
  expect((await second.answer()).status).toBe(400);
});

const hasty = { timeouts: { headMs: 100, bodyMs: 100, idleMs: 100, writeMs: 100, handlerMs: 20 } };

counts("a head that does not come to an end", hasty, { timeoutsHead: 1, responses4xx: 1 }, async (server) => {
  using wire = await Wire.open(server);
  wire.send("GET / HTTP/1.1\r\n");
  expect((await wire.answer()).status).toBe(408);
});

counts("a body without progress", hasty, { timeoutsBody: 1, requests: 1, responses4xx: 1 }, async (server) => {
  using wire = await Wire.open(server);
  wire.send(`${post(10)}half`);
  expect((await wire.answer()).status).toBe(408);
});

counts("a connection that asks for nothing", hasty, { timeoutsIdle: 2, responses4xx: 0 }, async (server) => {
  using fresh = await Wire.open(server);
  using used = await Wire.open(server);
  used.ask("/");
  await used.answer();
  await Promise.all([fresh.closed(), used.closed()]);
});

counts(
  "a client that does not read",
  hasty,
  { timeoutsWrite: 1, connectionsOpen: 0, responses2xx: 1 },
  async (server, stats) => {
    using wire = await Wire.open(server);
    wire.pause();
    wire.ask("/large");
    await eventually(() => stats().timeoutsWrite === 1, "the timeout");
  },
);

counts("a handler that takes too long", hasty, { timeoutsHandler: 2, responses5xx: 2 }, async (server) => {
  using wire = await Wire.open(server);
  wire.askAll(["/never", "/slow"]);
  expect((await wire.answers(2)).map(({ status }) => status)).toEqual([503, 503]);
});

counts(
  "reading that stopped",
  { limits: { pipelined: 2 } },
  { readsStopped: 1, requests: 4 },
  async (server, stats) => {
    using wire = await Wire.open(server);
    wire.askAll(["/slow", "/", "/slow", "/"]);
    await eventually(() => stats().readsStopped === 1, "reading to stop");
    expect(stats().requests).toBeLessThan(4);
    await wire.answers(4);
  },
);

test("bytes that are held, and pools that were empty", async () => {
  for (const key of ofTheProcess) seen.add(key as keyof ServerStats);
  await using server = await appOf({}).listen({ port: 0, hostname: "127.0.0.1" });
  // What other tests have let go of is not to be given back in between.
  Bun.gc(true);
  await Bun.sleep(10);
  const before = server.stats();
  // More than pools keep in stock.
  const wires = await Promise.all(Array.from({ length: 60 }, () => Wire.open(server)));
  for (const wire of wires) wire.send(post(300_000) + "b".repeat(250_000));
  await eventually(() => server.stats().bytesIn > 60 * 250_000, "the bytes");
  const during = server.stats();
  expect(during.bufferedBytes - before.bufferedBytes).toBeGreaterThan(60 * 250_000);
  expect(during.poolMisses).toBeGreaterThan(before.poolMisses);
  for (const wire of wires) wire.send("b".repeat(50_000));
  for (const wire of wires) expect((await wire.answer()).body).toBe("300000");
  for (const wire of wires) wire.end();
  await eventually(() => {
    Bun.gc(true);
    return server.stats().bufferedBytes <= before.bufferedBytes;
  }, "the bytes to be given back");
}, 20_000);

test("after the end they stay as they were", async () => {
  const server = await appOf({}).listen({ port: 0, hostname: "127.0.0.1" });
  using wire = await Wire.open(server);
  wire.ask("/");
  await wire.answer();
  await server.stop();
  const last = server.stats();
  expect(last).toMatchObject({ connectionsOpen: 0, connectionsAccepted: 1, requests: 1, responses2xx: 1 });
  await using another = await appOf({}).listen({ port: 0, hostname: "127.0.0.1" });
  expect(await (await fetch(another.url)).text()).toBe("constant");
  expect(server.stats()).toEqual(last);
});

test("counters are of one server, and each has had its test", async () => {
  await using one = await appOf({}).listen({ port: 0, hostname: "127.0.0.1" });
  await using other = await appOf({}).listen({ port: 0, hostname: "127.0.0.1" });
  expect(await (await fetch(one.url)).text()).toBe("constant");
  expect(one.stats().requests).toBe(1);
  expect(other.stats().requests).toBe(0);
  expect(Object.keys(one.stats()).filter((key) => !seen.has(key as keyof ServerStats))).toEqual([]);
});

afterAll(() => Bun.gc(true));
