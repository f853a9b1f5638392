// Chunked bodies: sizes, extensions, trailers and their limits.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { each } from "../support/each.ts";
import { askAll, RawClient, request } from "../support/raw.ts";
import { Refusals } from "./refusals.ts";

let bodies = 0;
const app = new App()
  .post("/", async ({ text, headers }) => {
    bodies++;
    return { text: await text(), vary: headers.get("vary"), length: headers.get("content-length") };
  })
  .post("/constant", "constant");
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const refusals = await Refusals.start();
afterAll(async () => {
  await server.stop({ drainMs: 0 });
  await refusals[Symbol.asyncDispose]();
});

const head = (path = "/") => `POST ${path} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n`;
const extension = (bytes: number) => `;${"e".repeat(bytes - 1)}`;

describe("what is understood", () => {
  const good: [body: string, text: string][] = [
    ["0\r\n\r\n", ""],
    ["000\r\n\r\n", ""],
    ["5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["0005\r\nhello\r\n0\r\n\r\n", "hello"],
    ["0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"],
    ["a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"],
    ["1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "abc"],
    ["2\r\n\r\n\r\n0\r\n\r\n", "\r\n"],
    ["8\r\n0\r\n\r\nGET\r\n0\r\n\r\n", "0\r\n\r\nGET"],
    ["5;a\r\nhello\r\n0;b\r\n\r\n", "hello"],
    ["5;a=b;c;d=e\r\nhello\r\n0\r\n\r\n", "hello"],
    ['5;a="b c";d="\\"\\\\";e=""\r\nhello\r\n0\r\n\r\n', "hello"],
    ['5;a="\xff\t"\r\nhello\r\n0\r\n\r\n', "hello"],
    ["5\r\nhello\r\n0\r\nVary: x\r\nContent-Length: 99\r\n\r\n", "hello"],
    ["5\r\nhello\r\n0\r\nX:\r\nY: \t a b \xff\r\n\r\n", "hello"],
    [`5${extension(4096)}\r\nhello\r\n0\r\n\r\n`, "hello"],
    [`5${extension(2048)}\r\nhello\r\n0${extension(2048)}\r\n\r\n`, "hello"],
  ];
  each(good, async (body, text) => {
    const answers = await askAll(server, `${head()}${body}${head("/constant")}${body}${head()}${body}`, 3);
    // Trailers are dropped: what came with the head stands.
    expect(answers[0]!.json()).toEqual({ text, vary: null, length: null });
    expect(answers[1]!.text).toBe("constant");
    expect(answers[2]!.json()).toEqual({ text, vary: null, length: null });
  });

  test("a trailer of 4 KB", async () => {
    const trailer = `X:${"y".repeat(4092)}\r\n`;
    expect(trailer.length).toBe(4096);
    const [answer] = await askAll(server, `${head()}1\r\na\r\n0\r\n${trailer}\r\n`, 1);
    expect(answer!.json()).toEqual({ text: "a", vary: null, length: null });
  });

  test("many chunks of many sizes", async () => {
    let body = "";
    let text = "";
    for (let size = 1; size < 300; size++) {
      const chunk = String.fromCharCode(97 + (size % 26)).repeat(size);
      body += `${size.toString(16)}\r\n${chunk}\r\n`;
      text += chunk;
    }
    const [answer] = await askAll(server, `${head()}${body}0\r\n\r\n`, 1);
    expect((answer!.json() as { text: string }).text).toBe(text);
  });
});

const size = "Malformed chunk: the size is not a hexadecimal number";
const extensions = "Malformed chunk: the extension is not valid";
const end = "Malformed chunk: its data does not end with CRLF";
const endings = "Lines must end with CRLF";
const trailer = "Malformed trailer field";
const extra = "Chunk extensions and trailers are too large";

const malformed: [body: string, status: number, detail: string][] = [
  ["\r\nhello", 400, size],
  ["g\r\nx", 400, size],
  ["x5\r\nhello", 400, size],
  ["0x5\r\nhello", 400, size],
  ["5h\r\nhello", 400, size],
  ["+5\r\nhello", 400, size],
  ["-5\r\nhello", 400, size],
  ["-1\r\nhello", 400, size],
  ["5_0\r\nhello", 400, size],
  ["5 \r\nhello", 400, size],
  [" 5\r\nhello", 400, size],
  ["5\t\r\nhello", 400, size],
  ["5 ;a\r\nhello", 400, size],
  ["5 a\r\nhello", 400, size],
  ["5,\r\nhello", 400, size],
  ["5.0\r\nhello", 400, size],
  ["5\x00\r\nhello", 400, size],
  [";a\r\nhello", 400, size],
  ["5\nhello\r\n", 400, size],
  ["00000000000000005\r\nhello", 400, size],
  ["10000000000000000\r\nhello", 400, size],
  [`${"0".repeat(5000)}\r\n`, 400, size],
  ["ffffffffffffffff\r\nhello", 413, "The request body is too large"],
  ["7fffffffffffffff\r\nhello", 413, "The request body is too large"],
  ["A00001\r\nhello", 413, "The request body is too large"],
  ["5\rhello", 400, endings],
  ["5\r\r\nhello", 400, endings],
  ["5;\r\nhello", 400, extensions],
  ["5; a\r\nhello", 400, extensions],
  ["5;a \r\nhello", 400, extensions],
  ["5;a=\r\nhello", 400, extensions],
  ["5;a= b\r\nhello", 400, extensions],
  ["5;a=b c\r\nhello", 400, extensions],
  ["5;=b\r\nhello", 400, extensions],
  ["5;;\r\nhello", 400, extensions],
  ['5;a="b\r\nhello', 400, extensions],
  ['5;a="b"c\r\nhello', 400, extensions],
  ['5;a="\\\r\nhello', 400, extensions],
  ["5;a\nhello", 400, extensions],
  ["5;a\x00\r\nhello", 400, extensions],
  ['5;a="\x7f"\r\nhello', 400, extensions],
  ["5;a\rhello", 400, endings],
  ["5\r\nhello0\r\n\r\n", 400, end],
  ["5\r\nhello\n0\r\n\r\n", 400, end],
  ["5\r\nhello\r0\r\n\r\n", 400, end],
  ["5\r\nhello!\r\n0\r\n\r\n", 400, end],
  ["5\r\nhel\r\n0\r\n\r\n", 400, end],
  ["5\r\nhello\r\n\r\n", 400, size],
  ["0\r\n\n", 400, trailer],
  ["0\n\r\n", 400, size],
  ["0\r\n: a\r\n\r\n", 400, trailer],
  ["0\r\n a: b\r\n\r\n", 400, trailer],
  ["0\r\na b: c\r\n\r\n", 400, trailer],
  ["0\r\na : c\r\n\r\n", 400, trailer],
  ["0\r\na\r\n\r\n", 400, trailer],
  ["0\r\na: \x00\r\n\r\n", 400, trailer],
  ["0\r\na: b\n\r\n", 400, trailer],
  ["0\r\na: b\r\n c\r\n\r\n", 400, trailer],
  ["0\r\n\xe9: b\r\n\r\n", 400, trailer],
  ["0\r\na: b\rc\r\n\r\n", 400, endings],
  ["0\r\n\rx", 400, endings],
  [`5${extension(4097)}\r\nhello\r\n0\r\n\r\n`, 400, extra],
  [`5${extension(2048)}\r\nhello\r\n0${extension(2049)}\r\n\r\n`, 400, extra],
  [`5${extension(4000)}\r\nhello\r\n0\r\nX: ${"y".repeat(100)}\r\n\r\n`, 400, extra],
  [`0\r\nX: ${"y".repeat(5000)}\r\n\r\n`, 400, extra],
  [`0\r\n${"X: y\r\n".repeat(700)}\r\n`, 400, extra],
  [`${"1;abcdefghi\r\nx\r\n".repeat(500)}0\r\n\r\n`, 400, extra],
];

describe("what is malformed", () => {
  each(malformed, async (body, status, detail) => {
    await refusals.expect(`${head()}${body}`, status, detail);
  });

  /** Its request has an answer already, so that nothing is said of it, but nothing behind it is looked at. */
  const behindConstant = async (body: string) => {
    const before = bodies;
    using client = await RawClient.open(server);
    client.send(head("/constant") + body + request("/", { method: "POST", body: "x" }));
    expect((await client.answer()).text).toBe("constant");
    await client.ended();
    expect(bodies).toBe(before);
  };
  each(malformed, (body) => behindConstant(body), " behind a constant ends the connection");
});
