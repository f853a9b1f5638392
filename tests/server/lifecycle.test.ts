// Servers come and go without a trace in the process, and decide whether it lives on.
import { expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { Child } from "../support/child.ts";
import { hasProc } from "../support/process.ts";
import { Wire } from "../support/wire.ts";

const MB = 1024 * 1024;

test.if(hasProc)(
  "starting and stopping leaves no descriptor, thread or memory behind",
  async () => {
    await using child = new Child("cycles.ts", { args: ["1500"] });
    const { before, after } = (await child.said(60_000)) as unknown as Record<"before" | "after", Held>;
    expect(after.descriptors).toBe(before.descriptors);
    // Bun's own come and go.
    expect(after.threads).toBeLessThanOrEqual(before.threads + 6);
    expect(after.resident).toBeLessThan(before.resident + 8 * MB);
    expect(await child.end()).toBe(0);
  },
  90_000,
);

interface Held {
  descriptors: number;
  threads: number;
  resident: number;
}

test("200 servers at once in one process, each with its own routes", async () => {
  const servers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      new App()
        .get("/", `constant ${i}`)
        .get("/handler", () => `handler ${i}`)
        .listen({ port: 0, hostname: "127.0.0.1" }),
    ),
  );
  try {
    expect(new Set(servers.map(({ port }) => port)).size).toBe(200);
    const asked = servers.map(async (server, i) => {
      using wire = await Wire.open(server);
      wire.ask("/");
      wire.ask("/handler");
      expect((await wire.answers(2)).map(({ body }) => body)).toEqual([`constant ${i}`, `handler ${i}`]);
    });
    await Promise.all(asked);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

test("a process with a listening server lives on, and ends by itself after stop", async () => {
  await using child = new Child("lives.ts");
  const { port } = await child.said();
  await Bun.sleep(500);
  expect(child.isRunning).toBe(true);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("alive");
  await fetch(`http://127.0.0.1:${port}/stop`);
  expect(await child.line()).toBe("stopped");
  expect(await child.end(3_000)).toBe(0);
});

test("unref lets the process end though the server listens, ref keeps it", async () => {
  await using unreffed = new Child("lives.ts", { args: ["unref"] });
  await unreffed.said();
  expect(await unreffed.end(3_000)).toBe(0);
  await using reffed = new Child("lives.ts", { args: ["unref", "unref", "ref"] });
  const { port } = await reffed.said();
  await Bun.sleep(500);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("alive");
});

test("a second server keeps the process alive when the first is stopped or lets go", async () => {
  await using child = new Child("lives.ts", { args: ["another", "unref"] });
  await child.said();
  await Bun.sleep(500);
  expect(child.isRunning).toBe(true);
});

test("a stop that waits for a handler keeps the process alive until it is answered", async () => {
  await using child = new Child("lives.ts", { args: ["unref"], env: { LINGER: "1" } });
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  wire.ask("/slow");
  const { body, headers } = await wire.answer();
  expect([body, headers.get("connection")]).toEqual(["slow", "close"]);
  expect(await child.end(3_000)).toBe(0);
});

test("SIGTERM and SIGINT end a process that doesn't handle them", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using child = new Child("lives.ts");
    const { port } = await child.said();
    using wire = await Wire.open({ port });
    wire.ask("/");
    await wire.answer();
    child.kill(signal);
    expect(await child.end(3_000)).toBe(signal);
  }
});

test("process.exit in a handler ends the process at once, with its code", async () => {
  await using child = new Child("lives.ts");
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  wire.ask("/exit");
  expect(await child.end(3_000)).toBe(7);
});
