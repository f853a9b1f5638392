// Memory that calls of the core read into: one piece for all who read, because each read is over before the next begins.

import { type Bytes, bytesOf } from "./bytes.ts";
import type { Runtime } from "./runtime.ts";

/** At least `size` bytes; what they hold is to be fetched with `keep` before anybody else reads. */
export function spareOf(runtime: Runtime, size: number): Bytes {
  if (runtime.spare === undefined || runtime.spare.length < size) {
    const memory = Buffer.allocUnsafeSlow(size);
    runtime.spare = bytesOf(memory.buffer, memory.byteOffset, size);
  }
  return runtime.spare;
}

/** The first `count` bytes, the reader's own: copied, unless that would be more than half. */
export function keep(runtime: Runtime, from: Bytes, count: number): Uint8Array<ArrayBuffer> {
  if (count * 2 <= from.length) return new Uint8Array(from.subarray(0, count));
  runtime.spare = undefined;
  return new Uint8Array(from.buffer as ArrayBuffer, from.byteOffset, count);
}
