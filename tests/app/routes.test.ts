// What an application tells of its routes, listening or not.
import { expect, test } from "bun:test";
import { App, type Middleware, type RouteDetails, type Schema, t } from "@fasterapi/bun";
import { z } from "zod";
import { failureOf } from "../contract/support.ts";

const Native = t.Object({ id: t.Integer({ minimum: 1 }) });

test("one for each route, in the order in which they are written, with what is around it", async () => {
  const logger: Middleware = (_, next) => next();
  const session = () => ({ user: "Ada" });
  const inner = new App().use(function guard(_, next) {
    return next();
  });
  inner.get("/", "in").post("/orders/:id", { body: Native, query: t.Object({ q: t.String() }) }, "x");
  const app = new App()
    .use(logger)
    .use((_, next) => next())
    .get("/", { summary: "The first" }, "Hello")
    .group("/shop/:shop", (shop) =>
      shop
        .derive(session)
        .get("/before", "x")
        .group("/deep", (deep) => deep.all("/*rest", "x"))
        .delete("/after", { hidden: true }, "x"),
    )
    .mount("/mounted", inner)
    .put("/last", { query: t.Object({ n: t.Integer() }) }, "x");
  const written: string = expect.stringMatching(/^tests\/app\/routes\.test\.ts:\d+$/);
  const outer = ["logger", written];
  const plain = { validation: "none", middleware: outer } as const;
  const wanted: RouteDetails[] = [
    { method: "GET", path: "/", summary: "The first", ...plain },
    { method: "GET", path: "/shop/:shop/before", validation: "none", middleware: [...outer, "session"] },
    { method: "ALL", path: "/shop/:shop/deep/*rest", validation: "none", middleware: [...outer, "session"] },
    { method: "DELETE", path: "/shop/:shop/after", validation: "none", middleware: [...outer, "session"] },
    { method: "GET", path: "/mounted", validation: "none", middleware: [...outer, "guard"] },
    { method: "POST", path: "/mounted/orders/:id", validation: "native", middleware: [...outer, "guard"] },
    { method: "PUT", path: "/last", validation: "js", reason: "the core checks JSON bodies only", middleware: outer },
  ];
  expect(await app.routes()).toEqual(wanted);
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  expect(server.routes).toEqual(wanted);
});

test("routes that are written later count; a server has those that it began with", async () => {
  const app = new App({ development: false }).get("/a", "a");
  const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  expect((await app.routes()).map(({ path }) => path)).toEqual(["/a"]);
  app.get("/b", "b");
  expect((await app.routes()).map(({ path }) => path)).toEqual(["/a", "/b"]);
  await server.stop();
  expect(server.routes.map(({ path }) => path)).toEqual(["/a"]);
});

test("why JavaScript checks a body: the keyword that stands in the way, and where", async () => {
  const File = t.Unsafe<File>(t.String({ format: "binary" }));
  const reasons: [reason: string | undefined, body: Schema][] = [
    [undefined, Native],
    ['pattern "(?=a)b" at /properties/a', t.Object({ id: t.Integer(), a: t.String({ pattern: "(?=a)b" }) })],
    ['format "binary" at /properties/file', t.Object({ name: t.String(), file: File })],
    ["t.Refine", t.Refine(Native, ({ id }) => id % 2 === 0)],
    ["t.Refine at /properties/a", t.Object({ a: t.Refine(t.String(), (text) => text !== "") })],
    ["unevaluatedProperties at /items", t.Array({ type: "object", unevaluatedProperties: false })],
    ["type at /properties/a", { type: "object", properties: { a: { type: ["string", "null"], const: 1 } } }],
    // Of two the last.
    ['format "hostname"', { type: "array", items: { format: "duration" }, format: "hostname" }],
    ["const at /anyOf/1/properties/a", { anyOf: [Native, { properties: { a: { const: 1, enum: [1] } } }] }],
    ["a schema of zod, which only that can check", z.object({ a: z.string() })],
  ];
  const app = new App();
  reasons.forEach(([, body], i) => {
    app.post(`/${i}`, { body }, "x");
  });
  app.post("/stream", { body: "stream", query: t.Object({}) }, "x");
  expect((await app.routes()).map(({ reason }) => reason)).toEqual([
    ...reasons.map(([reason]) => reason),
    "the core checks JSON bodies only",
  ]);
});

test("what can't listen has no list", async () => {
  const twice = new App().get("/a", "a").get("/a", "a");
  expect((await failureOf(twice.routes())).message).toContain("matches the same requests");
  let group: Promise<unknown> = Promise.resolve();
  new App().group("/", (inner) => {
    group = inner.routes();
  });
  expect((await failureOf(group)).message).toContain("A group lists no routes");
});
