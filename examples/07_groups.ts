// An application of several parts: groups share a prefix and middleware, mounted applications have a life of their own.
//
//   bun run examples/07_groups.ts
//   curl localhost:3000/shops/berlin/items/3 ; curl localhost:3000/shops/berlin
//   curl -X DELETE localhost:3000/shops/berlin/items/3 ; curl -X DELETE localhost:3000/shops/berlin/items/3 -H 'x-key: k'
//   curl localhost:3000/blog/posts/hello ; curl localhost:3000/blog/nowhere ; curl localhost:3000/nowhere

import { App, HttpError } from "@fasterapi/bun";

/** Could stand in a file of its own, and be tested alone. */
const blog = new App()
  // Covers everything below the prefix at which it is mounted, 404 included.
  .use(({ set }, next) => {
    set("x-part", "blog");
    return next();
  })
  .notFound(({ path }) => ({ detail: `The blog has no ${path}` }))
  .get("/posts/:slug", ({ params, path }) => ({ slug: params.slug, path }));

const app = new App()
  .get("/", "Home")
  // Params of the prefix are params of the routes.
  .group("/shops/:shop", (shop) =>
    shop
      .get("/", ({ params }) => ({ shop: params.shop }))
      .get("/items/:item", ({ params }) => params)
      // This middleware covers the routes of the inner group, and nothing else.
      .group("/", (staff) =>
        staff
          .use(({ headers }, next) => {
            if (!headers.has("x-key")) throw new HttpError(403, "For staff");
            return next();
          })
          .delete("/items/:item", ({ params }) => ({ deleted: params.item })),
      ),
  )
  .mount("/blog", blog);

const server = await app.listen();
console.log(`Listening on ${server.url}`);
