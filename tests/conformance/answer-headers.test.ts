// Headers that a handler sets: what is sent, what is refused, and who wins.
import { describe, expect, test } from "bun:test";
import { App, type Context, HttpError } from "@fasterapi/bun";
import { each } from "../support/each.ts";
import { ask, askOnce, RawClient, request } from "../support/raw.ts";

type Headers = Pick<Context, "set" | "append" | "status" | "method">;

async function answerOf(handler: (context: Context) => unknown, method = "GET") {
  await using server = await new App().all("/", handler).listen({ port: 0, hostname: "127.0.0.1" });
  return await askOnce(server, request("/", { method }), method);
}

describe("set and append", () => {
  test("set takes the place of what was said, append adds", async () => {
    const answer = await answerOf(({ set, append }) => {
      append("x-a", "gone");
      set("X-A", "one");
      append("x-a", "two");
      set("x-b", "gone");
      set("X-b", "three");
      append("Set-Cookie", "a=1");
      append("set-cookie", "b=2");
      return "x";
    });
    expect(answer.all("x-a")).toEqual(["one", "two"]);
    expect(answer.all("x-b")).toEqual(["three"]);
    expect(answer.all("set-cookie")).toEqual(["a=1", "b=2"]);
    expect(answer.text).toBe("x");
  });

  test("names are sent as they were written", async () => {
    const answer = await answerOf(({ set }) => set("X-MiXed", "a"));
    expect(answer.headers.map(([name]) => name)).toContain("X-MiXed");
  });

  const values: [given: unknown, sent: string][] = [
    ["", ""],
    ["  spaces around  ", "spaces around"],
    ["\ttab\tinside\t", "tab\tinside"],
    ['"(),/:;<=>?@[\\]{}', '"(),/:;<=>?@[\\]{}'],
    ["caf\xe9 \xff\x80", "caf\xe9 \xff\x80"],
    [42, "42"],
    ["v".repeat(100_000), "v".repeat(100_000)],
  ];
  each(values, async (given, sent) => {
    const answer = await answerOf(({ set, append }) => {
      set("x-a", given as string);
      append("x-b", given as string);
      return "body";
    });
    expect(answer.header("x-a")).toBe(sent);
    expect(answer.header("x-b")).toBe(sent);
    expect(answer.text).toBe("body");
  });

  test("five hundred headers", async () => {
    const answer = await answerOf(({ append }) => {
      for (let i = 0; i < 500; i++) append(`x-${i % 50}`, String(i));
      return "body";
    });
    expect(answer.headers.length).toBe(500 + 3);
    expect(answer.all("x-49")).toEqual(["49", "99", "149", "199", "249", "299", "349", "399", "449", "499"]);
    expect(answer.text).toBe("body");
  });

  test("a content type takes the place of the one that the value has", async () => {
    const answers = [
      await answerOf(({ set }) => {
        set("content-type", "text/html");
        return "<p>";
      }),
      await answerOf(({ set }) => {
        set("Content-Type", "application/problem+json");
        return { a: 1 };
      }),
      await answerOf(({ append }) => {
        append("content-type", "image/x");
        return new Uint8Array(1);
      }),
    ];
    expect(answers.map((answer) => answer.all("content-type"))).toEqual([
      ["text/html"],
      ["application/problem+json"],
      ["image/x"],
    ]);
  });

  test("they apply to every kind of value", async () => {
    const kinds = ["text", { a: 1 }, 1, null, undefined, new Uint8Array(1), new Blob(["x"]), "x".repeat(300_000)];
    for (const value of kinds) {
      for (const handler of [(): unknown => value, async (): Promise<unknown> => value]) {
        const answer = await answerOf(({ set, status }) => {
          set("x-a", "a");
          status(202);
          return handler();
        });
        expect([answer.status, answer.header("x-a")]).toEqual([202, "a"]);
      }
    }
  });

  test("they also apply to a returned Response: what was set wins, what was appended stays beside", async () => {
    const answer = await answerOf(({ set, append, status }) => {
      status(202);
      set("x-set", "context");
      append("x-append", "context");
      append("set-cookie", "a=1");
      const headers = new Headers({ "x-set": "response", "x-append": "response", "x-own": "response" });
      headers.append("set-cookie", "b=2");
      headers.append("set-cookie", "c=3");
      headers.set("content-type", "text/x");
      return new Response("body", { status: 201, headers });
    });
    // The status is the response's own.
    expect(answer.status).toBe(201);
    expect(answer.all("x-set")).toEqual(["context"]);
    expect(answer.all("x-append")).toEqual(["context", "response"]);
    expect(answer.all("x-own")).toEqual(["response"]);
    expect(answer.all("set-cookie")).toEqual(["a=1", "b=2", "c=3"]);
    expect(answer.header("content-type")).toBe("text/x");
    expect(answer.text).toBe("body");
  });

  test("nothing of one answer is seen in the next", async () => {
    let isFirst = true;
    const app = new App().get("/", ({ set, status }) => {
      if (isFirst) {
        set("x-a", "a");
        status(418);
      }
      isFirst = false;
      return "x";
    });
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    const first = await askOnce(server, request("/"));
    const second = await askOnce(server, request("/"));
    expect([first.status, first.header("x-a")]).toEqual([418, "a"]);
    expect([second.status, second.header("x-a")]).toEqual([200, null]);
  });
});

describe("what is refused throws, and is not sent", () => {
  const refused: [name: string, value: string][] = [
    ["x", "a\r\nx-evil: 1"],
    ["x", "a\nx-evil: 1"],
    ["x", "a\rx-evil: 1"],
    ["x", "a\r\n\r\n<html>"],
    ["x", "\0"],
    ["x", "a\x01b"],
    ["x", "a\x7fb"],
    ["x", "a\x0bb"],
    ["x", "日本"],
    ["x", "\u0100"],
    ["x", "\u010a"],
    ["x", "😀"],
    ["", "a"],
    ["a b", "a"],
    ["a:b", "a"],
    ["a\r\nx-evil", "1"],
    ["a\nx-evil: 1\nb", "1"],
    ["a\0", "1"],
    ["\xe9", "1"],
    ["x ", "1"],
    [" x", "1"],
    ["transfer-encoding", "chunked"],
    ["Transfer-Encoding", "identity"],
    ["content-length", "3"],
    ["CONTENT-LENGTH", "3"],
  ];
  test.each(refused)("%j: %j", async (name, value) => {
    const errors: unknown[] = [];
    const attempt = (run: () => void) => {
      try {
        run();
      } catch (error) {
        errors.push(error);
      }
    };
    const answer = await answerOf(({ set, append }) => {
      attempt(() => set(name, value));
      attempt(() => append(name, value));
      return "body";
    });
    expect(errors.map((error) => error instanceof TypeError)).toEqual([true, true]);
    expect(answer.text).toBe("body");
    expect(answer.headers.map(([key]) => key.toLowerCase()).sort()).toEqual(["content-length", "content-type", "date"]);
  });

  test("a line break at the end of a value, which trimming would hide", async () => {
    const answer = await answerOf(({ set }) => {
      expect(() => set("x", "a\r\n")).toThrow(TypeError);
      expect(() => set("x", "\na")).toThrow(TypeError);
      return "body";
    });
    expect([answer.status, answer.header("x")]).toEqual([200, null]);
  });

  test("a status that is none", async () => {
    const answer = await answerOf(({ status }) => {
      for (const code of [0, 100, 101, 199, 600, 1000, -200, 200.5, Number.NaN, "200" as unknown as number]) {
        expect(() => status(code)).toThrow(RangeError);
      }
      return status();
    });
    expect([answer.status, answer.text]).toEqual([200, "200"]);
  });
});

describe("framing belongs to the core", () => {
  test("a length of a Response is its body's", async () => {
    const lying = () => new Response("12345", { headers: { "content-length": "3" } });
    const answer = await answerOf(lying);
    expect([answer.header("content-length"), answer.text]).toEqual(["5", "12345"]);
  });

  test("a coding of a Response is dropped", async () => {
    const answer = await answerOf(() => new Response("12345", { headers: { "transfer-encoding": "chunked" } }));
    expect([answer.header("content-length"), answer.header("transfer-encoding")]).toEqual(["5", null]);
  });

  test("a length may be set for HEAD and 304", async () => {
    const head = await answerOf(({ set }: Headers) => {
      set("content-length", "77");
      return "";
    }, "HEAD");
    expect(head.header("content-length")).toBe("77");
    const notModified = await answerOf(({ set, status }) => {
      status(304);
      set("content-length", "77");
      return undefined;
    });
    expect([notModified.status, notModified.header("content-length")]).toEqual([304, "77"]);
    const response = await answerOf(() => new Response(null, { status: 304, headers: { "content-length": "77" } }));
    expect([response.status, response.header("content-length")]).toEqual([304, "77"]);
    const handler = ({ set }: Headers) => {
      for (const wrong of ["", "-1", "1.5", "1,1", "0x1", "a"]) expect(() => set("content-length", wrong)).toThrow();
      return "";
    };
    expect((await answerOf(handler, "HEAD")).header("content-length")).toBe("0");
  });

  test("a length that was set for 304 doesn't outlive a change of mind", async () => {
    const answer = await answerOf(({ set, status }) => {
      status(304);
      set("content-length", "77");
      status(200);
      return "body";
    });
    expect([answer.header("content-length"), answer.text]).toEqual(["4", "body"]);
  });

  const closing: { [name: string]: (context: Headers) => unknown } = {
    set: ({ set }) => {
      set("connection", "close");
      return "x";
    },
    append: ({ append }) => {
      append("Connection", "x, Close");
      return "x";
    },
    "a Response": () => new Response("x", { headers: { connection: "close" } }),
    "an HttpError": () => {
      throw new HttpError(400, "x", { headers: { connection: "close" } });
    },
    "a set before a throw": ({ set }) => {
      set("connection", "close");
      throw new HttpError(400, "x");
    },
    later: async ({ set }) => {
      await Bun.sleep(1);
      set("connection", "close");
      return "x";
    },
  };
  test.each(Object.keys(closing))("Connection: close is honoured: %s", async (name) => {
    let behind = 0;
    const app = new App().get("/", closing[name]!).get("/behind", () => ++behind);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.send(request("/"));
    const answer = await client.answer();
    expect(answer.all("connection")).toEqual(["close"]);
    client.send(request("/behind"));
    await client.ended();
    expect(behind).toBe(0);
  });

  test("nothing else of Connection is", async () => {
    const app = new App()
      .get("/", ({ set, append }) => {
        set("connection", "keep-alive, upgrade");
        append("connection", "closed");
        return "x";
      })
      .get("/response", () => new Response("x", { headers: { connection: "upgrade" } }));
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    for (const path of ["/", "/response"]) {
      expect((await ask(server, request(path))).header("connection")).toBe(null);
    }
  });
});

describe("redirect", () => {
  const cases: [to: string | URL, code: number | undefined, location: string][] = [
    ["/a", undefined, "/a"],
    ["https://example.com/a?b=c#d", 301, "https://example.com/a?b=c#d"],
    [new URL("http://example.com/é"), 303, "http://example.com/%C3%A9"],
    ["/é ü?ö", 307, "/%C3%A9%20%C3%BC?%C3%B6"],
    ["/%C3%A9", 308, "/%C3%A9"],
  ];
  test.each(cases)("%s %p", async (to, code, location) => {
    const answer = await answerOf(({ redirect }) => redirect(to, code));
    expect([answer.status, answer.header("location"), answer.body.length]).toEqual([code ?? 302, location, 0]);
  });

  test("can't split the head", async () => {
    const answer = await answerOf(({ redirect }) => redirect("/a\r\nx-evil: 1\r\n\r\n<html>"));
    expect(answer.header("x-evil")).toBe(null);
    expect(answer.header("location")).toBe("/a%0D%0Ax-evil:%201%0D%0A%0D%0A<html>");
  });

  test("keeps what was set", async () => {
    const answer = await answerOf(({ redirect, append }) => {
      append("set-cookie", "a=1");
      return redirect("/b");
    });
    expect([answer.status, answer.header("set-cookie")]).toEqual([302, "a=1"]);
  });

  test("with a status that is none throws", async () => {
    await answerOf(({ redirect }) => {
      for (const code of [200, 299, 309, 404, 301.5]) expect(() => redirect("/", code)).toThrow(RangeError);
      return "x";
    });
  });
});
