// Pools, parsers and routers leave nothing behind: closed, forgotten, used a million times, or left by a Worker that ends.
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

const cases: [what: string, first: number, all: number, growthMax: number][] = [
  ["closes", 3_000, 15_000, 8 * MB],
  ["forgets", 3_000, 15_000, 12 * MB],
  ["uses", 200_000, 1_000_000, 8 * MB],
  ["workers", 20, 80, 12 * MB],
];

test.skipIf(!hasProc).each(cases)(
  "%s",
  async (what, first, all, growthMax) => {
    await using child = new Child(join(import.meta.dir, "apps/blocks.ts"), { args: [what, `${first}`, `${all}`] });
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
