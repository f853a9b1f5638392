// App: use.
import { expect, test } from "bun:test";
import { App, HttpError, type Middleware } from "@fasterapi/bun";
import { contract, jsonOf, saidTo, textOf } from "./support.ts";

/** Writes down that it was there, before and after. */
const mark =
  (log: string[], name: string): Middleware =>
  async (_, next) => {
    log.push(`${name} before`);
    const value = await next();
    log.push(`${name} after`);
    return value;
  };

contract("App: use(middleware)", (serve) => {
  test("(context, next) => value: before and after, in the order in which they were given", async () => {
    const log: string[] = [];
    const app = new App()
      .use(mark(log, "a"))
      .get("/", () => {
        log.push("handler");
        return "value";
      })
      .use(mark(log, "b"));
    const ask = await serve(app);
    log.length = 0;
    expect(await textOf(ask("/"))).toEqual([200, "value"]);
    expect(log).toEqual(["a before", "b before", "handler", "b after", "a after"]);
  });

  test("sync or async, around handlers that are sync or async", async () => {
    for (const middleware of [
      ((_, next) => next()) as Middleware,
      (async (_, next) => await next()) as Middleware,
      (async (_, next) => {
        await Bun.sleep(1);
        return next();
      }) as Middleware,
    ]) {
      const app = new App()
        .use(middleware)
        .use(middleware)
        .get("/sync", () => ({ is: "sync" }))
        .get("/async", async () => ({ is: "async" }))
        .get("/constant", { is: "constant" });
      const ask = await serve(app);
      for (const is of ["sync", "async", "constant"]) expect(await jsonOf(ask(`/${is}`))).toEqual([200, { is }]);
    }
  });

  test("its context is the handler's: what it sets of the answer and of state is there", async () => {
    const app = new App()
      .use(({ set, status, state }, next) => {
        set("x-before", "1");
        status(201);
        (state as { user?: string }).user = "Ada";
        return next();
      })
      .get("/", ({ state, status }) => [status(), (state as { user?: string }).user]);
    const answer = await (await serve(app))("/");
    expect([answer.headers.get("x-before"), await jsonOf(answer)]).toEqual(["1", [201, [201, "Ada"]]]);
  });

  test("next() gives the value from inside", async () => {
    const values: unknown[] = [];
    const app = new App()
      .use(async (_, next) => {
        values.push(await next());
      })
      .get("/object", () => values)
      .get("/text", async () => "text")
      .get("/constant", "constant")
      .get("/nothing", () => undefined);
    const ask = await serve(app);
    values.length = 0;
    for (const path of ["/text", "/constant", "/nothing"]) await ask(path);
    expect(values).toEqual(["text", "constant", undefined]);
  });

  test("next() gives the value of the middleware inside, as it changed it", async () => {
    const app = new App()
      .use(async (_, next) => `outer(${await next()})`)
      .use(async (_, next) => `inner(${await next()})`)
      .get("/", () => "value");
    expect(await textOf((await serve(app))("/"))).toEqual([200, "outer(inner(value))"]);
  });

  test("next() throws its error: of a sync handler, of an async one, and of a middleware inside", async () => {
    const app = new App()
      .use(async (_, next) => {
        try {
          return await next();
        } catch (error) {
          return { caught: (error as Error).message };
        }
      })
      .use(({ path }, next) => {
        if (path === "/middleware") throw new Error("middleware");
        return next();
      })
      .get("/sync", () => {
        throw new Error("sync");
      })
      .get("/async", async () => {
        await Bun.sleep(1);
        throw new HttpError(409, "async");
      })
      .get("/middleware", "never");
    const ask = await serve(app);
    for (const caught of ["sync", "async", "middleware"])
      expect(await jsonOf(ask(`/${caught}`))).toEqual([200, { caught }]);
  });

  test("next() of a sync middleware throws what a sync handler throws", async () => {
    const app = new App()
      .use((_, next) => {
        try {
          return next();
        } catch (error) {
          return { caught: (error as Error).message };
        }
      })
      .get("/", () => {
        throw new Error("at once");
      });
    expect(await jsonOf((await serve(app))("/"))).toEqual([200, { caught: "at once" }]);
  });

  test("an error that no middleware catches goes on to the one outside", async () => {
    const log: string[] = [];
    const app = new App()
      .use(async (_, next) => {
        try {
          return await next();
        } catch (error) {
          log.push((error as Error).message);
          throw error;
        }
      })
      .use((_, next) => next())
      .get("/", () => {
        throw new HttpError(418, "short and stout");
      });
    const ask = await serve(app);
    log.length = 0;
    expect(await jsonOf(ask("/"))).toEqual([418, { detail: "short and stout" }]);
    expect(log).toEqual(["short and stout"]);
  });

  test("returning undefined after next() keeps that value", async () => {
    const app = new App()
      .use(async (_, next) => {
        await next();
      })
      .use((_, next) => {
        next();
      })
      .get("/object", () => ({ kept: true }))
      .get("/async", async () => ({ kept: "later" }))
      .get("/null", () => null)
      .get("/undefined", () => undefined);
    const ask = await serve(app);
    const warned = await saidTo("warn", async () => {
      expect(await jsonOf(ask("/object"))).toEqual([200, { kept: true }]);
      expect(await jsonOf(ask("/async"))).toEqual([200, { kept: "later" }]);
      expect(await jsonOf(ask("/null"))).toEqual([200, null]);
      expect(await textOf(ask("/undefined"))).toEqual([204, ""]);
    });
    expect(warned).toEqual([]);
  });

  test("any other value takes its place, null included", async () => {
    const app = new App()
      .use(async (_, next) => {
        await next();
        return null;
      })
      .get("/", () => ({ lost: true }));
    expect(await jsonOf((await serve(app))("/"))).toEqual([200, null]);
  });

  test("without next() nothing inside runs, and its value is the answer", async () => {
    let runs = 0;
    const app = new App()
      .use(({ status }) => {
        status(401);
        return { detail: "who?" };
      })
      .get("/", () => ++runs);
    expect(await jsonOf((await serve(app))("/"))).toEqual([401, { detail: "who?" }]);
    expect(runs).toBe(0);
  });

  test("undefined without next() is a 204, with a warning in development and none in production", async () => {
    for (const development of [true, false]) {
      let runs = 0;
      const app = new App({ development })
        .use(function silent({ path }, next) {
          return path === "/" ? undefined : next();
        })
        .get("/", () => ++runs);
      const ask = await serve(app);
      const warned = await saidTo("warn", async () => expect(await textOf(ask("/"))).toEqual([204, ""]));
      expect(runs).toBe(0);
      expect(warned.length).toBe(development ? 1 : 0);
      if (development) expect(warned[0]).toContain("silent");
    }
  });
});

contract("App: an app's middleware covers every request to the app", (serve) => {
  test("wherever in the file it stands", async () => {
    const log: string[] = [];
    const app = new App();
    app.get("/before", "before").group("/group", (group) => group.get("/x", "x"));
    app.mount("/mounted", new App().get("/y", "y"));
    app.use(mark(log, "late"));
    app.get("/after", "after");
    const ask = await serve(app);
    for (const path of ["/before", "/after", "/group/x", "/mounted/y"]) {
      log.length = 0;
      expect((await ask(path)).status).toBe(200);
      expect([path, log]).toEqual([path, ["late before", "late after"]]);
    }
  });

  test("404, 405 and automatic OPTIONS included, which stay what they are", async () => {
    const log: string[] = [];
    const app = new App()
      .use(async ({ method, path, set }, next) => {
        set("x-covered", "yes");
        try {
          const value = await next();
          log.push(`${method} ${path}: ${value}`);
          return value;
        } catch (error) {
          log.push(`${method} ${path}: ${(error as HttpError).status}`);
          throw error;
        }
      })
      .get("/a", "a")
      .put("/a", "b");
    const ask = await serve(app);
    log.length = 0;
    const missing = await ask("/nowhere");
    expect([missing.headers.get("x-covered"), await jsonOf(missing)]).toEqual(["yes", [404, { detail: "Not Found" }]]);
    const wrong = await ask("/a", { method: "DELETE" });
    expect([wrong.headers.get("x-covered"), wrong.headers.get("allow")]).toEqual(["yes", "GET, HEAD, PUT, OPTIONS"]);
    expect(await jsonOf(wrong)).toEqual([405, { detail: "Method Not Allowed" }]);
    const options = await ask("/a", { method: "OPTIONS" });
    expect([options.headers.get("x-covered"), options.headers.get("allow")]).toEqual([
      "yes",
      "GET, HEAD, PUT, OPTIONS",
    ]);
    expect(await textOf(options)).toEqual([204, ""]);
    expect(log).toEqual(["GET /nowhere: 404", "DELETE /a: 405", "OPTIONS /a: undefined"]);
  });

  test("HEAD included", async () => {
    const log: string[] = [];
    const app = new App().use(mark(log, "it")).get("/", "constant");
    const ask = await serve(app);
    log.length = 0;
    expect((await ask("/", { method: "HEAD" })).status).toBe(200);
    expect(log).toEqual(["it before", "it after"]);
  });
});
