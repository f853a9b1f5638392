// Server-sent events: what a generator yields, in the form that a browser's `EventSource` reads.

import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { ContentType } from "./native/abi.ts";
import type { Exchange } from "./native/exchange.ts";
import { ofStream, type Source, sourceOf } from "./source.ts";
import { type Respondent, sendStream } from "./streaming.ts";

/** One event. `data` that is no string is sent as JSON. */
export interface ServerSentEvent {
  data?: unknown;
  /** Its type; `message` without one. */
  event?: string;
  /** Comes back as the header `last-event-id` when the client connects again. */
  id?: string;
  /** Milliseconds that the client is to wait before it connects again. */
  retry?: number;
}

export interface EventStreamOptions {
  /** A comment is sent after so long without an event, so that nobody on the way takes the connection for dead. */
  keepAliveMs?: number;
}

const keepAliveMsDefault = 15_000;
const comment = Buffer.from(":\n\n");

export class EventStream {
  constructor(
    readonly source: Source,
    readonly keepAliveMs: number,
  ) {}
}

/**
 * The answer that sends each value as an event: a string as its data, an object as a `ServerSentEvent`. Lives until the
 * generator ends or the client goes away, which runs the generator's `finally`.
 *
 * @example
 * app.get("/time", ({ headers }) => sse(async function* () {
 *   for (let id = Number(headers.get("last-event-id") ?? 0) + 1; ; id++) {
 *     yield { id: String(id), event: "tick", data: new Date() };
 *     await Bun.sleep(1_000);
 *   }
 * }));
 */
export function sse(
  events:
    | AsyncIterable<ServerSentEvent | string>
    | Iterable<ServerSentEvent | string>
    | (() => AsyncIterable<ServerSentEvent | string> | Iterable<ServerSentEvent | string>),
  { keepAliveMs = keepAliveMsDefault }: EventStreamOptions = {},
): EventStream {
  const iterable: unknown = typeof events === "function" ? events() : events;
  if (!isIterable(iterable)) {
    const what = iterable instanceof Promise ? "a Promise" : describe(iterable);
    throw new TypeError(`sse takes a generator, or something else that can be iterated over, not ${what}`);
  }
  const iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
  const source = iterable instanceof ReadableStream ? ofStream(iterable) : sourceOf(iterator);
  if (source === undefined)
    throw new TypeError("What sse was given can't be iterated over: its iterator has no next()");
  if (!Number.isInteger(keepAliveMs) || keepAliveMs < 1) {
    throw new RangeError(`keepAliveMs is a number of milliseconds, not ${keepAliveMs}`);
  }
  return new EventStream(source, keepAliveMs);
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

export function respondEvents(
  exchange: Exchange,
  context: Context,
  events: EventStream,
  respondent: Respondent,
): Promise<unknown> {
  const { source, keepAliveMs } = events;
  const head = {
    status: 0,
    headers: [
      ["content-type", "text/event-stream"],
      ["cache-control", "no-cache"],
    ] as const,
    contentType: ContentType.other,
    encode: textOf,
    keepAlive: { ms: keepAliveMs, bytes: comment },
  };
  return sendStream(exchange, context, source, head, respondent);
}

/** Throws `TypeError` for what would end a field too early. */
function textOf(value: unknown): string {
  const event = typeof value === "object" && value !== null ? (value as ServerSentEvent) : { data: value };
  let text = "";
  if (event.id !== undefined) text += `id: ${oneLine("id", event.id)}\n`;
  if (event.event !== undefined) text += `event: ${oneLine("event", event.event)}\n`;
  if (event.retry !== undefined) text += `retry: ${oneLine("retry", String(event.retry))}\n`;
  if (event.data !== undefined) {
    if (typeof event.data !== "string") text += `data: ${jsonOf(event.data)}\n`;
    else if (!lineEnd.test(event.data)) text += `data: ${event.data}\n`;
    else for (const line of event.data.split(/\r\n|\r|\n/)) text += `data: ${line}\n`;
  }
  return `${text}\n`;
}

/** It has no line ends. */
function jsonOf(data: unknown): string {
  const text = JSON.stringify(data);
  if (text === undefined) throw new TypeError("The data of an event is text or what JSON can say");
  return text;
}

const lineEnd = /[\r\n]/;

function oneLine(name: string, text: string): string {
  if (/[\r\n\0]/.test(text)) throw new TypeError(`The ${name} of an event is one line, unlike ${JSON.stringify(text)}`);
  return text;
}
