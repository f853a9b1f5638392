import { announce, optional } from "./life.ts";

const { Elysia } = await optional("elysia");
const app = new Elysia()
  .get("/", "Hello, World!")
  .get("/json", () => ({ hello: "world" }))
  .get("/users/:id", ({ params }: { params: { id: string } }) => ({ id: params.id }))
  .post("/bytes", async ({ request }: { request: Request }) => ({ bytes: (await request.bytes()).length }), {
    parse: "none",
  })
  .listen({ port: 0, hostname: "127.0.0.1" });
await announce(app.server.port);
