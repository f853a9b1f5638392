// Forms over sockets: what form() and body make of them, the limits of an application and of a route, hostile ones.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, RawClient, request } from "../support/raw.ts";

type Value = string | File;

async function tell(value: Value | Value[]): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(tell));
  return typeof value === "string" ? value : { name: value.name, type: value.type, text: await value.text() };
}

async function tellFields(body: unknown): Promise<unknown> {
  const fields = Object.entries(body as Record<string, Value | Value[]>);
  return Promise.all(fields.map(async ([name, value]) => [name, await tell(value)]));
}

async function tellForm(form: FormData): Promise<unknown> {
  const fields = [...(form as unknown as Iterable<[string, Value]>)];
  return Promise.all(fields.map(async ([name, value]) => [name, await tell(value)]));
}

const tight = { formFields: 2, formFiles: 1, formFieldBytes: 10, formFileBytes: 20 };
const app = new App({ limits: { formFields: 4, bodyBytes: 20_000_000 } })
  .post("/body", ({ body }) => tellFields(body))
  .post("/form", async ({ form }) => tellForm(await form()))
  .post("/late", async (context) => {
    await Bun.sleep(1);
    return [await tellForm(await context.form()), await tellFields(context.body)];
  })
  .post("/again", async (context) => {
    const [first, second] = [await context.form(), await context.form()];
    first.append("more", "x");
    const bytes = await context.bytes();
    const { body } = context;
    return [first !== second, second.has("more"), body === context.body, bytes.length];
  })
  .post("/tight/body", { limits: tight }, ({ body }) => tellFields(body))
  .post("/tight/form", { limits: tight }, async ({ form }) => tellForm(await form()))
  .post("/wide/body", { limits: { formFields: 100 } }, ({ body }) => Object.keys(body as object).length)
  .post("/caught", ({ form }) => form().catch((error: Error) => error.message))
  .post("/unread", () => "fine")
  .mount(
    "/own",
    new App().notFound(({ body }) => tellFields(body)),
  );
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

const multipart = "multipart/form-data; boundary=XX";
const urlencoded = "application/x-www-form-urlencoded";

async function post(path: string, type: string, body: string): Promise<[number, unknown]> {
  const answer = await ask(server, request(path, { method: "POST", headers: `Content-Type: ${type}\r\n`, body }));
  return [answer.status, answer.header("content-type") === "application/json" ? answer.json() : answer.text];
}

const field = (parameters: string, content: string, more = "") =>
  `--XX\r\nContent-Disposition: form-data; ${parameters}\r\n${more}\r\n${content}\r\n`;
const file = (name: string, content: string) =>
  field(`name="${name}"; filename="${name}.png"`, content, "Content-Type: image/png\r\n");
const end = "--XX--\r\n";

describe("what a handler is given", () => {
  const body = field('name="a"', "1") + file("f", "line\r\nline") + field('name="a"', "2") + end;
  const told = { name: "f.png", type: "image/png", text: "line\r\nline" };
  const entries = [
    ["a", "1"],
    ["f", told],
    ["a", "2"],
  ];
  const fields = [
    ["a", ["1", "2"]],
    ["f", told],
  ];

  test("multipart", async () => {
    expect(await post("/form", multipart, body)).toEqual([200, entries]);
    expect(await post("/body", multipart, body)).toEqual([200, fields]);
    expect(await post("/late", multipart, body)).toEqual([200, [entries, fields]]);
  });

  test("urlencoded", async () => {
    const pairs = [
      ["a", "1"],
      ["é", "x y"],
      ["a", "2"],
    ];
    const object = [
      ["a", ["1", "2"]],
      ["é", "x y"],
    ];
    const text = "a=1&%C3%A9=x+y&a=2";
    expect(await post("/form", urlencoded, text)).toEqual([200, pairs]);
    expect(await post("/body", urlencoded, text)).toEqual([200, object]);
    expect(await post("/late", urlencoded, text)).toEqual([200, [pairs, object]]);
  });

  test("again and again, a FormData of its own each time", async () => {
    expect(await post("/again", multipart, body)).toEqual([200, [true, false, true, body.length]]);
    expect(await post("/again", urlencoded, "a=1")).toEqual([200, [true, false, true, 3]]);
  });

  test("a large file", async () => {
    const content = "0123456789".repeat(500_000);
    const [status, value] = await post("/body", multipart, field('name="a"', "1") + file("f", content) + end);
    expect([status, value]).toEqual([
      200,
      [
        ["a", "1"],
        ["f", { name: "f.png", type: "image/png", text: content }],
      ],
    ]);
  });

  test("no name reaches a prototype", async () => {
    const [, value] = await post("/body", multipart, field("name=__proto__", "1") + field("name=toString", "2") + end);
    expect(value).toEqual([
      ["__proto__", "1"],
      ["toString", "2"],
    ]);
  });

  test("what fetch sends", async () => {
    const form = new FormData();
    form.append('na"me', "väl\nue");
    form.append("f", new File(["x"], 'ü".html', { type: "text/x-own" }) as unknown as string);
    const answer = await fetch(`${server.url}form`, { method: "POST", body: form });
    expect(await answer.json()).toEqual([
      ['na"me', "väl\r\nue"],
      ["f", { name: 'ü".html', type: "text/x-own", text: "x" }],
    ]);
  });

  test("what arrives in pieces", async () => {
    using client = await RawClient.open(server);
    const head = `POST /form HTTP/1.1\r\nHost: test\r\nContent-Type: ${multipart}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join("");
    client.send(head, chunks.slice(0, 500), chunks.slice(500), "0\r\n\r\n");
    expect((await client.answer()).json()).toEqual(entries);
  });
});

describe("limits", () => {
  const fits = field("name=a", "123456789") + field("name=b", "1") + file("f", "x".repeat(20)) + end;
  const cases: [detail: string, type: string, body: string][] = [
    ["has too many fields: limits.formFields is 2", multipart, field("name=a", "1").repeat(3) + end],
    ["has too many files: limits.formFiles is 1", multipart, file("f", "").repeat(2) + end],
    ["has a field that is too large: limits.formFieldBytes is 10", multipart, field("name=a", "1234567890") + end],
    ["has a file that is too large: limits.formFileBytes is 20", multipart, file("f", "x".repeat(21)) + end],
    ["has too many fields: limits.formFields is 2", urlencoded, "a&b&c"],
    ["has a field that is too large: limits.formFieldBytes is 10", urlencoded, "a=1234567890"],
  ];

  test("of a route: what is just within", async () => {
    for (const path of ["/tight/body", "/tight/form"]) {
      expect((await post(path, multipart, fits))[0]).toBe(200);
      expect((await post(path, urlencoded, "a=123456789&&b=%31"))[0]).toBe(200);
    }
  });

  for (const [detail, type, body] of cases) {
    test(`of a route: ${type}, ${detail}`, async () => {
      const refused: [number, unknown] = [413, { detail: `The form ${detail}` }];
      expect(await post("/tight/body", type, body)).toEqual(refused);
      expect(await post("/tight/form", type, body)).toEqual(refused);
    });
  }

  test("of the application, which a route may raise", async () => {
    const [four, five] = ["a&b&c&d", "a&b&c&d&e"];
    const refused: [number, unknown] = [413, { detail: "The form has too many fields: limits.formFields is 4" }];
    expect((await post("/body", urlencoded, four))[0]).toBe(200);
    expect(await post("/body", urlencoded, five)).toEqual(refused);
    expect(await post("/wide/body", urlencoded, five)).toEqual([200, 5]);
    expect(await post("/own/nothing", urlencoded, five)).toEqual(refused);
  });

  test("count for nobody who does not ask for a form, and a handler may catch what is thrown", async () => {
    expect(await post("/unread", urlencoded, "a&".repeat(9))).toEqual([200, "fine"]);
    expect(await post("/caught", urlencoded, "a&".repeat(9))).toEqual([
      200,
      "The form has too many fields: limits.formFields is 4",
    ]);
  });

  test("out of range are errors where they are written", () => {
    expect(() => new App({ limits: { formFiles: -1 } })).toThrow(RangeError);
    expect(() => new App().post("/", { limits: { formFieldBytes: 2 ** 31 } }, () => 1)).toThrow(RangeError);
    expect(() => new App().post("/", { limits: { headBytes: 1 } as object }, () => 1)).toThrow(TypeError);
  });
});

describe("hostile", () => {
  const cases: [why: string, type: string, body: string][] = [
    ["Content-Type has no boundary", "multipart/form-data", end],
    ["the last boundary is missing", multipart, ""],
    ["the last boundary is missing", multipart, field("name=a", "1")],
    ["the head of part 1 does not end within 16384 bytes", multipart, `--XX\r\nX: ${"x".repeat(100_000)}`],
    ["part 1 has more than 10 headers", multipart, field("name=a", "1", "X: y\r\n".repeat(100)) + end],
    ["part 1 has no name", multipart, field("filename=a", "1") + end],
    ["a header of part 1 is malformed", multipart, field("name=a", "1", "X: y\0\r\n") + end],
    ["the Content-Disposition of part 1 is malformed", multipart, field("name=a; name=b", "1") + end],
  ];
  for (const [why, type, body] of cases) {
    test(`${why}, ${body.length} bytes`, async () => {
      const refused: [number, unknown] = [400, { detail: `Malformed form: ${why}` }];
      expect(await post("/form", type, body)).toEqual(refused);
      expect(await post("/body", type, body)).toEqual(refused);
    });
  }

  test("10 MB that begin like boundaries hold nobody up", async () => {
    const boundary = "X".repeat(70);
    const type = `multipart/form-data; boundary=${boundary}`;
    const start = performance.now();
    expect((await post("/form", type, `\r\n--${boundary}Y`.repeat(130_000)))[0]).toBe(400);
    expect((await post("/form", urlencoded, "&".repeat(10_000_000)))[0]).toBe(200);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  test("a client that leaves in the middle is no request, and leaves the server as it was", async () => {
    const client = await RawClient.open(server);
    const body = file("f", "x");
    client.send(
      `POST /form HTTP/1.1\r\nHost: test\r\nContent-Type: ${multipart}\r\nContent-Length: 1000\r\n\r\n${body}`,
    );
    client.reset();
    expect((await post("/form", multipart, body + end))[0]).toBe(200);
  });

  test("the connection goes on after a form that was refused", async () => {
    using client = await RawClient.open(server);
    const one = (text: string) =>
      request("/body", { method: "POST", headers: `Content-Type: ${urlencoded}\r\n`, body: text });
    client.send(one("a&b&c&d&e") + one("a=1"));
    expect((await client.answers(2)).map(({ status }) => status)).toEqual([413, 200]);
  });
});
