// App: group, mount, onError and notFound, and where the core answers alone.
import { expect, test } from "bun:test";
import { App, HttpError, type Middleware } from "@fasterapi/bun";
import { RawClient } from "../support/raw.ts";
import { contract, jsonOf, listen, saidTo, textOf } from "./support.ts";

/** Says in a header of the answer that it was there. */
const mark =
  (name: string): Middleware =>
  ({ append }, next) => {
    append("x-by", name);
    return next();
  };

contract("App: group and mount", (serve) => {
  test("a group's routes are below its prefix; groups may stand in groups and in mounted apps", async () => {
    const app = new App()
      .group("/a", (a) => a.get("/x", "a").group("/b", (b) => b.get("/x", "ab")))
      .mount(
        "/m",
        new App().group("/c", (c) => c.get("/:id", ({ params }) => `mc ${params.id}`)),
      );
    const ask = await serve(app);
    expect(await textOf(ask("/a/x"))).toEqual([200, "a"]);
    expect(await textOf(ask("/a/b/x"))).toEqual([200, "ab"]);
    expect(await textOf(ask("/m/c/7"))).toEqual([200, "mc 7"]);
    expect((await ask("/x")).status).toBe(404);
  });

  test("params of a prefix are params of its routes, with types", async () => {
    const app = new App().group("/shops/:shop", (shop) =>
      shop.get("/items/:item", ({ params }) => {
        const all: { shop: string; item: string } = params;
        return all;
      }),
    );
    expect(await jsonOf((await serve(app))("/shops/a%20b/items/2"))).toEqual([200, { shop: "a b", item: "2" }]);
  });

  test("a group's middleware covers the routes written inside that group, and nothing else", async () => {
    const app = new App()
      .group("/g", (g) =>
        g
          .get("/early", "x")
          .use(mark("g"))
          .get("/late", "x")
          .group("/deep", (deep) => deep.get("/x", "x").use(mark("deep"))),
      )
      .get("/g/beside", "x")
      .mount("/g/mounted", new App().get("/x", "x"))
      .get("/outside", "x");
    const ask = await serve(app);
    const by = async (path: string, method = "GET") => (await ask(path, { method })).headers.get("x-by");
    expect(await Promise.all(["/g/early", "/g/late", "/g/deep/x"].map((path) => by(path)))).toEqual([
      "g",
      "g",
      "g, deep",
    ]);
    for (const path of ["/g/beside", "/g/mounted/x", "/outside", "/g/nowhere", "/g", "/g/deep/nowhere"]) {
      expect([path, await by(path)]).toEqual([path, null]);
    }
    // 405 and OPTIONS are no routes of the group.
    expect(await by("/g/early", "DELETE")).toBe(null);
    expect(await by("/g/early", "OPTIONS")).toBe(null);
  });

  test("a mounted app's middleware covers every request below its prefix, the outer app's those too, from outside", async () => {
    const inner = new App().use(mark("inner")).get("/a", "a");
    const app = new App().use(mark("outer")).mount("/in", inner).get("/b", "b");
    const ask = await serve(app);
    const by = async (path: string, method = "GET") => {
      const answer = await ask(path, { method });
      return [answer.status, answer.headers.get("x-by")];
    };
    expect(await by("/in/a")).toEqual([200, "outer, inner"]);
    expect(await by("/in/nowhere")).toEqual([404, "outer, inner"]);
    expect(await by("/in/a", "DELETE")).toEqual([405, "outer, inner"]);
    expect(await by("/in/a", "OPTIONS")).toEqual([204, "outer, inner"]);
    expect(await by("/b")).toEqual([200, "outer"]);
    expect(await by("/inside")).toEqual([404, "outer"]);
  });

  test("an app may be mounted at several places", async () => {
    const inner = new App().get("/x", ({ path }) => path);
    const ask = await serve(new App().mount("/a", inner).mount("/b/:c", inner));
    expect(await textOf(ask("/a/x"))).toEqual([200, "/a/x"]);
    expect(await textOf(ask("/b/1/x"))).toEqual([200, "/b/1/x"]);
  });
});

contract("App: onError(error, context)", (serve) => {
  const show = (app: App) =>
    app.onError((error, { status, path }) => ({ preset: status(), path, message: (error as Error).message }));

  test("the status is preset: the error's for an HttpError, 500 for any other", async () => {
    const app = show(new App())
      .get("/http", () => {
        throw new HttpError(409, "taken");
      })
      .get("/plain", async () => {
        await Bun.sleep(1);
        throw new Error("plain");
      });
    const ask = await serve(app);
    const logged = await saidTo("error", async () => {
      expect(await jsonOf(ask("/http"))).toEqual([409, { preset: 409, path: "/http", message: "taken" }]);
      expect(await jsonOf(ask("/plain"))).toEqual([500, { preset: 500, path: "/plain", message: "plain" }]);
    });
    // It had the last word.
    expect(logged).toEqual([]);
  });

  test("the status is preset: 404 for what no route matches, 405 for another method, 422 for malformed JSON", async () => {
    const app = show(new App()).post("/json", async ({ json }) => json());
    const ask = await serve(app);
    expect(await jsonOf(ask("/nowhere"))).toEqual([404, { preset: 404, path: "/nowhere", message: "Not Found" }]);
    expect(await jsonOf(ask("/json"))).toEqual([405, { preset: 405, path: "/json", message: "Method Not Allowed" }]);
    expect(await jsonOf(ask("/json", { method: "POST", body: "{" }))).toMatchObject([
      422,
      { preset: 422, path: "/json" },
    ]);
  });

  test("it has the last word: another status and any kind of value", async () => {
    const app = new App()
      .onError((error, { status, set }) => {
        status(418);
        set("x-last", "1");
        return `said: ${(error as Error).message}`;
      })
      .get("/", () => {
        throw new Error("it");
      });
    const answer = await (await serve(app))("/");
    expect([answer.headers.get("x-last"), await textOf(answer)]).toEqual(["1", [418, "said: it"]]);
  });

  test("headers set before stay", async () => {
    const app = show(new App())
      .use(({ set }, next) => {
        set("x-middleware", "1");
        return next();
      })
      .get("/", ({ set, append, status }) => {
        status(201);
        set("x-handler", "2");
        append("set-cookie", "a=1");
        throw new HttpError(403, "no", { headers: { "x-error": "3" } });
      });
    const ask = await serve(app);
    const { status, headers } = await ask("/");
    expect(status).toBe(403);
    expect(["x-middleware", "x-handler", "set-cookie", "x-error"].map((name) => headers.get(name))).toEqual([
      "1",
      "2",
      "a=1",
      "3",
    ]);
    expect((await ask("/nowhere")).headers.get("x-middleware")).toBe("1");
  });

  test("it gets what middleware throw as well, and nothing that middleware have caught", async () => {
    const seen: unknown[] = [];
    const app = new App()
      .onError((error) => {
        seen.push((error as Error).message);
        return "seen";
      })
      .use(async ({ path }, next) => {
        if (path === "/outer") throw new Error("outer");
        try {
          return await next();
        } catch {
          return "caught";
        }
      })
      .get("/*path", () => {
        throw new Error("handler");
      });
    const ask = await serve(app);
    seen.length = 0;
    expect(await textOf(ask("/outer"))).toEqual([500, "seen"]);
    expect(await textOf(ask("/handler"))).toEqual([200, "caught"]);
    expect(seen).toEqual(["outer"]);
  });
});

contract("App: notFound(context)", (serve) => {
  test("answers what no route matches, with 404 preset; the status may be changed", async () => {
    const app = new App().get("/a", "a").notFound(({ path, status, query }) => {
      const preset = status();
      if (query.gone !== undefined) status(410);
      return { preset, path };
    });
    const ask = await serve(app);
    expect(await jsonOf(ask("/b%20c"))).toEqual([404, { preset: 404, path: "/b%20c" }]);
    expect(await jsonOf(ask("/b", { method: "POST" }))).toEqual([404, { preset: 404, path: "/b" }]);
    expect(await jsonOf(ask("/b?gone"))).toEqual([410, { preset: 404, path: "/b" }]);
    expect(await textOf(ask("/a"))).toEqual([200, "a"]);
    expect((await ask("/a", { method: "POST" })).status).toBe(405);
  });

  test("headers set before stay", async () => {
    const app = new App()
      .use(({ set }, next) => {
        set("x-before", "1");
        return next();
      })
      .notFound(() => "nothing");
    const answer = await (await serve(app))("/");
    expect([answer.headers.get("x-before"), await textOf(answer)]).toEqual(["1", [404, "nothing"]]);
  });

  test("is not asked about an HttpError(404) of a handler: that is onError's", async () => {
    const app = new App()
      .notFound(() => "not found")
      .get("/a", () => {
        throw new HttpError(404, "thrown");
      });
    expect(await jsonOf((await serve(app))("/a"))).toEqual([404, { detail: "thrown" }]);
  });

  test("a mounted app's comes before the outer one's, below its prefix", async () => {
    const inner = new App().notFound(() => "inner");
    const ask = await serve(new App().notFound(() => "outer").mount("/in", inner));
    expect(await textOf(ask("/in/x"))).toEqual([404, "inner"]);
    expect(await textOf(ask("/out"))).toEqual([404, "outer"]);
  });
});

contract("App: the core answers alone only where no middleware, onError or notFound applies", (serve) => {
  const asked = ["/constant", "/nowhere", "DELETE /constant", "OPTIONS /constant"];
  const statuses = [200, 404, 405, 204];

  test("an app without them: the usual answers", async () => {
    const ask = await serve(new App().get("/constant", "constant"));
    for (const [i, target] of asked.entries()) {
      const [path = "", method = "GET"] = target.split(" ").reverse();
      const answer = await ask(path, { method });
      expect([target, answer.status]).toEqual([target, statuses[i]!]);
      if (answer.status > 400) expect(answer.headers.get("content-type")).toBe("application/json");
      if (answer.status === 405 || answer.status === 204)
        expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    }
  });

  test("those of a mounted app change nothing outside of it", async () => {
    let calls = 0;
    const inner = new App()
      .use((_, next) => {
        calls++;
        return next();
      })
      .onError(() => {
        calls++;
        return undefined;
      })
      .notFound(() => ++calls);
    const ask = await serve(new App().get("/constant", "constant").mount("/in", inner));
    calls = 0;
    for (const [i, target] of asked.entries()) {
      const [path = "", method = "GET"] = target.split(" ").reverse();
      expect((await ask(path, { method })).status).toBe(statuses[i]!);
    }
    expect(calls).toBe(0);
    expect((await ask("/in/x")).status).toBe(404);
    expect(calls).toBeGreaterThan(0);
  });

  test("414 and 431 have no context and never reach JavaScript", async () => {
    let calls = 0;
    const app = new App({ limits: { targetBytes: 100, headBytes: 2_000, headers: 20 } })
      .use((_, next) => {
        calls++;
        return next();
      })
      .onError(() => {
        calls++;
        return undefined;
      })
      .notFound(() => ++calls)
      .get("/*path", () => ++calls);
    const ask = await serve(app);
    calls = 0;
    const detail = expect.any(String);
    expect(await jsonOf(ask(`/${"a".repeat(100)}`))).toEqual([414, { detail }]);
    expect(await jsonOf(ask("/", { headers: { "x-long": "v".repeat(2_000) } }))).toEqual([431, { detail }]);
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`x-${i}`, "v"]));
    expect(await jsonOf(ask("/", { headers: many }))).toEqual([431, { detail }]);
    expect(calls).toBe(0);
  });
});

test("malformed messages and 408 have no context and never reach JavaScript", async () => {
  let calls = 0;
  const app = new App({ timeouts: { headMs: 100, bodyMs: 100 } })
    .use((_, next) => {
      calls++;
      return next();
    })
    .onError(() => ++calls)
    .notFound(() => ++calls)
    .post("/*path", () => ++calls);
  await using server = await listen(app);
  const refused: [bytes: string, status: number][] = [
    ["GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    ["BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501],
    ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417],
    ["GET / HT", 408],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", 408],
  ];
  for (const [bytes, status] of refused) {
    using client = await RawClient.open(server);
    client.send(bytes);
    const answer = await client.answer();
    expect([bytes, answer.status, answer.json()]).toEqual([bytes, status, { detail: expect.any(String) }]);
    await client.ended();
  }
  expect(calls).toBe(0);
});

test("an app's middleware covers every request to the app, OPTIONS * included", async () => {
  const seen: string[] = [];
  const app = new App().get("/", "x").use(({ method, path, url }, next) => {
    seen.push(`${method} ${path} ${url}`);
    return next();
  });
  await using server = await listen(app);
  using client = await RawClient.open(server);
  client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  const answer = await client.answer("OPTIONS");
  expect([answer.status, answer.header("allow")]).toEqual([204, null]);
  expect(seen).toEqual(["OPTIONS * http://a/"]);
});
