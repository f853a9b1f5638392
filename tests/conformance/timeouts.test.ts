// What takes too long is ended: heads, bodies, idle connections, answers nobody takes, and handlers.
import { afterAll, describe, expect, mock, spyOn, test } from "bun:test";
import { App, type AppOptions, ContextExpiredError } from "@fasterapi/bun";
import { ask, RawClient, request } from "../support/raw.ts";
import { eventually as waitFor } from "../support/time.ts";

const eventually = (look: () => boolean, what: string) => waitFor(look, what, { ms: 4_000 });
const short = 200;
/** A timer may be late by what the machine has to do besides. */
const late = 1_500;

function listen(timeouts: NonNullable<AppOptions["timeouts"]>) {
  const app = new App({ timeouts })
    .get("/constant", "constant")
    .post("/constant", "constant")
    .get("/slow", async () => {
      await Bun.sleep(3 * short);
      return "slow";
    })
    .post("/echo", ({ text }) => text());
  return app.listen({ port: 0, hostname: "127.0.0.1" });
}

/** What it becomes, neither much too early (a client sees its answers late) nor too late. */
async function took<T>(run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const value = await run();
  const ms = performance.now() - started;
  expect(ms).toBeGreaterThan(short / 2);
  expect(ms).toBeLessThan(short + late);
  return value;
}

describe.concurrent("headMs: 408", () => {
  const detail = { detail: "The request head took too long to arrive" };

  test.each(["G", "GET / HTTP/1.1\r\nHost: a\r\n", "GET /constant HTTP/1.1\r\nHost: a\r\n\r"])("%j", async (half) => {
    await using server = await listen({ headMs: short });
    using client = await RawClient.open(server);
    client.send(half);
    const answer = await took(() => client.answer());
    expect([answer.status, answer.json(), answer.closes]).toEqual([408, detail, true]);
    expect(await client.ended()).toBe("end");
    expect(server.stats().timeoutsHead).toBe(1);
  });

  test("however slowly it goes on", async () => {
    await using server = await listen({ headMs: short });
    using client = await RawClient.open(server);
    const text = `GET /constant HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(1000)}`;
    const answer = await took(async () => {
      let answered = false;
      const answering = client.answer().finally(() => {
        answered = true;
      });
      for (let at = 0; at < text.length && !answered; at++) {
        client.send(text[at]!);
        await Bun.sleep(10);
      }
      return await answering;
    });
    expect(answer.status).toBe(408);
    await client.ended();
  });

  test("of the second request on a connection, counted from its first byte", async () => {
    await using server = await listen({ headMs: short });
    using client = await RawClient.open(server);
    client.send(request("/constant"));
    await client.answer();
    await client.quiet(2 * short);
    client.send("GET");
    expect((await took(() => client.answer())).status).toBe(408);
    await client.ended();
  });

  test("behind a request that is being answered", async () => {
    await using server = await listen({ headMs: short });
    using client = await RawClient.open(server);
    client.send(`${request("/slow")}GET`);
    const [first, second] = await client.answers(2);
    expect([first!.text, second!.status]).toEqual(["slow", 408]);
    await client.ended();
  });
});

describe.concurrent("bodyMs: 408", () => {
  const detail = { detail: "The request body took too long to arrive" };

  test.each([
    "Content-Length: 10\r\n\r\n",
    "Content-Length: 10\r\n\r\nabc",
    "Transfer-Encoding: chunked\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
  ])("%j", async (rest) => {
    await using server = await listen({ bodyMs: short });
    using client = await RawClient.open(server);
    client.send(`POST /echo HTTP/1.1\r\nHost: a\r\n${rest}`);
    const answer = await took(async () => {
      if (rest.includes("Expect")) expect((await client.answer()).status).toBe(100);
      return await client.answer();
    });
    expect([answer.status, answer.json(), answer.closes]).toEqual([408, detail, true]);
    expect(await client.ended()).toBe("end");
    expect(server.stats().timeoutsBody).toBe(1);
  });

  test("a body that gets ahead has all the time it needs", async () => {
    await using server = await listen({ bodyMs: 2 * short });
    using client = await RawClient.open(server);
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n");
    for (let i = 0; i < 20; i++) {
      await Bun.sleep(short / 6);
      client.send("b");
    }
    expect((await client.answer()).text).toBe("b".repeat(20));
    expect(server.stats().timeoutsBody).toBe(0);
  });

  test("a body that nobody wants ends the connection", async () => {
    await using server = await listen({ bodyMs: short });
    using client = await RawClient.open(server);
    client.send("POST /constant HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    await took(async () => {
      expect((await client.answer()).text).toBe("constant");
      await client.ended();
    });
  });
});

describe.concurrent("idleMs: close", () => {
  test("without a request", async () => {
    await using server = await listen({ idleMs: short });
    using client = await RawClient.open(server);
    expect(await took(() => client.ended())).toBe("end");
    expect(server.stats().timeoutsIdle).toBe(1);
    await eventually(() => server.stats().connectionsOpen === 0, "the connection to be closed");
  });

  test.each(["/constant", "/echo"])("between requests, after %s", async (path) => {
    await using server = await listen({ idleMs: 2 * short });
    using client = await RawClient.open(server);
    const text = request(path, { method: path === "/echo" ? "POST" : "GET", body: path === "/echo" ? "hello" : "" });
    for (let i = 0; i < 6; i++) {
      await Bun.sleep(short / 2);
      client.send(text);
      expect((await client.answer()).status).toBe(200);
    }
    expect(await took(() => client.ended())).toBe("end");
  });

  test("a handler that takes its time is not idle", async () => {
    await using server = await listen({ idleMs: short, headMs: short, bodyMs: short, writeMs: short });
    using client = await RawClient.open(server);
    client.send(request("/slow"));
    const answer = await client.answer();
    expect([answer.text, answer.closes]).toEqual(["slow", false]);
    expect(await client.ended()).toBe("end");
  });
});

describe.concurrent("writeMs: reset", () => {
  const large = Buffer.alloc(16 * 1024 * 1024, "x");

  test("an answer that nobody takes", async () => {
    const app = new App({ timeouts: { writeMs: short } }).get("/", () => large);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.pause();
    client.send(request("/"));
    await took(() => eventually(() => server.stats().timeoutsWrite === 1, "the time to be over"));
    await eventually(() => server.stats().connectionsOpen === 0, "the connection to be closed");
    client.resume();
    // Half an answer must not look like a whole one.
    await expect(client.answer()).rejects.toThrow("The connection is over (reset)");
  });

  test("an answer that is taken slowly has all the time it needs", async () => {
    const larger = Buffer.alloc(2 * large.length, "y");
    const app = new App({ timeouts: { writeMs: 5 * short } }).get("/", () => larger);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.pause();
    client.send(request("/"));
    const started = performance.now();
    while (performance.now() - started < 8 * short) {
      await Bun.sleep(short / 3);
      // The system says that there is room again only when a third of a buffer of some megabytes is free.
      await client.readMore(1_000_000);
    }
    expect(client.unreadBytes).toBeLessThan(larger.length);
    client.resume();
    expect((await client.answer()).body.equals(larger)).toBe(true);
    expect(server.stats().timeoutsWrite).toBe(0);
  });
});

describe.concurrent("a route's own times", () => {
  const large = Buffer.alloc(16 * 1024 * 1024, "x");
  const body = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";

  test("shorter than the application's", async () => {
    const app = new App()
      .post("/body", { timeouts: { bodyMs: short } }, ({ text }) => text())
      .get("/large", { timeouts: { writeMs: short } }, () => large);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using sender = await RawClient.open(server);
    using reader = await RawClient.open(server);
    reader.pause();
    reader.send(request("/large"));
    sender.send(body);
    expect((await took(() => sender.answer())).status).toBe(408);
    await eventually(() => server.stats().timeoutsWrite === 1, "the time to be over");
    expect(server.stats().timeoutsBody).toBe(1);
  });

  test("longer than the application's", async () => {
    const timeouts = { bodyMs: 10 * short, writeMs: 10 * short };
    const app = new App({ timeouts: { bodyMs: short, writeMs: short } })
      .post("/body", { timeouts }, ({ text }) => text())
      .get("/large", { timeouts }, () => large);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using sender = await RawClient.open(server);
    using reader = await RawClient.open(server);
    reader.pause();
    reader.send(request("/large"));
    sender.send(body);
    await sender.quiet(3 * short);
    sender.send("defghij");
    expect((await sender.answer()).text).toBe("abcdefghij");
    reader.resume();
    expect((await reader.answer()).body.equals(large)).toBe(true);
    const { timeoutsBody, timeoutsWrite } = server.stats();
    expect([timeoutsBody, timeoutsWrite]).toEqual([0, 0]);
  });

  test("hold for its requests only, on a connection that goes on", async () => {
    const app = new App({ timeouts: { bodyMs: 10 * short, writeMs: 10 * short } })
      .post("/quick", { timeouts: { bodyMs: short, writeMs: short } }, ({ text }) => text())
      .post("/body", ({ text }) => text())
      .get("/large", () => large);
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.send(request("/quick", { method: "POST", body: "quick" }));
    expect((await client.answer()).text).toBe("quick");
    client.send(body);
    await client.quiet(2 * short);
    client.send("defghij");
    expect((await client.answer()).text).toBe("abcdefghij");
    client.pause();
    client.send(request("/large"));
    await Bun.sleep(2 * short);
    client.resume();
    expect((await client.answer()).body.equals(large)).toBe(true);
    const { timeoutsBody, timeoutsWrite } = server.stats();
    expect([timeoutsBody, timeoutsWrite]).toEqual([0, 0]);
  });
});

describe("handlerMs: 503", () => {
  const log = spyOn(console, "error").mockImplementation(() => undefined);
  // In development it is said which handler it was.
  spyOn(console, "warn").mockImplementation(() => undefined);
  afterAll(() => mock.restore());
  const body = { detail: "The handler took too long" };

  test("of the application, and of a route", async () => {
    const never = () => new Promise(() => undefined);
    const app = new App({ timeouts: { handlerMs: short } })
      .get("/never", never)
      .get("/patient", { timeouts: { handlerMs: 20 * short } }, async () => {
        await Bun.sleep(2 * short);
        return "patient";
      })
      .get("/endless", { timeouts: { handlerMs: 0 } }, async () => {
        await Bun.sleep(2 * short);
        return "endless";
      })
      .get("/quick", async () => "quick");
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.send(request("/never"));
    const answer = await took(() => client.answer());
    expect([answer.status, answer.json(), answer.closes]).toEqual([503, body, false]);
    // The connection goes on.
    client.send(request("/patient") + request("/endless") + request("/quick"));
    expect((await client.answers(3)).map(({ text }) => text)).toEqual(["patient", "endless", "quick"]);
    expect(server.stats().timeoutsHandler).toBe(1);
  });

  test("of a route where the application has none", async () => {
    const app = new App().get("/", { timeouts: { handlerMs: short } }, () => new Promise(() => undefined));
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.send(request("/"));
    expect((await took(() => client.answer())).status).toBe(503);
  });

  test("the signal says why, what the handler says later is not heard, and its context is over", async () => {
    const seen: unknown[] = [];
    let finished = 0;
    const app = new App({ timeouts: { handlerMs: short } })
      .get("/late", async (context) => {
        context.set("x-trace", "1");
        context.signal.addEventListener("abort", () => seen.push((context.signal.reason as Error).name));
        await Bun.sleep(2 * short);
        try {
          context.set("x-late", "2");
        } catch (error) {
          seen.push(error instanceof ContextExpiredError);
        }
        finished++;
        return "late";
      })
      .get("/next", () => "next");
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    using client = await RawClient.open(server);
    client.send(request("/late"));
    const answer = await client.answer();
    expect([answer.status, answer.header("x-trace")]).toEqual([503, "1"]);
    await eventually(() => finished === 1, "the handler to finish");
    client.send(request("/next"));
    expect((await client.answer()).text).toBe("next");
    expect(seen).toEqual(["TimeoutError", true]);
    client.finish();
    await client.ended();
  });

  test("a late error is not heard either", async () => {
    let finished = 0;
    const app = new App({ timeouts: { handlerMs: short } }).get("/", async () => {
      await Bun.sleep(2 * short);
      finished++;
      throw new Error("too late");
    });
    await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    expect((await ask(server, request("/"))).status).toBe(503);
    await eventually(() => finished === 1, "the handler to finish");
    await Bun.sleep(5);
    expect(log).not.toHaveBeenCalled();
  });
});
