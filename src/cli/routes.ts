// `fasterapi routes`: the routes of an application as a table.

import type { Command } from "commander";
import type { RouteDetails } from "../route-details.ts";
import { load } from "./load.ts";
import { print } from "./print.ts";

const columns = ["METHOD", "PATH", "VALIDATION", "MIDDLEWARE"];

export function routes(program: Command): void {
  program
    .command("routes")
    .summary("list the routes of an application")
    .description(
      "Lists the routes of an application: what checks their requests (native: the core checks JSON bodies; " +
        "js: JavaScript, and why), and what runs around them, the outermost first. Nothing listens meanwhile.",
    )
    .argument("<file>", "exports an App as its default, or calls listen()")
    .option("--json", "as JSON, with summaries")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const list = await (await load(file)).routes();
      await print(json ? JSON.stringify(list, null, 2) : table([columns, ...list.map(rowOf)]));
    });
}

function rowOf({ method, path, validation, reason, middleware }: RouteDetails): string[] {
  const checked = reason === undefined ? validation : `${validation}: ${reason}`;
  return [method, path, validation === "none" ? "-" : checked, middleware.join(", ") || "-"];
}

function table(rows: readonly string[][]): string {
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => Bun.stringWidth(row[i]!))));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell + " ".repeat(widths[i]! - Bun.stringWidth(cell))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}
