// Server-sent events: a feed that a browser's `EventSource` follows, and takes up again where it lost it.
//
//   bun run examples/08_events.ts
//   curl -N localhost:3000/events                        # and in another terminal:
//   curl localhost:3000/messages -d 'Hello'
//   curl -N localhost:3000/events -H 'last-event-id: 1'  # what came after the first

import { App, sse } from "@fasterapi/bun";

const messages: string[] = [];
/** Resolves with the next message. */
let arrival = Promise.withResolvers<void>();

const app = new App()
  .post("/messages", async ({ text, status }) => {
    const id = messages.push(await text());
    arrival.resolve();
    arrival = Promise.withResolvers();
    status(201);
    return { id };
  })
  .get("/events", ({ headers, signal }) => {
    // A browser that was cut off says by itself what it saw last.
    const last = Number(headers.get("last-event-id") ?? 0);
    const gone = new Promise((resolve) => signal.addEventListener("abort", resolve));
    return sse(async function* () {
      for (let id = last + 1; !signal.aborted; ) {
        if (id <= messages.length) {
          yield { id: String(id), event: "message", data: { text: messages[id - 1] } };
          id++;
        } else {
          // A client that leaves must not be waited with for ever.
          await Promise.race([arrival.promise, gone]);
        }
      }
    });
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
