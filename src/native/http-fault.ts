// What the core finds wrong with a message: a status to answer with, and words.

import { faultBytesMax } from "./abi.ts";
import { type Bytes, bytesOf } from "./bytes.ts";

export class HttpFault {
  /** For a call to fill. */
  readonly bytes: Bytes = bytesOf(new ArrayBuffer(4 + faultBytesMax));

  get status(): number {
    return this.bytes.readUInt16LE(2);
  }

  get detail(): string {
    return this.bytes.latin1Slice(4, 4 + this.bytes.readUInt16LE(0));
  }
}
