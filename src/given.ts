// What users give as options: whether it can be one, said in words where it can't.

import { describe } from "./describe.ts";
import { nearest } from "./nearest.ts";

export function isTrue(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} is a boolean, not ${describe(value)}`);
  return value;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function refuseUnknown(group: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const guess = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new TypeError(`There is no ${group} ${JSON.stringify(key)}; there are ${known.join(", ")}${guess}`);
  }
}

/** Throws `TypeError` for what is there and no string. */
export function checkText(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`${name} is a string, not ${describe(value)}`);
  }
}
