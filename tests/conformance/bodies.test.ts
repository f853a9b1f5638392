// Request bodies of every size: to a handler, to an answer that wants none, and over the limit.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { askAll, askOnce, RawClient, request } from "../support/raw.ts";

const limit = 300_000;
let begun = 0;
const app = new App({ limits: { bodyBytes: limit } })
  .get("/constant", "constant")
  .post("/constant", "constant")
  .get("/next", () => "next")
  .post("/hash", async ({ bytes }) => {
    begun++;
    const body = await bytes();
    return { size: body.byteLength, hash: String(Bun.hash(body)) };
  })
  .post("/late", async ({ bytes }) => {
    await Bun.sleep(2);
    const body = await bytes();
    return { size: body.byteLength, hash: String(Bun.hash(body)) };
  })
  .post("/unread", () => "unread")
  .post("/small", { limits: { bodyBytes: 10 } }, ({ text }) => text())
  .post("/large", { limits: { bodyBytes: 2 * limit } }, async ({ bytes }) => (await bytes()).byteLength)
  .post("/large-constant", { limits: { bodyBytes: 2 * limit } }, "large")
  .post("/none", { limits: { bodyBytes: 0 } }, async ({ bytes }) => (await bytes()).byteLength);
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

function bytes(size: number): Buffer {
  const body = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) body[i] = (i * 31 + (i >> 8)) & 0xff;
  return body;
}

const latin1 = (text: string) => Buffer.from(text, "latin1");

function withLength(path: string, body: Uint8Array): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([latin1(head), body]);
}

function chunked(path: string, body: Uint8Array, chunkBytes = 10_007): Buffer {
  const parts = [latin1(`POST ${path} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    parts.push(latin1(`${chunk.length.toString(16)}\r\n`), Buffer.from(chunk), latin1("\r\n"));
  }
  return Buffer.concat([...parts, latin1("0\r\n\r\n")]);
}

// Around what is copied, pooled, kept apart and read at once; see core/limits.zig.
const sizes = [0, 1, 1023, 1024, 4096, 8191, 8192, 65_535, 65_536, 65_537, 131_072, 250_001, limit];

describe.each([
  ["Content-Length", withLength],
  ["chunks", chunked],
] as const)("%s", (_, encode) => {
  test.each(sizes)("%i bytes", async (size) => {
    const body = bytes(size);
    const seen = { size, hash: String(Bun.hash(body)) };
    const all = Buffer.concat([
      encode("/hash", body),
      encode("/constant", body),
      encode("/missing", body),
      encode("/late", body),
      encode("/next", body),
      encode("/unread", body),
      latin1(request("/next")),
    ]);
    const answers = await askAll(server, all, 7);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200, 405, 200, 200]);
    expect(answers[0]!.json()).toEqual(seen);
    expect(answers[1]!.text).toBe("constant");
    expect(answers[3]!.json()).toEqual(seen);
    expect(answers[5]!.text).toBe("unread");
    expect(answers[6]!.text).toBe("next");
  });

  test("in pieces of many sizes", async () => {
    const body = bytes(200_000);
    const all = Buffer.concat([encode("/hash", body), latin1(request("/next"))]);
    for (const pieceBytes of [60_000, 33_333, 4_097]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < all.length; at += pieceBytes) pieces.push(all.subarray(at, at + pieceBytes));
      const answers = await askAll(server, pieces, 2);
      expect(answers[0]!.json()).toEqual({ size: body.length, hash: String(Bun.hash(body)) });
    }
  });

  test("a limit of the route, lower or higher than the application's", async () => {
    const text = latin1("0123456789");
    const answers = await askAll(
      server,
      Buffer.concat([encode("/small", text), encode("/large", bytes(2 * limit)), encode("/none", bytes(0))]),
      3,
    );
    expect(answers.map((answer) => answer.text)).toEqual(["0123456789", String(2 * limit), "0"]);
    const over: [path: string, size: number][] = [
      ["/small", 11],
      ["/large", 2 * limit + 1],
      ["/none", 1],
    ];
    for (const [path, size] of over) {
      using client = await RawClient.open(server);
      client.send(encode(path, bytes(size)));
      const answer = await client.answer();
      expect([answer.status, answer.text]).toEqual([413, '{"detail":"The request body is too large"}']);
      expect(answer.closes).toBe(true);
      await client.ended();
    }
  });
});

test.each([withLength, chunked])("a limit of a constant's route, above the application's: %p", async (encode) => {
  const fitting = [encode("/large-constant", bytes(2 * limit)), Buffer.from(request("/next"))];
  const answers = await askAll(server, Buffer.concat(fitting), 2);
  expect(answers.map((answer) => answer.text)).toEqual(["large", "next"]);
});

describe("a body over the limit", () => {
  const detail = '{"detail":"The request body is too large"}';

  test.each(["/hash", "/constant", "/missing", "/next"])("%s: refused before it is read", async (path) => {
    const before = begun;
    using client = await RawClient.open(server);
    client.send(`POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: ${limit + 1}\r\n\r\n`);
    const answer = await client.answer();
    expect([answer.status, answer.text, answer.closes]).toEqual([413, detail, true]);
    client.send(request("/next"));
    await client.ended();
    expect(begun).toBe(before);
  });

  test("refused while it arrives in chunks, as soon as a chunk says that it will be", async () => {
    const before = begun;
    using client = await RawClient.open(server);
    client.send(chunked("/hash", bytes(limit - 5)).subarray(0, -"0\r\n\r\n".length));
    await client.quiet(20);
    client.send("6\r\n");
    expect((await client.answer()).text).toBe(detail);
    await client.ended();
    expect(begun).toBe(before);
  });

  test.each(["/constant", "/missing"])("%s: its chunks end the connection", async (path) => {
    using client = await RawClient.open(server);
    client.send(chunked(path, bytes(limit + 1)), request("/next"));
    expect((await client.answer()).status).toBe(path === "/constant" ? 200 : 404);
    await client.ended();
  });

  test("requests before it are answered first", async () => {
    using client = await RawClient.open(server);
    client.send(
      withLength("/late", bytes(10)),
      `POST /hash HTTP/1.1\r\nHost: test\r\nContent-Length: ${limit + 1}\r\n\r\n`,
      request("/next"),
    );
    const [first, second] = await client.answers(2);
    expect([first!.status, second!.status]).toEqual([200, 413]);
    await client.ended();
  });
});

test("a client that promises a body and goes away is no request", async () => {
  const before = begun;
  for (const head of ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]) {
    using client = await RawClient.open(server);
    client.send(`POST /hash HTTP/1.1\r\nHost: test\r\n${head}`);
    client.finish();
    await client.ended();
  }
  expect(begun).toBe(before);
});

test("a body is the handler's own: it may keep and change it", async () => {
  const kept: Uint8Array[] = [];
  const keeping = new App().post("/", async ({ bytes }) => {
    const body = await bytes();
    kept.push(body);
    const before = body.slice();
    body.fill(0xee);
    return before;
  });
  await using keeper = await keeping.listen({ port: 0, hostname: "127.0.0.1" });
  for (const size of [10, 70_000]) {
    const body = bytes(size);
    expect((await askOnce(keeper, withLength("/", body))).body.equals(body)).toBe(true);
  }
  await askOnce(keeper, withLength("/", bytes(10)));
  expect(kept.map((body) => body.every((byte) => byte === 0xee))).toEqual([true, true, true]);
});
