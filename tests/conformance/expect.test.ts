// Clients that ask before they send a body.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";
import { Refusals } from "./refusals.ts";

const app = new App({ limits: { bodyBytes: 1000 } })
  .get("/next", () => "next")
  .get("/slow", async () => {
    await Bun.sleep(20);
    return "slow";
  })
  .post("/echo", ({ text }) => text())
  .post("/constant", "constant");
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const refusals = await Refusals.start();
afterAll(async () => {
  await server.stop({ drainMs: 0 });
  await refusals[Symbol.asyncDispose]();
});

function head(path: string, framing: string, expectation = "100-continue", version = "1.1"): string {
  return `POST ${path} HTTP/${version}\r\nHost: test\r\nExpect: ${expectation}\r\n${framing}\r\n\r\n`;
}

describe.each([
  ["Content-Length: 5", "hello"],
  ["Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"],
])("%s", (framing, body) => {
  test.each(["100-continue", "100-Continue", "100-CONTINUE"])("%s: 100, then the answer", async (expectation) => {
    const before = server.stats().responses1xx;
    using client = await RawClient.open(server);
    for (let i = 0; i < 3; i++) {
      client.send(head("/echo", framing, expectation));
      const interim = await client.answer();
      expect([interim.status, interim.reason, interim.headers]).toEqual([100, "Continue", []]);
      await client.quiet(2);
      client.send(body);
      expect((await client.answer()).text).toBe("hello");
    }
    expect(server.stats().responses1xx - before).toBe(3);
    client.finish();
    await client.ended();
  });

  test("who sends the body without waiting is not asked for it", async () => {
    using client = await RawClient.open(server);
    client.send(head("/echo", framing) + body + request("/next"));
    const answers = await client.answers(2);
    expect(answers.map(({ text }) => text)).toEqual(["hello", "next"]);
    client.finish();
    await client.ended();
  });

  test("100 comes after the answers before it", async () => {
    using client = await RawClient.open(server);
    client.send(request("/slow") + head("/echo", framing));
    expect((await client.answer()).text).toBe("slow");
    expect((await client.answer()).status).toBe(100);
    client.send(body);
    expect((await client.answer()).text).toBe("hello");
    client.finish();
    await client.ended();
  });

  test("who sends the body before it is his turn is not asked either", async () => {
    using client = await RawClient.open(server);
    const { bytesIn, responses1xx } = server.stats();
    const text = request("/slow") + head("/echo", framing);
    client.send(text);
    const isRead = (bytes: number) => () => server.stats().bytesIn === bytesIn + bytes;
    await eventually(isRead(text.length), "the head to be read");
    client.send(body);
    await eventually(isRead(text.length + body.length), "the body to be read");
    expect((await client.answers(2)).map((answer) => answer.text)).toEqual(["slow", "hello"]);
    expect(server.stats().responses1xx).toBe(responses1xx);
    client.finish();
    await client.ended();
  });

  /** Nobody knows whether the client will send the body, so the connection ends. */
  test.each(["/constant", "/missing"])("%s: answered without asking for the body", async (path) => {
    using client = await RawClient.open(server);
    client.send(head(path, framing));
    const answer = await client.answer();
    expect(answer.status).toBe(path === "/missing" ? 404 : 200);
    expect(answer.closes).toBe(true);
    await client.ended();
  });
});

test("in HTTP/1.0 it means nothing", async () => {
  using client = await RawClient.open(server);
  client.send(head("/echo", "Content-Length: 5", "100-continue", "1.0"));
  await client.quiet(10);
  client.send("hello");
  expect((await client.answer()).text).toBe("hello");
  await client.ended();
});

test("413 in the place of 100 when the length is too large", async () => {
  using client = await RawClient.open(server);
  client.send(head("/echo", "Content-Length: 1001"));
  const answer = await client.answer();
  expect([answer.status, answer.closes]).toEqual([413, true]);
  await client.ended();
});

test("413 after 100 when the chunks turn out to be too large", async () => {
  using client = await RawClient.open(server);
  client.send(head("/echo", "Transfer-Encoding: chunked"));
  expect((await client.answer()).status).toBe(100);
  client.send("3e9\r\n");
  expect((await client.answer()).status).toBe(413);
  await client.ended();
});

test("no body, nothing to ask for", async () => {
  const none = "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n";
  for (const rest of ["\r\n", "Content-Length: 0\r\n\r\n"]) {
    const answer = await ask(server, none + rest);
    expect([answer.status, answer.text]).toEqual([200, ""]);
  }
});

describe("any other expectation is a 417", () => {
  test.each(["200-ok", "", "100-continue, x", "100-continues", "100", "x=y"])("%j", async (expectation) => {
    const detail = "Only the expectation 100-continue is supported";
    await refusals.expect(`${head("/echo", "Content-Length: 5", expectation)}hello`, 417, detail);
  });
});
