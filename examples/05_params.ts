// What a path and a query carry: params, wildcards, keys that repeat; and which route answers.
//
//   bun run examples/05_params.ts
//   curl localhost:3000/users/7 ; curl localhost:3000/users/me ; curl localhost:3000/users/7/posts/2
//   curl localhost:3000/files/ ; curl localhost:3000/files/docs/a%20b.txt
//   curl 'localhost:3000/search?q=zig&tag=a&tag=b&page=2' ; curl localhost:3000/search

import { App, HttpError } from "@fasterapi/bun";

/** A query holds strings: what is to be a number is looked at. */
function pageOf(text: string | string[] | undefined): number {
  const page = Number(text ?? 1);
  if (!Number.isInteger(page) || page < 1) throw new HttpError(400, "page is an integer from 1");
  return page;
}

const app = new App()
  // Static text comes before a param, wherever it is written.
  .get("/users/:id", ({ params }) => ({ user: params.id }))
  .get("/users/me", { user: "you" })
  // Params are decoded, and typed from the path: `params.user` and `params.post`, nothing else.
  .get("/users/:user/posts/:post", ({ params }) => ({ user: params.user, post: Number(params.post) }))
  // A wildcard takes all the rest, which may be empty. `path` stays as it was sent.
  .get("/files/*name", ({ params, path }) => ({ name: params.name, path }))
  // A key that repeats is an array: `[x].flat()` makes one of either.
  .get("/search", ({ query }) => {
    if (query.q === undefined) throw new HttpError(400, "q is missing: what is to be looked for?");
    return { q: query.q, tags: [query.tag ?? []].flat(), page: pageOf(query.page) };
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
