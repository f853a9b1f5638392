// The reading end of a request body that is handed over as it arrives.

import { ClientGoneError, ContextExpiredError, HttpError } from "../errors.ts";
import { bytesOf } from "./bytes.ts";
import type { Exchange } from "./exchange.ts";

const pieceBytes = 256 * 1024;
const faultBytesMax = 128;

// What `fa_body_read` says when it is not a number of bytes.
const later = 0;
const whole = -1;
const gone = -2;

export class Inlet {
  private readonly serial: number;
  private wakeUp: (() => void) | undefined;
  /** What a read left unused. */
  private spare: Buffer | undefined;

  /** `route` is the name of the request's, for messages. */
  constructor(
    private readonly exchange: Exchange,
    private readonly route: string,
  ) {
    this.serial = exchange.serial;
    exchange.inlet = this;
    exchange.runtime.watchStream(exchange);
  }

  /**
   * The next bytes, the reader's own; undefined at the end. Rejects with an `HttpError` when the rest will not come, with
   * an `AbortError` when the client is gone, and with `ContextExpiredError` when the request has been answered.
   */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.exchange.serial !== this.serial) throw new ContextExpiredError(this.route);
      const { runtime, id } = this.exchange;
      const into = this.spare ?? Buffer.allocUnsafeSlow(pieceBytes);
      this.spare = undefined;
      const count = runtime.core.call.fa_body_read(runtime.pointer, id, into, pieceBytes);
      // The socket may be read again, and that is the pump's to do.
      runtime.wake();
      if (count > 0) return this.piece(into, count);
      this.spare = into;
      if (count === whole) return undefined;
      if (count === gone) throw new ClientGoneError();
      if (count !== later) throw this.fault();
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
      });
    }
  }

  /** A few bytes do not keep all the memory that they were read into. */
  private piece(into: Buffer, count: number): Uint8Array {
    if (count * 2 > pieceBytes) return new Uint8Array(into.buffer, into.byteOffset, count);
    this.spare = into;
    return new Uint8Array(into.subarray(0, count));
  }

  private fault(): HttpError {
    const { runtime, id } = this.exchange;
    const text = bytesOf(new ArrayBuffer(faultBytesMax));
    const said = runtime.core.call.fa_body_fault(runtime.pointer, id, text);
    return new HttpError(said >>> 16, text.latin1Slice(0, said & 0xffff));
  }

  /** There is more, or an end; or the request has been answered. */
  wake(): void {
    const { wakeUp } = this;
    this.wakeUp = undefined;
    wakeUp?.();
  }
}
