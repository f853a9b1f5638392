// A Standard Schema at work: it gets the values as they came, and its output is what the handler sees.

import { isKeywords, itemNodes, type Keywords } from "./json-schema.ts";
import { member } from "./members.ts";
import type { Loc, Report } from "./report.ts";
import type { StandardIssue, StandardResult, StandardSchema } from "./schema.ts";
import { typeOfIssue } from "./standard-types.ts";
import type { Validator } from "./validator.ts";

export class StandardValidator implements Validator {
  readonly jsonSchema: Keywords | undefined;
  /** It sees for itself what it makes of nothing. */
  readonly isOptional = true;
  readonly isStandard = true;
  readonly #standard: StandardSchema;
  readonly #mayShow: boolean;

  constructor(standard: StandardSchema, jsonSchema: Keywords | undefined) {
    this.#standard = standard;
    this.jsonSchema = jsonSchema;
    this.#mayShow = jsonSchema === undefined || !JSON.stringify(jsonSchema).includes('"writeOnly":true');
  }

  /** What its library makes of a value only that knows. */
  readonly native = undefined;
  readonly build = undefined;

  accept(value: unknown): unknown {
    return value;
  }

  async hasten(): Promise<void> {
    // It is as quick as its library.
  }

  validate(value: unknown, report: Report): unknown {
    const part = [...report.path];
    const result = this.#standard["~standard"].validate(value);
    if (!(result instanceof Promise)) return this.#taken(value, result, part, report);
    return result.then((later) => this.#taken(value, later, part, report));
  }

  #taken(value: unknown, result: StandardResult<unknown>, part: Loc, report: Report): unknown {
    if (result.issues === undefined) return result.value;
    const { path } = report;
    if (value === undefined) path.splice(0, path.length, ...part);
    if (value === undefined) return report.fail("missing", "Field required", undefined);
    if (result.issues.length === 0) report.fail("invalid", "Not as its schema says", value, !this.#mayShow);
    for (const issue of result.issues) {
      for (const { keys, type } of placesOf(issue)) {
        const found = valueAt(value, keys);
        // Others may have been at work meanwhile.
        path.splice(0, path.length, ...part, ...keys);
        const isHidden = !this.#mayShow && isSecret(this.jsonSchema, keys);
        report.fail(type ?? typeOfIssue(issue, found), issue.message, found, isHidden);
      }
    }
    path.splice(0, path.length, ...part);
    return undefined;
  }
}

/** One, or one for each of the keys that Zod says nobody knows. */
function placesOf(issue: StandardIssue): { keys: Loc; type?: string }[] {
  const keys = (issue.path ?? []).map((key) => keyOf(typeof key === "object" ? key.key : key));
  const { code, keys: unknown } = issue as { code?: unknown; keys?: unknown };
  if (code !== "unrecognized_keys" || !Array.isArray(unknown)) return [{ keys }];
  return unknown.map((key) => ({ keys: [...keys, keyOf(key)], type: "extra_forbidden" }));
}

function keyOf(key: unknown): string | number {
  return typeof key === "number" ? key : String(key);
}

/** Undefined where there is none. */
function valueAt(value: unknown, keys: Loc): unknown {
  let at = value;
  for (const key of keys) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Array.isArray(at) ? at[Number(key)] : member(at as Record<string, unknown>, String(key));
  }
  return at;
}

/** Something on the way to it, or in it, is `writeOnly`; or nobody can say. */
function isSecret(schema: Keywords | undefined, keys: Loc): boolean {
  let at: unknown = schema;
  for (const key of keys) {
    if (!isKeywords(at) || at["writeOnly"] === true) return true;
    const { properties } = at;
    if (typeof key === "number") {
      const { first, rest } = itemNodes(at);
      at = first[key] ?? rest;
    } else at = isKeywords(properties) ? member(properties, key) : undefined;
  }
  return !isKeywords(at) || /"(writeOnly":true|\$ref")/.test(JSON.stringify(at));
}
