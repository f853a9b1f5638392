import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { App, HttpError, type Middleware, type Server } from "../../src/index.ts";

let server: Server | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function serve(app: App): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const listening = await app.listen({ port: 0, hostname: "127.0.0.1" });
  server = listening;
  return (path, init) => fetch(new URL(path, listening.url), init);
}

/** Writes its name before and after. */
const marks =
  (log: string[], name: string): Middleware =>
  async (_, next) => {
    log.push(`${name} before`);
    const value = await next();
    log.push(`${name} after ${JSON.stringify(value)}`);
  };

describe("middleware", () => {
  test("runs around the handler, in the order in which it was given, wherever it is written", async () => {
    const log: string[] = [];
    const app = new App().use(marks(log, "a")).get("/", () => ({ ok: true }));
    app.use(marks(log, "b"));
    const ask = await serve(app);
    expect(await (await ask("/")).json()).toEqual({ ok: true });
    expect(log).toEqual(["a before", "b before", 'b after {"ok":true}', 'a after {"ok":true}']);
  });

  test("may be sync, change the value, and answer by itself", async () => {
    const app = new App()
      .use(({ headers, status }, next) => {
        if (headers.has("x-stop")) {
          status(401);
          return { stopped: true };
        }
        return next();
      })
      .use(async (_, next) => ({ wrapped: await next() }))
      .get("/sync", () => 1)
      .get("/async", async () => 2)
      .get("/constant", "three");
    const ask = await serve(app);
    expect(await (await ask("/sync")).json()).toEqual({ wrapped: 1 });
    expect(await (await ask("/async")).json()).toEqual({ wrapped: 2 });
    expect(await (await ask("/constant")).json()).toEqual({ wrapped: "three" });
    const stopped = await ask("/sync", { headers: { "x-stop": "1" } });
    expect([stopped.status, await stopped.json()]).toEqual([401, { stopped: true }]);
  });

  test("sees what is thrown inside as an error of next(), and may answer for it", async () => {
    const app = new App()
      .use(async (_, next) => {
        try {
          return await next();
        } catch (error) {
          return { caught: (error as Error).message };
        }
      })
      .get("/sync", () => {
        throw new Error("sync");
      })
      .get("/async", async () => {
        await 1;
        throw new HttpError(404, "async");
      });
    const ask = await serve(app);
    expect(await (await ask("/sync")).json()).toEqual({ caught: "sync" });
    expect(await (await ask("/async")).json()).toEqual({ caught: "async" });
    expect(await (await ask("/nowhere")).json()).toEqual({ caught: "Not Found" });
  });

  test("covers 404, 405 and OPTIONS, whose answers stay what they are", async () => {
    const seen: string[] = [];
    const app = new App()
      .use(({ method, path, set }, next) => {
        seen.push(`${method} ${path}`);
        set("x-seen", "1");
        return next();
      })
      .get("/a", "a");
    const ask = await serve(app);
    const missing = await ask("/b");
    expect([missing.status, missing.headers.get("x-seen"), await missing.json()]).toEqual([
      404,
      "1",
      { detail: "Not Found" },
    ]);
    const wrong = await ask("/a", { method: "POST" });
    expect([wrong.status, wrong.headers.get("allow"), wrong.headers.get("x-seen")]).toEqual([
      405,
      "GET, HEAD, OPTIONS",
      "1",
    ]);
    const options = await ask("/a", { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow"), options.headers.get("x-seen")]).toEqual([
      204,
      "GET, HEAD, OPTIONS",
      "1",
    ]);
    expect(seen).toEqual(["GET /b", "POST /a", "OPTIONS /a"]);
  });

  test("that returns nothing without calling next() is a 204, with one warning", async () => {
    const warn = spyOn(console, "warn").mockImplementation(() => undefined);
    const app = new App({ development: true })
      .use(function forgetful() {
        return undefined;
      })
      .get("/", "x");
    const ask = await serve(app);
    expect((await ask("/")).status).toBe(204);
    expect((await ask("/")).status).toBe(204);
    expect(warn.mock.calls).toEqual([
      ["GET /: The middleware forgetful returned nothing and did not call next(), so the answer is a 204"],
    ]);
    warn.mockRestore();
  });

  test("that calls next() twice is an error that names it", async () => {
    const error = spyOn(console, "error").mockImplementation(() => undefined);
    const app = new App()
      .use(async function eager(_, next) {
        await next();
        return next();
      })
      .get("/", "x");
    const ask = await serve(app);
    expect((await ask("/")).status).toBe(500);
    expect(String(error.mock.calls[0])).toContain("The middleware eager called next() twice");
    error.mockRestore();
  });

  test("sets headers on a Response that a handler or a constant made", async () => {
    const app = new App()
      .use(async ({ set }, next) => {
        const value = await next();
        set("x-mine", "1");
        return value;
      })
      .get("/made", () => new Response("made", { headers: { "x-theirs": "2" } }))
      .get("/constant", new Response("constant", { status: 201, headers: { "x-theirs": "3" } }));
    const ask = await serve(app);
    for (let i = 0; i < 2; i++) {
      const made = await ask("/made");
      expect([made.headers.get("x-mine"), made.headers.get("x-theirs"), await made.text()]).toEqual(["1", "2", "made"]);
      const constant = await ask("/constant");
      expect([
        constant.status,
        constant.headers.get("x-mine"),
        constant.headers.get("x-theirs"),
        await constant.text(),
      ]).toEqual([201, "1", "3", "constant"]);
    }
  });
});

describe("groups and mounted applications", () => {
  test("a group's middleware covers its routes and nothing else", async () => {
    const log: string[] = [];
    const app = new App()
      .use(marks(log, "app"))
      .group("/admin/:area", (admin) =>
        admin
          .get("/users/:id", ({ params }) => params)
          .use(marks(log, "admin"))
          .group("/deep", (deep) => deep.use(marks(log, "deep")).get("/x", "x")),
      )
      .get("/plain", "plain");
    const ask = await serve(app);
    const befores = () => log.splice(0).filter((line) => line.endsWith("before"));
    expect(await (await ask("/admin/eu/users/7")).json()).toEqual({ area: "eu", id: "7" });
    expect(befores()).toEqual(["app before", "admin before"]);
    await ask("/admin/eu/deep/x");
    expect(befores()).toEqual(["app before", "admin before", "deep before"]);
    await ask("/plain");
    expect(befores()).toEqual(["app before"]);
    await ask("/admin/eu/nothing");
    expect(befores()).toEqual(["app before"]);
  });

  test("a mounted application covers everything below its prefix", async () => {
    const log: string[] = [];
    const inner = new App()
      .use(marks(log, "inner"))
      .notFound(({ path }) => ({ missing: path }))
      .get("/a", ({ path }) => path);
    const app = new App().mount("/v1", inner).get("/b", "b");
    inner.get("/late", "late");
    const ask = await serve(app);
    expect(await (await ask("/v1/a")).text()).toBe("/v1/a");
    expect(await (await ask("/v1/late")).text()).toBe("late");
    const missing = await ask("/v1/nowhere");
    expect([missing.status, await missing.json()]).toEqual([404, { missing: "/v1/nowhere" }]);
    expect(log.filter((line) => line === "inner before").length).toBe(3);
    const outside = await ask("/v2/nowhere");
    expect([outside.status, await outside.json()]).toEqual([404, { detail: "Not Found" }]);
    expect(log.filter((line) => line === "inner before").length).toBe(3);
  });

  test("/ inside a prefix answers with and without the slash", async () => {
    const ask = await serve(new App().group("/api", (api) => api.get("/", "root").get("/a", "a")));
    expect(await (await ask("/api")).text()).toBe("root");
    expect(await (await ask("/api/")).text()).toBe("root");
    expect((await ask("/api/a/")).status).toBe(404);
  });

  test("what can't be composed is refused where it is written", async () => {
    const app = new App();
    expect(() => app.group("admin", () => undefined)).toThrow("A prefix begins with /");
    expect(() => app.group(undefined as never, () => undefined)).toThrow(
      'A prefix is a string like "/api", not undefined',
    );
    expect(() => app.group("/a", undefined as never)).toThrow('group("/a", …) takes a function');
    expect(() => app.group("/a", async () => undefined)).toThrow("can't be async");
    expect(() => app.mount(new App() as never, undefined as never)).toThrow("A prefix is a string");
    expect(() => app.mount("/a", undefined as never)).toThrow("mount takes an App, not undefined");
    expect(() => app.group("/a/*b", () => undefined)).toThrow("no wildcard");
    expect(() => app.mount("/a", {} as App)).toThrow("mount takes an App");
    expect(() => app.use(undefined as never)).toThrow("A middleware is a function, not undefined");
    expect(() => app.use(new App() as never)).toThrow("not an App: mount takes an App");
    expect(() => app.use("/a" as never)).toThrow("not string: group takes a path");
    const plain: Middleware = (_, next) => next();
    expect(() => app.use(plain, plain as never)).toThrow("use takes one middleware, not 2");
    expect(() => app.derive(undefined as never)).toThrow("derive takes a function, not undefined");
    expect(() => app.group("/a", (group) => group.use({} as never))).toThrow("A middleware is a function, not object");
    expect(() => app.group("/a", (group) => group.notFound(() => 1))).toThrow("A group has no notFound");
    app.mount("/self", app);
    expect(app.listen({ port: 0 })).rejects.toThrow("mounted inside itself");
    const clash = new App().get("/x/:a", "1").mount("/x", new App().get("/:b", "2"));
    expect(clash.listen({ port: 0 })).rejects.toThrow(
      /^GET \/x\/:b \(.*\) matches the same requests as GET \/x\/:a \(/,
    );
  });
});

describe("the last word on failures", () => {
  test("onError answers with the status preset, and headers set before stay", async () => {
    const app = new App()
      .use(({ set }, next) => {
        set("x-before", "1");
        return next();
      })
      .onError((error, { status, path }) => ({ path, status: status(), message: (error as Error).message }))
      .get("/http", () => {
        throw new HttpError(409, "taken", { headers: { "x-error": "2" } });
      })
      .get("/plain", async () => {
        throw new Error("plain");
      });
    const ask = await serve(app);
    const http = await ask("/http");
    expect([http.status, http.headers.get("x-before"), http.headers.get("x-error")]).toEqual([409, "1", "2"]);
    expect(await http.json()).toEqual({ path: "/http", status: 409, message: "taken" });
    const plain = await ask("/plain");
    expect([plain.status, await plain.json()]).toEqual([500, { path: "/plain", status: 500, message: "plain" }]);
    expect((await ask("/nowhere")).status).toBe(404);
    const wrong = await ask("/http", { method: "PUT" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  test("onError may be async, change the status, leave it to the framework, and fail itself", async () => {
    const errors = spyOn(console, "error").mockImplementation(() => undefined);
    const app = new App()
      .onError(async (error, { status, path }) => {
        await 1;
        if (path === "/fails") throw new Error("second");
        if (path === "/leaves") return undefined;
        status(418);
        return String((error as Error).message);
      })
      .all("/*path", () => {
        throw new HttpError(400, "first");
      });
    const ask = await serve(app);
    const answered = await ask("/x");
    expect([answered.status, await answered.text()]).toEqual([418, "first"]);
    const left = await ask("/leaves");
    expect([left.status, await left.json()]).toEqual([400, { detail: "first" }]);
    const failed = await ask("/fails");
    expect([failed.status, await failed.json()]).toEqual([500, { detail: "Internal Server Error" }]);
    expect(String(errors.mock.calls[0])).toContain("second");
    errors.mockRestore();
  });

  test("the innermost application's onError comes first, then the outer's", async () => {
    const inner = new App()
      .onError((error) => {
        throw new Error(`inner saw ${(error as Error).message}`);
      })
      .get("/", () => {
        throw new Error("it");
      });
    const app = new App().onError((error) => (error as Error).message).mount("/in", inner);
    const ask = await serve(app);
    expect(await (await ask("/in")).text()).toBe("inner saw it");
  });

  test("a handler that takes too long goes to onError too, and its late value nowhere", async () => {
    const app = new App({ timeouts: { handlerMs: 20 }, development: false })
      .onError(async (_, { status }) => {
        await Bun.sleep(5);
        return { late: status() };
      })
      .get("/", async () => {
        await Bun.sleep(40);
        return "too late";
      });
    const ask = await serve(app);
    const answer = await ask("/");
    expect([answer.status, await answer.json()]).toEqual([503, { late: 503 }]);
    expect(server?.stats().timeoutsHandler).toBe(1);
    expect(await (await ask("/")).json()).toEqual({ late: 503 });
  });

  test("what is to be said of a handler that takes too long has no more time than it", async () => {
    const app = new App({ timeouts: { handlerMs: 20 }, development: false })
      .onError(() => new Promise(() => undefined))
      .get("/", () => new Promise(() => undefined));
    const ask = await serve(app);
    const answer = await ask("/");
    expect([answer.status, await answer.json()]).toEqual([503, { detail: "The handler took too long" }]);
  });

  test("an error that is returned is as good as thrown", async () => {
    const errors = spyOn(console, "error").mockImplementation(() => undefined);
    const app = new App().get("/http", () => new HttpError(401, "who?")).get("/error", async () => new Error("secret"));
    const ask = await serve(app);
    const http = await ask("/http");
    expect([http.status, await http.json()]).toEqual([401, { detail: "who?" }]);
    const error = await ask("/error");
    expect([error.status, await error.json()]).toEqual([500, { detail: "Internal Server Error" }]);
    errors.mockRestore();
  });

  test("notFound answers with 404 preset", async () => {
    const ask = await serve(new App().get("/", "x").notFound(({ path }) => `no ${path}`));
    const answer = await ask("/a%20b");
    expect([answer.status, await answer.text()]).toEqual([404, "no /a%20b"]);
    expect((await ask("/", { method: "POST" })).status).toBe(405);
  });
});

describe("derive", () => {
  test("adds to the state of each request, sync and async, with types", async () => {
    let made = 0;
    const app = new App()
      .derive(({ headers }) => ({ agent: headers.get("x-agent") ?? "none" }))
      .derive(async ({ state }) => {
        made++;
        return { shout: state.agent.toUpperCase() };
      })
      .get("/", ({ state }) => {
        const text: string = state.shout;
        return text + state.agent;
      });
    const ask = await serve(app);
    expect(await (await ask("/", { headers: { "x-agent": "ada" } })).text()).toBe("ADAada");
    expect(await (await ask("/")).text()).toBe("NONEnone");
    expect(made).toBe(2);
  });

  test("takes an object, and names what it was given instead", async () => {
    const logged = spyOn(console, "error").mockImplementation(() => undefined);
    const wrong: [string, () => unknown, string][] = [
      ["/number", () => 5, "The function of derive (written at tests/app/composition.test.ts:"],
      ["/nothing", async () => undefined, "not undefined"],
      ["/array", () => [], "not an array"],
      ["/response", () => new Response(), "not a Response, with which only a middleware can answer"],
    ];
    const app = new App();
    for (const [path, make] of wrong) app.group(path, (group) => group.derive(make as () => object).get("/", "x"));
    app.group("/error", (group) => group.derive(() => new HttpError(401) as never).get("/", "x"));
    // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
    const thenable = { __proto__: { then: (resolve: (value: object) => void) => resolve({ late: "it" }) } };
    app.group("/thenable", (group) => group.derive(() => thenable).get("/", ({ state }) => state));
    const ask = await serve(app);
    for (const [path, , message] of wrong) {
      expect((await ask(path)).status).toBe(500);
      expect(String(logged.mock.calls.pop())).toContain(message);
    }
    expect((await ask("/error")).status).toBe(401);
    expect(await (await ask("/thenable")).json()).toEqual({ late: "it" });
    expect(logged.mock.calls).toEqual([]);
    logged.mockRestore();
  });
});
