// Where a message ends must be beyond doubt: what two readers could understand differently is refused.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, askOnce, request } from "../support/raw.ts";
import { Refusals } from "./refusals.ts";

const app = new App().post("/", ({ text }) => text());
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const refusals = await Refusals.start();
afterAll(async () => {
  await server.stop({ drainMs: 0 });
  await refusals[Symbol.asyncDispose]();
});

const start = (version: string, headers: string) => `POST / HTTP/${version}\r\nHost: test\r\n${headers}\r\n`;
/** What a reader that goes by the other header would take for a request of its own. */
const hidden = request("/hidden", { method: "POST", body: "x" });

const length = "The Content-Length header is not a number";
const lengths = "More than one Content-Length header";
const both = "Content-Length together with Transfer-Encoding";
const old = "Transfer-Encoding needs HTTP/1.1";
const last = "The last transfer coding must be chunked, and only once";
const unknown = "Transfer coding not implemented";
const space = "Malformed header: white space before the colon";

describe("Content-Length", () => {
  const good: [text: string, body: string][] = [
    ["5", "hello"],
    ["005", "hello"],
    [" \t5\t ", "hello"],
    ["0", ""],
    ["00000000000000000000000000000005", "hello"],
  ];
  test.each(good)("%j is a number", async (text, body) => {
    const answer = await ask(server, `${start("1.1", `Content-Length:${text}\r\n`)}${body}`);
    expect(answer.text).toBe(body);
  });

  const bad = [
    "",
    " ",
    "+5",
    "-5",
    "-0",
    "5 5",
    "5,5",
    "5, 5",
    "5,",
    ",5",
    "5;",
    "0x5",
    "5e0",
    "5.0",
    "5.",
    "٥",
    "\xa05",
    "5_0",
    "5\t5",
    '"5"',
    "a",
    "18446744073709551616",
    "99999999999999999999999999",
  ];
  test.each(bad)("%j is none", async (text) => {
    const bytes = Buffer.from(start("1.1", `Content-Length: ${text}\r\n`));
    await refusals.expect(Buffer.concat([bytes, Buffer.from(`hello${hidden}`)]), 400, length);
  });

  test("the largest number is too large a body", async () => {
    const detail = "The request body is too large";
    await refusals.expect(start("1.1", "Content-Length: 18446744073709551615\r\n"), 413, detail);
  });

  const several: string[] = [
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: 6\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length: 0\r\nContent-Length: 0\r\n",
    "Content-Length: 5\r\nX: y\r\ncontent-length: 5\r\n",
    "Content-Length: 5\r\nContent-Length:\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 5\r\n",
  ];
  test.each(several)("several: %j", async (headers) => {
    await refusals.expect(`${start("1.1", headers)}hello${hidden}`, 400, lengths);
    await refusals.expect(`${start("1.0", headers)}hello${hidden}`, 400, lengths);
  });
});

describe("Transfer-Encoding", () => {
  test.each(["chunked", "Chunked", "CHUNKED", " chunked", "\tchunked\t", "chunked  "])("%j", async (text) => {
    const answer = await ask(server, `${start("1.1", `Transfer-Encoding:${text}\r\n`)}5\r\nhello\r\n0\r\n\r\n`);
    expect(answer.text).toBe("hello");
  });

  const bad: [value: string, status: number, detail: string][] = [
    ["", 400, last],
    ["gzip", 400, last],
    ["identity", 400, last],
    ["xchunked", 400, last],
    ["chunkedx", 400, last],
    ["chunked\x80", 400, last],
    ["chunked;q=1", 400, last],
    ['"chunked"', 400, last],
    ["chunk\ted", 400, last],
    ["chunked, gzip", 400, last],
    ["chunked, identity", 400, last],
    ["chunked, chunked", 400, last],
    ["chunked,chunked", 400, last],
    ["gzip, chunked, chunked", 400, last],
    ["chunked,", 400, last],
    [",chunked", 400, last],
    ["gzip,,chunked", 400, last],
    ["gzip chunked", 400, last],
    ["gzip, chunked", 501, unknown],
    ["deflate,chunked", 501, unknown],
    ["identity, chunked", 501, unknown],
    ["gzip, br,\tCHUNKED", 501, unknown],
  ];
  test.each(bad)("%j", async (value, status, detail) => {
    const bytes = `${start("1.1", `Transfer-Encoding: ${value}\r\n`)}5\r\nhello\r\n0\r\n\r\n${hidden}`;
    await refusals.expect(bytes, status, detail);
  });

  const several = [
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nX: y\r\ntransfer-encoding:\r\n",
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
  ];
  test.each(several)("several: %j", async (headers) => {
    await refusals.expect(`${start("1.1", headers)}0\r\n\r\n${hidden}`, 400, last);
  });

  test.each(["chunked", "gzip, chunked", "gzip"])("%s in HTTP/1.0", async (value) => {
    await refusals.expect(`${start("1.0", `Transfer-Encoding: ${value}\r\n`)}0\r\n\r\n${hidden}`, 400, old);
    const kept = `Connection: keep-alive\r\nTransfer-Encoding: ${value}\r\n`;
    await refusals.expect(`${start("1.0", kept)}0\r\n\r\n${hidden}`, 400, old);
  });
});

describe("both", () => {
  const cases = [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\nX: y\r\nTRANSFER-ENCODING: Chunked\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: identity\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n",
    "Content-Length: 5\r\nTransfer-Encoding:\r\n",
    "Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
  ];
  test.each(cases)("%j", async (headers) => {
    await refusals.expect(`${start("1.1", headers)}0\r\n\r\n${hidden}`, 400, both);
  });

  test("in HTTP/1.0", async () => {
    const headers = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    await refusals.expect(`${start("1.0", headers)}0\r\n\r\n${hidden}`, 400, both);
  });

  test("hidden by white space", async () => {
    const headers = "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n";
    await refusals.expect(`${start("1.1", headers)}0\r\n\r\n${hidden}`, 400, space);
  });

  test("hidden by a fold", async () => {
    const headers = "Content-Length: 5\r\nX: y\r\n Transfer-Encoding: chunked\r\n";
    const detail = "Malformed header: folded lines are not allowed";
    await refusals.expect(`${start("1.1", headers)}0\r\n\r\n${hidden}`, 400, detail);
  });

  test.each(["\n", "\r"])("hidden by %j", async (ending) => {
    const headers = `Content-Length: 5\r\nX: y${ending}Transfer-Encoding: chunked\r\n`;
    await refusals.expect(`${start("1.1", headers)}0\r\n\r\n${hidden}`, 400, "Lines must end with CRLF");
  });

  test("hidden by a NUL", async () => {
    const headers = "Content-Length: 5\r\nTransfer-Encoding\x00: chunked\r\n";
    const detail = "Malformed header: the field name is not a token";
    await refusals.expect(`${start("1.1", headers)}0\r\n\r\n${hidden}`, 400, detail);
  });

  test("a name that is only similar is another header", async () => {
    const headers = "Content_Length: 9\r\nTransfer-Encodings: chunked\r\nContent-Length: 5\r\n";
    expect((await ask(server, `${start("1.1", headers)}hello`)).text).toBe("hello");
  });
});

test("a body of a method that seldom has one is no request", async () => {
  await refusals.expect(
    `GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, ${hidden.length}\r\n\r\n${hidden}`,
    400,
    length,
  );
  let bodies = 0;
  const bodyApp = new App().all("/", ({ bytes, method }) => {
    bodies++;
    return bytes().then((body) => `${method} ${body.length}`);
  });
  await using bodyServer = await bodyApp.listen({ port: 0, hostname: "127.0.0.1" });
  for (const method of ["GET", "DELETE", "OPTIONS", "PATCH"]) {
    const bytes = `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`;
    expect((await askOnce(bodyServer, bytes)).text).toBe(`${method} ${hidden.length}`);
  }
  expect(bodies).toBe(4);
});
