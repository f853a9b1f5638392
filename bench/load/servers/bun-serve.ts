import { announce, options } from "./life.ts";

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  ...(options.idleSeconds === undefined ? {} : { idleTimeout: options.idleSeconds }),
  routes: {
    "/": new Response("Hello, World!"),
    "/json": () => Response.json({ hello: "world" }),
    "/users/:id": (request) => Response.json({ id: request.params.id }),
    "/bytes": { POST: async (request) => Response.json({ bytes: (await request.bytes()).length }) },
  },
});
await announce(server.port ?? 0);
