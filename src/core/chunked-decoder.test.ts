import { describe, expect, test } from "bun:test";
import { ChunkedDecoder, type DecodedChunks, MisuseError } from "./index.ts";

const utf8 = (text: string) => Buffer.from(text);
const text = '5\r\nhello\r\n7;a=b;c="d\\""\r\n, world\r\n0\r\nTrailer: x\r\n\r\n';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return (error as MisuseError).code;
  }
  throw new Error("Nothing was thrown");
}

/** What came of it: state, text and bytes. */
function shown(result: ReturnType<ChunkedDecoder["decode"]>): unknown {
  if (result.state === "malformed") return [result.status, result.detail];
  return [result.state, Buffer.from(result.data).toString(), result.consumed];
}

test("a body, in two pieces anywhere, and byte by byte", () => {
  using decoder = new ChunkedDecoder();
  const bytes = utf8(`${text}GET / `);
  expect(shown(decoder.decode(bytes))).toEqual(["complete", "hello, world", text.length]);
  for (let split = 0; split < text.length; split++) {
    const first = decoder.decode(bytes.subarray(0, split)) as DecodedChunks;
    expect([first.state, first.consumed]).toEqual(["partial", split]);
    const second = decoder.decode(bytes.subarray(split)) as DecodedChunks;
    expect([second.state, second.consumed]).toEqual(["complete", text.length - split]);
    expect(Buffer.concat([first.data, second.data]).toString()).toBe("hello, world");
  }
  let body = "";
  for (const byte of utf8(text)) {
    const result = decoder.decode(Uint8Array.of(byte)) as DecodedChunks;
    body += Buffer.from(result.data).toString();
  }
  expect(body).toBe("hello, world");
  expect(bytes.toString()).toBe(`${text}GET / `);
});

test("large ones", () => {
  using decoder = new ChunkedDecoder();
  const data = Buffer.alloc(3_000_000, "abcdefg");
  const bytes = Buffer.concat([utf8(`${data.length.toString(16)}\r\n`), data, utf8("\r\n0\r\n\r\n")]);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) {
    found.push((decoder.decode(bytes.subarray(at, at + 65_536)) as DecodedChunks).data);
  }
  expect(Buffer.concat(found).equals(data)).toBe(true);
});

test("what is wrong, and bounds", () => {
  const cases: [string, object, number, string][] = [
    ["x", {}, 400, "Malformed chunk: the size is not a hexadecimal number"],
    ["1\r\nab", {}, 400, "Malformed chunk: its data does not end with CRLF"],
    ["1;=\r\n", {}, 400, "Malformed chunk: the extension is not valid"],
    ["0\r\n:x\r\n", {}, 400, "Malformed trailer field"],
    ["1\n", {}, 400, "Malformed chunk: the size is not a hexadecimal number"],
    ["a00001\r\n", {}, 413, "The request body is too large"],
    ["3\r\nabc\r\n2\r\n", { bodyBytes: 4 }, 413, "The request body is too large"],
    ["0;abcd\r\n", { chunkExtraBytes: 4 }, 400, "Chunk extensions and trailers are too large"],
  ];
  for (const [wrong, limits, status, detail] of cases) {
    using decoder = new ChunkedDecoder({ limits });
    const result = decoder.decode(utf8(wrong));
    expect([wrong, shown(result)]).toEqual([wrong, [status, detail]]);
    expect(decoder.decode(utf8(text))).toBe(result);
    decoder.reset();
    expect(shown(decoder.decode(utf8("1\r\nx\r\n0\r\n\r\n")))).toEqual(["complete", "x", 11]);
  }
});

describe("misuse", () => {
  test("of one that was closed", () => {
    const decoder = new ChunkedDecoder();
    decoder.close();
    decoder.close();
    expect(codeOf(() => decoder.decode(utf8(text)))).toBe("CLOSED");
  });

  test("arguments of other kinds", () => {
    using decoder = new ChunkedDecoder();
    for (const wrong of [undefined, text, new ArrayBuffer(1), [1]]) {
      expect(codeOf(() => decoder.decode(wrong as never))).toBe("ARGUMENT_INVALID");
    }
    expect(shown(decoder.decode(new Uint8Array(0)))).toEqual(["partial", "", 0]);
    for (const limits of [{ bodyBytes: -1 }, { bodyBytes: 2 ** 41 }, { chunkExtraBytes: 65_537 }, { bodyBytes: 1.5 }]) {
      expect(codeOf(() => new ChunkedDecoder({ limits }))).toBe("ARGUMENT_INVALID");
    }
  });
});
