// What a handler is told of its request: at once, after an await, and taken apart.
import { afterAll, describe, expect, test } from "bun:test";
import { App, type Context } from "@fasterapi/bun";
import { ask, isInMemory, RawClient, request } from "../support/raw.ts";

type Look = (context: Context) => unknown;

/** The same look in every situation a handler may be in. */
const situations: { [name: string]: (look: Look) => Look } = {
  "at once": (look) => look,
  "after a microtask": (look) => async (context) => {
    await null;
    return look(context);
  },
  "after other requests": (look) => async (context) => {
    await Bun.sleep(2);
    return look(context);
  },
  "taken apart": (look) => (context) => look(apart(context)),
  "taken apart, after other requests": (look) => async (context) => {
    const parts = apart(context);
    await Bun.sleep(2);
    return look(parts);
  },
};

function apart(context: Context): Context {
  const { method, path, url, params, query, headers, cookies, body, text, json, bytes, form } = context;
  const { request, ip, state, signal, status, set, append, redirect } = context;
  const actions = { text, json, bytes, form, status, set, append, redirect };
  const values = { method, path, url, params, query, headers, cookies, body, request, ip, state, signal };
  return { ...actions, ...values } as unknown as Context;
}

/** What the look sees of these bytes, in every situation, while other requests come and go on the same connection. */
async function see(bytes: string, look: Look, pattern = "/*path"): Promise<unknown> {
  const seen: unknown[] = [];
  for (const situation of Object.values(situations)) {
    const app = new App().all(pattern, situation(look)).get("/noise/:n/x", ({ params }) => params.n);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    const noise = request(`/noise/${"n".repeat(50)}/x?noise=1`, { headers: "Cookie: noise=1\r\nX-Noise: 1\r\n" });
    client.send(noise + bytes + noise);
    await client.answer();
    const answer = await client.answer();
    await client.answer();
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, answer.text.slice(0, 200)]);
    seen.push(answer.header("content-type") === "application/json" ? answer.json() : answer.text);
  }
  expect(seen.slice(1)).toEqual(Array.from({ length: seen.length - 1 }, () => seen[0]));
  return seen[0];
}

describe("method, path, url", () => {
  test("of a plain request", async () => {
    const look: Look = ({ method, path, url }) => ({ method, path, url: url.href, isUrl: url instanceof URL });
    expect(await see(request("/a%20b/c?d=e%20f&g", { method: "PATCH", host: "h.example:81" }), look)).toEqual({
      method: "PATCH",
      path: "/a%20b/c",
      url: "http://h.example:81/a%20b/c?d=e%20f&g",
      isUrl: true,
    });
  });

  test("a path that looks like an authority is a path", async () => {
    const look: Look = ({ path, url }) => ({ path, host: url.host, pathname: url.pathname });
    expect(await see(request("//evil.example/x"), look)).toEqual({
      path: "//evil.example/x",
      host: "test",
      pathname: "//evil.example/x",
    });
  });

  test("url is made once, and is the handler's own", async () => {
    const look: Look = (context) => {
      const { url } = context;
      url.searchParams.set("x", "y");
      return [context.url === url, context.path];
    };
    expect(await see(request("/a"), look)).toEqual([true, "/a"]);
  });
});

describe("params", () => {
  test("are decoded, and only those of the path", async () => {
    const look: Look = ({ params }) => [params, Object.keys(params), "toString" in params];
    expect(await see(request("/users/4%32/b%2Fc/d"), look, "/users/:id/*rest")).toEqual([
      { id: "42", rest: "b/c/d" },
      ["id", "rest"],
      false,
    ]);
    expect(await see(request("/plain"), look, "/plain")).toEqual([{}, [], false]);
  });
});

describe("query", () => {
  const cases: [query: string, expected: unknown][] = [
    ["", {}],
    ["?", {}],
    ["?a=1", { a: "1" }],
    ["?a=1&b=2", { a: "1", b: "2" }],
    ["?a=1&b=2&a=3", { a: ["1", "3"], b: "2" }],
    ["?a=1&a=2&a=3", { a: ["1", "2", "3"] }],
    ["?a", { a: "" }],
    ["?a=", { a: "" }],
    ["?=a", { "": "a" }],
    ["?a=b=c", { a: "b=c" }],
    ["?a+b=c+d", { "a b": "c d" }],
    ["?a%2Bb=c%2Bd", { "a+b": "c+d" }],
    ["?a%20b=%C3%A9%26%3D", { "a b": "é&=" }],
    ["?a=%F0%9F%98%80", { a: "😀" }],
    ["?a=%zz&b=%C3", { a: "%zz", b: "%C3" }],
    ["?&&a=1&&", { a: "1" }],
    ["?a=1?b", { a: "1?b" }],
    ["?a[]=1&a[]=2", { "a[]": ["1", "2"] }],
    ["?a;b=1", { "a;b": "1" }],
    ["?toString=1&constructor=2", { toString: "1", constructor: "2" }],
  ];
  test.each(cases)("%s", async (query, expected) => {
    expect(await see(request(`/a${query}`), (context) => context.query)).toEqual(expected as object);
  });

  test("__proto__ is a key like any other, and no key is there that was not sent", async () => {
    const look: Look = ({ query }) => [Object.entries(query), "polluted" in {}, "toString" in query];
    expect(await see(request("/a?__proto__=1&__proto__=2&polluted=3"), look)).toEqual([
      [
        ["__proto__", ["1", "2"]],
        ["polluted", "3"],
      ],
      false,
      false,
    ]);
  });

  test("10,000 keys, and 10,000 of one", async () => {
    const app = new App({ limits: { targetBytes: 65_536, headBytes: 65_536 } }).get("/", ({ query }) => [
      Object.keys(query).length,
      query.a?.length,
    ]);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    const many = Array.from({ length: 10_000 }, (_, i) => i.toString(36)).join("&");
    expect((await ask(server, request(`/?${many}`))).json()).toEqual([10_000, 0]);
    expect((await ask(server, request(`/?${"a&".repeat(10_000)}`))).json()).toEqual([1, 10_000]);
  });
});

describe("headers", () => {
  const bytes = request("/", {
    headers:
      "X-One: first\r\nAccept: text/html\r\nx-one: second\r\nX-Empty:\r\nCOOKIE: a=1\r\nCookie: b=2\r\nX-Text: caf\xe9\r\n",
  });

  test("get, without regard to case; several are joined, null when missing", async () => {
    const names = [
      "host",
      "HOST",
      "x-one",
      "X-ONE",
      "accept",
      "x-empty",
      "cookie",
      "x-text",
      "x-missing",
      "constructor",
      "",
    ];
    const look: Look = ({ headers }) => names.map((name) => headers.get(name));
    expect(await see(bytes, look)).toEqual([
      "test",
      "test",
      "first, second",
      "first, second",
      "text/html",
      "",
      "a=1; b=2",
      "caf\xe9",
      null,
      null,
      null,
    ]);
  });

  test("has", async () => {
    const look: Look = ({ headers }) => ["Host", "X-Empty", "x-one", "x-missing", "x"].map((name) => headers.has(name));
    expect(await see(bytes, look)).toEqual([true, true, true, false, false]);
  });

  test("iteration: names in lower case, each once, in the order they came first", async () => {
    const expected = [
      ["host", "test"],
      ["x-one", "first, second"],
      ["accept", "text/html"],
      ["x-empty", ""],
      ["cookie", "a=1; b=2"],
      ["x-text", "caf\xe9"],
    ];
    expect(await see(bytes, ({ headers }) => [...headers])).toEqual(expected);
    expect(await see(bytes, ({ headers }) => [...headers.entries()])).toEqual(expected);
    expect(await see(bytes, ({ headers }) => [...headers.keys()])).toEqual(expected.map(([name]) => name));
    expect(await see(bytes, ({ headers }) => [...headers.values()])).toEqual(expected.map(([, value]) => value));
    expect(await see(bytes, ({ headers }) => headers)).toEqual(Object.fromEntries(expected));
    const look: Look = ({ headers }) => {
      const list: unknown[] = [];
      headers.forEach((value, name) => {
        list.push([name, value]);
      });
      return list;
    };
    expect(await see(bytes, look)).toEqual(expected);
  });

  test("a hundred of them", async () => {
    const lines = Array.from({ length: 99 }, (_, i) => `X-${i}: ${i}\r\n`).join("");
    const look: Look = ({ headers }) => [[...headers].length, headers.get("x-0"), headers.get("x-98")];
    expect(await see(request("/", { headers: lines }), look)).toEqual([100, "0", "98"]);
  });
});

describe("cookies", () => {
  const cases: [lines: string, expected: unknown][] = [
    ["", {}],
    ["Cookie: a=1\r\n", { a: "1" }],
    ["Cookie: a=1; b=2\r\n", { a: "1", b: "2" }],
    ["Cookie: a=1;b=2;  c=3 ; d = 4\r\n", { a: "1", b: "2", c: "3", d: "4" }],
    ["Cookie: a=1\r\nCookie: b=2\r\n", { a: "1", b: "2" }],
    ["Cookie: a=1; a=2\r\n", { a: "1" }],
    ['Cookie: a="quoted"; b="\r\n', { a: "quoted", b: '"' }],
    ["Cookie: a=b=c; d==\r\n", { a: "b=c", d: "=" }],
    ["Cookie: a=; b\r\n", { a: "" }],
    ["Cookie: =a; ;;\r\n", {}],
    ["Cookie: a=%C3%A9%20%3B; b=%zz\r\n", { a: "é ;", b: "%zz" }],
    ["Cookie: A=1; a=2\r\n", { A: "1", a: "2" }],
    ["Cookie: toString=1\r\n", { toString: "1" }],
  ];
  test.each(cases)("%j", async (headers, expected) => {
    expect(await see(request("/", { headers }), ({ cookies }) => cookies)).toEqual(expected as object);
  });

  test("__proto__ is a name like any other", async () => {
    const look: Look = ({ cookies }) => [Object.entries(cookies), "toString" in cookies];
    expect(await see(request("/", { headers: "Cookie: __proto__=1\r\n" }), look)).toEqual([
      [["__proto__", "1"]],
      false,
    ]);
  });
});

describe.skipIf(isInMemory)("ip", () => {
  test("IPv4", async () => {
    expect(await see(request("/"), ({ ip }) => ip)).toBe("127.0.0.1");
  });

  test("IPv6", async () => {
    await using server = await new App().get("/", ({ ip }) => ip).listen({ port: 0, hostname: "::1" });
    using client = await RawClient.open({ port: server.port, hostname: "::1" });
    client.send(request("/"));
    expect((await client.answer()).text).toBe("::1");
  });
});

describe("state", () => {
  test("is kept for one request, and nobody else's", async () => {
    const look: Look = (context) => {
      const state = context.state as { count?: number };
      state.count = (state.count ?? 0) + 1;
      return [context.state === state, (context.state as { count: number }).count];
    };
    expect(await see(request("/"), look)).toEqual([true, 1]);
  });
});

describe("signal", () => {
  test("is one, and not aborted while the client is there", async () => {
    const look: Look = (context) => {
      const { signal } = context;
      return [signal instanceof AbortSignal, signal.aborted, context.signal === signal];
    };
    expect(await see(request("/"), look)).toEqual([true, false, true]);
  });
});

describe("request: the same as a web Request", () => {
  test("of a GET", async () => {
    const look: Look = ({ request: web }) => ({
      isRequest: web instanceof Request,
      method: web.method,
      url: web.url,
      headers: [...web.headers],
      body: web.body,
    });
    expect(await see(request("/a?b=c", { headers: "X-A: 1\r\nX-A: 2\r\n", host: "h.example" }), look)).toEqual({
      isRequest: true,
      method: "GET",
      url: "http://h.example/a?b=c",
      headers: [
        ["host", "h.example"],
        ["x-a", "1, 2"],
      ],
      body: null,
    });
  });

  test("of a POST, with its body, beside the context's own", async () => {
    const look: Look = async (context) => {
      const { request: web, text } = context;
      return [web.method, await web.text(), await text(), await text(), context.request === web];
    };
    const app = new App().post("/", look).post("/late", async (context) => {
      await Bun.sleep(2);
      return await look(context);
    });
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    for (const target of ["/", "/late"]) {
      const answer = await ask(server, request(target, { method: "POST", body: "hello" }));
      expect(answer.json()).toEqual(["POST", "hello", "hello", "hello", true]);
    }
  });

  test("its signal is the context's", async () => {
    let fired = 0;
    let begun = false;
    const app = new App().get("/", async ({ request: web, signal }) => {
      begun = true;
      web.signal.addEventListener("abort", () => fired++);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    afterAll(() => server.stop({ drainMs: 0 }));
    using client = await RawClient.open(server);
    client.send(request("/"));
    while (!begun) await Bun.sleep(1);
    client.reset();
    for (let i = 0; i < 1000 && fired === 0; i++) await Bun.sleep(1);
    expect(fired).toBe(1);
  });
});

test("the answer's side after an await, taken apart", async () => {
  const app = new App().get("/", async ({ status, set, append, redirect }) => {
    await Bun.sleep(2);
    const before = status();
    status(201);
    set("x-a", "1");
    append("x-a", "2");
    expect(redirect("/x").status).toBe(302);
    return [before, status()];
  });
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  const answer = await ask(server, request("/"));
  expect([answer.status, answer.json(), answer.all("x-a")]).toEqual([201, [200, 201], ["1", "2"]]);
});
