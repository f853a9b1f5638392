// Finds the core, loads it, and makes sure that it is the one these sources were written for.

import { dlopen, type Library } from "bun:ffi";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { FasterApiError } from "../errors.ts";
import { abiHash, symbols } from "./abi.ts";

/** What the doorbell needs of Node-API; see core/doorbell.zig. */
export interface DoorbellModule {
  attach(runtime: number, ring: () => void): void;
  ref(runtime: number): void;
  unref(runtime: number): void;
}

/** Who is told when the JavaScript thread ends; see core/addon.zig. */
export interface EndingModule {
  keep(kit: number): void;
}

export interface Core {
  readonly path: string;
  readonly call: Library<typeof symbols>["symbols"];
  readonly doorbell: DoorbellModule;
  readonly ending: EndingModule;
}

const root = resolve(import.meta.dir, "../..");
const file = `libfasterapi.${process.platform === "darwin" ? "dylib" : "so"}`;

/** Where the core may be, best first. An environment variable is the only candidate when it is set. */
function candidates(): string[] {
  const chosen = process.env.FASTERAPI_LIBRARY;
  if (chosen) return [resolve(chosen)];
  return [join(root, "zig-out/lib", file), join(root, "prebuilt", `${process.platform}-${process.arch}`, file)];
}

let loaded: Core | undefined;

/** The core, loaded once. Throws `FasterApiError` (`LIBRARY_NOT_FOUND`, `LIBRARY_UNUSABLE`, `ABI_MISMATCH`). */
export function core(): Core {
  loaded ??= load();
  return loaded;
}

function load(): Core {
  const tried = candidates();
  const path = tried.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    if (process.env.FASTERAPI_LIBRARY) {
      const text = `There is no ${tried[0]}, which the environment variable FASTERAPI_LIBRARY names as the core`;
      throw new FasterApiError("LIBRARY_NOT_FOUND", text);
    }
    const list = tried.map((candidate) => `\n  ${candidate}`).join("");
    throw new FasterApiError(
      "LIBRARY_NOT_FOUND",
      `There is no core for ${process.platform}-${process.arch}; looked for${list}\nIn a checkout, \`npm run build\` makes it.`,
    );
  }
  let call: Core["call"];
  const module = { exports: {} };
  let found: bigint;
  try {
    // Alone: an older core may lack others.
    found = dlopen(path, { fa_abi_hash: symbols.fa_abi_hash }).symbols.fa_abi_hash();
    call = found === abiHash ? dlopen(path, symbols).symbols : ({} as Core["call"]);
    if (found === abiHash) process.dlopen(module, path);
  } catch (cause) {
    throw new FasterApiError("LIBRARY_UNUSABLE", `${path} can't be loaded: ${messageOf(cause)}`, { cause });
  }
  if (found !== abiHash) {
    throw new FasterApiError(
      "ABI_MISMATCH",
      `${path} doesn't belong to these sources: its interface is ${found.toString(16)}, theirs ${abiHash.toString(16)}. \`npm run build\` makes one that does.`,
    );
  }
  const addon = module.exports as DoorbellModule & EndingModule;
  return { path, call, doorbell: addon, ending: addon };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
