// `bun --hot` again and again: nothing piles up, what is kept on globalThis is kept, and mistakes can be put right.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Child } from "../support/child.ts";
import { descriptors, hasProc, residentBytes, threads } from "../support/process.ts";
import { eventually } from "../support/time.ts";
import { Wire } from "../support/wire.ts";

const entry = resolve(import.meta.dir, "../../src/index.ts");
const MB = 1024 * 1024;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fasterapi-hot-many-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** Bun may notice one change twice. */
async function changedTo(child: Child, version: number): Promise<number> {
  for (;;) {
    const said = await child.said();
    if (said["version"] === version) return said.port;
  }
}

const app = (version: number, more = "") => `
  import { App } from ${JSON.stringify(entry)};
  globalThis.starts = (globalThis.starts ?? 0) + 1;
  globalThis.asked ??= new Map();
  const server = await new App()
    .get("/constant", "constant ${version}")
    .get("/version", () => "${version}")
    .get("/v${version}", () => "only in ${version}")
    .get("/asked/:who", ({ params }) => {
      const times = (globalThis.asked.get(params.who) ?? 0) + 1;
      globalThis.asked.set(params.who, times);
      return { times, starts: globalThis.starts };
    })
    .get("/gc", () => { Bun.gc(true); return "collected"; })
    .get("/stop", () => { server.stop().then(() => console.log("stopped")); return "stopping"; })
    ${more}
    .listen({ port: 0, hostname: "127.0.0.1" });
  console.log(JSON.stringify({ port: server.port, version: ${version} }));
`;

async function held(pid: number, wire: Wire) {
  for (let i = 0; i < 3; i++) {
    wire.ask("/gc");
    await wire.answer();
    await Bun.sleep(50);
  }
  return { descriptors: descriptors(pid), threads: threads(pid), resident: residentBytes(pid) };
}

test.if(hasProc)(
  "20 changes leave no descriptor, thread or old application behind, and cut nobody",
  async () => {
    // What an old copy of the application must not keep.
    const ballast = (version: number) => `
      .get("/ballast", ((bytes) => () => bytes.length)(new Uint8Array(4_000_000).fill(${version})))`;
    write("app.ts", app(0, ballast(0)));
    await using child = new Child(join(folder, "app.ts"), { flags: ["--hot"] });
    const { port } = await child.said();
    using wire = await Wire.open({ port });
    let before: Awaited<ReturnType<typeof held>> | undefined;
    for (let version = 1; version <= 20; version++) {
      write("app.ts", app(version, ballast(version)));
      expect(await changedTo(child, version)).toBe(port);
      wire.askAll(["/version", "/constant", `/v${version}`, `/v${version - 1}`, "/asked/me"]);
      const answers = await wire.answers(5);
      expect(answers.slice(0, 3).map(({ body }) => body)).toEqual([
        `${version}`,
        `constant ${version}`,
        `only in ${version}`,
      ]);
      expect(answers[3]!.status).toBe(404);
      const { times, starts } = JSON.parse(answers[4]!.body);
      expect(times).toBe(version);
      expect(starts).toBeGreaterThan(version);
      // The first ones fill Bun's own caches.
      if (version === 5) before = await held(child.pid, wire);
    }
    const after = await held(child.pid, wire);
    expect(after.descriptors).toBe(before!.descriptors);
    expect(after.threads).toBeLessThanOrEqual(before!.threads + 4);
    // 15 applications would be 60 MB.
    expect(after.resident).toBeLessThan(before!.resident + 24 * MB);
    wire.ask("/stop");
    expect((await wire.answer()).body).toBe("stopping");
    expect(await child.line()).toBe("stopped");
    await expect(Wire.open({ port })).rejects.toThrow();
  },
  60_000,
);

test("a change with a mistake in it leaves the server as it was, until it is put right", async () => {
  write("app.ts", app(1));
  await using child = new Child(join(folder, "app.ts"), { flags: ["--hot"] });
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  const mistakes = {
    "that is no TypeScript": "const server = ;",
    "that throws": 'throw new Error("a mistake that throws")',
    "in its routes": app(2, '.get("/version", () => "twice")'),
  };
  for (const [name, text] of Object.entries(mistakes)) {
    const said = child.errors.length;
    write("app.ts", `${text}\n// ${name}`);
    await eventually(
      () => child.errors.length > said,
      () => `a word about a mistake ${name}`,
    );
    await Bun.sleep(100);
    expect(child.isRunning).toBe(true);
    wire.askAll(["/version", "/constant"]);
    expect((await wire.answers(2)).map(({ body }) => body)).toEqual(["1", "constant 1"]);
  }
  write("app.ts", app(3));
  expect(await changedTo(child, 3)).toBe(port);
  wire.askAll(["/version", "/constant"]);
  expect((await wire.answers(2)).map(({ body }) => body)).toEqual(["3", "constant 3"]);
}, 30_000);

test("a change of what the application imports", async () => {
  write("greeting.ts", 'export const greeting = "hello";');
  write("app.ts", `import { greeting } from "./greeting.ts";\n${app(1, '.get("/greeting", () => greeting)')}`);
  await using child = new Child(join(folder, "app.ts"), { flags: ["--hot"] });
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  for (const greeting of ["good morning", "good evening"]) {
    write("greeting.ts", `export const greeting = "${greeting}";`);
    expect((await child.said()).port).toBe(port);
    await eventually(async () => {
      wire.ask("/greeting");
      return (await wire.answer()).body === greeting;
    }, greeting);
  }
}, 30_000);

test("requests without end, while it changes", async () => {
  write("app.ts", app(0));
  await using child = new Child(join(folder, "app.ts"), { flags: ["--hot"] });
  const { port } = await child.said();
  let isOver = false;
  const versions: number[] = [];
  const client = async () => {
    using wire = await Wire.open({ port });
    while (!isOver) {
      wire.askAll(["/version", "/asked/load", "/version", "/version"]);
      const answers = await wire.answers(4);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      versions.push(Number(answers[3]!.body));
    }
  };
  const clients = Promise.all([client(), client()]);
  for (let version = 1; version <= 8; version++) {
    write("app.ts", app(version));
    expect(await changedTo(child, version)).toBe(port);
    await Bun.sleep(50);
  }
  isOver = true;
  await clients;
  expect(versions.at(-1)).toBe(8);
  expect(new Set(versions).size).toBeGreaterThan(5);
}, 60_000);
