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
  if (Symbol.asyncIterator in value) return ofIterator((value as AsyncIterable<unknown>)[Symbol.asyncIterator]());
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
  // Who cancels doesn't care; or what is caught here is caught again where it matters.
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

/** More than this is streamed, even when it is all there. */
export const wholeBytesMax = 1024 * 1024;

interface Gathered {
  pieces: Uint8Array[];
  /** Of the pieces. */
  bytes: number;
  /** What has to be waited for, if there is any. */
  rest: Source | undefined;
}

/** What is there at once, up to `bytesMax` and a piece. Throws `TypeError` for what is neither text nor bytes. */
export async function gather(source: Source, bytesMax: number): Promise<Gathered> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let next = source.next();
  while (bytes <= bytesMax && (await isHere(next))) {
    const { done, value } = await next;
    if (done) return { pieces, bytes, rest: undefined };
    const piece = bytesOfPiece(value);
    pieces.push(piece);
    bytes += piece.byteLength;
    next = source.next();
  }
  // It may fail before anybody comes to it: that must not end the process.
  if (next instanceof Promise) next.catch(ignore);
  return { pieces, bytes, rest: behind([next], source) };
}

/** Two turns of the microtasks are enough for what need not be waited for. */
async function isHere(next: ReturnType<Source["next"]>): Promise<boolean> {
  for (let turn = 0; turn < 2 && Bun.peek(next) === next && next instanceof Promise; turn++) await null;
  return !(next instanceof Promise) || Bun.peek(next) !== next;
}

/** What was read already, then the rest. */
export function joinedSource(pieces: readonly Uint8Array[], rest: Source): Source {
  return behind(
    pieces.map((value) => ({ done: false, value }) as const),
    rest,
  );
}

function behind(steps: ReturnType<Source["next"]>[], rest: Source): Source {
  return { next: () => steps.shift() ?? rest.next(), cancel: rest.cancel };
}

export function joinedBytes(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
