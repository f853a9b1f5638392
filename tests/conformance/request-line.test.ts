// The first line of a request: methods, targets and versions.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, askAll, request } from "../support/raw.ts";
import { Refusals } from "./refusals.ts";

const app = new App()
  .get("/constant", "constant")
  .all("/*path", ({ method, path, url }) => ({ method, path, search: url.search }));
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const refusals = await Refusals.start();
afterAll(async () => {
  await server.stop({ drainMs: 0 });
  await refusals[Symbol.asyncDispose]();
});

const host = "Host: test\r\n";

describe("what is understood", () => {
  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("method %s", async (method) => {
    const answer = await ask(server, `${method} /a/b HTTP/1.1\r\n${host}\r\n`, method);
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ method, path: "/a/b", search: "" });
  });

  const targets: [target: string, path: string, search: string][] = [
    ["/", "/", ""],
    ["/?", "/", ""],
    ["/a?b=c&d", "/a", "?b=c&d"],
    ["/a?b?c", "/a", "?b?c"],
    ["/a%20b", "/a%20b", ""],
    ["/a//b/", "/a//b/", ""],
    ["/..;/x", "/..;/x", ""],
    ["/!$&'()*+,;=:@-._~", "/!$&'()*+,;=:@-._~", ""],
    ["/a?q#fragment", "/a", "?q"],
    ["/a#fragment?q", "/a", ""],
    ['/with_"quotes"|bars', '/with_"quotes"|bars', ""],
  ];
  test.each(targets)("target %s", async (target, path, search) => {
    const answer = await ask(server, `GET ${target} HTTP/1.1\r\n${host}\r\n`);
    expect(answer.json()).toEqual({ method: "GET", path, search });
  });

  test("empty lines before the request line are skipped", async () => {
    const text = `\r\n\r\n${request("/constant")}\r\n${request("/a")}\r\n\r\n${request("/constant")}`;
    const answers = await askAll(server, text, 3);
    expect(answers.map(({ text }) => text)).toEqual([
      "constant",
      '{"method":"GET","path":"/a","search":""}',
      "constant",
    ]);
  });

  test("a higher minor version is answered as 1.1", async () => {
    const answers = await askAll(server, `GET /a HTTP/1.9\r\n${host}\r\n`.repeat(2), 2);
    expect(answers.map(({ status, closes }) => [status, closes])).toEqual([
      [200, false],
      [200, false],
    ]);
  });
});

const methodInvalid = "Malformed request line: the method is not a token";
const targetInvalid = "Malformed request line: the request target is not valid";
const versionInvalid = "Malformed request line: the HTTP version is not valid";
const endings = "Lines must end with CRLF";

const malformed: [line: string, detail: string][] = [
  ["G@T / HTTP/1.1\r\n", methodInvalid],
  [" GET / HTTP/1.1\r\n", methodInvalid],
  ["\x00 / HTTP/1.1\r\n", methodInvalid],
  ["GET\x00 / HTTP/1.1\r\n", methodInvalid],
  ["GET\t/ HTTP/1.1\r\n", methodInvalid],
  ["GET\xe9 / HTTP/1.1\r\n", methodInvalid],
  ["\nGET / HTTP/1.1\r\n", methodInvalid],
  ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", methodInvalid],
  ["GET  / HTTP/1.1\r\n", targetInvalid],
  ["GET a HTTP/1.1\r\n", targetInvalid],
  ["GET * HTTP/1.1\r\n", targetInvalid],
  ["POST * HTTP/1.1\r\n", targetInvalid],
  ["OPTIONS *a HTTP/1.1\r\n", targetInvalid],
  ["OPTIONS *?a HTTP/1.1\r\n", targetInvalid],
  ["GET ?a HTTP/1.1\r\n", targetInvalid],
  ["GET #a HTTP/1.1\r\n", targetInvalid],
  ["GET test:80 HTTP/1.1\r\n", targetInvalid],
  ["GET ftp://test/ HTTP/1.1\r\n", targetInvalid],
  ["GET http:/test/ HTTP/1.1\r\n", targetInvalid],
  ["GET http:// HTTP/1.1\r\n", targetInvalid],
  ["GET http:///a HTTP/1.1\r\n", targetInvalid],
  ["GET http://?a HTTP/1.1\r\n", targetInvalid],
  ["GET http://user@test/ HTTP/1.1\r\n", targetInvalid],
  ["GET http://te st/ HTTP/1.1\r\n", versionInvalid],
  ["GET http://test:port/ HTTP/1.1\r\n", targetInvalid],
  ["GET /a\tb HTTP/1.1\r\n", targetInvalid],
  ["GET /a\x00b HTTP/1.1\r\n", targetInvalid],
  ["GET /a\x7fb HTTP/1.1\r\n", targetInvalid],
  ["GET /\xc3\xa9 HTTP/1.1\r\n", targetInvalid],
  ["GET /\r\n", targetInvalid],
  ["GET / \r\n", versionInvalid],
  ["GET /  HTTP/1.1\r\n", versionInvalid],
  ["GET /a b HTTP/1.1\r\n", versionInvalid],
  ["GET / HTTP/1.1 \r\n", versionInvalid],
  ["GET / http/1.1\r\n", versionInvalid],
  ["GET / HTTX/1.1\r\n", versionInvalid],
  ["GET / HTTP/11\r\n", versionInvalid],
  ["GET / HTTP/1,1\r\n", versionInvalid],
  ["GET / HTTP/1.10\r\n", versionInvalid],
  ["GET / HTTP/+1.1\r\n", versionInvalid],
  ["GET / HTTP/.1\r\n", versionInvalid],
  ["GET / HTTP/1.\r\n", versionInvalid],
  ["GET / ICE/1.0\r\n", versionInvalid],
  ["GET / HTTP/1.1\n", endings],
  ["GET /\n", endings],
  ["GET / HTTP/1.1\r", endings],
  ["\rGET / HTTP/1.1\r\n", endings],
  ["GET / HTTP/1.1\r\r\n", endings],
];

describe("what is malformed is a 400", () => {
  test.each(malformed)("%j", async (line, detail) => {
    await refusals.expect(`${line}${host}\r\n`, 400, detail);
  });
});

describe("what is well-formed, but not for this server", () => {
  test.each([
    "get",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "M-SEARCH",
    "GETS",
    "GE",
    "X",
    "!#$%&'*+-.^_`|~",
    "A".repeat(32),
    "A".repeat(33),
  ])("method %s is a 501", async (method) => {
    await refusals.expect(`${method} / HTTP/1.1\r\n${host}\r\n`, 501, "Method not implemented");
  });

  test("a method without end is a 501 as well", async () => {
    await refusals.expect("A".repeat(9000), 501, "Method not implemented");
  });

  test.each(["0.9", "2.0", "3.1", "9.9"])("version %s is a 505", async (version) => {
    await refusals.expect(`GET / HTTP/${version}\r\n${host}\r\n`, 505, "HTTP version not supported");
  });

  test("the preface of HTTP/2 is a 501", async () => {
    await refusals.expect("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 501, "Method not implemented");
  });
});
