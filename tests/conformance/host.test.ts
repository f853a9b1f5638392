// Who is asked: the Host header, absolute-form targets, and requests to the server as a whole.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, askAll, request } from "../support/raw.ts";
import { Refusals } from "./refusals.ts";

const app = new App()
  .get("/constant", "constant")
  .get("/users/:id", ({ params, url }) => ({ id: params.id, href: url.href }))
  .get("/*path", ({ path, url, headers }) => ({ path, href: url.href, host: headers.get("host") }));
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const refusals = await Refusals.start();
afterAll(async () => {
  await server.stop({ drainMs: 0 });
  await refusals[Symbol.asyncDispose]();
});

describe("Host", () => {
  const good: [host: string, urlHost: string][] = [
    ["example.com", "example.com"],
    ["EXAMPLE.com:8080", "example.com:8080"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]", "[::1]"],
    ["[::1]:3000", "[::1]:3000"],
    ["localhost:", "localhost"],
    ["a_b.example", "a_b.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    [`${"a".repeat(60)}.${"b".repeat(60)}.example:65535`, `${"a".repeat(60)}.${"b".repeat(60)}.example:65535`],
  ];
  test.each(good)("%s", async (host, urlHost) => {
    const answer = await ask(server, `GET /a?b HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(answer.json()).toEqual({ path: "/a", href: `http://${urlHost}/a?b`, host });
  });

  test("its name has no case and it may stand anywhere", async () => {
    const answer = await ask(server, "GET /a HTTP/1.1\r\nA: b\r\nhOsT:\texample.com \r\nC: d\r\n\r\n");
    expect(answer.json()).toEqual({ path: "/a", href: "http://example.com/a", host: "example.com" });
  });

  test("one that no URL can have: the query stays", async () => {
    const answer = await ask(server, "GET /a?b=c HTTP/1.1\r\nHost: [1:2:3]\r\n\r\n");
    expect(answer.json()).toEqual({ path: "/a", href: "http://localhost/a?b=c", host: "[1:2:3]" });
  });

  const bad = [
    "",
    " ",
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "user@a",
    "a:b",
    "a:80:80",
    ":80",
    "a:-1",
    "[::1",
    "::1",
    "[]",
    "[::1]a",
    "[::1]80",
    "[g::1]",
    "a[b]",
    "a\\b",
    "a%zz",
    "a%4",
    "a\xe9",
    "a\tb",
    '"a"',
  ];
  test.each(bad)("%j is a 400", async (host) => {
    await refusals.expect(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400, "The Host header is not valid");
    await refusals.expect(`GET / HTTP/1.0\r\nHost:${host}\r\n\r\n`, 400, "The Host header is not valid");
  });

  test("none in HTTP/1.1 is a 400", async () => {
    await refusals.expect("GET / HTTP/1.1\r\n\r\n", 400, "The Host header is missing");
    await refusals.expect("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", 400, "The Host header is missing");
    await refusals.expect("GET http://a/ HTTP/1.1\r\n\r\n", 400, "The Host header is missing");
  });

  test("none in HTTP/1.0 is fine", async () => {
    const answer = await ask(server, "GET /a HTTP/1.0\r\n\r\n");
    expect(answer.json()).toEqual({ path: "/a", href: "http://localhost/a", host: null });
  });

  test("two are a 400, even if they agree", async () => {
    const detail = "More than one Host header";
    await refusals.expect("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, detail);
    await refusals.expect("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: b\r\n\r\n", 400, detail);
    await refusals.expect("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, detail);
  });
});

describe("absolute-form", () => {
  const cases: [target: string, path: string, href: string][] = [
    ["http://example.com/a/b?c", "/a/b", "http://example.com/a/b?c"],
    ["http://example.com:8080/a", "/a", "http://example.com:8080/a"],
    ["HTTPS://example.com/a", "/a", "https://example.com/a"],
    ["http://example.com", "/", "http://example.com/"],
    ["http://example.com?q", "/", "http://example.com/?q"],
    ["http://example.com#f", "/", "http://example.com/#f"],
    ["http://[::1]:3000/a", "/a", "http://[::1]:3000/a"],
  ];
  test.each(cases)("%s", async (target, path, href) => {
    const answer = await ask(server, `GET ${target} HTTP/1.1\r\nHost: other\r\n\r\n`);
    expect(answer.json()).toEqual({ path, href, host: "other" });
  });

  test("is routed by its path, params included", async () => {
    const text = "GET http://a.example/users/4%32 HTTP/1.1\r\nHost: other\r\n\r\n";
    expect((await ask(server, text)).json()).toEqual({ id: "42", href: "http://a.example/users/4%32" });
    const constant = await ask(server, "GET http://a.example/constant?x HTTP/1.1\r\nHost: other\r\n\r\n");
    expect(constant.text).toBe("constant");
  });
});

describe("OPTIONS *", () => {
  test("is a 204", async () => {
    const text = "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n";
    const answers = await askAll(server, text + text + request("/constant"), 3);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 200]);
    expect(answers[0]!.all("allow")).toEqual([]);
  });

  test("also when the application answers everything else itself", async () => {
    const all = new App().all("/*path", () => "handler");
    await using other = await all.listen({ port: 0, hostname: "127.0.0.1" });
    expect((await ask(other, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).status).toBe(204);
    expect((await ask(other, "OPTIONS * HTTP/1.0\r\n\r\n")).status).toBe(204);
  });
});
