// App: its options, what they are without a word, and what a route may set of its own.
import { describe, expect, test } from "bun:test";
import { App, type AppOptions, type Server } from "@fasterapi/bun";
import { ask, RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";
import { contract, jsonOf, listen, saidTo, textOf } from "./support.ts";

type Limits = NonNullable<AppOptions["limits"]>;

const echo = (limits: Limits = {}) =>
  new App({ limits }).post("/", ({ text }) => text()).get("/*path", ({ path }) => ({ bytes: path.length }));

/** The last that is good, and the first that isn't. */
async function expectBound(server: Server, make: (size: number) => string, bound: number, status: number) {
  expect([bound, (await ask(server, make(bound))).status]).toEqual([bound, 200]);
  using client = await RawClient.open(server);
  client.send(make(bound + 1));
  const answer = await client.answer();
  expect([bound + 1, answer.status, answer.json()]).toEqual([bound + 1, status, { detail: expect.any(String) }]);
}

const host = "HTTP/1.1\r\nHost: a\r\n";
const sized: { [limit: string]: { without: number; own: number; status: number; make: (size: number) => string } } = {
  targetBytes: {
    without: 8_192,
    own: 50,
    status: 414,
    make: (bytes) => `GET ${"/".padEnd(bytes, "a")} ${host}\r\n`,
  },
  headBytes: {
    without: 16_384,
    own: 500,
    status: 431,
    make: (bytes) => `GET /a ${host}X: ${"x".repeat(bytes - `GET /a ${host}X: \r\n\r\n`.length)}\r\n\r\n`,
  },
  headers: {
    without: 100,
    own: 5,
    status: 431,
    // `Host` is one of them.
    make: (count) => `GET /a ${host}${"X: y\r\n".repeat(count - 1)}\r\n`,
  },
  bodyBytes: {
    without: 10_485_760,
    own: 20,
    status: 413,
    make: (bytes) => request("/", { method: "POST", body: "b".repeat(bytes) }),
  },
  chunkExtraBytes: {
    without: 4_096,
    own: 30,
    status: 400,
    make: (bytes) => `POST / ${host}Transfer-Encoding: chunked\r\n\r\n1;${"e".repeat(bytes - 1)}\r\na\r\n0\r\n\r\n`,
  },
};

describe("limits", () => {
  for (const [name, { without, own, status, make }] of Object.entries(sized)) {
    test(`${name}: ${without} without a word, then ${status}; and what it is told`, async () => {
      await using usual = await listen(echo());
      await expectBound(usual, make, without, status);
      await using told = await listen(echo({ [name]: own }));
      await expectBound(told, make, own, status);
    });
  }

  test.each([
    [undefined, 64],
    [3, 3],
  ])("pipelined: %p is %i requests of a connection at work, the rest waits", async (pipelined, bound) => {
    let atWork = 0;
    let most = 0;
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const app = new App({ limits: pipelined === undefined ? {} : { pipelined } }).get("/:id", async ({ params }) => {
      most = Math.max(most, ++atWork);
      await opened;
      atWork--;
      return params.id;
    });
    await using server = await listen(app);
    using client = await RawClient.open(server);
    const count = bound + 10;
    for (let id = 0; id < count; id++) client.send(request(`/${id}`));
    await eventually(
      () => atWork === bound,
      () => `${bound} at work, not ${atWork}`,
    );
    await Bun.sleep(30);
    expect(most).toBe(bound);
    open();
    const answers = await client.answers(count);
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: count }, (_, id) => String(id)));
    expect(most).toBe(bound);
  });

  test("connections: more wait until there is room", async () => {
    await using server = await listen(echo({ connections: 1 }));
    using first = await RawClient.open(server);
    first.send(request("/a"));
    expect((await first.answer()).status).toBe(200);
    using second = await RawClient.open(server);
    second.send(request("/b"));
    await second.quiet(50);
    expect(server.stats().connectionsOpen).toBe(1);
    first.close();
    expect((await second.answer()).status).toBe(200);
  });

  test("bufferedBytes: sockets are not read above it", async () => {
    Bun.gc(true);
    const app = new App({ limits: { bufferedBytes: 1_000_000 } }).post(
      "/",
      async ({ bytes }) => (await bytes()).length,
    );
    await using server = await listen(app);
    using client = await RawClient.open(server);
    client.send(`POST / ${host}Content-Length: 9000000\r\n\r\n`, Buffer.alloc(8_000_000));
    await eventually(() => server.stats().readsStopped > 0, "reading to stop");
    expect(server.stats().bytesIn).toBeLessThan(4_000_000);
    // A client that only ends would not be noticed: its socket is not read.
    client.reset();
  });
});

describe("timeouts", () => {
  const app = (timeouts: NonNullable<AppOptions["timeouts"]> = {}) =>
    new App({ timeouts }).post("/", ({ text }) => text()).get("/", () => Buffer.alloc(30_000_000, "x"));

  const waits: [option: "headMs" | "bodyMs" | "idleMs", bytes: string, status: number | undefined][] = [
    ["headMs", "GET / HTTP/1.1\r\nHost", 408],
    ["bodyMs", `POST / ${host}Content-Length: 9\r\n\r\nab`, 408],
    ["idleMs", "", undefined],
  ];
  test.each(waits)("%s", async (option, bytes, status) => {
    await using server = await listen(app({ [option]: 200 }));
    using client = await RawClient.open(server);
    client.send(bytes);
    const start = performance.now();
    if (status !== undefined) {
      const answer = await client.answer();
      expect([answer.status, answer.json(), answer.closes]).toEqual([status, { detail: expect.any(String) }, true]);
    }
    await client.ended();
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(150);
    expect(took).toBeLessThan(3_000);
    // Without a word there is more time.
    await using usual = await listen(app());
    using patient = await RawClient.open(usual);
    patient.send(bytes);
    await patient.quiet(400);
  });

  test("writeMs: a client that takes nothing is reset", async () => {
    await using server = await listen(app({ writeMs: 200 }));
    using client = await RawClient.open(server);
    client.pause();
    client.send(request("/"));
    await eventually(() => server.stats().timeoutsWrite === 1, "the answer to be given up");
  });
});

contract("App: options", (serve) => {
  test("none is needed, and neither is a group of them whole", async () => {
    for (const options of [undefined, {}, { limits: {} }, { timeouts: {} }, { limits: { headers: 50 } }]) {
      expect(await textOf((await serve(new App(options).get("/", "x")))("/"))).toEqual([200, "x"]);
    }
  });

  test("handlerMs: 0, which is the default, is none, else 503", async () => {
    const slow = async ({ path }: { path: string }) => {
      await Bun.sleep(150);
      return path;
    };
    for (const timeouts of [undefined, { handlerMs: 0 }, { handlerMs: 10_000 }]) {
      const app = new App(timeouts === undefined ? {} : { timeouts }).get("/", slow);
      expect(await textOf((await serve(app))("/"))).toEqual([200, "/"]);
    }
    const ask = await serve(new App({ timeouts: { handlerMs: 30 }, development: false }).get("/", slow));
    expect(await jsonOf(ask("/"))).toEqual([503, { detail: expect.any(String) }]);
    // The late value goes nowhere.
    await Bun.sleep(150);
    expect((await ask("/nowhere")).status).toBe(404);
  });

  test("a constant is not subject to handlerMs, and a handler in time is not", async () => {
    const app = new App({ timeouts: { handlerMs: 50 } }).get("/constant", "c").get("/", async () => {
      await Bun.sleep(1);
      return "x";
    });
    const ask = await serve(app);
    expect(await textOf(ask("/"))).toEqual([200, "x"]);
    expect(await textOf(ask("/constant"))).toEqual([200, "c"]);
  });

  test("limits.bodyBytes: 413", async () => {
    const ask = await serve(echo({ bodyBytes: 10 }));
    expect(await textOf(ask("/", { method: "POST", body: "b".repeat(10) }))).toEqual([200, "b".repeat(10)]);
    expect(await jsonOf(ask("/", { method: "POST", body: "b".repeat(11) }))).toEqual([
      413,
      { detail: expect.any(String) },
    ]);
  });

  test("spinUs: a number or auto", async () => {
    for (const spinUs of [0, 100, "auto"] as const) {
      expect(await textOf((await serve(new App({ spinUs }).get("/", "x")))("/"))).toEqual([200, "x"]);
    }
  });

  test("development is NODE_ENV !== production", async () => {
    const before = process.env.NODE_ENV;
    const warnings = async (mode: string) => {
      process.env.NODE_ENV = mode;
      const app = new App().use(() => undefined).get("/", "x");
      const said = await saidTo("warn", async () => (await serve(app))("/"));
      return said.filter((line) => line.startsWith("GET /:"));
    };
    try {
      expect((await warnings("production")).length).toBe(0);
      expect((await warnings("test")).length).toBe(1);
      expect((await warnings("development")).length).toBe(1);
    } finally {
      if (before === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = before;
    }
  });

  const wrong: [options: unknown, error: typeof TypeError | typeof RangeError][] = [
    [{ limit: {} }, TypeError],
    [{ limits: { bodyByte: 1 } }, TypeError],
    [{ timeouts: { handler: 1 } }, TypeError],
    [{ limits: { bodyBytes: -1 } }, RangeError],
    [{ limits: { headers: 1.5 } }, RangeError],
    [{ limits: { targetBytes: "10" } }, RangeError],
    [{ timeouts: { handlerMs: -1 } }, RangeError],
    [{ timeouts: { headMs: 0 } }, RangeError],
    [{ timeouts: { idleMs: Number.POSITIVE_INFINITY } }, RangeError],
    [{ spinUs: "always" }, RangeError],
  ];
  test.each(wrong)("what can't be is an error where it is written: %j", (options, error) => {
    expect(() => new App(options as AppOptions)).toThrow(error);
  });
});

contract("App: what a route may set", (serve) => {
  test("limits.bodyBytes, lower or higher than the app's", async () => {
    const app = new App({ limits: { bodyBytes: 100 } })
      .post("/app", ({ text }) => text())
      .post("/lower", { limits: { bodyBytes: 10 } }, ({ text }) => text())
      .post("/higher/:id", { limits: { bodyBytes: 200_000 } }, ({ text }) => text())
      .post("/none", { limits: { bodyBytes: 0 } }, ({ text }) => text());
    const ask = await serve(app);
    const bounds: [path: string, bytes: number][] = [
      ["/app", 100],
      ["/lower", 10],
      ["/higher/1", 200_000],
      ["/none", 0],
    ];
    for (const [path, bytes] of bounds) {
      const body = "b".repeat(bytes);
      expect([path, await textOf(ask(path, { method: "POST", body }))]).toEqual([path, [200, body]]);
      const [status, text] = await textOf(ask(path, { method: "POST", body: `${body}b` }));
      expect([path, status, JSON.parse(text)]).toEqual([path, 413, { detail: expect.any(String) }]);
    }
  });

  test("timeouts.handlerMs, lower or higher than the app's, or none", async () => {
    const slow = async () => {
      await Bun.sleep(120);
      return "slow";
    };
    const app = new App({ timeouts: { handlerMs: 60 }, development: false })
      .get("/app", slow)
      .get("/higher", { timeouts: { handlerMs: 5_000 } }, slow)
      .get("/none", { timeouts: { handlerMs: 0 } }, slow);
    const ask = await serve(app);
    const statuses = ["/app", "/higher", "/none"].map(async (path) => (await ask(path)).status);
    expect(await Promise.all(statuses)).toEqual([503, 200, 200]);
    const lower = new App({ timeouts: { handlerMs: 5_000 }, development: false });
    lower.get("/", { timeouts: { handlerMs: 30 } }, slow);
    expect((await (await serve(lower))("/")).status).toBe(503);
  });

  test("what can't be is an error where it is written", () => {
    const write = (route: object) => () => new App().get("/", route, () => "x");
    expect(write({ limits: { bodyBytes: -1 } })).toThrow(RangeError);
    expect(write({ limits: { headBytes: 1 } })).toThrow(TypeError);
    expect(write({ timeouts: { handlerMs: "1" } })).toThrow(RangeError);
    expect(write({ sumary: "x" })).toThrow(TypeError);
    expect(write({ sumary: "x" })).toThrow("GET /");
  });
});

describe("a route's timeouts, over a slow connection", () => {
  test("bodyMs, lower or higher than the app's", async () => {
    const app = new App({ timeouts: { bodyMs: 300 } })
      .post("/lower", { timeouts: { bodyMs: 100 } }, ({ text }) => text())
      .post("/app", ({ text }) => text())
      .post("/higher", { timeouts: { bodyMs: 10_000 } }, ({ text }) => text());
    await using server = await listen(app);
    const order: string[] = [];
    const wait = async (path: string) => {
      using client = await RawClient.open(server);
      client.send(`POST ${path} ${host}Content-Length: 4\r\n\r\nab`);
      expect((await client.answer()).status).toBe(408);
      order.push(path);
    };
    using patient = await RawClient.open(server);
    patient.send(`POST /higher ${host}Content-Length: 4\r\n\r\nab`);
    await Promise.all([wait("/app"), wait("/lower")]);
    expect(order).toEqual(["/lower", "/app"]);
    patient.send("cd");
    expect((await patient.answer()).text).toBe("abcd");
  });

  test("writeMs, lower than the app's", async () => {
    const large = () => Buffer.alloc(30_000_000, "x");
    const app = new App().get("/app", large).get("/lower", { timeouts: { writeMs: 200 } }, large);
    await using server = await listen(app);
    using patient = await RawClient.open(server);
    using hasty = await RawClient.open(server);
    for (const client of [patient, hasty]) client.pause();
    patient.send(request("/app"));
    hasty.send(request("/lower"));
    await eventually(() => server.stats().timeoutsWrite === 1, "the route's answer to be given up");
    patient.resume();
    expect((await patient.answer()).body.length).toBe(30_000_000);
  });
});
