import { Compile } from "typebox/compile";
import { announce, options } from "./life.ts";
import { Order } from "./order.ts";
import { commonTick, ownTick, pieceGenerator, pieceStream, tally } from "./streams.ts";

const encoder = new TextEncoder();

function events(tick: () => Promise<void>): Response {
  let n = 0;
  const stream = new ReadableStream({
    async pull(controller) {
      await tick();
      controller.enqueue(encoder.encode(`id: ${n}\nevent: tick\ndata: {"n":${n}}\n\n`));
      n++;
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
}

const order = Compile(Order);

async function place(request: Request): Promise<Response> {
  const body = await request.json();
  if (!order.Check(body)) return Response.json({ detail: order.Errors(body) }, { status: 422 });
  return Response.json({ ok: true, total: body.items.length });
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  maxRequestBodySize: 2 ** 32,
  ...(options.idleSeconds === undefined ? {} : { idleTimeout: options.idleSeconds }),
  routes: {
    "/": new Response("Hello, World!"),
    "/json": () => Response.json({ hello: "world" }),
    "/users/:id": (request) => Response.json({ id: request.params.id }),
    "/bytes": { POST: async (request) => Response.json({ bytes: (await request.bytes()).length }) },
    "/orders": { POST: place },
    "/down/stream": () => new Response(pieceStream()),
    "/down/generator": () => new Response(pieceGenerator()),
    "/up": { POST: async ({ body }) => Response.json(body === null ? body : await tally(body)) },
    "/events": () => events(ownTick),
    "/broadcast": () => events(commonTick),
  },
});
await announce(server.port ?? 0);
