import { expect, test } from "bun:test";
import { parseCookies, parseQuery, percentDecode } from "./text.ts";

test("percent-decoding leaves alone what is not well encoded", () => {
  expect(percentDecode("a%20b%C3%A9")).toBe("a bé");
  for (const text of ["plain", "%", "%zz", "%C3", "a%2"]) expect(percentDecode(text)).toBe(text);
});

test("queries", () => {
  const cases: [string, Record<string, string | string[]>][] = [
    ["", {}],
    ["a=1&b=2", { a: "1", b: "2" }],
    ["a=1&a=2&a=3", { a: ["1", "2", "3"] }],
    ["a", { a: "" }],
    ["a=", { a: "" }],
    ["=b", { "": "b" }],
    ["&&a=1&&", { a: "1" }],
    ["a=b=c", { a: "b=c" }],
    ["a+b=c+d&%61%2B=%2b", { "a b": "c d", "a+": "+" }],
    ["a=%zz", { a: "%zz" }],
  ];
  for (const [text, expected] of cases) expect({ ...parseQuery(text) }).toEqual(expected);
});

test("no key of a query reaches a prototype", () => {
  const query = parseQuery("__proto__=1&constructor=2");
  expect(Object.entries(query)).toEqual([
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
  expect(parseQuery("a=1").toString).toBeUndefined();
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
});

test("cookies", () => {
  const cases: [string | null, Record<string, string>][] = [
    [null, {}],
    ["a=1; b=2", { a: "1", b: "2" }],
    ["a=1;b=2;", { a: "1", b: "2" }],
    ["a=1; a=2", { a: "1" }],
    ['a="x%20y"; b="', { a: "x y", b: '"' }],
    ["a=b=c; flag; =x", { a: "b=c" }],
  ];
  for (const [text, expected] of cases) expect({ ...parseCookies(text) }).toEqual(expected);
});
