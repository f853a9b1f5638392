// What strings become, and what they stay.
import { describe, expect, test } from "bun:test";
import { t } from "../index.ts";
import { Fields } from "../text.ts";
import { Report } from "./report.ts";
import { JsonValidator } from "./validator.ts";

function made(schema: object, value: unknown, isText = true): unknown {
  return new JsonValidator(schema as never).validate(value, new Report(), isText);
}

describe("a string", () => {
  test.each<[schema: object, text: string, made: unknown]>([
    [t.Integer(), "2", 2],
    [t.Integer(), "-2", -2],
    [t.Integer(), "007", 7],
    [t.Integer(), "2.0", 2],
    [t.Integer(), "1e3", 1000],
    [t.Integer(), "2.5", "2.5"],
    [t.Integer(), "", ""],
    [t.Integer(), " 2", " 2"],
    [t.Integer(), "2x", "2x"],
    [t.Integer(), "0x10", "0x10"],
    [t.Integer(), "Infinity", "Infinity"],
    [t.Integer(), "true", "true"],
    [t.Number(), "2.5", 2.5],
    [t.Number(), "-1.5e-3", -0.0015],
    [t.Number(), "1e999", "1e999"],
    [t.Number(), "NaN", "NaN"],
    [t.Number(), ".5", ".5"],
    [t.Number(), "5.", "5."],
    [t.Number(), "", ""],
    [t.Boolean(), "true", true],
    [t.Boolean(), "1", true],
    [t.Boolean(), "false", false],
    [t.Boolean(), "0", false],
    [t.Boolean(), "yes", "yes"],
    [t.Boolean(), "TRUE", "TRUE"],
    [t.Boolean(), "", ""],
    [t.Null(), "null", null],
    [t.Null(), "", ""],
    [t.String(), "2", "2"],
    [t.Any(), "2", "2"],
    [t.Literal(2), "2", 2],
    [t.Literal(true), "1", true],
    [t.Literal("2"), "2", "2"],
    [t.Literal(2), "3", "3"],
    [{ enum: [1, "2", null, false] }, "1", 1],
    [{ enum: [1, "2", null, false] }, "2", "2"],
    [{ enum: [1, "2", null, false] }, "null", null],
    [{ enum: [1, "2", null, false] }, "false", false],
    [t.Union([t.Literal(1), t.Literal(2)]), "2", 2],
    [t.Union([t.Integer(), t.String()]), "2", 2],
    [t.Union([t.Integer(), t.String()]), "a", "a"],
    [t.Union([t.String(), t.Integer()]), "2", "2"],
    [t.Union([t.String({ format: "uuid" }), t.Integer()]), "2", 2],
    [t.Union([t.Integer(), t.Null()]), "null", null],
    [t.Union([t.Integer({ minimum: 5 }), t.Null()]), "2", 2],
    [t.Union([t.Boolean(), t.Array(t.Integer())]), "7", [7]],
    [{ type: ["integer", "null"] }, "2", 2],
    [{ type: ["boolean", "integer"] }, "1", true],
    [{ type: ["integer", "boolean"] }, "1", 1],
    [{ type: ["integer", "string"] }, "1", "1"],
    [{ allOf: [{ type: "integer" }, { minimum: 1 }] }, "3", 3],
    [{ $defs: { n: { type: "number" } }, $ref: "#/$defs/n" }, "3", 3],
    [t.Array(t.Integer()), "3", [3]],
    [t.Array(t.String()), "", [""]],
    [t.Array(t.Integer()), "a", ["a"]],
  ])("%j: %j", (schema, text, wanted) => {
    expect(made(schema, text)).toEqual(wanted);
  });
});

test("repeated keys are arrays; where none is wanted they stay one", () => {
  expect(made(t.Array(t.Integer()), ["1", "2", "x"])).toEqual([1, 2, "x"]);
  expect(made(t.Integer(), ["1", "2"])).toEqual(["1", "2"]);
  expect(made(t.Tuple([t.Integer(), t.Boolean()]), ["1", "0"])).toEqual([1, false]);
});

test("members, by name, by pattern and the rest", () => {
  const schema = {
    properties: { a: { type: "integer" }, b: { type: "string" } },
    patternProperties: { "^n_": { type: "number" } },
    additionalProperties: { type: "boolean" },
  };
  expect(made(schema, { a: "1", b: "1", n_x: "1.5", c: "1" })).toEqual({ a: 1, b: "1", n_x: 1.5, c: true });
  expect(made(t.Record(t.String(), t.Integer()), { a: "1" })).toEqual({ a: 1 });
});

test("names that every object has", () => {
  const names = ["__proto__", "constructor", "valueOf", "hasOwnProperty"];
  const properties = JSON.parse(`{${names.map((name) => `"${name}":{"type":"integer"}`)}}`);
  const value = Object.assign(new Fields(), JSON.parse('{"constructor":"2","__proto__":"1"}'));
  const result = made({ properties }, value) as Record<string, unknown>;
  expect(Object.entries(result).sort()).toEqual([
    ["__proto__", 1],
    ["constructor", 2],
  ]);
  // What the client did not send is not there.
  expect([result["valueOf"], result["toString"]]).toEqual([undefined, undefined]);
});

test("JSON stays as it is, and nothing is changed in place", () => {
  const schema = t.Object({ n: t.Array(t.Integer()) });
  expect(made(schema, { n: ["1"] }, false)).toEqual({ n: ["1"] });
  const value = { n: ["1"], rest: {} };
  const result = made(schema, value) as typeof value;
  expect([value, result] as unknown[]).toEqual([
    { n: ["1"], rest: {} },
    { n: [1], rest: {} },
  ]);
  expect(result.rest).toBe(value.rest);
  const right = { n: [1] };
  expect(made(schema, right)).toBe(right);
});
