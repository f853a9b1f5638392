// The quick check and the one that explains: where the first says yes, the second finds nothing, and where it may be asked
// of everything, it says no to nothing that is right either.
import { expect, test } from "bun:test";
import { t } from "../index.ts";
import { quickCheck } from "./quick.ts";
import { Report } from "./report.ts";
import { JsonValidator } from "./validator.ts";

/** A small generator of its own, so that a failure can be run again. */
function randomOf(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof randomOf>;

const pick = <T>(random: Random, values: readonly T[]): T => values[random(values.length)]!;

function schemaOf(random: Random, depth: number): object {
  const simple: (() => object)[] = [
    () => t.String({ minLength: random(3), maxLength: 1 + random(3) }),
    () => t.String({ pattern: "^[a-c💥]*$" }),
    () => t.Integer({ minimum: random(3) }),
    () => t.Number({ exclusiveMaximum: random(5) }),
    () => t.Boolean(),
    () => t.Null(),
    () => t.Literal(pick(random, ["a", 1, true])),
    () => t.Enum(["a", "b", 1]),
    () => t.Any(),
    () => ({ type: ["string", "null"] }),
  ];
  if (depth === 0) return pick(random, simple)();
  const inner = () => schemaOf(random, depth - 1) as never;
  const deep: (() => object)[] = [
    ...simple,
    () => t.Array(inner(), { minItems: random(2), maxItems: 3 }),
    () => t.Union([inner(), inner()]),
    () => t.Intersect([inner(), inner()]),
    () =>
      t.Object(
        { a: inner(), b: t.Optional(inner()), c: t.Optional(inner()) },
        { additionalProperties: random(2) === 0 },
      ),
    () => ({ type: "object", additionalProperties: inner(), minProperties: random(2) }),
  ];
  return pick(random, deep)();
}

function someValue(random: Random, depth: number): unknown {
  const simple = ["", "a", "b", "💥", "abcd", 0, 1, 2, 1.5, -1, true, false, null];
  const kind = random(depth === 0 ? 3 : 5);
  if (kind < 3) return pick(random, simple);
  const inner = () => someValue(random, depth - 1);
  if (kind === 3) return Array.from({ length: random(4) }, inner);
  return Object.fromEntries(["a", "b", "c", "d"].filter(() => random(3) > 0).map((name) => [name, inner()]));
}

test("both say the same of 60,000 values", async () => {
  let [yes, no] = [0, 0];
  for (let seed = 1; seed <= 2_000; seed++) {
    const random = randomOf(seed);
    const schema = schemaOf(random, 3);
    const quick = await quickCheck(schema as never);
    const validator = new JsonValidator(schema as never);
    for (let i = 0; i < 30; i++) {
      const value = someValue(random, 3);
      const report = new Report();
      validator.validate(value, report, false);
      const isFine = report.failures.length === 0;
      if (quick!(value) !== isFine) {
        throw new Error(`seed ${seed}: ${JSON.stringify(schema)} of ${JSON.stringify(value)} is ${isFine}`);
      }
      if (isFine) yes++;
      else no++;
    }
  }
  expect(Math.min(yes, no)).toBeGreaterThan(5_000);
}, 30_000);

test.each<[schema: object, isQuick: boolean]>([
  [t.Object({ a: t.String() }), true],
  [t.Object({ valueOf: t.String() }), false],
  [{ required: ["constructor"] }, false],
  [t.Number({ multipleOf: 0.1 }), false],
  [t.Object({ a: t.Refine(t.String(), () => true) }), false],
  [t.Object({ a: t.Array(t.Cyclic({ A: t.Object({}) }, "A")) }), false],
  [{ const: {} }, false],
])("where they might differ it is not asked: %j", async (schema, isQuick) => {
  expect((await quickCheck(schema as never)) !== undefined).toBe(isQuick);
});
