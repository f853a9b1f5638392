// What is wrong, where, and in which words: the types and messages that programs and people rely on.
import { describe, expect, test } from "bun:test";
import { t } from "../index.ts";
import { Report } from "./report.ts";
import { JsonValidator } from "./validator.ts";

/** Each failure as `loc type: msg`, or with its input behind `=`. */
function failuresOf(schema: object, value: unknown): string[] {
  const report = new Report(["body"]);
  new JsonValidator(schema as never).validate(value, report, false);
  return report.failures.map(({ loc, type, msg, ...rest }) => {
    const input = "input" in rest ? ` = ${JSON.stringify(rest.input)}` : "";
    return `${loc.slice(1).join(".")} ${type}: ${msg}${input}`.trim();
  });
}

const isFine = (schema: object, value: unknown) => failuresOf(schema, value).length === 0;

describe("one rule", () => {
  test.each<[schema: object, good: unknown, bad: unknown, failure: string]>([
    [t.String(), "", 1, "string_type: Must be a string = 1"],
    [t.Integer(), 1.0, 1.5, "integer_type: Must be an integer = 1.5"],
    [t.Number(), 1.5, "1", 'number_type: Must be a number = "1"'],
    [t.Boolean(), false, 0, "boolean_type: Must be a boolean = 0"],
    [t.Null(), null, false, "null_type: Must be null = false"],
    [t.Array(t.Any()), [], {}, "array_type: Must be an array = {}"],
    [t.Object({}), {}, [], "object_type: Must be an object = []"],
    [t.Object({}), { a: 1 }, null, "object_type: Must be an object = null"],
    [{ type: ["string", "null"] }, null, 1, "type: Must be a string or null = 1"],
    [{ type: ["string", "number", "null"] }, 2, true, "type: Must be a string, a number or null = true"],
    [t.String({ minLength: 1 }), "a", "", 'string_too_short: Must have at least 1 character = ""'],
    [t.String({ minLength: 2 }), "ab", "💥", 'string_too_short: Must have at least 2 characters = "💥"'],
    [t.String({ maxLength: 2 }), "💥💥", "abc", 'string_too_long: Must have at most 2 characters = "abc"'],
    [t.String({ pattern: "^a+$" }), "aa", "b", 'string_pattern_mismatch: Must match the pattern ^a+$ = "b"'],
    [t.String({ pattern: "^.$" }), "💥", "", 'string_pattern_mismatch: Must match the pattern ^.$ = ""'],
    [t.String({ format: "email" }), "a@b.org", "a", 'string_format: Must be a valid email address = "a"'],
    [t.String({ format: "uuid" }), crypto.randomUUID(), "a", 'string_format: Must be a valid UUID = "a"'],
    [t.String({ format: "date" }), "2026-02-28", "2026-02-31", 'string_format: Must be a valid date = "2026-02-31"'],
    [t.Number({ minimum: 1 }), 1, 0, "greater_than_equal: Must be at least 1 = 0"],
    [t.Number({ exclusiveMinimum: 1 }), 1.1, 1, "greater_than: Must be greater than 1 = 1"],
    [t.Number({ maximum: 1 }), 1, 2, "less_than_equal: Must be at most 1 = 2"],
    [t.Number({ exclusiveMaximum: 1 }), 0, 1, "less_than: Must be less than 1 = 1"],
    [t.Number({ multipleOf: 0.1 }), 0.3, 0.35, "multiple_of: Must be a multiple of 0.1 = 0.35"],
    [t.Number({ multipleOf: 2 }), 1e300, 1, "multiple_of: Must be a multiple of 2 = 1"],
    [t.Array(t.Any(), { minItems: 1 }), [1], [], "too_short: Must have at least 1 item = []"],
    [t.Array(t.Any(), { maxItems: 1 }), [1], [1, 2], "too_long: Must have at most 1 item = [1,2]"],
    [
      { uniqueItems: true },
      [1, "1"],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      'not_unique: Items must be unique = [{"a":1,"b":2},{"b":2,"a":1}]',
    ],
    [{ contains: { const: 1 } }, [0, 1], [0], "contains: Must have at least 1 item of a certain kind = [0]"],
    [
      { contains: { const: 1 }, minContains: 0, maxContains: 1 },
      [],
      [1, 1],
      "contains: Must have at most 1 item of a certain kind = [1,1]",
    ],
    [{ minProperties: 1 }, { a: 1 }, {}, "too_few_properties: Must have at least 1 field = {}"],
    [{ maxProperties: 1 }, {}, { a: 1, b: 2 }, 'too_many_properties: Must have at most 1 field = {"a":1,"b":2}'],
    [t.Object({ a: t.Any() }), { a: null }, {}, "a missing: Field required"],
    [t.Object({}, { additionalProperties: false }), {}, { b: 1 }, "b extra_forbidden: Unknown field = 1"],
    [{ additionalProperties: { type: "string" } }, { a: "" }, { b: 1 }, "b string_type: Must be a string = 1"],
    [t.Record(t.String(), t.Integer()), { a: 1 }, { b: "" }, 'b integer_type: Must be an integer = ""'],
    [
      { propertyNames: { maxLength: 1 } },
      { a: 1 },
      { ab: 1 },
      'ab property_name: The name of this field is not allowed = "ab"',
    ],
    [t.Enum(["a", "b"]), "b", "c", 'enum: Must be one of "a", "b" = "c"'],
    [t.Union([t.Literal("a"), t.Literal(1), t.Null()]), 1, "1", 'enum: Must be one of "a", 1, null = "1"'],
    [t.Literal("a"), "a", 1, 'const: Must be "a" = 1'],
    [{ const: { a: [1], b: 2 } }, { b: 2, a: [1] }, { a: [1] }, 'const: Must be {"a":[1],"b":2} = {"a":[1]}'],
    [{ anyOf: [{ minimum: 3 }, { multipleOf: 2 }] }, 2, 1, "any_of: Must match one of the allowed forms = 1"],
    [t.Union([t.String(), t.Integer()]), 1, null, "any_of: Must match one of the allowed forms = null"],
    [{ oneOf: [{ minimum: 1 }, { minimum: 5 }] }, 2, 6, "one_of: Must match exactly one of the allowed forms = 6"],
    [{ not: { type: "string" } }, 1, "", 'not: Must not be of this form = ""'],
    [t.Never(), undefined, 1, "not: Must not be of this form = 1"],
    [{ properties: { a: false } }, {}, { a: 1 }, "a false_schema: No value is allowed here = 1"],
    [{ dependentRequired: { a: ["b"] } }, { b: 1 }, { a: 1 }, 'b dependent_required: Field required beside "a"'],
    [{ dependentSchemas: { a: { required: ["b"] } } }, {}, { a: 1 }, "b missing: Field required"],
    [
      JSON.parse('{"if":{"minimum":1},"then":{"maximum":2},"else":{"const":0}}'),
      0,
      3,
      "less_than_equal: Must be at most 2 = 3",
    ],
    [t.Tuple([t.String(), t.Integer()]), ["a", 1], ["a", "b"], '1 integer_type: Must be an integer = "b"'],
    [
      { prefixItems: [{ type: "string" }], items: false },
      ["a"],
      ["a", 1],
      "1 false_schema: No value is allowed here = 1",
    ],
    [
      t.Refine(
        t.String(),
        (text) => text !== "no",
        () => "Must not be no",
      ),
      "yes",
      "no",
      'invalid: Must not be no = "no"',
    ],
  ])("%j", (schema, good, bad, failure) => {
    if (good !== undefined) expect(failuresOf(schema, good)).toEqual([]);
    expect(failuresOf(schema, bad)).toEqual([failure]);
  });
});

test.each<[what: string, schema: object, good: unknown, bad: unknown]>([
  ["a type beside values", { type: "string", enum: ["a", 1] }, "a", 1],
  ["a type beside a constant", { type: "string", const: 1 }, undefined, 1],
  ["values beside a union", { enum: ["a", "b"], anyOf: [{ const: "a" }] }, "a", "b"],
  ["a union whose values have rules", { anyOf: [{ const: "a", minLength: 2 }, { const: "b" }] }, "b", "a"],
  ["decimals, not binary fractions", { multipleOf: 0.1 }, 0.3, 0.1 + 0.2],
  ["a step without end", { multipleOf: 1e-7 }, 12_391_239_123.1, 1e-8],
  [
    "what an if brings",
    JSON.parse('{"if":{"required":["a"]},"then":{"properties":{"a":{}}},"unevaluatedProperties":false}'),
    { a: 1 },
    { b: 1 },
  ],
])("%s: each rule counts", (_, schema, good, bad) => {
  if (good !== undefined) expect(failuresOf(schema, good)).toEqual([]);
  expect(failuresOf(schema, bad)).not.toEqual([]);
});

test.each([
  { $ref: "#" },
  { anyOf: [{ $ref: "#/$defs/a" }], $defs: { a: { not: { $ref: "#/$defs/a" } } } },
  {
    properties: { x: { allOf: [{ $ref: "#/$defs/a" }] } },
    $defs: { a: { dependentSchemas: { y: { $ref: "#/$defs/a" } } } },
  },
])("what leads back to itself without going into the value is refused", (schema) => {
  expect(() => failuresOf(schema, {})).toThrow("leads back to itself");
});

test("what stands beside values counts, too", () => {
  expect(isFine({ type: "string", enum: [null, "a"] }, null)).toBe(false);
  expect(isFine({ enum: [1, 6], anyOf: [{ minimum: 5 }] }, 1)).toBe(false);
  expect(isFine({ anyOf: [{ const: "a", minLength: 3 }] }, "a")).toBe(false);
  expect(isFine({ const: 1, enum: [2] }, 1)).toBe(false);
});

test("multiples are those of the decimals", () => {
  expect(isFine({ multipleOf: 3 }, 2 ** 53)).toBe(false);
  expect(isFine({ multipleOf: 0.01 }, 19.99)).toBe(true);
});

test("all that is wrong is told, each with its place; of a value of the wrong kind nothing more", () => {
  const schema = t.Object({
    id: t.Integer({ minimum: 1, multipleOf: 2 }),
    name: t.String({ minLength: 3, pattern: "^a" }),
    items: t.Array(t.Object({ sku: t.String(), qty: t.Integer() }), { maxItems: 1 }),
    kind: t.String({ minLength: 3 }),
  });
  const value = { id: -1, name: "b", items: [{ sku: "a", qty: 1 }, { sku: 1 }, 3], kind: 5 };
  expect(failuresOf(schema, value).map((text) => text.split(":")[0])).toEqual([
    "id greater_than_equal",
    "id multiple_of",
    "name string_too_short",
    "name string_pattern_mismatch",
    "items too_long",
    "items.1.sku string_type",
    "items.1.qty missing",
    "items.2 object_type",
    "kind string_type",
  ]);
});

describe("unions", () => {
  const Nullable = t.Union([t.Object({ a: t.Integer() }), t.Null()]);

  test("where one branch alone is for such values, it says what is wrong", () => {
    expect(failuresOf(t.Object({ u: Nullable }), { u: { a: "" } })).toEqual([
      'u.a integer_type: Must be an integer = ""',
    ]);
    expect(failuresOf(Nullable, 1)).toEqual(["any_of: Must match one of the allowed forms = 1"]);
    expect(failuresOf(Nullable, null)).toEqual([]);
  });

  test("what a branch finds on the way to another that fits is nothing", () => {
    const deep = t.Union([t.Array(t.Union([t.Integer(), t.Boolean()])), t.Array(t.String())]);
    expect(failuresOf(deep, ["a", "b"])).toEqual([]);
    expect(failuresOf(deep, ["a", 1])).toEqual(['any_of: Must match one of the allowed forms = ["a",1]']);
  });
});

describe("names that every object has", () => {
  const names = ["__proto__", "constructor", "valueOf", "hasOwnProperty", "toString"];
  const withName = (name: string, json: string) => JSON.parse(`{${JSON.stringify(name)}:${json}}`);
  const object = (name: string, rest: object = {}) => {
    const properties = Object.defineProperty({}, name, { value: { type: "integer" }, enumerable: true });
    return { type: "object", properties, ...rest };
  };

  test.each(names)("%s is a name like any other", (name) => {
    expect(failuresOf(object(name, { required: [name] }), {})).toEqual([`${name} missing: Field required`]);
    expect(failuresOf({ required: [name] }, {})).toEqual([`${name} missing: Field required`]);
    expect(failuresOf(object(name), {})).toEqual([]);
    expect(failuresOf(object(name), withName(name, "1"))).toEqual([]);
    expect(failuresOf(object(name), withName(name, '"a"'))).toEqual([`${name} integer_type: Must be an integer = "a"`]);
    expect(failuresOf({ additionalProperties: false }, withName(name, "1"))).toEqual([
      `${name} extra_forbidden: Unknown field = 1`,
    ]);
    expect(failuresOf(object(name, { additionalProperties: false }), withName(name, "1"))).toEqual([]);
    expect(failuresOf({ dependentRequired: { [name === "__proto__" ? "a" : name]: ["b"] } }, {})).toEqual([]);
  });

  test("TypeBox's own objects too", () => {
    const schema = t.Object({ constructor: t.Optional(t.String()), valueOf: t.Number() });
    expect(failuresOf(schema, {})).toEqual(["valueOf missing: Field required"]);
    expect(failuresOf(schema, { valueOf: 1, constructor: 2 })).toEqual([
      "constructor string_type: Must be a string = 2",
    ]);
  });
});

describe("references", () => {
  const Tree = t.Cyclic({ Tree: t.Object({ v: t.Integer(), kids: t.Array(t.Ref("Tree")) }) }, "Tree");

  test("a schema that contains itself", () => {
    const value = (v: unknown) => ({ v: 1, kids: [{ v: 2, kids: [{ v, kids: [] }] }] });
    expect(failuresOf(Tree, value(3))).toEqual([]);
    expect(failuresOf(t.Object({ deep: Tree }), { deep: value("") })).toEqual([
      'deep.kids.0.kids.0.v integer_type: Must be an integer = ""',
    ]);
  });

  test("the same reference, in two places where it means something else", () => {
    const ref = { $ref: "#/$defs/n" };
    const place = (type: string) => ({ $id: type, $defs: { n: { type } }, properties: { v: ref } });
    const schema = { properties: { a: place("integer"), b: place("string") } };
    expect(failuresOf(schema, { a: { v: 1 }, b: { v: "" } })).toEqual([]);
    expect(failuresOf(schema, { a: { v: "" }, b: { v: 1 } }).length).toBe(2);
  });

  test("pointers, anchors and names", () => {
    const $defs = { a: { type: "integer" }, "b/c": { $anchor: "b", type: "string" }, c: { $id: "see", type: "null" } };
    for (const [$ref, good] of [
      ["#/$defs/a", 1],
      ["#/$defs/b~1c", ""],
      ["#b", ""],
      ["see", null],
    ] as const) {
      expect([$ref, isFine({ $defs, properties: { x: { $ref } } }, { x: good })]).toEqual([$ref, true]);
      expect([$ref, isFine({ $defs, properties: { x: { $ref } } }, { x: [] })]).toEqual([$ref, false]);
    }
    const self = { properties: { next: { $ref: "#" } }, additionalProperties: false };
    expect([isFine(self, { next: { next: {} } }), isFine(self, { next: { nxt: {} } })]).toEqual([true, false]);
  });
});

describe("a schema that contains itself in several branches", () => {
  /** Each branch goes down before it can say no. */
  const branch = (kind: string, more: object = {}) => ({
    type: "object",
    properties: { next: { $ref: "#/$defs/u" }, n: { type: "integer", default: 1 }, kind: { const: kind } },
    required: ["kind"],
    ...more,
  });
  const union = (keyword: string) => ({
    $defs: { u: { [keyword]: [branch("a"), branch("b"), { type: "null" }] } },
    $ref: "#/$defs/u",
  });
  const chain = (depth: number, end: unknown) => {
    let value = end;
    for (let i = 0; i < depth; i++) value = { next: value, kind: i % 2 === 0 ? "b" : "a" };
    return value;
  };

  test.each(["anyOf", "oneOf"])("%s: 500 levels cost no more than 500 times one", (keyword) => {
    const schema = union(keyword);
    const began = performance.now();
    expect(failuresOf(schema, chain(500, null))).toEqual([]);
    expect(failuresOf(schema, chain(500, 3)).length).toBe(1);
    expect(failuresOf({ not: schema, $defs: schema.$defs }, chain(500, 3))).toEqual([]);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

test("unevaluatedProperties: what nothing around or beside says anything about", () => {
  const schema = t.Intersect([t.Object({ a: t.Integer() }), t.Object({ b: t.Optional(t.Integer()) })], {
    unevaluatedProperties: false,
  });
  expect(failuresOf(schema, { a: 1, b: 2 })).toEqual([]);
  expect(failuresOf(schema, { a: 1, c: 2 })).toEqual(["c extra_forbidden: Unknown field = 2"]);
  const choice = {
    anyOf: [t.Object({ k: t.Literal("a"), a: t.Integer() }), t.Object({ k: t.Literal("b") })],
    unevaluatedProperties: false,
  };
  expect([isFine(choice, { k: "a", a: 1 }), isFine(choice, { k: "b", a: 1 })]).toEqual([true, false]);
});

test.each<[schema: object, message: string]>([
  [{ type: "text" }, 'There is no type "text"'],
  [{ pattern: "(" }, '"(" is no regular expression'],
  [{ $ref: "#/$defs/a" }, '$ref "#/$defs/a" leads nowhere'],
  [{ properties: [] }, "properties is an object of schemas"],
  [{ anyOf: {} }, "anyOf is an array of schemas"],
  [{ items: 3 }, "What is below items is no schema"],
  [{ required: "a" }, "required is an array of names"],
  [{ minLength: -1 }, "minLength is a number from 0"],
  [{ minimum: "1" }, "minimum is a number"],
  [{ unevaluatedItems: false }, "unevaluatedItems is nothing that can be checked here"],
  [t.Integer({ default: "1" as never }), 'The default "1" is not what its own schema allows'],
])("what can't be a schema is refused: %j", (schema, message) => {
  expect(() => new JsonValidator(schema as never)).toThrow(message);
});

describe("writeOnly", () => {
  const secret = t.String({ minLength: 8, writeOnly: true });

  test("its value is never shown, nor what contains it", () => {
    expect(failuresOf(t.Object({ password: secret }), { password: "abc" })).toEqual([
      "password string_too_short: Must have at least 8 characters",
    ]);
    expect(failuresOf(t.Object({ password: secret }, { maxProperties: 1 }), { password: "12345678", a: 1 })).toEqual([
      'too_many_properties: Must have at most 1 field = "object of 2 members"',
    ]);
    const either = t.Union([t.Object({ password: secret }), t.Object({ token: secret })]);
    expect(failuresOf(t.Object({ login: either }), { login: { password: "abc" } })).toEqual([
      'login any_of: Must match one of the allowed forms = "object of 1 member"',
    ]);
    expect(failuresOf(t.Union([secret, t.String({ minLength: 5 })]), "abc")).toEqual([
      "any_of: Must match one of the allowed forms",
    ]);
  });

  test("nor what is in it, also by reference", () => {
    const card = { type: "object", writeOnly: true, properties: { number: { type: "string" } } };
    expect(failuresOf({ properties: { card } }, { card: { number: 4 } })).toEqual([
      "card.number string_type: Must be a string",
    ]);
    const schema = {
      $defs: { card },
      properties: { a: { minProperties: 2, properties: { c: { $ref: "#/$defs/card" } } } },
    };
    expect(failuresOf(schema, { a: { c: { number: "4" } } })).toEqual([
      'a too_few_properties: Must have at least 2 fields = "object of 1 member"',
    ]);
  });
});

test("at most 32 are told, and after them nothing is looked for", () => {
  const items = Array.from({ length: 1_000_000 }, () => "");
  const report = new Report(["body"]);
  const began = performance.now();
  new JsonValidator(t.Array(t.Integer()) as never).validate(items, report, false);
  expect(report.failures.length).toBe(32);
  expect(report.failures[31]!.loc).toEqual(["body", 31]);
  expect(performance.now() - began).toBeLessThan(20);
});
