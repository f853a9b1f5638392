// Answers that are known before anybody asks: put into the form in which the core gives them by itself.

import { describe } from "./describe.ts";
import { lossWithin } from "./lost.ts";
import { ContentType } from "./native/abi.ts";
import type { Constant } from "./native/server.ts";
import { Reply } from "./reply.ts";
import { type Prepared, prepareBlob, prepareResponse } from "./respond.ts";
import { bytesOfPiece } from "./source.ts";
import { EventStream } from "./sse.ts";

export type ConstantValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | ArrayBuffer
  | Response
  | Blob
  | readonly unknown[]
  | (object & {
      call?: never;
      then?: NoFunction;
      next?: NoFunction;
      getReader?: NoFunction;
      [Symbol.asyncIterator]?: never;
    });

/** Anything else, objects of interfaces and classes too. */
type NoFunction = string | number | boolean | null | undefined | (object & { call?: never });

/** Not for functions, which are handlers, nor for what can be read only once. */
export function isConstant(value: unknown): value is ConstantValue {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return true;
    case "object":
      return value === null || !kinds.some(([, is]) => is(value));
    default:
      return false;
  }
}

const eachTime = "return it from a handler, a new one each time";

/** What is no constant, although it is an object. */
const kinds: [kind: string, is: (value: object) => boolean, rescue: string][] = [
  ["a Promise", (value) => value instanceof Promise, "await it first, or return it from a handler"],
  ["a ReadableStream", (value) => value instanceof ReadableStream, `it can be read once: ${eachTime}`],
  ["what sse() made", (value) => value instanceof EventStream, `it can be read once: ${eachTime}`],
  ["a Request", (value) => value instanceof Request, "it is asked, not answered: give the Response"],
  [
    "a generator that has been called, or another iterator",
    (value) => typeof (value as { next?: unknown }).next === "function",
    "it can be read once: give the generator function, without calling it",
  ],
  ["an async iterable", (value) => Symbol.asyncIterator in value, eachTime],
  [
    "an array with a function in it",
    (value) => Array.isArray(value) && value.some((item) => typeof item === "function"),
    "a route has one handler, and middleware is given to use()",
  ],
];

/** Of what `isConstant` is false for, with what to do. */
export function notConstant(value: unknown): string {
  const kind = typeof value === "object" && value !== null && kinds.find(([, is]) => is(value));
  if (kind) return `${kind[0]}: ${kind[2]}`;
  const rescue = typeof value === "bigint" ? "String(n) makes text of it" : "a handler is a function or a constant";
  return `${describe(value)}: ${rescue}`;
}

/** The same value for each request, for those who want to see it: a `Response` or a file is read once and made anew. */
export async function repeatable(value: ConstantValue): Promise<() => unknown> {
  if (value instanceof Blob) {
    const { type } = value;
    const copy = new Blob([await value.bytes()], { type });
    return () => copy;
  }
  if (!(value instanceof Response)) return () => value;
  const { status, headers, body } = await prepareResponse(value.clone() as Response);
  return () => new Response(hasBody(status) ? body : null, { status, headers });
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}

/** Reads the body of a `Response` or `Blob`. */
export async function encodeConstant(name: string, value: ConstantValue): Promise<Constant> {
  if (typeof value === "string") return { ...plain, contentType: ContentType.text, body: Buffer.from(value) };
  if (value instanceof Response) return ofPrepared(await prepareResponse(value.clone() as Response));
  if (value instanceof Blob) return ofPrepared(await prepareBlob(value));
  if (value instanceof ArrayBuffer) return { ...plain, contentType: ContentType.bytes, body: new Uint8Array(value) };
  if (ArrayBuffer.isView(value)) return { ...plain, contentType: ContentType.bytes, body: bytesOfPiece(value) };
  const text = jsonOf(name, value);
  if (text === undefined) throw new TypeError(`The constant answer of ${name} is nothing that JSON can say`);
  const loss = lossWithin(value, text);
  if (loss !== undefined) throw new TypeError(`In the constant answer of ${name}, ${loss}`);
  return { ...plain, contentType: ContentType.json, body: Buffer.from(text) };
}

function jsonOf(name: string, value: ConstantValue): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`The constant answer of ${name} is nothing that JSON can say: ${cause}`, { cause });
  }
}

const plain = { status: 200, headers: "" };

function ofPrepared(prepared: Prepared): Constant {
  const reply = new Reply(false);
  reply.putUnder(prepared.headers);
  return {
    status: prepared.status || 200,
    contentType: ContentType.other,
    headers: reply.headers.encode(),
    body: prepared.body,
  };
}
