// What a handler returned, or threw, as an answer.

import { isUtf8 } from "node:buffer";
import { Context } from "./context.ts";
import type { HttpError } from "./errors.ts";
import { fileAnswer, isFile } from "./file.ts";
import { faultWithin, lossOf, strangerOf } from "./lost.ts";
import { ContentType, Method } from "./native/abi.ts";
import type { Exchange } from "./native/exchange.ts";
import { Reply } from "./reply.ts";
import { bytesOfPiece, gather, joinedBytes, joinedSource, ofStream, sourceOf, wholeBytesMax } from "./source.ts";
import { EventStream, respondEvents } from "./sse.ts";
import { type Respondent, sendStream, streamed } from "./streaming.ts";

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
export function respond(
  exchange: Exchange,
  context: Context,
  value: unknown,
  respondent: Respondent,
): Promise<unknown> | undefined {
  switch (typeof value) {
    case "string":
      sendText(exchange, Context.replyOf(context), ok, ContentType.text, value);
      return undefined;
    case "undefined":
      sendBytes(exchange, Context.replyOf(context), 204, ContentType.other, empty);
      return undefined;
    case "object": {
      const prototype = value === null ? Object.prototype : Object.getPrototypeOf(value);
      if (value !== null && prototype !== Object.prototype && prototype !== Array.prototype) {
        return respondObject(exchange, context, value, respondent);
      }
      sendJson(exchange, Context.replyOf(context), value, respondent);
      return undefined;
    }
    case "symbol":
      if (value !== streamed) break;
      exchange.runtime.release(exchange);
      return undefined;
  }
  sendJson(exchange, Context.replyOf(context), value, respondent);
  return undefined;
}

/** An object that is neither a plain one nor an array. */
function respondObject(
  exchange: Exchange,
  context: Context,
  value: object,
  respondent: Respondent,
): Promise<unknown> | undefined {
  const reply = Context.replyOf(context);
  // Who forgets to throw must not answer 200.
  if (value instanceof Error) throw value;
  if (value instanceof Response) return respondResponse(exchange, context, value, respondent);
  if (value instanceof Blob)
    return isFile(value) ? respondFile(exchange, context, value, respondent) : prepareBlob(value);
  if (value instanceof EventStream) return respondEvents(exchange, context, value, respondent);
  const source = sourceOf(value);
  if (source !== undefined) {
    const isBytes = value instanceof ReadableStream || "pipe" in value;
    const contentType = isBytes ? ContentType.bytes : ContentType.text;
    return sendStream(exchange, context, source, { status: 0, headers: [], contentType }, respondent);
  }
  if (value instanceof Failure) sendFailure(exchange, reply, value.error);
  else if (value instanceof Prepared) sendPrepared(exchange, reply, value);
  else if (value instanceof Uint8Array) sendBytes(exchange, reply, ok, ContentType.bytes, value);
  else if (value instanceof ArrayBuffer) sendBytes(exchange, reply, ok, ContentType.bytes, new Uint8Array(value));
  else if (ArrayBuffer.isView(value)) sendBytes(exchange, reply, ok, ContentType.bytes, bytesOfPiece(value));
  else {
    const loss = lossOf(value) ?? strangerOf(value);
    if (loss !== undefined) throw new TypeError(`A handler returned ${loss}`);
    sendJson(exchange, reply, value, respondent);
  }
  return undefined;
}

function respondFile(
  exchange: Exchange,
  context: Context,
  file: Parameters<typeof fileAnswer>[2],
  respondent: Respondent,
): Promise<unknown> | undefined {
  const { head, body } = fileAnswer(exchange, context, file);
  if (!(body instanceof Uint8Array)) return sendStream(exchange, context, body, head, respondent);
  sendPrepared(
    exchange,
    Context.replyOf(context),
    new Prepared(head.status, [...head.headers] as [string, string][], body),
  );
  return undefined;
}

function sendJson(exchange: Exchange, reply: Reply | undefined, value: unknown, { onJson }: Respondent): void {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw faultOf(value, error);
  }
  if (text === undefined) throw new TypeError(silenceOf(value));
  if (onJson !== undefined) onJson(value, text);
  sendText(exchange, reply, ok, ContentType.json, text);
}

/** What a getter or a `toJSON` throws is its own; of what JSON can't say, its words tell nothing. */
function faultOf(value: unknown, error: unknown): unknown {
  if (!(error instanceof TypeError) || !/cyclic|BigInt/.test(error.message)) return error;
  if (typeof value === "bigint") return new TypeError("A handler returned a BigInt: return String(n), or Number(n)");
  const fault = faultWithin(value);
  return fault === undefined ? error : new TypeError(`In what was returned, ${fault}`);
}

function silenceOf(value: unknown): string {
  if (typeof value === "function") return "A handler returned a function: call it, and return what it gives";
  if (typeof value === "symbol") return "A handler returned a symbol, which is nothing that can be sent";
  return "A handler returned an object whose toJSON gives nothing";
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

/** As it says. What is there at once is sent whole, with its length; the rest is a stream. */
async function respondResponse(
  exchange: Exchange,
  context: Context,
  response: Response,
  respondent: Respondent,
): Promise<unknown> {
  checkResponse(response);
  // Before the body is touched: they are made from it.
  const headers = headersOf(response);
  if (response.body === null) return new Prepared(response.status, headers, empty);
  const { pieces, rest } = await gather(ofStream(response.body), wholeBytesMax);
  if (rest === undefined) return new Prepared(response.status, typed(headers, pieces), joinedBytes(pieces));
  return await sendStream(
    exchange,
    context,
    joinedSource(pieces, rest),
    { status: response.status, headers, contentType: ContentType.other },
    respondent,
  );
}

function headersOf(response: Response): [string, string][] {
  return [...response.headers] as [string, string][];
}

/** The type of a string is not among the headers. Of bytes nobody knows: those that can't be text get none. */
function typed(headers: [string, string][], pieces: Uint8Array[]): [string, string][] {
  const hasType = headers.some(([name]) => name === "content-type");
  if (!hasType && pieces.every((piece) => isUtf8(piece))) headers.push(["content-type", "text/plain;charset=utf-8"]);
  return headers;
}

function checkResponse(response: Response): void {
  if (response.bodyUsed) {
    throw new TypeError("The body of the Response has been read already: return a new one, or its clone(), each time");
  }
  const { status } = response;
  if (status < 200 || status > 599) throw new RangeError(`A Response of status ${status} can't be an answer`);
}

/** All of it, for a constant. */
export async function prepareResponse(response: Response): Promise<Prepared> {
  checkResponse(response);
  const { status } = response;
  const headers = headersOf(response);
  if (response.body === null) return new Prepared(status, headers, empty);
  const body = await response.bytes();
  return new Prepared(status, typed(headers, [body]), body);
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
