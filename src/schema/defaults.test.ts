// What is filled in, and where.
import { expect, test } from "bun:test";
import { t } from "../index.ts";
import { Report } from "./report.ts";
import { JsonValidator } from "./validator.ts";

function filled(schema: object, value: unknown): unknown {
  const report = new Report();
  const result = new JsonValidator(schema as never).validate(value, report, false);
  expect(report.failures).toEqual([]);
  return result;
}

test.each<[schema: object, value: unknown, filled: unknown]>([
  [t.Integer({ default: 1 }), undefined, 1],
  [t.Integer({ default: 1 }), 2, 2],
  [t.Object({ a: t.Integer({ default: 1 }) }), {}, { a: 1 }],
  [t.Object({ a: t.Optional(t.Integer({ default: 1 })) }), {}, { a: 1 }],
  [t.Object({ a: t.Union([t.Null(), t.Integer()], { default: 1 }) }), { a: null }, { a: null }],
  [t.Object({ a: t.Boolean({ default: false }) }), {}, { a: false }],
  [t.Object({ o: t.Object({ a: t.Integer({ default: 1 }) }) }), { o: {} }, { o: { a: 1 } }],
  [t.Object({ o: t.Optional(t.Object({ a: t.Integer({ default: 1 }) })) }), {}, {}],
  [t.Object({ o: t.Object({ a: t.Integer({ default: 1 }) }, { default: {} }) }), {}, { o: { a: 1 } }],
  [t.Array(t.Object({ a: t.Integer({ default: 1 }) })), [{}, { a: 2 }], [{ a: 1 }, { a: 2 }]],
  [t.Record(t.String(), t.Object({ a: t.Integer({ default: 1 }) })), { x: {} }, { x: { a: 1 } }],
  [
    t.Intersect([t.Object({ a: t.Integer({ default: 1 }) }), t.Object({ b: t.Integer({ default: 2 }) })]),
    {},
    { a: 1, b: 2 },
  ],
  [
    t.Union([
      t.Object({ k: t.Literal("a"), a: t.Integer({ default: 1 }) }),
      t.Object({ k: t.Literal("b"), b: t.Integer({ default: 2 }) }),
    ]),
    { k: "b" },
    { k: "b", b: 2 },
  ],
  [{ $defs: { n: { type: "integer", default: 3 } }, properties: { a: { $ref: "#/$defs/n" } } }, {}, { a: 3 }],
  [{ properties: { constructor: { default: 1 }, valueOf: { default: 2 } } }, {}, { constructor: 1, valueOf: 2 }],
])("%j: %j", (schema, value, wanted) => {
  expect(filled(schema, value)).toEqual(wanted);
});

test("the name __proto__", () => {
  const schema = JSON.parse('{"properties":{"__proto__":{"default":1}}}');
  expect(JSON.stringify(filled(schema, {}))).toBe('{"__proto__":1}');
});

test("in a schema that contains itself", () => {
  const Tree = t.Cyclic({ Tree: t.Object({ v: t.Integer({ default: 0 }), kid: t.Optional(t.Ref("Tree")) }) }, "Tree");
  expect(filled(Tree, { kid: { kid: {} } })).toEqual({ v: 0, kid: { v: 0, kid: { v: 0 } } });
});

test("each request gets a default of its own, and what came stays as it was", () => {
  const schema = t.Object({ a: t.Array(t.Integer(), { default: [1] }) });
  const validator = new JsonValidator(schema as never);
  const came = {};
  const [first, second] = [1, 2].map(() => validator.validate(came, new Report(), false) as { a: number[] });
  first!.a.push(2);
  expect([first, second, came] as unknown[]).toEqual([{ a: [1, 2] }, { a: [1] }, {}]);
  const whole = { a: [] };
  expect(validator.validate(whole, new Report(), false)).toBe(whole);
});

test("where a schema that contains itself fills in nothing, a value isn't gone through", () => {
  const validator = new JsonValidator({
    type: "array",
    items: { anyOf: [{ type: "integer" }, { $ref: "#" }] },
  });
  const touched = () => {
    throw new Error("touched");
  };
  const value = new Proxy([[1]], { get: touched, has: touched, ownKeys: touched });
  expect(validator.accept(value) === value).toBe(true);
  const filling = {
    items: { anyOf: [{ type: "object", properties: { a: { default: 1 } } }, { $ref: "#" }] },
    type: "array",
  };
  expect(new JsonValidator(filling).accept([[{}], {}])).toEqual([[{ a: 1 }], { a: 1 }]);
});
