// A whole service: to-dos in SQLite, in memory or in the file that TODO_FILE names.
//
//   TODO_FILE=todo.sqlite bun run examples/11_todo.ts
//   curl -i localhost:3000/todos -d '{"title": "Write a test"}' -H 'content-type: application/json'
//   curl 'localhost:3000/todos?done=false'
//   curl -X PATCH localhost:3000/todos/1 -d '{"done": true}' -H 'content-type: application/json'
//   curl -i -X DELETE localhost:3000/todos/1

import { Database } from "bun:sqlite";
import { App, HttpError } from "@fasterapi/bun";

type Row = { id: number; title: string; done: number };
const db = new Database(process.env["TODO_FILE"] ?? ":memory:", { create: true, strict: true });
db.run("CREATE TABLE IF NOT EXISTS todo (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INTEGER NOT NULL)");
const insert = db.query<Row, [string]>("INSERT INTO todo (title, done) VALUES (?, 0) RETURNING *");
const select = db.query<Row, [number]>("SELECT * FROM todo WHERE id = ?");
const selectAll = db.query<Row, [number | null]>("SELECT * FROM todo WHERE done = ?1 OR ?1 IS NULL ORDER BY id");
const update = db.query<Row, [string, number, number]>("UPDATE todo SET title = ?, done = ? WHERE id = ? RETURNING *");
const remove = db.query<Row, [number]>("DELETE FROM todo WHERE id = ? RETURNING *");

const shown = ({ id, title, done }: Row) => ({ id, title, done: done === 1 });

/** The to-do of this id, or a 404. */
function found(row: Row | null, id: string): Row {
  if (row === null) throw new HttpError(404, `There is no to-do ${id}`);
  return row;
}

/** What a client said of a to-do, looked at before it is believed. */
function checked(body: unknown): { title?: string; done?: boolean } {
  if (typeof body !== "object" || body === null) throw new HttpError(422, "A to-do is a JSON object");
  const { title = "-", done = false } = body as { title?: unknown; done?: unknown };
  if (typeof title !== "string" || title === "") throw new HttpError(422, "title is some text");
  if (typeof done !== "boolean") throw new HttpError(422, "done is true or false");
  return body;
}

const app = new App()
  .get("/todos", ({ query }) =>
    selectAll.all(query.done === undefined ? null : Number(query.done === "true")).map(shown),
  )
  .post("/todos", ({ body, status, set }) => {
    const { title } = checked(body);
    if (title === undefined) throw new HttpError(422, "title is missing");
    const row = insert.get(title)!;
    status(201);
    set("location", `/todos/${row.id}`);
    return shown(row);
  })
  .get("/todos/:id", ({ params }) => shown(found(select.get(Number(params.id)), params.id)))
  .patch("/todos/:id", ({ params, body }) => {
    const { title, done } = { ...shown(found(select.get(Number(params.id)), params.id)), ...checked(body) };
    return shown(update.get(title, Number(done), Number(params.id))!);
  })
  // Nothing is a 204.
  .delete("/todos/:id", ({ params }) => void found(remove.get(Number(params.id)), params.id));

const server = await app.listen();
console.log(`Listening on ${server.url}`);
