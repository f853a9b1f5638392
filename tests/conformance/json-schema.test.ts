// The official tests of JSON Schema, draft 2020-12, where they lie beside the repository: JavaScript judges as they say, and
// the core as JavaScript does. What differs is listed with its reason, and nothing is listed that doesn't.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "@fasterapi/bun";
import type { Keywords } from "../../src/schema/json-schema.ts";
import { nativeSchema } from "../../src/schema/native.ts";
import { Report } from "../../src/schema/report.ts";
import { JsonValidator } from "../../src/schema/validator.ts";

const folder = join(import.meta.dir, "../../../shared/vectors/json-schema/tests/draft2020-12");
const hasSuite = existsSync(folder);

interface Group {
  description: string;
  schema: Keywords | boolean;
  tests: { description: string; data: unknown; valid: boolean }[];
}

/** Schemas that `listen` refuses: the file, the words, and why. */
const refused: readonly [file: RegExp, message: RegExp, why: string][] = [
  [/./, /^unevaluatedItems is nothing/, "not checked; better refused than passed over"],
  [/./, /^\$dynamicRef is nothing/, "not checked; better refused than passed over"],
  [/^optional\/dependencies-compatibility/, /^dependencies is nothing/, "of earlier drafts"],
  [
    /^default/,
    /^The default .* is not what its own schema allows$/,
    "defaults are filled in, so they have to be right",
  ],
  [/^(refRemote|ref|defs|optional\/cross-draft)$/, /^\$ref "https?:\/\/(localhost|json-schema)/, "another document"],
  [/^(anchor|ref|refRemote|(optional\/)?dynamicRef)$/, /^\$ref ".*" leads nowhere$/, "URIs are names, never resolved"],
];

/** Cases about which another verdict is right here. */
const judged: readonly [file: RegExp, name: RegExp, why: string][] = [
  [/^format$/, /is only an annotation by default$/, "a format is a rule"],
  [/^vocabulary$/, /^no validation: invalid number, but it still validates$/, "$schema changes nothing"],
  [/^optional\/format\/iri$/, /IPvFuture host with an uppercase version letter/, "as TypeBox has the format"],
];

function groups(): { file: string; group: Group }[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return names.sort().flatMap((name) => {
    const list = JSON.parse(readFileSync(join(folder, name), "utf8")) as Group[];
    return list.map((group) => ({ file: name.slice(0, -".json".length), group }));
  });
}

const asKeywords = (schema: Keywords | boolean): Keywords =>
  typeof schema === "boolean" ? { allOf: [schema] } : schema;

function isValid(validator: JsonValidator, value: unknown): boolean {
  const report = new Report();
  validator.validate(value, report, false);
  return report.failures.length === 0;
}

if (!hasSuite) {
  test.skip("JSON Schema: its official tests are not here", () => undefined); // Data of others.
}

describe.if(hasSuite)("JSON Schema", () => {
  const known = hasSuite ? groups() : [];
  const compiled = known.map(({ file, group }) => {
    try {
      return { file, group, validator: new JsonValidator(asKeywords(group.schema)), message: "" };
    } catch (error) {
      return { file, group, validator: undefined, message: (error as Error).message };
    }
  });

  test("what is refused is listed", () => {
    const used = new Set<string>();
    for (const { file, message } of compiled.filter(({ validator }) => validator === undefined)) {
      const reason = refused.find(([files, words]) => files.test(file) && words.test(message));
      expect([file, message, reason?.[2]]).toEqual([file, message, expect.any(String)]);
      used.add(`${reason}`);
    }
    expect(refused.filter((reason) => !used.has(`${reason}`))).toEqual([]);
  });

  test("JavaScript judges as the suite does", () => {
    const used = new Set<string>();
    let agreed = 0;
    for (const { file, group, validator } of compiled) {
      for (const { description, data, valid } of validator === undefined ? [] : group.tests) {
        if (isValid(validator!, data) === valid) {
          agreed++;
          continue;
        }
        const reason = judged.find(([files, names]) => files.test(file) && names.test(description));
        const place = [file, group.description, description];
        expect([...place, reason?.[2]]).toEqual([...place, expect.any(String)]);
        used.add(`${reason}`);
      }
    }
    expect(judged.filter((reason) => !used.has(`${reason}`))).toEqual([]);
    expect(agreed).toBeGreaterThan(1_900);
  });

  test("the core judges as JavaScript does, in its words", async () => {
    const native = compiled.filter(({ group, validator }) => {
      return validator !== undefined && nativeSchema(asKeywords(group.schema)) !== undefined;
    });
    const app = new App({ development: false });
    // With `onError` the core hands over what it would refuse.
    const explained = new App({ development: false }).onError(() => undefined) as unknown as App;
    for (const [i, { group }] of native.entries()) {
      for (const one of [app, explained])
        one.post(`/${i}`, { body: asKeywords(group.schema) as object }, () => "valid");
    }
    const answer = async (to: App, i: number, data: unknown) => {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(data) };
      const response = await to.request(`/${i}`, init);
      const text = await response.text();
      return { status: response.status, detail: response.status === 422 ? sorted(text) : text };
    };
    let cases = 0;
    for (const [i, { file, group, validator }] of native.entries()) {
      for (const { description, data } of group.tests) {
        const place = [file, group.description, description];
        const said = await answer(app, i, data);
        expect([...place, said.status]).toEqual([...place, isValid(validator!, data) ? 200 : 422]);
        expect([...place, said.detail]).toEqual([...place, (await answer(explained, i, data)).detail]);
        cases++;
      }
    }
    const routes = await app.routes();
    const left = native.filter((_, i) => routes[i]!.validation !== "native");
    // Unicode properties in a pattern.
    expect(left.filter(({ group }) => !JSON.stringify(group.schema).includes("\\\\p{"))).toEqual([]);
    expect(native.length - left.length).toBeGreaterThan(250);
    expect(cases).toBeGreaterThan(1_000);
  });
});

/** The two tell in different orders. */
function sorted(text: string): unknown {
  const { detail } = JSON.parse(text) as { detail: unknown[] };
  return detail.map((failure) => JSON.stringify(failure)).sort();
}
