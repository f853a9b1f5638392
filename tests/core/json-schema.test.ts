// JSON Schemas leave nothing behind: closed, forgotten, used a million times, or left by a Worker that ends.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Child } from "../support/child.ts";
import { hasProc } from "../support/process.ts";

const MB = 1024 * 1024;

interface Held {
  descriptors: number;
  threads: number;
  resident: number;
}

/** With every safety check the core needs ten times as long; what it leaves behind is what it leaves without. */
const share = process.env["FASTERAPI_LIBRARY"]?.includes("-debug") ? 1 / 10 : 1;

const cases: [what: string, first: number, all: number, growthMax: number][] = [
  ["closes", 20_000 * share, 120_000 * share, 4 * MB],
  ["forgets", 20_000 * share, 120_000 * share, 8 * MB],
  ["checks", 100_000 * share, 1_100_000 * share, 4 * MB],
  ["workers", 10, 40, 6 * MB],
];

// Each is a process of its own.
test.skipIf(!hasProc).concurrent.each(cases)(
  "%s",
  async (what, first, all, growthMax) => {
    await using child = new Child(join(import.meta.dir, "apps/json-schema.ts"), { args: [what, `${first}`, `${all}`] });
    const { before, after } = (await child.said(60_000)) as unknown as { before: Held; after: Held };
    const mb = (bytes: number) => (bytes / MB).toFixed(1);
    console.log(`${what}: ${mb(before.resident)} MB after ${first}, ${mb(after.resident)} MB after ${all}.`);
    expect(await child.end()).toBe(0);
    expect(child.errors).toBe("");
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.threads).toBeLessThanOrEqual(before.threads + 2);
    expect(after.resident).toBeLessThan(before.resident + growthMax);
  },
  90_000,
);
