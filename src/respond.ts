// What a handler returned, or threw, as an answer.

import { isUtf8 } from "node:buffer";
import { Context } from "./context.ts";
import type { HttpError } from "./errors.ts";
import { ContentType, Method } from "./native/abi.ts";
import type { Exchange } from "./native/exchange.ts";
import { Reply } from "./reply.ts";

/** A body that had to be waited for, with the head that belongs to it; a status of 0 is none. */
export class Prepared {
  constructor(
    readonly status: number,
    readonly headers: [string, string][],
    readonly body: Uint8Array,
  ) {}
}

/** An error that nobody had anything to say about. */
export class Failure {
  constructor(readonly error: HttpError) {}
}

const ok = 200;
const empty = new Uint8Array(0);

/** Answers, or returns what has to be waited for first. Throws what handlers' values throw, and `TypeError`. */
export function respond(exchange: Exchange, context: Context, value: unknown): Promise<Prepared> | undefined {
  const reply = Context.replyOf(context);
  switch (typeof value) {
    case "string":
      sendText(exchange, reply, ok, ContentType.text, value);
      return undefined;
    case "undefined":
      sendBytes(exchange, reply, 204, ContentType.other, empty);
      return undefined;
    case "object":
      return respondObject(exchange, reply, value);
    default:
      sendJson(exchange, reply, ok, value);
      return undefined;
  }
}

function respondObject(
  exchange: Exchange,
  reply: Reply | undefined,
  value: object | null,
): Promise<Prepared> | undefined {
  if (value !== null) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== Array.prototype) {
      if (value instanceof Uint8Array) {
        sendBytes(exchange, reply, ok, ContentType.bytes, value);
        return undefined;
      }
      if (value instanceof ArrayBuffer) {
        sendBytes(exchange, reply, ok, ContentType.bytes, new Uint8Array(value));
        return undefined;
      }
      if (value instanceof Failure) {
        sendFailure(exchange, reply, value.error);
        return undefined;
      }
      if (value instanceof Response) return prepareResponse(value);
      if (value instanceof Blob) return prepareBlob(value);
      if (value instanceof Prepared) {
        sendPrepared(exchange, reply, value);
        return undefined;
      }
    }
  }
  sendJson(exchange, reply, ok, value);
  return undefined;
}

export function sendJson(exchange: Exchange, reply: Reply | undefined, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`A handler returned ${typeof value}, which is nothing that can be sent`);
  sendText(exchange, reply, status, ContentType.json, text);
}

function sendText(exchange: Exchange, reply: Reply | undefined, status: number, type: number, text: string): void {
  if (reply === undefined) {
    exchange.runtime.answerText(exchange, status | (type << 16), "", text);
  } else {
    const word = reply.word(status, reply.headers.has("content-type") ? ContentType.other : type);
    exchange.runtime.answerText(exchange, word, reply.headers.encode(), text);
  }
}

function sendBytes(
  exchange: Exchange,
  reply: Reply | undefined,
  status: number,
  type: number,
  bytes: Uint8Array,
): void {
  if (reply === undefined) {
    exchange.runtime.answerBytes(exchange, status | (type << 16), "", bytes);
  } else {
    const word = reply.word(status, reply.headers.has("content-type") ? ContentType.other : type);
    exchange.runtime.answerBytes(exchange, word, reply.headers.encode(), bytes);
  }
}

/** The reply's own headers are `set` over those of the response; what was appended stays beside them. */
function sendPrepared(exchange: Exchange, said: Reply | undefined, prepared: Prepared): void {
  const reply = said ?? new Reply(exchange.method === Method.head);
  // A Response is as it says; a Blob says nothing of a status.
  if (prepared.status !== 0) reply.status = prepared.status;
  reply.putUnder(prepared.headers);
  exchange.runtime.answerBytes(exchange, reply.word(ok, ContentType.other), reply.headers.encode(), prepared.body);
}

export async function prepareResponse(response: Response): Promise<Prepared> {
  if (response.bodyUsed) throw new TypeError("The body of the Response that a handler returned has been read already");
  const { status } = response;
  if (status < 200 || status > 599) throw new RangeError(`A Response of status ${status} can't be an answer`);
  const headers = [...response.headers] as [string, string][];
  if (response.body === null) return new Prepared(status, headers, empty);
  const hasType = response.headers.has("content-type");
  const blob = await response.blob();
  const body = await blob.bytes();
  // The type of a string is not among the headers yet. Bun says the same of bytes: those that can't be text get none.
  if (!hasType && blob.type !== "" && isUtf8(body)) headers.push(["content-type", blob.type]);
  return new Prepared(status, headers, body);
}

export async function prepareBlob(blob: Blob): Promise<Prepared> {
  const type = blob.type || "application/octet-stream";
  return new Prepared(0, [["content-type", type]], await blob.bytes());
}

function sendFailure(exchange: Exchange, reply: Reply | undefined, error: HttpError): void {
  const { status } = error;
  const text = JSON.stringify({ detail: error.detail });
  if (reply === undefined && error.headers === undefined) {
    exchange.runtime.answerText(exchange, status | (ContentType.json << 16), "", text);
    return;
  }
  const own = reply ?? new Reply(exchange.method === Method.head);
  own.status = 0;
  own.forgetBody();
  for (const [name, value] of Object.entries(error.headers ?? {})) own.put(name, value, false);
  exchange.runtime.answerText(exchange, own.word(status, ContentType.json), own.headers.encode(), text);
}
