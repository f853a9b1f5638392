// A chunked body as the core decodes it: in memory that each call is given.

import { HttpChunks } from "./abi.ts";
import { HttpFault } from "./http-fault.ts";
import { core } from "./library.ts";

const nothing = new Uint8Array(1);

export class NativeChunks {
  private readonly call = core().call;
  private readonly bytes: Uint8Array;
  private readonly numbers: Float64Array;
  private readonly roomMax: number;
  readonly fault = new HttpFault();

  constructor(bodyBytes: number, chunkExtraBytes: number) {
    const memory = new ArrayBuffer(HttpChunks.bytes);
    this.bytes = new Uint8Array(memory);
    this.numbers = new Float64Array(memory);
    this.roomMax = bodyBytes;
    new Uint32Array(memory)[HttpChunks.extraBytesMax / 4] = chunkExtraBytes;
    this.reset();
  }

  /** How many bytes of the piece belong to the body, once it is over; else an `HttpParsed`. Its data is moved to its front. */
  decode(piece: Uint8Array): number {
    const size = piece.length;
    return this.call.fa_http_decode(this.bytes, size === 0 ? nothing : piece, size, this.fault.bytes);
  }

  /** How many bytes at the front of the piece decoded last are data. */
  get data(): number {
    return this.numbers[HttpChunks.data / 8]!;
  }

  /** A new body begins. */
  reset(): void {
    this.bytes.fill(0, HttpChunks.chunked, HttpChunks.room);
    this.numbers[HttpChunks.room / 8] = this.roomMax;
  }
}
