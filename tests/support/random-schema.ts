// JSON Schemas of draft 2020-12 as fast-check makes them and makes them small: every keyword that the core checks.
import fc from "fast-check";

export type Schema = boolean | { [keyword: string]: unknown };

export const names = ["a", "b", "ab", "é", "a name longer than sixteen", "constructor", "__proto__", ""];
/** Regular languages, in what ECMAScript's dialects have in common. */
export const patterns = [
  "^a",
  "b$",
  "a",
  "^.{2}$",
  "^[a-z]+$",
  "^(a|bc)*$",
  "\\d",
  "^[^\\s@]+@[^\\s@]+$",
  "^\\w{1,3}$",
  "é|b",
];
/** Each with texts on which all that know it agree. */
export const formats: { [format: string]: string[] } = {
  date: ["2024-02-29", "2023-02-29", "2024-13-01", "2024-1-1", ""],
  time: ["10:20:30Z", "24:00:00Z", "10:20:30+01:00", "10:20"],
  "date-time": ["2024-01-31T10:20:30Z", "2024-01-31T10:20:30.5+01:00", "2024-01-32T10:20:30Z", "2024-01-31"],
  email: ["ada@example.com", "a@b.c", "ada", "@b.c", "a@@b.c"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", ""],
  ipv4: ["127.0.0.1", "256.0.0.1", "1.2.3", "01.2.3.4"],
  ipv6: ["::1", "2001:db8::8a2e:370:7334", "::1::", "1:2"],
  hostname: ["example.com", "a-b.c", "-a.b", "a_b"],
  uri: ["https://example.com/a?b#c", "urn:isbn:1", "//a", "a b", ""],
};
export const scalars = [
  ...[null, true, false, 0, 1, 2, -1, 0.5, 1.5, 3, 10, 100, 1e21, 2 ** 53, 1e300],
  ...["", "a", "b", "ab", "abc", "aé", "é", "😀", "😀b", "bc", "a1", "a\n"],
];
const types = ["null", "boolean", "integer", "number", "string", "array", "object"];

const name = fc.constantFrom(...names);
const scalar = fc.constantFrom(...scalars);
const number = fc.constantFrom(0, 1, 2, 3, -1, 0.5, 1.5, 10, 1e3, -2.25, 2 ** 53, 1e21);
/** Quotients of doubles by these are exact. */
const step = fc.constantFrom(1, 2, 3, 7, 0.5, 0.25, 1.5, 10, 1024);
const count = fc.integer({ min: 0, max: 3 });
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.tuple(name, scalar), { maxLength: 3 }).map(Object.fromEntries) },
);

type Keywords = fc.Arbitrary<{ [keyword: string]: unknown }>;

const one = (keyword: string, of: fc.Arbitrary<unknown>): Keywords => of.map((made) => ({ [keyword]: made }));
const some = (of: { [keyword: string]: fc.Arbitrary<unknown> }): Keywords => fc.record(of, { requiredKeys: [] });
const sometimes = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 1, nil: undefined });
const branches = (of: fc.Arbitrary<unknown>): Keywords =>
  fc
    .tuple(sometimes(one("then", of)), sometimes(one("else", of)))
    .map(([then, otherwise]) => ({ ...then, ...otherwise }));
/** `of` and perhaps some of the others. */
const typed = (type: fc.Arbitrary<unknown>, others: Keywords): Keywords =>
  fc.tuple(type, others).map(([made, more]) => ({ type: made, ...more }));

const stringRules = fc.oneof(
  some({ minLength: count, maxLength: count }),
  one("pattern", fc.constantFrom(...patterns)),
  one("format", fc.constantFrom(...Object.keys(formats))),
);
const numberRules = fc.oneof(
  some({ minimum: number, maximum: number }),
  some({ exclusiveMinimum: number, exclusiveMaximum: number }),
  one("multipleOf", step),
);
const scalarSchemas = fc.oneof(
  typed(fc.constant("string"), stringRules),
  typed(fc.constantFrom("integer", "number"), numberRules),
  one("type", fc.constantFrom("boolean", "null", "integer", "string")),
  one("enum", fc.array(value, { minLength: 1, maxLength: 4 })),
  one("const", value),
);

const { node } = fc.letrec<{ node: Schema; keywords: { [keyword: string]: unknown } }>((tie) => {
  const inner = tie("node");
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  const byName = (keys: fc.Arbitrary<string>) =>
    fc.array(fc.tuple(keys, inner), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
  const namesOf = fc.uniqueArray(name, { maxLength: 3 });
  const objectRules = fc.record(
    {
      properties: byName(name),
      required: namesOf,
      additionalProperties: fc.oneof(fc.constant(false), inner),
    },
    { requiredKeys: ["properties"] },
  );
  const otherObjectRules = fc.oneof(
    one("patternProperties", byName(fc.constantFrom("^a", "b$", "a", "^.{2}$"))),
    one("propertyNames", inner),
    one("dependentRequired", fc.array(fc.tuple(name, namesOf), { maxLength: 2 }).map(Object.fromEntries)),
    one("dependentSchemas", byName(name)),
    some({ minProperties: count, maxProperties: count }),
  );
  const arrayRules = fc.oneof(
    one("items", inner),
    some({ items: inner, minItems: count, maxItems: count }),
    some({ prefixItems: list, items: inner }),
    fc
      .tuple(inner, some({ minContains: count, maxContains: count }))
      .map(([contains, more]) => ({ contains, ...more })),
    one("uniqueItems", fc.boolean()),
  );
  const logic = fc.oneof(
    one("anyOf", list),
    one("oneOf", list),
    one("allOf", list),
    one("not", inner),
    fc.tuple(inner, branches(inner)).map(([test, more]) => ({ if: test, ...more })),
    one("$ref", fc.constantFrom("#", "#/$defs/d", "#/$defs/e")),
  );
  const keyword = fc.oneof(
    ...[objectRules, otherObjectRules, arrayRules, logic, stringRules, numberRules],
    one(
      "type",
      fc.oneof(fc.constantFrom(...types), fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 3 })),
    ),
    one("enum", fc.array(value, { minLength: 1, maxLength: 4 })),
    one("const", value),
  );
  return {
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: scalarSchemas },
      { weight: 1, arbitrary: fc.boolean() },
      {
        weight: 3,
        arbitrary: typed(fc.constant("object"), fc.tuple(objectRules, sometimes(otherObjectRules)).map(merged)),
      },
      { weight: 2, arbitrary: typed(fc.constant("array"), arrayRules) },
      { weight: 5, arbitrary: tie("keywords") },
    ),
    keywords: fc.array(keyword, { maxLength: 3 }).map(merged),
  };
});

function merged(parts: unknown[]): { [keyword: string]: unknown } {
  const all: { [keyword: string]: unknown } = Object.assign({}, ...parts);
  // No schema says it in one way alone.
  if ("enum" in all) delete all["const"];
  return all;
}

/** A whole schema: what it refers to is in its `$defs`. */
export const schemas: fc.Arbitrary<{ [keyword: string]: unknown }> = fc
  .tuple(node, node, node)
  .map(([root, d, e]) => {
    const keywords = typeof root === "boolean" ? { allOf: [root] } : root;
    return JSON.stringify(keywords).includes('"$ref"') || JSON.stringify([d, e]).includes("#/$defs")
      ? { ...keywords, $defs: { d, e } }
      : keywords;
  })
  .filter((schema) => !isEndless(schema));

/** Where a reference leads; undefined where nowhere. */
export function target(root: { [keyword: string]: unknown }, ref: unknown): Schema | undefined {
  if (ref === "#") return root;
  const defs = root["$defs"] as { [name: string]: Schema } | undefined;
  return defs?.[String(ref).slice("#/$defs/".length)];
}

/** Whether a schema leads back to itself without going into the value: that means nothing. */
function isEndless(root: { [keyword: string]: unknown }): boolean {
  const done = new Set<unknown>();
  const around = new Set<unknown>();
  const visit = (of: unknown): boolean => {
    if (typeof of !== "object" || of === null || done.has(of)) return false;
    if (around.has(of)) return true;
    around.add(of);
    const isLost = sameValue(root, of as { [keyword: string]: unknown }).some(visit);
    around.delete(of);
    done.add(of);
    return isLost;
  };
  const visitAll = (of: unknown): boolean => {
    if (typeof of !== "object" || of === null) return false;
    return visit(of) || Object.values(of).some(visitAll);
  };
  return visitAll(root);
}

function sameValue(root: { [keyword: string]: unknown }, of: { [keyword: string]: unknown }): unknown[] {
  const lists = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => (of[keyword] as unknown[] | undefined) ?? []);
  const maps = Object.values((of["dependentSchemas"] as object | undefined) ?? {});
  const ref = of["$ref"] === undefined ? [] : [target(root, of["$ref"])];
  return [...lists, ...maps, ...ref, of["not"], of["if"], of["then"], of["else"]];
}
