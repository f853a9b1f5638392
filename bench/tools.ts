/** What measures and is measured, made by `zig build`: again each time, as far as something has changed. */
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
export const binaries = join(root, "zig-out/bin");
export const plugin = join(root, "zig-out/lib/libfasterapi-micro.so");

/** What the benchmarks compare with, in `bench/node_modules`: no dependency of the package. */
export async function installPeers(): Promise<void> {
  const words = ["install", "--frozen-lockfile", "--ignore-scripts", "--silent"];
  const install = Bun.spawn([process.execPath, ...words], {
    cwd: import.meta.dir,
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await install.exited) !== 0) throw new Error("bench/package.json could not be installed");
}

export async function buildTools(): Promise<void> {
  const zig = Bun.which("zig");
  if (zig !== null) {
    const build = Bun.spawn([zig, "build", "install", "bench", "plugin"], {
      cwd: root,
      stdout: "inherit",
      stderr: "inherit",
    });
    if ((await build.exited) !== 0) throw new Error("the tools could not be built");
    return;
  }
  const missing = [`${binaries}/floor`, `${binaries}/generator`, plugin].find((path) => !existsSync(path));
  if (missing !== undefined)
    throw new Error(`${missing} is not built, and there is no zig on PATH: \`npm run bench\` has it`);
}
