// Whatever a handler throws or returns, there is an answer, and the requests around it get theirs.
import { afterAll, afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { App, HttpError } from "@fasterapi/bun";
import { Wire } from "../support/wire.ts";
import * as odd from "./hostile.ts";

type Answer = readonly [status: number, body: string];
type Table = Record<string, readonly [Answer, make: () => unknown]>;

const failure: Answer = [500, '{"detail":"Internal Server Error"}'];

const thrown: Table = {
  Error: [failure, () => new Error("secret")],
  string: [failure, () => "secret"],
  undefined: [failure, () => undefined],
  null: [failure, () => null],
  symbol: [failure, () => Symbol("secret")],
  function: [failure, () => () => "secret"],
  "frozen object": [failure, () => Object.freeze({ status: 200, detail: "secret" })],
  "hostile proxy": [failure, () => new Proxy({}, odd.hostile)],
  "hostile proxy of an HttpError": [failure, () => new Proxy(new HttpError(418, "secret"), odd.hostile)],
  "revoked proxy": [failure, odd.revoked],
  "an error with a hostile message": [failure, () => odd.spoilt(new Error(), "message")],
  "an error with an endless message": [
    failure,
    () => Object.defineProperty(new Error(), "message", { get: odd.endless }),
  ],
  "an error with a hostile stack": [failure, () => odd.spoilt(new Error(), "stack")],
  "an error with a hostile cause": [failure, () => new Error("secret", { cause: new Proxy({}, odd.hostile) })],
  "a Response": [failure, () => new Response("secret", { status: 201 })],
  "a promise": [failure, () => Promise.resolve("secret")],
  HttpError: [[418, '{"detail":"short and stout"}'], () => new HttpError(418, "short and stout")],
  "HttpError with a hostile status": [failure, () => odd.spoilt(new HttpError(418, "secret"), "status")],
  "HttpError with a detail that is a cycle": [
    failure,
    () => Object.assign(new HttpError(418), { detail: odd.cycle() }),
  ],
  "HttpError whose headers can't be sent": [failure, () => new HttpError(418, "x", { headers: { a: "b\r\nc: d" } })],
};

const returned: Table = {
  "a throwing getter": [failure, () => odd.spoilt({}, "secret")],
  "a throwing getter that JSON sees": [
    failure,
    () => ({
      inner: {
        get secret() {
          return odd.endless();
        },
      },
    }),
  ],
  "a throwing toJSON": [failure, () => ({ toJSON: odd.endless })],
  "toJSON that gives undefined": [failure, () => ({ toJSON: () => undefined })],
  "toJSON that gives a promise": [[200, "{}"], () => ({ toJSON: () => Promise.resolve(1) })],
  "a cycle": [failure, odd.cycle],
  bigint: [failure, () => 1n],
  "a bigint inside": [failure, () => ({ a: [1n] })],
  symbol: [failure, () => Symbol("secret")],
  function: [failure, () => () => "secret"],
  class: [failure, () => odd.Odd],
  NaN: [[200, "null"], () => Number.NaN],
  "an instance": [[200, '{"seen":1}'], () => new odd.Odd()],
  "Object.create(null)": [[200, '{"a":1}'], () => Object.assign(Object.create(null), { a: 1 })],
  Date: [[200, '"1970-01-01T00:00:00.000Z"'], () => new Date(0)],
  "an invalid Date": [[200, "null"], () => new Date(Number.NaN)],
  Map: [failure, () => new Map([[1, 2]])],
  "an Error that is returned": [failure, () => new Error("secret")],
  "a lone surrogate": [[200, "\ufffd"], () => "\ud800"],
  "a string object": [[200, '"boxed"'], () => Object("boxed")],
  "a sparse array": [[200, "[null,null,1]"], odd.sparse],
  "200,000 levels": [failure, odd.deep],
  "a recursion without end": [failure, odd.endless],
  "a hostile proxy": [failure, () => new Proxy({}, odd.hostile)],
  "a revoked proxy": [failure, odd.revoked],
  "a transparent proxy": [[200, '{"a":1}'], () => new Proxy({ a: 1 }, {})],
  "a proxy of an array": [[200, "[1]"], () => new Proxy([1], {})],
  "a proxy of a promise": [failure, () => new Proxy(Promise.resolve("secret"), {})],
  "a proxy of a Response": [failure, () => new Proxy(new Response("secret"), {})],
  "a hostile then": [failure, () => Object.create(odd.spoilt({}, "then"))],
  "a thenable": [[200, "then"], () => new odd.Thenable((resolve) => resolve("then"))],
  "a thenable that answers twice": [[200, "1"], () => new odd.Thenable((resolve) => [1, 2].forEach(resolve))],
  "a thenable that throws": [failure, () => new odd.Thenable(odd.endless)],
  "a thenable of a thenable": [
    [200, "inner"],
    () => new odd.Thenable((outer) => outer(new odd.Thenable((inner) => inner("inner")))),
  ],
  "a promise of a thenable of a promise": [
    [200, "far"],
    () => odd.later(new odd.Thenable((resolve) => resolve(odd.later("far")))),
  ],
  "what only looks like a promise": [failure, () => Object.create(Promise.prototype)],
  "a lazy promise": [[200, "lazy"], () => new odd.Lazy(() => undefined)],
  "a promise that can't be waited for": [failure, () => new odd.Refusing((resolve) => resolve("secret"))],
  "a pending promise with a hostile constructor": [failure, () => odd.spoilt(odd.later("secret"), "constructor")],
  "a rejected promise with a hostile constructor": [failure, () => odd.spoilt(odd.rejected(), "constructor")],
  "a pending promise with a hostile then": [failure, () => odd.spoilt(odd.later("secret"), "then")],
  "a Response that was read": [failure, odd.readAlready],
  "a Response that failed": [failure, () => Response.error()],
  "a Response with a hostile status": [failure, () => odd.spoilt(new Response("secret"), "status")],
  "a Response with hostile headers": [failure, () => odd.spoilt(new Response("secret"), "headers")],
  "a Response whose stream fails at once": [failure, () => new Response(odd.failingStream())],
  "a detached buffer": [failure, odd.detached],
  "a detached array": [failure, odd.detachedArray],
  "an array that boasts": [[200, "\0\0"], odd.boastful],
};

const made = (table: Table, name: string) => table[name]![1]();
const app = new App()
  .get("/throw/:name", ({ params }) => {
    throw made(thrown, params.name);
  })
  .get("/reject/:name", ({ params }) => Promise.reject(made(thrown, params.name)))
  .get("/reject-later/:name", async ({ params }) => {
    await Bun.sleep(1);
    throw made(thrown, params.name);
  })
  .get("/return/:name", ({ params }) => made(returned, params.name))
  .get("/resolve/:name", async ({ params }) => made(returned, params.name))
  .get("/resolve-later/:name", async ({ params }) => {
    await Bun.sleep(1);
    return made(returned, params.name);
  })
  .get("/fine", () => "fine")
  .get("/fine-later", () => odd.later("fine later"));
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop());

let logged: Mock<typeof console.error>;
beforeEach(() => {
  logged = spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  logged.mockRestore();
});

/** Asks among other requests, on this connection and on another one. */
async function ask(path: string): Promise<Answer> {
  using wire = await Wire.open(server);
  using other = await Wire.open(server);
  for (const each of ["/fine", "/fine-later", path, "/fine-later", "/fine"]) wire.ask(each);
  other.ask("/fine");
  const before = (await wire.answers(2)).map(({ body }) => body);
  const { status, body } = await wire.answer();
  const after = (await wire.answers(2)).map((answer) => answer.body);
  const beside = (await other.answer()).body;
  expect([before, after, beside]).toEqual([["fine", "fine later"], ["fine later", "fine"], "fine"]);
  expect(wire.rest).toBe("");
  return [status, body];
}

for (const [table, ...kinds] of [
  [thrown, "throw", "reject", "reject-later"],
  [returned, "return", "resolve", "resolve-later"],
] as const) {
  for (const kind of kinds) {
    for (const [name, [answer]] of Object.entries(table)) {
      test(`${kind}: ${name}`, async () => {
        expect(await ask(`/${kind}/${encodeURIComponent(name)}`)).toEqual(answer);
        expect(logged).toHaveBeenCalledTimes(answer === failure ? 1 : 0);
      });
    }
  }
}
