// The syntax of header fields.
import { afterAll, describe, expect } from "bun:test";
import { App } from "@fasterapi/bun";
import { each } from "../support/each.ts";
import { ask } from "../support/raw.ts";
import { Refusals } from "./refusals.ts";

const app = new App().get("/", ({ headers }) => [...headers]);
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const refusals = await Refusals.start();
afterAll(async () => {
  await server.stop({ drainMs: 0 });
  await refusals[Symbol.asyncDispose]();
});

const line = "GET / HTTP/1.1\r\n";
const host = "Host: test\r\n";

describe("what is understood", () => {
  const good: [text: string, name: string, value: string][] = [
    ["X: a", "x", "a"],
    ["X:a", "x", "a"],
    ["X:", "x", ""],
    ["X: ", "x", ""],
    ["X: \t \t", "x", ""],
    ["X:\ta\t", "x", "a"],
    ["X:   a  b\tc   ", "x", "a  b\tc"],
    ["X: :", "x", ":"],
    ["X: a: b", "x", "a: b"],
    ["X: \xff\x80\xe9", "x", "\xff\x80\xe9"],
    ['X: "(),/:;<=>?@[\\]{}', "x", '"(),/:;<=>?@[\\]{}'],
    ["!#$%&'*+-.^_`|~09azAZ: a", "!#$%&'*+-.^_`|~09azaz", "a"],
    [`${"n".repeat(300)}: ${"v".repeat(3000)}`, "n".repeat(300), "v".repeat(3000)],
    ["__proto__: a", "__proto__", "a"],
    ["constructor: a", "constructor", "a"],
  ];
  each(good, async (text, name, value) => {
    for (const whole of [`${line}${host}${text}\r\n\r\n`, `${line}${text}\r\n${host}\r\n`]) {
      const headers = new Map((await ask(server, whole)).json() as [string, string][]);
      expect(headers.get(name)).toBe(value);
      expect(headers.get("host")).toBe("test");
      expect(headers.size).toBe(2);
    }
  });
});

const endings = "Lines must end with CRLF";
const name = "Malformed header: the field name is not a token";
const value = "Malformed header: the field value holds a control character";
const space = "Malformed header: white space before the colon";
const folded = "Malformed header: folded lines are not allowed";

const malformed: [text: string, detail: string][] = [
  ["X: a\n", endings],
  ["X: a\nY: b\r\n", endings],
  ["X: a\rY: b\r\n", endings],
  ["X: a\r\r\n", endings],
  ["X:\r\r\n", endings],
  ["X:\n", endings],
  ["\n", endings],
  ["\rX: a\r\n", endings],
  ["X\n: a\r\n", endings],
  ["X\r: a\r\n", endings],
  ["X: a\r\n\n", endings],
  [": a\r\n", name],
  ["X\r\n", name],
  ["X a\r\n", name],
  ["X Y: a\r\n", name],
  ["X\x00: a\r\n", name],
  ["X\x01Y: a\r\n", name],
  ["X\x7f: a\r\n", name],
  ["X\xe9: a\r\n", name],
  ["X(Y): a\r\n", name],
  ["X@Y: a\r\n", name],
  ["X/Y: a\r\n", name],
  ['"X": a\r\n', name],
  ["X[0]: a\r\n", name],
  ["X: a\x00b\r\n", value],
  ["X: \x00\r\n", value],
  ["X:\x00a\r\n", value],
  ["X: a\x01\r\n", value],
  ["X: \x0b\r\n", value],
  ["X: \x0c\r\n", value],
  ["X: a\x1bb\r\n", value],
  ["X: a\x7fb\r\n", value],
  [`X: ${"a".repeat(200)}\x00\r\n`, value],
  ["X : a\r\n", space],
  ["X\t: a\r\n", space],
  ["X  : a\r\n", space],
  ["Content-Length : 5\r\n", space],
  ["Transfer-Encoding : chunked\r\n", space],
  ["X: a\r\n b\r\n", folded],
  ["X: a\r\n\tb\r\n", folded],
  ["X: a\r\n \r\n", folded],
  ["X:\r\n a\r\n", folded],
  ["X: a\r\n Y: b\r\n", folded],
  [" X: a\r\n", folded],
  ["\tX: a\r\n", folded],
  [" \r\n", folded],
];

describe("what is malformed is a 400", () => {
  each(malformed, (text, detail) => refusals.expect(`${line}${host}${text}\r\n`, 400, detail), " behind Host");
  each(malformed, (text, detail) => refusals.expect(`${line}${text}${host}\r\n`, 400, detail), " before Host");
});
