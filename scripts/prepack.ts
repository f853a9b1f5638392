// What a package has and a checkout has not: the core built for this platform, and declarations, since a user's compiler
// would judge our sources by the user's own options.
import { rmSync } from "node:fs";
import { command } from "./parts.ts";

// The oldest glibc that Bun itself runs with; a plain build would ask for the one of this machine.
const targets: Record<string, string> = {
  "linux-x64": "x86_64-linux-gnu.2.17",
  "linux-arm64": "aarch64-linux-gnu.2.17",
  "darwin-x64": "x86_64-macos",
  "darwin-arm64": "aarch64-macos",
};
const platform = `${process.platform}-${process.arch}`;
const target = targets[platform];
if (target === undefined) throw new Error(`The core has not been built for ${platform} yet.`);
const folder = ["--prefix", `prebuilt/${platform}`, "--prefix-lib-dir", "."];
if (!(await command(["zig", "build", `-Dtarget=${target}`, ...folder])).ok) process.exit(1);

rmSync("types", { recursive: true, force: true });
if (!(await command(["bun", "--bun", "node_modules/.bin/tsc", "-p", "scripts/tsconfig.types.json"])).ok)
  process.exit(1);
