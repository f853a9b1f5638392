// A Worker's server ends with the Worker, however that ends: a crash would be the child's exit code.
import { expect, test } from "bun:test";
import { Child } from "../support/child.ts";
import { hasProc } from "../support/process.ts";

const MB = 1024 * 1024;

interface Held {
  descriptors: number;
  threads: number;
  resident: number;
}

for (const [end, count] of [
  ["terminate", 200],
  ["exit", 40],
  ["stop", 40],
] as const) {
  test.if(hasProc)(
    `${count} Workers that run servers under load, and end by ${end}`,
    async () => {
      await using child = new Child("workers.ts", { args: [end, `${count}`, "4"] });
      const { before, after, answered } = (await child.said(90_000)) as unknown as {
        before: Held;
        after: Held;
        answered: number;
      };
      expect(await child.end()).toBe(0);
      expect(child.errors).toBe("");
      expect(answered).toBeGreaterThan(count);
      expect(after.descriptors).toBe(before.descriptors);
      // Bun's own come and go; a Worker that left its sleeper behind would add one each.
      expect(after.threads).toBeLessThanOrEqual(before.threads + 6);
      // Loading a library by FFI costs Bun some kilobytes in each Worker, a runtime left behind would be a megabyte.
      expect(after.resident).toBeLessThan(before.resident + 32 * MB);
    },
    120_000,
  );
}
