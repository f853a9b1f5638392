// The request cases of llhttp's own tests, strict ones, over a socket, through the parser alone, and through building blocks.
//
// Most of them have no Host, without which HTTP/1.1 is refused: one is put in behind their request lines. Where llhttp
// reports an error this server refuses, and says the rule that is broken; where it is content, a handler sees the same
// method, target, headers and body. What differs on purpose is in llhttp-differences.ts.
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { App } from "@fasterapi/bun";
import { ChunkedDecoder, HttpParser, type HttpRequestHead } from "@fasterapi/bun/core";
import { type Case, hasVectors, type Message, readCases } from "../support/llhttp.ts";
import { type Answer, RawClient } from "../support/raw.ts";
import { differences, lenientDifferences, unfinished } from "./llhttp-differences.ts";

const fuzz = join(import.meta.dir, "../../zig-out/bin/fuzz");
const hasParser = existsSync(fuzz);
const cases = readCases();
const isStrict = ({ type }: Case) => type === "request" || type === "request-finish";

const endings = "Lines must end with CRLF";
const fieldName = "Malformed header: the field name is not a token";
const value = "Malformed header: the field value holds a control character";
const space = "Malformed header: white space before the colon";
const folded = "Malformed header: folded lines are not allowed";
const length = "The Content-Length header is not a number";
const both = "Content-Length together with Transfer-Encoding";
const coding = "The last transfer coding must be chunked, and only once";
const version = "Malformed request line: the HTTP version is not valid";
const method = "Method not implemented";
const size = "Malformed chunk: the size is not a hexadecimal number";
const extension = "Malformed chunk: the extension is not valid";

/** What is said here for llhttp's reasons. Where there are several, it depends on what else could be meant. */
const details: { [reason: string]: string[] } = {
  "Missing expected LF after header value": [endings],
  "Missing expected CR after header value": [endings],
  "Expected LF after headers": [endings],
  "Expected LF after CR": [endings],
  "Expected CRLF after version": [endings],
  "Expected LF after chunk size": [endings],
  "Invalid header value char": [value, endings],
  "Invalid header token": [fieldName, endings],
  "Invalid header field char": [space],
  "Unexpected space after start line": [folded],
  "Unexpected whitespace after header value": [folded],
  "Content-Length overflow": [length],
  "Invalid character in Content-Length": [length],
  "Empty Content-Length": [length],
  "Duplicate Content-Length": ["More than one Content-Length header"],
  "Transfer-Encoding can't be present with Content-Length": [both],
  "Content-Length can't be present with Transfer-Encoding": [both],
  "Invalid `Transfer-Encoding` header value": [coding],
  "Request has invalid `Transfer-Encoding`": [coding],
  "Invalid character in chunk size": [size],
  "Invalid character in chunk extensions": [extension],
  "Invalid character in chunk extensions quoted value": [extension],
  "Expected LF after chunk data": ["Malformed chunk: its data does not end with CRLF"],
  "Invalid char in url path": ["Malformed request line: the request target is not valid"],
  "Expected HTTP/, RTSP/ or ICE/": [version],
  "Expected SOURCE method for ICE/x.x request": [version],
  "Invalid method for RTSP/x.x request": [version],
  "Invalid method for HTTP/x.x request": [method],
  "Expected space after method": [method],
  "Invalid HTTP version": ["HTTP version not supported"],
};

/** Not an error here: the connection ends, and what is behind it is not looked at. */
const afterClose = "Data after `Connection: close`";

const app = new App().all("/*path", async (context) => {
  const { path, url, headers, bytes } = context;
  const body = Buffer.from(await bytes()).toString("latin1");
  return { method: context.method, path, search: url.search, headers: [...headers], body };
});
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

/** With a Host for each message that has none, and an end where it has to have one. */
function bytesOf({ name, input, messages }: Case): Buffer {
  let bytes = Buffer.concat([input, Buffer.from(unfinished[name] ?? "")]);
  for (const { headers, headersAt, version } of messages.toReversed()) {
    const hasHost = headers.some(([key]) => key.toLowerCase() === "host");
    const endsWell = headersAt !== undefined && input.subarray(headersAt - 2, headersAt).toString() === "\r\n";
    if (hasHost || !endsWell || version === "1.0") continue;
    bytes = Buffer.concat([bytes.subarray(0, headersAt), Buffer.from("Host: added\r\n"), bytes.subarray(headersAt)]);
  }
  return bytes;
}

/** All answers, up to the end of the connection. */
async function answersOf(bytes: Buffer, most: number): Promise<Answer[]> {
  using client = await RawClient.open(server);
  client.send(bytes);
  client.finish();
  const answers: Answer[] = [];
  for (let i = 0; i < most; i++) {
    const answer = await client.answer(bytes.subarray(0, 5).toString() === "HEAD " ? "HEAD" : "GET");
    answers.push(answer);
    if (answer.closes) break;
  }
  await client.ended();
  return answers;
}

type Seen = { method: string; path: string; search: string; headers: [string, string][]; body: string };

/** Names in lower case, what repeats joined, as handlers see it; without the Host that was put in. */
function joined(headers: [string, string][]): { [name: string]: string } {
  const list: { [name: string]: string } = {};
  for (const [key, text] of headers) {
    const lower = key.toLowerCase();
    if (lower === "host" && text === "added") continue;
    list[lower] = list[lower] === undefined ? text : `${list[lower]}, ${text}`;
  }
  return list;
}

function expectSeen(seen: Seen, message: Message): void {
  const target = message.target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/#.*/, "");
  const [path, query] = target.split(/\?(.*)/s) as [string, string | undefined];
  expect(seen.method).toBe(message.method);
  expect(seen.path).toBe(path || "/");
  // A URL encodes what may not be in one.
  expect(decodeURI(seen.search)).toBe(query ? decodeURI(`?${query}`) : "");
  expect(joined(seen.headers)).toEqual(joined(message.headers));
  expect(seen.body).toBe(message.body);
}

async function expectSame(one: Case): Promise<void> {
  const { messages, error } = one;
  const complete = messages.filter(({ isComplete }) => isComplete);
  const isRefused = error !== undefined && error !== afterClose;
  const answers = await answersOf(bytesOf(one), complete.length + (isRefused ? 1 : 0));
  for (const [index, message] of complete.entries()) {
    expect(answers[index]!.status).toBe(200);
    if (message.method !== "HEAD") expectSeen(answers[index]!.json() as Seen, message);
  }
  expect(answers.length).toBe(complete.length + (isRefused ? 1 : 0));
  if (error === afterClose) expect(answers.at(-1)!.closes).toBe(true);
  if (!isRefused) return;
  const refusal = answers.at(-1)!;
  expect(details[error]).toBeDefined();
  expect(refusal.status).toBeGreaterThanOrEqual(400);
  expect(details[error]!).toContain((refusal.json() as { detail: string }).detail);
  expect(refusal.closes).toBe(true);
}

interface Parsed {
  outcome: "complete" | "partial" | "faulty";
  status: number | null;
  method: string;
  target: string;
  minorVersion: number;
  headers: { name: string; value: string }[];
  body: { outcome: "complete" | "partial" | "faulty"; status: number | null; data: string; end: number } | null;
}

function parse(bytes: Buffer): Parsed[] {
  const { stdout, exitCode } = Bun.spawnSync([fuzz, "--parse"], { stdin: bytes });
  expect(exitCode).toBe(0);
  return JSON.parse(stdout.toString()) as Parsed[];
}

/** As `parse`, by `HttpParser` and `ChunkedDecoder`, which are given pieces of this size; names are in lower case. */
function parseInPieces(bytes: Buffer, size: number): Parsed[] {
  using parser = new HttpParser();
  using chunks = new ChunkedDecoder();
  const list: Parsed[] = [];
  let at = 0;
  const piece = () => bytes.subarray(at, at + size);
  while (at < bytes.length) {
    let head = parser.parse(piece());
    for (at += size; head.state === "partial" && at < bytes.length; at += size) head = parser.parse(piece());
    if (head.state !== "complete") {
      const [outcome, status] =
        head.state === "malformed" ? (["faulty", head.status] as const) : (["partial", null] as const);
      return [...list, { outcome, status, method: "", target: "", minorVersion: 1, headers: [], body: null }];
    }
    at += head.consumed - size;
    const { method, target, minorVersion } = head;
    const headers = head.headers.map(([name, text]) => ({ name, value: text }));
    const body = bodyOf(head);
    list.push({ outcome: "complete", status: null, method, target, minorVersion, headers, body });
    if (body?.outcome !== "complete" || !head.keepAlive) return list;
  }
  return list;

  function bodyOf({ bodyKind, contentLength }: HttpRequestHead): Parsed["body"] {
    const none = { outcome: "partial", status: null, data: "", end: 0 } as const;
    if (bodyKind !== "chunked") {
      const data = bytes.subarray(at, at + contentLength);
      at += data.length;
      const outcome = data.length === contentLength ? "complete" : "partial";
      return { ...none, outcome, data: data.toString("latin1"), end: at };
    }
    let data = "";
    while (at < bytes.length) {
      const result = chunks.decode(piece());
      if (result.state === "malformed") return { ...none, outcome: "faulty", status: result.status, data, end: at };
      at += result.consumed;
      data += Buffer.from(result.data).toString("latin1");
      if (result.state === "complete") return { ...none, outcome: "complete", data, end: at };
    }
    return { ...none, data, end: at };
  }
}

/** How a header's name comes: as it was sent, or in lower case. */
type Spelling = (name: string) => string;

function expectParsed(one: Case, run: (bytes: Buffer) => Parsed[], spelled: Spelling = (name) => name): void {
  const { messages, error } = one;
  const bytes = bytesOf(one);
  const parsed = run(bytes);
  // Empty lines behind a request are the beginning of another one.
  if (/^(\r\n)*$/.test(bytes.subarray(parsed.at(-2)?.body?.end ?? 0).toString())) parsed.pop();
  for (const [index, message] of messages.entries()) {
    const isLast = index === messages.length - 1;
    const isRefused = isLast && error !== undefined && error !== afterClose;
    const found = parsed[index]!;
    if (isRefused) {
      expect([found.outcome, found.body?.outcome]).toContain("faulty");
      expect(found.status ?? found.body!.status).toBeGreaterThanOrEqual(400);
      continue;
    }
    expect(found.outcome).toBe(message.hasHead ? "complete" : "partial");
    if (!message.hasHead) continue;
    expect([found.method, found.target]).toEqual([message.method, message.target]);
    expect(`1.${found.minorVersion}`).toBe(message.version);
    const headers = found.headers.filter((header) => header.name !== spelled("Host") || header.value !== "added");
    const expected = message.headers.map(([name, text]) => [spelled(name), text]);
    expect(headers.map((header) => [header.name, header.value])).toEqual(expected);
    expect(found.body).toMatchObject({ outcome: message.isComplete ? "complete" : "partial", data: message.body });
  }
  expect(parsed.length).toBe(messages.length);
}

if (!hasVectors) {
  test.skip("llhttp: its test vectors are not here", () => undefined); // Data of others.
}

describe.if(hasVectors)("llhttp", () => {
  const strict = cases.filter(isStrict);

  test("all cases are there", () => {
    expect(strict.length).toBeGreaterThan(130);
    const unknown = [...Object.keys(differences), ...Object.keys(unfinished)].filter(
      (key) => !strict.some((one) => one.name === key),
    );
    expect(unknown).toEqual([]);
    const same = strict.filter((one) => !(one.name in differences));
    expect(same.length).toBeGreaterThan(100);
    expect(same.filter(({ error }) => error !== undefined).length).toBeGreaterThan(35);
  });

  for (const one of strict) {
    const difference = differences[one.name];
    if (difference === undefined) {
      test(one.name, () => expectSame(one));
      continue;
    }
    test(`${one.name}: different`, async () => {
      const { statuses, why } = difference;
      const answers = await answersOf(bytesOf(one), statuses.length);
      expect([answers.map(({ status }) => status), why]).toEqual([statuses, why]);
    });
  }
});

describe.if(hasVectors)("llhttp: what only a lenient parser takes", () => {
  const lenient = cases.filter((one) => !isStrict(one));
  test("all cases are there", () => {
    expect(lenient.length).toBeGreaterThan(25);
    const unknown = Object.keys(lenientDifferences).filter((key) => !lenient.some((one) => one.name === key));
    expect(unknown).toEqual([]);
  });

  for (const one of lenient) {
    const { statuses } = lenientDifferences[one.name] ?? { statuses: [400] };
    test(one.name, async () => {
      const answers = await answersOf(bytesOf(one), statuses.length);
      expect(answers.map(({ status }) => status)).toEqual(statuses);
    });
  }
});

if (hasVectors && !hasParser) {
  test.skip("llhttp: the parser alone needs `zig build fuzz`", () => undefined); // Its program is not built.
}

describe.if(hasVectors && hasParser)("llhttp: the parser alone", () => {
  for (const one of cases.filter(isStrict)) {
    if (!(one.name in differences)) test(one.name, () => expectParsed(one, parse));
  }
});

describe.if(hasVectors).each([Number.MAX_SAFE_INTEGER, 1, 7])("llhttp: HttpParser, pieces of %d bytes", (size) => {
  for (const one of cases.filter(isStrict)) {
    if (one.name in differences) continue;
    test(one.name, () => {
      expectParsed(
        one,
        (bytes) => parseInPieces(bytes, Math.min(size, bytes.length)),
        (name) => name.toLowerCase(),
      );
    });
  }
});
