// Random schemas and bodies: what the core accepts, and what it says of the rest, is what JavaScript's checker does.
import { expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { type Keywords, SchemaError } from "../../src/schema/json-schema.ts";
import { nativeSchema } from "../../src/schema/native.ts";
import { Report } from "../../src/schema/report.ts";
import { JsonValidator } from "../../src/schema/validator.ts";
import { randomOf } from "../support/random.ts";

class Random {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  some<T>(make: () => T): T[] {
    return Array.from({ length: 1 + this.below(3) }, make);
  }
}

const names = ["a", "b", "c", "ab", "__proto__", "constructor", 'q"uote'];
const scalars = [null, true, false, 0, 1, 2, -1, 0.5, 0.3, 1e21, 1.5e-7, 2 ** 63];
const texts = ["", "a", "ab", "bab", "é", "😀b", "abc", "2026-01-01", "a@b.org", "x\ny", "\ud800"];
const types = ["null", "boolean", "integer", "number", "string", "array", "object"];
const patterns = ["^a", "b$", "a", "^.{2}$", "[^a]", "\\d|é"];
const counts = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains"];

function anyValue(random: Random, depth: number): unknown {
  const kind = random.below(depth === 0 ? 2 : 5);
  if (kind === 0) return random.pick(scalars);
  if (kind === 1) return random.pick(texts);
  if (kind === 2) return Array.from({ length: random.below(4) }, () => anyValue(random, depth - 1));
  return named(random, () => anyValue(random, depth - 1), random.below(4));
}

function named(random: Random, make: () => unknown, count = 1 + random.below(3)): object {
  return Object.fromEntries(Array.from({ length: count }, () => [random.pick(names), make()]));
}

function schemaOf(random: Random, depth: number): unknown {
  if (random.below(14) === 0) return random.below(3) > 0;
  const keywords = Array.from({ length: random.below(3) + (depth > 1 ? 1 : 0) }, () => keywordOf(random, depth));
  const schema = Object.assign({}, ...keywords);
  return random.below(6) === 0 ? { ...schema, default: anyValue(random, 1) } : schema;
}

function keywordOf(random: Random, depth: number): object {
  const flat: (() => object)[] = [
    () => ({ type: random.pick(types) }),
    () => ({ type: random.some(() => random.pick(types)) }),
    () => ({ [random.pick(counts)]: random.below(4) }),
    () => ({ [random.pick(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])]: random.below(3) }),
    () => ({ multipleOf: random.pick([0.1, 2, 1.5e-7, 1e22]) }),
    () => ({ pattern: random.pick(patterns) }),
    () => ({ format: random.pick(["email", "date", "unknown"]) }),
    () => ({ uniqueItems: true }),
    () => ({ const: anyValue(random, 2) }),
    () => ({ enum: random.some(() => anyValue(random, 1)) }),
    () => ({ enum: random.pick([texts, [...texts, ...scalars], ["💥".repeat(140), "a"]]) }),
    () => ({ required: random.some(() => random.pick(names)) }),
    () => ({ dependentRequired: named(random, () => random.some(() => random.pick(names))) }),
    () => ({ $ref: random.pick(["#/$defs/x", "#/$defs/y", "#"]) }),
    () => ({ type: "string", writeOnly: true }),
  ];
  if (depth === 0) return random.pick(flat)();
  const inner = () => schemaOf(random, depth - 1);
  const single = ["additionalProperties", "items", "contains", "not", "propertyNames"];
  const deep: (() => object)[] = [
    () => ({ [random.pick(single)]: inner() }),
    () => ({ [random.pick(["allOf", "anyOf", "oneOf", "prefixItems"])]: random.some(inner) }),
    () => ({ properties: named(random, inner) }),
    () => ({ properties: named(random, inner), required: random.some(() => random.pick(names)) }),
    () => ({ properties: named(random, inner), additionalProperties: random.below(2) === 0 }),
    () => ({ patternProperties: Object.fromEntries(random.some(() => [random.pick(patterns), inner()])) }),
    () => ({ dependentSchemas: named(random, inner) }),
    () => ({ if: inner(), [random.pick(["then", "else"])]: inner() }),
    () => ({ anyOf: [inner(), { type: "null" }] }),
  ];
  return random.pick(random.below(3) === 0 ? flat : deep)();
}

interface Made {
  schema: Keywords;
  validator: JsonValidator;
}

/** Undefined for a schema that is refused at start, or that leads back to itself for ever. */
function madeOf(random: Random): Made | undefined {
  const schema = { allOf: [schemaOf(random, 3)], $defs: { x: schemaOf(random, 1), y: schemaOf(random, 2) } };
  const root = random.below(2) === 0 ? schema : { ...Object(schema.allOf[0]), $defs: schema.$defs };
  try {
    return { schema: root, validator: new JsonValidator(root) };
  } catch (error) {
    if (error instanceof SchemaError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Those of one order: the core tells of failures in another. */
function sorted(failures: readonly unknown[]): string[] {
  return failures.map((failure) => JSON.stringify(failure)).sort();
}

test("the core and JavaScript judge alike, and say the same", async () => {
  const random = new Random(20_261_125);
  const seen = { native: 0, valid: 0, invalid: 0 };
  for (let round = 0; round < 3; round++) {
    const app = new App({ development: false });
    const made: Made[] = [];
    while (made.length < 250) {
      const one = madeOf(random);
      if (one === undefined || nativeSchema(one.schema) === undefined) continue;
      app.post(`/${made.length}`, { body: one.schema }, ({ body }) => ({ got: body }));
      made.push(one);
    }
    const routes = await app.routes();
    for (const [i, { schema, validator }] of made.entries()) {
      if (routes[i]!.validation !== "native") continue;
      seen.native++;
      for (let n = 0; n < 8; n++) {
        const text = JSON.stringify(anyValue(random, 3));
        const headers = { "content-type": "application/json" };
        const response = await app.request(`/${i}`, { method: "POST", headers, body: text });
        const report = new Report(["body"]);
        const got = validator.validate(JSON.parse(text), report, false);
        const isValid = report.failures.length === 0;
        const wanted = isValid ? JSON.stringify({ got }) : sorted(report.failures);
        const said = isValid ? await response.text() : sorted(((await response.json()) as { detail: [] }).detail ?? []);
        const place = [JSON.stringify(schema), text];
        expect([...place, response.status, said]).toEqual([...place, isValid ? 200 : 422, wanted]);
        seen[isValid ? "valid" : "invalid"]++;
      }
    }
  }
  expect(seen.native).toBeGreaterThan(300);
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(700);
}, 30_000);
