// With `bun --watch` a change starts the program again: the old one is gone, its address free, and what answers is new.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Child } from "../support/child.ts";
import { descriptors, hasProc } from "../support/process.ts";
import { eventually } from "../support/time.ts";
import { type Target, Wire } from "../support/wire.ts";

const entry = resolve(import.meta.dir, "../../src/index.ts");

let folder = "";
let script = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fasterapi-watch-"));
  script = join(folder, "app.ts");
});
afterEach(() => rmSync(folder, { recursive: true }));

const source = (version: number, address: object) => `
  import { App } from ${JSON.stringify(entry)};
  globalThis.starts = (globalThis.starts ?? 0) + 1;
  const server = await new App()
    .get("/constant", "constant ${version}")
    .get("/handler", () => "handler ${version}")
    .get("/never", () => new Promise(() => undefined))
    .listen(${JSON.stringify(address)});
  console.log(JSON.stringify({ port: server.port, version: ${version}, starts: globalThis.starts }));
`;

async function answersOf(target: Target): Promise<string[]> {
  using wire = await Wire.open(target);
  wire.ask("/constant");
  wire.ask("/handler");
  return (await wire.answers(2)).map(({ body }) => body);
}

/** Bun keeps the process' number: a listener, a loop or a connection of the old program would be among them. */
const held = (pid: number) => (hasProc ? descriptors(pid) : 0);

test("each change starts the server anew on its port, even under requests that wait", async () => {
  writeFileSync(script, source(1, { port: 0, hostname: "127.0.0.1" }));
  await using child = new Child(script, { flags: ["--watch"] });
  const { port } = await child.said();
  expect(await answersOf({ port })).toEqual(["constant 1", "handler 1"]);
  const before = held(child.pid);
  for (let version = 2; version <= 5; version++) {
    using idle = await Wire.open({ port });
    using waiting = await Wire.open({ port });
    waiting.ask("/never");
    idle.ask("/handler");
    await idle.answer();
    writeFileSync(script, source(version, { port, hostname: "127.0.0.1" }));
    expect(await child.said()).toEqual({ port, version, starts: 1 });
    await idle.closed();
    await waiting.closed();
    expect(await answersOf({ port })).toEqual([`constant ${version}`, `handler ${version}`]);
  }
  // Less than one for each start: some that come and go are Bun's own.
  expect(held(child.pid)).toBeLessThan(before + 4);
  expect(child.errors).toBe("");
});

test("so it does over a unix socket, and when a mistake was put right", async () => {
  const unix = join(folder, "app.sock");
  writeFileSync(script, source(1, { unix }));
  await using child = new Child(script, { flags: ["--watch"] });
  await child.said();
  writeFileSync(script, "import { nothing } from");
  await eventually(() => child.errors.includes("error"), "the mistake to be noticed");
  writeFileSync(script, source(2, { unix }));
  expect((await child.said())["version"]).toBe(2);
  expect(await answersOf({ unix })).toEqual(["constant 2", "handler 2"]);
});
