// When handlerMs is over, what waits around the handler hears of it while the context still lives.
import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { App, HttpError, type Middleware } from "@fasterapi/bun";

const handlerMs = 20;
const never = (): Promise<unknown> => new Promise(() => undefined);
const lines: string[] = [];

/** As in docs/guide.md. */
const accessLog: Middleware = async ({ method, path, status }, next) => {
  try {
    return await next();
  } finally {
    lines.push(`${method} ${path} ${status()}`);
  }
};

let warned: Mock<typeof console.warn>;
beforeEach(() => {
  lines.length = 0;
  warned = spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => warned.mockRestore());

async function ask(app: App, path = "/"): Promise<[number, unknown]> {
  const answer = await app.request(path);
  return [answer.status, await answer.json()];
}

const usual: [number, unknown] = [503, { detail: "The handler took too long" }];

test("each access log says 503, and so does onError", async () => {
  const app = new App({ timeouts: { handlerMs }, development: false })
    .use(accessLog)
    .use(async (_, next) => {
      await 1;
      return next();
    })
    .use(accessLog)
    .get("/", never)
    .get("/slow", () => Bun.sleep(3 * handlerMs));
  expect(await ask(app)).toEqual(usual);
  expect(await ask(app, "/slow")).toEqual(usual);
  const seen: unknown[] = [];
  app.onError((error, { status }) => {
    seen.push(status(), error instanceof HttpError);
    return { last: "word" };
  });
  expect(await ask(app)).toEqual([503, { last: "word" }]);
  expect(lines).toEqual(["/", "/", "/slow", "/slow", "/", "/"].map((path) => `GET ${path} 503`));
  expect(seen).toEqual([503, true]);
  await Bun.sleep(3 * handlerMs);
  expect(lines.length).toBe(6);
});

test("a middleware that takes too long, before next() and after it; and what no route matches", async () => {
  const app = new App({ timeouts: { handlerMs }, development: false })
    .use(accessLog)
    .use(async ({ path }, next) => {
      if (path === "/before") await never();
      await next();
      if (path === "/after") await never();
    })
    .notFound(never)
    .get("/before", () => 1)
    .get("/after", () => 1);
  for (const path of ["/before", "/after", "/nowhere"]) expect(await ask(app, path)).toEqual(usual);
  expect(lines).toEqual(["GET /before 503", "GET /after 503", "GET /nowhere 503"]);
});

test("a middleware may answer something else, and take its time for it", async () => {
  const app = new App({ timeouts: { handlerMs }, development: false })
    .use(accessLog)
    .use(async ({ status }, next) => {
      try {
        return await next();
      } catch (error) {
        await Bun.sleep(handlerMs / 4);
        status(200);
        return { instead: (error as HttpError).status };
      }
    })
    .get("/", never);
  expect(await ask(app)).toEqual([200, { instead: 503 }]);
  expect(lines).toEqual(["GET / 200"]);
});

test("one that hears of it and goes on has as long again, and those around it hear of it then", async () => {
  const app = new App({ timeouts: { handlerMs }, development: false })
    .onError((_, { status }) => ({ last: status() }))
    .use(accessLog)
    .use(async (_, next) => {
      await Promise.resolve(next()).catch(never);
    })
    .get("/", never);
  expect(await ask(app)).toEqual([503, { last: 503 }]);
  expect(lines).toEqual(["GET / 503"]);
});

test("nobody needs to look at what next() gave", async () => {
  const app = new App({ timeouts: { handlerMs }, development: false })
    .use((_, next) => {
      next();
      return never();
    })
    .get("/", never);
  expect(await ask(app)).toEqual(usual);
});

test("development says what becomes of the handler, not of those who were told", async () => {
  const app = new App({ timeouts: { handlerMs }, development: true }).use(accessLog).get("/", () => Bun.sleep(40));
  expect(await ask(app)).toEqual(usual);
  await Bun.sleep(30);
  expect(warned.mock.calls.flat()).toEqual([
    `GET / took more than ${handlerMs} ms (timeouts.handlerMs): it is answered with 503 in its place`,
    "GET / has returned now, after its request had been answered",
  ]);
});
