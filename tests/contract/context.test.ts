// Context: what a request is read with. Bodies and the answer's side have files of their own.
import { expect, test } from "bun:test";
import { App, type Context } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";
import { contract, jsonOf, listen, textOf } from "./support.ts";

const members = [
  ...["method", "path", "url", "params", "query", "headers", "cookies", "body", "text", "json", "bytes", "form"],
  ...["request", "ip", "state", "signal", "status", "set", "append", "redirect"],
] as const;
type Members = Pick<Context, "text" | "json" | "bytes" | "form" | "status" | "set" | "append" | "redirect"> &
  Record<"method" | "path" | "ip", string> & { request: Request; url: URL; signal: AbortSignal; body: unknown } & Pick<
    Context,
    "params" | "query" | "headers" | "cookies" | "state"
  >;

/** By destructuring, of those alone that are asked for. */
function takenFrom(context: Context, names: readonly string[]): Members {
  return Object.fromEntries(
    names.map((name) => [name, (context as unknown as Record<string, unknown>)[name]]),
  ) as never;
}

/** What is done with each member, and what comes of it for the request below. */
const looks: [name: (typeof members)[number], look: (members: Members) => unknown, seen: unknown][] = [
  ["method", ({ method }) => method, "POST"],
  ["path", ({ path }) => path, "/it/a%20b/c/d"],
  ["url", ({ url }) => [url instanceof URL, url.pathname, url.search], [true, "/it/a%20b/c/d", "?q=1&q=2&r=%C3%A9"]],
  ["params", ({ params }) => params, { one: "a b", rest: "c/d" }],
  ["query", ({ query }) => query, { q: ["1", "2"], r: "é" }],
  ["headers", ({ headers }) => [headers.get("X-Own"), headers.has("x-none")], ["own", false]],
  ["cookies", ({ cookies }) => cookies, { theme: "dark", size: "2" }],
  ["body", ({ body }) => body, { a: [1] }],
  ["text", async ({ text }) => [await text(), await text()], ['{"a":[1]}', '{"a":[1]}']],
  ["json", async ({ json }) => [await json(), await json()], [{ a: [1] }, { a: [1] }]],
  ["bytes", async ({ bytes }) => [(await bytes()).length, (await bytes()) instanceof Uint8Array], [9, true]],
  [
    "form",
    ({ form }) =>
      form().then(
        () => "a form",
        (error) => error.status,
      ),
    415,
  ],
  [
    "request",
    async ({ request: web }) => [web instanceof Request, web.method, new URL(web.url).pathname, await web.json()],
    [true, "POST", "/it/a%20b/c/d", { a: [1] }],
  ],
  ["ip", ({ ip }) => typeof ip, "string"],
  ["state", ({ state }) => Object.assign(state, { mine: 1 }), { mine: 1 }],
  ["signal", ({ signal }) => [signal instanceof AbortSignal, signal.aborted], [true, false]],
  [
    "status",
    ({ status }) => {
      const before = status();
      status(201);
      const set = status();
      status(200);
      return [before, set, status()];
    },
    [200, 201, 200],
  ],
  ["set", ({ set }) => set("x-set", "1") ?? "set", "set"],
  ["append", ({ append }) => append("x-set", "2") ?? "appended", "appended"],
  ["redirect", ({ redirect }) => redirect("/there").status, 302],
];

const later = () => Bun.sleep(2);
const situations: {
  [name: string]: (names: readonly string[], look: (given: Members) => unknown) => (context: Context) => unknown;
} = {
  "of the context": (_, look) => async (context) => ({ seen: await look(context as unknown as Members) }),
  "of the context, after await": (_, look) => async (context) => {
    await later();
    return { seen: await look(context as unknown as Members) };
  },
  "taken by destructuring": (names, look) => async (context) => ({ seen: await look(takenFrom(context, names)) }),
  "taken by destructuring, after await": (names, look) => async (context) => {
    const given = takenFrom(context, names);
    await later();
    return { seen: await look(given) };
  },
  "after await, taken by destructuring": (names, look) => async (context) => {
    await later();
    return { seen: await look(takenFrom(context, names)) };
  },
};

const init: RequestInit = {
  method: "POST",
  headers: { "x-own": "own", cookie: "theme=dark; size=2", "content-type": "application/json" },
  body: '{"a":[1]}',
};
const target = "/it/a%20b/c/d?q=1&q=2&r=%C3%A9";

contract("Context: every member survives destructuring, methods included, and works after await", (serve) => {
  test("these are all members", () => {
    expect(looks.map(([name]) => name)).toEqual([...members]);
  });

  test.each(looks)("%s", async (name, look, seen) => {
    for (const [situation, handler] of Object.entries(situations)) {
      const app = new App().post("/it/:one/*rest", handler([name], look)).get("/noise", async () => {
        await Bun.sleep(1);
        return "noise";
      });
      const ask = await serve(app);
      // Others come and go meanwhile.
      const [answer] = await Promise.all([jsonOf(ask(target, init)), ask("/noise"), ask("/noise?q=3")]);
      expect([situation, ...answer]).toEqual([situation, 200, { seen }]);
    }
  });

  test("all of them at once", async () => {
    for (const wait of [0, 2]) {
      const app = new App().post("/it/:one/*rest", async (context) => {
        const given = takenFrom(context as Context, members);
        if (wait > 0) await Bun.sleep(wait);
        const seen: Record<string, unknown> = {};
        for (const [name, look] of looks) seen[name] = await look(given);
        return seen;
      });
      const answer = await (await serve(app))(target, init);
      expect([answer.status, answer.headers.get("x-set")]).toEqual([200, "1, 2"]);
      expect(await answer.json()).toEqual(Object.fromEntries(looks.map(([name, , seen]) => [name, seen])));
    }
  });
});

contract("Context: path, url and params", (serve) => {
  const echo = new App().all("/*path", ({ path, url, params }) => ({
    path,
    href: url.href,
    isUrl: url instanceof URL,
    params,
  }));

  test("path is as sent, undecoded, without the query; url is a URL", async () => {
    const ask = await serve(echo);
    for (const path of ["/", "/a", "/a%20b%2Fc", "/%C3%A9", "/a//b", "/a/", "/%zz", "/A;b=c,d"]) {
      const [status, seen] = await jsonOf(ask(`${path}?x=%20y`));
      const { href, ...rest } = seen as { path: string; href: string; isUrl: boolean };
      expect([status, rest]).toMatchObject([200, { path, isUrl: true }]);
      expect(href).toMatch(/^http:\/\/(localhost|127\.0\.0\.1:\d+)\//);
      expect(href).toEndWith(`${path}?x=%20y`);
    }
  });

  test("path is whole even in a group and in a mounted app", async () => {
    const inner = new App()
      .use(({ path, set }, next) => {
        set("x-path", path);
        return next();
      })
      .notFound(({ path }) => path)
      .get("/x/:id", ({ path, url }) => [path, url.pathname]);
    const app = new App().group("/g", (g) => g.mount("/m/:n", inner));
    const ask = await serve(app);
    const found = await ask("/g/m/1%2F2/x/a%20b?q");
    const path = "/g/m/1%2F2/x/a%20b";
    expect([found.headers.get("x-path"), await jsonOf(found)]).toEqual([path, [200, [path, path]]]);
    expect(await textOf(ask("/g/m/1/nowhere"))).toEqual([404, "/g/m/1/nowhere"]);
  });

  test("params are percent-decoded", async () => {
    const ask = await serve(new App().get("/:a/x/*rest", ({ params }) => params));
    const cases: [path: string, a: string, rest: string][] = [
      ["/a%20b/x/c%2Fd/%C3%A9", "a b", "c/d/é"],
      ["/%F0%9F%98%80/x/a+b", "😀", "a+b"],
      ["/%25/x/%2525", "%", "%25"],
      ["/a:b/x/*", "a:b", "*"],
    ];
    for (const [path, a, rest] of cases) expect(await jsonOf(ask(path))).toEqual([200, { a, rest }]);
  });

  test("*path may be empty", async () => {
    const ask = await serve(new App().get("/files/*path", ({ params }) => params));
    expect(await jsonOf(ask("/files/"))).toEqual([200, { path: "" }]);
    expect(await jsonOf(ask("/files/a/b/"))).toEqual([200, { path: "a/b/" }]);
    expect((await ask("/files")).status).toBe(404);
  });

  test(":param is a segment that isn't empty", async () => {
    const ask = await serve(new App().get("/users/:id", ({ params }) => params.id));
    expect((await ask("/users/")).status).toBe(404);
    expect((await ask("/users/a/b")).status).toBe(404);
    expect(await textOf(ask("/users/a"))).toEqual([200, "a"]);
  });

  test("a trailing slash matters", async () => {
    const both = new App().get("/a", "without").get("/a/", "with").get("/b", "b").get("/c/", "c").get("/:d/e", "e");
    const ask = await serve(both);
    expect(await textOf(ask("/a"))).toEqual([200, "without"]);
    expect(await textOf(ask("/a/"))).toEqual([200, "with"]);
    const statuses = ["/b/", "/c", "/x/e/"].map(async (path) => (await ask(path)).status);
    expect(await Promise.all(statuses)).toEqual([404, 404, 404]);
  });
});

contract("Context: query, cookies and headers without a schema", (serve) => {
  test("query holds strings, an array where a key repeats", async () => {
    const ask = await serve(new App().get("/", ({ query }) => query));
    const cases: [query: string, seen: object][] = [
      ["", {}],
      ["?", {}],
      ["?a=1", { a: "1" }],
      ["?a=1&b=true&c=null&d=1.5", { a: "1", b: "true", c: "null", d: "1.5" }],
      ["?a=1&a=2", { a: ["1", "2"] }],
      ["?a=&b=x&a=&a=3", { a: ["", "", "3"], b: "x" }],
      ["?a", { a: "" }],
      ["?a%20b=c+d%26", { "a b": "c d&" }],
    ];
    for (const [query, seen] of cases) expect([query, ...(await jsonOf(ask(`/${query}`)))]).toEqual([query, 200, seen]);
  });

  test("cookies hold strings", async () => {
    const ask = await serve(new App().get("/", ({ cookies }) => cookies));
    expect(await jsonOf(ask("/"))).toEqual([200, {}]);
    const cookie = 'a=1; b=x=y; c="quoted"; d=; e=%20';
    expect(await jsonOf(ask("/", { headers: { cookie } }))).toEqual([
      200,
      { a: "1", b: "x=y", c: "quoted", d: "", e: " " },
    ]);
  });

  test("no name is there that was not sent, and __proto__ is one like any other", async () => {
    const ask = await serve(
      new App().get("/", ({ query, cookies }) => [
        [Object.keys(query), "toString" in query, "constructor" in query],
        [Object.keys(cookies), "toString" in cookies],
        "polluted" in {},
      ]),
    );
    const answer = ask("/?__proto__=1&polluted=2", { headers: { cookie: "__proto__=3" } });
    expect(await jsonOf(answer)).toEqual([
      200,
      [[["__proto__", "polluted"], false, false], [["__proto__"], false], false],
    ]);
  });

  test("headers has get, null when missing, and has, both without regard to case", async () => {
    const ask = await serve(
      new App().get("/", ({ headers }) => [
        ["x-own", "X-OWN", "x-empty", "x-missing", "constructor"].map((name) => headers.get(name)),
        ["x-own", "X-OWN", "x-empty", "x-missing", "constructor"].map((name) => headers.has(name)),
      ]),
    );
    expect(await jsonOf(ask("/", { headers: { "X-Own": "Own Value", "x-empty": "" } }))).toEqual([
      200,
      [
        ["Own Value", "Own Value", "", null, null],
        [true, true, true, false, false],
      ],
    ]);
  });

  test("headers iterates [lower-case name, value]", async () => {
    const ask = await serve(new App().get("/", ({ headers }) => [...headers]));
    const [, seen] = await jsonOf(ask("/", { headers: { "X-One": "First", "x-TWO": "Second" } }));
    const list = seen as [string, string][];
    expect(list.filter(([name]) => name.startsWith("x-")).sort()).toEqual([
      ["x-one", "First"],
      ["x-two", "Second"],
    ]);
    expect(list.every(([name]) => name === name.toLowerCase())).toBe(true);
    expect(new Set(list.map(([name]) => name)).size).toBe(list.length);
  });
});

contract("Context: request, state and signal", (serve, transport) => {
  test("request is a web Request of the same request, and the same one each time", async () => {
    const app = new App().all("/*path", async (context) => ({
      same: new Set([context.request, context.request]).size === 1,
      method: context.request.method,
      own: context.request.headers.get("x-own"),
      url: context.request.url === context.url.href,
      text: context.method === "GET" ? null : await context.request.text(),
      again: await context.text(),
    }));
    const ask = await serve(app);
    const headers = { "x-own": "own" };
    const common = { same: true, own: "own", url: true };
    expect(await jsonOf(ask("/a?b=c", { headers }))).toEqual([
      200,
      { ...common, method: "GET", text: null, again: "" },
    ]);
    const put = ask("/a?b=c", { headers, method: "PUT", body: "body" });
    expect(await jsonOf(put)).toEqual([200, { ...common, method: "PUT", text: "body", again: "body" }]);
  });

  test("a Request may be asked in the place of a path", async () => {
    const ask = await serve(
      new App().post("/a", async ({ text, headers }) => `${headers.get("x-own")}: ${await text()}`),
    );
    const web = new Request("http://localhost/a?b", { method: "POST", body: "body", headers: { "x-own": "own" } });
    expect(await textOf(ask(web))).toEqual([200, "own: body"]);
  });

  test("state is one object for a request, from the outermost middleware to the handler, and nobody else's", async () => {
    const count: (context: Context) => void = ({ state }) => {
      state.count = ((state.count as number | undefined) ?? 0) + 1;
    };
    const app = new App()
      .use(async (context, next) => {
        count(context);
        await Bun.sleep(1);
        return next();
      })
      .get("/", (context) => {
        count(context);
        return context.state;
      });
    const ask = await serve(app);
    const answers = await Promise.all(Array.from({ length: 5 }, () => jsonOf(ask("/"))));
    expect(answers).toEqual(Array.from({ length: 5 }, () => [200, { count: 2 }]));
  });

  test("signal aborts when the client goes away", async () => {
    const seen: string[] = [];
    const app = new App().get("/", async ({ signal, request: web }) => {
      seen.push("begun");
      web.signal.addEventListener("abort", () => seen.push("request"));
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      seen.push(`aborted ${signal.aborted}`);
    });
    const ask = await serve(app);
    const leave = new AbortController();
    const answer = ask("/", { signal: leave.signal });
    const failed = answer.then(
      () => "answered",
      () => "left",
    );
    await eventually(() => seen.includes("begun"), "the handler to begin", { ms: 3_000 });
    leave.abort();
    await eventually(() => seen.length === 3, "the signal", { ms: 3_000 });
    expect(seen.toSorted()).toEqual(["aborted true", "begun", "request"]);
    expect(await failed).toBe("left");
  });

  test("ip is the client's address", async () => {
    const ask = await serve(new App().get("/", ({ ip }) => ({ ip })));
    // Without a socket there is none that could be said.
    const ip = transport.name === "over a socket" ? "127.0.0.1" : expect.any(String);
    expect(await jsonOf(ask("/"))).toEqual([200, { ip }]);
  });
});

/** These promise: they are there for ever, and what they promise is not. */
const reading = new Set<string>(["text", "json", "bytes", "form"]);

contract("Context: expires with the answer", (serve) => {
  test("every member then throws, and what was taken before stays", async () => {
    let context: Context | undefined;
    let kept: Record<string, unknown> = {};
    const app = new App().post("/it/:id", async (given) => {
      context = given as unknown as Context;
      const { path, params, query, url, body } = given;
      kept = { path, params, query, href: url.href, body, text: await given.text() };
      return "answered";
    });
    const ask = await serve(app);
    const before = { path: "/it/7", params: { id: "7" }, query: { a: "b" }, body: { c: 1 }, text: '{"c":1}' };
    const headers = { "content-type": "application/json" };
    expect(await textOf(ask("/it/7?a=b", { method: "POST", body: before.text, headers }))).toEqual([200, "answered"]);
    // The object it stood on is used again.
    await Promise.all(Array.from({ length: 20 }, () => ask("/other", { method: "POST", body: "x" })));
    for (const name of members.filter((one) => !reading.has(one))) {
      const look = () => (context as unknown as Record<string, unknown>)[name];
      expect(look).toThrow(expect.objectContaining({ code: "CONTEXT_EXPIRED" }));
    }
    const { text, json, bytes, form } = context!;
    for (const read of [text, json, bytes, form]) await expect(read()).rejects.toThrow("has been answered");
    expect(kept).toMatchObject(before);
  });

  test("methods that were taken by destructuring throw or reject", async () => {
    let given: Members | undefined;
    const app = new App().post("/", (context) => {
      given = takenFrom(context as unknown as Context, members);
      return "answered";
    });
    const ask = await serve(app);
    await ask("/", { method: "POST", body: "x" });
    const expired = expect.objectContaining({ code: "CONTEXT_EXPIRED" });
    const { text, json, bytes, form, status, set, append, redirect, headers } = given!;
    for (const read of [text, json, bytes, form]) await expect(read()).rejects.toEqual(expired);
    const sync = [() => status(), () => status(201), () => set("a", "b"), () => append("a", "b"), () => redirect("/")];
    for (const call of [...sync, () => headers.get("host"), () => [...headers]]) expect(call).toThrow(expired);
  });
});

test("a path that only raw bytes can have is as sent too", async () => {
  await using server = await listen(new App().get("/*path", ({ path, params }) => [path, params.path]));
  using client = await RawClient.open(server);
  for (const path of ["/a/../b/./c", "//evil.example/x", "/%2e%2e/x", "/%2E"]) {
    client.send(request(`${path}?q#`.replace("#", "")));
    expect((await client.answer()).json()).toEqual([path, decodeURIComponent(path.slice(1))]);
  }
});
