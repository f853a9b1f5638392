// What may be given as a schema, and the JSON Schema that is known of it.
import { expect, test } from "bun:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { t } from "../index.ts";
import { adapt, byStatus, isStandard } from "./schema.ts";

const standard = (more: object) => ({
  "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }), ...more },
});

test.each<[name: string, schema: object, jsonSchema: object | undefined]>([
  ["TypeBox", t.Object({ a: t.Integer() }), { type: "object", properties: { a: { type: "integer" } } }],
  ["a JSON Schema", { type: "string" }, { type: "string" }],
  ["Zod", z.object({ a: z.int() }), { type: "object", properties: { a: { type: "integer" } } }],
  ["Valibot", v.object({ a: v.string() }), { type: "object", properties: { a: { type: "string" } } }],
  ["ArkType", type({ a: "string" }), { type: "object", properties: { a: { type: "string" } } }],
  ["one with the standard's own way", standard({ jsonSchema: { input: () => ({ type: "null" }) } }), { type: "null" }],
  ["one with a method", { ...standard({}), toJSONSchema: () => ({ type: "null" }) }, { type: "null" }],
  ["one with a method of another name", { ...standard({}), toJsonSchema: () => ({ type: "null" }) }, { type: "null" }],
  ["one that has none", standard({}), undefined],
  ["one that can't say it", z.object({ a: z.instanceof(File) }), undefined],
])("%s", async (_, schema, jsonSchema) => {
  const adapted = await adapt(schema);
  if (jsonSchema === undefined) expect(adapted.jsonSchema).toBeUndefined();
  else expect(adapted.jsonSchema).toMatchObject(jsonSchema);
  expect(adapted.standard).toBe(isStandard(schema) ? schema : undefined);
});

test("a map by status has nothing but statuses", () => {
  const schema = t.String();
  expect(byStatus({ 200: schema, 404: schema })).toEqual(
    new Map([
      [200, schema],
      [404, schema],
    ]),
  );
  expect([{}, { 200: schema, type: "object" }, { 100: schema }, schema, z.string()].map(byStatus)).toEqual(
    Array(5).fill(undefined),
  );
});
