// The body as a handler gets it: by what Content-Type says, or as it asks for it.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, request } from "../support/raw.ts";

type Told = { kind: string; value: unknown };

function tell(value: unknown): Told {
  if (value instanceof Uint8Array) return { kind: "bytes", value: [...value] };
  return { kind: value === null ? "null" : typeof value, value: value ?? null };
}

type Field = [name: string, value: string | File];

const entriesOf = (form: FormData) => [...(form as unknown as Iterable<Field>)];

async function tellField([name, value]: Field): Promise<unknown> {
  return [name, typeof value === "string" ? value : [value.name, value.type, await value.text()]];
}

const app = new App()
  .all("/body", ({ body }) => tell(body))
  .all("/late-body", async (context) => {
    await Bun.sleep(1);
    return tell(context.body);
  })
  .all("/twice", (context) => [tell(context.body), tell(context.body)])
  .all("/text", async ({ text }) => [await text(), await text()])
  .all("/json", async ({ json }) => [await json(), await json()])
  .all("/bytes", async ({ bytes }) => {
    const body = await bytes();
    return [body.constructor === Uint8Array, [...body], [...(await bytes())]];
  })
  .all("/all", async ({ text, json, bytes, body }) => [body, await text(), await json(), (await bytes()).length])
  .all("/form", async ({ form }) => {
    const fields = await form();
    const list = await Promise.all(entriesOf(fields).map(tellField));
    const again = entriesOf(await form());
    return [fields instanceof FormData, list, again.length];
  });
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

async function post(path: string, type: string | undefined, body: string) {
  const headers = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  const answer = await ask(server, request(path, { method: "POST", headers, body }));
  return [answer.status, answer.json()] as [number, unknown];
}

const latin1 = (text: string) => Buffer.from(text).toString("latin1");

describe("body, by Content-Type", () => {
  const cases: [type: string | undefined, body: string, kind: string, value: unknown][] = [
    ["application/json", '{"a":[1,null]}', "object", { a: [1, null] }],
    ["application/json", '"text"', "string", "text"],
    ["application/json", "null", "null", null],
    ["application/json", " 1 ", "number", 1],
    ["APPLICATION/JSON", "1", "number", 1],
    ["application/json; charset=utf-8", "1", "number", 1],
    ["application/json ;x", "1", "number", 1],
    ["application/problem+json", '{"a":1}', "object", { a: 1 }],
    ["application/vnd.api+json; v=1", "[1]", "object", [1]],
    ["text/plain", "plain", "string", "plain"],
    ["text/plain; charset=utf-8", latin1("é"), "string", "é"],
    ["text/html", "<p>", "string", "<p>"],
    ["Text/CSV", "a,b", "string", "a,b"],
    ["text/plain", "", "string", ""],
    ["text/plain", "\xff", "string", "\ufffd"],
    ["text/plain", "\xef\xbb\xbfmark", "string", "mark"],
    ["application/x-www-form-urlencoded", "a=1&b=2&a=3&c+d=%C3%A9", "object", { a: ["1", "3"], b: "2", "c d": "é" }],
    ["application/x-www-form-urlencoded", "", "object", {}],
    ["application/octet-stream", "\x00\xff", "bytes", [0, 255]],
    ["image/png", "x", "bytes", [120]],
    ["json", "1", "bytes", [49]],
    ["application/jsonx", "1", "bytes", [49]],
    ["", "x", "bytes", [120]],
    [undefined, "x", "bytes", [120]],
    [undefined, "", "undefined", null],
  ];
  test.each(cases)("%p: %j", async (type, body, kind, value) => {
    expect(await post("/body", type, body)).toEqual([200, { kind, value }]);
    expect(await post("/late-body", type, body)).toEqual([200, { kind, value }]);
    expect(await post("/twice", type, body)).toEqual([
      200,
      [
        { kind, value },
        { kind, value },
      ],
    ]);
  });

  test("undefined without a body", async () => {
    for (const headers of ["", "Content-Type: application/json\r\n", "Content-Type: text/plain\r\n"]) {
      const answer = await ask(server, request("/body", { headers }));
      expect(answer.json()).toEqual({ kind: "undefined", value: null });
    }
  });

  test("a large one", async () => {
    const text = "x".repeat(300_000);
    expect(await post("/body", "text/plain", text)).toEqual([200, { kind: "string", value: text }]);
    expect(await post("/body", "application/json", JSON.stringify([text]))).toEqual([
      200,
      { kind: "object", value: [text] },
    ]);
    expect(await post("/late-body", "application/json", JSON.stringify([text]))).toEqual([
      200,
      { kind: "object", value: [text] },
    ]);
  });
});

describe("as it is asked for, again and again", () => {
  test("text", async () => {
    expect(await post("/text", "image/png", latin1("né"))).toEqual([200, ["né", "né"]]);
    expect(await post("/text", undefined, "\xef\xbb\xbfa\xff")).toEqual([200, ["a\ufffd", "a\ufffd"]]);
    expect((await ask(server, request("/text"))).json()).toEqual(["", ""]);
  });

  test("json, whatever the type", async () => {
    expect(await post("/json", "text/plain", '{"a":1}')).toEqual([200, [{ a: 1 }, { a: 1 }]]);
    expect(await post("/json", undefined, "true")).toEqual([200, [true, true]]);
  });

  test("bytes", async () => {
    expect(await post("/bytes", "application/json", "\x00\xff{")).toEqual([200, [true, [0, 255, 123], [0, 255, 123]]]);
    expect((await ask(server, request("/bytes"))).json()).toEqual([true, [], []]);
  });

  test("all of them", async () => {
    expect(await post("/all", "application/json", '{"a":1}')).toEqual([200, [{ a: 1 }, '{"a":1}', { a: 1 }, 7]]);
    const large = JSON.stringify(["x".repeat(100_000)]);
    expect(await post("/all", "application/json", large)).toEqual([
      200,
      [JSON.parse(large), large, JSON.parse(large), large.length],
    ]);
  });
});

describe("form", () => {
  test("urlencoded", async () => {
    const [status, value] = await post("/form", "application/x-www-form-urlencoded", "a=1&b=%C3%A9+x&a=2");
    expect([status, value]).toEqual([
      200,
      [
        true,
        [
          ["a", "1"],
          ["b", "é x"],
          ["a", "2"],
        ],
        3,
      ],
    ]);
  });

  test("multipart, with a file", async () => {
    const body = [
      "--XX\r\n",
      'Content-Disposition: form-data; name="a"\r\n\r\n',
      "1\r\n",
      "--XX\r\n",
      'Content-Disposition: form-data; name="file"; filename="f.png"\r\n',
      "Content-Type: image/png\r\n\r\n",
      "line\r\nline\r\n",
      "--XX--\r\n",
    ].join("");
    const [status, value] = await post("/form", "multipart/form-data; boundary=XX", body);
    expect([status, value]).toEqual([
      200,
      [
        true,
        [
          ["a", "1"],
          ["file", ["f.png", "image/png", "line\r\nline"]],
        ],
        2,
      ],
    ]);
  });

  test.each(["application/json", "text/plain", undefined])("%p is a 415", async (type) => {
    const [status, value] = await post("/form", type, "a=1");
    expect(status).toBe(415);
    expect(Object.keys(value as object)).toEqual(["detail"]);
  });

  test.each([
    ["multipart/form-data; boundary=XX", "no form at all", "the last boundary is missing"],
    ["multipart/form-data", "--XX\r\n", "Content-Type has no boundary"],
  ])("malformed: %s", async (type, body, why) => {
    const [status, value] = await post("/form", type, body);
    expect([status, value]).toEqual([400, { detail: `Malformed form: ${why}` }]);
  });
});
