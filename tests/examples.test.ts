// Each example is started as it stands and asked what its comments say; one without an entry here fails.
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Child } from "./support/child.ts";

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
}

interface Example {
  asks: Ask[];
  /** What standard error holds in the end. */
  errors?: RegExp;
  /** How SIGTERM ends it. Default: by itself, as the signal does. */
  end?: { code: number; line: string };
}

const detail = (text: string) => ({ detail: text });

function form(): FormData {
  const fields = new FormData();
  fields.set("title", "Hello");
  fields.set("file", new File(["12345"], "five.txt"));
  return fields;
}

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
};

const folder = resolve(import.meta.dir, "../examples");
const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));

test("each example has an entry, and each entry an example", () => {
  expect(Object.keys(examples).sort()).toEqual(files.sort());
});

describe.each(files)("%s", (name) => {
  test("runs, and answers as it says", async () => {
    const { asks, errors = /^$/, end } = examples[name]!;
    await using child = new Child(join(folder, name), { env: { PORT: "0" } });
    const line = await child.line();
    expect(line).toMatch(/^Listening on http:\/\/localhost:\d+\/$/);
    const port = new URL(line.slice("Listening on ".length)).port;
    for (const { ask, headers = {}, send, status = 200, has = {}, json, text } of asks) {
      const [method = "", path = ""] = ask.split(" ");
      const options: RequestInit = { method, headers, redirect: "manual" };
      if (send !== undefined) options.body = send;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, options);
      const said = await answer.text();
      expect([ask, answer.status]).toEqual([ask, status]);
      if (json !== undefined) expect(JSON.parse(said)).toEqual(json);
      else expect(said).toBe(text!);
      for (const [key, value] of Object.entries(has)) expect(answer.headers.get(key)).toBe(value);
    }
    child.kill("SIGTERM");
    expect(await child.end(5_000)).toBe(end?.code ?? "SIGTERM");
    if (end !== undefined) expect(await child.line()).toBe(end.line);
    expect(child.errors).toMatch(errors);
  }, 30_000);
});
