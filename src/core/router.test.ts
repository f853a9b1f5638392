import { describe, expect, test } from "bun:test";
import { App } from "../index.ts";
import { type Found, MisuseError, RouteError, Router, type RouterMethod } from "./index.ts";

function thrown<E extends Error>(kind: abstract new (...args: never[]) => E, run: () => unknown): E {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return error as E;
  }
  throw new Error("Nothing was thrown");
}

const shown = (found: Found<unknown> | undefined) =>
  found === undefined ? undefined : [found.value, { ...found.params }];

test("static before param before wildcard, with backtracking", () => {
  using router = new Router<number>();
  const patterns = ["/", "/users", "/users/:id", "/users/me", "/users/:id/posts", "/users/me/settings", "/users/*rest"];
  for (const [value, pattern] of patterns.entries()) router.add("GET", pattern, value);
  const cases: [string, unknown][] = [
    ["/", [0, {}]],
    ["/users", [1, {}]],
    ["/users/42", [2, { id: "42" }]],
    ["/users/me", [3, {}]],
    ["/users/me/posts", [4, { id: "me" }]],
    ["/users/me/settings", [5, {}]],
    ["/users/me/other", [6, { rest: "me/other" }]],
    ["/users/", [6, { rest: "" }]],
    ["/nothing", undefined],
    ["/users/42?x", [2, { id: "42?x" }]],
    ["", undefined],
    ["users", undefined],
    ["*", undefined],
  ];
  for (const [path, expected] of cases)
    expect([path, shown(router.find("GET", path))] as unknown[]).toEqual([path, expected]);
});

test("methods: a specific one before all, HEAD as GET, and which there are", () => {
  using router = new Router<string>();
  router.all("/a/:x", "all").add("POST", "/a/:y", "post").add("GET", "/b", "get").add("PUT", "/a/b", "put");
  expect(shown(router.find("GET", "/a/1"))).toEqual(["all", { x: "1" }]);
  expect(shown(router.find("POST", "/a/1"))).toEqual(["post", { y: "1" }]);
  expect(shown(router.find("PUT", "/a/b"))).toEqual(["put", {}]);
  expect(shown(router.find("DELETE", "/a/b"))).toEqual(["all", { x: "b" }]);
  expect(shown(router.find("HEAD", "/b"))).toEqual(["get", {}]);
  expect(router.find("POST", "/b")).toBeUndefined();
  for (const unknown of ["get", "TRACE", "", "__proto__"]) expect(router.find(unknown, "/b")).toBeUndefined();
  expect(router.allowed("/b")).toEqual(["GET", "HEAD"]);
  expect(router.allowed("/a/b")).toEqual(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
  expect(router.allowed("/c")).toEqual([]);
  router.add("HEAD", "/b", "head");
  expect(router.find("HEAD", "/b")?.value).toBe("head");
});

test("params are decoded, and nothing else has the names of what objects have", () => {
  using router = new Router<number>().add("GET", "/x/:__proto__/:constructor/*rest", 1);
  const found = router.find("GET", "/x/a%20b/%zz/%C3%A9/%2F")!;
  expect(Object.entries(found.params)).toEqual([
    ["__proto__", "a b"],
    ["constructor", "%zz"],
    ["rest", "é//"],
  ]);
  using other = new Router<number>().add("GET", "/x", 1);
  expect(other.find("GET", "/x")!.params.toString).toBeUndefined();
});

test("paths of any text and length", () => {
  using router = new Router<number>().add("GET", "/:a/b/*c", 1);
  for (const text of [
    "é",
    "😀",
    "\ud800",
    "日本",
    "\0",
    " ",
    "x".repeat(5_461),
    "x".repeat(5_470),
    "é".repeat(100_000),
  ]) {
    const expected = text.toWellFormed();
    expect(shown(router.find("GET", `/${text}/b/${text}/${text}`))).toEqual([
      1,
      { a: expected, c: `${expected}/${expected}` },
    ]);
    expect(router.find("GET", `/${text}/c`)).toBeUndefined();
    expect(router.allowed(`/${text}/b/`)).toEqual(["GET", "HEAD"]);
  }
});

test("what is added later is found, and what was there still", () => {
  using router = new Router<number>();
  expect(router.find("GET", "/0")).toBeUndefined();
  for (let i = 0; i < 300; i++) {
    router.add("GET", `/${i}/:id`, i);
    if (i % 10 === 0) expect(shown(router.find("GET", `/${i}/x`))).toEqual([i, { id: "x" }]);
  }
  for (let i = 0; i < 300; i++) expect(router.find("GET", `/${i}/x`)?.value).toBe(i);
});

test("values are of any kind", () => {
  using router = new Router<unknown>().add("GET", "/u", undefined).add("GET", "/n", null);
  expect(router.find("GET", "/u")).toMatchObject({ value: undefined });
  expect(router.find("GET", "/n")).toMatchObject({ value: null });
});

describe("misuse", () => {
  test("clashes name both, and change nothing", () => {
    using router = new Router<number>().add("GET", "/users/:id", 1).all("/f/*a", 2).add("GET", "/s", 3);
    const cases: [() => unknown, string][] = [
      [() => router.add("GET", "/users/:name", 4), "GET /users/:name matches the same requests as GET /users/:id"],
      [() => router.all("/f/*b", 4), "ALL /f/*b matches the same requests as ALL /f/*a"],
      [() => router.add("GET", "/s", 4), "GET /s matches the same requests as GET /s"],
    ];
    for (const [run, message] of cases) {
      const error = thrown(RouteError, run);
      expect([error.code, error.message]).toEqual(["ROUTES_CLASH", message]);
    }
    router.add("POST", "/users/:name", 5).add("GET", "/f/*c", 6).add("GET", "/s/", 7).add("GET", "/users/*id", 8);
    expect(router.find("GET", "/users/1")?.value).toBe(1);
    expect(router.find("GET", "/f/x")?.value).toBe(6);
    expect(router.find("PUT", "/f/x")?.value).toBe(2);
  });

  test("patterns that can't be", () => {
    using router = new Router<number>().add("GET", "/:id", 1);
    const cases: [string, string][] = [
      ["", "PATTERN_INVALID"],
      ["users", "PATTERN_INVALID"],
      ["/é", "PATTERN_INVALID"],
      ["/:a-b", "PARAM_NAME_INVALID"],
      ["/:", "PARAM_NAME_INVALID"],
      ["/:a/:a", "PARAM_REPEATED"],
      ["/*a/b", "WILDCARD_NOT_LAST"],
      [`/${"a".repeat(1024)}`, "PATTERN_TOO_LONG"],
      ["/a".repeat(65), "SEGMENTS_TOO_MANY"],
      [Array.from({ length: 17 }, (_, i) => `/:p${i}`).join(""), "PARAMS_TOO_MANY"],
    ];
    for (const [pattern, code] of cases) {
      const error = thrown(RouteError, () => router.add("GET", pattern, 2));
      expect([pattern, error.code]).toEqual([pattern, code]);
      expect(error.message).toStartWith(`GET ${pattern} can't be a route: `);
    }
    expect(router.find("GET", "/x")?.value).toBe(1);
  });

  test("arguments of other kinds", () => {
    using router = new Router<number>();
    for (const wrong of ["get", "TRACE", 1, undefined]) {
      expect(thrown(MisuseError, () => router.add(wrong as RouterMethod, "/", 1)).code).toBe("ARGUMENT_INVALID");
    }
    for (const wrong of [1, undefined, /x/]) {
      expect(thrown(MisuseError, () => router.add("GET", wrong as never, 1)).code).toBe("ARGUMENT_INVALID");
    }
    for (const wrong of [1, undefined, {}]) {
      expect(thrown(MisuseError, () => router.find("GET", wrong as never)).code).toBe("ARGUMENT_INVALID");
      expect(thrown(MisuseError, () => router.allowed(wrong as never)).code).toBe("ARGUMENT_INVALID");
    }
  });

  test("of one that was closed", () => {
    const router = new Router<number>().add("GET", "/", 1);
    router.find("GET", "/");
    router.close();
    router.close();
    using other = new Router<number>().add("GET", "/", 2);
    other.find("GET", "/");
    for (const run of [() => router.find("GET", "/"), () => router.allowed("/"), () => router.add("GET", "/b", 1)]) {
      const { code, message } = thrown(MisuseError, run);
      expect([code, message]).toEqual(["CLOSED", "This Router was closed"]);
    }
  });

  test("too many are an error, and room comes with each that is closed", () => {
    const open: Router<number>[] = [];
    const error = thrown(MisuseError, () => {
      for (;;) open.push(new Router<number>());
    });
    expect(error.code).toBe("ROUTERS_TOO_MANY");
    open.pop()!.close();
    new Router<number>().close();
    for (const router of open) router.close();
  });
});

test("finds what an App answers with", async () => {
  const words = ["a", "b", "", "a-segment-of-more-than-16", ":x", ":y", "*w"];
  let state = 3;
  const pick = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  for (let round = 0; round < 20; round++) {
    const app = new App({ development: false });
    using router = new Router<string>();
    for (let i = 0; i < 15; i++) {
      const parts = Array.from({ length: 1 + pick(3) }, (_, at) => {
        const word = words[pick(words.length)]!;
        return word.startsWith(":") ? `${word}${at}` : word;
      });
      const wild = parts.findIndex((part) => part.startsWith("*"));
      const pattern = `/${(wild < 0 ? parts : parts.slice(0, wild + 1)).join("/")}`;
      const method = pick(3) === 0 ? "all" : "get";
      const name = `${method} ${pattern}`;
      try {
        if (method === "all") router.all(pattern, name);
        else router.add("GET", pattern, name);
      } catch (error) {
        expect((error as RouteError).code).toBe("ROUTES_CLASH");
        continue;
      }
      if (method === "all") app.all(pattern, ({ params }) => [name, params]);
      else app.get(pattern, ({ params }) => [name, params]);
    }
    for (let i = 0; i < 40; i++) {
      const path = `/${Array.from({ length: 1 + pick(4) }, () => words[pick(4)]).join("/")}`;
      const answer = await app.request(`http://localhost${path}`);
      const found = router.find("GET", path);
      expect([path, shown(found)]).toEqual([
        path,
        answer.status === 404 ? undefined : ((await answer.json()) as never),
      ]);
    }
  }
});
