// What an answer repeats of a value.
import { expect, test } from "bun:test";
import { shown } from "./shown.ts";

test.each<[value: unknown, shown: unknown]>([
  [1e300, 1e300],
  [null, null],
  [false, false],
  ["", ""],
  ["a".repeat(254), "a".repeat(254)],
  ["a".repeat(255), `${"a".repeat(128)}…`],
  ["é".repeat(127), "é".repeat(127)],
  ["é".repeat(128), `${"é".repeat(128)}…`],
  ["💥".repeat(200), `${"💥".repeat(128)}…`],
  ["\u0000".repeat(43), `${"\u0000".repeat(43)}…`],
  [
    [1, { a: "b" }],
    [1, { a: "b" }],
  ],
  [Array(127).fill(1), Array(127).fill(1)],
  [Array(128).fill(1), "array of 128 items"],
  [["a".repeat(300)], "array of 1 item"],
  [{ a: "a".repeat(300) }, "object of 1 member"],
  [{ a: { b: { c: Array(200).fill(0) } } }, "object of 1 member"],
  [{}, {}],
  [new File(["12345"], "a.txt"), "file of 5 bytes"],
  [undefined, undefined],
  [1n, undefined],
])("%#", (value, wanted) => {
  expect(shown(value)).toEqual(wanted);
});

test("256 bytes of JSON are the bound, to the byte", () => {
  for (let length = 100; length < 400; length++) {
    for (const value of [{ k: "a".repeat(length), n: [1, 2] }, ["a", "é".repeat(length), { b: null }]]) {
      const isWhole = Buffer.byteLength(JSON.stringify(value)) <= 256;
      expect([length, typeof shown(value) === "object"]).toEqual([length, isWhole]);
    }
  }
});

test("of what is large little is looked at", () => {
  const large = { a: Array.from({ length: 100_000 }, (_, i) => ({ i })) };
  const began = performance.now();
  for (let i = 0; i < 1_000; i++) shown(large);
  expect(performance.now() - began).toBeLessThan(500);
});
