// Bodies that are built from what the core found in them, not parsed: the same values as `JSON.parse` makes.
import { afterEach, expect, test } from "bun:test";
import { App, t } from "@fasterapi/bun";

const order = t.Object({
  id: t.Integer(),
  name: t.String(),
  email: t.Optional(t.String({ format: "email" })),
  kind: t.Unsafe<"a" | "b">({ type: "string", enum: ["a", "b"] }),
  open: t.Boolean(),
  price: t.Number(),
  10: t.Optional(t.Integer()),
  tags: t.Array(t.String()),
  rows: t.Array(t.Array(t.Integer())),
  inner: t.Optional(t.Object({ 'a "quoted"\n': t.Optional(t.Boolean()), b: t.Optional(t.Object({})) })),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer(), price: t.Number() })),
});

let got: unknown;
const plain = new App({ development: false }).post("/", { body: order }, ({ body }) => {
  got = body;
  return null;
});
const waiting = new App({ development: false })
  .use(async (_, next) => {
    await Bun.sleep(1);
    return await next();
  })
  .post("/:n", { body: order, params: t.Object({ n: t.Integer() }) }, ({ body }) => {
    got = body;
    return null;
  });

const { parse } = JSON;
afterEach(() => {
  JSON.parse = parse;
});

/** What the handler sees, and how often a text was parsed for it. */
async function send(text: string, app: Pick<App, "request"> = plain, path = "/"): Promise<number> {
  got = undefined;
  let count = 0;
  JSON.parse = ((given: string) => {
    count++;
    return parse(given);
  }) as typeof JSON.parse;
  const headers = { "content-type": "application/json" };
  const response = await app.request(path, { method: "POST", body: text, headers });
  JSON.parse = parse;
  expect([text, response.status, await response.text()]).toEqual([text, 200, "null"]);
  return count;
}

/** Order of members and the sign of zeros are values too. */
function expectSame(text: string): void {
  expect(Bun.inspect(got, { depth: 9 })).toBe(Bun.inspect(parse(text), { depth: 9 }));
  expect(JSON.stringify(got)).toBe(JSON.stringify(parse(text)));
  expect(got).toStrictEqual(parse(text));
}

let seed = 1;
function below(n: number): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % n;
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

const integers = [
  "0",
  "-0",
  "7",
  "-1",
  "2147483647",
  "2147483648",
  "-2147483648",
  "9007199254740993",
  "1e3",
  "1.0",
  "1e300",
];
const numbers = [
  ...integers,
  "9.99",
  "-0.0",
  "0.1",
  "123456789.123456789",
  "5e-324",
  "1.7976931348623157e308",
  "2.5E-3",
];
const texts = [
  '""',
  '"a"',
  '"é"',
  '"😀 x"',
  '"\\n"',
  '"\\u00e9"',
  '"\\ud800"',
  '"a\\"b"',
  `"${"x".repeat(300)}"`,
  '"\x7f"',
];

function orderText(): string {
  const list = (make: () => string, most = 4) => `[${Array.from({ length: below(most) }, make).join(",")}]`;
  const members: [string, string][] = [
    ['"id"', pick(integers)],
    ['"name"', pick(texts)],
    ...(below(2) ? [['"email"', '"ada@example.com"'] as [string, string]] : []),
    ['"kind"', pick(['"a"', '"b"'])],
    ['"open"', pick(["true", "false"])],
    ['"price"', pick(numbers)],
    ['"tags"', list(() => pick(texts))],
    ['"rows"', list(() => list(() => pick(integers)))],
    ...(below(2) ? [['"inner"', pick(["{}", '{"a \\"quoted\\"\\n":true}', '{"b":{}}'])] as [string, string]] : []),
    ['"items"', list(() => `{"sku":${pick(texts)},"qty":${pick(integers)},"price":${pick(numbers)}}`, 9)],
  ];
  // Which is the first in every object that JavaScript makes.
  if (below(3) === 0) members.unshift(['"10"', "5"]);
  const space = pick(["", " ", "\n\t"]);
  return `${space}{${members.map(([key, value]) => `${space}${key}:${space}${value}`).join(`${space},`)}${space}}`;
}

test("random orders", async () => {
  for (let i = 0; i < 2000; i++) {
    const text = orderText();
    await send(text);
    expectSame(text);
  }
});

const item = '{"sku":"A-1","qty":2,"price":9.99}';
const orderOf = (items: string, id = "7") =>
  `{"id":${id},"name":"Ada","kind":"a","open":true,"price":1,"tags":[],"rows":[],"items":[${items}]}`;

test("what is as the schema says is not parsed, small or large", async () => {
  for (const count of [0, 1, 100, 1000, 5000]) {
    const text = orderOf(Array.from({ length: count }, () => item).join(","));
    expect(await send(text)).toBe(0);
    expectSame(text);
  }
});

test("what finds no room among the values, or isn't quite as the schema says, is parsed", async () => {
  const large = orderOf(Array.from({ length: 30_000 }, () => item).join(","));
  const odd = [
    orderOf('{"qty":2,"sku":"A-1","price":9.99}'),
    orderOf('{"sku":"A-1","qty":2,"price":9.99,"more":[1]}'),
    orderOf('{"sku":"A-1","qty":0,"qty":2,"price":9.99}'),
    orderOf('{"s\\u006bu":"A-1","qty":2,"price":9.99}'),
    orderOf(item).replace('"id":7', '"id":7,"__proto__":{"a":1}'),
  ];
  for (const text of [large, ...odd]) {
    expect(await send(text)).toBe(1);
    expectSame(text);
  }
});

test("behind a middleware that waits, and beside other parts", async () => {
  const text = orderOf(item);
  await send(text, waiting, "/1");
  expectSame(text);
});

test("bodies of one batch don't share values", async () => {
  const seen: unknown[] = [];
  const app = new App({ development: false }).post("/", { body: order }, ({ body }) => ({ got: body }));
  const sent = Array.from({ length: 200 }, (_, i) =>
    orderOf(Array.from({ length: i % 40 }, () => item).join(","), `${i}`),
  );
  const headers = { "content-type": "application/json" };
  const answers = await Promise.all(sent.map((body) => app.request("/", { method: "POST", body, headers })));
  for (const answer of answers) seen.push(((await answer.json()) as { got: unknown }).got);
  expect(seen).toEqual(sent.map((text) => parse(text)));
});

test("members whose names all objects inherit are there where those can't be set", async () => {
  const odd = t.Object({ a: t.Optional(t.Integer()), ["toString" as "b"]: t.Optional(t.Integer()) });
  const app = new App({ development: false }).post("/", { body: odd }, ({ body }) => {
    got = body;
    return null;
  });
  await send('{"toString":1}', app);
  const inherited = Object.getOwnPropertyDescriptor(Object.prototype, "toString")!;
  Object.defineProperty(Object.prototype, "toString", { ...inherited, writable: false });
  try {
    await send('{"toString":1}', app);
  } finally {
    Object.defineProperty(Object.prototype, "toString", inherited);
  }
  expect(Object.entries(got as object)).toEqual([["toString", 1]]);
});
