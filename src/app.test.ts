import { describe, expect, spyOn, test } from "bun:test";
import { App, type AppOptions, type Context, HttpError, RouteError, sse } from "./index.ts";
import type { PathParams } from "./path.ts";
import { paramNames } from "./route.ts";

type Loose = (...given: unknown[]) => unknown;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

test("params are typed from the path", () => {
  const isRight: [
    Same<keyof PathParams<"/">, never>,
    Same<PathParams<"/users/:id">, { id: string }>,
    Same<PathParams<"/a/:b/c/:d/*rest">, { b: string; d: string; rest: string }>,
    Same<PathParams<string>, Record<string, string>>,
  ] = [true, true, true, true];
  expect(isRight).toEqual([true, true, true, true]);
  new App().get("/users/:id", ({ params }) => {
    // @ts-expect-error: there is no such param
    params.name;
    const id: string = params.id;
    return id;
  });
});

test("a constant is any object but those that can be read only once", () => {
  interface User {
    id: string;
    next: string | null;
  }
  class Point {
    x = 1;
    isFar() {
      return this.x > 1;
    }
  }
  const user: User = { id: "1", next: null };
  const app = new App().get("/user", user).get("/users", [user]).get("/point", new Point());
  app.get("/:id", ({ params }) => params.id);
  const wrong = [
    // @ts-expect-error: it can be read once
    () => app.get("/", new ReadableStream()),
    // @ts-expect-error: it is not waited for
    () => app.get("/", Promise.resolve(user)),
    // @ts-expect-error: it can be read once
    () => app.get("/", [user].values()),
  ];
  for (const write of wrong) expect(write).toThrow(TypeError);
});

test("what a client may leave out is undefined in types, and so are the params of some route", () => {
  new App()
    .use(({ params, query, cookies }, next) => {
      const isRight: [
        Same<(typeof params)["id"], string | undefined>,
        Same<(typeof query)["q"], string | string[] | undefined>,
        Same<(typeof cookies)["c"], string | undefined>,
      ] = [true, true, true];
      return isRight && next();
    })
    .get("/:id", ({ params }) => {
      const isRight: Same<typeof params.id, string> = true;
      return isRight;
    });
});

test("the names of a path's params, in their order", () => {
  expect(paramNames("/")).toEqual([]);
  expect(paramNames("/users/:id/files/*path")).toEqual(["id", "path"]);
});

describe("what can't be a route is refused where it is written", () => {
  const app = new App();
  const wrong: [string, () => unknown, string][] = [
    ["undefined", () => app.get("/", undefined as never), "can't be answered with undefined"],
    [
      "a stream",
      () => app.get("/", new ReadableStream() as never),
      "answered with a ReadableStream: it can be read once",
    ],
    ["a promise", () => app.get("/", Promise.resolve(1) as never), "answered with a Promise: await it first"],
    [
      "sse()",
      () => app.get("/", sse([]) as never),
      "answered with what sse() made: it can be read once: return it from",
    ],
    ["a generator", () => app.get("/", [].values() as never), "give the generator function, without calling it"],
    ["a Request", () => app.get("/", new Request("http://a") as never), "answered with a Request"],
    [
      "an async iterable",
      () => app.get("/", { [Symbol.asyncIterator]: 1 } as never),
      "with an async iterable: return it",
    ],
    [
      "a list of handlers",
      () => app.get("/", [() => 1] as never),
      "a route has one handler, and middleware is given to",
    ],
    ["a BigInt", () => app.get("/", 1n as never), "String(n) makes text of it"],
    [
      "options alone",
      () => app.get("/", { summary: "s", body: "stream" }),
      "GET / has options of a route and no handler",
    ],
    [
      "options behind it",
      () => (app.get as Loose)("/", () => 1, { body: "stream" }),
      "the order is (path, route, handler)",
    ],
    [
      "two handlers",
      () =>
        (app.get as Loose)(
          "/",
          () => 1,
          () => 2,
        ),
      "with one handler for a route",
    ],
    [
      "Express' middleware",
      () => app.use(((_: 1, __: 2, ___: 3) => 1) as never),
      "takes (context, next), not 3 arguments",
    ],
    ["no handler", () => (app.get as (path: string) => App).call(app, "/"), "needs a handler"],
    ["options that don't exist", () => app.get("/", { sumary: "" } as never, "x"), 'no option of GET / "sumary"'],
    ["a limit that doesn't exist", () => app.get("/", { limits: { headers: 1 } } as never, "x"), 'limits "headers"'],
    ["a path that is no string", () => app.get(1 as never, "x"), "is a string, not number"],
  ];
  for (const [name, write, message] of wrong) test(name, () => expect(write).toThrow(message));
});

describe("what can't be listened with", () => {
  const listen = (app: App) => app.listen({ port: 0, hostname: "127.0.0.1" });

  test("two routes that match the same requests", async () => {
    const app = new App().get("/users/:id", "a");
    app.get("/users/:name", "b");
    const error = await listen(app).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RouteError);
    expect((error as RouteError).code).toBe("ROUTES_CLASH");
    const { message } = error as RouteError;
    const [, second, first] =
      /^GET \/users\/:name \(written at src\/app\.test\.ts:(\d+)\) .* GET \/users\/:id \(.*:(\d+)\)$/.exec(message)!;
    expect(Number(second)).toBe(Number(first) + 1);
  });

  test.each([
    ["users", "PATTERN_INVALID"],
    ["/a b", "PATTERN_INVALID"],
    ["/é", "PATTERN_INVALID"],
    ["/:", "PARAM_NAME_INVALID"],
    ["/:a/:a", "PARAM_REPEATED"],
    ["/*rest/more", "WILDCARD_NOT_LAST"],
    [`/${"x".repeat(1024)}`, "PATTERN_TOO_LONG"],
  ])("the path %p", async (path, code) => {
    const error = await listen(new App().get(path, "x")).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RouteError);
    expect((error as RouteError).code).toBe(code);
    expect((error as RouteError).message).toStartWith(`GET ${path} (written at src/app.test.ts:`);
    expect((error as RouteError).message).toContain(") can't be a route: ");
  });

  test("a port and a unix socket", async () => {
    expect(new App().listen({ port: 1, unix: "/x" })).rejects.toThrow("not both");
    expect(new App().listen({ port: 70_000 })).rejects.toThrow("A port is an integer from 0 to 65535, not 70000");
    expect(new App().listen({ prot: 1 } as never)).rejects.toThrow('no option of listen "prot"');
  });

  test("a constant that JSON can't say", async () => {
    const app = new App().get("/", { toJSON: () => undefined });
    expect(listen(app)).rejects.toThrow("nothing that JSON can say");
  });
});

test("an application has one onError and one notFound", () => {
  const app = new App().onError(() => 1).notFound(() => 1);
  expect(() => app.onError(() => 2)).toThrow("onError was called already");
  expect(() => app.notFound(() => 2)).toThrow("notFound was called already");
  app
    .mount(
      "/a",
      new App().onError(() => 3),
    )
    .group("/b", (group) => group.onError(() => 4));
});

test("development says of a route that it was written too late", async () => {
  const warned = spyOn(console, "warn").mockImplementation(() => undefined);
  const app = new App({ development: true }).get("/x", 1);
  const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  app.get("/y", 1);
  await server.stop();
  app.get("/z", 1);
  new App({ development: false }).get("/y", 1);
  expect(warned.mock.calls.flat()).toEqual([
    expect.stringMatching(
      /^GET \/y \(written at src\/app\.test\.ts:\d+\) was written after listen\(\): the server that/,
    ),
  ]);
  warned.mockRestore();
});

test("constants that can't be read name their route", async () => {
  const used = new Response("x");
  await used.text();
  expect(new App().get("/used", used).request("/")).rejects.toThrow("The constant answer of GET /used can't be read: ");
  const missing = new App().get("/file", Bun.file("no/such/file"));
  expect(missing.request("/")).rejects.toThrow(/^The constant answer of GET \/file can't be read: ENOENT/);
});

test("what listen and stop don't know", async () => {
  const listening = new App().listen({ port: 0, hostname: "127.0.0.1" }, ...([() => 1] as never[]));
  expect(listening).rejects.toThrow("listen takes one object and no callback");
  await using server = await new App().listen({ port: 0, hostname: "127.0.0.1" });
  expect(server.stop(true as never)).rejects.toThrow("stop takes an object like { drainMs: 10_000 }, not true");
  expect(server.stop({ drain: 1 } as never)).rejects.toThrow('no option of stop "drain"; there are drainMs; did you');
  expect(server.stop({}, ...([1] as never[]))).rejects.toThrow(TypeError);
});

test("what the context and sse are wrongly given", async () => {
  const uses: Record<string, [use: (context: Context) => unknown, message: string]> = {
    set: [
      ({ set }) => set({ a: "b" } as never, undefined as never),
      "take (name, value), not object: call it for each",
    ],
    redirect: [({ redirect }) => redirect(301 as never, "/y" as never), "redirect takes (to, code)"],
    sse: [() => sse(5 as never), "or something else that can be iterated over, not number"],
    promise: [() => sse((async () => []) as never), "iterated over, not a Promise"],
  };
  const messages: string[] = [];
  const app = new App()
    .get("/:use", (context) => uses[context.params.use]![0](context))
    .onError((error) => {
      messages.push((error as Error).message);
      return "";
    });
  for (const [use, [, message]] of Object.entries(uses)) {
    await app.request(`/${use}`);
    expect(messages.pop()).toContain(message);
  }
});

test("an HttpError has a status from 400 to 599 and a detail", () => {
  expect(new HttpError(404).detail).toBe("Not Found");
  expect(new HttpError(499).detail).toBe("Error");
  expect(new HttpError(400, { a: 1 }).message).toBe('{"a":1}');
  for (const status of [200, 399, 600, 404.5]) expect(() => new HttpError(status)).toThrow(RangeError);
});

test("options are checked when the app is made", () => {
  expect(() => new App({ limits: { pipelined: 0 } })).toThrow(RangeError);
  expect(() => new App({ sandbox: true } as AppOptions)).toThrow(TypeError);
});
