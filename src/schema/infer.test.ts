// What schemas make of a route's types. The compiler is the test; running it shows only that nothing throws.
import { expect, test } from "bun:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { App, type Context, type StandardSchema, t } from "../index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Doesn't compile unless `T` is `true`. */
function is<T extends true>(..._: T[]): void {
  // Nothing to run.
}

const User = t.Object({ id: t.Integer(), name: t.Optional(t.String()) });
interface UserValue {
  id: number;
  name?: string;
}

const app = new App()
  .get("/plain/:id", ({ params, query, cookies, body, headers }) => {
    is<Same<typeof params, { id: string }>>();
    is<Same<typeof query, Record<string, string | string[] | undefined>>>();
    is<Same<typeof cookies, Record<string, string | undefined>>>();
    is<Same<typeof body, unknown>>();
    return headers.get("a");
  })
  .get("/only/:id", { query: User }, ({ params, query, body }) => {
    is<Same<typeof params, { id: string }>>();
    is<Same<typeof query, UserValue>>();
    is<Same<typeof body, unknown>>();
    return query;
  })
  .get("/params/:id", { params: t.Object({ id: t.Integer() }) }, ({ params }) => {
    is<Same<typeof params, { id: number }>>();
    return params.id;
  })
  .get("/headers", { headers: t.Object({ "X-Key": t.Integer(), y: t.Optional(t.String()) }) }, ({ headers }) => {
    is<Same<(typeof headers)["x-key"], number>>();
    is<Same<typeof headers.y, string | undefined>>();
    return [...headers.keys(), headers.get("x-key")];
  })
  .post("/default", { body: t.Object({ page: t.Integer({ default: 1 }) }) }, ({ body }) => {
    is<Same<typeof body, { page: number }>>();
    return body.page;
  })
  .post("/optional", { body: t.Optional(User) }, ({ body }) => {
    is<Same<typeof body, UserValue | undefined>>();
    return body;
  })
  .post("/stream", { body: "stream", query: User }, ({ body, query }) => {
    is<Same<typeof body, ReadableStream<Uint8Array>>>();
    return query.id;
  })
  .post("/json", { body: { type: "object", required: ["a"], properties: { a: { type: "string" } } } }, ({ body }) => {
    is<Same<typeof body.a, string>>();
    return body.a;
  })
  .post("/file", { body: t.Object({ file: t.Unsafe<File>(t.String({ format: "binary" })) }) }, ({ body }) => {
    is<Same<typeof body.file, File>>();
    return body.file;
  })
  .post("/zod", { body: z.object({ a: z.string().transform(Number), b: z.string().default("x") }) }, ({ body }) => {
    is<Same<typeof body, { a: number; b: string }>>();
    return body;
  })
  .post("/valibot", { query: v.object({ a: v.pipe(v.string(), v.transform(Number)) }) }, ({ query }) => {
    is<Same<typeof query, { a: number }>>();
    return query.a;
  })
  .post("/arktype", { cookies: type({ a: "string.numeric.parse" }) }, ({ cookies }) => {
    is<Same<typeof cookies, { a: number }>>();
    return cookies.a;
  })
  .get("/response", { response: User }, () => ({ id: 1 }))
  .get(
    "/statuses",
    { response: { 200: User, 404: z.object({ no: z.string() }), 204: t.Void() } },
    async ({ status }) => {
      if (status() === 204) return undefined;
      return status() === 404 ? { no: "user" } : { id: 1, name: "a" };
    },
  )
  .get("/other", { response: User }, () => new Response())
  .get("/lines", { response: User }, async function* () {
    yield "line";
  })
  .group("/group/:group", (group) =>
    group.get("/:id", { query: User }, ({ params, query }) => {
      is<Same<typeof params, { group: string; id: string }>>();
      return query.id;
    }),
  )
  .group("/tagged/:group", { tags: ["a"] }, (group) =>
    group.get("/:id", ({ params }) => `${params.group}${params.id}`),
  );

type Result<Path> = Extract<(typeof app)["~routes"], { path: Path }>["result"];
is<Same<Result<"/only/:id">, UserValue>>();
is<Same<Result<"/optional">, UserValue | undefined>>();
is<Same<Result<"/zod">, { a: number; b: string }>>();
is<Same<Result<"/group/:group/:id">, number>>();
is<Same<Result<"/tagged/:group/:id">, string>>();

/** Any context is one without type arguments. */
export const tagOf = ({ query }: Context) => query["tag"];
const own: StandardSchema<string, number> = {
  "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: Number(value) }) },
};

/** What is refused; the compiler alone sees it. */
export const refused = () =>
  new App()
    // @ts-expect-error: there is no such member
    .get("/1", { query: User }, ({ query }) => query.nme)
    // @ts-expect-error: a number is no string
    .get("/2", { query: User }, ({ query }) => query.id.length)
    // @ts-expect-error: nor is this what the response says
    .get("/3", { response: User }, () => ({ id: "1" }))
    // @ts-expect-error
    .get("/4", { response: User }, async () => ({ id: "1" }))
    // @ts-expect-error
    .get("/5", { response: { 200: User } }, () => undefined)
    // @ts-expect-error: a misspelt option has no schema
    .get("/6", { qurey: User }, ({ query }) => query.id.length)
    .post("/7", { body: own }, ({ body }) => body.toFixed());

test("they compile", () => {
  expect(app).toBeInstanceOf(App);
});
