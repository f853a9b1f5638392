// The reading end of a request body that is handed over as it arrives.

import { ClientGoneError, ContextExpiredError, HttpError } from "../errors.ts";
import { BodyRead, faultBytesMax } from "./abi.ts";
import { bytesOf } from "./bytes.ts";
import type { Exchange } from "./exchange.ts";
import { keep, spareOf } from "./spare.ts";

const pieceBytes = 256 * 1024;

export class Inlet {
  private readonly serial: number;
  private wakeUp: (() => void) | undefined;

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
      const into = spareOf(runtime, pieceBytes);
      const count = runtime.core.call.fa_body_read(runtime.pointer, id, into, pieceBytes);
      // The socket may be read again, and that is the pump's to do.
      runtime.wake();
      if (count > 0) return keep(runtime, into, count);
      if (count === BodyRead.whole) return undefined;
      if (count === BodyRead.gone) throw new ClientGoneError();
      if (count === BodyRead.faulty) throw this.fault();
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
      });
    }
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
