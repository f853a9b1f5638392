// A server that listens, as the application sees it.

import type { Address, Counters, NativeServer } from "./native/server.ts";

/** Counters since the server began to listen; bytes are bytes, the rest are numbers of occurrences. */
export interface ServerStats extends Counters {
  /** Handlers that took longer than `handlerMs`. */
  timeoutsHandler: number;
}

export interface StopOptions {
  /** How long requests in flight may take before their connections are reset. Default: 30,000. */
  drainMs?: number;
}

const drainMsDefault = 30_000;

/**
 * Made by `app.listen()`.
 *
 * @example
 * const server = await app.listen({ port: 0 });
 * console.log(`listening on ${server.url}`);
 * await server.stop();
 */
export class Server {
  /** What was bound; 0 for a unix socket. */
  readonly port: number;
  /** As given to `listen`; empty for a unix socket. */
  readonly hostname: string;
  readonly url: URL;
  readonly #native: NativeServer;
  readonly #timeouts: { count: number };
  #holds = false;

  /** @internal */
  constructor(native: NativeServer, address: Address, timeouts: { count: number }) {
    this.#native = native;
    this.#timeouts = timeouts;
    this.port = native.port;
    if ("unix" in address) {
      this.hostname = "";
      this.url = new URL(`unix://${address.unix}`);
    } else {
      this.hostname = address.hostname;
      const host = anyAddress.has(address.hostname) ? "localhost" : address.hostname;
      this.url = new URL(`http://${host.includes(":") ? `[${host}]` : host}:${this.port}/`);
    }
    this.ref();
  }

  stats(): ServerStats {
    return { ...this.#native.counters(), timeoutsHandler: this.#timeouts.count };
  }

  /**
   * Accepts nothing more, answers every request whose head was complete, closes idle connections at once, and resolves
   * when the last connection is closed. May be called again.
   */
  async stop({ drainMs = drainMsDefault }: StopOptions = {}): Promise<void> {
    if (!Number.isFinite(drainMs) || drainMs < 0)
      throw new RangeError(`drainMs is a number of milliseconds, not ${drainMs}`);
    const stopped = this.#native.stop(drainMs);
    this.unref();
    await stopped;
  }

  /** The process stays alive while the server listens: so it is from the start. */
  ref(): void {
    if (this.#holds) return;
    this.#holds = true;
    this.#native.runtime.hold();
  }

  /** The process may end although the server listens. */
  unref(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#native.runtime.letGo();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const anyAddress = new Set(["0.0.0.0", "::"]);
