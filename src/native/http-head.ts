// The head of a request as the core's parser has it: bytes and offsets into them, in memory that each call is given.

import { HttpHead, HttpLimits, HttpParser, headerNames, methodTexts, Slot, slackBytes } from "./abi.ts";
import { type Bytes, bytesOf } from "./bytes.ts";
import { HttpFault } from "./http-fault.ts";
import { type Kit, kit } from "./kit.ts";

const nothing = new Uint8Array(1);
const slotWords = Slot.bytes / 4;

/** Offsets in bytes, and in words, of what the parser has found. */
const byteAt = (offset: number) => HttpHead.parser + offset;
const wordAt = (offset: number) => (HttpHead.parser + offset) / 4;
const at = {
  method: byteAt(HttpParser.method),
  minorVersion: byteAt(HttpParser.minorVersion),
  framing: byteAt(HttpParser.framing),
  keepAlive: byteAt(HttpParser.keepAlive),
  expectsContinue: byteAt(HttpParser.expectsContinue),
  headerCount: wordAt(HttpParser.headerCount),
  target: wordAt(HttpParser.target),
  targetBytes: wordAt(HttpParser.targetBytes),
  path: wordAt(HttpParser.path),
  pathBytes: wordAt(HttpParser.pathBytes),
  query: wordAt(HttpParser.query),
  queryBytes: wordAt(HttpParser.queryBytes),
  contentLength: wordAt(HttpParser.contentLength),
  position: wordAt(HttpParser.position),
  held: HttpHead.held / 4,
  slots: HttpHead.bytes / 4,
} as const;

export interface HeadLimits {
  targetBytes: number;
  headBytes: number;
  headers: number;
}

export class NativeHead {
  private readonly kit: Kit = kit();
  private readonly bytes: Bytes;
  private readonly words: Uint32Array;
  private readonly textAt: number;
  readonly fault = new HttpFault();
  /** Grows whenever what was found before can't be read any more. */
  serial = 0;

  constructor({ targetBytes, headBytes, headers }: HeadLimits) {
    this.textAt = HttpHead.bytes + headers * Slot.bytes;
    const memory = new ArrayBuffer(Math.ceil((this.textAt + headBytes + slackBytes) / 4) * 4);
    this.bytes = bytesOf(memory);
    this.words = new Uint32Array(memory);
    this.words[(HttpHead.limits + HttpLimits.targetBytes) / 4] = targetBytes;
    this.words[(HttpHead.limits + HttpLimits.headBytes) / 4] = headBytes;
    this.words[(HttpHead.limits + HttpLimits.headers) / 4] = headers;
  }

  /** How many of these bytes belong to the head, once it is complete; else an `HttpParsed`. */
  parse(piece: Uint8Array, size: number): number {
    this.serial++;
    const { call, pointer } = this.kit;
    return call.fa_http_parse(pointer, this.bytes, size === 0 ? nothing : piece, size, this.fault.bytes);
  }

  /** A new head begins. */
  reset(): void {
    this.serial++;
    this.words[at.held] = 0;
  }

  get method(): (typeof methodTexts)[number] {
    return methodTexts[this.bytes[at.method]!]!;
  }

  get minorVersion(): number {
    return this.bytes[at.minorVersion]!;
  }

  /** A `Framing`. */
  get framing(): number {
    return this.bytes[at.framing]!;
  }

  get keepAlive(): boolean {
    return this.bytes[at.keepAlive] === 1;
  }

  get expectsContinue(): boolean {
    return this.bytes[at.expectsContinue] === 1;
  }

  get contentLength(): number {
    return this.words[at.contentLength]! + this.words[at.contentLength + 1]! * 2 ** 32;
  }

  /** Of the head in bytes, once it is complete; before, where the line begins that was looked at last. */
  get position(): number {
    return this.words[at.position]!;
  }

  get target(): string {
    return this.text(at.target, at.targetBytes);
  }

  get path(): string {
    return this.words[at.pathBytes] === 0 ? "/" : this.text(at.path, at.pathBytes);
  }

  get query(): string {
    return this.text(at.query, at.queryBytes);
  }

  get headerCount(): number {
    return this.words[at.headerCount]!;
  }

  /** In lower case. */
  headerName(index: number): string {
    const slot = at.slots + index * slotWords;
    const tag = this.words[slot + Slot.tag / 4]!;
    const id = (tag >>> 16) & 0xff;
    if (id !== 0) return headerNames[id]!;
    const from = this.textAt + this.words[slot + Slot.name / 4]!;
    return this.bytes.latin1Slice(from, from + (tag & 0xffff)).toLowerCase();
  }

  headerValue(index: number): string {
    const slot = at.slots + index * slotWords;
    const from = this.textAt + this.words[slot + Slot.value / 4]!;
    return this.bytes.latin1Slice(from, from + this.words[slot + Slot.valueBytes / 4]!);
  }

  private text(start: number, size: number): string {
    const from = this.textAt + this.words[start]!;
    return this.bytes.latin1Slice(from, from + this.words[size]!);
  }
}
