// A server that listens, as the application sees it.

import { resolve } from "node:path";
import { refuseUnknown } from "./given.ts";
import type { Address, Counters, NativeServer } from "./native/server.ts";
import type { RouteDetails } from "./route-details.ts";

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
  readonly #details: () => RouteDetails[];

  /** @internal */
  constructor(native: NativeServer, address: Address, details: () => RouteDetails[]) {
    this.#native = native;
    this.#details = details;
    this.port = native.port;
    if ("unix" in address) {
      this.hostname = "";
      this.url = new URL(`unix://${encodeURI(resolve(address.unix).toWellFormed())}`);
    } else {
      this.hostname = address.hostname;
      // A URL has no place for the interface of a link-local address.
      const host = anyAddress.has(address.hostname) ? "localhost" : address.hostname.replace(/%.*/, "");
      this.url = new URL(`http://${host.includes(":") ? `[${host}]` : host}:${this.port}/`);
    }
    this.ref();
  }

  /** Those that it was given when it began to listen, as `app.routes()` tells of them. */
  get routes(): RouteDetails[] {
    return this.#details();
  }

  stats(): ServerStats {
    return { ...this.#native.counters(), timeoutsHandler: this.#native.timeouts };
  }

  /**
   * Accepts nothing more, answers every request whose head was complete, closes idle connections at once, and resolves
   * when the last connection is closed. May be called again; the least patient call counts.
   */
  async stop(options: StopOptions = {}, ...more: never[]): Promise<void> {
    if (typeof options !== "object" || options === null || more.length > 0) {
      const what = more.length > 0 ? "more" : JSON.stringify(options);
      throw new TypeError(`stop takes an object like { drainMs: 10_000 }, not ${what}`);
    }
    const { drainMs = drainMsDefault, ...rest } = options;
    refuseUnknown("option of stop", rest, ["drainMs"]);
    if (!Number.isFinite(drainMs) || drainMs < 0)
      throw new RangeError(`drainMs is a number of milliseconds, not ${drainMs}`);
    const stopped = this.#native.stop(drainMs);
    this.unref();
    await stopped;
  }

  /** The process stays alive while the server listens: so it is from the start. */
  ref(): void {
    this.#native.ref();
  }

  /** The process may end although the server listens. */
  unref(): void {
    this.#native.unref();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const anyAddress = new Set(["0.0.0.0", "::"]);
