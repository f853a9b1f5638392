import { App, sse } from "../../../src/index.ts";
import { announce, options } from "./life.ts";
import { Order } from "./order.ts";
import { commonTick, ownTick, pieceGenerator, pieceStream, tally } from "./streams.ts";

const events = (tick: () => Promise<void>) =>
  sse(async function* () {
    for (let n = 0; ; n++) {
      await tick();
      yield { id: String(n), event: "tick", data: { n } };
    }
  });

const app = new App({
  ...(options.spinUs === undefined ? {} : { spinUs: options.spinUs }),
  ...(options.idleSeconds ? { timeouts: { idleMs: options.idleSeconds * 1000 } } : {}),
  development: false,
})
  // The headers that Bun.serve gives a constant, for answers of one size.
  .get("/", new Response("Hello, World!", { headers: { etag: '"c49aacf8080fe47f"' } }))
  .get("/json", () => ({ hello: "world" }))
  .get("/users/:id", ({ params }) => ({ id: params.id }))
  .post("/bytes", async ({ bytes }) => ({ bytes: (await bytes()).length }))
  .post("/orders", { body: Order }, async ({ body }) => ({ ok: true, total: body.items.length }))
  .get("/down/stream", pieceStream)
  .get("/down/generator", pieceGenerator)
  .post("/up", { body: "stream", limits: { bodyBytes: 2 ** 32 } }, ({ body }) => tally(body))
  .get("/events", () => events(ownTick))
  .get("/broadcast", () => events(commonTick));

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
await announce(server.port);
