// Handlers that throw: HttpError is an answer, anything else a 500 that says nothing.
import { afterAll, beforeEach, describe, expect, mock, spyOn, test } from "bun:test";
import { App, type Context, HttpError } from "@fasterapi/bun";
import { askAll, askOnce, isInMemory, request } from "../support/raw.ts";

const log = spyOn(console, "error").mockImplementation(() => undefined);
beforeEach(() => log.mockClear());
afterAll(() => mock.restore());

async function answerOf(handler: (context: Context) => unknown, method = "GET") {
  await using server = await new App().all("/secret-path", handler).listen({ port: 0, hostname: "127.0.0.1" });
  return await askOnce(server, request("/secret-path", { method }), method);
}

const ways: { [how: string]: (error: unknown) => (context: Context) => unknown } = {
  thrown: (error) => () => {
    throw error;
  },
  "thrown by an async handler": (error) => async () => {
    throw error;
  },
  "thrown after a wait": (error) => async () => {
    await Bun.sleep(1);
    throw error;
  },
  "a rejection": (error) => () => Promise.reject(error),
};

describe.each(Object.keys(ways))("HttpError, %s", (how) => {
  const way = ways[how]!;
  const details: [status: number, detail: unknown, body: unknown][] = [
    [404, "no such user", { detail: "no such user" }],
    [400, undefined, { detail: "Bad Request" }],
    [418, undefined, { detail: "I'm a Teapot" }],
    [599, undefined, { detail: "Error" }],
    [422, [{ loc: ["body"], msg: "é" }], { detail: [{ loc: ["body"], msg: "é" }] }],
    [409, { code: 7, text: 'a "b"\n' }, { detail: { code: 7, text: 'a "b"\n' } }],
    [503, "", { detail: "" }],
    [400, 0, { detail: 0 }],
    [400, false, { detail: false }],
  ];
  test.each(details)("%i %j", async (status, detail, body) => {
    const answer = await answerOf(way(new HttpError(status, detail)));
    expect([answer.status, answer.json()]).toEqual([status, body]);
    expect(answer.header("content-type")).toBe("application/json");
    expect(answer.closes).toBe(false);
    expect(log).not.toHaveBeenCalled();
  });

  test("with headers", async () => {
    const headers = { "WWW-Authenticate": 'Basic realm="x"', "Retry-After": "5" };
    const answer = await answerOf(way(new HttpError(401, "who?", { headers })));
    expect([answer.header("www-authenticate"), answer.header("retry-after")]).toEqual(['Basic realm="x"', "5"]);
    expect(answer.json()).toEqual({ detail: "who?" });
  });

  test("headers that can't be sent are a 500", async () => {
    const answer = await answerOf(way(new HttpError(400, "x", { headers: { "x-a": "a\r\nx-evil: 1" } })));
    expect([answer.status, answer.text]).toEqual([500, '{"detail":"Internal Server Error"}']);
    expect(answer.header("x-evil")).toBe(null);
    expect(log).toHaveBeenCalledTimes(1);
  });

  test("a detail that JSON can't say is a 500", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const error = new HttpError(400);
    Object.assign(error, { detail: circle });
    const answer = await answerOf(way(error));
    expect([answer.status, answer.json()]).toEqual([500, { detail: "Internal Server Error" }]);
  });

  test("HEAD gets its head", async () => {
    const answer = await answerOf(way(new HttpError(404, "nothing")), "HEAD");
    expect([answer.status, answer.header("content-length")]).toEqual([404, String('{"detail":"nothing"}'.length)]);
  });
});

test("headers that were set before stay, those of a body do not", async () => {
  const answer = await answerOf(({ set, append, status }) => {
    status(201);
    set("x-trace", "1");
    append("set-cookie", "a=1");
    set("content-type", "text/html");
    set("etag", '"a"');
    throw new HttpError(403, "no");
  });
  expect([answer.status, answer.json()]).toEqual([403, { detail: "no" }]);
  expect([answer.header("x-trace"), answer.header("set-cookie")]).toEqual(["1", "a=1"]);
  expect([answer.header("content-type"), answer.header("etag")]).toEqual(["application/json", null]);
});

test.each([200, 302, 399, 600, 0, 404.5, Number.NaN])("there is no HttpError of status %p", (status) => {
  expect(() => new HttpError(status)).toThrow(RangeError);
});

class SecretError extends Error {
  override name = "SecretError";
  secret = "secret-value";
}
const frozen = Object.freeze({ secret: "secret-value" });
const thrown: [name: string, error: unknown][] = [
  ["an Error", new SecretError("secret-message", { cause: new Error("secret-cause") })],
  ["a string", "secret-string"],
  ["an object", frozen],
  ["undefined", undefined],
  ["null", null],
  ["an AggregateError", new AggregateError([new Error("secret-a")], "secret-b")],
  ["what looks like an HttpError", { status: 404, detail: "secret-detail", headers: { "x-a": "secret" } }],
];
describe.each(Object.keys(ways))("any other error, %s", (how) => {
  test.each(thrown)("%s", async (_, error) => {
    const app = new App({ development: false }).get("/secret-path/:id", ways[how]!(error)).get("/", () => "still here");
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    const [answer, next] = await askAll(server, request("/secret-path/1?secret-query") + request("/"), 2);
    expect([answer!.status, answer!.text]).toEqual([500, '{"detail":"Internal Server Error"}']);
    expect(answer!.header("content-type")).toBe("application/json");
    expect(answer!.headers.map(([name]) => name.toLowerCase()).sort()).toEqual([
      "content-length",
      "content-type",
      "date",
      "x-error-id",
    ]);
    expect(answer!.closes).toBe(false);
    expect(next!.text).toBe("still here");
    // Said once for each request, with the route, where the operator sees it.
    expect(log).toHaveBeenCalledTimes(isInMemory ? 2 : 1);
    const [what, ...more] = log.mock.calls[0]!;
    expect(String(what)).toContain("GET /secret-path/:id");
    expect(String(what)).toContain(answer!.header("x-error-id")!);
    expect(String(what)).toContain(error instanceof Error ? error.message : Bun.inspect(error));
    expect(more).toEqual([]);
  });
});

test("a 500 of HEAD is a head", async () => {
  const answer = await answerOf(() => {
    throw new Error("secret");
  }, "HEAD");
  expect([answer.status, answer.body.length]).toEqual([500, 0]);
});

test("in development the console shows the route, the message and the application's part of the stack", async () => {
  const app = new App({ development: true }).get("/a/:b", () => {
    throw new SecretError("what went wrong");
  });
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  const answer = await askOnce(server, request("/a/1"));
  expect(answer.text).toBe('{"detail":"Internal Server Error"}');
  expect(log).toHaveBeenCalledTimes(1);
  const [said] = log.mock.calls[0] as [string];
  const [first, ...stack] = said.split("\n");
  expect(first).toBe(`GET /a/:b (${answer.header("x-error-id")}): SecretError: what went wrong`);
  expect(stack.length).toBeGreaterThan(0);
  expect(stack.every((line) => line.includes("errors.test.ts"))).toBe(true);
});
