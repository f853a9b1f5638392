// Buffers that are used again instead of allocated, filled with zeros and collected.

import { MisuseError } from "../errors.ts";
import { bufferIdleBytesMax } from "../native/abi.ts";
import { describeArgument } from "./argument.ts";
import { Block, classIndexOf, type SizeClass, sizeClasses } from "./buffer-blocks.ts";

export interface BufferPoolOptions {
  /** How many bytes of each size are kept for the next user; 4 MB by default. */
  idleBytes?: number;
}

export interface BufferPoolStats {
  acquired: number;
  /** Of those, allocated because none of that size was there. */
  misses: number;
  /** Kept. */
  idleBytes: number;
  /** Given out and not given back. */
  inUse: number;
  /** By size: 1 KB, 2 KB, … 256 KB, and `Infinity` for what is larger, of which none is kept. */
  classes: readonly { readonly bytes: number; readonly idle: number; readonly inUse: number }[];
}

/** More is no length of a buffer. */
const bytesMax = 2 ** 32 - 1;

/**
 * Buffers of 1 KB to 256 KB, in sizes that double, the one given back last first; larger ones are allocated. They come as the
 * one before has left them: fill what you send.
 *
 * @example
 * using pool = new BufferPool();
 * using buffer = pool.acquire(8_192);
 * const { written } = new TextEncoder().encodeInto("hello", buffer.bytes);
 */
export class BufferPool implements Disposable {
  readonly #classes: readonly SizeClass[];
  #acquired = 0;
  #misses = 0;
  #isClosed = false;

  constructor({ idleBytes = bufferIdleBytesMax }: BufferPoolOptions = {}) {
    if (!Number.isInteger(idleBytes) || idleBytes < 0) refuse("idleBytes is a whole number of bytes", idleBytes);
    this.#classes = sizeClasses(idleBytes);
  }

  /** A buffer of just so many bytes, not filled, with one reference. */
  acquire(bytes: number): PooledBuffer {
    if (this.#isClosed) throw new MisuseError("CLOSED", "This BufferPool was closed");
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > bytesMax) refuse("A size is a whole number of bytes", bytes);
    const sizeClass = this.#classes[classIndexOf(bytes)]!;
    let block = sizeClass.take();
    if (block === undefined) {
      block = new Block(Number.isFinite(sizeClass.bytes) ? sizeClass.bytes : bytes);
      this.#misses++;
    }
    this.#acquired++;
    sizeClass.inUse++;
    return new PooledBuffer(block, bytes, sizeClass);
  }

  get stats(): BufferPoolStats {
    const classes = this.#classes.map(({ bytes, idle, inUse }) => ({ bytes, idle: idle.length, inUse }));
    const idleBytes = this.#classes.reduce((sum, sizeClass) => sum + sizeClass.idleBytes, 0);
    const inUse = classes.reduce((sum, sizeClass) => sum + sizeClass.inUse, 0);
    return { acquired: this.#acquired, misses: this.#misses, idleBytes, inUse, classes };
  }

  /** Frees what is kept, and what is given back from then on. May be called again. */
  close(): void {
    this.#isClosed = true;
    for (const sizeClass of this.#classes) sizeClass.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A buffer on loan. Each `acquire` makes one, so that who has given it back can't reach what it is used for next. */
export class PooledBuffer implements Disposable {
  readonly #block: Block;
  readonly #class: SizeClass;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #references = 1;

  /** @internal `BufferPool.acquire` makes them. */
  constructor(block: Block, bytes: number, sizeClass: SizeClass) {
    this.#block = block;
    this.#class = sizeClass;
    this.#bytes = block.view(bytes);
  }

  /**
   * As many as were asked for. After the last `release` this throws `MisuseError` (`RELEASED`); a view that was kept stays
   * memory, but what it shows is the next user's.
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#references === 0) refuseReleased();
    return this.#bytes;
  }

  /** One more reference: it takes one more `release`. Returns this. */
  retain(): this {
    if (this.#references === 0) refuseReleased();
    this.#references++;
    return this;
  }

  /** The last one gives the buffer back; one too many throws `MisuseError` (`RELEASED`). Also after the pool's `close()`. */
  release(): void {
    if (this.#references === 0) refuseReleased();
    if (--this.#references === 0) this.#class.give(this.#block);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function refuseReleased(): never {
  throw new MisuseError("RELEASED", "This buffer was given back");
}

function refuse(rule: string, given: unknown): never {
  throw new MisuseError("ARGUMENT_INVALID", `${rule}, not ${describeArgument(given)}`);
}
