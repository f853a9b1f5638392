// The writing end of an answer whose body comes in pieces.

import { Response as Answer, unsentBytesHigh, unsentBytesLow } from "./abi.ts";
import type { Exchange } from "./exchange.ts";
import type { Runtime } from "./runtime.ts";

/** So much there is at least when the core says that there is room. */
const roomBytes = unsentBytesHigh - unsentBytesLow;
/** Larger pieces are cut, so that a slow reader never has more than this and what was unsent before. */
const pieceBytesMax = unsentBytesHigh;

export class StreamWriter {
  /** The client can't be written to any more. */
  isGone = false;
  /** Called once, when it is. */
  onGone: (() => void) | undefined;
  /** Bytes that may be written; 0 until there is room. */
  private credit = 0;
  private wake: (() => void) | undefined;
  private timer: Timer | undefined;
  /** Since the timer last looked. */
  private hasWritten = false;
  /** A piece is on its way in parts. */
  private isBusy = false;

  private readonly runtime: Runtime;
  private readonly id: number;

  constructor(private readonly exchange: Exchange) {
    this.runtime = exchange.runtime;
    this.id = exchange.id;
  }

  /** Sends the head. `bytes` is the body's length, if anybody knows it. */
  begin(head: number, headers: string, bytes: number | undefined): void {
    const { exchange } = this;
    exchange.stream = this;
    exchange.runtime.watchStream(exchange);
    exchange.runtime.begun(exchange);
    const answer = new Uint32Array(Answer.bytes / 4);
    answer[0] = exchange.id;
    answer[1] = head;
    const headerBytes = Buffer.from(headers.length > 0 ? headers : "\0", "latin1");
    const { runtime } = exchange;
    runtime.flushAnswers();
    this.take(runtime.core.call.fa_stream_begin(runtime.pointer, answer, headerBytes, headers.length, bytes ?? -1));
  }

  /**
   * True when all of it is on its way, false when the client is gone: a promise of that where there is no room for all of it
   * at once. Throws, or rejects, for more than the length allows.
   */
  write(bytes: Uint8Array): boolean | Promise<boolean> {
    if (bytes.byteLength > Math.min(this.credit, pieceBytesMax)) return this.writeParts(bytes);
    this.writeNow(bytes, bytes.byteLength);
    return !this.isGone;
  }

  /** Likewise, in UTF-8. */
  writeText(text: string): boolean | Promise<boolean> {
    const { scratch } = this.runtime;
    if (text.length * 3 > Math.min(this.credit, scratch.length)) return this.write(Buffer.from(text));
    this.writeNow(scratch, scratch.utf8Write(text, 0, scratch.length));
    return !this.isGone;
  }

  private async writeParts(bytes: Uint8Array): Promise<boolean> {
    this.isBusy = true;
    for (let at = 0; at < bytes.byteLength; ) {
      if (!(await this.ready())) return false;
      const piece = bytes.subarray(at, at + Math.min(this.credit, pieceBytesMax));
      at += piece.byteLength;
      this.writeNow(piece, piece.byteLength);
    }
    this.isBusy = false;
    return !this.isGone;
  }

  /** Sends these whenever nothing was sent for so long, or up to a quarter longer, until the end. */
  keepAlive(ms: number, bytes: Uint8Array): void {
    if (this.isGone) return;
    const looks = 4;
    let quiet = 0;
    this.timer = setInterval(() => {
      quiet = this.hasWritten ? 0 : quiet + 1;
      this.hasWritten = false;
      if (quiet < looks || this.isBusy || this.credit < bytes.byteLength) return;
      quiet = 0;
      this.writeNow(bytes, bytes.byteLength);
      this.hasWritten = false;
    }, ms / looks);
    this.timer.unref();
  }

  /** Only with room, and no more than `pieceBytesMax`. */
  private writeNow(piece: Uint8Array, size: number): void {
    if (size === 0) return;
    this.hasWritten = true;
    const { runtime, id } = this;
    const credit = runtime.core.call.fa_stream_write(runtime.pointer, id, piece, size);
    if (credit === -2) throw new RangeError("The body is longer than its Content-Length");
    this.take(credit);
  }

  /** True when something can be written, false when the client is gone. */
  async ready(): Promise<boolean> {
    while (this.credit <= 0 && !this.isGone) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return !this.isGone;
  }

  /** The exchange is to be released next. Not whole: the client is shown that something is missing. */
  end(isWhole: boolean): void {
    this.stopTimer();
    const { runtime, id } = this;
    runtime.core.call.fa_stream_end(runtime.pointer, id, isWhole);
    runtime.wake();
  }

  private take(credit: number): void {
    if (credit < 0) this.gone();
    else this.credit = credit;
  }

  /** The core says that there is room. */
  roomy(): void {
    // How much exactly, the next write says.
    this.credit = Math.max(this.credit, roomBytes);
    this.wakeUp();
  }

  gone(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.credit = 0;
    this.stopTimer();
    this.wakeUp();
    this.onGone?.();
  }

  private stopTimer(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }
}
