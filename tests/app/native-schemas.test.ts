// Bodies that the core checks by itself: the same verdict and the same words as where JavaScript does.
import { describe, expect, test } from "bun:test";
import { App, t } from "@fasterapi/bun";

const order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1, maxLength: 8 }),
  email: t.Optional(t.String({ format: "email" })),
  kind: t.Unsafe<"a" | "b">({ enum: ["a", "b"] }),
  tags: t.Array(t.String({ pattern: "^[a-z]+$" }), { maxItems: 3 }),
  price: t.Number({ exclusiveMinimum: 0, maximum: 100 }),
  secret: t.Optional(t.String({ maxLength: 2, writeOnly: true })),
  count: t.Integer({ default: 7 }),
  inner: t.Optional(t.Object({ flag: t.Boolean(), none: t.Null() }, { additionalProperties: false })),
});
const schemas = {
  order,
  list: t.Array(order, { minItems: 1 }),
  text: t.String({ minLength: 2 }),
  branches: t.Object({ kind: t.Union([t.Literal("a"), t.Literal("b")]), id: t.Integer() }),
  named: t.Object({ enum: t.Object({ filled: t.Integer({ default: 1 }), left: t.Integer() }) }),
  filled: t.Array(t.Object({ filled: t.Integer({ default: 1 }) }), { minItems: 3 }),
  mistyped: { type: "string", properties: { filled: { default: 1 } } } as object,
  either: t.Union([t.Object({ a: t.Integer() }), t.Null()]),
};
type Name = keyof typeof schemas;

/** With `onError` the core hands over what it would refuse. */
function apps(name: Name): { native: App; js: App } {
  const make = () => new App({ development: false }).post("/", { body: schemas[name] }, ({ body }) => ({ got: body }));
  return { native: make() as unknown as App, js: make().onError(() => undefined) as unknown as App };
}

async function answerOf(app: App, body: string): Promise<[number, unknown]> {
  const headers = { "content-type": "application/json" };
  const response = await app.request("/", { method: "POST", body, headers });
  const answer = (await response.json()) as { detail?: unknown };
  // The core tells failures by where they stand in the text, JavaScript by where they stand in the schema.
  if (Array.isArray(answer.detail)) answer.detail.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return [response.status, answer];
}

const good = {
  id: 1,
  name: "Ada",
  email: "ada@example.com",
  kind: "a",
  tags: ["x"],
  price: 9.99,
  count: 2,
  inner: { flag: true, none: null },
};
const { count: _, ...withoutCount } = good;

describe.each(Object.keys(schemas) as Name[])("%s", (name) => {
  const { native, js } = apps(name);
  const bodies: unknown[] = [
    ...[good, withoutCount, {}, [], null, true, 0, "", "ab", "é", "😀", [good], [good, {}], [{}], { a: 1 }, { a: "1" }],
    ...["id", "name", "email", "kind", "tags", "price", "secret", "count", "inner"].flatMap((member) =>
      [0, 1, -1, 1.5, 1e300, "", "a", "abcdefghi", "Ä".repeat(300), null, true, [], ["a"], ["A", "b", 1, "d"], {}].map(
        (value) => ({ ...good, [member]: value }),
      ),
    ),
    { ...good, inner: { flag: 1, none: 0, more: 1 } },
    { ...good, unknown: 1 },
    { enum: { left: 1 } },
    { enum: { filled: "x", left: 1 } },
    { enum: {} },
  ];
  test("valid or not, and what is said", async () => {
    for (const value of [...bodies, ...bodies.map((inner) => [inner])]) {
      const text = JSON.stringify(value);
      expect([text, await answerOf(native, text)]).toEqual([text, await answerOf(js, text)]);
    }
  });

  test("texts that are none, or odd", async () => {
    const text = JSON.stringify(good);
    const texts = [
      ...[
        "",
        " ",
        "{",
        "[1,",
        "nul",
        '"',
        '{"id":1,"id":0}',
        '{"id":0,"id":1}',
        '{"__proto__":1}',
        "1e999",
        "\ufeff{}",
      ],
      ...['{"\\u0069d":0}', '"\\ud800x"', `${text}x`, ` ${text}\n`, text.replace("1", "1.0"), text.replace("1", "1e0")],
      `${"[".repeat(600)}${"]".repeat(600)}`,
    ];
    for (const body of texts) {
      // How much there is of a value in which members repeat the two count differently.
      const [said, wanted] = [await answerOf(native, body), await answerOf(js, body)].map(([status, answer]) => {
        const { detail } = answer as { detail?: { loc: unknown; type: string }[] };
        return [body, status, Array.isArray(detail) ? detail.map(({ loc, type }) => [loc, type]) : answer];
      });
      expect(said).toEqual(wanted);
    }
  });
});

const filled = { properties: { a: { type: "integer", default: 1 } }, required: ["a"] };

test.each<[name: string, validation: "native" | "js", schema: object]>([
  ["plain", "native", t.Object({ a: t.Integer() })],
  ["look-ahead", "js", { pattern: "(?=a)b" }],
  ["no u", "js", { pattern: "^[\\w-.]$" }],
  ["format", "native", { format: "email" }],
  ["host name", "js", { format: "hostname" }],
  ["unknown format", "native", { format: "of my own" }],
  ["file", "js", { type: "string", format: "binary" }],
  ["refined", "js", t.Refine(t.String(), () => true)],
  ["unevaluated", "js", { unevaluatedProperties: false }],
  ["tuple", "native", t.Tuple([t.String(), t.Integer()])],
  ["draft 7 tuple", "native", { items: [{ type: "string" }], additionalItems: false }],
  ["recursive", "native", { properties: { next: { $ref: "#" } } }],
  ["by name", "native", { properties: { a: { $ref: "A" } }, $defs: { x: { $id: "A", type: "integer" } } }],
  ["two ways back", "js", { anyOf: [{ items: { $ref: "#" } }, { items: { $ref: "#" }, minItems: 1 }] }],
  ["null values", "native", { type: "string", enum: ["a", "b"] }],
  ["values of no type", "js", { type: "string", enum: ["a", 1] }],
  ["default", "native", filled],
  ["default behind a reference", "native", { properties: { x: { $ref: "#/$defs/f" } }, $defs: { f: filled } }],
  ["default in a branch", "native", { anyOf: [filled, { type: "null" }] }],
  ["default in one of", "js", { oneOf: [filled, { type: "null" }] }],
  ["defaults apart", "native", { allOf: [filled, { properties: { b: { default: "" } }, required: ["b"] }] }],
  ["defaults across", "js", { allOf: [filled, { required: ["a"] }] }],
  ["default that counts", "js", { ...filled, minProperties: 1 }],
  ["default with a pattern", "js", { ...filled, patternProperties: { a: {} } }],
  ["default that is looked at", "js", { ...filled, if: { required: ["a"] }, else: false }],
  ["default in what isn't filled", "native", { not: filled }],
])("%s: %s", async (name, validation, schema) => {
  const path = `/${name.replaceAll(/\W/g, "-")}`;
  const app = new App({ development: false }).post(path, { body: schema }, ({ body }) => ({ got: body }));
  expect(await app.routes()).toMatchObject([{ path, validation }]);
});

/** A member that every object has is one like any other, wherever it is checked; the last of two counts. */
test.each(["__proto__", "constructor", "valueOf", "hasOwnProperty", "toString"])("a member called %s", async (name) => {
  const declared = Object.fromEntries([[name, { type: "integer" }]]);
  const body = { type: "object", properties: declared, required: [name], additionalProperties: false };
  const open = { type: "object", properties: declared };
  const app = new App({ development: false })
    .post("/native", { body }, ({ body: got }) => ({ got }))
    .post("/open", { body: open }, ({ body: got }) => ({ got }))
    .post("/js", { body: { ...body, pattern: "(?=a)" } }, ({ body: got }) => ({ got }));
  const send = async (path: string, text: string) => {
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, { method: "POST", body: text, headers });
    return [response.status, await response.text()];
  };
  for (const path of ["/native", "/js"]) {
    expect(await send(path, `{"${name}":1}`)).toEqual([200, `{"got":{"${name}":1}}`]);
    expect(await send(path, `{"${name}":"x","${name}":2}`)).toEqual([200, `{"got":{"${name}":2}}`]);
    expect((await send(path, `{"${name}":2,"${name}":"x"}`))[0]).toBe(422);
    expect((await send(path, "{}"))[0]).toBe(422);
  }
  expect(await send("/open", "{}")).toEqual([200, '{"got":{}}']);
  expect((await app.routes()).map(({ validation }) => validation)).toEqual(["native", "native", "js"]);
});

test.each([
  ["a number too large", "[1e400]", 422],
  ["a large integer", "[12345678901234567890]", 200],
  ["lone surrogates", '["\\ud800","\\udc00\\ud800"]', 200],
  ["a NUL", '["\\u0000"]', 200],
  ["a byte order mark", "\ufeff[]", 422],
  ["512 levels", `${"[".repeat(512)}${"]".repeat(512)}`, 200],
  ["513 levels", `${"[".repeat(513)}${"]".repeat(513)}`, 422],
  ["2,000 levels", `${"[".repeat(2_000)}${"]".repeat(2_000)}`, 422],
])("%s: what is accepted is what JSON.parse makes of it", async (_, text, status) => {
  const app = new App({ development: false });
  const see = ({ body }: { body: unknown }) => ({ got: body });
  app
    .post("/native", { body: t.Array(t.Any()) }, see)
    .post("/js", { body: t.Array(t.Any(), { pattern: "(?=a)" }) }, see);
  for (const path of ["/native", "/js"]) {
    const init = { method: "POST", body: text, headers: { "content-type": "application/json" } };
    const response = await app.request(path, init);
    expect(response.status).toBe(status);
    if (status === 200) expect(await response.json()).toEqual({ got: JSON.parse(text) });
  }
});
