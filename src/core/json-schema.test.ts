import { afterAll, describe, expect, test } from "bun:test";
import { App, t } from "../index.ts";
import { FasterApiError, type JsonBytes, JsonSchema, JsonSchemaError, MisuseError } from "./index.ts";

const order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1 }),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer(), price: t.Number() })),
});
const good = { id: 7, name: "Ada", items: [{ sku: "A-1", qty: 2, price: 9.99 }] };
const utf8 = (text: string) => new TextEncoder().encode(text);

/** The error of a call, which must be one of this class. */
function thrown<E extends Error>(kind: abstract new (...args: never[]) => E, run: () => unknown): E {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return error as E;
  }
  throw new Error("Nothing was thrown");
}

describe("checking", () => {
  const schema = JsonSchema.compile(order);
  afterAll(() => schema.close());

  test("says yes and no", () => {
    expect(schema.check(JSON.stringify(good))).toBe(true);
    expect(schema.errors(JSON.stringify(good))).toEqual([]);
    expect(schema.check('{"id":0,"name":"Ada","items":[{"sku":"A","qty":1.5}]}')).toBe(false);
    expect(schema.errors('{"id":0,"name":"Ada","items":[{"sku":"A","qty":1.5}]}')).toEqual([
      { loc: ["id"], msg: "Must be at least 1", type: "greater_than_equal", input: 0 },
      { loc: ["items", 0, "price"], msg: "Field required", type: "missing" },
      { loc: ["items", 0, "qty"], msg: "Must be an integer", type: "integer_type", input: 1.5 },
    ]);
    expect(schema.errors("[]")).toEqual([{ loc: [], msg: "Must be an object", type: "object_type", input: [] }]);
  });

  test("takes bytes of every kind, wherever they lie", () => {
    const text = JSON.stringify(good);
    for (let begin = 0; begin < 9; begin++) {
      const memory = utf8(`${"}".repeat(begin)}${text}}}}`);
      const view = memory.subarray(begin, begin + text.length);
      const { buffer } = new Uint8Array(view);
      const shared = new Uint8Array(new SharedArrayBuffer(view.length));
      shared.set(view);
      for (const bytes of [view, buffer, Buffer.from(view), shared, text] satisfies JsonBytes[]) {
        expect([schema.check(bytes), schema.errors(bytes)]).toEqual([true, []]);
      }
    }
  });

  test("takes texts of every size", () => {
    using list = JsonSchema.compile({ type: "array", items: { type: "integer" } });
    for (let size = 1; size < 3_000_000; size = Math.ceil(size * 1.7)) {
      const text = `[${"7,".repeat(size / 2)}7]`;
      const bytes = utf8(text);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      for (const given of [text, bytes, shared]) expect([size, list.check(given)]).toEqual([size, true]);
      bytes[bytes.length - 2] = 0x22;
      expect([size, list.check(bytes)]).toEqual([size, false]);
      expect(list.errors(bytes)).toEqual([expect.objectContaining({ type: "json_invalid", loc: [bytes.length] })]);
    }
  });

  test("of more than the server checks in its core, too", () => {
    using list = JsonSchema.compile({ items: { maxLength: 3 } });
    const bytes = utf8(`[${'"abc",'.repeat(4_000_000)}"abcd"]`);
    expect(bytes.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(list.check(bytes)).toBe(false);
    expect(list.errors(bytes)).toEqual([
      { loc: [4_000_000], msg: "Must have at most 3 characters", type: "string_too_long", input: "abcd" },
    ]);
  }, 30_000);

  test("malformed texts say where", () => {
    const at = (loc: number, msg: string) => [{ loc: [loc], msg, type: "json_invalid" }];
    const cases: [JsonBytes, number, string][] = [
      ["", 0, "Unexpected end of JSON at line 1, column 1"],
      [new Uint8Array(0), 0, "Unexpected end of JSON at line 1, column 1"],
      [new ArrayBuffer(0), 0, "Unexpected end of JSON at line 1, column 1"],
      [" \n ", 3, "Unexpected end of JSON at line 2, column 2"],
      ['{"é": ]', 7, "Malformed JSON at line 1, column 7"],
      ['{"a":\n1e999}', 6, "Number too large at line 2, column 1"],
      ["\ufeff{}", 0, "Unexpected byte order mark at line 1, column 1"],
      ['"\\x"', 2, "Invalid escape at line 1, column 3"],
      ['"\n"', 1, "Unescaped control character at line 1, column 2"],
      ["[".repeat(513), 512, "Nested too deeply at line 1, column 513"],
      [new Uint8Array([0x22, 0xff, 0x22]), 1, "Invalid UTF-8 at line 1, column 2"],
      [`{"id":0.${"1".repeat(5000)}`, 5008, "Unexpected end of JSON at line 1, column 5009"],
    ];
    for (const [text, offset, msg] of cases) {
      expect(schema.check(text)).toBe(false);
      expect(schema.errors(text)).toEqual(at(offset, msg));
    }
  });

  test("a lone surrogate of a string is looked at as U+FFFD, an escaped one as itself", () => {
    using one = JsonSchema.compile({ maxLength: 1, not: { const: "\ufffd" } });
    expect(one.check('"\ud800"')).toBe(false);
    expect(one.errors('"\ud800"')).toEqual([expect.objectContaining({ type: "not", input: "\ufffd" })]);
    expect(one.check('"\\ud800"')).toBe(true);
    expect(one.check('"😀"')).toBe(true);
  });

  test("tells 32 failures, and all of them, however long", () => {
    using numbers = JsonSchema.compile({ additionalProperties: { additionalProperties: { type: "integer" } } });
    const names = Array.from({ length: 40 }, (_, i) => `${i}${"\u0001".repeat(3_000)}`);
    const text = JSON.stringify({ ["k".repeat(5_000)]: Object.fromEntries(names.map((name) => [name, "x"])) });
    const failures = numbers.errors(text);
    expect(failures.length).toBe(32);
    expect(JSON.stringify(failures).length).toBeGreaterThan(64 * 1024);
    for (const [i, { loc, input }] of failures.entries()) {
      expect([loc, input]).toEqual([["k".repeat(5_000), names[i]!], "x"]);
    }
  });
});

describe("schemas", () => {
  test("are booleans and objects", () => {
    using all = JsonSchema.compile(true);
    using none = JsonSchema.compile(false);
    expect([all.check("1"), none.check("1"), all.check("x")]).toEqual([true, false, false]);
    expect(none.errors("1")).toEqual([{ loc: [], msg: "No value is allowed here", type: "false_schema", input: 1 }]);
    using raw = JsonSchema.compile({
      $ref: "#/$defs/node",
      $defs: { node: { items: { $ref: "#/$defs/node" }, type: "array" } },
    });
    expect([raw.check("[[],[[]]]"), raw.check("[[1]]")]).toEqual([true, false]);
  });

  test("that can't be say where", () => {
    const circle: { not?: object } = {};
    circle.not = circle;
    const cases: [object, string, string, RegExp][] = [
      [{ items: { minLength: -1 } }, "SCHEMA_INVALID", "/items/minLength", /a count is a whole number/],
      [[], "SCHEMA_INVALID", "", /an object or a boolean/],
      [{ properties: { "a/b": { type: 5 } } }, "SCHEMA_INVALID", "/properties/a~1b/type", /a type is a string/],
      [{ minimum: Number.NaN }, "SCHEMA_INVALID", "/minimum", /no NaN/],
      [{ anyOf: [{ const: 1n }] }, "SCHEMA_INVALID", "/anyOf/0/const", /no bigint/],
      [{ properties: { a: () => true } }, "SCHEMA_INVALID", "/properties/a", /no function/],
      [circle, "SCHEMA_INVALID", "", /can't be said as JSON/],
      [{ "~standard": { validate: () => undefined } }, "SCHEMA_INVALID", "", /toJSONSchema/],
      [Object.assign(() => true, { "~standard": {} }), "SCHEMA_INVALID", "", /toJSONSchema/],
      [{ unevaluatedProperties: false }, "SCHEMA_UNSUPPORTED", "/unevaluatedProperties", /not checked natively/],
      [{ $dynamicRef: "#a" }, "SCHEMA_UNSUPPORTED", "/$dynamicRef", /not checked natively/],
      [{ properties: { a: { pattern: "(?=b)" } } }, "SCHEMA_UNSUPPORTED", "/properties/a/pattern", /look-ahead/],
      [{ allOf: [{ format: "duration" }] }, "SCHEMA_UNSUPPORTED", "/allOf/0/format", /format/],
      [
        t.Object({ a: t.Refine(t.String(), () => false) }),
        "SCHEMA_UNSUPPORTED",
        "/properties/a/~0refine",
        /JavaScript/,
      ],
      [t.Object({ a: t.BigInt() }), "SCHEMA_UNSUPPORTED", "/properties/a/type", /JSON doesn't have/],
    ];
    for (const [schema, code, pointer, words] of cases) {
      const error = thrown(JsonSchemaError, () => JsonSchema.compile(schema));
      expect([error.code, error.pointer, error.message]).toEqual([code, pointer, expect.stringMatching(words)]);
      if (pointer !== "") expect(error.message).toEndWith(`, at ${pointer}`);
      expect(error).toBeInstanceOf(FasterApiError);
    }
  });
});

test("its types take what it takes", () => {
  using schema = JsonSchema.compile(t.Integer());
  const text: JsonBytes = utf8("1");
  const verdict: boolean = schema.check(text);
  expect(verdict).toBe(true);
  // @ts-expect-error: the text of a schema is none.
  expect(() => JsonSchema.compile("true")).toThrow(MisuseError);
  // @ts-expect-error: other views than of bytes.
  expect(() => schema.check(new Uint16Array(1))).toThrow(MisuseError);
  // @ts-expect-error: values.
  expect(() => schema.errors({})).toThrow(MisuseError);
});

describe("misuse", () => {
  test("of one that was closed", () => {
    const schema = JsonSchema.compile(true);
    schema.close();
    schema.close();
    // What comes in its place is not what it reaches.
    using other = JsonSchema.compile(true);
    for (const run of [() => schema.check("1"), () => schema.check(""), () => schema.errors(utf8("1"))]) {
      const { code, message } = thrown(MisuseError, run);
      expect([code, message]).toEqual(["CLOSED", "This JsonSchema was closed"]);
    }
    expect(other.check("1")).toBe(true);
    let kept: JsonSchema;
    {
      using disposed = JsonSchema.compile(true);
      kept = disposed;
    }
    expect(thrown(MisuseError, () => kept.check("1")).code).toBe("CLOSED");
  });

  test("by arguments of other kinds", () => {
    using schema = JsonSchema.compile(true);
    for (const wrong of [undefined, null, 1, {}, [], new Uint16Array(2), new DataView(new ArrayBuffer(2)), good]) {
      for (const run of [() => schema.check(wrong as never), () => schema.errors(wrong as never)]) {
        expect(thrown(MisuseError, run).code).toBe("ARGUMENT_INVALID");
      }
    }
    expect(() => schema.check(Object.create(Uint8Array.prototype))).toThrow(TypeError);
    for (const wrong of [undefined, null, 1, '{"type":"string"}', () => true]) {
      expect(thrown(MisuseError, () => JsonSchema.compile(wrong as never)).code).toBe("ARGUMENT_INVALID");
    }
    const detached = new Uint8Array(2);
    structuredClone(detached, { transfer: [detached.buffer] });
    expect(schema.errors(detached)).toEqual([expect.objectContaining({ type: "json_invalid", loc: [0] })]);
  });

  test("too many are an error, and room comes with each that is closed", () => {
    const open: JsonSchema[] = [];
    const error = thrown(MisuseError, () => {
      for (;;) open.push(JsonSchema.compile(true));
    });
    expect(error.code).toBe("SCHEMAS_TOO_MANY");
    open.pop()!.close();
    JsonSchema.compile(true).close();
    for (const schema of open) schema.close();
  });

  test("at the end of a recursion it throws like one, and nothing worse", () => {
    using schema = JsonSchema.compile({ $defs: { n: { items: { $ref: "#/$defs/n" } } }, $ref: "#/$defs/n" });
    const deep = utf8(`${"[".repeat(512)}${"]".repeat(512)}`);
    const seen = new Set<unknown>();
    const recur = (depth: number): void => {
      try {
        recur(depth + 1);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      // On the way back there is more and more of the stack.
      if (depth % 50 !== 0) return;
      try {
        seen.add(schema.check(deep));
        JsonSchema.compile(order).close();
      } catch (error) {
        if (error instanceof RangeError) throw error;
        seen.add((error as MisuseError).code);
      }
    };
    recur(0);
    expect([...seen].sort()).toEqual(["STACK_SHORT", true]);
  });
});

describe("the same words as a 422", () => {
  const schemas = {
    order,
    closed: t.Object({ a: t.Optional(t.Integer()) }, { additionalProperties: false, minProperties: 1 }),
    list: t.Array(t.String({ minLength: 2, pattern: "^[a-z]+$" }), { minItems: 1, maxItems: 3 }),
    secret: t.Object({ password: t.String({ minLength: 8, writeOnly: true }), email: t.String({ format: "email" }) }),
    scalar: t.Number({ exclusiveMinimum: 0, maximum: 10 }),
  };
  const bodies = [
    ...[
      good,
      {},
      [],
      null,
      true,
      0,
      11,
      -1e300,
      "",
      "ab",
      "é",
      ["a"],
      ["ab", "AB", 1, "x"],
      { a: "1" },
      { a: 1, b: 2 },
    ],
    ...[
      { ...good, id: 0 },
      { ...good, items: [{}, 1, { sku: 1, qty: "2", price: null }] },
      { kind: "b", y: 1 },
    ],
    ...[{ kind: "c" }, { password: "short", email: "x" }, { password: ["x".repeat(400)], email: "Ä".repeat(300) }],
  ].map((body) => JSON.stringify(body));
  const texts = ["", "{", '{"id":1,"id":0}', "[1,\n2 3]", '{"a":1e999}', "nul", '"\\ud800"', `${"[".repeat(600)}`];

  test.each(Object.keys(schemas) as (keyof typeof schemas)[])("%s", async (name) => {
    const app = new App({ development: false }).post("/", { body: schemas[name] as typeof order }, () => "fine");
    using schema = JsonSchema.compile(schemas[name]);
    for (const body of [...bodies, ...texts]) {
      const answer = await app.request("/", { method: "POST", body, headers: { "content-type": "application/json" } });
      const detail = answer.status === 422 ? ((await answer.json()) as { detail: { loc: unknown[] }[] }).detail : [];
      const told = schema.errors(body).map((failure) => ({ ...failure, loc: ["body", ...failure.loc] }));
      expect([body, told]).toEqual([body, detail as typeof told]);
      expect([body, schema.check(body)]).toEqual([body, answer.status === 200]);
    }
  });
});
