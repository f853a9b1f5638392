// Why the core can't check a body by its schema, in words: which of its keywords it could not do with.

import { type Keywords, SchemaError } from "./json-schema.ts";
import { nativeSchema } from "./native.ts";
import { adapt, type Schema } from "./schema.ts";

/** `canCheck` says of a schema's text whether the core can check by it. */
export function whyNotNative(body: Schema | "stream" | undefined, canCheck: (text: string) => boolean): string {
  if (body === undefined || body === "stream") return "the core checks JSON bodies only";
  const { jsonSchema, standard } = adapt(body);
  if (standard !== undefined) return `a schema of ${standard["~standard"].vendor}, which only that can check`;
  const isNative = (schema: unknown) => {
    try {
      const text = nativeSchema(schema as Keywords)?.text;
      return text !== undefined && canCheck(text);
    } catch (error) {
      // What is left of a schema that something was taken from may be none.
      if (error instanceof SchemaError) return false;
      throw error;
    }
  };
  if (isNative(jsonSchema)) return "there are more schemas than the core takes";
  return said(jsonSchema!, hindranceIn(jsonSchema, isNative));
}

/**
 * The way to the innermost place without which all of it could be checked; where there are several, to one. `fits` says
 * whether it could be with this value in the place.
 */
function hindranceIn(value: unknown, fits: (value: unknown) => boolean): string[] {
  if (typeof value !== "object" || value === null) return [];
  let rest = value as Record<string, unknown>;
  for (const key of Array.isArray(value) ? Object.keys(value) : Object.getOwnPropertyNames(value)) {
    const without = replaced(rest, key, undefined);
    if (fits(without)) {
      const before = rest;
      return [key, ...hindranceIn(rest[key], (inner) => fits(replaced(before, key, inner)))];
    }
    rest = without;
  }
  return [];
}

/** `undefined` takes it away, which in a list is as much as `true`. */
function replaced(value: Record<string, unknown>, key: string, inner: unknown): Record<string, unknown> {
  if (Array.isArray(value)) return value.with(Number(key), inner === undefined ? true : inner) as never;
  // What isn't enumerable, like `~refine`, may be what it is about.
  const { [key]: own, ...others } = Object.getOwnPropertyDescriptors(value);
  return Object.defineProperties({}, inner === undefined ? others : { ...others, [key]: { ...own, value: inner } });
}

/** `uniqueItems at /properties/tags`, `format "binary"`. */
function said(schema: Keywords, way: readonly string[]): string {
  const end = way.findLastIndex((key) => !/^\d+$/.test(key));
  const keyword = way[end];
  if (keyword === undefined) return "its schema as a whole";
  const value = way.slice(0, end + 1).reduce<unknown>((at, key) => (at as Keywords)[key], schema);
  if (keyword === "~refine") return inPlace("t.Refine", way.slice(0, end));
  const words = typeof value === "string" ? `${keyword} ${JSON.stringify(value)}` : keyword;
  return inPlace(words, way.slice(0, end));
}

function inPlace(words: string, place: readonly string[]): string {
  return place.length === 0 ? words : `${words} at /${place.join("/")}`;
}
