// What `Buffer` can do and bun-types doesn't say: the quickest ways between bytes and strings.

export interface Bytes extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, bytesMax: number): number;
  /** Stops before a character that doesn't fit, without a word. */
  utf8Write(text: string, offset: number, bytesMax: number): number;
}

/** The same memory. */
export function bytesOf(memory: ArrayBufferLike, offset = 0, size = memory.byteLength - offset): Bytes {
  return Buffer.from(memory, offset, size) as unknown as Bytes;
}

const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "byteLength")!;

/** How many bytes are there, whatever an object that was handed in says of itself. */
export function sizeOf(bytes: Uint8Array): number {
  return get!.call(bytes);
}
