/** Where figures are kept: `bench/results/<date>-<name>.jsonl`, a JSON object a line, added at the end. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dir, "results");

export function appendResult(name: string, line: object): void {
  mkdirSync(folder, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  appendFileSync(join(folder, `${date}-${name}.jsonl`), `${JSON.stringify(line)}\n`);
}
