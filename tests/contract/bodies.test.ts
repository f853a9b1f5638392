// Context: bodies by their type and as they are asked for; Errors: of JSON bodies.
import { expect, test } from "bun:test";
import { App, HttpError } from "@fasterapi/bun";
import { type Ask, contract, jsonOf } from "./support.ts";

/** What kind of value it is, in JSON. */
function told(value: unknown): [kind: string, value: unknown] {
  if (value instanceof Uint8Array) return ["bytes", [...value]];
  return [value === null ? "null" : typeof value, value ?? null];
}

const posted = (body: string | Uint8Array<ArrayBuffer>, type?: string): RequestInit => ({
  method: "POST",
  // Bytes, because `fetch` names a type of its own for strings.
  body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  headers: type === undefined ? {} : { "content-type": type },
});

contract("Context: body is what Content-Type says", (serve) => {
  const cases: [type: string | undefined, body: string, kind: string, value: unknown][] = [
    ["application/json", '{"a":[1,null]}', "object", { a: [1, null] }],
    ["application/json; charset=utf-8", '"text"', "string", "text"],
    ["APPLICATION/JSON", "null", "null", null],
    ["application/problem+json", "1", "number", 1],
    ["text/plain", "é", "string", "é"],
    ["text/html; charset=utf-8", "<p>", "string", "<p>"],
    ["text/csv", "", "string", ""],
    ["application/x-www-form-urlencoded", "a=1&b=%C3%A9+x&a=2", "object", { a: ["1", "2"], b: "é x" }],
    ["application/octet-stream", "{}", "bytes", [123, 125]],
    ["image/png", "x", "bytes", [120]],
    [undefined, "x", "bytes", [120]],
  ];
  test.each(cases)("%p: %j", async (type, body, kind, value) => {
    const app = new App()
      .post("/", (context) => told(context.body))
      .post("/later", async (context) => {
        await Bun.sleep(1);
        return told(context.body);
      })
      .post("/again", (context) => told([context.body, context.body][1]));
    const ask = await serve(app);
    for (const path of ["/", "/later", "/again"]) {
      expect(await jsonOf(ask(path, posted(body, type)))).toEqual([200, [kind, value]]);
    }
  });

  test("undefined without one", async () => {
    const ask = await serve(new App().all("/", ({ body }) => told(body)));
    expect(await jsonOf(ask("/"))).toEqual([200, ["undefined", null]]);
    expect(await jsonOf(ask("/", { method: "DELETE" }))).toEqual([200, ["undefined", null]]);
  });
});

contract("Context: text(), json(), bytes() and form() return promises and may be called repeatedly", (serve) => {
  const app = () =>
    new App()
      .all("/text", async ({ text }) => {
        const promise = text();
        return [promise instanceof Promise, await promise, await text()];
      })
      .all("/json", async ({ json }) => {
        const promise = json();
        return [promise instanceof Promise, await promise, await json()];
      })
      .all("/bytes", async ({ bytes }) => {
        const promise = bytes();
        const [one, two] = [await promise, await bytes()];
        return [promise instanceof Promise, one.constructor === Uint8Array, [...one], [...two]];
      })
      .all("/form", async ({ form }) => {
        const promise = form();
        const list = [await promise, await form()].map((fields) => [fields instanceof FormData, fields.getAll("a")]);
        return [promise instanceof Promise, ...list];
      })
      .all("/all", async ({ body, text, json, bytes }) => [body, await json(), await text(), (await bytes()).length])
      .all("/file", async ({ form }) => {
        const file = (await form()).get("file") as File;
        return [file instanceof File, file.name, await file.text()];
      });

  test("text(), whatever the type", async () => {
    const ask = await serve(app());
    for (const type of ["text/plain", "application/json", "image/png", undefined]) {
      expect(await jsonOf(ask("/text", posted("né", type)))).toEqual([200, [true, "né", "né"]]);
    }
    expect(await jsonOf(ask("/text"))).toEqual([200, [true, "", ""]]);
  });

  test("json(), whatever the type", async () => {
    const ask = await serve(app());
    for (const type of ["application/json", "text/plain", undefined]) {
      expect(await jsonOf(ask("/json", posted('{"a":1}', type)))).toEqual([200, [true, { a: 1 }, { a: 1 }]]);
    }
  });

  test("bytes() is a Uint8Array", async () => {
    const ask = await serve(app());
    const body = new Uint8Array([0, 255, 123]);
    for (const type of ["application/octet-stream", "application/json"]) {
      expect(await jsonOf(ask("/bytes", posted(body, type)))).toEqual([
        200,
        [true, true, [0, 255, 123], [0, 255, 123]],
      ]);
    }
    expect(await jsonOf(ask("/bytes"))).toEqual([200, [true, true, [], []]]);
  });

  test("form() is a FormData, of fields that are urlencoded or multipart", async () => {
    const ask = await serve(app());
    const fieldsSeen = [true, ["1", "é"]];
    const seen: [number, unknown] = [200, [true, fieldsSeen, fieldsSeen]];
    expect(await jsonOf(ask("/form", posted("a=1&b=2&a=%C3%A9", "application/x-www-form-urlencoded")))).toEqual(seen);
    const fields = new FormData();
    for (const value of ["1", "é"]) fields.append("a", value);
    fields.set("file", new File(["line\r\nline"], "f.txt"));
    expect(await jsonOf(ask("/form", { method: "POST", body: fields }))).toEqual(seen);
    expect(await jsonOf(ask("/file", { method: "POST", body: fields }))).toEqual([
      200,
      [true, "f.txt", "line\r\nline"],
    ]);
  });

  test("all of the same body, beside body itself", async () => {
    const ask = await serve(app());
    const seen = [{ a: 1 }, { a: 1 }, '{"a":1}', 7];
    expect(await jsonOf(ask("/all", posted('{"a":1}', "application/json")))).toEqual([200, seen]);
    const large = JSON.stringify(["é".repeat(100_000)]);
    expect(await jsonOf(ask("/all", posted(large, "application/json")))).toEqual([
      200,
      [JSON.parse(large), JSON.parse(large), large, Buffer.byteLength(large)],
    ]);
  });

  test("Errors: a body of another media type is 415", async () => {
    const ask = await serve(app());
    for (const type of ["application/json", "text/plain", undefined]) {
      expect(await jsonOf(ask("/form", posted("a=1", type)))).toEqual([415, { detail: expect.any(String) }]);
    }
  });
});

const bytes = (...values: number[]) => new Uint8Array(values);

const ways = ["/body", "/json", "/late"];
const jsonApp = () =>
  new App()
    .post("/body", ({ body }) => ({ text: JSON.stringify(body) }))
    .post("/json", async ({ json }) => ({ text: JSON.stringify(await json()) }))
    .post("/late", async (context) => {
      await Bun.sleep(1);
      return { text: JSON.stringify(context.body) };
    });

contract("Errors: a JSON body is what JSON.parse makes of the bytes", (serve) => {
  const good: [name: string, text: string][] = [
    ["null, booleans and strings", '[null,true,false,"","\\u00e9é😀"]'],
    ["white space", " \t\r\n{ } \n"],
    ["numbers round", "[0.1,1e-999,-0,123456789012345678901234567890,9007199254740993,5e-324,1.7976931348623157e308]"],
    ["numbers that round to the largest", "[1.79769313486231580793e308,-1.7976931348623158e308]"],
    ["the last duplicate wins", '{"a":1,"b":2,"a":3,"\\u0061":4}'],
    ["escaped lone surrogates", '["\\ud800","\\udc00x","\\ud800\\ud800","\\uD83D\\uDE00"]'],
    ["512 levels of arrays", `${"[".repeat(512)}${"]".repeat(512)}`],
    ["512 levels of objects", `${'{"a":'.repeat(511)}{}${"}".repeat(511)}`],
  ];
  test.each(good)("%s", async (_, text) => {
    const ask = await serve(jsonApp());
    for (const path of ways) {
      const answer = jsonOf(ask(path, posted(text, "application/json")));
      expect([path, ...(await answer)]).toEqual([path, 200, { text: JSON.stringify(JSON.parse(text)) }]);
    }
  });

  test("-0 is -0", async () => {
    const ask = await serve(new App().post("/", ({ body }) => Object.is(body, -0)));
    expect(await jsonOf(ask("/", posted("-0", "application/json")))).toEqual([200, true]);
  });

  test("a lone surrogate arrives as one", async () => {
    const ask = await serve(
      new App().post("/", ({ body }) => [(body as string).length, (body as string).charCodeAt(0)]),
    );
    expect(await jsonOf(ask("/", posted('"\\udc00x"', "application/json")))).toEqual([200, [2, 0xdc00]]);
  });

  test("__proto__ is data", async () => {
    const app = new App().post("/", ({ body }) => [
      Object.keys(body as object),
      Object.getPrototypeOf(body) === Object.prototype,
      (body as { polluted?: number }).polluted ?? "clean",
      "polluted" in {},
    ]);
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}';
    const answer = jsonOf((await serve(app))("/", posted(text, "application/json")));
    expect(await answer).toEqual([200, [["__proto__", "constructor"], true, "clean", false]]);
  });
});

type Entry = { loc: unknown; msg: string; type: string };

async function expectInvalid(ask: Ask, body: string | Uint8Array<ArrayBuffer>, offset: number): Promise<Entry> {
  let last: Entry | undefined;
  for (const path of ways) {
    const answer = await ask(path, posted(body, "application/json"));
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([path, 422, "application/json"]);
    const { detail, ...rest } = (await answer.json()) as { detail: Entry[] };
    expect([path, rest, detail.length, detail[0]!.type, detail[0]!.loc]).toEqual([
      ...[path, {}, 1, "json_invalid"],
      ["body", offset],
    ]);
    last = detail[0];
  }
  return last!;
}

contract("Errors: malformed JSON is 422, json_invalid with the byte offset, from json() as well", (serve) => {
  const bad: [name: string, body: string | Uint8Array<ArrayBuffer>, offset: number][] = [
    // The first byte that can't continue a JSON text …
    ["no JSON", "x", 0],
    ["a comma too many", "[1,]", 3],
    ["a comma too many in an object", '{"a":1,}', 7],
    ["a key without quotes", "{a:1}", 1],
    ["something behind it", "{} x", 3],
    ["a leading zero", "01", 1],
    ["bytes count, not characters", '{"é":x}', 6],
    ["a bad escape", '"a\\x"', 3],
    ["a control character", '"a\nb"', 2],
    ["NaN", "NaN", 0],
    // … or the length where it ends too early.
    ["nothing", "", 0],
    ["white space alone", " \n ", 3],
    ["an array that is open", "[1", 2],
    ["a string that is open", '"é', 3],
    ["half a word", "tru", 3],
    ["a minus", "-", 1],
    // What JSON.parse would take.
    ["a number that rounds to Infinity", "[1,1e309]", 3],
    ["a number that rounds to -Infinity", "-1e999", 0],
    ["a number of many digits that rounds to Infinity", `1${"0".repeat(309)}`, 0],
    ["the first number that rounds to Infinity", "1.7976931348623159e308", 0],
    ["a byte order mark", "\ufeff{}", 0],
    ["513 levels", `${"[".repeat(513)}${"]".repeat(513)}`, 512],
    ["513 levels of objects", `${'{"a":'.repeat(512)}{}${"}".repeat(512)}`, 2_560],
    // Invalid UTF-8.
    ["a byte that none is", bytes(0x22, 0xff, 0x22), 1],
    ["a sequence that is cut off", bytes(0x22, 0xc3, 0x22), 2],
    ["an overlong sequence", bytes(0x22, 0xc0, 0x80, 0x22), 1],
    ["an encoded surrogate", bytes(0x22, 0xed, 0xa0, 0x80, 0x22), 2],
    ["beyond U+10FFFF", bytes(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22), 2],
    ["outside of strings", bytes(0x5b, 0xff, 0x5d), 1],
  ];
  test.each(bad)("%s", async (_, body, offset) => {
    const ask = await serve(jsonApp());
    const { msg } = await expectInvalid(ask, body, offset);
    expect(msg).toMatch(/line \d+, column \d+/);
  });

  test("far into a body", async () => {
    await expectInvalid(await serve(jsonApp()), `${" ".repeat(200_000)}[1,]`, 200_003);
  });

  test("msg says line and column", async () => {
    const ask = await serve(jsonApp());
    const places: [body: string, place: string][] = [
      ["x", "line 1, column 1"],
      ['{\n  "a": 1,\n  b\n}', "line 3, column 3"],
      ["[1,\r\n\r\n]", "line 3, column 1"],
      ['["é", x]', "line 1, column 7"],
      ["[1,", "line 1, column 4"],
    ];
    for (const [body, place] of places) {
      const { msg } = await expectInvalid(ask, body, Buffer.byteLength(body.replace(/x\]$|b\n\}$|\]$|x$/, "")));
      expect([body, msg]).toEqual([body, expect.stringContaining(place)]);
    }
  });

  test("a handler may catch what json() rejects with: an HttpError of 422", async () => {
    const app = new App().post("/", async ({ json }) => {
      try {
        return await json();
      } catch (error) {
        return { caught: error instanceof HttpError && error.status };
      }
    });
    expect(await jsonOf((await serve(app))("/", posted("{")))).toEqual([200, { caught: 422 }]);
  });

  test("with another type it is no JSON, and no error", async () => {
    const ask = await serve(new App().post("/", ({ body }) => told(body)));
    expect(await jsonOf(ask("/", posted("{", "text/plain")))).toEqual([200, ["string", "{"]]);
  });
});
