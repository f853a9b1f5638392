// Bodies that come in pieces: streams, generators and other iterators, read one piece at a time.

import { sizeOf } from "./native/bytes.ts";

export interface Source {
  next(): Promise<IteratorResult<unknown, unknown>> | IteratorResult<unknown, unknown>;
  /** Nobody wants the rest. Runs a generator's `finally`. */
  cancel(reason: unknown): void;
}

/** Undefined for what is no such body. */
export function sourceOf(value: object): Source | undefined {
  if (value instanceof ReadableStream) return ofStream(value);
  if (isIterator(value)) return ofIterator(value);
  return undefined;
}

/** A generator, or what looks like one: an iterator that is its own iterable. */
function isIterator(value: object): value is Iterator<unknown> | AsyncIterator<unknown> {
  return (
    typeof (value as { next?: unknown }).next === "function" &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

export function ofStream(stream: ReadableStream): Source {
  if (stream.locked) throw new TypeError("The ReadableStream is being read already: return a new one each time");
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    cancel: (reason) => {
      reader.cancel(reason).catch(ignore);
    },
  };
}

function ofIterator(iterator: Iterator<unknown> | AsyncIterator<unknown>): Source {
  return {
    next: () => iterator.next(),
    cancel: () => {
      try {
        const end = iterator.return?.();
        if (end instanceof Promise) end.catch(report);
      } catch (error) {
        report(error);
      }
    },
  };
}

/** The client is gone, so nobody else hears of it. */
function report(error: unknown): void {
  console.error("The end of a stream that nobody reads any more:", error);
}

function ignore(): void {
  // Who cancels doesn't care.
}

/** Throws `TypeError` for what is neither text nor bytes. */
export function bytesOfPiece(piece: unknown): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece);
  // A view of its own: an object that was handed in may say anything of its size.
  if (piece instanceof Uint8Array) return new Uint8Array(piece.buffer, piece.byteOffset, sizeOf(piece));
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  const kind = piece === null ? "null" : typeof piece;
  throw new TypeError(`A stream yields text or bytes, not ${kind}: yield JSON.stringify(…), or return an array`);
}
