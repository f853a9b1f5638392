// What a handler may return, row by row; and what it may throw.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, HttpError } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";
import { contract, jsonOf, listen, saidTo, textOf } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "contract-"));
afterAll(() => rmSync(folder, { recursive: true }));
const page = join(folder, "page.html");
writeFileSync(page, "<p>é</p>");
const large = join(folder, "large.bin");
writeFileSync(large, Buffer.alloc(2_000_000, "large"));

const text = "text/plain; charset=utf-8";
const json = "application/json";
const octets = "application/octet-stream";

const rows: [row: string, value: () => unknown, status: number, type: string | null, body: string][] = [
  ["string", () => "né", 200, text, "né"],
  ["string: empty", () => "", 200, text, ""],
  ["object", () => ({ a: { b: [1, "é"] }, c: undefined }), 200, json, '{"a":{"b":[1,"é"]}}'],
  ["object: empty", () => ({}), 200, json, "{}"],
  ["object of a class", () => new Date(0), 200, json, '"1970-01-01T00:00:00.000Z"'],
  ["array", () => [1, null, "x"], 200, json, '[1,null,"x"]'],
  ["number", () => 1.5, 200, json, "1.5"],
  ["number: 0", () => 0, 200, json, "0"],
  ["boolean: true", () => true, 200, json, "true"],
  ["boolean: false", () => false, 200, json, "false"],
  ["null", () => null, 200, json, "null"],
  ["undefined", () => undefined, 204, null, ""],
  ["Uint8Array", () => new Uint8Array([104, 105]), 200, octets, "hi"],
  ["Uint8Array: part of a buffer", () => Buffer.from("abcdef").subarray(2, 4), 200, octets, "cd"],
  ["Uint8Array: empty", () => new Uint8Array(0), 200, octets, ""],
  ["ArrayBuffer", () => new TextEncoder().encode("hi").buffer, 200, octets, "hi"],
  ["Response", () => new Response("r", { status: 203, headers: { "content-type": "a/b" } }), 203, "a/b", "r"],
  ["Response: JSON", () => Response.json({ a: 1 }, { status: 201 }), 201, "application/json;charset=utf-8", '{"a":1}'],
  ["Response: no body", () => new Response(null, { status: 404 }), 404, null, ""],
  ["Response: 204", () => new Response(null, { status: 204 }), 204, null, ""],
  ["Blob", () => new Blob(["blob"], { type: "c/d" }), 200, "c/d", "blob"],
  ["BunFile", () => Bun.file(page), 200, "text/html;charset=utf-8", "<p>é</p>"],
  [
    "ReadableStream",
    () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("str"));
          controller.enqueue(new TextEncoder().encode("eam"));
          controller.close();
        },
      }),
    200,
    octets,
    "stream",
  ],
  [
    "async generator",
    async function* () {
      yield "gen";
      await Bun.sleep(1);
      yield new TextEncoder().encode("érator");
    },
    200,
    text,
    "genérator",
  ],
];

contract("What a handler may return", (serve) => {
  test.each(rows)("%s", async (_, value, status, type, body) => {
    // No warnings: a middleware may mean its 204.
    const app = new App({ development: false })
      .get("/sync", () => value())
      .get("/async", async () => value())
      .get("/later", async () => {
        await Bun.sleep(1);
        return value();
      })
      .post("/posted", () => value())
      .get("/middleware", "never")
      .use(({ path }, next) => (path === "/middleware" ? value() : next()));
    const ask = await serve(app);
    for (const path of ["/sync", "/async", "/later", "/posted", "/middleware"]) {
      const answer = await ask(path, { method: path === "/posted" ? "POST" : "GET" });
      const seen = [answer.status, answer.headers.get("content-type"), await answer.text()];
      expect([path, ...seen]).toEqual([path, status, type, body]);
    }
  });

  test("a Response as it says: several cookies, any header", async () => {
    const app = new App().get("/", () => {
      const headers = new Headers({ "x-own": "1", location: "/there" });
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      return new Response("moved", { status: 301, headers });
    });
    const answer = await (await serve(app))("/");
    expect([answer.headers.get("x-own"), answer.headers.get("location")]).toEqual(["1", "/there"]);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await textOf(answer)).toEqual([301, "moved"]);
  });

  test("a Response whose body is a large file, a BunFile of that size, and 404 where there is none", async () => {
    const app = new App()
      .get("/response", () => new Response(Bun.file(large)))
      .get("/file", () => Bun.file(large))
      .get("/missing", () => Bun.file(join(folder, "missing")));
    const ask = await serve(app);
    for (const path of ["/response", "/file"]) {
      const bytes = await (await ask(path)).bytes();
      expect([path, bytes.length, Buffer.from(bytes).equals(Buffer.alloc(2_000_000, "large"))]).toEqual([
        ...[path, 2_000_000, true],
      ]);
    }
    expect(await jsonOf(ask("/missing"))).toEqual([404, { detail: "Not Found" }]);
  });

  test("what can't be sent is a 500", async () => {
    const values = [Symbol("s"), () => "a function", 1n];
    const app = new App().get("/:index", ({ params }) => values[Number(params.index)]);
    const ask = await serve(app);
    const logged = await saidTo("error", async () => {
      for (const index of values.keys()) expect((await ask(`/${index}`)).status).toBe(500);
    });
    expect(logged.length).toBe(values.length);
  });
});

contract("What a handler may return: streams", (serve) => {
  test("streamed: a piece arrives before the next one is made", async () => {
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    let made = 0;
    const app = new App()
      .get("/generator", async function* () {
        for (const { promise } of gates) {
          await promise;
          yield `piece ${++made}`;
        }
      })
      .get("/stream", () => {
        let next = 0;
        return new ReadableStream({
          async pull(controller) {
            if (next === gates.length) return controller.close();
            await gates[next++]!.promise;
            controller.enqueue(new TextEncoder().encode(`piece ${++made}`));
          },
        });
      });
    const ask = await serve(app);
    for (const path of ["/generator", "/stream"]) {
      made = 0;
      for (const index of gates.keys()) gates[index] = Promise.withResolvers<void>();
      const asked = ask(path);
      gates[0]!.resolve();
      const reader = (await asked).body!.getReader();
      const decoder = new TextDecoder();
      for (const [index, { resolve }] of gates.entries()) {
        resolve();
        const { value } = (await reader.read()) as { value: Uint8Array };
        expect([path, decoder.decode(value), made]).toEqual([path, `piece ${index + 1}`, index + 1]);
      }
      expect((await reader.read()).done).toBe(true);
    }
  });

  test("an error before the first piece is answered like any other", async () => {
    const app = new App().get("/:status", async function* ({ params }) {
      if (params.status === "404") throw new HttpError(404, "no lines");
      if (params.status === "500") throw new Error("secret");
      yield "never";
    });
    const ask = await serve(app);
    await saidTo("error", async () => {
      expect(await jsonOf(ask("/404"))).toEqual([404, { detail: "no lines" }]);
      expect(await jsonOf(ask("/500"))).toEqual([500, { detail: "Internal Server Error" }]);
    });
  });
});

describe("What a handler may return: streams have backpressure", () => {
  const piece = Buffer.alloc(100_000, "p");
  const pieces = 400;
  let made = 0;
  const app = new App()
    .get("/generator", async function* () {
      for (made = 0; made < pieces; made++) yield piece;
    })
    .get("/stream", () => {
      made = 0;
      return new ReadableStream({
        pull(controller) {
          if (made++ === pieces) controller.close();
          else controller.enqueue(piece);
        },
      });
    });

  test.each(["/generator", "/stream"])("%s: what the client doesn't read isn't made", async (path) => {
    await using server = await listen(app);
    using client = await RawClient.open(server);
    client.pause();
    client.send(request(path));
    // It stands still once the buffers of both sides are full.
    let before = -1;
    await eventually(
      () => {
        const isStill = made > 0 && made === before;
        before = made;
        return isStill;
      },
      "the stream to wait",
      { changed: () => Bun.sleep(150) },
    );
    expect(made).toBeLessThan(pieces / 2);
    client.resume();
    const answer = await client.answer();
    expect([answer.status, answer.body.length]).toEqual([200, pieces * piece.length]);
  });
});

const throwing: { [how: string]: (error: unknown) => () => unknown } = {
  "by a sync handler": (error) => () => {
    throw error;
  },
  "by an async handler": (error) => async () => {
    throw error;
  },
  "after await": (error) => async () => {
    await Bun.sleep(1);
    throw error;
  },
};

for (const [how, handler] of Object.entries(throwing)) {
  contract(`What a handler may throw, ${how}`, (serve) => {
    test("HttpError(status, detail): that status, and {detail}", async () => {
      const details: [status: number, detail: unknown][] = [
        [400, "bad"],
        [404, "né"],
        [409, { code: 7 }],
        [422, [{ loc: ["body", "a"], msg: "no", type: "mine" }]],
        [503, "later"],
        [599, ""],
      ];
      for (const [status, detail] of details) {
        const ask = await serve(new App().get("/", handler(new HttpError(status, detail))));
        const answer = await ask("/");
        expect(answer.headers.get("content-type")).toBe("application/json");
        expect(await jsonOf(answer)).toEqual([status, { detail }]);
      }
    });

    class SecretError extends Error {
      override name = "SecretError";
      status = 418;
      detail = "secret detail";
    }
    const others: [name: string, error: unknown][] = [
      ["an Error", new SecretError("secret message", { cause: new Error("secret cause") })],
      ["a string", "secret string"],
      ["an object", { status: 404, detail: "secret", headers: { "x-secret": "1" } }],
      ["undefined", undefined],
      ["null", null],
    ];
    test.each(others)("any other throw is a 500 that leaks nothing: %s", async (_, error) => {
      for (const development of [true, false]) {
        const app = new App({ development }).get("/secret/:id", handler(error)).get("/", "still here");
        const ask = await serve(app);
        const logged = await saidTo("error", async () => {
          const answer = await ask("/secret/1?secret");
          expect([...answer.headers.keys()].filter((name) => name.includes("secret"))).toEqual([]);
          expect(answer.headers.get("content-type")).toBe("application/json");
          expect(await textOf(answer)).toEqual([500, '{"detail":"Internal Server Error"}']);
        });
        // Not silently: the operator hears of it.
        expect(logged.length).toBe(1);
        expect(logged[0]).toContain("GET /secret/:id");
        expect(await textOf(ask("/"))).toEqual([200, "still here"]);
      }
    });
  });
}

contract("Errors: others made by the framework are {detail} with the right status", (serve) => {
  test("404, 405, 413, 414, 415, 431 and 503", async () => {
    const limits = { bodyBytes: 10, targetBytes: 100, headers: 30 };
    const app = new App({ limits, timeouts: { handlerMs: 30 }, development: false })
      .get("/get", "x")
      .post("/post", ({ text: read }) => read())
      .post("/form", ({ form }) => form())
      .get("/slow", () => new Promise(() => undefined));
    const ask = await serve(app);
    const post = (body: string) => ({ method: "POST", body });
    const headers = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`x-${i}`, "v"]));
    const cases: [status: number, path: string, init?: RequestInit][] = [
      [404, "/nowhere"],
      [405, "/get", post("x")],
      [413, "/post", post("more than 10 bytes")],
      [414, `/${"a".repeat(100)}`],
      [415, "/form", post("{}")],
      [431, "/get", { headers }],
      [503, "/slow"],
    ];
    for (const [status, path, init] of cases) {
      const answer = await ask(path, init);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(await jsonOf(answer)).toEqual([status, { detail: expect.any(String) }]);
    }
  });
});
