#!/usr/bin/env bun
// The command `fasterapi`: what its words mean, and with which code it ends.

import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { shown } from "../shown.ts";
import { Failure } from "./failure.ts";
import { openapi } from "./openapi.ts";
import { routes } from "./routes.ts";

/** 0 for what was done, 1 for what failed, 2 for a wrong command line. */
async function main(): Promise<number> {
  const program = new Command("fasterapi")
    .description("Looks at applications that are written with @fasterapi/bun.")
    .version(manifest.version, "-v, --version")
    .exitOverride();
  for (const add of [openapi, routes]) add(program);
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    // It has said what is wrong, or helped.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`error: ${error instanceof Failure ? error.message : shown(error)}`);
    return 1;
  }
}

// Not awaited here: as long as a module waits for something the process never ends, even where nothing can come any more.
void main().then((code) => process.exit(code));
