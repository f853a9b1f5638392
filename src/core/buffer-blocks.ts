// Blocks of memory in the size classes of the core's own buffers, the one given back last first.

import { bufferClassBytesMax, bufferClassBytesMin } from "../native/abi.ts";

const classCount = Math.log2(bufferClassBytesMax / bufferClassBytesMin) + 1;
const firstShift = Math.log2(bufferClassBytesMin);

/**
 * Memory of JavaScript, which frees it when no view of it is left: so a view that somebody has kept is never one of memory that
 * is gone, whoever owns the block by then.
 */
export class Block {
  readonly all: Uint8Array<ArrayBuffer>;
  /** The one made last. Most who take a block want as much as the one before. */
  #view: Uint8Array<ArrayBuffer>;

  /** Not filled. */
  constructor(bytes: number) {
    const memory = Buffer.allocUnsafeSlow(bytes);
    this.all = new Uint8Array(memory.buffer, memory.byteOffset, bytes);
    this.#view = this.all;
  }

  /** The first so many bytes. */
  view(bytes: number): Uint8Array<ArrayBuffer> {
    if (this.#view.length !== bytes) this.#view = new Uint8Array(this.all.buffer, this.all.byteOffset, bytes);
    return this.#view;
  }
}

/** Of one size; what is larger than the largest size is in a class without, of which nothing is kept. */
export class SizeClass {
  /** `Infinity`: each block has the size that was asked for. */
  readonly bytes: number;
  readonly idle: Block[] = [];
  inUse = 0;
  #idleMax: number;

  constructor(bytes: number, idleBytesMax: number) {
    this.bytes = bytes;
    this.#idleMax = Math.floor(idleBytesMax / bytes);
  }

  get idleBytes(): number {
    return this.idle.length === 0 ? 0 : this.idle.length * this.bytes;
  }

  take(): Block | undefined {
    let block = this.idle.pop();
    // Who has kept a view can transfer the memory to another thread: then it is no longer here.
    while (block !== undefined && block.all.length === 0) block = this.idle.pop();
    return block;
  }

  give(block: Block): void {
    this.inUse--;
    if (this.idle.length < this.#idleMax && block.all.length !== 0) this.idle.push(block);
  }

  /** Nothing is kept from now on. */
  close(): void {
    this.#idleMax = 0;
    this.idle.length = 0;
  }
}

/** The smallest first, and behind them the one for what is larger than all. */
export function sizeClasses(idleBytesMax: number): readonly SizeClass[] {
  const sizes = Array.from({ length: classCount }, (_, i) => bufferClassBytesMin << i);
  return [...sizes, Number.POSITIVE_INFINITY].map((bytes) => new SizeClass(bytes, idleBytesMax));
}

/** Of the smallest class that holds so many bytes. */
export function classIndexOf(bytes: number): number {
  if (bytes > bufferClassBytesMax) return classCount;
  return bytes <= bufferClassBytesMin ? 0 : 32 - Math.clz32((bytes - 1) >>> firstShift);
}
