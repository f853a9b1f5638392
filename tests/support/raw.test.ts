// The strict client is strict: what it lets pass, no other test finds.
import { afterAll, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { ask, askAll, parseAnswer, RawClient } from "./raw.ts";

const now = () => new Date().toUTCString();
const head = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}Date: ${now()}\r\n\r\n`;
const parse = (text: string, method?: string) => parseAnswer(Buffer.from(text, "latin1"), method);

test("answers that are right", () => {
  const plain = parse(`${head("Content-Type: text/plain\r\nContent-Length: 2\r\n")}hi!`)!;
  expect(plain.answer.status).toBe(200);
  expect(plain.answer.reason).toBe("OK");
  expect(plain.answer.header("content-type")).toBe("text/plain");
  expect(plain.answer.text).toBe("hi");
  const chunked = parse(`${head("Transfer-Encoding: chunked\r\n")}2\r\nhi\r\n0\r\n\r\n`)!;
  expect(chunked.answer.text).toBe("hi");
  expect(parse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1")!.end).toBe(25);
  expect(parse(`HTTP/1.1 204 No Content\r\nDate: ${now()}\r\n\r\n`)!.answer.body.length).toBe(0);
  expect(parse(head("Content-Length: 5\r\n"), "HEAD")!.answer.body.length).toBe(0);
});

test("answers that are not complete", () => {
  expect(parse("HTTP/1.1 200 OK\r\nDa")).toBeUndefined();
  expect(parse(`${head("Content-Length: 5\r\n")}1234`)).toBeUndefined();
  expect(parse(`${head("Transfer-Encoding: chunked\r\n")}2\r\nhi\r\n0\r\n\r`)).toBeUndefined();
});

const wrong: [string, string][] = [
  ["no status line", `HTTP/1.0 200 OK\r\nContent-Length: 0\r\nDate: ${now()}\r\n\r\n`],
  ["no status line", `HTTP/1.1 200\r\nContent-Length: 0\r\nDate: ${now()}\r\n\r\n`],
  ["no answer", "hello"],
  ["no header", head("X : y\r\nContent-Length: 0\r\n")],
  ["no header", head("X:y\r\nContent-Length: 0\r\n")],
  ["no header", head("X: y \r\nContent-Length: 0\r\n")],
  ["no header", head("X: a\nb\r\nContent-Length: 0\r\n")],
  ["several headers", head("Content-Length: 0\r\ncontent-length: 0\r\n")],
  ["several headers", head(`Content-Length: 0\r\nDate: ${now()}\r\n`)],
  ["no Date", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ["no date", `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: ${new Date().toISOString()}\r\n\r\n`],
  ["not the date", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\n\r\n"],
  ["no length", head("Content-Length: 02\r\n")],
  ["length and coding", head("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n")],
  ["an answer without an end", head("")],
  ["a framing header", `HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nDate: ${now()}\r\n\r\n`],
  ["no chunk size", `${head("Transfer-Encoding: chunked\r\n")}x\r\n`],
  ["no end of a chunk", `${head("Transfer-Encoding: chunked\r\n")}2\r\nhi!!0\r\n\r\n`],
];
test.each(wrong)("answers that are wrong: %s, %#", (reason, text) => {
  expect(() => parse(text)).toThrow(reason);
});

const speakers: Server[] = [];
afterAll(() => {
  for (const speaker of speakers) speaker.close();
});

/** What answers everybody with these bytes and then ends. */
async function speaker(text: string): Promise<{ port: number }> {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(Buffer.from(text, "latin1")));
  });
  speakers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address() as { port: number };
}

test("what trails is an error", async () => {
  const good = `${head("Content-Length: 2\r\n")}hi`;
  expect((await ask(await speaker(good), "x")).text).toBe("hi");
  const twice = await speaker(good + good);
  await expect(ask(await speaker(`${good}\r\n`), "x")).rejects.toThrow("more than was expected");
  await expect(ask(twice, "x")).rejects.toThrow("more than was expected");
  expect((await askAll(twice, "x", 2)).length).toBe(2);
  await expect(askAll(twice, "x", 3)).rejects.toThrow("The connection is over");
  await expect(ask(await speaker(good.slice(0, -1)), "x")).rejects.toThrow("The connection is over");
  using client = await RawClient.open(twice);
  client.send("x");
  await client.answer();
  await expect(client.quiet(1)).rejects.toThrow("It should be quiet");
});
