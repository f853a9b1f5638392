// Request bodies that handlers read as they arrive.
import { afterAll, afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type Context, ContextExpiredError, HttpError } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";

const folder = mkdtempSync(join(tmpdir(), "fasterapi-uploads-"));
const large = Buffer.alloc(3_000_000);
for (let i = 0; i < large.length; i++) large[i] = (i * 31) ^ (i >> 8);
const largeHash = Bun.hash(large);

type Streamed = Context<Record<string, string>, Record<string, unknown>, ReadableStream<Uint8Array>>;

const log = spyOn(console, "error");
const ends: string[] = [];
const kept: Streamed[] = [];
const gate = { open: Promise.withResolvers<void>() };
afterEach(() => {
  log.mockClear();
  ends.length = 0;
});

async function count(body: ReadableStream<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of body) bytes += piece.byteLength;
  return bytes;
}

const streams = { body: "stream" } as const;
const app = new App({ limits: { bodyBytes: 10_000_000 } })
  .post("/count", streams, ({ body }) => count(body))
  .post("/hash", streams, async ({ body }) => String(Bun.hash(await new Response(body).bytes())))
  .post("/echo", streams, ({ body }) => body)
  .post("/slow", streams, async ({ body }) => {
    await gate.open.promise;
    return await count(body);
  })
  .post("/disk", streams, async ({ body, headers }) => {
    const path = join(folder, headers.get("x-name")!);
    return await Bun.write(path, new Response(body));
  })
  .post("/text", streams, async ({ text, json, bytes, body }) => {
    const first = await text();
    return [first, await text(), await json(), (await bytes()).length, body.locked];
  })
  .post("/form", streams, async ({ form }) => [...(await form()).keys()])
  .post("/request", streams, async ({ request }) => (await request.text()).length)
  .post("/text-request", streams, async (context) => {
    const text = await context.text();
    return [text.length, (await context.request.text()).length];
  })
  .post("/twice", streams, async ({ body, text }) => {
    await count(body);
    return await text();
  })
  .post("/locked", streams, async ({ body, bytes }) => {
    body.getReader();
    return await bytes();
  })
  .post("/unread", streams, ({ status }) => {
    status(401);
    return "no";
  })
  .post("/first", streams, async ({ body }) => {
    for await (const piece of body) return piece.byteLength;
    return 0;
  })
  .post("/watched", streams, async ({ body, signal }) => {
    ends.push("begun");
    signal.addEventListener("abort", () => ends.push(`signal: ${(signal.reason as Error).name}`));
    try {
      return await count(body);
    } catch (error) {
      ends.push(error instanceof HttpError ? `${error.status} ${error.message}` : (error as Error).name);
      throw error;
    } finally {
      ends.push("finally");
    }
  })
  .post("/kept", streams, (context) => {
    kept.push(context);
    return "x";
  })
  .post("/hasty", { ...streams, timeouts: { bodyMs: 100 } }, ({ body }) => count(body))
  .post("/echo-response", streams, ({ body }) => new Response(body))
  .get("/after", async () => {
    await Bun.sleep(30);
    return "after";
  })
  .get("/small", "still here");
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(async () => {
  mock.restore();
  await server.stop({ drainMs: 0 });
  rmSync(folder, { recursive: true });
});

/** What a descriptor of this process stands for; nothing when it is closed by now. */
function opened(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

const address = (path: string) => `${server.url.origin}${path}`;
const post = (path: string, body: RequestInit["body"], headers: Record<string, string> = {}) =>
  fetch(address(path), { method: "POST", body, headers });
const head = (path: string, fields: string) => `POST ${path} HTTP/1.1\r\nHost: test\r\n${fields}\r\n\r\n`;

function pieces(total: number, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(0);
      controller.enqueue(large.subarray(at, Math.min(total, at + size)));
      at += size;
      if (at >= total) controller.close();
    },
  });
}

describe("a body arrives", () => {
  test("whole, with a length", async () => {
    for (const bytes of [0, 1, 60_000, 70_000, large.length]) {
      expect(await (await post("/count", large.subarray(0, bytes))).json()).toBe(bytes);
    }
    expect(await (await post("/hash", large)).text()).toBe(String(largeHash));
  });

  test("whole, in chunks", async () => {
    expect(await (await post("/hash", pieces(large.length, 70_001))).text()).toBe(String(largeHash));
  });

  test("whole, through request()", async () => {
    for (const body of [large, pieces(large.length, 70_001)]) {
      const response = await app.request("/hash", { method: "POST", body });
      expect(await response.text()).toBe(String(largeHash));
    }
  });

  test("in a file, and none is left open", async () => {
    const inFolder = () => readdirSync("/proc/self/fd").filter((fd) => opened(fd).startsWith(folder)).length;
    await Promise.all(
      [1, 2, 3].map(async (n) => {
        expect(await (await post("/disk", large, { "x-name": `${n}` })).json()).toBe(large.length);
        expect(Bun.hash(await Bun.file(join(folder, `${n}`)).bytes())).toBe(largeHash);
      }),
    );
    if (process.platform === "linux") await eventually(() => inFolder() === 0, "files to be closed");
  });

  test("as text, JSON and bytes, any number of times", async () => {
    const text = JSON.stringify("x".repeat(100_000));
    for (const body of [text, '"x"']) {
      const answer = await (await post("/text", body)).json();
      expect(answer).toEqual([body, body, JSON.parse(body), body.length, true]);
    }
    expect(await (await post("/text", '{"a":')).json()).toEqual({
      detail: [expect.objectContaining({ loc: ["body", 5] })],
    });
  });

  test("as a form", async () => {
    const form = new FormData();
    form.set("a", "1");
    form.set("file", new File([large.subarray(0, 200_000)], "large"));
    expect(await (await post("/form", form)).json()).toEqual(["a", "file"]);
  });

  test("in a web Request, before or after it was read as text", async () => {
    const text = "x".repeat(500_000);
    expect(await (await post("/request", text)).json()).toBe(text.length);
    expect(await (await post("/text-request", text)).json()).toEqual([text.length, text.length]);
  });

  test("and is sent back while it does", async () => {
    expect(Bun.hash(await (await post("/echo", large)).bytes())).toBe(largeHash);
    using client = await RawClient.open(server);
    client.send(head("/echo", "Transfer-Encoding: chunked"), "3\r\nabc\r\n");
    await eventually(() => client.unreadBytes > 100, "the beginning of the answer");
    client.send("0\r\n\r\n", request("/small"));
    const [echo, next] = await client.answers(2);
    expect([echo!.text, next!.text]).toEqual(["abc", "still here"]);
  });
});

describe("the client is held back", () => {
  test("while nobody reads, and goes on when somebody does", async () => {
    gate.open = Promise.withResolvers();
    const bytesIn = server.stats().bytesIn;
    using client = await RawClient.open(server);
    client.send(head("/slow", `Content-Length: ${3 * large.length}`), large, large, large);
    await eventually(() => server.stats().bytesIn - bytesIn > 60_000, "the first bytes");
    await Bun.sleep(100);
    const taken = server.stats().bytesIn - bytesIn;
    expect(taken).toBeLessThan(300_000);
    expect(server.stats().bufferedBytes).toBeLessThan(2_000_000);
    gate.open.resolve();
    expect((await client.answer()).json()).toBe(3 * large.length);
  });

  test("and not asked for a body before it is read", async () => {
    gate.open = Promise.withResolvers();
    using client = await RawClient.open(server);
    client.send(head("/slow", "Content-Length: 100000\r\nExpect: 100-continue"));
    await client.quiet(30);
    gate.open.resolve();
    expect((await client.answer()).status).toBe(100);
    client.send(large.subarray(0, 100_000));
    expect((await client.answer()).json()).toBe(100_000);
  });
});

describe("an answer before the end", () => {
  test("skips a short rest and ends the connection before a long one", async () => {
    using short = await RawClient.open(server);
    short.send(head("/unread", "Content-Length: 100000"), "x");
    expect((await short.answer()).closes).toBe(false);
    short.send(Buffer.alloc(99_999), request("/small"));
    expect((await short.answer()).text).toBe("still here");
    using long = await RawClient.open(server);
    long.send(head("/unread", "Content-Length: 9000000"), large);
    const answer = await long.answer();
    expect([answer.status, answer.closes]).toEqual([401, true]);
  });

  test("although all of it has been sent, and a request behind it", async () => {
    for (const bytes of [200_000, 900_000]) {
      using client = await RawClient.open(server);
      client.send(head("/unread", `Content-Length: ${bytes}`), Buffer.alloc(bytes), request("/small"));
      const [answer, next] = await client.answers(2);
      expect([answer!.status, answer!.closes, next!.text]).toEqual([401, false, "still here"]);
    }
  });

  test("after the first piece", async () => {
    using client = await RawClient.open(server);
    client.send(head("/first", "Content-Length: 500000"), "x");
    expect((await client.answer()).json()).toBe(1);
    client.send(Buffer.alloc(499_999), request("/small"));
    expect((await client.answer()).text).toBe("still here");
  });

  test("what is read of it afterwards is an error that names the route", async () => {
    using client = await RawClient.open(server);
    client.send(head("/kept", "Content-Length: 100"), "x");
    await client.answer();
    const context = kept.pop()!;
    expect(() => context.body).toThrow(ContextExpiredError);
    expect(() => context.body).toThrow("POST /kept");
  });
});

describe("a body that does not come to its end", () => {
  test("while it is sent back in a Response, behind a slow request", async () => {
    log.mockImplementation(() => undefined);
    using client = await RawClient.open(server);
    client.send(request("/after"), head("/echo-response", "Content-Length: 100000"), Buffer.alloc(40_000));
    await Bun.sleep(10);
    client.finish();
    expect((await client.answer()).text).toBe("after");
    await eventually(() => log.mock.calls.length > 0, "the report");
    expect(String(log.mock.calls[0])).toContain("POST /echo-response");
    expect(await (await fetch(address("/small"))).text()).toBe("still here");
  });

  const cases: [what: string, bytes: string, status: number, said: string][] = [
    ["too large", "1\r\nx\r\nffffff\r\n", 413, "The request body is too large"],
    ["malformed", "1\r\nx\r\nzz\r\n", 400, "Malformed chunk: the size is not a hexadecimal number"],
  ];
  test.each(cases)("%s", async (_, bytes, status, said) => {
    using client = await RawClient.open(server);
    client.send(head("/watched", "Transfer-Encoding: chunked"), bytes);
    const answer = await client.answer();
    expect([answer.status, answer.json(), answer.closes]).toEqual([status, { detail: said }, true]);
    expect(ends).toEqual(["begun", `${status} ${said}`, "finally"]);
  });

  test("too large by its length: the handler never hears of it", async () => {
    using client = await RawClient.open(server);
    client.send(head("/watched", "Content-Length: 10000001"));
    expect((await client.answer()).status).toBe(413);
    expect(ends).toEqual([]);
  });

  test("too slow", async () => {
    using client = await RawClient.open(server);
    client.send(head("/hasty", "Content-Length: 10"), "x");
    const answer = await client.answer();
    expect([answer.status, answer.closes]).toEqual([408, true]);
  });

  test("the client ends its side", async () => {
    using client = await RawClient.open(server);
    client.send(head("/watched", "Content-Length: 10"), "x");
    client.finish();
    expect((await client.answer()).status).toBe(400);
    expect(ends).toContain("400 The request body ended too early");
    expect(ends).toContain("finally");
  });

  test("the client is gone", async () => {
    using client = await RawClient.open(server);
    client.send(head("/watched", "Content-Length: 10"), "x");
    await eventually(() => ends.includes("begun"), "the handler");
    client.reset();
    await eventually(() => ends.includes("finally"), "its end");
    expect(ends.sort()).toEqual(["AbortError", "begun", "finally", "signal: AbortError"]);
    expect(log).not.toHaveBeenCalled();
  });
});

test("a body that is read twice is an error that says so", async () => {
  const errors = new App({ development: true })
    .onError((error) => ({ error: `${(error as Error).name}: ${(error as Error).message}` }))
    .mount("", app);
  for (const path of ["/twice", "/locked"]) {
    const response = await errors.request(path, { method: "POST", body: "x" });
    expect(await response.json()).toEqual({
      error: `TypeError: The body of POST ${path} is read as a stream: that can be done once, and nothing else beside it`,
    });
  }
});

test("many at once, in pieces, do not mix", async () => {
  const sizes = Array.from({ length: 60 }, (_, i) => 1 + ((i * 48_611) % 400_000));
  const answers = await Promise.all(
    sizes.map(async (size, i) => {
      const body = large.subarray(i, i + size);
      return (await post("/hash", i % 2 === 0 ? body : new Response(body).body)).text();
    }),
  );
  expect(answers).toEqual(sizes.map((size, i) => String(Bun.hash(large.subarray(i, i + size)))));
});

test("an option that can't be is refused", () => {
  // @ts-expect-error: there is no such kind.
  expect(() => new App().post("/", { body: "streamed" }, () => 1)).toThrow("POST /");
});
