// The smallest application: a constant, which the core answers by itself, and a handler.
//
//   bun run examples/01_hello.ts
//   curl localhost:3000/ ; curl localhost:3000/hello/Ada

import { App } from "@fasterapi/bun";

const app = new App()
  .get("/", "Hello, World!")
  .get("/hello/:name", ({ params }) => ({ message: `Hello, ${params.name}!` }));

const server = await app.listen();
console.log(`Listening on ${server.url}`);
