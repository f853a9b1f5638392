import { announce, optional } from "./life.ts";

type Request = { params: { id: string }; body: Buffer };

const { default: fastify } = await optional("fastify");
const app = fastify();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_: unknown, body: Buffer, done: (e: null, b: Buffer) => void) =>
  done(null, body),
);
app.get("/", async () => "Hello, World!");
app.get("/json", async () => ({ hello: "world" }));
app.get("/users/:id", async (request: Request) => ({ id: request.params.id }));
app.post("/bytes", async (request: Request) => ({ bytes: request.body.length }));

await app.listen({ port: 0, host: "127.0.0.1" });
await announce(app.server.address().port);
