import { expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

test.each([
  ["sumary", "summary"],
  ["limit", "limits"],
  ["prot", "port"],
  ["host", "hostname"],
  ["drain", "drainMs"],
  ["bodybytes", "bodyBytes"],
  ["prefix", undefined],
  ["x", undefined],
])("%s: %s", (given, meant) => {
  expect(nearest(given, ["summary", "limits", "port", "hostname", "drainMs", "bodyBytes"])).toBe(meant);
});
