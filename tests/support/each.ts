// A test for each case, named after what is first in it: in quotes, and cut where it gets too long to read.
import { test } from "bun:test";

export function each<Cases extends unknown[][]>(
  cases: Cases,
  run: (...values: Cases[number]) => Promise<void>,
  suffix = "",
): void {
  for (const one of cases) test(`${shown(one[0])}${suffix}`, () => run(...one));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value instanceof Uint8Array ? [...value] : value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length})` : text;
}
