// Answers that come in pieces: streams, generators, server-sent events and files.
import { afterAll, afterEach, beforeEach, describe, expect, mock, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, sse } from "@fasterapi/bun";

const folder = mkdtempSync(join(tmpdir(), "fasterapi-streams-"));
const file = join(folder, "digits.txt");
const digits = "0123456789".repeat(10);
writeFileSync(file, digits);
utimesSync(file, 1_700_000_000, 1_700_000_000);
writeFileSync(join(folder, "empty.json"), "");
writeFileSync(join(folder, "large.bin"), Buffer.alloc(3_000_000, "large"));

const ends: string[] = [];
const bytes = (text: string) => new TextEncoder().encode(text);
const later = (text: string) =>
  new ReadableStream({
    async pull(controller) {
      await Bun.sleep(2);
      controller.enqueue(bytes(text));
      controller.close();
    },
    cancel: (reason) => {
      ends.push(`cancelled: ${(reason as Error | undefined)?.name}`);
    },
  });

const app = new App()
  .get("/async", async function* () {
    yield "a";
    await Bun.sleep(2);
    yield bytes("é");
    yield bytes("c").buffer;
  })
  .get("/sync", function* () {
    for (let i = 0; i < 5_000; i++) yield `${i}\n`;
  })
  .get("/reused", function* () {
    const buffer = new Uint8Array(3);
    for (const letter of "abc") {
      buffer.fill(letter.charCodeAt(0));
      yield buffer;
    }
  })
  .get("/nothing", async function* () {
    if (ends.length > 100) yield "never";
  })
  .get("/typed", async function* ({ set, status }) {
    status(201);
    set("content-type", "application/jsonl");
    yield "{}\n";
  })
  .get("/stream", () => later("streamed"))
  .get("/response", () => new Response(later("late"), { status: 203, headers: { "x-a": "1" } }))
  .get("/response-at-once", () => new Response("at once"))
  .get("/large", async function* () {
    for (let i = 0; i < 40; i++) yield Buffer.alloc(100_000, String(i % 10));
  })
  .get("/early", async function* () {
    if (ends.length < 100) throw new Error("early");
    yield "never";
  })
  .get("/broken", async function* () {
    yield "before";
    await Bun.sleep(2);
    throw new Error("in the middle");
  })
  .get("/number", function* () {
    yield "text";
    yield 7;
  })
  .get("/number-first", function* () {
    yield 7;
  })
  .get("/endless", async function* () {
    try {
      for (;;) {
        yield Buffer.alloc(10_000);
        await Bun.sleep(1);
      }
    } finally {
      ends.push("endless");
    }
  })
  .get("/flood", function* () {
    try {
      for (;;) yield Buffer.alloc(64 * 1024);
    } finally {
      ends.push("flood");
    }
  })
  .get("/waits", ({ signal }) => {
    signal.addEventListener("abort", () => ends.push("aborted"));
    return new ReadableStream({
      pull: () => new Promise<void>(() => undefined),
      cancel: () => {
        ends.push("waits");
      },
    });
  })
  .get("/events", ({ headers }) =>
    sse(async function* () {
      yield "one\ntwo";
      yield { id: "2", event: "tick", retry: 5, data: { a: [1] } };
      yield { data: headers.get("last-event-id") };
    }),
  )
  .get("/quiet", () =>
    sse(
      async function* () {
        await Bun.sleep(130);
        yield "at last";
      },
      { keepAliveMs: 50 },
    ),
  )
  .get("/bad-event", () =>
    sse(function* () {
      yield { id: "a\nb", data: 1 };
    }),
  )
  .get("/bad-event-later", () =>
    sse(async function* () {
      try {
        yield "fine";
        await Bun.sleep(1);
        yield { data: 1n };
      } finally {
        ends.push("bad-event-later");
      }
    }),
  )
  .get("/wordless-event", () => sse([{ data: () => 1 }]))
  .get("/slow-events", () =>
    sse(
      async function* () {
        // Until one doesn't fit any more, and a comment comes before the event behind it.
        for (let id = 0; ends.length === 0; id++) {
          yield { id: String(id), data: " ".repeat(20_000) };
          await Bun.sleep(server.stats().bufferedBytes > 150_000 ? 40 : 0);
        }
      },
      { keepAliveMs: 10 },
    ),
  )
  .get("/file", () => Bun.file(file))
  .get("/file/:name", ({ params }) => Bun.file(join(folder, params.name)));

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
const ask = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), init);

const log = spyOn(console, "error").mockImplementation(() => undefined);
beforeEach(() => log.mockClear());
afterEach(() => ends.splice(0));
afterAll(async () => {
  mock.restore();
  await server.stop({ drainMs: 0 });
  rmSync(folder, { recursive: true });
});

async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !what(); i++) await Bun.sleep(10);
  expect(what()).toBe(true);
}

/** All that comes on a connection, until it closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (data) => {
      received += data;
    });
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
  });
}

describe("streams and generators", () => {
  test("text and bytes, in chunks", async () => {
    const answer = await ask("/async");
    expect([answer.status, answer.headers.get("transfer-encoding")]).toEqual([200, "chunked"]);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await answer.text()).toBe("aéc");
    expect((await (await ask("/sync")).text()).split("\n").length).toBe(5_001);
    expect(await (await ask("/nothing")).text()).toBe("");
    expect(await (await ask("/reused")).text()).toBe("aaabbbccc");
    const stream = await ask("/stream");
    expect([stream.headers.get("content-type"), await stream.text()]).toEqual(["application/octet-stream", "streamed"]);
  });

  test("with status and headers of their own", async () => {
    const typed = await ask("/typed");
    expect([typed.status, typed.headers.get("content-type"), await typed.text()]).toEqual([
      201,
      "application/jsonl",
      "{}\n",
    ]);
    const response = await ask("/response");
    expect([response.status, response.headers.get("x-a"), response.headers.get("content-length")]).toEqual([
      203,
      "1",
      null,
    ]);
    expect(await response.text()).toBe("late");
  });

  test("a Response whose body is there at once is sent whole", async () => {
    const answer = await ask("/response-at-once");
    expect([answer.headers.get("content-length"), answer.headers.get("transfer-encoding")]).toEqual(["7", null]);
    expect(await answer.text()).toBe("at once");
  });

  test("large pieces arrive as they were", async () => {
    const body = Buffer.from(await (await ask("/large")).arrayBuffer());
    expect(body.length).toBe(4_000_000);
    for (let i = 0; i < 40; i++) expect(body[i * 100_000 + 5]).toBe(48 + (i % 10));
  });

  test("under pipelining they keep their order; on HTTP/1.0 they end with the connection", async () => {
    const text = await raw(
      "GET /async HTTP/1.1\r\nHost: a\r\n\r\nGET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /async HTTP/1.0\r\n\r\n",
    );
    const bodies = text.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)+\r\n/).slice(1);
    expect(bodies).toEqual(["1\r\na\r\n2\r\né\r\n1\r\nc\r\n0\r\n\r\n", "8\r\nstreamed\r\n0\r\n\r\n", "aéc"]);
  });

  test("HEAD gets the head, and the stream is not read", async () => {
    const answer = await ask("/stream", { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    expect(ends).toEqual(["cancelled: undefined"]);
  });

  test("what fails before the first piece is answered like any other error", async () => {
    const answer = await ask("/early");
    expect([answer.status, await answer.json()]).toEqual([500, { detail: "Internal Server Error" }]);
    expect(log).toHaveBeenCalledTimes(1);
  });

  test("what fails in the middle closes the connection and is logged once, with the route", async () => {
    expect(ask("/broken").then((answer) => answer.text())).rejects.toThrow();
    await eventually(() => log.mock.calls.length > 0);
    expect(String(log.mock.calls[0])).toContain("GET /broken");
    expect(await raw("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")).toEndWith("6\r\nbefore\r\n");
    expect(await (await ask("/number-first")).json()).toEqual({ detail: "Internal Server Error" });
    expect(ask("/number").then((answer) => answer.text())).rejects.toThrow();
    await eventually(() => log.mock.calls.length > 2);
    expect(String(log.mock.calls.at(-1))).toContain("text or bytes, not number");
  });
});

describe("clients that leave, and clients that are slow", () => {
  test("a generator's finally runs", async () => {
    const abort = new AbortController();
    const answer = await ask("/endless", { signal: abort.signal });
    await answer.body?.getReader().read();
    abort.abort();
    await eventually(() => ends.includes("endless"));
  });

  test("a stream that waits for its source is cancelled", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.resetAndDestroy();
    await eventually(() => ends.includes("waits"));
    expect(ends).toContain("aborted");
  });

  test("one that reads nothing holds back the generator, and a bounded number of bytes", async () => {
    const sent = server.stats().bytesOut;
    const socket = connect(server.port, "127.0.0.1");
    socket.pause();
    socket.write("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(() => server.stats().bufferedBytes > 100_000);
    await Bun.sleep(100);
    const before = server.stats().bytesOut;
    await Bun.sleep(100);
    expect(server.stats().bytesOut).toBe(before);
    expect(server.stats().bufferedBytes).toBeLessThan(700_000);
    expect(before - sent).toBeLessThan(16_000_000);
    socket.destroy();
    await eventually(() => ends.includes("flood") && server.stats().bufferedBytes === 0);
  });
});

describe("server-sent events", () => {
  test("fields, and what the client saw last", async () => {
    const answer = await ask("/events", { headers: { "last-event-id": "41" } });
    expect([answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
      "text/event-stream",
      "no-cache",
    ]);
    expect(await answer.text()).toBe(
      'data: one\ndata: two\n\nid: 2\nevent: tick\nretry: 5\ndata: {"a":[1]}\n\ndata: 41\n\n',
    );
  });

  test("a comment now and then while nothing happens", async () => {
    expect(await (await ask("/quiet")).text()).toBe(":\n\n:\n\ndata: at last\n\n");
  });

  test("a field that would break the form is an error", async () => {
    expect((await ask("/bad-event")).status).toBe(500);
    expect((await ask("/wordless-event")).status).toBe(500);
    expect(() => sse(7 as never)).toThrow(TypeError);
    expect(() => sse([], { keepAliveMs: 0 })).toThrow(RangeError);
  });
});

describe("server-sent events under way", () => {
  test("one that can't be sent ends the stream and is logged", async () => {
    await expect(ask("/bad-event-later").then((answer) => answer.text())).rejects.toThrow();
    await eventually(() => ends.includes("bad-event-later") && log.mock.calls.length > 0);
    expect(String(log.mock.calls)).toContain("BigInt");
  });

  test("none is lost when a client takes nothing for longer than comments wait", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.pause();
    let text = "";
    socket.on("data", (data) => {
      text += data.toString().replaceAll(" ", "");
    });
    socket.pause();
    socket.write("GET /slow-events HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(() => server.stats().bufferedBytes > 250_000);
    await Bun.sleep(200);
    socket.resume();
    await Bun.sleep(50);
    ends.push("enough");
    await eventually(() => text.endsWith("\r\n0\r\n\r\n"));
    socket.destroy();
    const ids = [...text.matchAll(/^id:(\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids.length).toBeGreaterThan(10);
    expect(ids).toEqual(ids.map((_, at) => at));
  });
});

describe("files", () => {
  test("with type, length and validators", async () => {
    const answer = await ask("/file");
    expect([answer.status, answer.headers.get("content-length"), answer.headers.get("accept-ranges")]).toEqual([
      200,
      "100",
      "bytes",
    ]);
    expect(answer.headers.get("content-type")).toStartWith("text/plain");
    expect(answer.headers.get("last-modified")).toBe("Tue, 14 Nov 2023 22:13:20 GMT");
    expect(await answer.text()).toBe(digits);
    const large = await ask("/file/large.bin");
    expect(Buffer.from(await large.arrayBuffer()).equals(Buffer.alloc(3_000_000, "large"))).toBe(true);
    const empty = await ask("/file/empty.json");
    expect([empty.headers.get("content-length"), await empty.text()]).toEqual(["0", ""]);
    const head = await ask("/file", { method: "HEAD" });
    expect([head.headers.get("content-length"), await head.text()]).toEqual(["100", ""]);
  });

  test("404 where there is none", async () => {
    for (const name of ["missing", "."]) expect((await ask(`/file/${name}x`)).status).toBe(404);
  });

  const etag = async () => (await ask("/file")).headers.get("etag")!;
  const modified = "Tue, 14 Nov 2023 22:13:20 GMT";
  const earlier = "Tue, 14 Nov 2023 22:13:19 GMT";

  test("conditions", async () => {
    const tag = await etag();
    const cases: [Record<string, string>, number][] = [
      [{ "if-none-match": tag }, 304],
      [{ "if-none-match": `"other", W/${tag}` }, 304],
      [{ "if-none-match": "*" }, 304],
      [{ "if-none-match": '"other"' }, 200],
      [{ "if-none-match": '"other"', "if-modified-since": modified }, 200],
      [{ "if-modified-since": modified }, 304],
      [{ "if-modified-since": earlier }, 200],
      [{ "if-modified-since": "nonsense" }, 200],
      [{ "if-match": tag }, 200],
      [{ "if-match": '"other"' }, 412],
      [{ "if-unmodified-since": earlier }, 412],
      [{ "if-unmodified-since": modified }, 200],
    ];
    for (const [headers, status] of cases) {
      const answer = await ask("/file", { headers });
      expect([headers, answer.status]).toEqual([headers, status]);
      if (status === 304) expect([answer.headers.get("etag"), await answer.text()]).toEqual([tag, ""]);
      else await answer.text();
    }
  });

  test("ranges", async () => {
    const cases: [string, number, string, string | null][] = [
      ["bytes=0-0", 206, "0", "bytes 0-0/100"],
      ["bytes=95-", 206, "56789", "bytes 95-99/100"],
      ["bytes=-3", 206, "789", "bytes 97-99/100"],
      ["bytes=-1000", 206, digits, "bytes 0-99/100"],
      ["bytes=98-1000", 206, "89", "bytes 98-99/100"],
      ["bytes=100-", 416, "", "bytes */100"],
      ["bytes=-0", 416, "", "bytes */100"],
      ["bytes=5-2", 200, digits, null],
      ["bytes=0-1,3-4", 200, digits, null],
      ["lines=0-1", 200, digits, null],
    ];
    for (const [range, status, body, contentRange] of cases) {
      const answer = await ask("/file", { headers: { range } });
      const text = await answer.text();
      expect([range, answer.status, answer.headers.get("content-range")]).toEqual([range, status, contentRange]);
      if (status !== 416) expect(text).toBe(body);
    }
  });

  test("a range of another version is the whole file", async () => {
    const range = "bytes=0-1";
    expect((await ask("/file", { headers: { range, "if-range": await etag() } })).status).toBe(206);
    expect((await ask("/file", { headers: { range, "if-range": '"other"' } })).status).toBe(200);
    expect((await ask("/file", { headers: { range, "if-range": modified } })).status).toBe(206);
    expect((await ask("/file", { headers: { range, "if-range": earlier } })).status).toBe(200);
  });
});
