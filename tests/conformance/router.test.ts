// Which route answers: by path first, then by method, wherever the routes are written.
import { afterAll, describe, expect, test } from "bun:test";
import { App, type Context, RouteError } from "@fasterapi/bun";
import { each } from "../support/each.ts";
import { ask, RawClient, request } from "../support/raw.ts";

type Written = [method: string, pattern: string];
type Verb = "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "all";

function appOf(routes: readonly Written[]): App {
  const app = new App();
  for (const [method, pattern] of routes) {
    const verb = method.toLowerCase() as Verb;
    (app[verb] as App["all"])(pattern, ({ params }: Context) => ({ route: `${method} ${pattern}`, params }));
  }
  return app;
}

type Found = [target: string, route: string | number, params?: Record<string, string>];

async function expectRoutes(routes: readonly Written[], found: readonly Found[]): Promise<void> {
  for (const written of [routes, routes.toReversed()]) {
    await using server = await appOf(written).listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    for (const [target, route, params] of found) {
      const [method, path] = target.includes(" ") ? target.split(" ") : ["GET", target];
      client.send(request(path!, { method: method! }));
      const answer = await client.answer(method!);
      if (typeof route === "number") expect([target, answer.status]).toEqual([target, route]);
      else expect([target, answer.json()]).toEqual([target, { route, params: params ?? {} }]);
    }
  }
}

describe("precedence", () => {
  test("static before param before wildcard", async () => {
    const routes: Written[] = [
      ["GET", "/a/b"],
      ["GET", "/a/:x"],
      ["GET", "/a/*rest"],
      ["GET", "/*all"],
    ];
    await expectRoutes(routes, [
      ["/a/b", "GET /a/b"],
      ["/a/c", "GET /a/:x", { x: "c" }],
      ["/a/bb", "GET /a/:x", { x: "bb" }],
      ["/a/b/", "GET /a/*rest", { rest: "b/" }],
      ["/a/c/d", "GET /a/*rest", { rest: "c/d" }],
      ["/a/", "GET /a/*rest", { rest: "" }],
      ["/a", "GET /*all", { all: "a" }],
      ["/", "GET /*all", { all: "" }],
      ["/b", "GET /*all", { all: "b" }],
    ]);
  });

  test("backtracking, with the params that belong to the route that is found", async () => {
    const routes: Written[] = [
      ["GET", "/a/b/c"],
      ["GET", "/a/:x/d"],
      ["GET", "/:p/b/e"],
      ["GET", "/:p/:q/f"],
      ["GET", "/a/:x/:y/g"],
      ["GET", "/a/b/*rest"],
      ["GET", "/:one/*rest"],
    ];
    await expectRoutes(routes, [
      ["/a/b/c", "GET /a/b/c"],
      ["/a/b/d", "GET /a/b/*rest", { rest: "d" }],
      ["/a/x/d", "GET /a/:x/d", { x: "x" }],
      ["/z/b/e", "GET /:p/b/e", { p: "z" }],
      ["/a/x/f", "GET /:p/:q/f", { p: "a", q: "x" }],
      ["/a/x/y/g", "GET /a/:x/:y/g", { x: "x", y: "y" }],
      ["/a/x/y/h", "GET /:one/*rest", { one: "a", rest: "x/y/h" }],
      ["/z/z", "GET /:one/*rest", { one: "z", rest: "z" }],
      ["/z", 404],
    ]);
  });

  test("a static dead end doesn't hide a param", async () => {
    await expectRoutes(
      [
        ["GET", "/users/me/settings"],
        ["GET", "/users/:id"],
        ["GET", "/users/:id/posts"],
      ],
      [
        ["/users/me", "GET /users/:id", { id: "me" }],
        ["/users/me/posts", "GET /users/:id/posts", { id: "me" }],
        ["/users/me/settings", "GET /users/me/settings"],
        ["/users/me/other", 404],
      ],
    );
  });

  test("a path before a method, and a method before all", async () => {
    await expectRoutes(
      [
        ["ALL", "/a/b"],
        ["GET", "/a/:x"],
        ["ALL", "/a/:x"],
        ["POST", "/a/*rest"],
        ["ALL", "/c"],
        ["GET", "/c"],
      ],
      [
        ["/a/b", "ALL /a/b"],
        ["/a/c", "GET /a/:x", { x: "c" }],
        ["PUT /a/c", "ALL /a/:x", { x: "c" }],
        ["POST /a/c", "ALL /a/:x", { x: "c" }],
        ["POST /a/c/d", "POST /a/*rest", { rest: "c/d" }],
        ["GET /a/c/d", 405],
        ["/c", "GET /c"],
        ["DELETE /c", "ALL /c"],
      ],
    );
  });

  test("HEAD: its own route, else that of GET, else all", async () => {
    const app = new App()
      .head("/own", ({ set }) => set("x-route", "head"))
      .get("/own", ({ set }) => set("x-route", "get"))
      .all("/own", ({ set }) => set("x-route", "all"))
      .get("/get", ({ set }) => set("x-route", "get"))
      .all("/get", ({ set }) => set("x-route", "all"))
      .all("/all", ({ set }) => set("x-route", "all"))
      .head("/:x", ({ set }) => set("x-route", "param"));
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    for (const [path, route] of [
      ["/own", "head"],
      ["/get", "get"],
      ["/all", "all"],
      ["/other", "param"],
    ]) {
      const answer = await ask(server, request(path!, { method: "HEAD" }), "HEAD");
      expect([path, answer.header("x-route")]).toEqual([path!, route!]);
    }
  });
});

describe("paths", () => {
  test("a trailing slash matters, and so does an empty segment", async () => {
    await expectRoutes(
      [
        ["GET", "/a"],
        ["GET", "/b/"],
        ["GET", "/c//d"],
        ["GET", "/users/:id"],
        ["GET", "/slash/:id/"],
      ],
      [
        ["/a", "GET /a"],
        ["/a/", 404],
        ["/b/", "GET /b/"],
        ["/b", 404],
        ["/c//d", "GET /c//d"],
        ["/c/d", 404],
        ["/users/1", "GET /users/:id", { id: "1" }],
        ["/users/", 404],
        ["/users", 404],
        ["/users/1/", 404],
        ["/slash/1/", "GET /slash/:id/", { id: "1" }],
        ["/slash/1", 404],
        ["/slash//", 404],
        ["//a", 404],
      ],
    );
  });

  test("letters have case, and nothing is normalised", async () => {
    await expectRoutes(
      [
        ["GET", "/Path"],
        ["GET", "/a.b"],
        ["GET", "/%C3%A9"],
        ["GET", "/x/../y"],
      ],
      [
        ["/Path", "GET /Path"],
        ["/path", 404],
        ["/PATH", 404],
        ["/a.b", "GET /a.b"],
        ["/aXb", 404],
        ["/%C3%A9", "GET /%C3%A9"],
        ["/%c3%a9", 404],
        ["/x/../y", "GET /x/../y"],
        ["/y", 404],
        ["/P%61th", 404],
      ],
    );
  });

  test("a wildcard takes all the rest, which may be empty", async () => {
    await expectRoutes(
      [["GET", "/files/*path"]],
      [
        ["/files/", "GET /files/*path", { path: "" }],
        ["/files/a", "GET /files/*path", { path: "a" }],
        ["/files/a/b//c/", "GET /files/*path", { path: "a/b//c/" }],
        ["/files//", "GET /files/*path", { path: "/" }],
        ["/files", 404],
        ["/filesx", 404],
        [`/files/${"x/".repeat(2000)}`, "GET /files/*path", { path: "x/".repeat(2000) }],
      ],
    );
  });

  test("a colon or an asterisk inside a segment is text", async () => {
    await expectRoutes(
      [
        ["GET", "/v1:run"],
        ["GET", "/a*b"],
        ["GET", "/:x"],
      ],
      [
        ["/v1:run", "GET /v1:run"],
        ["/a*b", "GET /a*b"],
        ["/:x", "GET /:x", { x: ":x" }],
        ["/acb", "GET /:x", { x: "acb" }],
      ],
    );
  });

  test("the query is no part of the path", async () => {
    await expectRoutes(
      [
        ["GET", "/a"],
        ["GET", "/:x/b"],
      ],
      [
        ["/a?b/c", "GET /a"],
        ["/q/b?x=/y", "GET /:x/b", { x: "q" }],
      ],
    );
  });
});

describe("params are percent-decoded", () => {
  const app = new App().get("/:a/:b", ({ params }) => params).get("/w/x/*rest", ({ params }) => params);
  const decoded: [raw: string, text: string][] = [
    ["a%20b", "a b"],
    ["%C3%A9", "é"],
    ["%F0%9F%98%80", "😀"],
    ["a%2Fb", "a/b"],
    ["%3A%2A", ":*"],
    ["a+b", "a+b"],
    ["%25", "%"],
    ["%2525", "%25"],
    ["%00", "\0"],
    ["%0d%0a", "\r\n"],
    // What is not well encoded stays as it is.
    ["%", "%"],
    ["%zz", "%zz"],
    ["%C3", "%C3"],
    ["%ff%20", "%ff%20"],
    ["..", ".."],
    ["%2e%2e", ".."],
  ];
  test("each", async () => {
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    for (const [raw, text] of decoded) {
      expect((await ask(server, request(`/${raw}/x`))).json()).toEqual({ a: text, b: "x" });
      expect((await ask(server, request(`/x/${raw}`))).json()).toEqual({ a: "x", b: text });
      expect((await ask(server, request(`/w/x/y/${raw}/z`))).json()).toEqual({ rest: `y/${text}/z` });
    }
  });

  test("names that objects have already", async () => {
    const named = new App().get("/:__proto__/:constructor/:toString", ({ params }) => Object.entries(params as object));
    await using server = await named.listen({ port: 0, hostname: "127.0.0.1" });
    expect((await ask(server, request("/a/b/c"))).json()).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["toString", "c"],
    ]);
  });

  test("sixteen of them", async () => {
    const names = Array.from({ length: 16 }, (_, i) => `p${i}`);
    const many = new App().get(`/${names.map((name) => `:${name}`).join("/")}`, ({ params }) => params);
    await using server = await many.listen({ port: 0, hostname: "127.0.0.1" });
    const values = names.map((_, i) => `v${"x".repeat(i)}`);
    expect((await ask(server, request(`/${values.join("/")}`))).json()).toEqual(
      Object.fromEntries(names.map((name, i) => [name, values[i]])),
    );
  });
});

describe("what can't be", () => {
  async function errorOf(routes: readonly Written[]): Promise<unknown> {
    try {
      await using _ = await appOf(routes).listen({ port: 0, hostname: "127.0.0.1" });
    } catch (error) {
      return error;
    }
    return undefined;
  }

  const clashes: [first: Written, second: Written][] = [
    [
      ["GET", "/a"],
      ["GET", "/a"],
    ],
    [
      ["GET", "/a/:x"],
      ["GET", "/a/:y"],
    ],
    [
      ["POST", "/a/:x/b"],
      ["POST", "/a/:y/b"],
    ],
    [
      ["GET", "/*a"],
      ["GET", "/*b"],
    ],
    [
      ["ALL", "/a"],
      ["ALL", "/a"],
    ],
    [
      ["HEAD", "/a"],
      ["HEAD", "/a"],
    ],
  ];
  test.each(clashes)("%j and %j clash: the error names both", async (first, second) => {
    const error = await errorOf([["GET", "/other"], first, ["POST", "/other"], second]);
    expect(error).toBeInstanceOf(RouteError);
    const { message, code } = error as RouteError;
    expect(code).toBe("ROUTES_CLASH");
    expect(message).toContain(`${first.join(" ")}`);
    expect(message).toContain(`${second.join(" ")}`);
  });

  const friends: Written[][] = [
    [
      ["GET", "/a"],
      ["POST", "/a"],
      ["ALL", "/a"],
    ],
    [
      ["GET", "/a"],
      ["HEAD", "/a"],
    ],
    [
      ["GET", "/a/:x"],
      ["POST", "/a/:y"],
    ],
    [
      ["GET", "/a/:x"],
      ["GET", "/a/b"],
      ["GET", "/a/*c"],
    ],
    [
      ["GET", "/a"],
      ["GET", "/a/"],
    ],
    [
      ["GET", "/a/:x/b"],
      ["GET", "/a/:y/c"],
    ],
  ];
  test.each(friends.map((routes) => [routes]))("%j don't", async (routes) => {
    expect(await errorOf(routes)).toBeUndefined();
  });

  const bad: [pattern: string, code: string][] = [
    ["", "PATTERN_INVALID"],
    ["a", "PATTERN_INVALID"],
    [":id", "PATTERN_INVALID"],
    ["*", "PATTERN_INVALID"],
    ["http://a/b", "PATTERN_INVALID"],
    ["/a b", "PATTERN_INVALID"],
    ["/é", "PATTERN_INVALID"],
    ["/a?b", "PATTERN_INVALID"],
    ["/a#b", "PATTERN_INVALID"],
    ["/a\0", "PATTERN_INVALID"],
    ["/{id}", "PATTERN_INVALID"],
    ["/<id>", "PATTERN_INVALID"],
    ['/a"b', "PATTERN_INVALID"],
    ["/a^b", "PATTERN_INVALID"],
    ["/a`b", "PATTERN_INVALID"],
    ["/a\\b", "PATTERN_INVALID"],
    ["/caf%c3%a9", "PATTERN_INVALID"],
    ["/:", "PARAM_NAME_INVALID"],
    ["/:1a", "PARAM_NAME_INVALID"],
    ["/:a-b", "PARAM_NAME_INVALID"],
    ["/:a.b", "PARAM_NAME_INVALID"],
    ["/:a?", "PATTERN_INVALID"],
    ["/*", "PARAM_NAME_INVALID"],
    ["/:a/:a", "PARAM_REPEATED"],
    ["/:a/*a", "PARAM_REPEATED"],
    ["/*a/b", "WILDCARD_NOT_LAST"],
    ["/*a/", "WILDCARD_NOT_LAST"],
    [`/${"a".repeat(1024)}`, "PATTERN_TOO_LONG"],
    ["/a".repeat(65), "SEGMENTS_TOO_MANY"],
    [`/${Array.from({ length: 17 }, (_, i) => `:p${i}`).join("/")}`, "PARAMS_TOO_MANY"],
  ];
  each(bad, async (pattern, code) => {
    const error = await errorOf([
      ["GET", "/good"],
      ["PUT", pattern],
    ]);
    expect(error).toBeInstanceOf(RouteError);
    expect((error as RouteError).code).toBe(code);
    expect((error as RouteError).message).toContain(`PUT ${pattern}`);
  });

  test("routes that aren't", () => {
    const app = new App() as unknown as { get(...args: unknown[]): void };
    expect(() => app.get("/a")).toThrow(TypeError);
    expect(() => app.get("/a", undefined)).toThrow(TypeError);
    expect(() => app.get("/a", Symbol("s"))).toThrow(TypeError);
    expect(() => app.get("/a", 1n)).toThrow(TypeError);
    expect(() => app.get(1, "x")).toThrow(TypeError);
    expect(() => app.get("/a", {}, "x", "y")).toThrow(TypeError);
    expect(() => app.get("/a", { limit: {} }, "x")).toThrow(TypeError);
    expect(() => app.get("/a", { limits: { bodyBytes: -1 } }, "x")).toThrow(RangeError);
    expect(() => app.get("/a", new ReadableStream())).toThrow(TypeError);
  });
});

describe("2,000 routes", async () => {
  const routes: Written[] = [];
  for (let i = 0; i < 400; i++) {
    routes.push(
      ["GET", `/static/${i}`],
      ["GET", `/users/:id/r${i}`],
      ["POST", `/users/:user/r${i}`],
      ["GET", `/deep/a/b/c/${i % 20}/:x/${i}`],
      ["GET", `/files/${i}/*rest`],
    );
  }
  const server = await appOf(routes).listen({ port: 0, hostname: "127.0.0.1" });
  afterAll(() => server.stop({ drainMs: 0 }));

  test("each is found", async () => {
    expect(routes.length).toBe(2000);
    using client = await RawClient.open(server);
    for (const [method, pattern] of routes) {
      const target = pattern.replace(/[:*]\w+/, "some%20thing");
      client.send(request(target, { method }));
      const name = /[:*](\w+)/.exec(pattern)?.[1];
      const params = name === undefined ? {} : { [name]: "some thing" };
      expect((await client.answer()).json()).toEqual({ route: `${method} ${pattern}`, params });
    }
  });

  test("others are not", async () => {
    using client = await RawClient.open(server);
    for (const target of ["/static/400", "/static/", "/users/1/r400", "/deep/a/b/c/0/x/1", "/files/400/", "/files/1"]) {
      client.send(request(target));
      expect((await client.answer()).status).toBe(404);
    }
    client.send(request("/users/1/r5", { method: "PUT" }));
    expect((await client.answer()).header("allow")).toBe("GET, HEAD, POST, OPTIONS");
  });
});
