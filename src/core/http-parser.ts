// Requests of HTTP/1.1 that come another way than through a server: a proxy's, a test's, those in a file.

import { MisuseError } from "../errors.ts";
import {
  Framing,
  HttpParsed,
  headBytesDefault,
  headBytesMax,
  headersDefault,
  headersMax,
  type methodTexts,
  targetBytesDefault,
} from "../native/abi.ts";
import { sizeOf } from "../native/bytes.ts";
import { type HeadLimits, NativeHead } from "../native/http-head.ts";
import { describeArgument } from "./argument.ts";

export interface HttpParserOptions {
  /** Those of `App`: `targetBytes` (8 KB), `headBytes` (16 KB), `headers` (100). */
  limits?: Partial<HeadLimits>;
}

/** All bytes are taken, and the head isn't over. */
export interface PartialHead {
  readonly state: "partial";
}

export interface MalformedHead {
  readonly state: "malformed";
  /** To answer with: 400, 413, 414, 417, 431, 501 or 505. */
  readonly status: number;
  /** The rule that was broken. */
  readonly detail: string;
  /** Where the line begins that breaks it, counted from the begin of the head; its end where it is none of them. */
  readonly offset: number;
}

export type HttpParseResult = HttpRequestHead | PartialHead | MalformedHead;

const partial: PartialHead = Object.freeze({ state: "partial" });

const bounds = {
  targetBytes: { standard: targetBytesDefault, max: headBytesMax },
  headBytes: { standard: headBytesDefault, max: headBytesMax },
  headers: { standard: headersDefault, max: headersMax },
} as const;

/**
 * The parser of the server, strict as RFC 9112 is. It is given what has arrived, piece by piece, and goes on where it stopped.
 *
 * @example
 * using parser = new HttpParser();
 * const head = parser.parse(bytes);
 * if (head.state === "complete") console.log(head.method, head.path, head.header("host"), bytes.subarray(head.consumed));
 */
export class HttpParser implements Disposable {
  readonly #head: NativeHead;
  #malformed: MalformedHead | undefined;
  #isClosed = false;

  constructor({ limits = {} }: HttpParserOptions = {}) {
    this.#head = new NativeHead({
      targetBytes: bounded("targetBytes", limits.targetBytes),
      headBytes: bounded("headBytes", limits.headBytes),
      headers: bounded("headers", limits.headers),
    });
  }

  /**
   * Takes what has come since the call before: the rest of a head, or another head once that was complete. What is behind the head
   * is not looked at: `consumed` says where it begins. After a malformed head it says the same again until `reset()`.
   */
  parse(bytes: Uint8Array): HttpParseResult {
    if (!(bytes instanceof Uint8Array)) refuse("What is parsed is a Uint8Array", bytes);
    if (this.#isClosed) throw new MisuseError("CLOSED", "This HttpParser was closed");
    if (this.#malformed !== undefined) return this.#malformed;
    const consumed = this.#head.parse(bytes, sizeOf(bytes));
    if (consumed >= 0) return new HttpRequestHead(this.#head, consumed);
    if (consumed === HttpParsed.partial) return partial;
    const { fault, position } = this.#head;
    this.#malformed = Object.freeze({
      state: "malformed",
      status: fault.status,
      detail: fault.detail,
      offset: position,
    });
    return this.#malformed;
  }

  /** Forgets what has come: the next bytes begin a head. */
  reset(): void {
    this.#head.reset();
    this.#malformed = undefined;
  }

  /** May be called again. */
  close(): void {
    this.#isClosed = true;
    this.reset();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A complete head. `target`, `path`, `query` and headers are decoded when they are read, which has to be before the next call of
 * its parser: afterwards they throw `MisuseError` (`EXPIRED`), as far as they weren't read before.
 */
export class HttpRequestHead {
  readonly state = "complete";
  /** How many of the bytes parsed last belong to it. */
  readonly consumed: number;
  /** Of the whole head. */
  readonly headBytes: number;
  readonly method: (typeof methodTexts)[number];
  /** 0 or 1. */
  readonly minorVersion: number;
  /** What follows: nothing, `contentLength` bytes, or chunks. */
  readonly bodyKind: "none" | "length" | "chunked";
  /** 0 unless `bodyKind` is `length`. */
  readonly contentLength: number;
  /** The client wants the connection to go on. */
  readonly keepAlive: boolean;
  /** It waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  readonly #head: NativeHead;
  readonly #serial: number;
  #target: string | undefined;
  #path: string | undefined;
  #query: string | undefined;
  #headers: [name: string, value: string][] | undefined;

  /** @internal `HttpParser.parse` makes them. */
  constructor(head: NativeHead, consumed: number) {
    const { framing } = head;
    this.consumed = consumed;
    this.headBytes = head.position;
    this.method = head.method;
    this.minorVersion = head.minorVersion;
    this.bodyKind = framing === Framing.none ? "none" : framing === Framing.length ? "length" : "chunked";
    this.contentLength = framing === Framing.length ? head.contentLength : 0;
    this.keepAlive = head.keepAlive;
    this.expectsContinue = head.expectsContinue;
    this.#head = head;
    this.#serial = head.serial;
  }

  /** As sent. */
  get target(): string {
    this.#target ??= this.#current().target;
    return this.#target;
  }

  /** Of the target, not decoded: without scheme, host and query. */
  get path(): string {
    this.#path ??= this.#current().path;
    return this.#path;
  }

  /** Behind the question mark; empty without one. */
  get query(): string {
    this.#query ??= this.#current().query;
    return this.#query;
  }

  /** In their order, names in lower case, values as Latin-1. */
  get headers(): readonly [name: string, value: string][] {
    this.#headers ??= this.#pairs();
    return this.#headers;
  }

  /** The value of this name, in any case; several are joined as RFC 9110 says. Null when there is none. */
  header(name: string): string | null {
    const lower = name.toLowerCase();
    const head = this.#current();
    let value: string | null = null;
    for (let i = 0; i < head.headerCount; i++) {
      if (head.headerName(i) !== lower) continue;
      const next = head.headerValue(i);
      value = value === null ? next : value + (lower === "cookie" ? "; " : ", ") + next;
    }
    return value;
  }

  #pairs(): [string, string][] {
    const head = this.#current();
    const count = head.headerCount;
    const pairs: [string, string][] = [];
    for (let i = 0; i < count; i++) pairs.push([head.headerName(i), head.headerValue(i)]);
    return pairs;
  }

  #current(): NativeHead {
    if (this.#head.serial === this.#serial) return this.#head;
    const advice = "read what you need before the parser is called again";
    throw new MisuseError("EXPIRED", `The parser has gone on to other bytes: ${advice}`);
  }
}

function bounded(name: keyof typeof bounds, given: number | undefined): number {
  const { standard, max } = bounds[name];
  const value = given ?? standard;
  if (!Number.isInteger(value) || value < 1 || value > max) {
    refuse(`limits.${name} is a whole number from 1 to ${max}`, value);
  }
  return value;
}

function refuse(rule: string, given: unknown): never {
  throw new MisuseError("ARGUMENT_INVALID", `${rule}, not ${describeArgument(given)}`);
}
