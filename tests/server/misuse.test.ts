// What handlers do wrong with requests and answers is said with the route's name and what to do instead.
import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { Readable } from "node:stream";
import { App, ContextExpiredError } from "@fasterapi/bun";
import { ask, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";

let warned: Mock<typeof console.warn>;
let logged: Mock<typeof console.error>;
beforeEach(() => {
  warned = spyOn(console, "warn").mockImplementation(() => undefined);
  logged = spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  warned.mockRestore();
  logged.mockRestore();
});

const said = (mock: Mock<typeof console.warn>) => mock.mock.calls.map((words) => words.join(" "));
const address = { port: 0, hostname: "127.0.0.1" };

const late = (development: boolean, done: () => void) =>
  new App({ development, timeouts: { handlerMs: 10 } })
    .get("/never/:id", () => new Promise(() => undefined))
    .get("/returns/:id", async () => {
      await Bun.sleep(20);
      done();
      return "late";
    })
    .get("/fails/:id", async () => {
      await Bun.sleep(20);
      done();
      throw new Error("late");
    })
    .get("/answers/:id", async ({ status }) => {
      await Bun.sleep(20);
      done();
      status(201);
    })
    .get("/aborts/:id", async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      done();
      throw signal.reason;
    });

test.each([
  ["/never/7", []],
  ["/returns/7", [/^GET \/returns\/:id has returned now, after its request had been answered$/]],
  ["/fails/7", [/^GET \/fails\/:id has failed now, after its request had been answered: Error: late\n.*misuse\.test/]],
  ["/answers/7", [/^GET \/answers\/:id has failed now.*ContextExpiredError: A request to GET \/answers\/:id has been/]],
  ["/aborts/7", []],
])("in development, a handler that takes too long: %s", async (path, then) => {
  let done = 0;
  await using server = await late(true, () => done++).listen(address);
  expect((await ask(server, request(path))).status).toBe(503);
  await eventually(() => path === "/never/7" || done === 1, "the handler to be done");
  await eventually(() => said(warned).length > then.length, "the console");
  await Bun.sleep(5);
  const name = `GET ${path.replace("7", ":id")}`;
  expect(said(warned)).toEqual([
    `${name} took more than 10 ms (timeouts.handlerMs): it is answered with 503 in its place`,
    ...then.map((pattern) => expect.stringMatching(pattern)),
  ]);
  expect(logged).not.toHaveBeenCalled();
});

test("in production nothing is said of it", async () => {
  let done = 0;
  await using server = await late(false, () => done++).listen(address);
  await ask(server, request("/fails/7"));
  await eventually(() => done === 1, "the handler to be done");
  await Bun.sleep(5);
  expect(warned).not.toHaveBeenCalled();
});

test("what can be read only once says so", async () => {
  const response = new Response("once");
  const stream = new ReadableStream({ pull: (controller) => controller.enqueue("again and again") });
  stream.getReader();
  const app = new App({ development: true })
    .get("/response", () => response)
    .get("/stream", () => stream)
    .get("/locked", () => new Response(stream))
    .post("/request", async ({ request: web }) => (await web.text()) + (await web.text()))
    .post("/context", async ({ text }) => (await text()) + (await text()));
  await using server = await app.listen(address);
  expect((await ask(server, request("/response"))).text).toBe("once");
  for (const [path, method, reason] of [
    ["/response", "GET", "The body of the Response has been read already: return a new one"],
    ["/stream", "GET", "The ReadableStream is being read already: return a new one"],
    ["/locked", "GET", "Body object should not be disturbed or locked"],
    ["/request", "POST", "the context's own text(), json() and so on may be called again"],
  ] as const) {
    const body = method === "POST" ? { method, body: "a" } : {};
    expect((await ask(server, request(path, body))).status).toBe(500);
    const text = said(logged).pop()!;
    logged.mock.calls.pop();
    expect(text).toStartWith(`${method} ${path} (`);
    expect(text).toContain(reason);
  }
  expect((await ask(server, request("/context", { method: "POST", body: "a" }))).text).toBe("aa");
});

test("a context that is used after the answer names the route that it was of", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const app = new App().get("/users/:id", ({ status, headers }) => {
    setTimeout(() => {
      const errors = [() => status(404), () => headers.get("a")].map((use) => {
        try {
          return use();
        } catch (error) {
          return error;
        }
      });
      resolve(errors);
    }, 5);
    return "answered";
  });
  await using server = await app.listen(address);
  expect((await ask(server, request("/users/7"))).text).toBe("answered");
  for (const error of (await promise) as Error[]) {
    expect(error).toBeInstanceOf(ContextExpiredError);
    expect(error.message).toStartWith("A request to GET /users/:id has been answered already");
  }
});

test("what a generator says about the head once that has been sent has no effect, as development says once", async () => {
  const app = new App({ development: true })
    .get("/set", async function* ({ set }) {
      set("x-early", "1");
      yield "a";
      await Bun.sleep(1);
      set("x-late", "1");
      yield "b";
    })
    .get("/status", async function* ({ status }) {
      await Bun.sleep(1);
      status(404);
      yield "b";
    });
  await using server = await app.listen(address);
  for (let time = 0; time < 2; time++) {
    const set = await fetch(new URL("/set", server.url));
    expect([set.headers.get("x-early"), set.headers.get("x-late"), await set.text()]).toEqual(["1", null, "ab"]);
    const status = await fetch(new URL("/status", server.url));
    expect([status.status, await status.text()]).toEqual([200, "b"]);
  }
  expect(said(warned)).toEqual([
    expect.stringMatching(
      /^GET \/set: what status\(\), set\(\) or append\(\) say after the head was sent has no effect/,
    ),
    expect.stringMatching(/^GET \/status: what status/),
  ]);
});

test("what a client sends doesn't end the process where nobody waits for the body", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  const app = new App({ development: false })
    .post("/json", ({ json }) => {
      json();
      return 1;
    })
    .post("/form", ({ form }) => {
      form();
      return 1;
    })
    .post("/stream", { body: "stream", limits: { bodyBytes: 3 } }, async ({ text }) => {
      text();
      await Bun.sleep(5);
      return 1;
    })
    .post("/answered", { body: "stream" }, ({ text }) => {
      text();
      return 1;
    });
  await using server = await app.listen(address);
  for (const path of ["/json", "/form", "/answered"]) {
    expect((await ask(server, request(path, { method: "POST", body: '{"a"' }))).text).toBe("1");
  }
  const chunked = `POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`;
  expect((await ask(server, chunked)).text).toBe("1");
  await Bun.sleep(10);
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("json(value) and its like are no answers", async () => {
  const app = new App()
    // biome-ignore lint/suspicious/noExplicitAny: as in JavaScript.
    .get("/json", ({ json }) => (json as any)({ a: 1 }))
    // biome-ignore lint/suspicious/noExplicitAny: as in JavaScript.
    .get("/text", ({ text }) => (text as any)("a"));
  expect((await app.request("/json")).status).toBe(500);
  expect((await app.request("/text")).status).toBe(500);
  expect(said(logged)).toEqual([
    expect.stringContaining("json() reads the request's body; return the object to answer with it"),
    expect.stringContaining("text() reads the request's body; return the text to answer with it"),
  ]);
});

test("a body that was read as a whole is no stream any more, and the other way round", async () => {
  const drain = async (body: ReadableStream) => {
    let bytes = 0;
    for await (const piece of body) bytes += piece.length;
    return bytes;
  };
  const app = new App()
    .post("/whole", { body: "stream" }, async ({ body, text }) => [await text(), await text(), await drain(body)])
    .post("/stream", { body: "stream" }, async ({ body, text }) => [await drain(body), await text()]);
  for (const [path, how] of [
    ["/whole", "(a stream is read once, and a body either as a stream or by text(), json() and so on)"],
    ["/stream", "The body of POST /stream is read as a stream: that can be done once"],
  ] as const) {
    expect((await app.request(path, { method: "POST", body: "abc" })).status).toBe(500);
    expect(said(logged).pop()).toContain(how);
    logged.mockClear();
  }
});

test("async iterables are streamed, and what could mean several things is an error", async () => {
  class Rows {
    async *[Symbol.asyncIterator]() {
      yield "a";
      yield "b";
    }
  }
  const values: Record<string, () => unknown> = {
    rows: () => new Rows(),
    readable: () => Readable.from([Buffer.from("a"), Buffer.from("b")]),
    form: () => new FormData(),
    search: () => new URLSearchParams("a=b"),
    headers: () => new Headers(),
    request: () => new Request("http://a"),
    // biome-ignore lint/suspicious/noThenProperty: that is what it is about.
    thenable: () => ({ then: () => undefined }),
  };
  const app = new App({ development: true }).get("/:value", ({ params }) => values[params.value]!());
  for (const [name, type] of [
    ["rows", "text/plain; charset=utf-8"],
    ["readable", "application/octet-stream"],
  ] as const) {
    const answer = await app.request(`/${name}`);
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([type, "ab"]);
  }
  for (const [name, instead] of [
    ["form", "return new Response(form), or Object.fromEntries(form)"],
    ["search", "return new Response(params), or Object.fromEntries(params)"],
    ["headers", "return Object.fromEntries(headers)"],
    ["request", "return await fetch(request)"],
  ] as const) {
    expect((await app.request(`/${name}`)).status).toBe(500);
    expect(said(logged).pop()).toContain(instead);
    logged.mockClear();
  }
  expect(await (await app.request("/thenable")).text()).toBe("{}");
  expect(said(warned)).toEqual([expect.stringContaining("value is a plain object with a function then")]);
});
