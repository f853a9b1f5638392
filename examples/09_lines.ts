// JSON lines: a long answer that is made while it is sent, and a long request that is taken line by line.
//
//   bun run examples/09_lines.ts
//   curl -N 'localhost:3000/readings?count=5'
//   printf '{"value":1}\n{"value":2}\n' | curl localhost:3000/sum --data-binary @-

import { App, HttpError } from "@fasterapi/bun";

/** Stands for a cursor of a database: one row after another. */
async function* readings(count: number) {
  for (let id = 1; id <= count; id++) {
    await Bun.sleep(10);
    yield { id, value: id ** 2 };
  }
}

const app = new App()
  // What a generator yields is sent at once. A slow client holds it back; when one goes away, it ends.
  .get("/readings", async function* ({ query, set }) {
    const count = Number(query.count ?? 3);
    // Nothing has been sent yet, so this is an answer like any other.
    if (!(count >= 0 && count <= 1_000_000)) throw new HttpError(400, "count is a number from 0 to 1000000");
    set("content-type", "application/jsonl");
    for await (const reading of readings(count)) yield `${JSON.stringify(reading)}\n`;
  })
  .post("/sum", async ({ text }) => {
    let sum = 0;
    for (const [index, line] of (await text()).split("\n").entries()) {
      if (line.trim() === "") continue;
      try {
        sum += Number(JSON.parse(line).value);
      } catch (cause) {
        throw new HttpError(422, `Line ${index + 1} is no JSON`, { cause });
      }
    }
    return { sum };
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
