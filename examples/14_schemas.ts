// Schemas: what a route asks of its requests, checked before its handler runs, and the types that follow from it.
//
//   bun run examples/14_schemas.ts
//   curl -i localhost:3000/books -d '{"title": "Emma", "year": 1815}' -H 'content-type: application/json'
//   curl -i localhost:3000/books -d title=Persuasion -d year=1817     (a form: "1817" becomes 1817)
//   curl -i localhost:3000/books -d '{"year": "1815"}' -H 'content-type: application/json'     (422, with all that is wrong)
//   curl 'localhost:3000/books?from=1816&size=5' ; curl -i 'localhost:3000/books?from=then'
//   curl -X PATCH localhost:3000/books/1 -d '{"tags": ["novel"]}' -H 'content-type: application/json'

import { App, HttpError, t } from "@fasterapi/bun";

const fields = {
  title: t.String({ minLength: 1, maxLength: 200 }),
  year: t.Integer({ minimum: 1450, maximum: 2100 }),
  tags: t.Array(t.String(), { uniqueItems: true }),
};
const NewBook = t.Object({ ...fields, tags: t.Array(t.String(), { default: [] }) }, { additionalProperties: false });
const Changes = t.Partial(t.Object(fields));
const Book = t.Object({ id: t.Integer(), ...fields });
const Id = t.Object({ id: t.Integer({ minimum: 1 }) });

const books = new Map<number, { id: number; title: string; year: number; tags: string[] }>();

function found(id: number) {
  const book = books.get(id);
  if (book === undefined) throw new HttpError(404, `There is no book ${id}`);
  return book;
}

const Search = t.Object({ from: t.Optional(t.Integer()), size: t.Integer({ default: 20, minimum: 1, maximum: 100 }) });

const app = new App()
  // "1816" arrives as a number, and `size` is there even when nobody sent it.
  .get("/books", { query: Search, response: t.Array(Book) }, ({ query: { from = 0, size } }) =>
    [...books.values()].filter(({ year }) => year >= from).slice(0, size),
  )
  // In development an answer that is not as `response` says is a 500, and the console says why.
  .post("/books", { body: NewBook, response: { 201: Book } }, ({ body, status }) => {
    const book = { id: books.size + 1, ...body };
    books.set(book.id, book);
    status(201);
    return book;
  })
  .get("/books/:id", { params: Id, response: Book }, ({ params }) => found(params.id))
  .patch("/books/:id", { params: Id, body: Changes, response: Book }, ({ params, body }) =>
    Object.assign(found(params.id), body),
  )
  .delete("/books/:id", { params: Id }, ({ params }) => void books.delete(found(params.id).id));

const server = await app.listen();
console.log(`Listening on ${server.url}`);
