// Zod in the place of `t`; any other Standard Schema (Valibot, ArkType, …) goes the same way.
//
//   bun add zod ; bun run examples/15_zod.ts
//   curl -i localhost:3000/events -d '{"name": "Tea", "at": "2026-05-01", "guests": ["ada@example.org"]}' \
//     -H 'content-type: application/json'
//   curl -i localhost:3000/events -d '{"at": "soon", "guests": ["ada"]}' -H 'content-type: application/json'
//   curl 'localhost:3000/events?after=2026-01-01'

import { App } from "@fasterapi/bun";
import { z } from "zod";

const day = z.iso.date().transform((text) => new Date(text));

const NewEvent = z.object({
  name: z.string().trim().min(1),
  at: day,
  guests: z.array(z.email()).max(100).default([]),
});

// A query is made of strings: Zod gets them as they came, and makes of them what it likes.
const Search = z.object({ after: day.optional(), size: z.coerce.number().int().min(1).default(20) });

const events: z.infer<typeof NewEvent>[] = [];

const app = new App()
  .post("/events", { body: NewEvent }, ({ body, status }) => {
    events.push(body);
    status(201);
    // Its output is what the handler sees: a `Date`.
    return { name: body.name, weekday: body.at.getUTCDay(), guests: body.guests.length };
  })
  .get("/events", { query: Search }, ({ query: { after, size } }) =>
    events.filter(({ at }) => after === undefined || at > after).slice(0, size),
  );

const server = await app.listen();
console.log(`Listening on ${server.url}`);
