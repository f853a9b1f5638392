import { announce, optional } from "./life.ts";

type Context = {
  text(body: string): Response;
  json(body: unknown): Response;
  req: { param(name: string): string; arrayBuffer(): Promise<ArrayBuffer> };
};

const { Hono } = await optional("hono");
const app = new Hono();
app.get("/", (c: Context) => c.text("Hello, World!"));
app.get("/json", (c: Context) => c.json({ hello: "world" }));
app.get("/users/:id", (c: Context) => c.json({ id: c.req.param("id") }));
app.post("/bytes", async (c: Context) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: app.fetch });
await announce(server.port ?? 0);
