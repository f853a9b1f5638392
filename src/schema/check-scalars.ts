// Rules for strings and numbers. Lengths are code points.

import type { Check } from "./compiler.ts";
import { formatTest } from "./formats.ts";
import { type Keywords, regExpOf, SchemaError } from "./json-schema.ts";
import { messages } from "./messages.ts";

export function stringChecks(schema: Keywords): Check[] {
  const checks: ((text: string) => [type: string, msg: string] | undefined)[] = [];
  const least = bound(schema, "minLength");
  if (least !== undefined) {
    const failure: [string, string] = ["string_too_short", messages.string_too_short(least)];
    checks.push((text) => (hasLess(text, least) ? failure : undefined));
  }
  const most = bound(schema, "maxLength");
  if (most !== undefined) {
    const failure: [string, string] = ["string_too_long", messages.string_too_long(most)];
    checks.push((text) => (hasLess(text, most + 1) ? undefined : failure));
  }
  const { pattern, format } = schema;
  if (pattern !== undefined) {
    const expression = regExpOf(pattern);
    const source = pattern instanceof RegExp ? pattern.source : String(pattern);
    const failure: [string, string] = ["string_pattern_mismatch", messages.string_pattern_mismatch(source)];
    checks.push((text) => (expression.test(text) ? undefined : failure));
  }
  const isOfFormat = typeof format === "string" ? formatTest(format) : undefined;
  if (isOfFormat !== undefined) {
    const failure: [string, string] = ["string_format", messages.string_format(`${format}`)];
    checks.push((text) => (isOfFormat(text) ? undefined : failure));
  }
  return checks.map(
    (check): Check =>
      (value, report) => {
        const failure = typeof value === "string" ? check(value) : undefined;
        if (failure !== undefined) report.fail(failure[0], failure[1], value);
      },
  );
}

/** Than so many code points: a text has at least half as many as it has units, and at most as many. */
function hasLess(text: string, count: number): boolean {
  if (text.length < count) return true;
  if (text.length >= 2 * count) return false;
  let points = 0;
  for (let i = 0; i < text.length; i++) {
    if (points >= count) return false;
    points++;
    if (text.codePointAt(i)! > 0xffff) i++;
  }
  return points < count;
}

export function numberChecks(schema: Keywords): Check[] {
  const checks: Check[] = [];
  const add = (keyword: string, type: keyof typeof bounds, isWrong: (value: number, limit: number) => boolean) => {
    const limit = schema[keyword];
    if (limit === undefined) return;
    if (typeof limit !== "number") throw new SchemaError(`${keyword} is a number`);
    const msg = bounds[type](limit);
    checks.push((value, report) => {
      if (typeof value === "number" && isWrong(value, limit)) report.fail(type, msg, value);
    });
  };
  add("minimum", "greater_than_equal", (value, limit) => value < limit);
  add("exclusiveMinimum", "greater_than", (value, limit) => value <= limit);
  add("maximum", "less_than_equal", (value, limit) => value > limit);
  add("exclusiveMaximum", "less_than", (value, limit) => value >= limit);
  add("multipleOf", "multiple_of", (value, limit) => !isMultiple(value, limit));
  return checks;
}

const { greater_than_equal, greater_than, less_than_equal, less_than, multiple_of } = messages;
const bounds = { greater_than_equal, greater_than, less_than_equal, less_than, multiple_of };

/** As decimals, in which numbers are written: 0.3 is one of 0.1, whatever binary fractions make of it. */
function isMultiple(value: number, factor: number): boolean {
  if (value === 0) return factor !== 0;
  if (Number.isSafeInteger(value) && Number.isSafeInteger(factor)) return value % factor === 0;
  const [a, b] = [decimalOf(value), decimalOf(factor)];
  // Digits that don't end in zero are no multiple of ten.
  const power = a.exponent - b.exponent;
  if (b.digits === 0n || power < 0) return false;
  return (a.digits * 10n ** BigInt(power)) % b.digits === 0n;
}

/** `digits * 10 ** exponent`, without zeros at the end and without the sign. */
function decimalOf(value: number): { digits: bigint; exponent: number } {
  const [mantissa, power = "0"] = Math.abs(value).toExponential().split("e") as [string, string?];
  const digits = mantissa.replace(".", "");
  return { digits: BigInt(digits), exponent: Number(power) - (digits.length - 1) };
}

/** A count; undefined where the schema has none. */
export function bound(schema: Keywords, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || value < 0) throw new SchemaError(`${keyword} is a number from 0`);
  return value;
}
