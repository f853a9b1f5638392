// What routes ask of their requests by schemas, over sockets and without: every place and every refusal.
import { describe, expect, test } from "bun:test";
import { App, HttpError, t, ValidationError } from "@fasterapi/bun";
import { contract, failureOf, jsonOf, textOf } from "../contract/support.ts";
import { integer, json, missing, wrong } from "../support/validation.ts";

const Order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1 }),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer(), price: t.Number() })),
});
const order = { id: 1, name: "a", items: [{ sku: "x", qty: 1, price: 1.5 }] };

contract("every place", (serve) => {
  const schemas = {
    params: t.Object({ id: t.Integer() }),
    query: t.Object({ q: t.String(), page: t.Integer({ default: 1 }), tags: t.Optional(t.Array(t.Integer())) }),
    headers: t.Object({ "X-Key": t.Integer(), "x-list": t.Optional(t.Array(t.String())), get: t.Optional(t.String()) }),
    cookies: t.Object({ session: t.String({ minLength: 3 }), seen: t.Boolean({ default: false }) }),
    body: Order,
  };
  const app = new App().post("/orders/:id", schemas, async ({ params, query, headers, cookies, body, json }) => {
    await Bun.sleep(1);
    return { params, query, key: headers["x-key"], list: headers["x-list"], cookies, body, same: await json() };
  });

  test("holds what its schema has made of it", async () => {
    const ask = await serve(app);
    const init = json(order);
    const headers = { ...init.headers, "X-KEY": "7", "x-list": "a, b", cookie: "session=abc; other=1" };
    expect(await jsonOf(ask("/orders/3?q=1&tags=5&more=x", { ...init, headers }))).toEqual([
      200,
      {
        params: { id: 3 },
        query: { q: "1", page: 1, tags: [5], more: "x" },
        key: 7,
        list: ["a", "b"],
        cookies: { session: "abc", other: "1", seen: false },
        body: order,
        same: order,
      },
    ]);
  });

  test("all that is wrong in any of them is told at once", async () => {
    const ask = await serve(app);
    const init = json({ id: 0, items: [{ sku: "x", qty: 1.5, price: "1" }] });
    const headers = { ...init.headers, "x-key": "", cookie: "session=ab" };
    expect(await jsonOf(ask("/orders/x?page=1&page=2", { ...init, headers }))).toEqual([
      422,
      {
        detail: [
          integer(["params", "id"], "x"),
          missing("query", "q"),
          integer(["query", "page"], ["1", "2"]),
          integer(["headers", "x-key"], ""),
          wrong(["cookies", "session"], "string_too_short", "Must have at least 3 characters", "ab"),
          wrong(["body", "id"], "greater_than_equal", "Must be at least 1", 0),
          missing("body", "name"),
          integer(["body", "items", 0, "qty"], 1.5),
          wrong(["body", "items", 0, "price"], "number_type", "Must be a number", "1"),
        ],
      },
    ]);
  });

  test("at most 32 over all of them", async () => {
    const ask = await serve(app);
    const items = Array.from({ length: 100 }, () => ({}));
    const [status, answer] = await jsonOf(ask("/orders/x", json({ ...order, items })));
    const { detail } = answer as { detail: { loc: unknown[] }[] };
    expect([status, detail.length, detail[0]!.loc, detail[31]!.loc[0]]).toEqual([422, 32, ["params", "id"], "body"]);
  });

  test("a header keeps its methods, and others are nobody's concern", async () => {
    const strict = t.Object({ "x-a": t.String(), get: t.Optional(t.String()) }, { additionalProperties: false });
    const echo = new App().get("/", { headers: strict }, ({ headers }) => [
      headers["x-a"],
      headers.get("x-a"),
      headers.get("get"),
      headers.has("host"),
      Object.keys(headers),
    ]);
    const ask = await serve(echo);
    expect(await jsonOf(ask("/", { headers: { "x-a": "1", get: "2" } }))).toEqual([
      200,
      ["1", "1", "2", true, ["x-a"]],
    ]);
  });

  test("names of headers have no case, wherever the schema has them", async () => {
    const both = t.Intersect([t.Object({ "X-A": t.Integer() }), t.Object({ "X-B": t.Optional(t.Integer()) })]);
    const echo = new App().get("/", { headers: both }, ({ headers }) => [headers["x-a"], headers["x-b"] ?? null]);
    const ask = await serve(echo);
    expect(await jsonOf(ask("/", { headers: { "x-a": "1" } }))).toEqual([200, [1, null]]);
    expect(await jsonOf(ask("/", { headers: { "x-b": "b" } }))).toEqual([
      422,
      { detail: [missing("headers", "x-a"), integer(["headers", "x-b"], "b")] },
    ]);
  });

  test("names that every object has are data", async () => {
    const names = t.Object({ constructor: t.Optional(t.Integer()), valueOf: t.Integer() });
    const echo = new App()
      .get("/", { query: names }, ({ query }) => [query.valueOf, query.constructor ?? null])
      .post("/", { body: names }, ({ body }) => [body.valueOf, Object.hasOwn(body, "constructor")]);
    const ask = await serve(echo);
    expect(await jsonOf(ask("/?valueOf=1"))).toEqual([200, [1, null]]);
    expect(await jsonOf(ask("/"))).toEqual([422, { detail: [missing("query", "valueOf")] }]);
    expect(await jsonOf(ask("/?valueOf=a&constructor=b"))).toEqual([
      422,
      { detail: [integer(["query", "constructor"], "b"), integer(["query", "valueOf"], "a")] },
    ]);
    expect(await jsonOf(ask("/", json('{"valueOf":1,"__proto__":{"constructor":2}}')))).toEqual([200, [1, false]]);
    expect(await jsonOf(ask("/", json("{}")))).toEqual([422, { detail: [missing("body", "valueOf")] }]);
  });

  test("a param is decoded before it is checked, and a wildcard is one", async () => {
    const files = new App().get(
      "/files/*path",
      { params: t.Object({ path: t.String({ pattern: "^[a-z/ ]*$" }) }) },
      ({ params }) => params.path,
    );
    const ask = await serve(files);
    expect(await textOf(ask("/files/a%20b/c"))).toEqual([200, "a b/c"]);
    expect((await ask("/files/A")).status).toBe(422);
  });

  test("unknown members are kept, unless the schema says otherwise", async () => {
    const loose = t.Object({ a: t.Integer() });
    const strict = t.Object({ a: t.Integer() }, { additionalProperties: false });
    const echo = new App()
      .post("/loose", { body: loose }, ({ body }) => body)
      .post("/strict", { body: strict }, ({ body }) => body);
    const ask = await serve(echo);
    expect(await jsonOf(ask("/loose", json({ a: 1, b: 2 })))).toEqual([200, { a: 1, b: 2 }]);
    expect(await jsonOf(ask("/strict", json({ a: 1, b: 2 })))).toEqual([
      422,
      { detail: [wrong(["body", "b"], "extra_forbidden", "Unknown field", 2)] },
    ]);
  });

  test("a stream beside a query", async () => {
    const upload = new App().post(
      "/",
      { body: "stream", query: t.Object({ n: t.Integer() }) },
      async ({ body, query }) => `${query.n} ${(await new Response(body).text()).length}`,
    );
    const ask = await serve(upload);
    expect(await textOf(ask("/?n=3", { method: "POST", body: "12345" }))).toEqual([200, "3 5"]);
    expect((await ask("/?n=a", { method: "POST", body: "12345" })).status).toBe(422);
  });

  test("constants, HEAD, all, groups and mounted applications", async () => {
    const query = t.Object({ n: t.Integer() });
    const inner = new App().get("/x", { query }, ({ query: { n } }) => n);
    const everything = new App()
      .get("/constant", { query }, "constant")
      .all("/all", { query }, ({ query: { n } }) => n)
      .group("/group/:id", (group) =>
        group.get("/", { params: t.Object({ id: t.Integer() }) }, ({ params: { id } }) => id),
      )
      .mount("/mounted", inner);
    const ask = await serve(everything);
    expect(await textOf(ask("/constant?n=1"))).toEqual([200, "constant"]);
    expect((await ask("/constant")).status).toBe(422);
    expect((await ask("/constant", { method: "HEAD" })).status).toBe(422);
    expect(await jsonOf(ask("/all?n=1", { method: "DELETE" }))).toEqual([200, 1]);
    expect((await ask("/all", { method: "DELETE" })).status).toBe(422);
    expect(await jsonOf(ask("/group/7"))).toEqual([200, 7]);
    expect(await jsonOf(ask("/group/x"))).toEqual([422, { detail: [integer(["params", "id"], "x")] }]);
    expect(await jsonOf(ask("/mounted/x?n=1"))).toEqual([200, 1]);
    expect((await ask("/mounted/x")).status).toBe(422);
  });
});

contract("bodies", (serve) => {
  const app = new App()
    .post("/orders", { body: Order }, ({ body }) => body.items.length)
    .post("/both", { body: Order, query: t.Object({ n: t.Integer() }) }, () => "fine")
    .post("/optional", { body: t.Optional(Order) }, ({ body }) => body?.name ?? "none")
    .post("/default", { body: t.Object({ n: t.Integer({ default: 1 }) }, { default: {} }) }, ({ body }) => body)
    .post("/text", { body: t.String({ minLength: 2 }) }, ({ body }) => body)
    .post("/free", async ({ json }) => await json());

  test("malformed JSON is told with the rest", async () => {
    const ask = await serve(app);
    const fault = { loc: ["body", 6], msg: "Unexpected end of JSON at line 1, column 7", type: "json_invalid" };
    expect(await jsonOf(ask("/orders", json('{"id":')))).toEqual([422, { detail: [fault] }]);
    expect(await jsonOf(ask("/both?n=x", json('{"id":')))).toEqual([
      422,
      { detail: [integer(["query", "n"], "x"), fault] },
    ]);
    expect(await jsonOf(ask("/free", json('{"id":')))).toEqual([422, { detail: [fault] }]);
  });

  test("one that isn't there is missing, unless it may be", async () => {
    const ask = await serve(app);
    expect(await jsonOf(ask("/orders", { method: "POST" }))).toEqual([422, { detail: [missing("body")] }]);
    expect(await jsonOf(ask("/both", { method: "POST" }))).toEqual([
      422,
      { detail: [missing("query", "n"), missing("body")] },
    ]);
    expect(await textOf(ask("/optional", { method: "POST" }))).toEqual([200, "none"]);
    expect(await textOf(ask("/optional", json(order)))).toEqual([200, "a"]);
    expect((await ask("/optional", json({}))).status).toBe(422);
    expect(await jsonOf(ask("/default", { method: "POST" }))).toEqual([200, { n: 1 }]);
    expect(await jsonOf(ask("/default", json({})))).toEqual([200, { n: 1 }]);
  });

  test.each([
    ["application/json", 200],
    ["application/json; charset=utf-8", 200],
    ["Application/JSON", 200],
    ["application/vnd.api+json", 200],
    ["text/plain", 415],
    ["application/octet-stream", 415],
    ["application/jsonl", 415],
  ])("as %s: %i", async (contentType, status) => {
    const ask = await serve(app);
    expect((await ask("/orders", json(order, "POST", contentType))).status).toBe(status);
  });

  test("a 415 says what is wanted", async () => {
    const ask = await serve(app);
    expect(await jsonOf(ask("/orders", json("a", "POST", "text/csv")))).toEqual([
      415,
      { detail: "This needs JSON or a form, not text/csv" },
    ]);
  });

  test("text where the schema wants a string", async () => {
    const ask = await serve(app);
    expect(await textOf(ask("/text", json("12", "POST", "text/plain")))).toEqual([200, "12"]);
    expect(await textOf(ask("/text", json('"12"')))).toEqual([200, "12"]);
    expect((await ask("/text", json("1", "POST", "text/plain"))).status).toBe(422);
    expect((await ask("/text", json("12", "POST", "application/xml"))).status).toBe(415);
  });

  test("JSON is not coerced", async () => {
    const ask = await serve(app);
    expect(await jsonOf(ask("/default", json({ n: "1" })))).toEqual([422, { detail: [integer(["body", "n"], "1")] }]);
  });
});

contract("forms", (serve) => {
  const Upload = t.Object({
    title: t.String(),
    count: t.Integer({ default: 3 }),
    photo: t.Unsafe<File>(t.String({ format: "binary" })),
    more: t.Optional(t.Array(t.Unsafe<File>(t.String({ format: "binary" })))),
  });
  const app = new App()
    .post("/upload", { body: Upload }, async ({ body: { title, count, photo, more } }) => {
      return { title, count, name: photo.name, text: await photo.text(), more: more?.map(({ size }) => size) ?? null };
    })
    .post("/login", { body: t.Object({ name: t.String(), stay: t.Boolean({ default: false }) }) }, ({ body }) => body);

  const multipart = (fields: Record<string, string | File | File[]>): RequestInit => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of Array.isArray(value) ? value : [value]) form.append(name, one as string);
    }
    return { method: "POST", body: form };
  };
  const file = new File(["12345"], "five.txt");

  test("urlencoded ones are coerced and filled in", async () => {
    const ask = await serve(app);
    const send = (text: string) => ask("/login", json(text, "POST", "application/x-www-form-urlencoded"));
    expect(await jsonOf(send("name=a&stay=1"))).toEqual([200, { name: "a", stay: true }]);
    expect(await jsonOf(send("name=7"))).toEqual([200, { name: "7", stay: false }]);
    expect(await jsonOf(send("stay=perhaps"))).toEqual([
      422,
      { detail: [missing("body", "name"), wrong(["body", "stay"], "boolean_type", "Must be a boolean", "perhaps")] },
    ]);
  });

  test("multipart ones have their files", async () => {
    const ask = await serve(app);
    const said = { title: "a", count: 3, name: "five.txt", text: "12345", more: null };
    expect(await jsonOf(ask("/upload", multipart({ title: "a", photo: file })))).toEqual([200, said]);
    expect(await jsonOf(ask("/upload", multipart({ title: "a", count: "5", photo: file, more: file })))).toEqual([
      200,
      { ...said, count: 5, more: [5] },
    ]);
    expect(await jsonOf(ask("/upload", multipart({ title: "a", photo: file, more: [file, file] })))).toEqual([
      200,
      { ...said, more: [5, 5] },
    ]);
    expect(await jsonOf(ask("/upload", multipart({ title: file, count: file })))).toEqual([
      422,
      {
        detail: [
          wrong(["body", "title"], "string_type", "Must be a string", "file of 5 bytes"),
          integer(["body", "count"], "file of 5 bytes"),
          missing("body", "photo"),
        ],
      },
    ]);
    // Text is no file, and neither is a string of JSON.
    const noFile: [number, unknown] = [
      422,
      { detail: [wrong(["body", "photo"], "string_format", "Must be a file", "text")] },
    ];
    expect(await jsonOf(ask("/upload", multipart({ title: "a", photo: "text" })))).toEqual(noFile);
    expect(await jsonOf(ask("/upload", json({ title: "a", photo: "text" })))).toEqual(noFile);
  });

  test("a malformed one is a 400, as without a schema", async () => {
    const ask = await serve(app);
    expect((await ask("/upload", json("x", "POST", "multipart/form-data"))).status).toBe(400);
  });
});

contract("middleware and errors", (serve) => {
  test("middleware runs before, and meets the failure as an error of next()", async () => {
    const seen: unknown[] = [];
    const app = new App()
      .use(async ({ query, body, status }, next) => {
        seen.push([query, body]);
        try {
          return await next();
        } catch (error) {
          seen.push([(error as Error).name, status(), error instanceof HttpError]);
          throw error;
        }
      })
      .derive(({ query }) => ({ raw: query["n"] }))
      .post("/", { query: t.Object({ n: t.Integer() }), body: Order }, ({ query, state }) => [query.n, state.raw]);
    const ask = await serve(app);
    seen.length = 0;
    expect(await jsonOf(ask("/?n=1", json(order)))).toEqual([200, [1, "1"]]);
    expect(await jsonOf(ask("/?n=x", json(order)))).toEqual([422, { detail: [integer(["query", "n"], "x")] }]);
    expect(seen).toEqual([
      [{ n: "1" }, order],
      [{ n: "x" }, order],
      ["ValidationError", 422, true],
    ]);
  });

  test("who does not call next() is not held up by it", async () => {
    const app = new App()
      .use((_, next) => (Math.random() < 2 ? "first" : next()))
      .get("/", { query: t.Object({ n: t.Integer() }) }, () => "second");
    expect(await textOf((await serve(app))("/"))).toEqual([200, "first"]);
  });

  test("a middleware may answer a failure; members then hold what they hold without a schema", async () => {
    const app = new App()
      .use(({ query, headers }, next) => {
        try {
          return next();
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error;
          return [error.failures.length, query["n"], "x-a" in headers];
        }
      })
      .get("/", { headers: t.Object({ "x-a": t.String() }), query: t.Object({ n: t.Integer() }) }, () => "fine");
    expect(await jsonOf((await serve(app))("/?n=x", { headers: { "x-a": "1" } }))).toEqual([200, [1, "x", false]]);
  });

  test("onError has the last word: a format of one's own in one place", async () => {
    const app = new App()
      .onError((error, { set, status }) => {
        if (!(error instanceof ValidationError)) return undefined;
        set("x-status", status());
        status(400);
        return { errors: Object.fromEntries(error.failures.map(({ loc, msg }) => [loc.join("."), msg])) };
      })
      .get("/", { query: t.Object({ n: t.Integer() }) }, () => "fine")
      .get("/gone", () => {
        throw new HttpError(410);
      });
    const ask = await serve(app);
    const answer = await ask("/");
    expect([answer.status, answer.headers.get("x-status"), await answer.json()]).toEqual([
      400,
      "422",
      { errors: { "query.n": "Field required" } },
    ]);
    expect((await ask("/gone")).status).toBe(410);
  });

  test("a ValidationError may be thrown by a handler", async () => {
    const app = new App().get("/", () => {
      throw new ValidationError([{ loc: ["body", "name"], msg: "Taken", type: "taken" }]);
    });
    expect(await jsonOf((await serve(app))("/"))).toEqual([
      422,
      { detail: [{ loc: ["body", "name"], msg: "Taken", type: "taken" }] },
    ]);
  });
});

describe("what can't be a schema", () => {
  test.each<[options: unknown, message: string]>([
    [{ query: "q" }, 'The query of POST / is a schema, not "q"'],
    [{ body: "streams" }, 'The body of POST / is "stream" or a schema, not "streams"'],
    [{ params: [t.String()] }, "The params of POST / is a schema, not an array"],
    [{ response: { 200: 1 } }, "The response 200 of POST / is a schema, not number"],
  ])("%j is refused where it is written", (options, message) => {
    expect(() => new App().post("/", options as object, () => 1)).toThrow(new TypeError(message));
  });

  test.each<[options: object, message: string]>([
    [{ query: { type: "text" } }, 'its query: There is no type "text"'],
    [{ body: { properties: { a: { pattern: "(" } } } }, 'its body: "(" is no regular expression'],
    [{ headers: { $ref: "#/x" } }, 'its headers: $ref "#/x" leads nowhere'],
    [{ params: t.Object({ id: t.Integer() }) }, 'its params: the path has no "id"'],
    [{ response: { 201: { type: "text" } } }, 'its response: There is no type "text"'],
  ])("%j is refused by listen, with the line where it was written", async (options, message) => {
    const error = await failureOf(new App().post("/", options, () => 1).listen({ port: 0 }));
    expect([error.name, error.message]).toEqual([
      "RouteError",
      expect.stringMatching(/^POST \/ \(written at tests\/app\/schemas\.test\.ts:\d+\): /),
    ]);
    expect(error.message).toEndWith(message);
  });
});
