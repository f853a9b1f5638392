import { expect, test } from "bun:test";
import { responseFlags } from "./native/abi.ts";
import { Reply } from "./reply.ts";

test("set replaces, append adds, whatever the case of the name", () => {
  const reply = new Reply(false);
  reply.put("X-A", "1", false);
  reply.put("x-a", "2", true);
  reply.put("X-B", " 3\t", false);
  expect(reply.headers.encode()).toBe("X-A\x001\x00x-a\x002\x00X-B\x003\x00");
  reply.put("x-A", "4", false);
  expect(reply.headers.encode()).toBe("X-B\x003\x00x-A\x004\x00");
});

test("what would split a header is refused and changes nothing", () => {
  const reply = new Reply(false);
  reply.put("x-a", "1", false);
  for (const value of ["a\r\nb: c", "a\nb", "a\0b", "a\rb", "\u2028", "\x7f"]) {
    expect(() => reply.put("x-a", value, false)).toThrow(TypeError);
  }
  for (const name of ["", "a b", "a:", "a\r\n", "ä"]) expect(() => reply.put(name, "x", true)).toThrow(TypeError);
  expect(reply.headers.encode()).toBe("x-a\x001\x00");
});

test("names are strings, and values strings or numbers", () => {
  const reply = new Reply(false);
  reply.put("x-count", 42, false);
  reply.put("x-count", -1.5, true);
  expect(() => reply.put("x-a", undefined as never, false)).toThrow(
    "The value of the header x-a is a string or a number, not undefined",
  );
  for (const value of [null, true, ["a"], new Date(0), { toString: () => "a" }, 1n, Number.NaN, Infinity]) {
    expect(() => reply.put("x-a", value as never, false)).toThrow(
      "The value of the header x-a is a string or a number",
    );
    expect(() => reply.put("connection", value as never, false)).toThrow(TypeError);
  }
  for (const name of [undefined, 1, { toLowerCase: () => "x" }]) {
    expect(() => reply.put(name as never, "1", false)).toThrow("The name of a header is a string");
  }
  expect(reply.headers.encode()).toBe("x-count\x0042\x00x-count\x00-1.5\x00");
});

test("framing belongs to the core", () => {
  const reply = new Reply(false);
  expect(() => reply.put("Transfer-Encoding", "chunked", false)).toThrow(TypeError);
  expect(() => reply.put("Content-Length", "1", true)).toThrow(TypeError);
  reply.put("Connection", "keep-alive", false);
  expect(reply.word(200, 0) >>> 24).toBe(0);
  reply.put("Connection", "keep-alive, Close", false);
  expect(reply.word(200, 0) >>> 24).toBe(responseFlags.close);
  expect(reply.headers.encode()).toBe("");
});

test("a length may be said for HEAD and 304, and goes when the status changes", () => {
  const head = new Reply(true);
  head.put("content-length", "12", false);
  expect(head.word(200, 0)).toBe(200 | (responseFlags.hasLength << 24));
  expect(() => head.put("content-length", "-1", false)).toThrow(TypeError);

  const reply = new Reply(false);
  reply.setStatus(304);
  reply.put("content-length", "12", false);
  expect(reply.word(200, 0)).toBe(304 | (responseFlags.hasLength << 24));
  reply.setStatus(200);
  expect(reply.word(200, 0)).toBe(200);
  expect(reply.headers.encode()).toBe("");
});

test("a status is an integer from 200 to 599", () => {
  const reply = new Reply(false);
  for (const status of [199, 600, 200.5, Number.NaN, 0]) expect(() => reply.setStatus(status)).toThrow(RangeError);
  reply.setStatus(599);
  expect(reply.word(200, 2)).toBe(599 | (2 << 16));
});

test("what was set wins over a Response's headers, what was appended stays beside them", () => {
  const reply = new Reply(false);
  reply.put("x-set", "mine", false);
  reply.put("set-cookie", "mine=1", true);
  reply.putUnder([
    ["x-set", "theirs"],
    ["set-cookie", "theirs=1"],
    ["content-length", "5"],
    ["transfer-encoding", "chunked"],
    ["connection", "close"],
  ]);
  expect(reply.headers.encode()).toBe("x-set\x00mine\x00set-cookie\x00mine=1\x00set-cookie\x00theirs=1\x00");
  expect(reply.word(200, 0) >>> 24).toBe(responseFlags.close);
});
