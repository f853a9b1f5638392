import { App } from "../../../src/index.ts";
import { announce, options } from "./life.ts";

const app = new App({
  ...(options.spinUs === undefined ? {} : { spinUs: options.spinUs }),
  ...(options.idleSeconds === undefined ? {} : { timeouts: { idleMs: options.idleSeconds * 1000 } }),
  development: false,
})
  // The headers that Bun.serve gives a constant, for answers of one size.
  .get("/", new Response("Hello, World!", { headers: { etag: '"c49aacf8080fe47f"' } }))
  .get("/json", () => ({ hello: "world" }))
  .get("/users/:id", ({ params }) => ({ id: params.id }))
  .post("/bytes", async ({ bytes }) => ({ bytes: (await bytes()).length }));

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
await announce(server.port);
