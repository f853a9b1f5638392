// The head of an answer: status, date, HEAD, and what has no body.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { type Answer, ask, askAll, askOnce, ownDate, RawClient, request } from "../support/raw.ts";

let getRuns = 0;
const app = new App()
  .get("/constant", "constant")
  .get("/handler", () => {
    getRuns++;
    return "handler";
  })
  .get("/own-head", () => "get")
  .head("/own-head", ({ set, status }) => {
    status(200);
    set("x-own", "head");
    set("content-length", "1234");
    return undefined;
  })
  .head("/empty-head", ({ set }) => set("content-length", "1234"))
  .get("/dated", ({ set }) => {
    set("date", ownDate);
    return "dated";
  })
  .get("/status/:code", ({ params, status }) => {
    status(Number(params.code));
    return "some text";
  })
  .get("/response/:code", ({ params }) => {
    const code = Number(params.code);
    return new Response([204, 205, 304].includes(code) ? null : "some text", { status: code });
  })
  .get("/not-modified", ({ status, set }) => {
    status(304);
    set("etag", '"a"');
    set("content-length", "99");
    return undefined;
  })
  .post("/post", "post");
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

test("every answer has the date of now", async () => {
  // The client refuses any that has not; here each kind is asked for, and again when the second is another.
  const kinds = ["/constant", "/handler", "/missing", "/post", "/status/500", "/not-modified", "/status/204"];
  const dates = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const answers = await askAll(server, kinds.map((path) => request(path)).join(""), kinds.length);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 405, 500, 304, 204]);
    for (const answer of answers) dates.add(answer.header("date")!);
    const malformed = await ask(server, "GET / HTTP/1.1\r\n\r\n");
    expect(malformed.status).toBe(400);
    dates.add(malformed.header("date")!);
    if (i === 0) await Bun.sleep(1_050);
  }
  expect(dates.size).toBeGreaterThan(1);
});

test("a handler may set its own date, and there is only one then", async () => {
  expect((await ask(server, request("/dated"))).header("date")).toBe(ownDate);
});

const codes = [200, 201, 202, 203, 206, 226, 299, 300, 302, 400, 404, 418, 422, 451, 499, 500, 503, 599];
test.each(codes)("status %i", async (code) => {
  const answers = await askAll(server, request(`/status/${code}`) + request(`/response/${code}`), 2);
  for (const answer of answers) expect([answer.status, answer.text]).toEqual([code, "some text"]);
});

test("205 has an empty body", async () => {
  const answer = await ask(server, request("/response/205"));
  expect([answer.status, answer.header("content-length")]).toEqual([205, "0"]);
});

test("204 and 304 have no body, whatever the handler says", async () => {
  const paths = ["/status/204", "/status/304", "/response/204", "/response/304", "/not-modified"];
  const answers = await askAll(server, [...paths, "/constant"].map((path) => request(path)).join(""), 6);
  expect(answers.map(({ status }) => status)).toEqual([204, 304, 204, 304, 304, 200]);
  for (const answer of answers.slice(0, 5)) expect(answer.body.length).toBe(0);
  expect(answers[5]!.text).toBe("constant");
  expect(answers[4]!.header("etag")).toBe('"a"');
  expect(answers[4]!.header("content-length")).toBe("99");
});

test("reason phrases", async () => {
  const phrases: [number, string][] = [
    [200, "OK"],
    [201, "Created"],
    [204, "No Content"],
    [302, "Found"],
    [304, "Not Modified"],
    [404, "Not Found"],
    [413, "Content Too Large"],
    [422, "Unprocessable Content"],
    [500, "Internal Server Error"],
    [503, "Service Unavailable"],
    [299, ""],
  ];
  const answers = await askAll(server, phrases.map(([code]) => request(`/status/${code}`)).join(""), phrases.length);
  expect(answers.map(({ status, reason }) => [status, reason])).toEqual(phrases);
});

describe("HEAD", () => {
  const head = (path: string) => request(path, { method: "HEAD" });
  const headersOf = ({ headers }: Answer) => headers.filter(([name]) => name !== "Date");

  test.each(["/constant", "/handler", "/missing", "/status/404", "/response/201", "/status/204"])(
    "%s has the head of GET and no body",
    async (path) => {
      const [get, only] = await askAll(server, request(path) + head(path), ["GET", "HEAD"]);
      expect(only!.status).toBe(get!.status);
      expect(headersOf(only!)).toEqual(headersOf(get!));
      expect(only!.body.length).toBe(0);
    },
  );

  test("runs the handler of GET", async () => {
    const before = getRuns;
    await askOnce(server, head("/handler"), "HEAD");
    expect(getRuns - before).toBe(1);
  });

  test("has a handler of its own where there is one, and says the length it likes", async () => {
    const [get, only] = await askAll(server, request("/own-head") + head("/own-head"), ["GET", "HEAD"]);
    expect(get!.text).toBe("get");
    expect(only!.header("x-own")).toBe("head");
    expect(only!.header("content-length")).toBe("1234");
  });

  test("says no length with 204, whatever its handler says", async () => {
    const answer = await ask(server, head("/empty-head"), "HEAD");
    expect([answer.status, answer.header("content-length")]).toEqual([204, null]);
  });

  test("of a path with other methods only is a 405", async () => {
    const answer = await ask(server, head("/post"), "HEAD");
    expect([answer.status, answer.header("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  const refused: [what: string, text: string, status: number][] = [
    ["malformed", "HEAD /constant HTTP/1.1\r\n\r\n", 400],
    ["malformed by a header", "HEAD /constant HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400],
    ["malformed by its version", "HEAD /constant HTTP/2.1\r\nHost: a\r\n\r\n", 505],
    ["too large", `HEAD /constant HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(20_000)}\r\n\r\n`, 431],
    ["with a body that is too large", "HEAD /handler HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413],
    ["with such a body for a constant", "HEAD /constant HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413],
    ["malformed by its chunks", "HEAD /handler HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400],
  ];
  test.each(refused)(
    "that is %s gets a head, and no body that could be taken for an answer",
    async (_, text, status) => {
      for (const before of ["", request("/handler")]) {
        using client = await RawClient.open(server);
        client.send(before + text);
        if (before !== "") expect((await client.answer()).text).toBe("handler");
        const answer = await client.answer("HEAD");
        expect([answer.status, answer.closes]).toEqual([status, true]);
        expect(Number(answer.header("content-length"))).toBeGreaterThan(0);
        await client.ended();
      }
    },
  );
});
