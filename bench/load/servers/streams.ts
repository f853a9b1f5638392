/** Bodies that come in pieces, by the same code in every server. */
import { piece, pieceCount } from "../requests.ts";

const bytes = new TextEncoder().encode(piece);
const event_interval_ms = 100;

export function pieceStream(): ReadableStream<Uint8Array> {
  let left = pieceCount;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes);
      if (--left === 0) controller.close();
    },
  });
}

export async function* pieceGenerator(): AsyncGenerator<Uint8Array> {
  for (let left = pieceCount; left > 0; left--) yield bytes;
}

/** How many bytes there are, and how many parts begin with a wrong one. */
export async function tally(body: AsyncIterable<Uint8Array>): Promise<{ bytes: number; wrong: number }> {
  let count = 0;
  let wrong = 0;
  for await (const part of body) {
    if (part[0] !== bytes[count % bytes.length]) wrong++;
    count += part.byteLength;
  }
  return { bytes: count, wrong };
}

/** A timer for each event of each client. */
export function ownTick(): Promise<void> {
  return Bun.sleep(event_interval_ms);
}

let next: PromiseWithResolvers<void> | undefined;

/** One timer for all clients. */
export function commonTick(): Promise<void> {
  if (next === undefined) {
    setInterval(() => {
      next?.resolve();
      next = Promise.withResolvers();
    }, event_interval_ms);
    next = Promise.withResolvers();
  }
  return next.promise;
}
