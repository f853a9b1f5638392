import { announce, optional } from "./life.ts";

const { Elysia, t } = await optional("elysia");
const Order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1 }),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer(), price: t.Number() })),
});

const app = new Elysia()
  .get("/", "Hello, World!")
  .get("/json", () => ({ hello: "world" }))
  .get("/users/:id", ({ params }: { params: { id: string } }) => ({ id: params.id }))
  .post("/bytes", async ({ request }: { request: Request }) => ({ bytes: (await request.bytes()).length }), {
    parse: "none",
  })
  .post("/orders", ({ body }: { body: { items: unknown[] } }) => ({ ok: true, total: body.items.length }), {
    body: Order,
  })
  .listen({ port: 0, hostname: "127.0.0.1" });
await announce(app.server.port);
