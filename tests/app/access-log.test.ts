// Behind next() a middleware knows the status that will be sent: the guide's access log, beside what arrives.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { App, HttpError, type Middleware, type Server } from "@fasterapi/bun";

const lines: string[] = [];

/** As in docs/guide.md. */
const accessLog: Middleware = async ({ method, path, status }, next) => {
  try {
    return await next();
  } finally {
    lines.push(`${method} ${path} ${status()}`);
  }
};

const withoutWaiting: Middleware = ({ method, path, status }, next) => {
  const value = next();
  const say = () => lines.push(`${method} ${path} ${status()}`);
  if (value instanceof Promise) return value.finally(say);
  say();
  return value;
};

const boom = () => {
  throw new Error("boom");
};
const conflict = () => {
  throw new HttpError(409);
};
const handlers: { [path: string]: () => unknown } = {
  "/object": () => ({ a: 1 }),
  "/text": () => "text",
  "/nothing": () => undefined,
  "/null": () => null,
  "/response": () => new Response("made", { status: 201 }),
  "/redirect": () => Response.redirect("http://localhost/", 303),
  "/returned": () => new HttpError(401),
  "/http": conflict,
  "/error": boom,
  "/stream": async function* () {
    yield "a";
  },
};
/** The same, answered in other ways around the handler. */
const wrappers: { [name: string]: Middleware } = {
  plain: (_, next) => next(),
  replaces: async (_, next) => ({ instead: String(await next()) }),
  catches: async ({ status }, next) => {
    try {
      return await next();
    } catch {
      status(418);
      return "caught";
    }
  },
  says: async ({ status }, next) => {
    const value = await next();
    status(202);
    return value;
  },
  answers: ({ status }) => {
    status(403);
    return { stopped: true };
  },
  forgets: () => undefined,
};

function application(log: Middleware): App {
  const app = new App({ development: false }).use(log).use(log).get("/constant", "constant");
  app.get("/constant-response", new Response("constant", { status: 203 }));
  app.get("/set", ({ status }) => {
    status(201);
    return {};
  });
  app.get("/set-nothing", async ({ status }) => {
    status(205);
  });
  for (const [name, wrapper] of Object.entries(wrappers)) {
    app.group(`/${name}`, (group) => {
      group.use(wrapper);
      for (const [path, handler] of Object.entries(handlers)) {
        group.get(`/sync${path}`, handler).get(`/async${path}`, async () => {
          await 1;
          return handler();
        });
      }
    });
  }
  return app.mount(
    "/inner",
    new App().notFound(({ path }) => path),
  );
}

const paths = Object.keys(wrappers).flatMap((name) =>
  Object.keys(handlers).flatMap((path) => [`/${name}/sync${path}`, `/${name}/async${path}`]),
);
paths.push("/constant", "/constant-response", "/set", "/set-nothing", "/nowhere", "/inner/nowhere");

const logged = console.error;
beforeAll(() => {
  console.error = () => undefined;
});
afterAll(() => {
  console.error = logged;
});

async function compare(server: Server, method: string, path: string): Promise<void> {
  lines.length = 0;
  const response = await fetch(new URL(path, server.url), { method, redirect: "manual" });
  await response.arrayBuffer();
  const line = `${method} ${path} ${response.status}`;
  expect(lines).toEqual([line, line]);
}

for (const [name, log] of Object.entries({ "try and finally": accessLog, "without waiting": withoutWaiting })) {
  test(`${name}: what is logged is what arrives`, async () => {
    // What is thrown at once has no promise to be followed.
    const all = log === accessLog ? paths : paths.filter((path) => !/sync\/(http|error)|nowhere/.test(path));
    await using server = await application(log).listen({ port: 0, hostname: "127.0.0.1" });
    for (const path of all) await compare(server, "GET", path);
    await compare(server, "HEAD", "/plain/sync/response");
    await compare(server, "OPTIONS", "/constant");
    if (log === accessLog) await compare(server, "DELETE", "/constant");
  });
}

test("each middleware knows what came of what is inside of it, whatever those outside make of it", async () => {
  const app = new App()
    .use(accessLog)
    .use(async ({ status }, next) => {
      await Promise.resolve(next()).catch(() => 1);
      await 1;
      status(208);
      return "instead";
    })
    .use(accessLog)
    .use(async (_, next) => {
      await 1;
      throw await next();
    })
    .use(accessLog)
    .get("/", () => new HttpError(409));
  lines.length = 0;
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  expect((await fetch(server.url)).status).toBe(208);
  expect(lines).toEqual(["GET / 409", "GET / 409", "GET / 208"]);
});

test("before next(), and while a promise is pending, it is what was set", async () => {
  const seen: number[] = [];
  const app = new App()
    .use(async ({ status }, next) => {
      seen.push(status());
      const value = next();
      seen.push(status());
      await value;
      seen.push(status());
      status(299);
      seen.push(status());
      return "instead";
    })
    .get("/", async ({ status }) => {
      status(202);
      await 1;
      return new Response("", { status: 201 });
    });
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  expect((await fetch(server.url)).status).toBe(299);
  expect(seen).toEqual([200, 202, 201, 299]);
});

test("onError reads the status of its error and may change it", async () => {
  const seen: number[] = [];
  const app = new App()
    .use(accessLog)
    .onError((_, { status }) => {
      seen.push(status());
      status(418);
      seen.push(status());
      return "x";
    })
    .get("/", conflict);
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  expect((await fetch(server.url)).status).toBe(418);
  expect(seen).toEqual([409, 418]);
});
