import { announce, optional } from "./life.ts";

type Order = { items: unknown[] };

type Context = {
  text(body: string): Response;
  json(body: unknown): Response;
  req: { param(name: string): string; arrayBuffer(): Promise<ArrayBuffer>; valid(target: "json"): Order };
};

const { Hono } = await optional("hono");
const { zValidator } = await optional("@hono/zod-validator");
const { z } = await optional("zod");
const Order = z.object({
  id: z.int().min(1),
  name: z.string().min(1),
  items: z.array(z.object({ sku: z.string(), qty: z.int(), price: z.number() })),
});
const app = new Hono();
app.get("/", (c: Context) => c.text("Hello, World!"));
app.get("/json", (c: Context) => c.json({ hello: "world" }));
app.get("/users/:id", (c: Context) => c.json({ id: c.req.param("id") }));
app.post("/bytes", async (c: Context) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));
app.post("/orders", zValidator("json", Order), (c: Context) =>
  c.json({ ok: true, total: c.req.valid("json").items.length }),
);

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: app.fetch });
await announce(server.port ?? 0);
