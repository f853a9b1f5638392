// Each example is started as it stands and asked what its comments say; one without an entry here fails.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { OpenApiDocument } from "@fasterapi/bun";
import { Child } from "./support/child.ts";
import { faultsOf } from "./support/openapi.ts";

interface Ask {
  /** `METHOD /path`. */
  ask: string;
  headers?: Record<string, string>;
  send?: string | FormData;
  status?: number;
  /** Those that must be there. */
  has?: Record<string, string>;
  /** What `JSON.parse` makes of the answer, or its text. */
  json?: unknown;
  text?: string;
  /** How an answer without an end begins; the client then goes away. */
  begins?: string;
}

interface Example {
  env?: Record<string, string>;
  asks: Ask[];
  /** What standard error holds in the end. */
  errors?: RegExp;
  /** How SIGTERM ends it. Default: by itself, as the signal does. */
  end?: { code: number; line: string };
}

const detail = (text: string) => ({ detail: text });

const typed = { "content-type": "application/json" };
const todo = (id: number, title: string, done: boolean) => ({ id, title, done });

const emma = '{"title": "Emma", "year": 1815}';
const book = (id: number, title: string, year: number) => ({ id, title, year, tags: [] });
const failure = (loc: (string | number)[], type: string, msg: string) => ({ loc, msg, type });

const event = (id: number, text: string) => `id: ${id}\nevent: message\ndata: {"text":"${text}"}\n\n`;

function form(): FormData {
  const fields = new FormData();
  fields.set("title", "Hello");
  fields.set("file", new File(["12345"], "five.txt"));
  return fields;
}

/** At least so many characters. */
async function beginningOf(answer: Response, length: number): Promise<string> {
  let said = "";
  for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (said.length >= length) break;
  }
  return said;
}

const uploads = mkdtempSync(join(tmpdir(), "examples-"));
afterAll(() => rmSync(uploads, { recursive: true }));

const examples: Record<string, Example> = {
  "01_hello.ts": {
    asks: [
      { ask: "GET /", text: "Hello, World!", has: { "content-type": "text/plain; charset=utf-8" } },
      { ask: "GET /hello/Ada", json: { message: "Hello, Ada!" }, has: { "content-type": "application/json" } },
      { ask: "GET /hello/Ren%C3%A9e", json: { message: "Hello, Renée!" } },
      { ask: "GET /nowhere", status: 404, json: detail("Not Found") },
    ],
  },
  "02_requests.ts": {
    asks: [
      {
        ask: "PUT /inspect/a%20b/c/d?tag=x&tag=y",
        headers: { cookie: "theme=dark", "user-agent": "test" },
        json: expect.objectContaining({
          method: "PUT",
          path: "/inspect/a%20b/c/d",
          params: { first: "a b", rest: "c/d" },
          query: { tag: ["x", "y"] },
          cookies: { theme: "dark" },
          agent: "test",
          ip: "127.0.0.1",
          headers: expect.objectContaining({ cookie: "theme=dark" }),
          url: expect.stringContaining("/inspect/a%20b/c/d?tag=x&tag=y"),
        }),
      },
      { ask: "POST /json", send: '{"a": [1, 2]}', json: { got: { a: [1, 2] } } },
      {
        ask: "POST /json",
        send: '{"a": ]',
        status: 422,
        json: { detail: [expect.objectContaining({ loc: ["body", 6], type: "json_invalid" })] },
      },
      { ask: "POST /body", headers: { "content-type": "application/json" }, send: "{}", json: { type: "object" } },
      { ask: "POST /body", headers: { "content-type": "text/plain" }, send: "text", json: { type: "string" } },
      { ask: "POST /body", headers: { "content-type": "image/png" }, send: "\0", json: { type: "bytes" } },
      { ask: "POST /form", send: form(), json: { title: "Hello", bytes: 5 } },
      { ask: "GET /slow", text: "done" },
    ],
  },
  "03_answers.ts": {
    errors: /^GET \/broken .*This is logged, and the client sees nothing of it/,
    asks: [
      { ask: "GET /text", text: "plain text" },
      { ask: "GET /config", json: { version: 1, features: ["a", "b"] } },
      { ask: "GET /page", text: "<h1>Hello</h1>", has: { "content-type": "text/html; charset=utf-8" } },
      { ask: "GET /object", json: { now: "1970-01-01T00:00:00.000Z" } },
      { ask: "GET /bytes", text: "\x01\x02\x03", has: { "content-type": "application/octet-stream" } },
      { ask: "GET /nothing", status: 204, text: "" },
      { ask: "GET /response", status: 203, text: "as it says", has: { "x-kind": "response" } },
      { ask: "GET /later", json: { late: true } },
      {
        ask: "POST /created",
        status: 201,
        json: { ok: true },
        has: { location: "/object", "set-cookie": "a=1; HttpOnly, b=2; HttpOnly" },
      },
      { ask: "GET /old", status: 301, text: "", has: { location: "/text" } },
      { ask: "GET /missing", status: 404, json: detail("There is no such thing") },
      { ask: "GET /broken", status: 500, json: detail("Internal Server Error") },
    ],
  },
  "04_limits.ts": {
    errors: /^(GET \/slow (took more than 200 ms|has (returned|failed) now).*\n( +at .*\n)*)*$/,
    end: { code: 0, line: "Stopped" },
    asks: [
      { ask: "POST /notes", send: "n".repeat(1024), json: { length: 1024 } },
      { ask: "POST /notes", send: "n".repeat(1025), status: 413, json: { detail: expect.any(String) } },
      { ask: "POST /upload", send: "u".repeat(100_000), json: { bytes: 100_000 } },
      { ask: "POST /upload", send: "u".repeat(1_000_001), status: 413, json: { detail: expect.any(String) } },
      { ask: "GET /slow", status: 503, json: { detail: expect.any(String) } },
      { ask: "GET /stats", json: expect.objectContaining({ requests: 6, responses2xx: 2, timeoutsHandler: 1 }) },
    ],
  },
  "05_params.ts": {
    asks: [
      { ask: "GET /users/7", json: { user: "7" } },
      { ask: "GET /users/me", json: { user: "you" } },
      { ask: "GET /users/7/posts/2", json: { user: "7", post: 2 } },
      { ask: "GET /files/", json: { name: "", path: "/files/" } },
      { ask: "GET /files/docs/a%20b.txt", json: { name: "docs/a b.txt", path: "/files/docs/a%20b.txt" } },
      { ask: "GET /search?q=zig&tag=a&tag=b&page=2", json: { q: "zig", tags: ["a", "b"], page: 2 } },
      { ask: "GET /search?q=zig&tag=a", json: { q: "zig", tags: ["a"], page: 1 } },
      { ask: "GET /search?q=zig&page=x", status: 400, json: detail("page is an integer from 1") },
      { ask: "GET /search", status: 400, json: { detail: expect.any(String) } },
    ],
  },
  "06_middleware.ts": {
    asks: [
      { ask: "GET /", text: "Hello", has: { "x-content-type-options": "nosniff" } },
      { ask: "GET /", text: "Hello", has: { "server-timing": expect.stringMatching(/^app;dur=\d+\.\d$/) } },
      { ask: "GET /nowhere", status: 404, json: detail("Not Found"), has: { "referrer-policy": "no-referrer" } },
      { ask: "GET /me", status: 401, json: detail("Who are you?"), has: { "www-authenticate": "Bearer" } },
      { ask: "GET /me", headers: { authorization: "Bearer ada" }, json: { data: { name: "Ada" } } },
    ],
  },
  "07_groups.ts": {
    asks: [
      { ask: "GET /", text: "Home" },
      { ask: "GET /shops/berlin", json: { shop: "berlin" } },
      { ask: "GET /shops/berlin/items/3", json: { shop: "berlin", item: "3" } },
      { ask: "DELETE /shops/berlin/items/3", status: 403, json: detail("For staff") },
      { ask: "DELETE /shops/berlin/items/3", headers: { "x-key": "k" }, json: { deleted: "3" } },
      { ask: "GET /blog/posts/hello", json: { slug: "hello", path: "/blog/posts/hello" }, has: { "x-part": "blog" } },
      {
        ask: "GET /blog/nowhere",
        status: 404,
        json: detail("The blog has no /blog/nowhere"),
        has: { "x-part": "blog" },
      },
      { ask: "GET /nowhere", status: 404, json: detail("Not Found") },
    ],
  },
  "08_events.ts": {
    asks: [
      { ask: "POST /messages", send: "Hello", status: 201, json: { id: 1 } },
      { ask: "POST /messages", send: "again", status: 201, json: { id: 2 } },
      {
        ask: "GET /events",
        has: { "content-type": "text/event-stream" },
        begins: `${event(1, "Hello")}${event(2, "again")}`,
      },
      { ask: "GET /events", headers: { "last-event-id": "1" }, begins: event(2, "again") },
    ],
  },
  "09_lines.ts": {
    asks: [
      {
        ask: "GET /readings",
        has: { "content-type": "application/jsonl" },
        text: '{"id":1,"value":1}\n{"id":2,"value":4}\n{"id":3,"value":9}\n',
      },
      { ask: "GET /readings?count=0", text: "" },
      { ask: "GET /readings?count=x", status: 400, json: { detail: expect.any(String) } },
      { ask: "POST /sum", send: '{"value":1}\n{"value":2}\n', json: { sum: 3 } },
      { ask: "POST /sum", send: '{"value":1}\n{value', status: 422, json: detail("Line 2 is no JSON") },
    ],
  },
  "10_errors.ts": {
    errors: /^GET \/broken .*This is for the log, not for the client/,
    asks: [
      { ask: "GET /orders/1", json: { id: 1 }, has: { "content-type": "application/json" } },
      {
        ask: "GET /orders/7",
        status: 409,
        json: { status: 409, title: "There is no tea left", item: "tea" },
        has: { "content-type": "application/problem+json" },
      },
      { ask: "GET /orders/x", status: 400, json: { status: 400, title: "The id of an order is a number" } },
      {
        ask: "GET /busy",
        status: 503,
        json: { status: 503, title: { reason: "busy", queue: 12 } },
        has: { "retry-after": "5" },
      },
      {
        ask: "GET /broken",
        status: 500,
        json: detail("Internal Server Error"),
        has: { "content-type": "application/json" },
      },
      {
        ask: "PUT /busy",
        status: 405,
        json: { status: 405, title: "Method Not Allowed" },
        has: { allow: "GET, HEAD, OPTIONS" },
      },
      { ask: "GET /nowhere", status: 404, json: { status: 404, title: "There is no /nowhere" } },
    ],
  },
  "11_todo.ts": {
    asks: [
      { ask: "GET /todos", json: [] },
      {
        ask: "POST /todos",
        headers: typed,
        send: '{"title": "Write a test"}',
        status: 201,
        json: todo(1, "Write a test", false),
        has: { location: "/todos/1" },
      },
      { ask: "POST /todos", headers: typed, send: '{"title": "Rest"}', status: 201, json: todo(2, "Rest", false) },
      { ask: "POST /todos", headers: typed, send: '{"title": ""}', status: 422, json: detail("title is some text") },
      { ask: "POST /todos", headers: typed, send: "{}", status: 422, json: detail("title is missing") },
      { ask: "POST /todos", headers: typed, send: "1", status: 422, json: detail("A to-do is a JSON object") },
      {
        ask: "PATCH /todos/1",
        headers: typed,
        send: '{"done": 1}',
        status: 422,
        json: detail("done is true or false"),
      },
      { ask: "PATCH /todos/1", headers: typed, send: '{"done": true}', json: todo(1, "Write a test", true) },
      {
        ask: "PATCH /todos/9",
        headers: typed,
        send: '{"done": true}',
        status: 404,
        json: detail("There is no to-do 9"),
      },
      { ask: "GET /todos/1", json: todo(1, "Write a test", true) },
      { ask: "GET /todos?done=false", json: [todo(2, "Rest", false)] },
      { ask: "DELETE /todos/1", status: 204, text: "" },
      { ask: "DELETE /todos/1", status: 404, json: detail("There is no to-do 1") },
      { ask: "GET /todos/x", status: 404, json: detail("There is no to-do x") },
      { ask: "GET /todos", json: [todo(2, "Rest", false)] },
    ],
  },
  "12_upload.ts": {
    env: { UPLOADS: uploads },
    asks: [
      {
        ask: "PUT /files/a.txt",
        send: "0123456789".repeat(100_000),
        status: 201,
        json: { name: "a.txt", bytes: 1_000_000 },
      },
      {
        ask: "PUT /files/a.txt",
        send: "0123456789",
        status: 201,
        json: { name: "a.txt", bytes: 10 },
        has: { location: "/files/a.txt" },
      },
      { ask: "GET /files/a.txt", text: "0123456789" },
      { ask: "GET /files/a.txt", headers: { range: "bytes=2-4" }, status: 206, text: "234" },
      { ask: "PUT /files/..%2Fa.txt", send: "x", status: 400, json: { detail: expect.any(String) } },
      { ask: "GET /files/..%2Fa.txt", status: 400, json: { detail: expect.any(String) } },
      { ask: "GET /files/b.txt", status: 404, json: detail("Not Found") },
    ],
  },
  "14_schemas.ts": {
    asks: [
      { ask: "GET /books", json: [] },
      { ask: "POST /books", headers: typed, send: emma, status: 201, json: book(1, "Emma", 1815) },
      {
        ask: "POST /books",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        send: "title=Persuasion&year=1817",
        status: 201,
        json: book(2, "Persuasion", 1817),
      },
      {
        ask: "POST /books",
        headers: typed,
        send: '{"year": "1815", "pages": 1}',
        status: 422,
        json: {
          detail: [
            failure(["body", "title"], "missing", "Field required"),
            { ...failure(["body", "year"], "integer_type", "Must be an integer"), input: "1815" },
            { ...failure(["body", "pages"], "extra_forbidden", "Unknown field"), input: 1 },
          ],
        },
      },
      { ask: "GET /books?from=1816&size=5", json: [book(2, "Persuasion", 1817)] },
      {
        ask: "GET /books?from=then",
        status: 422,
        json: { detail: [{ ...failure(["query", "from"], "integer_type", "Must be an integer"), input: "then" }] },
      },
      {
        ask: "PATCH /books/1",
        headers: typed,
        send: '{"tags": ["novel"]}',
        json: { ...book(1, "Emma", 1815), tags: ["novel"] },
      },
      { ask: "GET /books/9", status: 404, json: detail("There is no book 9") },
      { ask: "DELETE /books/1", status: 204, text: "" },
    ],
  },
  "15_zod.ts": {
    asks: [
      {
        ask: "POST /events",
        headers: typed,
        send: '{"name": "Tea", "at": "2026-05-01", "guests": ["ada@example.org"]}',
        status: 201,
        json: { name: "Tea", weekday: 5, guests: 1 },
      },
      {
        ask: "POST /events",
        headers: typed,
        send: '{"at": "soon", "guests": ["ada"]}',
        status: 422,
        json: {
          detail: [
            failure(["body", "name"], "missing", expect.any(String)),
            { ...failure(["body", "at"], "string_format", "Invalid ISO date"), input: "soon" },
            { ...failure(["body", "guests", 0], "string_format", "Invalid email address"), input: "ada" },
          ],
        },
      },
      {
        ask: "GET /events?after=2026-01-01",
        json: [{ name: "Tea", at: "2026-05-01T00:00:00.000Z", guests: ["ada@example.org"] }],
      },
      {
        ask: "GET /events?size=0",
        status: 422,
        json: { detail: [expect.objectContaining({ loc: ["query", "size"] })] },
      },
    ],
  },
  "16_error_format.ts": {
    asks: [
      {
        ask: "POST /accounts",
        headers: typed,
        send: '{"email": "ada", "password": "123"}',
        status: 422,
        json: {
          title: "The request is not as it should be",
          status: 422,
          errors: [
            { pointer: "#/body/email", detail: "Must be a valid email address", code: "string_format" },
            { pointer: "#/body/password", detail: "Must have at least 8 characters", code: "string_too_short" },
          ],
        },
        has: { "content-type": "application/problem+json" },
      },
      {
        ask: "POST /accounts",
        headers: typed,
        send: "{",
        status: 422,
        json: expect.objectContaining({ errors: [expect.objectContaining({ code: "json_invalid" })] }),
      },
      {
        ask: "POST /accounts",
        headers: typed,
        send: '{"email": "ada@example.org", "password": "12345678"}',
        status: 422,
        json: expect.objectContaining({
          errors: [{ pointer: "#/body/email", detail: "Taken already", code: "taken" }],
        }),
      },
      {
        ask: "POST /accounts",
        headers: typed,
        send: '{"email": "eve@example.org", "password": "12345678"}',
        status: 201,
        json: { email: "eve@example.org" },
      },
      { ask: "GET /nowhere", status: 404, json: { title: "Not Found", status: 404 } },
    ],
  },
  "17_docs.ts": {
    asks: [
      { ask: "GET /docs", begins: "<!doctype html>", has: { "content-type": "text/html; charset=utf-8" } },
      {
        ask: "GET /openapi.json",
        json: expect.objectContaining({
          openapi: "3.1.1",
          info: expect.objectContaining({ title: "Notes", version: "1.0.0" }),
          paths: { "/notes": { get: expect.anything(), post: expect.anything() } },
        }),
      },
      { ask: "POST /notes", headers: typed, send: '{"text": "Tea"}', status: 401, json: detail("Who are you?") },
      {
        ask: "POST /notes",
        headers: { ...typed, authorization: "Bearer sesame" },
        send: '{"text": "Tea"}',
        status: 201,
        json: { id: 1, text: "Tea", tags: [] },
      },
      { ask: "GET /notes?tag=x", json: [] },
      { ask: "GET /health", text: "fine" },
    ],
  },
  "18_json_schema.ts": {
    asks: [
      {
        ask: "POST /events",
        send: '{"at":1,"name":"start"}\n{"at":"now"}\n\n{"at":2,"name":"stop"',
        json: {
          kept: 1,
          refused: [
            {
              line: 2,
              errors: [
                failure(["name"], "missing", "Field required"),
                { ...failure(["at"], "integer_type", "Must be an integer"), input: "now" },
              ],
            },
            { line: 4, errors: [failure([21], "json_invalid", "Unexpected end of JSON at line 1, column 22")] },
          ],
        },
      },
      { ask: "POST /events", send: '{"name": "é", "at": 3}\n', json: { kept: 1, refused: [] } },
      {
        ask: "GET /events",
        text: '{"at":1,"name":"start"}\n{"name": "é", "at": 3}\n',
        has: { "content-type": "application/jsonl" },
      },
    ],
  },
  "19_building_blocks.ts": {
    asks: [
      {
        ask: "POST /recorded",
        send: [
          "GET /users/4%202?x HTTP/1.1\r\nHost: a\r\n\r\n",
          "POST /users/7/notes HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\nhello",
          "PUT /files/a/b HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
          "GET /other HTTP/1.0\r\n\r\n",
        ].join(""),
        json: {
          requests: [
            { method: "GET", host: "a", route: "user", params: { id: "4 2" } },
            { method: "POST", host: "b", route: "note", params: { id: "7" }, body: { size: 5, crc: 907060870 } },
            { method: "PUT", host: "c", route: "file", params: { path: "a/b" }, body: { size: 12, crc: 4289425978 } },
            { method: "GET", host: null, route: "none" },
          ],
          counts: { user: 1, note: 1, file: 1, none: 1 },
        },
      },
      {
        ask: "POST /recorded",
        send: "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        status: 400,
        json: { detail: "Status 400 at 16: Malformed header: white space before the colon" },
      },
      {
        ask: "POST /recorded",
        send: "PUT / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\nx",
        status: 400,
        json: { detail: "A recorded body is malformed: Malformed chunk: the size is not a hexadecimal number" },
      },
      {
        ask: "POST /recorded",
        send: "PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 5\r\n\r\nx",
        status: 400,
        json: { detail: "The recording ends in a body" },
      },
      {
        ask: "POST /recorded",
        send: "GET /users/7 HTTP/1.1\r\nHost: a\r\n\r\n",
        json: {
          requests: [{ method: "GET", host: "a", route: "user", params: { id: "7" } }],
          counts: { user: 1 },
        },
      },
      {
        ask: "GET /pools",
        json: { readers: { acquired: 5, misses: 1, idle: 1, inUse: 0, dropped: 0 }, buffers: 1, made: 1 },
      },
    ],
  },
};

const folder = resolve(import.meta.dir, "../examples");
const all = readdirSync(folder).filter((name) => name.endsWith(".ts"));
/** These are run by `bun test`. */
const tests = ["13_app_test.ts"];
const files = all.filter((name) => !tests.includes(name));

test("each example has an entry, and each entry an example", () => {
  expect([...Object.keys(examples), ...tests].sort()).toEqual(all.sort());
});

describe.each(files)("%s", (name) => {
  test("runs, and answers as it says", async () => {
    const { asks, env = {}, errors = /^$/, end } = examples[name]!;
    await using child = new Child(join(folder, name), { env: { PORT: "0", ...env } });
    const line = await child.line();
    expect(line).toMatch(/^Listening on http:\/\/localhost:\d+\/$/);
    const port = new URL(line.slice("Listening on ".length)).port;
    for (const { ask, headers = {}, send, status = 200, has = {}, json, text, begins } of asks) {
      const [method = "", path = ""] = ask.split(" ");
      const options: RequestInit = { method, headers, redirect: "manual" };
      if (send !== undefined) options.body = send;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, options);
      const said = begins === undefined ? await answer.text() : await beginningOf(answer, begins.length);
      expect([ask, answer.status]).toEqual([ask, status]);
      if (begins !== undefined) expect(said.slice(0, begins.length)).toBe(begins);
      else if (json !== undefined) expect(JSON.parse(said)).toEqual(json);
      else expect(said).toBe(text!);
      for (const [key, value] of Object.entries(has)) expect(answer.headers.get(key)).toEqual(value);
    }
    child.kill("SIGTERM");
    expect(await child.end(5_000)).toBe(end?.code ?? "SIGTERM");
    if (end !== undefined) expect(await child.line()).toBe(end.line);
    expect(child.errors).toMatch(errors);
  }, 30_000);
});

test.each(files)(
  "%s has a document",
  async (name) => {
    const flags = ["--preload", resolve(import.meta.dir, "server/apps/openapi-of.ts")];
    await using child = new Child(join(folder, name), { flags });
    const document = JSON.parse(await child.line()) as OpenApiDocument;
    expect(await faultsOf(document)).toEqual([]);
    expect(Object.keys(document.paths).length).toBeGreaterThan(0);
  },
  30_000,
);

test.each(tests)(
  "%s passes",
  async (name) => {
    await using child = new Child(join(folder, name), { flags: ["test"] });
    expect(await child.end()).toBe(0);
    expect(child.errors).toMatch(/\n 3 pass\n 0 fail\n/);
  },
  30_000,
);
