// Random schemas and bodies: the core, our checker in JavaScript, Ajv and TypeBox say the same.
//
// A failure says its seed and path; SCHEMA_SEED and SCHEMA_PATH run it again. With SCHEMA_SECONDS it looks for others than those
// that it has every time.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { bodyOf, written } from "../support/random-body.ts";
import { schemas } from "../support/random-schema.ts";
import { coreVerdicts, type Keywords, peers, routeVerdicts } from "../support/verdicts.ts";

const { SCHEMA_SECONDS: more, SCHEMA_SEED: seed, SCHEMA_PATH: path } = process.env;
const seconds = Number(more ?? 6);
const runs = more === undefined ? 1_500 : Number.POSITIVE_INFINITY;

interface Disagreement {
  peer: "ajv" | "typebox";
  why: string;
  covers: (schema: Keywords, text: string) => boolean;
}

/** Where others don't do what the specification says. */
const disagreements: Disagreement[] = [
  {
    peer: "ajv",
    // Validation 6.2.1: an instance is valid if division by the value results in an integer.
    why: "it looks for a fraction in the quotient, which large doubles don't have, and with parseInt, which reads 1e21 as 1",
    covers: (schema, text) => has(schema, "multipleOf") && numbersOf(text).some((number) => Math.abs(number) > 2 ** 50),
  },
  {
    peer: "typebox",
    // The same.
    why: "it takes a small remainder for none, and that of the nearest double for that of a large number",
    covers: (schema, text) =>
      has(schema, "multipleOf") &&
      numbersOf(text).some((number) => isNear(number, Math.round(number * 4) / 4) || Math.abs(number) > 2 ** 53),
  },
  {
    peer: "typebox",
    // Core 4.2.2: numbers are equal that have the same mathematical value.
    why: "-0 is another item than 0",
    covers: (schema, text) => has(schema, "uniqueItems") && numbersOf(text).some((number) => Object.is(number, -0)),
  },
  {
    peer: "typebox",
    // Core 4.2.2: objects are equal that have the same names with equal values.
    why: "all objects with a member of this name are one item",
    covers: (schema, text) => has(schema, "uniqueItems") && hasMember(text, "constructor"),
  },
  {
    peer: "typebox",
    // The same.
    why: "an object with a member of this name may equal an array, which inherits one",
    covers: (schema, text) =>
      ["uniqueItems", "const", "enum"].some((keyword) => has(schema, keyword)) && hasMember(text, "__proto__"),
  },
  {
    peer: "ajv",
    // The same.
    why: "members of these names it takes for what all objects have, and calls some",
    covers: (schema, text) =>
      ["uniqueItems", "const", "enum"].some((keyword) => has(schema, keyword)) &&
      ["constructor", "toString", "valueOf"].some((name) =>
        [text, JSON.stringify(schema)].some((one) => hasMember(one, name)),
      ),
  },
  {
    peer: "ajv",
    // Validation 6.5.3: every item in the array is the name of a property in the instance.
    why: "the empty name is never missing",
    covers: (schema) => /[[,]""[,\]]/.test(JSON.stringify(schema)),
  },
  {
    peer: "ajv",
    // Core 10.3.1.3: an array is valid against `contains` if at least one of its elements is, whatever is beside it.
    why: "it doesn't look for it in an array that is shorter than `prefixItems`, nor in an empty one among other arrays",
    covers: (schema, text) => has(schema, "contains") && (has(schema, "prefixItems") || text.includes("[]")),
  },
  {
    peer: "ajv",
    // Core 10.3.2.1: each name that is in the instance and in the value of `properties`, whatever it is.
    why: "it leaves out what a schema says of a member with this name",
    covers: (schema) => has(schema, "__proto__"),
  },
];

function numbersOf(text: string): number[] {
  const numbers: number[] = [];
  JSON.parse(text, (_, value) => (typeof value === "number" ? numbers.push(value) : 0));
  return numbers;
}

const isNear = (number: number, other: number) => number !== other && Math.abs(number - other) < 1e-6;
const hasMember = (text: string, name: string) => JSON.stringify(JSON.parse(text)).includes(`"${name}":`);
const has = (schema: Keywords, word: string) => JSON.stringify(schema).includes(`"${word}":`);

type Body = { fitting: number } | { value: unknown; seed: number };
const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ fitting: fc.noShrink(fc.integer()) }) },
  { weight: 1, arbitrary: fc.record({ value: fc.jsonValue({ maxDepth: 2 }), seed: fc.noShrink(fc.integer()) }) },
);
const bodies = fc.array(body, { minLength: 1, maxLength: 20, size: "max" });
const counts = { schemas: 0, native: 0, valid: 0, invalid: 0 };

async function compare(schema: Keywords, texts: readonly string[]): Promise<void> {
  const route = await routeVerdicts(schema, texts);
  const core = coreVerdicts(schema, texts);
  const checks = Object.entries(peers).map(([peer, open]) => ({ peer, check: open(schema) }));
  counts.schemas++;
  if (core !== undefined) counts.native++;
  for (const [i, text] of texts.entries()) {
    const verdicts: { [peer: string]: boolean } = { route: route[i]! };
    if (core !== undefined) verdicts["core"] = core[i]!;
    for (const { peer, check } of checks) {
      const isKnown = disagreements.some((known) => known.peer === peer && known.covers(schema, text));
      if (!isKnown) verdicts[peer] = check(text);
    }
    counts[verdicts["js"] ? "valid" : "invalid"]++;
    if (new Set(Object.values(verdicts)).size > 1) {
      throw new Error(`${JSON.stringify(verdicts)} of\n  ${text}\n  by ${JSON.stringify(schema)}`);
    }
  }
}

test(
  "everybody says the same",
  async () => {
    const property = fc.asyncProperty(schemas, bodies, async (schema, list) => {
      const texts = list.map((one) => ("fitting" in one ? bodyOf(schema, one.fitting) : written(one.value, one.seed)));
      await compare(schema, texts);
    });
    await fc.assert(property, {
      numRuns: runs,
      interruptAfterTimeLimit: seconds * 1_000,
      ...(seed === undefined && more !== undefined ? {} : { seed: Number(seed ?? 1) }),
      ...(path === undefined ? {} : { path }),
    });
    if (path !== undefined) return;
    // Neither side is tried by chance alone, nor the core by few schemas.
    const { valid, invalid, native } = counts;
    expect(Math.min(valid, invalid)).toBeGreaterThan((valid + invalid) / 5);
    expect(native).toBeGreaterThan(counts.schemas * 0.8);
  },
  (seconds + 60) * 1_000,
);
