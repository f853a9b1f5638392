// What a handler may return, and what arrives. Streams have tests of their own.
import { afterAll, afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { type Answer, ask, askAll, askOnce, request } from "../support/raw.ts";

const json = "application/json";
const text = "text/plain; charset=utf-8";
const octets = "application/octet-stream";

class Money {
  constructor(readonly cents: number) {}
  toJSON() {
    return { euros: this.cents / 100 };
  }
}

const date = new Date(0);
const values: { [name: string]: [value: () => unknown, status: number, type: string | null, body: string] } = {
  string: [() => "hello", 200, text, "hello"],
  "an empty string": [() => "", 200, text, ""],
  "text beyond ASCII": [() => "né → 日本 😀", 200, text, "né → 日本 😀"],
  "text with a NUL": [() => "a\0b", 200, text, "a\0b"],
  "a lone surrogate, which UTF-8 can't say": [() => "a\ud800b", 200, text, "a\ufffdb"],
  "text that looks like JSON": [() => '{"a":1}', 200, text, '{"a":1}'],
  object: [() => ({ a: 1, b: [true, null], c: { d: "é" } }), 200, json, '{"a":1,"b":[true,null],"c":{"d":"é"}}'],
  "an object without a prototype": [() => Object.assign(Object.create(null), { a: 1 }), 200, json, '{"a":1}'],
  "an object of a class": [() => new Money(150), 200, json, '{"euros":1.5}'],
  "an object with toJSON": [() => ({ toJSON: () => [1, 2] }), 200, json, "[1,2]"],
  "an object with what JSON leaves out": [
    () => ({ a: undefined, b: () => 1, c: Symbol("s"), d: 1 }),
    200,
    json,
    '{"d":1}',
  ],
  // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
  "an object with then that is no function": [() => ({ then: 1 }), 200, json, '{"then":1}'],
  "a Map that says how it is JSON": [() => Object.assign(new Map(), { toJSON: () => [1] }), 200, json, "[1]"],
  "a Date": [() => date, 200, json, '"1970-01-01T00:00:00.000Z"'],
  array: [() => [1, "two", null], 200, json, '[1,"two",null]'],
  "an empty array": [() => [], 200, json, "[]"],
  number: [() => 42, 200, json, "42"],
  zero: [() => 0, 200, json, "0"],
  "a fraction": [() => -1.5e-7, 200, json, "-1.5e-7"],
  NaN: [() => Number.NaN, 200, json, "null"],
  "a Number object": [() => Object(42), 200, json, "42"],
  true: [() => true, 200, json, "true"],
  false: [() => false, 200, json, "false"],
  null: [() => null, 200, json, "null"],
  undefined: [() => undefined, 204, null, ""],
  "a Uint8Array": [() => new Uint8Array([104, 105, 0]), 200, octets, "hi\0"],
  "an empty Uint8Array": [() => new Uint8Array(0), 200, octets, ""],
  "part of a buffer": [() => new Uint8Array(new TextEncoder().encode("abcdef").buffer, 2, 3), 200, octets, "cde"],
  "bytes seen as numbers": [() => new Uint16Array(new TextEncoder().encode("hi").buffer), 200, octets, "hi"],
  "a Buffer": [() => Buffer.from("hi"), 200, octets, "hi"],
  "an ArrayBuffer": [() => new TextEncoder().encode("hi").buffer, 200, octets, "hi"],
  "an empty ArrayBuffer": [() => new ArrayBuffer(0), 200, octets, ""],
  "a Blob": [() => new Blob(["hi"], { type: "text/x" }), 200, "text/x", "hi"],
  "a Blob without a type": [() => new Blob(["hi"]), 200, octets, "hi"],
  "a Response with text": [() => new Response("hi"), 200, "text/plain;charset=utf-8", "hi"],
  "a Response with JSON": [() => Response.json({ a: 1 }), 200, "application/json;charset=utf-8", '{"a":1}'],
  // Bun takes any bytes of a Response that may be text for text.
  "a Response with bytes": [() => new Response(new Uint8Array([104, 105])), 200, "text/plain;charset=utf-8", "hi"],
  "a Response with nothing": [() => new Response(), 200, null, ""],
  "a Response with a status": [() => new Response("made", { status: 201 }), 201, "text/plain;charset=utf-8", "made"],
  "a Response of 204": [() => new Response(null, { status: 204 }), 204, null, ""],
  "a Response of 304": [() => new Response(null, { status: 304 }), 304, null, ""],
  "a Response of 404": [
    () => Response.json({ detail: "no" }, { status: 404 }),
    404,
    "application/json;charset=utf-8",
    '{"detail":"no"}',
  ],
  "a Response with a Blob": [() => new Response(new Blob(["hi"], { type: "text/x" })), 200, "text/x", "hi"],
  "a Response with a form": [
    () => new Response(new URLSearchParams("a=b")),
    200,
    "application/x-www-form-urlencoded;charset=UTF-8",
    "a=b",
  ],
};

function app(wrap: (value: () => unknown) => () => unknown): App {
  const made = new App();
  for (const [index, name] of Object.keys(values).entries()) {
    made.get(`/${index}`, wrap(values[name]![0]) as () => unknown);
  }
  return made;
}

const wrapped: { [how: string]: App } = {
  "a sync handler": app((value) => value),
  "an async handler": app((value) => async () => value()),
  "an async handler that waits": app((value) => async () => {
    await Bun.sleep(1);
    return value();
  }),
  "a thenable": app((value) => () => ({
    // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
    __proto__: { then: (resolve: (value: unknown) => void) => resolve(value()) },
  })),
};

for (const [how, wrappedApp] of Object.entries(wrapped)) {
  describe(how, async () => {
    const server = await wrappedApp.listen({ port: 0, hostname: "127.0.0.1" });
    afterAll(() => server.stop({ drainMs: 0 }));

    test.each(Object.keys(values))("%s", async (name) => {
      const [, status, type, body] = values[name]!;
      const target = `/${Object.keys(values).indexOf(name)}`;
      const [got, head, again] = await askAll(
        server,
        request(target) + request(target, { method: "HEAD" }) + request(target),
        ["GET", "HEAD", "GET"],
      );
      expect([got!.status, got!.text]).toEqual([status, body]);
      expect(got!.header("content-type")?.toLowerCase() ?? null).toBe(type?.toLowerCase() ?? null);
      expect(again!.text).toBe(body);
      // The head is that of GET, its length included.
      expect(head!.status).toBe(status);
      expect(headersOf(head!)).toEqual(headersOf(got!));
      const hasNone = status === 204 || status === 304;
      if (!hasNone) expect(got!.header("content-length")).toBe(String(Buffer.byteLength(got!.body)));
    });
  });
}

function headersOf(answer: Answer): string[] {
  return answer.headers.filter(([name]) => name !== "Date").map(([name, value]) => `${name.toLowerCase()}: ${value}`);
}

describe("a constant", async () => {
  // A function would be a handler, and undefined is nothing that can be written there.
  const constants = Object.entries(values).filter(([, [value]]) => value() !== undefined);
  const made = new App();
  for (const [index, [, [value]]] of constants.entries()) made.get(`/${index}`, value() as string);
  const server = await made.listen({ port: 0, hostname: "127.0.0.1" });
  afterAll(() => server.stop({ drainMs: 0 }));

  test.each(constants.map(([name]) => name))("%s", async (name) => {
    const [, status, type, body] = values[name]!;
    const target = `/${constants.findIndex(([other]) => other === name)}`;
    const [got, head] = await askAll(server, request(target) + request(target, { method: "HEAD" }), ["GET", "HEAD"]);
    expect([got!.status, got!.text]).toEqual([status, body]);
    expect(got!.header("content-type")?.toLowerCase() ?? null).toBe(type?.toLowerCase() ?? null);
    expect(headersOf(head!)).toEqual(headersOf(got!));
  });
});

test("a Response with bytes that are no text says no type", async () => {
  const app = new App().get("/", () => new Response(new Uint8Array([0xff, 0xfe, 0])));
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  const answer = await ask(server, request("/"));
  expect(answer.header("content-type")).toBe(null);
  expect([...answer.body]).toEqual([0xff, 0xfe, 0]);
});

describe("large answers", () => {
  const kinds: [name: string, value: (size: number) => unknown, body: (size: number) => Buffer][] = [
    ["text", (size) => "x".repeat(size), (size) => Buffer.alloc(size, "x")],
    ["text beyond ASCII", (size) => "é".repeat(size / 2), (size) => Buffer.from("é".repeat(size / 2))],
    ["bytes", (size) => Buffer.alloc(size, "abc"), (size) => Buffer.alloc(size, "abc")],
    ["JSON", (size) => ["x".repeat(size - 4)], (size) => Buffer.from(`["${"x".repeat(size - 4)}"]`)],
  ];
  // Around what is copied, what fits the ring, and what does not; see core/limits.zig and src/native/runtime.ts.
  const sizes = [8_190, 8_192, 8_194, 65_534, 65_538, 349_520, 1_048_574, 1_048_578, 3_000_000];
  test.each(kinds)("%s", async (_, value, body) => {
    const large = new App().get("/:size", ({ params }) => value(Number(params.size)));
    await using server = await large.listen({ port: 0, hostname: "127.0.0.1" });
    const answers = await askAll(server, sizes.map((size) => request(`/${size}`)).join(""), sizes.length);
    for (const [index, size] of sizes.entries()) expect(answers[index]!.body.equals(body(size))).toBe(true);
  });
});

describe("what can't be sent is a 500", () => {
  const log = spyOn(console, "error").mockImplementation(() => undefined);
  afterEach(() => log.mockClear());
  afterAll(() => mock.restore());

  const circle: { self?: unknown } = {};
  circle.self = circle;
  const read = new Response("x");
  const impossible: { [name: string]: () => unknown } = {
    function: () => () => 1,
    symbol: () => Symbol("s"),
    bigint: () => 1n,
    "a circle": () => circle,
    "a Map, which JSON says as {}": () => new Map([["a", 1]]),
    "a Set, which JSON says as {}": () => new Set([1]),
    "a getter that throws": () => ({
      get secret() {
        throw new Error("secret");
      },
    }),
    "toJSON that throws": () => ({
      toJSON() {
        throw new Error("secret");
      },
    }),
    "toJSON that returns nothing": () => ({ toJSON: () => undefined }),
    "a Response that is read already": () => read,
    "Response.error()": () => Response.error(),
  };
  for (const name of Object.keys(impossible)) {
    test.each(["sync", "async"])(`${name}, %s`, async (how) => {
      await read.text().catch(() => undefined);
      const value = impossible[name]!;
      const handler = how === "sync" ? value : async () => value();
      await using server = await new App().get("/", handler).listen({ port: 0, hostname: "127.0.0.1" });
      const answer = await askOnce(server, request("/"));
      expect([answer.status, answer.text]).toEqual([500, '{"detail":"Internal Server Error"}']);
      expect(answer.closes).toBe(false);
      expect(log).toHaveBeenCalledTimes(1);
      expect(String(log.mock.calls[0]![0])).toContain("GET /");
    });
  }
});
