// Chunked bodies, for what `HttpParser` calls `chunked`.

import { MisuseError } from "../errors.ts";
import {
  bodyBytesDefault,
  bodyBytesMax,
  chunkExtraBytesDefault,
  chunkExtraBytesMax,
  HttpParsed,
} from "../native/abi.ts";
import { NativeChunks } from "../native/http-chunks.ts";
import { describeArgument } from "./argument.ts";

export interface ChunkedDecoderOptions {
  /** Those of `App`: `bodyBytes` (10 MB), and `chunkExtraBytes` (4 KB) of extensions and trailers. */
  limits?: { bodyBytes?: number; chunkExtraBytes?: number };
}

export interface DecodedChunks {
  /** Whether the body is over. */
  readonly state: "partial" | "complete";
  /** What these bytes held of the body: memory of its own. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** How many of these bytes belong to the body; all of them while it isn't over. */
  readonly consumed: number;
}

export interface MalformedChunks {
  readonly state: "malformed";
  /** To answer with: 400 or 413. */
  readonly status: number;
  /** The rule that was broken. */
  readonly detail: string;
}

export type ChunkedDecodeResult = DecodedChunks | MalformedChunks;

/**
 * Takes a chunked body apart as it arrives, as strictly as the server. Extensions and trailers are checked, counted and dropped.
 *
 * @example
 * using chunks = new ChunkedDecoder();
 * const body = chunks.decode(bytes);
 * if (body.state !== "malformed") console.log(body.data, body.state === "complete");
 */
export class ChunkedDecoder implements Disposable {
  readonly #chunks: NativeChunks;
  #malformed: MalformedChunks | undefined;
  #isClosed = false;

  constructor({ limits = {} }: ChunkedDecoderOptions = {}) {
    const { bodyBytes = bodyBytesDefault, chunkExtraBytes = chunkExtraBytesDefault } = limits;
    check("bodyBytes", bodyBytes, bodyBytesMax);
    check("chunkExtraBytes", chunkExtraBytes, chunkExtraBytesMax);
    this.#chunks = new NativeChunks(bodyBytes, chunkExtraBytes);
  }

  /**
   * Takes what has come since the call before: more of a body, or another body once that was complete. After a malformed one it
   * says the same again until `reset()`.
   */
  decode(bytes: Uint8Array): ChunkedDecodeResult {
    if (!(bytes instanceof Uint8Array)) refuse("What is decoded is a Uint8Array", bytes);
    if (this.#isClosed) throw new MisuseError("CLOSED", "This ChunkedDecoder was closed");
    if (this.#malformed !== undefined) return this.#malformed;
    // The core moves data within the piece, which is the caller's.
    const copy = new Uint8Array(bytes);
    const consumed = this.#chunks.decode(copy);
    if (consumed === HttpParsed.faulty) {
      const { status, detail } = this.#chunks.fault;
      this.#malformed = Object.freeze({ state: "malformed", status, detail });
      return this.#malformed;
    }
    const data = copy.subarray(0, this.#chunks.data);
    if (consumed === HttpParsed.partial) return { state: "partial", data, consumed: copy.length };
    this.#chunks.reset();
    return { state: "complete", data, consumed };
  }

  /** Forgets what has come: the next bytes begin a body. */
  reset(): void {
    this.#chunks.reset();
    this.#malformed = undefined;
  }

  /** May be called again. */
  close(): void {
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function check(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  refuse(`limits.${name} is a whole number of bytes, at most ${max}`, value);
}

function refuse(rule: string, given: unknown): never {
  throw new MisuseError("ARGUMENT_INVALID", `${rule}, not ${describeArgument(given)}`);
}
