// Parts of the core without routes: lines of JSON, each checked by a JSON Schema as it lies there, and kept unparsed.
//
//   bun run examples/18_json_schema.ts
//   printf '{"at": 1, "name": "start"}\n{"at": "now"}\n' | curl localhost:3000/events --data-binary @-
//   curl localhost:3000/events

import { App, t } from "@fasterapi/bun";
import { JsonSchema, type ValidationFailure } from "@fasterapi/bun/core";

const Event = JsonSchema.compile(t.Object({ at: t.Integer(), name: t.String({ minLength: 1 }) }));

const kept: Uint8Array[] = [];
const newLine = 10;

/** With their numbers, from 1; empty ones are left out. */
function* linesOf(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const end = bytes.indexOf(newLine, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (line.length > 0) yield [number, line];
    start += line.length + 1;
  }
}

const app = new App()
  .post("/events", async ({ bytes }) => {
    const before = kept.length;
    const refused: { line: number; errors: ValidationFailure[] }[] = [];
    for (const [number, line] of linesOf(await bytes())) {
      if (Event.check(line)) kept.push(line);
      // What is wrong is found a second time, which only who asks for it pays.
      else refused.push({ line: number, errors: Event.errors(line) });
    }
    return { kept: kept.length - before, refused };
  })
  .get("/events", ({ set }) => {
    set("content-type", "application/jsonl");
    return kept.map((line) => `${Buffer.from(line)}\n`).join("");
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
