// The headers of a request, read where they lie.

import { ContextExpiredError } from "./errors.ts";
import type { Exchange } from "./native/exchange.ts";

/**
 * What a client sent. Names are looked up without regard to case; several headers of one name are joined.
 *
 * @example
 * app.get("/", ({ headers }) => headers.get("user-agent") ?? "unknown");
 */
export class RequestHeaders {
  readonly #exchange: Exchange;
  readonly #serial: number;
  readonly #route: string;

  /** @internal `values` are what a schema has made of them. */
  constructor(exchange: Exchange, route: string, values?: unknown) {
    this.#exchange = exchange;
    this.#serial = exchange.serial;
    this.#route = route;
    if (typeof values !== "object" || values === null) return;
    for (const [name, value] of Object.entries(values)) {
      // A header by the name of a method stays behind `get`.
      if (!(name in this)) Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  /** Null when it was not sent. */
  get(name: string): string | null {
    return this.#live().header(name.toLowerCase());
  }

  has(name: string): boolean {
    return this.#live().findHeader(name.toLowerCase()) >= 0;
  }

  /** `[lower-case name, value]`, in the order in which the names came first. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    const seen = new Set<string>();
    for (let i = 0; i < this.#live().headerCount; i++) {
      const name = this.#live().headerName(i);
      if (seen.has(name)) continue;
      seen.add(name);
      yield [name, this.#live().header(name)!];
    }
  }

  entries(): IterableIterator<[string, string]> {
    return this[Symbol.iterator]();
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this) yield value;
  }

  forEach(callback: (value: string, name: string, headers: RequestHeaders) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this);
  }

  #live(): Exchange {
    if (this.#exchange.serial !== this.#serial) throw new ContextExpiredError(this.#route);
    return this.#exchange;
  }
}
