// A connection in memory, seen from its client.

import { LinkRead } from "./abi.ts";
import type { Runtime } from "./runtime.ts";
import { keep, spareOf } from "./spare.ts";
import { check } from "./status.ts";

const pieceBytes = 64 * 1024;

/** The server has given the connection up: what was read may not be all. */
export class LinkResetError extends Error {
  override readonly name = "LinkResetError";
}

export class Link {
  private readonly id: number;
  private isClosed = false;
  private readonly wakeUps: (() => void)[] = [];
  /** Called when the client has closed it. */
  readonly onClose: (() => void)[] = [];

  /** To a server of the core, by its handle. */
  constructor(
    private readonly runtime: Runtime,
    server: number,
  ) {
    const handle = new Uint32Array(1);
    check(runtime.core.call.fa_link_open(runtime.pointer, server, handle), "Connecting in memory");
    this.id = handle[0]!;
    runtime.links.set(this.id, this);
  }

  /** Resolves when all of it is with the server; false when that takes no more. */
  async write(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.byteLength; ) {
      if (this.isClosed) return false;
      const { runtime, id } = this;
      const taken = runtime.core.call.fa_link_write(runtime.pointer, id, bytes.subarray(at), bytes.byteLength - at);
      runtime.wake();
      if (taken < 0) return false;
      at += taken;
      if (at < bytes.byteLength) await this.news();
    }
    return true;
  }

  /** The next bytes, the reader's own; undefined at the end. Rejects with `LinkResetError`. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      if (this.isClosed) return undefined;
      const { runtime, id } = this;
      const into = spareOf(runtime, pieceBytes);
      const count = runtime.core.call.fa_link_read(runtime.pointer, id, into, pieceBytes);
      runtime.wake();
      if (count > 0) return keep(runtime, into, count);
      if (count === LinkRead.ended) return undefined;
      if (count === LinkRead.reset) throw new LinkResetError("The server has reset the connection");
      await this.news();
    }
  }

  /** Nothing more will be written. */
  end(): void {
    if (this.isClosed) return;
    this.runtime.core.call.fa_link_end(this.runtime.pointer, this.id);
    this.runtime.wake();
  }

  /** As a client that goes away. May be called again. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.runtime.links.delete(this.id);
    this.runtime.core.call.fa_link_close(this.runtime.pointer, this.id);
    this.runtime.wake();
    this.wake();
    for (const tell of this.onClose.splice(0)) tell();
  }

  /** Keeps the process alive until there is something. */
  private async news(): Promise<void> {
    this.runtime.hold();
    await new Promise<void>((resolve) => this.wakeUps.push(resolve));
    this.runtime.letGo();
  }

  /** There is something to read, or room to write, or an end. */
  wake(): void {
    for (const wakeUp of this.wakeUps.splice(0)) wakeUp();
  }
}
