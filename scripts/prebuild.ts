// Builds the core for this platform where an installed package looks for it. Runs before packing.
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
const { ok } = await command(["zig", "build", `-Dtarget=${target}`, ...folder]);
process.exit(ok ? 0 : 1);
