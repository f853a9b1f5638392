import { announce, optional } from "./life.ts";
import { Order } from "./order.ts";

type Request = { params: { id: string }; body: Buffer };
type Placed = { body: { items: unknown[] } };

const Receipt = { type: "object", properties: { ok: { type: "boolean" }, total: { type: "integer" } } };

const { default: fastify } = await optional("fastify");
// It makes strings of numbers and numbers of strings if it is not told otherwise: the others refuse what is none.
const app = fastify({ ajv: { customOptions: { coerceTypes: false } } });
app.addContentTypeParser("*", { parseAs: "buffer" }, (_: unknown, body: Buffer, done: (e: null, b: Buffer) => void) =>
  done(null, body),
);
app.get("/", async () => "Hello, World!");
app.get("/json", async () => ({ hello: "world" }));
app.get("/users/:id", async (request: Request) => ({ id: request.params.id }));
app.post("/bytes", async (request: Request) => ({ bytes: request.body.length }));
app.post("/orders", { schema: { body: Order, response: { 200: Receipt } } }, async ({ body }: Placed) => ({
  ok: true,
  total: body.items.length,
}));

await app.listen({ port: 0, host: "127.0.0.1" });
await announce(app.server.address().port);
