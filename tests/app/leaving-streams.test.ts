// Streams that outlive their clients, their handlers' time or the server's own clock: nothing is left, nothing is mixed.
import { afterAll, describe, expect, test } from "bun:test";
import { App, sse } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";

const never = new Promise<void>(() => undefined);
const ends: string[] = [];

async function* waiting() {
  try {
    yield "first";
    await never;
  } finally {
    ends.push("finally");
  }
}

const app = new App({ timeouts: { handlerMs: 100, writeMs: 300, idleMs: 300 } })
  .get("/generator", waiting)
  .get("/events", () => sse(waiting, { keepAliveMs: 40 }))
  .get("/late", async () => {
    await Bun.sleep(20);
    return (async function* () {
      for (let n = 0; n < 5; n++) {
        yield `${n}`;
        await Bun.sleep(50);
      }
    })();
  })
  .get("/quiet", async function* () {
    yield "before";
    await Bun.sleep(500);
    yield Buffer.alloc(3_000_000, "x");
    yield "after";
  })
  .get("/small", "still here");
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

interface Heap {
  [key: symbol]: { runtime: { watched: Map<number, unknown> } };
}
const { runtime } = (globalThis as unknown as Heap)[Symbol.for("@fasterapi/bun")]!;

describe("a client that leaves a stream that waits", () => {
  test.each(["/generator", "/events"])("%s: its request is given back", async (path) => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(server)));
    for (const client of clients) client.send(request(path));
    await eventually(() => clients.every((client) => client.unreadBytes > 100), "the beginnings");
    expect(runtime.watched.size).toBeGreaterThanOrEqual(20);
    for (const client of clients) client.reset();
    await eventually(
      () => runtime.watched.size === 0,
      () => `${runtime.watched.size} of them are left`,
    );
  });
});

test("a stream that began in time is no handler that takes too long", async () => {
  using client = await RawClient.open(server);
  client.send(request("/late"));
  expect((await client.answer()).text).toBe("01234");
  client.send(request("/small"));
  expect((await client.answer()).text).toBe("still here");
});

test("after a long silence a stream has all the time again that others have", async () => {
  using client = await RawClient.open(server);
  client.send(request("/quiet"));
  await eventually(() => client.unreadBytes > 100, "the beginning");
  client.pause();
  await Bun.sleep(600);
  const before = server.stats().timeoutsWrite;
  client.resume();
  const answer = await client.answer();
  expect(answer.text.length).toBe(3_000_011);
  expect(server.stats().timeoutsWrite).toBe(before);
  // Nor is the connection closed for having been idle, as it would have to be were its clock that of the beginning.
  client.send(request("/small"));
  expect((await client.answer()).text).toBe("still here");
});
