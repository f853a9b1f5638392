import { describe, expect, test } from "bun:test";
import { type HttpParseResult, HttpParser, type HttpRequestHead, MisuseError } from "./index.ts";

const utf8 = (text: string) => Buffer.from(text);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return (error as MisuseError).code;
  }
  throw new Error("Nothing was thrown");
}

function complete(result: HttpParseResult): HttpRequestHead {
  if (result.state !== "complete") throw new Error(`it is ${JSON.stringify(result)}`);
  return result;
}

const post =
  "POST /a/b%20c?d=e HTTP/1.1\r\nHost: example.org\r\nX-Own: \t one\r\nx-own: two\r\nContent-Length: 5\r\n\r\n";

/** All that a head says. */
function said(head: HttpRequestHead) {
  const { method, target, path, query, minorVersion, bodyKind, contentLength, keepAlive, expectsContinue } = head;
  const { headers, headBytes } = head;
  const line = { method, target, path, query, minorVersion };
  return { ...line, bodyKind, contentLength, keepAlive, expectsContinue, headers, headBytes };
}

const whole = {
  method: "POST",
  target: "/a/b%20c?d=e",
  path: "/a/b%20c",
  query: "d=e",
  minorVersion: 1,
  bodyKind: "length",
  contentLength: 5,
  keepAlive: true,
  expectsContinue: false,
  headers: [
    ["host", "example.org"],
    ["x-own", "one"],
    ["x-own", "two"],
    ["content-length", "5"],
  ],
  headBytes: post.length,
} as const;

test("a head says what it is and where it ends", () => {
  using parser = new HttpParser();
  const head = complete(parser.parse(utf8(`${post}hello`)));
  expect(head.consumed).toBe(post.length);
  expect(said(head)).toEqual(whole as never);
  expect([head.header("Host"), head.header("X-OWN"), head.header("x")]).toEqual(["example.org", "one, two", null]);
});

test("in two pieces anywhere, and byte by byte, it is the same", () => {
  using parser = new HttpParser();
  const bytes = utf8(`${post}hello`);
  for (let split = 0; split < post.length; split++) {
    expect(parser.parse(bytes.subarray(0, split))).toEqual({ state: "partial" });
    const head = complete(parser.parse(bytes.subarray(split)));
    expect([split, head.consumed, said(head)]).toEqual([split, post.length - split, whole as never]);
  }
  for (let i = 0; i < post.length - 1; i++) expect(parser.parse(bytes.subarray(i, i + 1)).state).toBe("partial");
  expect(said(complete(parser.parse(bytes.subarray(post.length - 1, post.length))))).toEqual(whole as never);
});

test("bytes of every kind, which may change afterwards", () => {
  using parser = new HttpParser();
  const shared = new Uint8Array(new SharedArrayBuffer(post.length));
  shared.set(utf8(post));
  for (const bytes of [utf8(post), new Uint8Array(utf8(post)), shared, utf8(`x${post}`).subarray(1)]) {
    const head = complete(parser.parse(bytes));
    bytes.fill(0);
    expect(said(head)).toEqual(whole as never);
  }
});

test("one after another, with what each has between", () => {
  using parser = new HttpParser();
  let rest: Uint8Array = utf8(`${post}hello`.repeat(300));
  let count = 0;
  for (; rest.length > 0; count++) {
    const head = complete(parser.parse(rest));
    rest = rest.subarray(head.consumed + head.contentLength);
  }
  expect(count).toBe(300);
});

test("what is said of the message", () => {
  using parser = new HttpParser();
  const cases: [string, Partial<ReturnType<typeof said>>][] = [
    ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", { bodyKind: "none", contentLength: 0, keepAlive: true, query: "" }],
    ["GET / HTTP/1.0\r\n\r\n", { minorVersion: 0, keepAlive: false, headers: [] }],
    ["GET / HTTP/1.1\r\nHost: x\r\nConnection: a, close\r\n\r\n", { keepAlive: false }],
    ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", { bodyKind: "chunked", contentLength: 0 }],
    [
      "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627776\r\nExpect: 100-continue\r\n\r\n",
      { bodyKind: "length", contentLength: 2 ** 40, expectsContinue: true },
    ],
    ["OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", { target: "*", path: "*" }],
    ["GET http://a.b?c HTTP/1.1\r\nHost: x\r\n\r\n", { target: "http://a.b?c", path: "/", query: "c" }],
    [
      "GET / HTTP/1.1\r\nHost: x\r\nA: \xe9\r\n\r\n",
      {
        headers: [
          ["host", "x"],
          ["a", "é"],
        ],
      },
    ],
    ["\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n", { method: "HEAD" }],
  ];
  for (const [text, expected] of cases) {
    const head = complete(parser.parse(Buffer.from(text, "latin1")));
    expect([text, said(head)]).toEqual([text, expect.objectContaining(expected)]);
    expect([head.headBytes, head.consumed]).toEqual([text.length, text.length]);
  }
});

test("what is wrong, with a status, and where", () => {
  const begin = "GET / HTTP/1.1\r\nHost: x\r\n";
  const cases: [string, number, string, number][] = [
    ["G@T", 400, "Malformed request line: the method is not a token", 0],
    ["BREW / HTTP/1.1\r\n", 501, "Method not implemented", 0],
    ["GET / HTTP/2.0\r\n", 505, "HTTP version not supported", 0],
    [`GET /${"a".repeat(8_192)} HTTP/1.1\r\n`, 414, "The request target is too long", 0],
    [`${begin}A : b\r\n`, 400, "Malformed header: white space before the colon", begin.length],
    [`${begin}A: b\n`, 400, "Lines must end with CRLF", begin.length],
    [`${begin}A: ${"b".repeat(17_000)}`, 431, "The request head is too large", begin.length],
    [begin + "A: b\r\n".repeat(100), 431, "Too many header fields", begin.length + 6 * 99],
    ["GET / HTTP/1.1\r\nA: b\r\n\r\n", 400, "The Host header is missing", 24],
    [
      `${begin}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      "Content-Length together with Transfer-Encoding",
      74,
    ],
    [`${begin}Transfer-Encoding: br, chunked\r\n\r\n`, 501, "Transfer coding not implemented", 59],
    [`${begin}Expect: x\r\n\r\n`, 417, "Only the expectation 100-continue is supported", 38],
    [`${begin}Content-Length: 1099511627777\r\n\r\n`, 413, "The request body is too large", 58],
  ];
  for (const [text, status, detail, offset] of cases) {
    using parser = new HttpParser();
    const result = parser.parse(utf8(text));
    expect(result).toEqual({ state: "malformed", status, detail, offset });
    // It stays so: what follows is not to be trusted.
    expect(parser.parse(utf8(post))).toBe(result);
    parser.reset();
    expect(said(complete(parser.parse(utf8(post))))).toEqual(whole as never);
    // However it arrives.
    let last: HttpParseResult = { state: "partial" };
    for (const byte of utf8(text)) {
      last = parser.parse(Uint8Array.of(byte));
      if (last.state !== "partial") break;
    }
    expect([text.slice(0, 80), last]).toEqual([text.slice(0, 80), result]);
  }
});

test("spoilt heads, in pieces of any size, are what they are in one", () => {
  const texts = [
    post,
    "GET http://h/p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close, a\r\n\r\n",
    `PUT /${"x".repeat(3_000)} HTTP/1.0\r\nLong: ${"y".repeat(9_000)}\r\nContent-Length: 12\r\n\r\n`,
  ];
  let state = 5;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const shown = (result: HttpParseResult) => JSON.stringify(result.state === "complete" ? said(result) : result);
  const states = new Set<string>();
  for (let i = 0; i < 3_000; i++) {
    using whole = new HttpParser();
    using pieces = new HttpParser();
    const text = texts[random(3)]!;
    // Some are cut off.
    const bytes = utf8(text.slice(0, random(4) === 0 ? 1 + random(text.length) : text.length));
    for (let count = random(3); count > 0; count--) {
      bytes[random(bytes.length)] = [9, 10, 13, 32, 58, 0, 127, random(256)][random(8)]!;
    }
    const expected = whole.parse(bytes);
    let found: HttpParseResult = { state: "partial" };
    for (let at = 0; at < bytes.length && found.state === "partial"; ) {
      const size = 1 + random(random(2) === 0 ? 5 : 4_000);
      found = pieces.parse(bytes.subarray(at, at + size));
      at += size;
    }
    states.add(expected.state);
    if (shown(found) !== shown(expected)) expect([i, shown(found)]).toEqual([i, shown(expected)]);
  }
  expect([...states].sort()).toEqual(["complete", "malformed", "partial"]);
});

test("limits", () => {
  const text = "GET /abc HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
  const cases: [object, string | number][] = [
    [{ targetBytes: 4, headBytes: text.length, headers: 2 }, "complete"],
    [{ targetBytes: 3 }, 414],
    [{ headBytes: text.length - 1 }, 431],
    [{ headers: 1 }, 431],
    [{ headBytes: 65_536, targetBytes: 65_536, headers: 1_024 }, "complete"],
  ];
  for (const [limits, expected] of cases) {
    using parser = new HttpParser({ limits });
    const result = parser.parse(utf8(text));
    expect([limits, result.state === "malformed" ? result.status : result.state]).toEqual([limits, expected]);
  }
  using large = new HttpParser({ limits: { headBytes: 65_536, headers: 1_024 } });
  const many = `GET / HTTP/1.1\r\nHost: x\r\n${"Abc: defghijklmno\r\n".repeat(1_023)}\r\n`;
  const head = complete(large.parse(utf8(many)));
  expect(head.headers.length).toBe(1_024);
  expect(head.headers.slice(1).every(([name, value]) => name === "abc" && value === "defghijklmno")).toBe(true);
});

describe("misuse", () => {
  test("what wasn't read before the next call", () => {
    using parser = new HttpParser();
    const first = complete(parser.parse(utf8(post)));
    expect(first.path).toBe("/a/b%20c");
    parser.parse(utf8("GET /other HTTP/1.1\r\nHost: y\r\n\r\n"));
    expect([first.path, first.method, first.contentLength]).toEqual(["/a/b%20c", "POST", 5]);
    for (const run of [() => first.target, () => first.query, () => first.headers, () => first.header("host")]) {
      expect(codeOf(run)).toBe("EXPIRED");
    }
    const second = complete(parser.parse(utf8(post)));
    parser.reset();
    expect(codeOf(() => second.target)).toBe("EXPIRED");
  });

  test("of one that was closed", () => {
    const parser = new HttpParser();
    const head = complete(parser.parse(utf8(post)));
    parser.close();
    parser.close();
    expect(codeOf(() => parser.parse(utf8(post)))).toBe("CLOSED");
    expect(codeOf(() => head.target)).toBe("EXPIRED");
  });

  test("arguments of other kinds", () => {
    using parser = new HttpParser();
    for (const wrong of [undefined, post, new ArrayBuffer(2), new Uint16Array(2), [1]]) {
      expect(codeOf(() => parser.parse(wrong as never))).toBe("ARGUMENT_INVALID");
    }
    const detached = new Uint8Array(2);
    structuredClone(detached, { transfer: [detached.buffer] });
    expect(parser.parse(detached)).toEqual({ state: "partial" });
    for (const limits of [
      { headBytes: 0 },
      { headBytes: 65_537 },
      { headers: 1_025 },
      { targetBytes: 1.5 },
      { headers: "1" },
    ]) {
      expect(codeOf(() => new HttpParser({ limits: limits as never }))).toBe("ARGUMENT_INVALID");
    }
  });
});
