// Documents of whole applications, held against the schema of OpenAPI 3.1, and as they are served.
import { describe, expect, test } from "bun:test";
import { App, type OpenApiDocument, t } from "@fasterapi/bun";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { contract, failureOf, jsonOf, listen, textOf } from "../contract/support.ts";
import { faultsOf } from "../support/openapi.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: object) => ({ "application/json": { schema: schema as Node } });
type Node = { readonly [keyword: string]: unknown };
const ok = (schema: object) => ({ description: "OK", content: json(schema) });
const refused = (description: string) => ({ description, content: json(ref("HttpError")) });
const invalid = { description: "Unprocessable Content", content: json(ref("ValidationError")) };

/** That it is a valid one, too. */
async function documentOf(app: App, info?: Parameters<App["openapi"]>[0]): Promise<OpenApiDocument> {
  const document = app.openapi(info);
  expect(await faultsOf(document)).toEqual([]);
  return document;
}

/** `get /a`, `post /a`. */
function operationsOf({ paths }: OpenApiDocument): string[] {
  return Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`));
}

describe("routes", () => {
  test("of groups and mounted applications, with their prefixes; a prefix has one path", async () => {
    const inner = new App().get("/", "in").get("/users/:id", "user");
    const app = new App()
      .get("/", "out")
      .group("/shop/:shop", (shop) => shop.get("/", 1).group("/deep", (deep) => deep.post("/x", 2)))
      .group("/both", (both) => both.get("/", 1).get("", 2))
      .mount("/mounted", inner)
      .mount("/again", inner);
    expect(operationsOf(await documentOf(app))).toEqual([
      "get /",
      "get /shop/{shop}",
      "post /shop/{shop}/deep/x",
      "get /both/",
      "get /both",
      "get /mounted",
      "get /mounted/users/{id}",
      "get /again",
      "get /again/users/{id}",
    ]);
  });

  test("`all` is five methods, but for those that have routes of their own", async () => {
    const app = new App().all("/a", { operationId: "any" }, 1).get("/a", 2).head("/b", "b").options("/b", "b");
    const { paths } = await documentOf(app);
    const ids = Object.entries(paths["/a"]!).map(([method, { operationId }]) => [method, operationId]);
    expect(Object.fromEntries(ids)).toEqual({
      get: "getA",
      post: "any_post",
      put: "any_put",
      patch: "any_patch",
      delete: "any_delete",
    });
    expect(paths["/b"]!.head).toEqual({ operationId: "headB", responses: { 200: { description: "OK" } } });
  });

  test("params that are called differently at one place are called as the first", async () => {
    const id = { params: t.Object({ key: t.Integer() }) };
    const app = new App()
      .get("/users/:id", "x")
      .put("/users/:key", id, "x")
      .delete("/users/*rest", "x")
      .get("/users/*rest", "x");
    const { paths } = await documentOf(app);
    expect(Object.keys(paths)).toEqual(["/users/{id}"]);
    expect(paths["/users/{id}"]).toEqual({
      get: expect.objectContaining({ operationId: "getUsersById" }),
      put: expect.objectContaining({
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
      }),
      delete: expect.objectContaining({
        parameters: [
          {
            name: "id",
            in: "path",
            description: "The rest of the path, with its slashes; may be empty.",
            required: true,
            schema: { type: "string" },
          },
        ],
      }),
    });
  });

  test("what is said of them; hidden ones are not said", async () => {
    const said = { summary: "S", description: "D", tags: ["a"], operationId: "one", deprecated: true };
    const app = new App().get("/a", said, "a").get("/b", { hidden: true }, "b").get("/c", { operationId: "one" }, "c");
    const { paths } = await documentOf(app);
    expect(paths["/a"]!.get).toEqual({
      ...said,
      responses: { 200: { description: "OK", content: { "text/plain": { schema: { type: "string" } } } } },
    });
    expect([Object.keys(paths), paths["/c"]!.get!.operationId]).toEqual([["/a", "/c"], "one2"]);
  });

  test("a name that is written comes before one that is made, wherever it stands", async () => {
    const app = new App().get("/a", "a").post("/b", { operationId: "getA" }, "b");
    const { paths } = await documentOf(app);
    expect([paths["/a"]!.get!.operationId, paths["/b"]!.post!.operationId]).toEqual(["getA2", "getA"]);
  });
});

describe("parameters", () => {
  test("of every part, with what their schemas say", async () => {
    const app = new App().get(
      "/:id/*rest",
      {
        params: t.Object({ id: t.Integer({ minimum: 1, description: "Which" }) }),
        query: t.Object({
          q: t.String({ examples: ["tea"] }),
          page: t.Integer({ default: 1 }),
          tags: t.Optional(t.Array(t.String(), { deprecated: true })),
        }),
        headers: t.Object({
          "X-Key": t.String(),
          "x-list": t.Optional(t.Array(t.Integer())),
          Authorization: t.String(),
        }),
        cookies: t.Object({ session: t.Optional(t.String()) }),
      },
      () => null,
    );
    const { paths } = await documentOf(app);
    expect(paths["/{id}/{rest}"]!.get!.parameters).toEqual([
      {
        name: "id",
        in: "path",
        description: "Which",
        required: true,
        schema: { type: "integer", minimum: 1, description: "Which" },
      },
      expect.objectContaining({ name: "rest", in: "path", required: true, schema: { type: "string" } }),
      { name: "q", in: "query", required: true, example: "tea", schema: { type: "string", examples: ["tea"] } },
      { name: "page", in: "query", schema: { type: "integer", default: 1 } },
      {
        name: "tags",
        in: "query",
        deprecated: true,
        style: "form",
        explode: true,
        schema: { type: "array", deprecated: true, items: { type: "string" } },
      },
      { name: "X-Key", in: "header", required: true, schema: { type: "string" } },
      {
        name: "x-list",
        in: "header",
        style: "simple",
        explode: false,
        schema: { type: "array", items: { type: "integer" } },
      },
      { name: "session", in: "cookie", schema: { type: "string" } },
    ]);
    expect(paths["/{id}/{rest}"]!.get!.responses["422"]).toEqual(invalid);
  });

  test("of schemas that are made of others", async () => {
    const Paging = t.Object({ page: t.Integer() });
    const either = t.Union([t.Object({ a: t.String(), c: t.String() }), t.Object({ b: t.String(), c: t.String() })]);
    const app = new App()
      .get("/all", { query: t.Intersect([Paging, t.Object({ q: t.Optional(t.String()) })]) }, () => 1)
      .get("/any", { query: either }, () => 1)
      .get("/ref", { query: { $defs: { P: Paging }, $ref: "#/$defs/P" } }, () => 1);
    const { paths } = await documentOf(app);
    const said = (path: string) => paths[path]!.get!.parameters!.map(({ name, required = false }) => [name, required]);
    expect(said("/all")).toEqual([
      ["page", true],
      ["q", false],
    ]);
    expect(said("/any")).toEqual([
      ["a", false],
      ["c", true],
      ["b", false],
    ]);
    expect(said("/ref")).toEqual([["page", true]]);
  });
});

describe("bodies and answers", () => {
  const post = async (options: object) => {
    const app = new App().post("/", options, () => new Response());
    return (await documentOf(app)).paths["/"]!.post!;
  };
  const types = async (body: object) => Object.keys((await post({ body })).requestBody!.content);
  const form = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
  const File = t.Unsafe<File>(t.String({ format: "binary" }));

  test("media types are those that the schema can come by", async () => {
    expect(await types(t.Object({ a: t.String(), n: t.Array(t.Integer()) }))).toEqual(form);
    expect(await types(t.Object({ a: t.Union([t.Literal("x"), t.Null()]) }))).toEqual(form);
    expect(await types(t.Object({ a: t.Object({ b: t.String() }) }))).toEqual(["application/json"]);
    expect(await types(t.Array(t.String()))).toEqual(["application/json"]);
    expect(await types(t.String())).toEqual(["application/json", "text/plain"]);
    expect(await types(t.Object({ a: t.String(), file: File }))).toEqual(["multipart/form-data"]);
    expect(await types(t.Object({ files: t.Array(File) }))).toEqual(["multipart/form-data"]);
    expect((await post({ body: "stream" })).requestBody!.content).toEqual({ "application/octet-stream": {} });
    expect((await post({ body: "stream" })).responses["422"]).toBeUndefined();
  });

  test("a schema may contain itself anywhere", async () => {
    const Json = t.Cyclic(
      { Json: t.Union([t.Null(), t.String(), t.Array(t.Ref("Json")), t.Record(t.String(), t.Ref("Json"))]) },
      "Json",
    );
    const Odd = { $id: "Odd", properties: { a: { type: "string" } }, anyOf: [{ $ref: "Odd" }, { required: ["a"] }] };
    const app = new App()
      .post("/", { body: t.Object({ any: Json }), query: Odd, response: Json }, () => null)
      .post("/itself", { body: Json }, () => null)
      .post(
        "/array",
        { body: { $defs: { A: { type: "array", items: { $ref: "#/$defs/A" } } }, $ref: "#/$defs/A" } },
        () => 1,
      );
    const { paths } = await documentOf(app);
    expect(Object.keys(paths["/"]!.post!.requestBody!.content)).toEqual(["application/json"]);
    expect(paths["/"]!.post!.parameters!.map(({ name }) => name)).toEqual(["a"]);
    expect(paths["/"]!.post!.responses["200"]!.content!["text/plain"]).toEqual({ schema: ref("Json") });
  });

  test("a body may be optional, and have a description", async () => {
    const body = t.Optional(t.Object({ a: t.Object({}) }, { description: "All of it" }));
    expect((await post({ body })).requestBody).toEqual({
      description: "All of it",
      required: false,
      content: json({
        type: "object",
        description: "All of it",
        required: ["a"],
        properties: { a: expect.anything() },
      }),
    });
  });

  test("answers by status; a string is text; what has no body has none", async () => {
    const response = {
      200: t.String({ description: "Words" }),
      201: t.Union([t.String(), t.Integer()]),
      202: t.Undefined(),
      204: t.Null(),
      404: t.Object({ detail: t.String() }),
      422: t.Object({ own: t.String() }),
    };
    const { responses } = await post({ body: t.Null(), response });
    const union = { anyOf: [{ type: "string" }, { type: "integer" }] };
    expect(responses).toEqual({
      200: { description: "Words", content: { "text/plain": { schema: { type: "string", description: "Words" } } } },
      201: { description: "Created", content: { ...json(union), "text/plain": { schema: union } } },
      202: { description: "Accepted" },
      204: { description: "No Content" },
      404: { description: "Not Found", content: json(expect.objectContaining({ required: ["detail"] })) },
      413: refused("Content Too Large"),
      415: refused("Unsupported Media Type"),
      422: { description: "Unprocessable Content", content: json(expect.objectContaining({ required: ["own"] })) },
    });
  });

  test("where a body is read there are answers to those that can't be, unless the route says its own", async () => {
    const own = t.Object({ code: t.Integer() });
    const all = { 200: own, 413: own, 415: own, 422: own };
    const app = new App()
      .post("/a", { body: t.Null() }, () => null)
      .post("/c", { body: "stream", query: t.Object({}) }, () => null);
    const { paths, components } = await documentOf(app);
    expect(paths["/a"]!.post!.responses).toEqual({
      200: ok({}),
      413: refused("Content Too Large"),
      415: refused("Unsupported Media Type"),
      422: invalid,
    });
    expect(components!.schemas!["HttpError"]).toEqual({
      type: "object",
      required: ["detail"],
      properties: { detail: { type: "string", description: "For people." } },
    });
    expect(Object.keys(paths["/c"]!.post!.responses)).toEqual(["200", "422"]);
    const alone = new App().post("/b", { body: t.Null(), response: all }, () => ({ code: 1 }));
    expect((await documentOf(alone)).components).toBeUndefined();
  });

  test("a constant says what it is", async () => {
    const app = new App()
      .get("/text", "x")
      .get("/object", { a: 1 })
      .get("/list", [1])
      .get("/null", null)
      .get("/bytes", new Uint8Array(1))
      .get("/blob", new Blob(["<p>"], { type: "text/html; charset=utf-8" }))
      .get("/response", new Response("x", { status: 203, headers: { "content-type": "text/css" } }))
      .get("/handler", () => "x");
    const { paths } = await documentOf(app);
    const said = Object.values(paths).map((item) => item.get!.responses);
    expect(said).toEqual([
      { 200: { description: "OK", content: { "text/plain": { schema: { type: "string" } } } } },
      { 200: ok({ type: "object" }) },
      { 200: ok({ type: "array" }) },
      { 200: ok({ type: "null" }) },
      { 200: { description: "OK", content: { "application/octet-stream": {} } } },
      { 200: { description: "OK", content: { "text/html": {} } } },
      { 203: { description: "Non-Authoritative Information", content: { "text/css": {} } } },
      { 200: ok({}) },
    ]);
  });
});

describe("schemas of other libraries", () => {
  test("Zod, Valibot and ArkType are documented as what they take", async () => {
    const User = z.object({ name: z.string(), age: z.coerce.number().default(3) }).meta({ id: "User" });
    const app = new App()
      .post("/zod", { body: User, query: z.object({ tags: z.array(z.string()) }), response: User }, ({ body }) => body)
      .post("/valibot", { body: v.object({ n: v.optional(v.number(), 4) }) }, () => 1)
      .post("/ark", { body: type({ name: "string", "age?": "number" }) }, () => 1)
      .post("/odd", { body: z.string().transform(Number).pipe(z.number()), query: z.date() }, () => 1)
      .post("/custom", { body: z.custom<Date>() }, () => 1);
    const { paths, components } = await documentOf(app);
    const bodyOf = (path: string) => paths[path]!.post!.requestBody!.content["application/json"]!.schema;
    expect(bodyOf("/zod")).toEqual(ref("User"));
    expect(components!.schemas!["User"]).toEqual({
      type: "object",
      properties: { name: { type: "string" }, age: { type: "number", default: 3 } },
      required: ["name"],
    });
    expect(paths["/zod"]!.post!.parameters!.map(({ name }) => name)).toEqual(["tags"]);
    expect(bodyOf("/valibot")).toEqual({ type: "object", properties: { n: { type: "number", default: 4 } } });
    expect(bodyOf("/ark")).toEqual(expect.objectContaining({ required: ["name"] }));
    expect(paths["/odd"]!.post!.parameters).toBeUndefined();
  });

  test("one that contains itself", async () => {
    const Tree = z.object({
      name: z.string(),
      get kids() {
        return z.array(Tree);
      },
    });
    const { components } = await documentOf(new App().post("/", { body: Tree }, () => 1));
    const [name] = Object.keys(components!.schemas!).filter((known) => known !== "ValidationError");
    expect(components!.schemas![name!]).toEqual(
      expect.objectContaining({
        properties: { name: { type: "string" }, kids: { type: "array", items: ref(name!) } },
      }),
    );
  });
});

describe("the head of a document", () => {
  const bearer = { type: "http", scheme: "bearer" } as const;
  const info = { title: "Orders", version: "1.2.0", securitySchemes: { bearer }, security: [{ bearer: [] }] };

  test("has defaults; what the option says is kept unless the call says other", async () => {
    expect((await documentOf(new App())).info).toEqual({ title: "API", version: "0.0.0" });
    const app = new App({
      openapi: { info: { ...info, servers: [{ url: "https://example.org" }], tags: [{ name: "a" }] } },
    });
    const said = {
      openapi: "3.1.1",
      info: { title: "Orders", version: "2" },
      servers: [{ url: "https://example.org" }],
      tags: [{ name: "a" }],
      security: [{ bearer: [] }],
      paths: {},
      components: { securitySchemes: { bearer } },
    };
    expect(await documentOf(app, { version: "2" })).toEqual(said as unknown as OpenApiDocument);
  });

  test("security is the document's, or the route's own; a scheme that nobody describes is an error", async () => {
    const app = new App()
      .get("/a", "a")
      .get("/b", { security: [] }, "b")
      .get("/c", { security: [{ bearer: ["x"] }] }, "c");
    const { paths } = await documentOf(app, info);
    expect(["/a", "/b", "/c"].map((path) => paths[path]!.get!.security)).toEqual([undefined, [], [{ bearer: ["x"] }]]);
    expect(() => app.openapi()).toThrow(
      /^GET \/c \(written at tests\/app\/openapi.test.ts:\d+\) asks for the security scheme "bearer"; of securitySchemes there are none$/,
    );
    expect(() => app.openapi({ security: [{ key: [] }], securitySchemes: { bearer } })).toThrow(
      'The document asks for the security scheme "key"; of securitySchemes there are bearer',
    );
  });

  test("a group says tags and security of all that is in it", async () => {
    const inner = new App().get("/x", { tags: ["x", "shop"] }, "x");
    const app = new App()
      .group("/shop", { tags: ["shop"], security: [{ bearer: [] }] }, (shop) =>
        shop
          .get("/", "all")
          .get("/open", { security: [] }, "open")
          .group("/admin", { tags: ["admin"], security: [{ bearer: ["admin"] }] }, (admin) => admin.delete("/:id", "x"))
          .mount("/inner", inner),
      )
      .get("/out", "out");
    const { paths } = await documentOf(app, { securitySchemes: { bearer } });
    const said = Object.values(paths).flatMap((item) => Object.values(item));
    expect(said.map(({ operationId, tags, security }) => [operationId, tags, security])).toEqual([
      ["getShop", ["shop"], [{ bearer: [] }]],
      ["getShopOpen", ["shop"], []],
      ["deleteShopAdminById", ["shop", "admin"], [{ bearer: ["admin"] }]],
      ["getShopInnerX", ["shop", "x"], [{ bearer: [] }]],
      ["getOut", undefined, undefined],
    ]);
    expect(() => app.openapi()).toThrow(/^GET \/shop \(written .*\) asks for the security scheme "bearer"/);
  });

  test("what can't be is refused where it is said", () => {
    const wrong: [() => unknown, string][] = [
      [() => new App({ openapi: "yes" as never }), "openapi is true, false or an object, not string"],
      [
        () => new App({ openapi: { url: "/x" } as never }),
        'There is no option of openapi "url"; there are path, docs, info',
      ],
      [() => new App({ openapi: { path: "/:x" } }), 'openapi.path is a path without params like "/docs", not "/:x"'],
      [() => new App({ openapi: { docs: "docs" } }), "openapi.docs is a path"],
      [() => new App({ openapi: { path: "/docs" } }), "openapi.path and openapi.docs can't both be /docs"],
      [() => new App({ openapi: { info: { titel: "x" } as never } }), 'There is no option of openapi.info "titel"'],
      [() => new App().openapi({ title: 5 as never }), "title of openapi(info) is a string, not number"],
      [() => new App().openapi({ servers: ["x"] as never }), "servers of openapi(info) has objects with a url"],
      [() => new App().openapi({ tags: {} as never }), "tags of openapi(info) is an array, not object"],
      [
        () => new App().openapi({ securitySchemes: { a: { type: "basic" } as never } }),
        'security scheme "a" is one of http',
      ],
      [() => new App().get("/", { hidden: 1 as never }, ""), "hidden of GET / is a boolean, not number"],
      [() => new App().get("/", { summary: 1 as never }, ""), "The summary of GET / is a string, not number"],
      [() => new App().get("/", { tags: "a" as never }, ""), "The tags of GET / are an array of strings, not string"],
      [() => new App().get("/", { security: ["a"] as never }, ""), "The security of GET / is an array like"],
      [() => new App().group("/", (group) => void group.openapi()), "A group has no document"],
      [
        () => new App().group("/a", { tag: [] } as never, () => 1),
        'There is no option of group("/a", …) "tag"; there are tags',
      ],
      [
        () => new App().group("/a", { tags: "a" as never }, () => 1),
        'The tags of group("/a", …) are an array of strings',
      ],
      [() => new App().group("/a", 1 as never, () => 1), 'The options of group("/a", …) are an object, not number'],
      [() => new App().group("/a", {}, {} as never), "takes a function that writes its routes, not object"],
      [
        () => new App().get("/", { query: { $ref: "#/$defs/No" } }, () => 1).openapi(),
        '$ref "#/$defs/No" leads nowhere',
      ],
    ];
    for (const [make, message] of wrong) expect(make).toThrow(message);
  });
});

contract("served", (serve) => {
  test("is nothing, unless it is asked for", async () => {
    const ask = await serve(new App().get("/", "x"));
    expect([(await ask("/openapi.json")).status, (await ask("/docs")).status]).toEqual([404, 404]);
  });

  test("the document is that of openapi(), without itself", async () => {
    const app = new App({ openapi: true }).get("/a", "a");
    const ask = await serve(app);
    const answer = await ask("/openapi.json");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await answer.json()).toEqual(app.openapi());
    expect(operationsOf(app.openapi())).toEqual(["get /a"]);
  });

  test("the page has what it needs beside it, for ever", async () => {
    const ask = await serve(new App({ openapi: { docs: "/a/docs", path: "/b.json", info: { title: "<b>" } } }));
    const answer = await ask("/a/docs");
    const text = await answer.text();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(answer.headers.get("content-security-policy")).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self';",
    );
    expect(text).toContain("<title>&lt;b&gt;</title>");
    expect(text).toContain('data-document="../b.json"');
    const assets = [...text.matchAll(/ (?:href|src)="\.\/(docs\/[^"]*)"/g)].map(([, name]) => name!);
    expect(assets).toHaveLength(3);
    for (const name of assets) {
      const asset = await ask(`/a/${name}`);
      const kind = name.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
      expect([asset.status, asset.headers.get("content-type")]).toEqual([200, kind]);
      expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect((await asset.bytes()).length).toBeGreaterThan(100);
    }
  });

  test("its policy names the servers of the document and nobody else", async () => {
    const servers = [{ url: "https://api.example.org/v1" }, { url: "/v2" }, { url: "https://x; script-src *" }];
    const flows = { clientCredentials: { tokenUrl: "https://login.example.org/token", scopes: {} } };
    const info = { servers, securitySchemes: { oauth: { type: "oauth2", flows } as const } };
    const ask = await serve(new App({ openapi: { info } }));
    const policy = (await ask("/docs")).headers.get("content-security-policy");
    expect(policy).toContain("connect-src 'self' https://api.example.org https://x https://login.example.org;");
    expect(policy).not.toContain("script-src *");
  });

  test("the page may be left out, or be the root, or a folder", async () => {
    const none = await serve(new App({ openapi: { docs: false, path: "/doc" } }));
    expect([(await none("/doc")).status, (await none("/docs")).status]).toEqual([200, 404]);
    for (const [docs, document] of [
      ["/", "openapi.json"],
      ["/docs/", "../openapi.json"],
    ] as const) {
      const ask = await serve(new App({ openapi: { docs } }));
      const [status, text] = await textOf(ask(docs));
      expect([status, text]).toEqual([200, expect.stringContaining(`data-document="${document}"`)]);
      const [, style] = /href="\.\/([^"]*)"/.exec(text)!;
      expect((await ask(docs + style)).status).toBe(200);
    }
  });

  test("middleware of the application covers them, that of groups does not", async () => {
    const app = new App({ openapi: true })
      .use(({ headers, status }, next) => {
        if (headers.has("x-key")) return next();
        status(401);
        return "who?";
      })
      .group("/in", (group) => group.use(() => "group").get("/x", "x"));
    const ask = await serve(app);
    const init = { headers: { "x-key": "1" } };
    expect([await textOf(ask("/docs")), await textOf(ask("/openapi.json"))]).toEqual([
      [401, "who?"],
      [401, "who?"],
    ]);
    expect([(await ask("/docs", init)).status, (await ask("/openapi.json", init)).status]).toEqual([200, 200]);
    expect((await jsonOf(ask("/openapi.json", init)))[1]).toEqual(app.openapi());
  });
});

test("a route at the same path is an error that says why", async () => {
  const error = await failureOf(listen(new App({ openapi: true }).get("/docs", "mine") as App));
  expect([error.name, error.message]).toEqual([
    "RouteError",
    expect.stringContaining("GET /docs (of the option openapi)"),
  ]);
});

test("a mounted application's own option counts for itself alone", async () => {
  const inner = new App({ openapi: true }).get("/a", "a");
  const outer = new App().mount("/inner", inner);
  expect((await outer.request("/inner/docs")).status).toBe(404);
  expect((await inner.request("/docs")).status).toBe(200);
});
