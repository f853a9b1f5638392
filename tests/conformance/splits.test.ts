// However a request arrives in pieces, it is the same request.
import { afterAll, describe, expect, test } from "bun:test";
import { App, type Server } from "@fasterapi/bun";
import { RawClient } from "../support/raw.ts";
import { eventually } from "../support/time.ts";

const app = new App()
  .get("/constant", "constant")
  .get("/users/:id", ({ params, query, headers }) => ({ params, query, headers: [...headers] }))
  .post("/body", async ({ text, headers }) => ({ text: await text(), type: headers.get("content-type") }))
  .post("/later", async ({ text, headers }) => {
    await Bun.sleep(0);
    return { text: await text(), type: headers.get("content-type") };
  });
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

/** What the server reads is this piece, no more and no less: it has read all before, and there is nothing behind. */
async function sendPieces(client: RawClient, to: Server, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    const { bytesIn } = to.stats();
    client.send(piece);
    const isRead = () => to.stats().bytesIn === bytesIn + piece.length;
    await eventually(isRead, () => `the server to read ${JSON.stringify(piece)}`, { changed: turn, ms: 5_000 });
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const requests: { [name: string]: [text: string, answer: [status: number, body: unknown]] } = {
  "a constant": ["GET /constant HTTP/1.1\r\nHost: test\r\nAccept: */*\r\n\r\n", [200, "constant"]],
  "params, a query and headers": [
    "\r\nGET http://a.b/users/4%32?a=1&b=%20 HTTP/1.1\r\nHost: test\r\nX-Long: 0123456789 0123456789 01234\r\nE:\r\n\r\n",
    [
      200,
      {
        params: { id: "42" },
        query: { a: "1", b: " " },
        headers: [
          ["host", "test"],
          ["x-long", "0123456789 0123456789 01234"],
          ["e", ""],
        ],
      },
    ],
  ],
  "a body with a length": [
    "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\nContent-Type: text/x\r\n\r\nhello world",
    [200, { text: "hello world", type: "text/x" }],
  ],
  "a chunked body": [
    "POST /later HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n" +
      '5;a=b;c="d\\"e"\r\nhello\r\n0006\r\n world\r\n0\r\nVary: *\r\nX: y\r\n\r\n',
    [200, { text: "hello world", type: "a/b" }],
  ],
  "a chunked body that nobody wants": [
    "POST /missing HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    [404, { detail: "Not Found" }],
  ],
  "a method without a route": [
    "DELETE /constant HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello",
    [405, { detail: "Method Not Allowed" }],
  ],
};

/** Tells whether what came before it was understood to its end. */
const follower = "GET /constant HTTP/1.1\r\nHost: test\r\n\r\n";

async function expectAnswers(client: RawClient, [status, body]: [number, unknown]): Promise<void> {
  const answer = await client.answer();
  const isJson = answer.header("content-type") === "application/json";
  expect([answer.status, isJson ? answer.json() : answer.text]).toEqual([status, body]);
  expect((await client.answer()).text).toBe("constant");
}

describe.each(Object.keys(requests))("%s", (name) => {
  const [text, expected] = requests[name]!;

  test("split in two at every byte", async () => {
    using client = await RawClient.open(server);
    for (let at = 1; at < text.length; at++) {
      await sendPieces(client, server, [text.slice(0, at), text.slice(at) + follower]);
      await expectAnswers(client, expected);
    }
  });

  test("one byte at a time", async () => {
    using client = await RawClient.open(server);
    await sendPieces(client, server, [...(text + follower)]);
    await expectAnswers(client, expected);
    client.finish();
    await client.ended();
  });

  test("three times in a row, split at every byte of the second", async () => {
    using client = await RawClient.open(server);
    for (let at = 0; at <= text.length; at += 3) {
      const whole = text + text + text;
      const place = text.length + at;
      await sendPieces(client, server, [whole.slice(0, place), whole.slice(place) + follower]);
      for (let i = 0; i < 2; i++) {
        const answer = await client.answer();
        expect(answer.status).toBe(expected[0]);
      }
      await expectAnswers(client, expected);
    }
  });
});

describe("what is malformed is refused wherever it is split", () => {
  const malformed: [text: string, detail: string][] = [
    ["GET /a HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", "Malformed header: white space before the colon"],
    ["GET /a HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "Lines must end with CRLF"],
    [
      "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "Content-Length together with Transfer-Encoding",
    ],
    [
      "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
      "Malformed chunk: its data does not end with CRLF",
    ],
  ];
  test.each(malformed)("%j", async (text, detail) => {
    for (let at = 1; at < text.length; at++) {
      using client = await RawClient.open(server);
      await sendPieces(client, server, [text.slice(0, at)]);
      client.send(text.slice(at));
      const answer = await client.answer();
      expect([answer.status, answer.json()]).toEqual([400, { detail }]);
      await client.ended();
    }
  });
});
