// Failures: what is thrown becomes an answer, and `onError` has the last word on what it looks like.
//
//   bun run examples/10_errors.ts
//   curl -i localhost:3000/orders/1 ; curl -i localhost:3000/orders/7 ; curl -i localhost:3000/orders/x
//   curl -i localhost:3000/busy ; curl -i localhost:3000/broken ; curl -i localhost:3000/nowhere

import { App, HttpError } from "@fasterapi/bun";

/** An error of the application's own, which knows nothing of HTTP. */
class OutOfStock extends Error {
  constructor(readonly item: string) {
    super(`There is no ${item} left`);
  }
}

const app = new App()
  .get("/orders/:id", ({ params }) => {
    if (!/^\d+$/.test(params.id)) throw new HttpError(400, "The id of an order is a number");
    if (params.id === "7") throw new OutOfStock("tea");
    return { id: Number(params.id) };
  })
  // The detail may be anything that JSON can say, and there may be headers.
  .get("/busy", () => {
    throw new HttpError(503, { reason: "busy", queue: 12 }, { headers: { "retry-after": "5" } });
  })
  .get("/broken", () => {
    throw new Error("This is for the log, not for the client");
  })
  // The status is preset: the error's, and 500 for what is no HttpError.
  .onError((error, { status, set }) => {
    set("content-type", "application/problem+json");
    if (error instanceof OutOfStock) {
      status(409);
      return { status: 409, title: error.message, item: error.item };
    }
    if (error instanceof HttpError) return { status: error.status, title: error.detail };
    // Who leaves it to the framework, by returning undefined, has it logged and answered without a word of it.
    return undefined;
  })
  // What no route matches, with 404 preset.
  .notFound(({ path, set }) => {
    set("content-type", "application/problem+json");
    return { status: 404, title: `There is no ${path}` };
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
