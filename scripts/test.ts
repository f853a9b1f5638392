// Every test there is: `npm test`, or some parts of them: `npm test -- zig server`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Count, command, one, type Part, runParts } from "./parts.ts";

const fuzzSeconds = process.env["FUZZ_SECONDS"] ?? (process.env["CI"] ? "60" : "5");
const stressSeconds = process.env["STRESS_SECONDS"] ?? (process.env["CI"] ? "8" : "3");
const suffix = process.platform === "darwin" ? "dylib" : "so";

const debugCore = { FASTERAPI_LIBRARY: resolve(`zig-out/lib/libfasterapi-debug.${suffix}`) };

const files = (...patterns: string[]) =>
  patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync()].sort()).map((file) => `./${file}`);
const house = files("tests/{tidy,types}.test.ts", "tests/dist/*.test.ts");
const sockets = files("tests/**/*.test.ts").filter((file) => !house.includes(file));

const parts: Part[] = [
  { name: "zig", what: "unit tests of the core", run: zigTests },
  { name: "fuzz", what: `parsers, router and schemas against second implementations, ${fuzzSeconds} s`, run: fuzz },
  { name: "stress", what: `queues between threads, then under ThreadSanitizer, ${stressSeconds} s each`, run: stress },
  { name: "macos", what: "the core cross-compiled for aarch64-macos", run: async () => built("macos") },
  { name: "unit", what: "unit tests of the package", run: () => bunTests(files("src/**/*.test.ts")) },
  { name: "server", what: "servers and examples, over sockets", run: () => bunTests(sockets) },
  { name: "debug", what: "the same with every safety check of the core", run: debugTests },
  { name: "memory", what: "the conformance cases over connections in memory", run: memoryTests },
  {
    name: "house",
    what: "rules about files; what types cost; the package packed and installed",
    run: () => bunTests(house),
  },
];

async function zigTests(): Promise<Count> {
  const { ok, errors } = await command(["zig", "build", "test", "--summary", "new"], { capture: true });
  console.error(errors.trim());
  // The runner's closing line: `Build Summary: 9/9 steps succeeded; 179/179 tests passed (1 skipped, 2 failed)`.
  const [, passed = 0, all = 0, rest = ""] = /(\d+)\/(\d+) tests passed(.*)/.exec(errors) ?? [];
  const skipped = Number(/(\d+) skipped/.exec(rest)?.[1] ?? 0);
  return counted(ok, { passed: Number(passed), failed: Number(all) - Number(passed) - skipped, skipped });
}

async function fuzz(): Promise<Count> {
  if ((await built("fuzz")).failed > 0) return one(false);
  return one((await command(["zig-out/bin/fuzz", "--seconds", fuzzSeconds])).ok);
}

/** ThreadSanitizer is part of Zig on Linux. */
async function stress(): Promise<Count> {
  const programs = process.platform === "linux" ? ["stress", "stress-tsan"] : ["stress"];
  let passed = 0;
  for (const program of programs) {
    if ((await built(program)).failed > 0) return one(false);
    if (!(await command([`zig-out/bin/${program}`, "--seconds", stressSeconds])).ok) return one(false);
    passed += 1;
  }
  return { ...one(true), passed };
}

/** Building is no test, unless it fails. */
async function built(step: string): Promise<Count> {
  return { ...one((await command(["zig", "build", step])).ok), passed: 0 };
}

async function debugTests(): Promise<Count> {
  if ((await built("debug")).failed > 0) return one(false);
  return bunTests(sockets, debugCore);
}

/** Each byte that comes back is compared with what comes over a socket. */
async function memoryTests(): Promise<Count> {
  if ((await built("debug")).failed > 0) return one(false);
  return bunTests(files("tests/conformance/*.test.ts"), { ...debugCore, TEST_CONNECTIONS: "memory" });
}

async function bunTests(paths: string[], env: Record<string, string> = {}): Promise<Count> {
  if (paths.length === 0) {
    console.error("There are no such tests.");
    return one(false);
  }
  const folder = mkdtempSync(join(tmpdir(), "fasterapi-tests-"));
  try {
    const report = join(folder, "report.xml");
    const runner = ["bun", "test", "--only-failures", "--reporter=junit", `--reporter-outfile=${report}`];
    const { ok } = await command([...runner, ...paths], { env });
    return counted(ok, readReport(report));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A runner that died has written none. */
function readReport(path: string): Count {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    console.error(`The tests ended without a report: ${error}`);
  }
  const head = /<testsuites [^>]*>/.exec(text)?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  return { passed: number("tests") - failed - skipped, failed, skipped };
}

/** A runner may fail though none of its tests did: a file that can't be read, an error after the last test. */
function counted(ok: boolean, count: Count): Count {
  return ok || count.failed > 0 ? count : { ...count, failed: 1 };
}

const total = await runParts(parts, Bun.argv.slice(2));
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
