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
    ...[good, withoutCount, {}, [], null, true, 0, "", "ab", "é", "😀", [good], [good, {}], { a: 1 }, { a: "1" }],
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

test("routes say who checks", async () => {
  const marked = new App({ development: false })
    .post("/native", { body: t.Object({ a: t.Integer() }) }, "x")
    .post("/js", { body: t.Object({ a: t.String({ pattern: "(?=a)b" }) }) }, "x");
  expect((await marked.routes()).map(({ validation }) => validation)).toEqual(["native", "js"]);
});
