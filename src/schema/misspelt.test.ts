import { expect, test } from "bun:test";
import { t } from "../index.ts";
import { misspeltIn } from "./misspelt.ts";

test("what looks like a keyword and is none is told of, with its place", () => {
  const age = { type: "integer", minimun: 18 };
  const schema = { type: "object", properties: { age, tags: { item: {} } }, require: ["age"], anyOf: [{ cnst: 1 }] };
  expect(misspeltIn(schema)).toEqual([
    "require: did you mean required?",
    "cnst at /anyOf/0: did you mean const?",
    "minimun at /properties/age: did you mean minimum?",
    "item at /properties/tags: did you mean items?",
  ]);
});

test("what is right, of one's own, or no schema is left alone", () => {
  const circle: Record<string, unknown> = { type: "array" };
  circle["items"] = circle;
  const right = t.Object({
    minimun: t.Optional(t.Integer({ minimum: 1, "x-minimun": 2, unit: "m" })),
    date: t.Refine(t.String(), () => true),
  });
  for (const schema of [right, circle, true, { enum: [{ minimun: 1 }], default: { require: 1 } }]) {
    expect(misspeltIn(schema)).toEqual([]);
  }
});
