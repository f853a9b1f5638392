import { expect, test } from "bun:test";
import { HttpError } from "./errors.ts";
import { shown } from "./shown.ts";

function inner(): never {
  // Frames of this folder are the framework's.
  throw new TypeError("what");
}

test("an error is its name, its message and frames that are not the framework's", () => {
  const error = new RangeError("much");
  error.stack = [
    "RangeError: much",
    "    at mine (/app/mine.ts:1:2)",
    `    at theirs (${import.meta.dir}/route.ts:3:4)`,
    "    at read (node:fs:5:6)",
  ].join("\n");
  expect(shown(error)).toBe("RangeError: much\n    at mine (/app/mine.ts:1:2)");
  expect(shown(Object.assign(new Error("no file"), { code: "ENOENT" }))).toBe("Error: no file (ENOENT)");
  class Mine extends Error {}
  expect(shown(new Mine("own"))).toBe("Mine: own");
});

test("causes and errors inside of it are shown alike, without an excerpt of their source", () => {
  let cause: unknown;
  try {
    inner();
  } catch (error) {
    cause = error;
  }
  expect(shown(new Error("outer", { cause }))).toBe("Error: outer\n  caused by TypeError: what");
  expect(shown(new Error("outer", { cause: { a: 1 } }))).toBe("Error: outer\n  caused by {\n    a: 1,\n  }");
  const both = new AggregateError([new Error("one", { cause: new Error("deep") }), "two"], "both");
  expect(shown(both)).toBe('AggregateError: both\n  with Error: one\n    caused by Error: deep\n  with "two"');
  const many = new AggregateError(
    Array.from({ length: 12 }, (_, i) => new Error(`${i}`)),
    "many",
  );
  expect(shown(many)).toEndWith("with Error: 9\n  and 2 more");
  const cycle = new Error("cycle");
  cycle.cause = cycle;
  expect(shown(cycle).split("caused by").length).toBe(9);
});

test.each([
  ["oops", '"oops" was thrown, which is no Error: throw new HttpError(status, detail) to answer with it'],
  [undefined, "undefined was thrown, which is no Error: throw new HttpError(status, detail) to answer with it"],
  [
    { status: 404 },
    "{\n  status: 404,\n} was thrown, which is no Error: throw new HttpError(404, detail) to answer with it",
  ],
  [
    new Response("no", { status: 403 }),
    "a Response was thrown: return it, or throw new HttpError(403, detail) in its place",
  ],
  [new Response("yes"), "a Response was thrown: return it, or throw new HttpError(status, detail) in its place"],
])("what is no error says what to do: %p", (value, text) => {
  expect(shown(value)).toBe(text);
});

test("an HttpError too", () => {
  expect(shown(new HttpError(404, "who?"))).toStartWith("HttpError: who?");
});
