// What goes wrong in a handler is said once, with the route's name; the client learns nothing but a number to ask about.
import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { App, HttpError, type Server } from "@fasterapi/bun";
import { Wire } from "../support/wire.ts";

let said: Mock<typeof console.error>;
beforeEach(() => {
  said = spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  said.mockRestore();
});

const inner = () => {
  throw new Error("a secret");
};
const app = (development: boolean) =>
  new App({ development })
    .get("/sync/:id", inner)
    .post("/async/:id", async () => {
      await Bun.sleep(1);
      inner();
    })
    .get("/value", () => 1n)
    .all("/all/*rest", () => Promise.reject(new TypeError("a secret")))
    .get("/http/:status", ({ params }) => {
      throw new HttpError(Number(params.status), "said to the client");
    });

async function ask(server: Server, method: string, path: string) {
  using wire = await Wire.open(server);
  wire.ask(path, method);
  return await wire.answer();
}

for (const development of [true, false]) {
  const mode = development ? "development" : "production";
  for (const [method, path, name, message] of [
    ["GET", "/sync/7", "GET /sync/:id", "a secret"],
    ["POST", "/async/7", "POST /async/:id", "a secret"],
    ["GET", "/value", "GET /value", "BigInt"],
    ["PUT", "/all/of/this", "ALL /all/*rest", "a secret"],
  ] as const) {
    test(`${mode}: ${name}`, async () => {
      await using server = await app(development).listen({ port: 0, hostname: "127.0.0.1" });
      const { status, body, headers } = await ask(server, method, path);
      expect([status, body]).toEqual([500, '{"detail":"Internal Server Error"}']);
      expect(said).toHaveBeenCalledTimes(1);
      const text = said.mock.calls[0]!.map((part) => (typeof part === "string" ? part : Bun.inspect(part))).join(" ");
      expect(text).toContain(name);
      expect(text).toContain(message);
      // Where it was.
      if (message === "a secret" && name !== "ALL /all/*rest") expect(text).toContain("inner");
      expect(text).toContain(headers.get("x-error-id")!);
      expect([...headers.values()].join()).not.toContain("secret");
    });
  }

  test(`${mode}: an HttpError is an answer and is not logged`, async () => {
    await using server = await app(development).listen({ port: 0, hostname: "127.0.0.1" });
    for (const code of [400, 404, 418, 500, 503]) {
      const { status, body, headers } = await ask(server, "GET", `/http/${code}`);
      expect([status, body]).toEqual([code, '{"detail":"said to the client"}']);
      expect(headers.has("x-error-id")).toBe(false);
    }
    expect(said).not.toHaveBeenCalled();
  });
}

test("each time is said, and not only the first", async () => {
  await using server = await app(false).listen({ port: 0, hostname: "127.0.0.1" });
  const ids = new Set<string>();
  for (let i = 0; i < 20; i++) ids.add((await ask(server, "GET", "/sync/7")).headers.get("x-error-id")!);
  expect(said).toHaveBeenCalledTimes(20);
  expect(ids.size).toBe(20);
});

test("a console that throws costs nobody an answer", async () => {
  said.mockImplementation(() => {
    throw new Error("no console");
  });
  await using server = await app(false).listen({ port: 0, hostname: "127.0.0.1" });
  for (const path of ["/sync/7", "/value", "/http/418", "/sync/7"]) {
    expect((await ask(server, "GET", path)).status).toBe(path === "/http/418" ? 418 : 500);
  }
});

test("development says once for a route what JSON loses, and where", async () => {
  const warned = spyOn(console, "warn").mockImplementation(() => undefined);
  const lossy = (development: boolean) =>
    new App({ development })
      .get("/users/:id", () => ({ users: [{ posts: Promise.resolve([]) }] }))
      .get("/tags", async () => ({ tags: new Set(["a"]) }))
      .get("/fine", () => ({ tags: {} }));
  for (const development of [true, false]) {
    await using server = await lossy(development).listen({ port: 0, hostname: "127.0.0.1" });
    for (const path of ["/users/7", "/users/8", "/tags", "/tags", "/fine"]) {
      expect((await ask(server, "GET", path)).status).toBe(200);
    }
  }
  expect(warned.mock.calls.flat()).toEqual([
    expect.stringMatching(/^GET \/users\/:id: in what was returned, value\.users\[0\]\.posts is a Promise.* await it/),
    expect.stringMatching(/^GET \/tags: in what was returned, value\.tags is a Set.*\[\.\.\.set\]$/),
  ]);
  warned.mockRestore();
});

const text = () => said.mock.calls.map((words) => words.join(" "));

test.each([true, false])(
  "what is logged has no excerpt of source, and no frames but the application's: %p",
  async (development) => {
    const failing = new App({ development }).get("/", () => {
      throw new Error("outer", { cause: new AggregateError([new Error("first"), new Error("second")], "both") });
    });
    expect((await failing.request("/")).status).toBe(500);
    const lines = text()[0]!.split("\n");
    const isFrame = (line: string) => line.trimStart().startsWith("at ");
    expect(lines.filter((line) => !isFrame(line))).toEqual([
      expect.stringMatching(/^GET \/ \(\w{8}\): Error: outer$/),
      "  caused by AggregateError: both",
      "    with Error: first",
      "    with Error: second",
    ]);
    for (const frame of lines.filter(isFrame)) expect(frame).toContain("logging.test.ts");
  },
);

test("an onError that fails in its turn: both are said; one that throws the same again: once", async () => {
  const failing = new App()
    .onError((error) => {
      if ((error as Error).message === "same") throw error;
      throw new Error("second");
    })
    .get("/x", () => {
      throw new Error("first");
    })
    .get("/same", async () => {
      throw new Error("same");
    });
  await failing.request("/x");
  await failing.request("/same");
  expect(text()[0]).toMatch(/^GET \/x \(\w+\): onError failed: Error: second\n[\s\S]*while answering: Error: first\n/);
  expect(text()[1]).toMatch(/^GET \/same \(\w+\): Error: same\n/);
  expect(text()[1]).not.toContain("while answering");
});

test("what no route matches is named after its request", async () => {
  const failing = new App().notFound(() => inner());
  await failing.request("/no/where", { method: "DELETE" });
  expect(text()[0]).toMatch(/^DELETE \/no\/where \(\w+\): Error: a secret\n/);
});

test("what JSON can't say is said with its place", async () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const values: Record<string, unknown> = { cycle, inside: { n: [1n] }, bigint: 1n, fn: inner, symbol: Symbol("s") };
  const failing = new App({ development: false }).get("/:name", ({ params }) => values[params.name]);
  for (const name of Object.keys(values)) expect((await failing.request(`/${name}`)).status).toBe(500);
  expect(text().map((line) => line.replace(/^.*\): TypeError: /, ""))).toEqual([
    "In what was returned, value.self is the object that holds it",
    "In what was returned, value.n[0] is a BigInt, for which JSON has no word: String(n), or Number(n)",
    "A handler returned a BigInt: return String(n), or Number(n)",
    "A handler returned a function: call it, and return what it gives",
    "A handler returned a symbol, which is nothing that can be sent",
  ]);
});
