// The document of an API, and a page to read and try it: made of the declarations that the routes have anyway.
//
//   bun add swagger-ui-dist          (in a project of your own: the page is Swagger UI)
//   bun run examples/17_docs.ts      then open http://localhost:3000/docs
//   curl localhost:3000/openapi.json
//   curl -i localhost:3000/notes -H 'authorization: Bearer sesame' -d '{"text": "Tea"}' -H 'content-type: application/json'

import { App, HttpError, t } from "@fasterapi/bun";

// A schema with an $id, or a title, stands once in the document, and others refer to it.
const text = t.String({ minLength: 1, examples: ["Buy tea"] });
const NewNote = t.Object({ text, tags: t.Array(t.String(), { default: [] }) }, { $id: "NewNote" });
const Note = t.Object({ id: t.Integer(), text, tags: t.Array(t.String()) }, { $id: "Note" });
const Problem = t.Object({ detail: t.String() }, { $id: "Problem" });
const Search = t.Object({ tag: t.Optional(t.String({ description: "Only those that have it" })) });

const info = {
  title: "Notes",
  version: "1.0.0",
  description: "Notes with *tags*. The token is `sesame`.",
  tags: [{ name: "notes", description: "What is to be remembered" }],
  securitySchemes: { token: { type: "http", scheme: "bearer" } },
} as const;

const notes: { id: number; text: string; tags: string[] }[] = [];

const app = new App({ openapi: { info } })
  .get(
    "/notes",
    { summary: "Find notes", tags: ["notes"], query: Search, response: t.Array(Note) },
    ({ query: { tag } }) => notes.filter(({ tags }) => tag === undefined || tags.includes(tag)),
  )
  .post(
    "/notes",
    {
      summary: "Keep a note",
      tags: ["notes"],
      security: [{ token: [] }],
      body: NewNote,
      response: { 201: Note, 401: Problem },
    },
    ({ body, headers, status }) => {
      if (headers.get("authorization") !== "Bearer sesame") throw new HttpError(401, "Who are you?");
      const note = { id: notes.length + 1, ...body };
      notes.push(note);
      status(201);
      return note;
    },
  )
  .get("/health", { hidden: true }, "fine");

const server = await app.listen();
console.log(`Listening on ${server.url}`);
