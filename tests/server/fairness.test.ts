// What else goes on in the process gets its turn: rejections are reported, timers and promises are not starved.
import { expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { Child } from "../support/child.ts";
import { hasProc } from "../support/process.ts";
import { Wire } from "../support/wire.ts";

test("a rejection that nobody waits for is reported within 50 ms on an idle server", async () => {
  await using child = new Child("rejecting.ts");
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  for (const name of ["sync", "async", "after", "throws"]) {
    await Bun.sleep(100);
    wire.ask(`/${name}`);
    const { reason, ms } = (await child.said()) as unknown as { reason: string; ms: number };
    expect(reason).toBe(name);
    expect(ms).toBeLessThan(50);
    expect((await wire.answer()).status).toBe(name === "throws" ? 500 : 200);
  }
});

test("a rejection that nobody handles ends the process as it does elsewhere", async () => {
  await using child = new Child("rejecting-fatal.ts");
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  wire.ask("/");
  expect(await child.end(3_000)).toBe(1);
  expect(child.errors).toContain("nobody handles this");
});

interface Seen {
  lag: number;
  ticks: number;
  fetchMs: number;
  fetches: number;
  immediates: number;
  requests: number;
}

/** What a server saw of its own timers and fetches in a second in which a client asks for `path` without end. */
async function underLoad(path: string): Promise<Seen> {
  await using server = new Child("fair.ts");
  const { port } = await server.said();
  await using client = new Child("endless.ts", { args: [`${port}`, path, "1"] });
  await client.line();
  await Bun.sleep(200);
  server.kill("SIGUSR2");
  const before = (await server.said()) as unknown as Seen;
  await Bun.sleep(1_000);
  server.kill("SIGUSR2");
  const after = (await server.said()) as unknown as Seen;
  return { ...after, requests: after.requests - before.requests };
}

const paths = ["/constant", "/handler", "/promise", "/timer", "/fetch", "/not-found"];

for (const path of paths) {
  test.if(hasProc)(
    `timers, immediates and fetches go on while one client pipelines ${path} without end`,
    async () => {
      const all: Seen[] = [];
      // A loaded machine has its own pauses: the second and third try are for those.
      while (all.length < 3) {
        const seen = await underLoad(path);
        all.push(seen);
        if (seen.lag < 20) break;
      }
      const { lag, ticks, fetchMs, fetches, immediates, requests } = all.at(-1)!;
      expect(lag).toBeLessThan(20);
      expect(requests).toBeGreaterThan(1_000);
      expect(ticks).toBeGreaterThan(50);
      expect(immediates).toBeGreaterThan(25);
      expect(fetches).toBeGreaterThan(10);
      expect(fetchMs).toBeLessThan(500);
    },
    30_000,
  );
}

test("another client is answered while one pipelines without end", async () => {
  await using server = new Child("plain.ts");
  const { port } = await server.said();
  await using client = new Child("endless.ts", { args: [`${port}`, "/handler", "1"] });
  await client.line();
  using wire = await Wire.open({ port });
  for (let i = 0; i < 50; i++) {
    const began = performance.now();
    wire.ask(i % 2 === 0 ? "/async" : "/");
    expect((await wire.answer()).body).toBe(i % 2 === 0 ? "async" : "constant");
    expect(performance.now() - began).toBeLessThan(1_000);
  }
});

test("a process that never has nothing to do answers all the same", async () => {
  const app = new App()
    .get("/", () => "answered")
    .get("/async", async () => {
      await Bun.sleep(0);
      return "later";
    });
  const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  let isOver = false;
  let turns = 0;
  const spin = () => {
    turns++;
    if (!isOver) setImmediate(spin);
  };
  spin();
  const interval = setInterval(() => turns++, 0);
  try {
    using wire = await Wire.open(server);
    for (let i = 0; i < 100; i++) {
      wire.ask("/");
      wire.ask("/async");
      expect((await wire.answers(2)).map(({ body }) => body)).toEqual(["answered", "later"]);
    }
    expect(turns).toBeGreaterThan(100);
  } finally {
    isOver = true;
    clearInterval(interval);
    await server.stop();
  }
});
