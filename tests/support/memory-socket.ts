// A connection in memory in the place of a socket's: the same bytes, on another way into the core.
import { EventEmitter } from "node:events";
import { type Link, LinkResetError } from "../../src/native/link.ts";

interface Listening {
  port: number;
  connect(): Link;
}

/** The server of this process that listens at the port; undefined when it is another's. */
export function listeningAt(port: number): Listening | undefined {
  const servers = (globalThis as { [key: symbol]: unknown })[Symbol.for("@fasterapi/bun/listening")];
  return [...((servers as Set<Listening> | undefined) ?? [])].find((server) => server.port === port);
}

/** As much of `net.Socket` as the strict client uses. */
export class MemorySocket extends EventEmitter {
  private readonly link: Link;
  private sent: Promise<unknown> = Promise.resolve();
  private isPaused = false;
  private isOver = false;
  private resumed = Promise.withResolvers<void>();

  constructor(server: Listening) {
    super();
    this.link = server.connect();
    queueMicrotask(() => this.emit("connect"));
    this.read();
  }

  write(bytes: Uint8Array): void {
    const copy = new Uint8Array(bytes);
    this.sent = this.sent.then(() => this.link.write(copy));
  }

  end(): void {
    this.sent = this.sent.then(() => this.link.end());
  }

  destroy(): void {
    this.link.close();
    this.over("close");
  }

  resetAndDestroy(): void {
    this.destroy();
  }

  setNoDelay(): void {
    // There is nothing that delays.
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.resumed.resolve();
    this.resumed = Promise.withResolvers();
  }

  private async read(): Promise<void> {
    try {
      for (;;) {
        while (this.isPaused) await this.resumed.promise;
        const bytes = await this.link.read();
        if (bytes === undefined) return this.over("end");
        this.emit("data", Buffer.from(bytes));
      }
    } catch (error) {
      if (!(error instanceof LinkResetError)) throw error;
      this.over("error");
    }
  }

  private over(how: "end" | "error" | "close"): void {
    if (this.isOver) return;
    this.isOver = true;
    this.emit(how, new Error("The server has reset the connection"));
  }
}
