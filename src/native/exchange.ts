// One request as it lies in the rings or, once its handler has to be waited for, in a copy of its own.

import { type Pointer, toArrayBuffer } from "bun:ffi";
import { BodyVerdict, headerNames, Record, recordFlags, Slot } from "./abi.ts";
import { type Bytes, bytesOf } from "./bytes.ts";
import type { Inlet } from "./inlet.ts";
import type { Runtime } from "./runtime.ts";
import type { StreamWriter } from "./stream.ts";

// Where things are, in words.
const at = {
  exchange: Record.exchange / 4,
  route: Record.route / 4,
  /** kind, method, minor version, unrouted: a byte each. */
  kinds: Record.kind / 4,
  head: Record.head / 4,
  path: Record.path / 4,
  pathBytes: Record.pathBytes / 4,
  query: Record.query / 4,
  queryBytes: Record.queryBytes / 4,
  target: Record.target / 4,
  targetBytes: Record.targetBytes / 4,
  slots: Record.slots / 4,
  /** slot count and param count: two bytes each. */
  counts: Record.slotCount / 4,
  body: Record.body / 4,
  bodyBytes: Record.bodyBytes / 4,
  bodyBytesHigh: Record.bodyBytesHigh / 4,
  flags: Record.flags / 4,
} as const;
export const recordWords = Record.bytes / 4;
const slotWords = Slot.bytes / 4;

const headerIds = new Map<string, number>(headerNames.map((name, id) => [name, id]));

/** With a deallocator, which bun-types leaves out. */
const adopt = toArrayBuffer as unknown as (
  memory: Pointer,
  offset: number,
  bytes: number,
  context: null,
  deallocator: number,
) => ArrayBuffer;

/** Makes a body of what the core has found in it; `start` is where its text begins among the bytes. */
export type Build = (numbers: Float64Array, spans: Uint32Array, at: number, bytes: Bytes, start: number) => unknown;

/** What the runtime tells the layer above it to do with a request. */
export interface Route {
  /** Runs the handler. Answers, or returns what has to be waited for; never throws. */
  start(exchange: Exchange): Promise<unknown> | undefined;
  /** Goes on with what was waited for, likewise. */
  finish(exchange: Exchange, value: unknown): Promise<unknown> | undefined;
  fail(exchange: Exchange, error: unknown): Promise<unknown> | undefined;
  /** Milliseconds that a handler may take; 0 for as long as it likes. */
  readonly handlerMs: number;
  /** `late` is what did not come in time. */
  timeOut(exchange: Exchange, late: unknown): Promise<unknown> | undefined;
  /** Its handlers read bodies as they arrive. */
  readonly streamsBody: boolean;
}

export class Exchange {
  /** Counts the requests that used this object: who remembers the number knows when its request is over. */
  serial = 0;
  id = 0;
  route!: Route;
  /** The layer above keeps its own here. */
  context: unknown = undefined;
  /** What has to be waited for. */
  promise: Promise<unknown> | undefined = undefined;
  timer: Timer | undefined = undefined;
  /** It is waited for beyond its batch. */
  isPending = false;
  /** Its handler took too long, and what was to be said of that is awaited. */
  isLate = false;
  onAbort: (() => void) | undefined = undefined;
  /** When the answer's body comes in pieces. */
  stream: StreamWriter | undefined = undefined;
  /** When the request's body does. */
  inlet: Inlet | undefined = undefined;

  private bytes: Bytes;
  private table: Uint32Array;
  private record: Uint32Array;
  private start = 0;
  private isDetached = false;
  /** A large body, once it was asked for. */
  private taken: Uint8Array | undefined = undefined;

  constructor(readonly runtime: Runtime) {
    this.bytes = runtime.input;
    this.table = runtime.table;
    this.record = runtime.records;
  }

  /** Takes up the request whose record begins at this word. */
  open(start: number): void {
    this.start = start;
    this.id = this.record[start]!;
  }

  /** The answer is given: whoever still holds this request is too late from now on. */
  close(): void {
    this.serial++;
    this.isLate = false;
    this.runtime.notPending(this);
    this.context = undefined;
    this.promise = undefined;
    if (this.timer !== undefined) {
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    if (this.onAbort !== undefined || this.stream !== undefined || this.inlet !== undefined) {
      this.runtime.unwatch(this);
      this.onAbort = undefined;
      this.stream = undefined;
      this.inlet?.wake();
      this.inlet = undefined;
    }
    this.taken = undefined;
    if (this.isDetached) {
      this.isDetached = false;
      this.bytes = this.runtime.input;
      this.table = this.runtime.table;
      this.record = this.runtime.records;
    }
  }

  /** Copies what lies in the rings, so that the next batch may overwrite it. */
  detach(): void {
    if (this.isDetached) return;
    const { record, start } = this;
    const head = record[start + at.head]!;
    const slots = record[start + at.slots]!;
    const slotCount = this.headerCount;
    let headEnd = record[start + at.target]! + record[start + at.targetBytes]!;
    if (slotCount > 0) {
      const last = slots + (slotCount - 1) * slotWords;
      headEnd = head + this.table[last + 1]! + this.table[last + 2]!;
    }
    const body = record[start + at.body]!;
    const bodyBytes = this.bodyIsApart ? 0 : record[start + at.bodyBytes]!;
    const headBytes = headEnd - head;
    const copy = bytesOf(new ArrayBuffer(headBytes + bodyBytes));
    this.bytes.copy(copy, 0, head, headEnd);
    this.bytes.copy(copy, headBytes, body, body + bodyBytes);

    const words = record.slice(start, start + recordWords);
    for (const offset of [at.path, at.query, at.target]) words[offset] = words[offset]! - head;
    words[at.head] = 0;
    words[at.body] = headBytes;
    words[at.slots] = 0;
    words[at.flags] = words[at.flags]! & ~(recordFlags.valuesMask << recordFlags.valuesShift);
    this.table = this.table.slice(slots, slots + slotCount * slotWords + this.paramCount * 2);
    this.bytes = copy;
    this.record = words;
    this.start = 0;
    this.isDetached = true;
  }

  /** A number of `Method`. */
  get method(): number {
    return (this.record[this.start + at.kinds]! >>> 8) & 0xff;
  }

  /** A number of `Unrouted`. */
  get unrouted(): number {
    return this.record[this.start + at.kinds]! >>> 24;
  }

  /** A bit for each method that has a route here, for what has none. */
  get allowedMethods(): number {
    return (this.record[this.start + at.flags]! >>> recordFlags.allowedMethodsShift) & recordFlags.allowedMethodsMask;
  }

  /** As sent, without the query. */
  get path(): string {
    const from = this.record[this.start + at.path]!;
    const bytes = this.record[this.start + at.pathBytes]!;
    return bytes === 0 ? "/" : this.bytes.latin1Slice(from, from + bytes);
  }

  /** As sent, without the question mark. */
  get query(): string {
    const bytes = this.record[this.start + at.queryBytes]!;
    if (bytes === 0) return "";
    const from = this.record[this.start + at.query]!;
    return this.bytes.latin1Slice(from, from + bytes);
  }

  get target(): string {
    const from = this.record[this.start + at.target]!;
    return this.bytes.latin1Slice(from, from + this.record[this.start + at.targetBytes]!);
  }

  get paramCount(): number {
    return this.record[this.start + at.counts]! >>> 16;
  }

  /** As sent: it may have to be percent-decoded. */
  param(index: number): string {
    const place = this.record[this.start + at.slots]! + this.headerCount * slotWords + index * 2;
    const from = this.record[this.start + at.path]! + this.table[place]!;
    return this.bytes.latin1Slice(from, from + this.table[place + 1]!);
  }

  // --- Headers ---

  get headerCount(): number {
    return this.record[this.start + at.counts]! & 0xffff;
  }

  /** In lower case. */
  headerName(index: number): string {
    const slot = this.record[this.start + at.slots]! + index * slotWords;
    const tag = this.table[slot + 3]!;
    const id = (tag >>> 16) & 0xff;
    if (id !== 0) return headerNames[id]!;
    const from = this.record[this.start + at.head]! + this.table[slot]!;
    return this.bytes.latin1Slice(from, from + (tag & 0xffff)).toLowerCase();
  }

  headerValue(index: number): string {
    const slot = this.record[this.start + at.slots]! + index * slotWords;
    const from = this.record[this.start + at.head]! + this.table[slot + 1]!;
    return this.bytes.latin1Slice(from, from + this.table[slot + 2]!);
  }

  /** The first header of this name, which is in lower case, from `index` on; -1 when there is none. */
  findHeader(name: string, index = 0): number {
    const id = headerIds.get(name) ?? 0;
    const count = this.headerCount;
    const first = this.record[this.start + at.slots]!;
    for (let i = index; i < count; i++) {
      const tag = this.table[first + i * slotWords + 3]!;
      if (((tag >>> 16) & 0xff) !== id) continue;
      if (id !== 0 || ((tag & 0xffff) === name.length && this.headerName(i) === name)) return i;
    }
    return -1;
  }

  /** Several of one name are joined as RFC 9110 says, cookies as RFC 6265 does. */
  header(name: string): string | null {
    let index = this.findHeader(name);
    if (index < 0) return null;
    let value = this.headerValue(index);
    for (;;) {
      index = this.findHeader(name, index + 1);
      if (index < 0) return value;
      value += (name === "cookie" ? "; " : ", ") + this.headerValue(index);
    }
  }

  // --- Body ---

  get hasBody(): boolean {
    return (this.record[this.start + at.flags]! & recordFlags.hasBody) !== 0;
  }

  /** It is still arriving: an `Inlet` reads it. */
  get bodyIsStreamed(): boolean {
    return (this.record[this.start + at.flags]! & recordFlags.bodyIsStreamed) !== 0;
  }

  /** The core has checked it, as JSON and by the schema of its route. */
  get bodyIsValid(): boolean {
    const flags = this.record[this.start + at.flags]!;
    return ((flags >>> recordFlags.bodyVerdictShift) & recordFlags.bodyVerdictMask) === BodyVerdict.valid;
  }

  /** What was read of a body that was streamed is all of it, and from now on like any other. */
  adoptBody(body: Uint8Array): void {
    this.detach();
    const flags = recordFlags.bodyIsApart | recordFlags.bodyIsStreamed;
    const apart = body.byteLength > 0 ? recordFlags.bodyIsApart : 0;
    this.record[at.flags] = (this.record[at.flags]! & ~flags) | apart;
    this.record[at.bodyBytes] = body.byteLength >>> 0;
    this.record[at.bodyBytesHigh] = Math.floor(body.byteLength / 2 ** 32);
    this.taken = body;
  }

  private get bodyIsApart(): boolean {
    return (this.record[this.start + at.flags]! & recordFlags.bodyIsApart) !== 0;
  }

  get bodyBytes(): number {
    return this.record[this.start + at.bodyBytes]! + this.record[this.start + at.bodyBytesHigh]! * 2 ** 32;
  }

  /** A small body as a fresh copy, a large one as the memory that it was received into. */
  takeBody(): Uint8Array {
    if (!this.hasBody) return new Uint8Array(0);
    if (this.bodyIsApart) return this.largeBody();
    const from = this.record[this.start + at.body]!;
    return new Uint8Array(this.bytes.subarray(from, from + this.bodyBytes));
  }

  /** As UTF-8; what is none becomes U+FFFD. */
  bodyText(): string {
    if (this.bodyIsApart) {
      const body = this.largeBody();
      return bytesOf(body.buffer, body.byteOffset, body.byteLength).utf8Slice(0, body.byteLength);
    }
    const from = this.record[this.start + at.body]!;
    return this.bytes.utf8Slice(from, from + this.bodyBytes);
  }

  /** What its text says, by the values that the core took on its way through it; undefined when there are none. */
  builtBody(build: Build): unknown {
    const place = (this.record[this.start + at.flags]! >>> recordFlags.valuesShift) & recordFlags.valuesMask;
    if (place === 0) return undefined;
    const { numbers, spans } = this.runtime;
    if (!this.bodyIsApart) return build(numbers, spans, place - 1, this.bytes, this.record[this.start + at.body]!);
    const body = this.largeBody();
    return build(numbers, spans, place - 1, bytesOf(body.buffer, body.byteOffset, body.byteLength), 0);
  }

  /** -1 when the body is JSON of the kind that is accepted, else what `fa_json_check` says. */
  checkJson(): number {
    if (this.bodyIsApart) {
      const body = this.largeBody();
      return this.runtime.core.call.fa_json_check(body, 0, body.byteLength);
    }
    return this.runtime.core.call.fa_json_check(this.bytes, this.record[this.start + at.body]!, this.bodyBytes);
  }

  private largeBody(): Uint8Array {
    if (this.taken !== undefined && this.taken.byteLength > 0) return this.taken;
    const memory = this.runtime.core.call.fa_body_take(this.runtime.pointer, this.id);
    if (memory === null) throw new TypeError("The bytes of this body were handed out and have been transferred since");
    this.taken = new Uint8Array(adopt(memory as Pointer, 0, this.bodyBytes, null, this.runtime.bytesFree));
    return this.taken;
  }

  // --- The client ---

  /** Its address; empty over a unix socket, or when it is gone. */
  get peer(): string {
    return this.runtime.peerOf(this.id);
  }
}
