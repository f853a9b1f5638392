// `fasterapi openapi`: the document of an application, for other tools.

import type { Command } from "commander";
import { Failure } from "./failure.ts";
import { load } from "./load.ts";
import { print } from "./print.ts";

export function openapi(program: Command): void {
  program
    .command("openapi")
    .summary("write the OpenAPI document of an application")
    .description("Writes the OpenAPI 3.1 document of an application as JSON. Nothing listens meanwhile.")
    .argument("<file>", "exports an App as its default, or calls listen()")
    .option("-o, --output <file>", "where to write it (default: standard output)")
    .action(async (file: string, { output }: { output?: string }) => {
      const app = await load(file);
      const text = `${JSON.stringify(app.openapi(), null, 2)}\n`;
      if (output === undefined) return await print(text);
      await Bun.write(output, text).catch((error: Error) => {
        throw new Failure(`${output} can't be written: ${error.message}`);
      });
    });
}
