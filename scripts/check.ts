// What is said about the source without running it: `npm run check`, or some parts: `npm run check -- types`.
import { readFileSync } from "node:fs";
import { command, one, type Part, runParts } from "./parts.ts";

const tool = (name: string, ...words: string[]) => ["bun", "--bun", `node_modules/.bin/${name}`, ...words];
const colors = `--colors=${process.stdout.isTTY ? "force" : "off"}`;
const zig = ["build.zig", "build.zig.zon", "core", "tests", "bench"];

const part = (name: string, what: string, words: string[]): Part => ({
  name,
  what,
  run: async () => one((await command(words)).ok),
});

const parts: Part[] = [
  part("zig", "zig fmt; `zig fmt core` puts it right", ["zig", "fmt", "--check", ...zig]),
  part(
    "biome",
    "biome; `bunx biome check --write` puts much of it right",
    tool("biome", "ci", "--error-on-warnings", colors),
  ),
  part("types", "strict TypeScript", tool("tsc", "--noEmit")),
  { name: "abi", what: "src/native/abi.ts says what core/abi.zig says", run: async () => one(await abiIsFresh()) },
  { name: "core", what: "scripts/setup builds what build.zig builds", run: async () => one(await coreIsTheSame()) },
  part("tidy", "rules about files", ["bun", "test", "./tests/tidy.test.ts"]),
];

async function abiIsFresh(): Promise<boolean> {
  const path = "src/native/abi.ts";
  const before = readFileSync(path, "utf8");
  if (!(await command(["zig", "build", "abi"])).ok) return false;
  if (readFileSync(path, "utf8") === before) return true;
  console.error(`${path} was stale; it has just been written anew: commit it.`);
  return false;
}

/** `scripts/setup` has just built its own, or found it unchanged. */
async function coreIsTheSame(): Promise<boolean> {
  const name = process.platform === "darwin" ? "libfasterapi.dylib" : "libfasterapi.so";
  const ours = readFileSync(`zig-out/lib/${name}`);
  if (!(await command(["zig", "build", "--prefix", "zig-out/compared"])).ok) return false;
  if (readFileSync(`zig-out/compared/lib/${name}`).equals(ours)) return true;
  console.error("They differ: a change of build.zig is missing in scripts/setup, or the other way round.");
  return false;
}

const { passed, failed } = await runParts(parts, Bun.argv.slice(2));
console.log(`check: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
