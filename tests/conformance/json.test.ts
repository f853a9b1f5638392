// JSON bodies: what JSON.parse makes of them, or a 422 that says where they are none.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { each } from "../support/each.ts";
import { ask } from "../support/raw.ts";

const app = new App()
  .post("/body", ({ body }) => ({ text: JSON.stringify(body) }))
  .post("/json", async ({ json }) => ({ text: JSON.stringify(await json()) }))
  .post("/late", async (context) => {
    await Bun.sleep(1);
    return { text: JSON.stringify(context.body) };
  })
  .post("/caught", async ({ json }) => {
    try {
      await json();
    } catch (error) {
      return { caught: (error as { status: number }).status };
    }
    return undefined;
  })
  .post("/keys", ({ body }) => {
    const value = body as object;
    return [Object.keys(value), Object.getPrototypeOf(value) === Object.prototype, "polluted" in {}];
  });
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

function post(path: string, body: Uint8Array) {
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return ask(server, Buffer.concat([Buffer.from(head), body]));
}

const bytesOf = (body: string | Uint8Array) => (typeof body === "string" ? Buffer.from(body) : body);
/** The same beyond the size from which bodies are memory of their own. */
const padded = (body: Uint8Array) => Buffer.concat([Buffer.alloc(70_000, " "), body]);
const paths = ["/body", "/json", "/late"];

describe("what JSON.parse accepts, and what it makes of it", () => {
  const good = [
    "null",
    "true",
    "0",
    "-0",
    "-0.0e-0",
    "1e2",
    "1E+2",
    "123456789012345678901234567890",
    "0.1",
    "1.7976931348623157e308",
    "1.79769313486231580793e308",
    "5e-324",
    "1e-999",
    "-1e-400",
    "9007199254740993",
    `0.${"1".repeat(400)}`,
    '""',
    '"é日😀"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\udc00\\ud800x"',
    '"\\u0000"',
    '"\u007f\u0080\u2028\u2029"',
    "[]",
    "{}",
    " \t\r\n[ 1 , 2 ] \t\r\n",
    '{"a":{"b":[{},[],""]}}',
    '{"":1}',
    '{"a":1,"a":2,"b":3,"a":4}',
    '{"a":1,"\\u0061":2}',
    `${"[".repeat(512)}${"]".repeat(512)}`,
    `${'{"a":'.repeat(511)}[]${"}".repeat(511)}`,
    JSON.stringify("x".repeat(20_000)),
    JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ i, s: `${i}`, f: i / 7 }))),
  ];
  each(
    good.map((text): [string] => [text]),
    async (text) => {
      const expected = { text: JSON.stringify(JSON.parse(text)) };
      for (const path of paths) {
        expect((await post(path, bytesOf(text))).json()).toEqual(expected);
        expect((await post(path, padded(bytesOf(text)))).json()).toEqual(expected);
      }
    },
  );

  test("__proto__ and constructor are data", async () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":2}';
    expect((await post("/keys", bytesOf(text))).json()).toEqual([
      ["__proto__", "constructor", "toString"],
      true,
      false,
    ]);
  });
});

describe("what is none is a 422 with the offset", () => {
  const mark = "\ufeff";
  const bad: [body: string | Uint8Array, offset: number][] = [
    ["", 0],
    [" ", 1],
    ["\r\n\t ", 4],
    ["x", 0],
    ["nul", 3],
    ["nulx", 3],
    ["nullx", 4],
    ["True", 0],
    ["NaN", 0],
    ["Infinity", 0],
    ["-", 1],
    ["-x", 1],
    ["+1", 0],
    ["01", 1],
    ["-01", 2],
    ["1.", 2],
    ["1.x", 2],
    [".5", 0],
    ["1e", 2],
    ["1e+", 3],
    ["0x1", 1],
    ["1 2", 2],
    ["1,", 1],
    ["'a'", 0],
    ['"a', 2],
    ['"a\\', 3],
    ['"a\\x"', 3],
    ['"\\u12"', 5],
    ['"\\u12g4"', 5],
    ['"a\nb"', 2],
    ['"a\tb"', 2],
    ['"a\0b"', 2],
    ["[", 1],
    ["[1", 2],
    ["[1,", 3],
    ["[1,]", 3],
    ["[,1]", 1],
    ["[1 2]", 3],
    ["]", 0],
    ["[}", 1],
    ["{", 1],
    ["{a:1}", 1],
    ['{"a"}', 4],
    ['{"a":}', 5],
    ['{"a":1', 6],
    ['{"a":1,', 7],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["{1:2}", 1],
    ["{}}", 2],
    ["[] []", 3],
    ["// comment", 0],
    ["[1]/**/", 3],
    ["\u00a01", 0],
    ["\u2028 1", 0],
    ['{"é":x}', 6],
    [`${mark}1`, 0],
    [`${mark}{"a":1}`, 0],
    [mark, 0],
    [`1${mark}`, 1],
    [new Uint8Array([0x22, 0xff, 0x22]), 1],
    [new Uint8Array([0x22, 0xc3, 0x22]), 2],
    [new Uint8Array([0x22, 0xc0, 0x80, 0x22]), 1],
    [new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 2],
    [new Uint8Array([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]), 2],
    [new Uint8Array([0x22, 0xe2, 0x82]), 3],
    [new Uint8Array([0x5b, 0x31, 0xff, 0x5d]), 2],
    [new Uint8Array([0x00]), 0],
    ["1e999", 0],
    ["-1e999", 0],
    ["[1,2e400]", 3],
    ["1.7976931348623159e308", 0],
    [`1${"0".repeat(309)}`, 0],
    [`${"[".repeat(513)}${"]".repeat(513)}`, 512],
    [`${'{"a":'.repeat(512)}{}${"}".repeat(512)}`, 512 * 5],
    ["[".repeat(100_000), 512],
  ];
  each(bad, async (body, offset) => {
    for (const path of paths) {
      const answer = await post(path, bytesOf(body));
      expect(answer.status).toBe(422);
      expect(answer.closes).toBe(false);
      const { detail } = answer.json() as { detail: { loc: unknown; msg: string; type: string }[] };
      expect(detail.length).toBe(1);
      expect([detail[0]!.type, detail[0]!.loc]).toEqual(["json_invalid", ["body", offset]]);
      expect(Object.keys(detail[0]!).sort()).toEqual(["loc", "msg", "type"]);
      expect(detail[0]!.msg).toMatch(/^[A-Z].* at line \d+, column \d+$/);
    }
  });

  test("an offset beyond 64 KB", async () => {
    for (const path of paths) {
      const answer = await post(path, padded(bytesOf("[1,]")));
      expect(answer.json()).toMatchObject({ detail: [{ loc: ["body", 70_003], type: "json_invalid" }] });
    }
  });

  test("line and column are those of a person", async () => {
    const messages: [body: string, place: string][] = [
      ["x", "line 1, column 1"],
      ["[1,\n 2,\n  x]", "line 3, column 3"],
      ["[1,\r\n x]", "line 2, column 2"],
      ['["é", x]', "line 1, column 7"],
      ["\n\n", "line 3, column 1"],
    ];
    for (const [body, place] of messages) {
      const { detail } = (await post("/body", bytesOf(body))).json() as { detail: { msg: string }[] };
      expect(detail[0]!.msg).toEndWith(place);
    }
  });

  test("a handler may catch it", async () => {
    expect((await post("/caught", bytesOf("{"))).json()).toEqual({ caught: 422 });
  });
});
