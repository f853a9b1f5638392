// Context: status, set, append and redirect; what frames an answer; HEAD; constants that are read once.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type Context } from "@fasterapi/bun";
import { ask as askRaw, RawClient, request } from "../support/raw.ts";
import { contract, failureOf, jsonOf, listen, saidTo, textOf } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "contract-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `call` throws: its class. */
function thrown(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

contract("Context: status(code), and status() without argument reads it", (serve) => {
  test("200 until it is said, then what was said last", async () => {
    const app = new App().get("/", ({ status }) => {
      const seen = [status()];
      for (const code of [201, 404, 202]) {
        status(code);
        seen.push(status());
      }
      return seen;
    });
    expect(await jsonOf((await serve(app))("/"))).toEqual([202, [200, 201, 404, 202]]);
  });

  test("with every kind of value", async () => {
    const values = { text: "x", object: { a: 1 }, bytes: new Uint8Array([120]), blob: new Blob(["x"]) };
    const app = new App().get("/nothing", ({ status }) => status(202));
    for (const [name, value] of Object.entries(values)) {
      app.get(`/${name}`, async ({ status }) => {
        status(299);
        await Bun.sleep(1);
        return value;
      });
    }
    const ask = await serve(app);
    for (const name of Object.keys(values)) expect([name, (await ask(`/${name}`)).status]).toEqual([name, 299]);
    expect(await textOf(ask("/nothing"))).toEqual([202, ""]);
  });

  test("what is no status throws", async () => {
    const wrong = [0, 99, 199, 600, 200.5, Number.NaN, "200"];
    const app = new App().get("/", ({ status }) => wrong.map((code) => thrown(() => status(code as number))));
    expect(await jsonOf((await serve(app))("/"))).toEqual([200, wrong.map(() => "RangeError")]);
  });
});

contract("Context: set(name, value) and append(name, value)", (serve) => {
  test("set replaces, append adds, both without regard to case", async () => {
    const app = new App().get("/", ({ set, append }) => {
      set("x-one", "1");
      set("X-One", "2");
      append("x-two", "1");
      append("X-TWO", "2");
      append("set-cookie", "a=1");
      append("set-cookie", "b=2");
      set("content-type", "text/x-own");
      return "body";
    });
    const { headers } = await (await serve(app))("/");
    expect(["x-one", "x-two", "content-type"].map((name) => headers.get(name))).toEqual(["2", "1, 2", "text/x-own"]);
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  const splitting: [name: string, value: string][] = [
    ["x-a", "a\r\nx-evil: 1"],
    ["x-a", "a\nx-evil: 1"],
    ["x-a", "a\rx-evil: 1"],
    ["x-a", "a\0b"],
    ["x-a", "a\x7fb"],
    ["x-a", "日"],
    ["x a", "b"],
    ["x-a: b\r\nx-evil", "1"],
    ["x:", "b"],
    ["", "b"],
    ["é", "b"],
  ];
  test.each(splitting)("they refuse what would split a header: %j %j", async (name, value) => {
    const app = new App().get("/", ({ set, append }) => [
      thrown(() => set(name, value)),
      thrown(() => append(name, value)),
    ]);
    const answer = await (await serve(app))("/");
    expect([answer.headers.get("x-evil"), answer.headers.get("x-a")]).toEqual([null, null]);
    expect(await jsonOf(answer)).toEqual([200, ["TypeError", "TypeError"]]);
  });

  test("they also apply to a returned Response: set wins over its headers, append adds to them", async () => {
    const app = new App()
      .use(async ({ set }, next) => {
        await next();
        set("x-after", "middleware");
      })
      .get("/*how", async ({ set, append, status, params }) => {
        set("x-set", "context");
        append("x-both", "context");
        append("set-cookie", "context=1");
        status(201);
        const init = { status: 203, headers: { "x-set": "response", "x-both": "response", "x-own": "response" } };
        const response = new Response(params.how === "stream" ? new Blob(["body"]).stream() : "body", init);
        response.headers.append("set-cookie", "response=1");
        return response;
      });
    const ask = await serve(app);
    for (const how of ["text", "stream"]) {
      const { status, headers } = await ask(`/${how}`);
      const seen = ["x-set", "x-own", "x-after"].map((name) => headers.get(name));
      expect([status, ...seen]).toEqual([203, "context", "response", "middleware"]);
      expect(headers.get("x-both")?.split(", ").sort()).toEqual(["context", "response"]);
      expect(headers.getSetCookie().sort()).toEqual(["context=1", "response=1"]);
    }
  });

  test("they apply to a Blob, to a file and to bytes", async () => {
    const path = join(folder, "applied.txt");
    writeFileSync(path, "file");
    const values = { blob: new Blob(["blob"]), file: Bun.file(path), bytes: Buffer.from("bytes"), text: "text" };
    const app = new App();
    for (const [name, value] of Object.entries(values)) {
      app.get(`/${name}`, ({ set, append }) => {
        set("x-set", "1");
        append("x-append", "2");
        return value;
      });
    }
    const ask = await serve(app);
    for (const name of Object.keys(values)) {
      const answer = await ask(`/${name}`);
      expect([answer.headers.get("x-set"), answer.headers.get("x-append")]).toEqual(["1", "2"]);
      expect(await textOf(answer)).toEqual([200, name]);
    }
  });
});

contract("Context: framing belongs to the core", (serve) => {
  test("transfer-encoding and content-length throw", async () => {
    const names = ["transfer-encoding", "Transfer-Encoding", "content-length", "Content-Length"];
    const app = new App().get("/", ({ set, append }) =>
      names.map((name) => [thrown(() => set(name, "5")), thrown(() => append(name, "5"))]),
    );
    const answer = await (await serve(app))("/");
    expect(answer.headers.get("transfer-encoding")).toBe(null);
    expect(await jsonOf(answer)).toEqual([200, names.map(() => ["TypeError", "TypeError"])]);
  });

  test("those of a returned Response frame nothing", async () => {
    const headers = { "content-length": "1", "transfer-encoding": "chunked" };
    const app = new App().get("/", () => new Response("longer", { headers }));
    expect(await textOf((await serve(app))("/"))).toEqual([200, "longer"]);
  });

  test("a length may be set for HEAD", async () => {
    const app = new App().head("/", ({ set }) => {
      set("content-length", "12345");
      return "";
    });
    const answer = await (await serve(app))("/", { method: "HEAD" });
    expect([answer.headers.get("content-length"), await textOf(answer)]).toEqual(["12345", [200, ""]]);
  });

  test("a length may be set for a 304", async () => {
    const app = new App().get("/", ({ set, status }) => {
      status(304);
      set("content-length", "12345");
      return undefined;
    });
    const answer = await (await serve(app))("/");
    expect([answer.status, answer.headers.get("content-length")]).toEqual([304, "12345"]);
  });

  test("a length that is no number throws even there", async () => {
    const app = new App().get("/", ({ set }) => {
      for (const length of ["-1", "1.5", "a", "1, 1", ""])
        set(
          "x-thrown",
          thrown(() => set("content-length", length)),
        );
    });
    const answer = await (await serve(app))("/", { method: "HEAD" });
    expect([answer.status, answer.headers.get("x-thrown")]).toEqual([204, "TypeError"]);
  });
});

describe("Context: of connection only close is honoured", () => {
  const app = new App()
    .get("/close", ({ set }) => {
      set("connection", "close");
      return "x";
    })
    .get("/response", () => new Response("x", { headers: { connection: "close" } }))
    .get("/other", ({ set, append }) => {
      set("connection", "keep-alive");
      append("connection", "upgrade");
      return "x";
    });

  test.each(["/close", "/response"])("%s closes behind the answer", async (path) => {
    await using server = await listen(app);
    using client = await RawClient.open(server);
    client.send(request(path));
    expect((await client.answer()).all("connection")).toEqual(["close"]);
    await client.ended();
  });

  test("anything else is left out, and the connection stays", async () => {
    await using server = await listen(app);
    using client = await RawClient.open(server);
    client.send(request("/other") + request("/other"));
    for (const answer of await client.answers(2)) expect(answer.all("connection")).toEqual([]);
  });
});

contract("Context: redirect(to, code = 302)", (serve) => {
  test("a status, a Location and no body, as a Response to be returned", async () => {
    const seen: boolean[] = [];
    const app = new App()
      .get("/302", ({ redirect }) => {
        const response = redirect("/there");
        seen.push(response instanceof Response);
        return response;
      })
      .get("/301", ({ redirect }) => redirect("https://example.com/a?b", 301))
      .get("/303", ({ redirect }) => redirect(new URL("http://example.com/é"), 303))
      .get("/307", async ({ redirect, append }) => {
        append("set-cookie", "a=1");
        await Bun.sleep(1);
        return redirect("/there", 307);
      })
      .get("/308", ({ redirect }) => redirect("there\r\nx-evil: 1", 308));
    const ask = await serve(app);
    const places = {
      301: "https://example.com/a?b",
      302: "/there",
      303: "http://example.com/%C3%A9",
      307: "/there",
      308: "there%0D%0Ax-evil:%201",
    };
    for (const [code, place] of Object.entries(places)) {
      const answer = await ask(`/${code}`);
      expect([answer.headers.get("location"), answer.headers.get("x-evil")]).toEqual([place, null]);
      expect(await textOf(answer)).toEqual([Number(code), ""]);
    }
    expect(seen[0]).toBe(true);
    expect((await ask("/307")).headers.get("set-cookie")).toBe("a=1");
  });

  test("with what is no redirect's status throws", async () => {
    const wrong = [200, 299, 309, 404, 301.5];
    const app = new App().get("/", ({ redirect }) => wrong.map((code) => thrown(() => redirect("/", code))));
    expect(await jsonOf((await serve(app))("/"))).toEqual([200, wrong.map(() => "RangeError")]);
  });
});

contract("Context: HEAD runs the GET chain and sends its head", (serve) => {
  test("middleware and handler run, with method HEAD, and the head is that of GET", async () => {
    const seen: string[] = [];
    const path = join(folder, "head.txt");
    writeFileSync(path, "file");
    const app = new App()
      .use(({ method }, next) => {
        seen.push(`middleware ${method}`);
        return next();
      })
      .get("/text", ({ method, set }) => {
        seen.push(`handler ${method}`);
        set("x-own", "1");
        return "text";
      })
      .get("/object", async () => ({ a: 1 }))
      .get("/bytes", () => new Uint8Array(5))
      .get("/constant", "constant")
      .get("/response", () => new Response("response", { status: 203, headers: { "x-own": "2" } }))
      .get("/file", () => Bun.file(path))
      .get("/nothing", () => undefined);
    const ask = await serve(app);
    const names = ["content-type", "content-length", "x-own", "etag", "last-modified"];
    for (const route of ["/text", "/object", "/bytes", "/constant", "/response", "/file", "/nothing", "/nowhere"]) {
      const [get, head] = [await ask(route), await ask(route, { method: "HEAD" })];
      expect([route, head.status]).toEqual([route, get.status]);
      for (const name of names)
        expect([route, name, head.headers.get(name)]).toEqual([route, name, get.headers.get(name)]);
      expect([route, await head.text()]).toEqual([route, ""]);
    }
    seen.length = 0;
    await ask("/text", { method: "HEAD" });
    expect(seen).toEqual(["middleware HEAD", "handler HEAD"]);
  });

  test("what is thrown is a head too", async () => {
    const app = new App().get("/", () => {
      throw new Error("it");
    });
    await saidTo("error", async () => {
      expect(await textOf((await serve(app))("/", { method: "HEAD" }))).toEqual([500, ""]);
    });
  });

  test("a route of its own comes first, and all last", async () => {
    const app = new App()
      .head("/own", ({ set }) => set("x-by", "head"))
      .get("/own", "x")
      .all("/all", ({ set }) => set("x-by", "all"))
      .get("/get", ({ set }) => set("x-by", "get"))
      .all("/get", ({ set }) => set("x-by", "all"));
    const ask = await serve(app);
    const by = async (path: string) => (await ask(path, { method: "HEAD" })).headers.get("x-by");
    expect([await by("/own"), await by("/all"), await by("/get")]).toEqual(["head", "all", "get"]);
  });

  const seen: string[] = [];
  const unread = () =>
    new ReadableStream(
      {
        pull() {
          seen.push("read");
        },
        cancel() {
          seen.push("cancelled");
        },
      },
      { highWaterMark: 0 },
    );
  const typed = { "content-type": "text/x-stream" };
  const streams = new App()
    .get("/stream", ({ set }) => {
      set("content-type", "text/x-stream");
      return unread();
    })
    .get("/response", () => new Response(unread(), { headers: typed }))
    .get("/generator", async function* ({ set }: Context) {
      set("content-type", "text/x-stream");
      seen.push("read");
      yield "x";
    });

  async function expectUnread(path: string, ends: string[]): Promise<void> {
    const ask = await serve(streams);
    seen.length = 0;
    const answer = await ask(path, { method: "HEAD" });
    expect(await textOf(answer)).toEqual([200, ""]);
    expect(seen).toEqual(ends);
    if (path !== "/generator") expect(answer.headers.get("content-type")).toBe("text/x-stream");
  }

  test("a stream is cancelled unread", () => expectUnread("/stream", ["cancelled"]));
  test("a generator isn't begun", () => expectUnread("/generator", []));
  // Only what reads it can tell a Response's stream from text, whose length belongs into the head.
  test("a Response's stream is cancelled after its first piece", () =>
    expectUnread("/response", ["read", "cancelled"]));
});

test("HEAD has no body on the connection, whatever the value", async () => {
  const app = new App()
    .get("/text", () => "text")
    .get("/stream", async function* () {
      yield "x";
    });
  await using server = await listen(app);
  for (const path of ["/text", "/stream", "/nowhere"]) {
    const answer = await askRaw(server, request(path, { method: "HEAD" }), "HEAD");
    expect(answer.body.length).toBe(0);
  }
});

contract("Context: constants are read once at listen", (serve) => {
  test("a Response, a Blob and a BunFile answer again and again", async () => {
    const path = join(folder, "constant.json");
    writeFileSync(path, '{"file":1}');
    const app = new App()
      .get("/response", new Response("response", { status: 201, headers: { "x-own": "1", "content-type": "a/b" } }))
      .get("/streamed", new Response(new Blob(["in pieces"]).stream()))
      .get("/blob", new Blob(["blob"], { type: "c/d" }))
      .get("/file", Bun.file(path));
    const ask = await serve(app);
    // It has been read.
    rmSync(path);
    for (let turn = 0; turn < 3; turn++) {
      const response = await ask("/response");
      expect([response.headers.get("x-own"), response.headers.get("content-type")]).toEqual(["1", "a/b"]);
      expect(await textOf(response)).toEqual([201, "response"]);
      expect(await textOf(ask("/streamed"))).toEqual([200, "in pieces"]);
      const blob = await ask("/blob");
      expect([blob.headers.get("content-type"), await textOf(blob)]).toEqual(["c/d", [200, "blob"]]);
      const file = await ask("/file");
      expect([file.headers.get("content-type"), await textOf(file)]).toEqual([
        "application/json;charset=utf-8",
        [200, '{"file":1}'],
      ]);
    }
  });

  test("the same inside of middleware", async () => {
    const path = join(folder, "inside.txt");
    writeFileSync(path, "before");
    const app = new App()
      .use(async ({ set }, next) => {
        await next();
        set("x-middleware", "1");
      })
      .get("/response", new Response("response", { status: 201 }))
      .get("/blob", new Blob(["blob"]))
      .get("/file", Bun.file(path));
    const ask = await serve(app);
    writeFileSync(path, "after");
    for (let turn = 0; turn < 2; turn++) {
      const response = await ask("/response");
      expect([response.headers.get("x-middleware"), await textOf(response)]).toEqual(["1", [201, "response"]]);
      expect(await textOf(ask("/blob"))).toEqual([200, "blob"]);
    }
  });

  test("a file is read once inside of middleware too", async () => {
    const path = join(folder, "once.txt");
    writeFileSync(path, "before");
    const app = new App().use((_, next) => next()).get("/file", Bun.file(path));
    const ask = await serve(app);
    writeFileSync(path, "after");
    expect(await textOf(ask("/file"))).toEqual([200, "before"]);
  });

  test("what is done to an object or to bytes afterwards changes nothing", async () => {
    const object = { a: 1 };
    const bytes = Buffer.from("before");
    const ask = await serve(new App().get("/object", object).get("/bytes", bytes));
    object.a = 2;
    bytes.fill("x");
    expect(await jsonOf(ask("/object"))).toEqual([200, { a: 1 }]);
    expect(await textOf(ask("/bytes"))).toEqual([200, "before"]);
  });

  test("a stream there is an error", async () => {
    const generator = async function* () {
      yield "x";
    };
    for (const stream of [new ReadableStream(), generator()]) {
      const error = await failureOf((async () => await serve(new App().get("/", stream as never)))());
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain("GET /");
    }
  });

  test("a file that isn't there is an error at listen", async () => {
    await failureOf((async () => await serve(new App().get("/", Bun.file(join(folder, "missing")))))());
  });
});
