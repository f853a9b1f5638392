// A request body as a stream: what its reader does not take holds back the client.

import type { Exchange } from "./native/exchange.ts";
import { Inlet } from "./native/inlet.ts";

export class BodyStream {
  /** Somebody has taken something of it, or has cancelled it: it can't be had from the beginning again. */
  wasRead = false;
  readonly stream: ReadableStream<Uint8Array>;

  /** `route` is the name of the request's, for messages. */
  constructor(
    exchange: Exchange,
    private readonly route: string,
  ) {
    const read = exchange.bodyIsStreamed ? readerOf(exchange, route) : onceOf(exchange.takeBody());
    const source = {
      pull: async (controller: ReadableStreamDefaultController<Uint8Array>) => {
        this.wasRead = true;
        const piece = await read();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel: () => {
        this.wasRead = true;
      },
    };
    // Nothing is read before somebody asks.
    this.stream = new ReadableStream(source, { highWaterMark: 0 });
  }

  /** All of it. Throws `TypeError` when somebody else reads it. */
  async bytes(): Promise<Uint8Array> {
    if (this.wasRead || this.stream.locked) {
      throw new TypeError(
        `The body of ${this.route} is read as a stream: that can be done once, and nothing else beside it`,
      );
    }
    return await new Response(this.stream).bytes();
  }
}

type Read = () => Promise<Uint8Array | undefined>;

function readerOf(exchange: Exchange, route: string): Read {
  const inlet = new Inlet(exchange, route);
  return () => inlet.read();
}

function onceOf(bytes: Uint8Array): Read {
  let rest = bytes.byteLength > 0 ? bytes : undefined;
  return async () => {
    const piece = rest;
    rest = undefined;
    return piece;
  };
}
