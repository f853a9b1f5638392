// An answer whose body comes in pieces, from its source to the client.

import { Context } from "./context.ts";
import { ClientGoneError } from "./errors.ts";
import { ContentType, Method } from "./native/abi.ts";
import type { Exchange } from "./native/exchange.ts";
import { StreamWriter } from "./native/stream.ts";
import { Reply } from "./reply.ts";
import { bytesOfPiece, joinedBytes, type Source } from "./source.ts";

/** What a handler's promise comes to when its answer was streamed: there is nothing left to do. */
export const streamed = Symbol("streamed");

/** Pieces that are there at once leave together, up to so many bytes. */
const gatherBytes = 32 * 1024;

/** What is known of the route whose answer is made. */
export interface Respondent {
  /** Says what went wrong when it is too late for an answer. */
  report(error: unknown): void;
  /** In development: looks at what became JSON. */
  readonly onJson: ((value: unknown, text: string) => void) | undefined;
  /** In development: hears that something was said of a head that had been sent. */
  readonly onLate: (() => void) | undefined;
}

export interface StreamHead {
  /** 0 says nothing. */
  status: number;
  headers: readonly (readonly [string, string])[];
  /** Unless somebody has said one. */
  contentType: number;
  /** Of the body, if anybody knows it. */
  bytes?: number;
  /** Makes text or bytes of what the source yields. Throws for what can't be. */
  encode?: (value: unknown) => string;
  /** What is sent whenever nothing was for so long. */
  keepAlive?: { ms: number; bytes: Uint8Array };
}

/**
 * Sends all of it, with back-pressure. Rejects with what the source throws as long as nothing was sent; afterwards the
 * error is reported and the connection closed in a way that tells the client.
 */
export async function sendStream(
  exchange: Exchange,
  context: Context,
  source: Source,
  head: StreamHead,
  respondent: Respondent,
): Promise<typeof streamed> {
  const first = exchange.method === Method.head ? undefined : source.next();
  // What fails at once is still an error like any other.
  const waiting = first instanceof Promise ? first : undefined;
  if (waiting !== undefined) await Promise.race([waiting, Promise.resolve().then(noop)]);

  const encode = head.encode ?? pieceOf;
  let ahead: string | Uint8Array | undefined;
  try {
    const here = waiting === undefined || Bun.peek.status(waiting) !== "fulfilled" ? first : Bun.peek(waiting);
    if (here !== undefined && !(here instanceof Promise) && !here.done) ahead = encode(here.value);
  } catch (error) {
    source.cancel(error);
    throw error;
  }

  const writer = new StreamWriter(exchange);
  const reply = Context.replyOf(context) ?? new Reply(exchange.method === Method.head);
  if (head.status !== 0) reply.status = head.status;
  // What the source is waiting for may never come.
  const gone = new Promise<false>((resolve) => {
    writer.onGone = () => {
      source.cancel(new ClientGoneError());
      resolve(false);
    };
  });
  try {
    reply.putUnder(head.headers);
    const type = reply.headers.has("content-type") ? ContentType.other : head.contentType;
    writer.begin(reply.word(200, type), reply.headers.encode(), head.bytes);
    if (respondent.onLate !== undefined) Context.seal(context, reply, respondent.onLate);
  } catch (error) {
    source.cancel(error);
    throw error;
  }
  if (first === undefined) {
    source.cancel(undefined);
    writer.end(await writer.ready());
    return streamed;
  }
  if (head.keepAlive !== undefined) writer.keepAlive(head.keepAlive.ms, head.keepAlive.bytes);
  let isWhole = false;
  try {
    isWhole = await Promise.race([copy(source, first, ahead, encode, writer), gone]);
  } catch (error) {
    respondent.report(error);
    source.cancel(error);
  }
  writer.end(isWhole);
  return streamed;
}

type Encode = (value: unknown) => string | Uint8Array;

/** Text stays text until it is sent: that costs least. */
function pieceOf(value: unknown): string | Uint8Array {
  return typeof value === "string" ? value : bytesOfPiece(value);
}

/** Pieces that leave together. */
class Batch {
  /** At least; more where text is no ASCII. */
  bytes = 0;
  private readonly pieces: Uint8Array[] = [];
  /** Behind the pieces. */
  private text = "";

  constructor(private readonly writer: StreamWriter) {}

  add(piece: string | Uint8Array): void {
    this.bytes += piece.length;
    if (typeof piece === "string") {
      this.text += piece;
      return;
    }
    this.endText();
    // What is not sent before the source goes on is copied: it may fill the same bytes anew.
    this.pieces.push(this.bytes >= gatherBytes ? piece : piece.slice());
  }

  private endText(): void {
    if (this.text !== "") this.pieces.push(Buffer.from(this.text));
    this.text = "";
  }

  /** True when all is on its way, false when the client is gone; a promise only where that has to be waited for. */
  send(): boolean | Promise<boolean> {
    this.bytes = 0;
    if (this.pieces.length === 0) {
      const { text } = this;
      this.text = "";
      return this.writer.writeText(text);
    }
    this.endText();
    return this.writer.write(joinedBytes(this.pieces.splice(0)));
  }
}

/** False when the client went away. */
async function copy(
  source: Source,
  first: ReturnType<Source["next"]>,
  /** What the first is, if it was there at once. */
  ahead: string | Uint8Array | undefined,
  encode: Encode,
  writer: StreamWriter,
): Promise<boolean> {
  const batch = new Batch(writer);
  if (ahead !== undefined) batch.add(ahead);
  let next = ahead === undefined ? first : source.next();
  for (;;) {
    // What has to be waited for doesn't keep what is here.
    if (batch.bytes > 0 && next instanceof Promise && Bun.peek(next) === next) {
      const sent = batch.send();
      if (sent !== true) {
        // It may fail while nobody waits for it, or after the client has gone: that must not end the process.
        next.catch(noop);
        if (!(await sent)) return false;
      }
    }
    const { done, value } = next instanceof Promise ? await next : next;
    if (done) break;
    batch.add(encode(value));
    if (batch.bytes >= gatherBytes && !(await batch.send())) return false;
    if (writer.isGone) return false;
    next = source.next();
  }
  if (batch.bytes > 0 && !(await batch.send())) return false;
  return await writer.ready();
}

function noop(): void {
  // One turn of the microtasks; or what is caught here is caught again where it matters.
}
