// Answers held against their schemas: an error in development, and no concern of production.
import { expect, spyOn, test } from "bun:test";
import { App, t } from "@fasterapi/bun";
import { z } from "zod";
import { contract, failureOf, jsonOf, saidTo } from "../contract/support.ts";

contract("responses", (serve) => {
  const User = t.Object({ id: t.Integer(), at: t.Optional(t.String({ format: "date-time" })) });
  const wrongUser = { id: "7" } as unknown as { id: number };
  const build = (development: boolean) =>
    new App({ development })
      .get("/users/:id", { response: User }, ({ params }) => (params.id === "7" ? wrongUser : { id: 1 }))
      .get("/later", { response: User }, async () => await Promise.resolve(wrongUser))
      .get("/date", { response: User }, () => ({ id: 1, at: new Date(0) }) as unknown as { id: number })
      .get(
        "/status/:code",
        { response: { 200: User, 404: t.Object({ detail: t.String() }) } },
        ({ params, status }) => {
          status(Number(params.code));
          return { detail: "none" };
        },
      )
      .get("/response", { response: User }, () => Response.json(wrongUser))
      .get("/zod", { response: z.object({ n: z.string().transform(Number) }) }, () => ({ n: "1" }))
      .get("/async", { response: z.object({ n: z.number().refine(async (n) => n > 1) }) }, () => ({ n: 1 }));

  test("in development a mismatch is a 500, and the console says where", async () => {
    const ask = await serve(build(true));
    const said = await saidTo("error", async () => {
      for (const path of ["/users/7", "/later", "/status/200", "/async"]) {
        expect([path, await jsonOf(ask(path))]).toEqual([path, [500, { detail: "Internal Server Error" }]]);
      }
    });
    expect(said.map((text) => text.replace(/\([0-9a-f]{8}\)/, "(id)").split("\n")[0])).toEqual([
      "GET /users/:id (id): Error: What it returned with status 200 is not what its response schema says: response.id: Must be an integer",
      "GET /later (id): Error: What it returned with status 200 is not what its response schema says: response.id: Must be an integer",
      "GET /status/:code (id): Error: What it returned with status 200 is not what its response schema says: response.id: Field required",
      "GET /async (id): Error: What it returned with status 200 is not what its response schema says: response.n: Invalid input",
    ]);
    expect(await jsonOf(ask("/users/1"))).toEqual([200, { id: 1 }]);
    expect(await jsonOf(ask("/date"))).toEqual([200, { id: 1, at: "1970-01-01T00:00:00.000Z" }]);
    expect(await jsonOf(ask("/status/404"))).toEqual([404, { detail: "none" }]);
    expect(await jsonOf(ask("/status/410"))).toEqual([410, { detail: "none" }]);
    expect(await jsonOf(ask("/response"))).toEqual([200, { id: "7" }]);
    expect(await jsonOf(ask("/zod"))).toEqual([200, { n: "1" }]);
  });

  test("in production nothing is checked", async () => {
    const ask = await serve(build(false));
    expect(await jsonOf(ask("/users/7"))).toEqual([200, { id: "7" }]);
    expect(await jsonOf(ask("/status/200"))).toEqual([200, { detail: "none" }]);
  });

  test("a constant is checked when it is served", async () => {
    const app = (value: object) => new App({ development: true }).get("/", { response: User }, { ...value });
    expect(await jsonOf((await serve(app({ id: 1 })))("/"))).toEqual([200, { id: 1 }]);
    expect((await failureOf(serve(app({ id: "1" })))).message).toContain("response.id: Must be an integer");
  });
});

test("keywords that look misspelt are warned of once, in development", async () => {
  const warn = spyOn(console, "warn").mockImplementation(() => undefined);
  try {
    const body = { type: "object", properties: { age: { type: "integer", minimun: 18 } } };
    for (const development of [false, true, true]) {
      const app = new App({ development }).post(
        "/a",
        { body, response: { 200: { require: ["a"] } } },
        ({ body }) => body,
      );
      await app.request("/a");
    }
    expect(warn.mock.calls).toEqual([
      ["POST /a: in the schema of its body, minimun at /properties/age: did you mean minimum?"],
      ["POST /a: in the schema of its response, require: did you mean required?"],
      ["POST /a: in the schema of its response, require: did you mean required?"],
    ]);
  } finally {
    warn.mockRestore();
  }
});
