// Zod, Valibot, ArkType and anything else that keeps to the standard, in the place of `t`.
import { expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { contract, jsonOf, saidTo } from "../contract/support.ts";
import { json, wrong } from "../support/validation.ts";

contract("Standard Schemas", (serve) => {
  const secret = z.string().min(8).meta({ writeOnly: true });
  const app = new App()
    .post(
      "/zod/:id",
      {
        params: z.object({ id: z.coerce.number().int() }),
        body: z.object({ at: z.iso.date().transform((at) => at.length), n: z.number().default(2) }),
      },
      ({ params, body }) => [params.id, body],
    )
    .post("/secret", { body: z.object({ password: secret, name: z.string().min(2) }) }, () => "fine")
    .post("/strict", { body: z.strictObject({ a: z.array(z.object({ b: z.int().min(1) })) }) }, () => "fine")
    .get(
      "/valibot",
      {
        query: v.object({
          n: v.pipe(v.string(), v.transform(Number), v.integer()),
          s: v.optional(v.pipe(v.string(), v.minLength(2)), "ab"),
        }),
      },
      ({ query }) => query,
    )
    .post("/arktype", { body: type({ n: "number.integer > 0", s: "string > 1" }) }, ({ body }) => body)
    .get(
      "/strings",
      { query: z.looseObject({ n: z.string() }), headers: z.object({ "x-a": z.coerce.number() }) },
      ({ query, headers }) => [query, headers["x-a"], headers.get("x-a")],
    )
    .post(
      "/async",
      {
        query: z.object({ n: z.string().refine(async (n) => await Bun.sleep(1).then(() => n !== "no"), "Not no") }),
        body: z.object({ a: z.string().transform(async (a) => `${a}!`) }),
      },
      ({ query, body, params }) => [query.n, body.a, params],
    )
    .post(
      "/user",
      {
        body: z
          .object({ a: z.string(), b: z.string().optional() })
          .refine(({ a, b }) => a === b, { message: "Must be the same", path: ["b"] }),
      },
      () => "fine",
    );

  test("get the strings as they came, and their output is what the handler sees", async () => {
    const ask = await serve(app);
    expect(await jsonOf(ask("/zod/7", json({ at: "2026-01-02" })))).toEqual([200, [7, { at: 10, n: 2 }]]);
    expect(await jsonOf(ask("/valibot?n=3"))).toEqual([200, { n: 3, s: "ab" }]);
    expect(await jsonOf(ask("/arktype", json({ n: 1, s: "ab" })))).toEqual([200, { n: 1, s: "ab" }]);
    expect(await jsonOf(ask("/strings?n=1&more=2&more=3", { headers: { "x-a": "5" } }))).toEqual([
      200,
      [{ n: "1", more: ["2", "3"] }, 5, "5"],
    ]);
  });

  test("their issues say where and, as far as it is known, what", async () => {
    const ask = await serve(app);
    const told = async (path: string, init?: RequestInit) => {
      const [status, answer] = await jsonOf(ask(path, init));
      expect(status).toBe(422);
      return (answer as { detail: { loc: string[]; type: string; input?: unknown; msg: string }[] }).detail.map(
        ({ loc, type, ...rest }) => [loc.join("."), type, ...("input" in rest ? [rest.input] : [])],
      );
    };
    expect(await told("/zod/x", json({ at: 1 }))).toEqual([
      ["params.id", "number_type", "x"],
      ["body.at", "string_type", 1],
    ]);
    expect(await told("/strict", json({ a: [{ b: 0 }, {}, 1], c: 2 }))).toEqual([
      ["body.a.0.b", "greater_than_equal", 0],
      ["body.a.1.b", "missing"],
      ["body.a.2", "object_type", 1],
      ["body.c", "extra_forbidden", 2],
    ]);
    expect(await told("/valibot?s=a")).toEqual([
      ["query.n", "missing"],
      ["query.s", "string_too_short", "a"],
    ]);
    expect(await told("/arktype", json({ s: "a" }))).toEqual([
      ["body.n", "missing"],
      ["body.s", "string_too_short", "a"],
    ]);
    expect(await told("/arktype", { method: "POST" })).toEqual([["body", "missing"]]);
    expect(await told("/user", json({ a: "1" }))).toEqual([["body.b", "invalid"]]);
    expect(await told("/secret", json({ password: "123", name: "a" }))).toEqual([
      ["body.password", "string_too_short"],
      ["body.name", "string_too_short", "a"],
    ]);
  });

  test("may take their time", async () => {
    const ask = await serve(app);
    expect(await jsonOf(ask("/async?n=a", json({ a: "b" })))).toEqual([200, ["a", "b!", {}]]);
    expect(await jsonOf(ask("/async?n=no", json({ a: 1 })))).toEqual([
      422,
      {
        detail: [
          wrong(["query", "n"], "invalid", "Not no", "no"),
          wrong(["body", "a"], "string_type", "Invalid input: expected string, received number", 1),
        ],
      },
    ]);
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => jsonOf(ask(`/async?n=${i}`, json({ a: `${i}` })))),
    );
    expect(all).toEqual(all.map((_, i) => [200, [`${i}`, `${i}!`, {}]]));
  });

  test("one that throws is a 500, whatever the others are at", async () => {
    const standard = (validate: () => never | Promise<never>) => ({
      "~standard": { version: 1 as const, vendor: "own", validate },
    });
    const slow = standard(async () => {
      await Bun.sleep(5);
      throw new Error("slow");
    });
    const broken = standard(() => {
      throw new Error("broken");
    });
    const failing = new App().post("/", { query: slow, body: broken }, () => "fine");
    const ask = await serve(failing);
    const said = await saidTo("error", async () => {
      expect((await ask("/?n=1", json({}))).status).toBe(500);
      await Bun.sleep(10);
    });
    expect(said).toEqual([expect.stringContaining("broken")]);
  });
});
