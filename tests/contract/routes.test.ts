// App: routes, handlers, constants and precedence.
import { expect, test } from "bun:test";
import { App, type Context, RouteError } from "@fasterapi/bun";
import { type Ask, contract, failureOf, jsonOf, textOf } from "./support.ts";

const verbs = ["get", "post", "put", "patch", "delete", "head", "options", "all"] as const;
type Verb = (typeof verbs)[number];
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

type Written = [verb: Verb, path: string];

/** Each answers which one it is, with its params. */
function appOf(routes: readonly Written[]): App {
  const app = new App();
  for (const [verb, path] of routes) {
    (app[verb] as App["all"])(path, ({ params }: Context) => ({ route: `${verb} ${path}`, params }));
  }
  return app;
}

/** `GET /path`, and who is to answer: a route with its params, or a status. */
type Found = [target: string, route: string | number, params?: Record<string, string>];

async function expectFound(ask: Ask, found: readonly Found[]): Promise<void> {
  for (const [target, route, params = {}] of found) {
    const [method = "", path = ""] = target.split(" ");
    const answer = await ask(path, { method });
    const said = typeof route === "number" ? undefined : { route, params };
    const seen = route === answer.status ? undefined : await answer.json();
    expect([target, seen]).toEqual([target, said]);
  }
}

contract("App: the methods that write routes", (serve) => {
  test.each([...verbs])("%s takes (path, handler) and answers that method", async (verb) => {
    const app = new App();
    (app[verb] as App["all"])("/", ({ method, set }: Context) => {
      set("x-method", method);
      return "answered";
    });
    const ask = await serve(app);
    for (const method of methods) {
      const { status, headers } = await ask("/", { method });
      const isOwn = verb === "all" || method === verb.toUpperCase() || (verb === "get" && method === "HEAD");
      expect([method, status]).toEqual([method, isOwn ? 200 : method === "OPTIONS" ? 204 : 405]);
      expect([method, headers.get("x-method")]).toEqual([method, isOwn ? method : null]);
    }
  });

  test.each([...verbs])("%s takes (path, route, handler), with what documents say of the route", async (verb) => {
    const app = new App();
    const route = { summary: "s", description: "d", tags: ["t"], operationId: "o", deprecated: true };
    (app[verb] as App["all"])(
      "/:id",
      route,
      ({ params }: Context) => new Response(null, { headers: { id: params.id! } }),
    );
    const method = verb === "all" ? "PUT" : verb.toUpperCase();
    const answer = await (await serve(app))("/7", { method });
    expect([answer.status, answer.headers.get("id")]).toEqual([200, "7"]);
  });

  test("each returns the app", () => {
    const app = new App();
    for (const verb of verbs) {
      expect((app[verb] as App["all"])(`/${verb}`, "constant")).toBe(app as never);
      expect((app[verb] as App["all"])(`/${verb}/handler`, () => "handler")).toBe(app as never);
      expect((app[verb] as App["all"])(`/${verb}/route`, { summary: "s" }, () => "route")).toBe(app as never);
    }
  });

  test("typed: params from the path", async () => {
    const app = new App().get("/a/:first/*rest", ({ params }) => {
      const first: string = params.first;
      const rest: string = params.rest;
      // @ts-expect-error: the path has no such param.
      const other: undefined = params.other;
      return { first, rest, other };
    });
    expect(await jsonOf((await serve(app))("/a/b/c/d"))).toEqual([200, { first: "b", rest: "c/d" }]);
  });
});

contract("App: handlers and constants", (serve) => {
  test("a handler is a function of Context, sync or async", async () => {
    const app = new App()
      .get("/sync", ({ path }) => path)
      .get("/async", async ({ path }) => {
        await Bun.sleep(1);
        return path;
      })
      .get("/promise", ({ path }) => Promise.resolve(path));
    const ask = await serve(app);
    for (const path of ["/sync", "/async", "/promise"]) expect(await textOf(ask(path))).toEqual([200, path]);
  });

  const constants: [name: string, value: unknown, status: number, type: string | null, body: string][] = [
    ["a string", "Hello", 200, "text/plain; charset=utf-8", "Hello"],
    ["an empty string", "", 200, "text/plain; charset=utf-8", ""],
    ["an object", { a: [1, "é"] }, 200, "application/json", '{"a":[1,"é"]}'],
    ["an array", [1, null], 200, "application/json", "[1,null]"],
    ["a number", 0, 200, "application/json", "0"],
    ["true", true, 200, "application/json", "true"],
    ["false", false, 200, "application/json", "false"],
    ["null", null, 200, "application/json", "null"],
    ["a Uint8Array", Buffer.from("bytes"), 200, "application/octet-stream", "bytes"],
    ["an ArrayBuffer", new TextEncoder().encode("buffer").buffer, 200, "application/octet-stream", "buffer"],
    ["a Response", new Response("r", { status: 203, headers: { "content-type": "a/b" } }), 203, "a/b", "r"],
    ["a Blob", new Blob(["blob"], { type: "c/d" }), 200, "c/d", "blob"],
  ];
  test.each(constants)("any other value is a constant response: %s", async (_, value, status, type, body) => {
    const app = new App().get("/", value as string).get("/route", { summary: "s" }, value as string);
    const ask = await serve(app);
    for (const path of ["/", "/route", "/"]) {
      const answer = await ask(path);
      expect([answer.headers.get("content-type"), await textOf(answer)]).toEqual([type, [status, body]]);
    }
  });

  test("undefined is neither", () => {
    expect(() => new App().get("/", undefined as never)).toThrow(TypeError);
  });
});

contract("App: precedence", (serve) => {
  /** However the routes are ordered. */
  async function expectRoutes(routes: readonly Written[], found: readonly Found[]): Promise<void> {
    const rotated = [...routes.slice(routes.length >> 1), ...routes.slice(0, routes.length >> 1)];
    for (const written of [routes, routes.toReversed(), rotated]) await expectFound(await serve(appOf(written)), found);
  }

  test("static before :param before *wildcard, wherever they are written", async () => {
    await expectRoutes(
      [
        ["get", "/a/b"],
        ["get", "/a/:x"],
        ["get", "/a/*rest"],
        ["get", "/*all"],
      ],
      [
        ["GET /a/b", "get /a/b"],
        ["GET /a/c", "get /a/:x", { x: "c" }],
        ["GET /a/b/c", "get /a/*rest", { rest: "b/c" }],
        ["GET /a/", "get /a/*rest", { rest: "" }],
        ["GET /a", "get /*all", { all: "a" }],
        ["GET /", "get /*all", { all: "" }],
      ],
    );
  });

  test("with backtracking: a more precise beginning that leads nowhere hides nothing", async () => {
    await expectRoutes(
      [
        ["get", "/a/b/c"],
        ["get", "/a/:x/d"],
        ["get", "/:p/b/e"],
        ["get", "/a/b/*rest"],
        ["get", "/:p/:q/:r/g"],
      ],
      [
        ["GET /a/b/c", "get /a/b/c"],
        ["GET /a/b/d", "get /a/b/*rest", { rest: "d" }],
        ["GET /a/x/d", "get /a/:x/d", { x: "x" }],
        ["GET /z/b/e", "get /:p/b/e", { p: "z" }],
        ["GET /a/x/y/g", "get /:p/:q/:r/g", { p: "a", q: "x", r: "y" }],
        ["GET /a/x/y", 404],
      ],
    );
  });

  test("then a specific method before all", async () => {
    await expectRoutes(
      [
        ["all", "/a"],
        ["post", "/a"],
        ["all", "/:x"],
        ["get", "/:x"],
      ],
      [
        ["POST /a", "post /a"],
        ["PUT /a", "all /a"],
        ["GET /b", "get /:x", { x: "b" }],
        ["POST /b", "all /:x", { x: "b" }],
      ],
    );
  });

  test("by path first: all at a more precise path comes before the method at a less precise one", async () => {
    await expectRoutes(
      [
        ["all", "/a/b"],
        ["get", "/a/:x"],
        ["get", "/a/*rest"],
      ],
      [
        ["GET /a/b", "all /a/b"],
        ["GET /a/c", "get /a/:x", { x: "c" }],
        ["POST /a/c", 405],
      ],
    );
  });

  const clashes: [name: string, make: () => App, one: string, other: string][] = [
    ["the same path", () => new App().get("/a", "1").get("/a", "2"), "GET /a", "GET /a"],
    ["params of two names", () => new App().get("/u/:id", "1").get("/u/:name", "2"), "GET /u/:id", "GET /u/:name"],
    ["wildcards of two names", () => new App().put("/f/*a", "1").put("/f/*b", "2"), "PUT /f/*a", "PUT /f/*b"],
    ["all and all", () => new App().all("/:a", "1").all("/:b", "2"), "ALL /:a", "ALL /:b"],
    [
      "a handler and a constant far apart",
      () =>
        new App()
          .get("/x/:a/y", () => 1)
          .get("/z", "3")
          .get("/x/:b/y", "2"),
      "GET /x/:a/y",
      "GET /x/:b/y",
    ],
    [
      "a group and a mounted app",
      () => new App().group("/g", (g) => g.get("/:a", "1")).mount("/g", new App().get("/:b", "2")),
      "GET /g/:a",
      "GET /g/:b",
    ],
  ];
  test.each(clashes)("two routes of the same rank are an error at start that names both: %s", async (_, make, a, b) => {
    const error = await failureOf(serve(make()));
    expect(error).toBeInstanceOf(RouteError);
    const rest = error.message.replace(a, "");
    expect([error.message.includes(a), rest.includes(b)]).toEqual([true, true]);
  });

  test("a method beside all, or another method, is no clash", async () => {
    const routes: Written[] = verbs.map((verb): Written => [verb, "/:x"]);
    const ask = await serve(appOf(routes));
    for (const method of methods) {
      const answer = await ask("/1", { method });
      if (method === "HEAD") expect(answer.status).toBe(200);
      else expect(await answer.json()).toEqual({ route: `${method.toLowerCase()} /:x`, params: { x: "1" } });
    }
  });
});
