// What a handler has said about its answer so far, apart from the body.

import { describe } from "./describe.ts";
import { HeaderList } from "./header-list.ts";
import { responseFlags } from "./native/abi.ts";

export class Reply {
  /** 0 as long as nobody has said it. */
  status = 0;
  /** Set once the head has been sent, which with a body that comes in pieces goes ahead: hears of what is said too late. */
  onLate: (() => void) | undefined = undefined;
  readonly headers = new HeaderList();
  private flags = 0;
  /** Those that were set, not appended: they win over a returned Response's. */
  private readonly owned = new Set<string>();

  constructor(private readonly isHead: boolean) {}

  setStatus(status: number): void {
    if (this.onLate !== undefined) this.onLate();
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`A status is an integer from 200 to 599, not ${Bun.inspect(status)}`);
    }
    this.status = status;
  }

  /** `set` or `append`; framing belongs to the core. */
  put(name: string, given: string | number, isAppended: boolean): void {
    const value = typeof given === "string" ? given : headerValue(name, given);
    if (this.onLate !== undefined) this.onLate();
    if (typeof name !== "string") throw new TypeError(`The name of a header is a string, not ${describe(name)}`);
    switch (name.toLowerCase()) {
      case "connection":
        if (/(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(value)) this.flags |= responseFlags.close;
        return;
      case "transfer-encoding":
        throw new TypeError("transfer-encoding can't be set: the core frames messages");
      case "content-length":
        if (!this.mayHaveLength()) {
          throw new TypeError("content-length can only be set for HEAD and 304: elsewhere the core counts");
        }
        if (!/^[0-9]+$/.test(value)) throw new TypeError(`content-length is a number of bytes, not ${value}`);
        this.headers.set(name, value);
        return;
    }
    if (isAppended) {
      this.headers.append(name, value);
    } else {
      this.headers.set(name, value);
      this.owned.add(name.toLowerCase());
    }
  }

  /** The headers of a returned Response, where they say nothing that was set here. */
  putUnder(headers: readonly (readonly [string, string])[]): void {
    for (const [name, value] of headers) {
      if (this.owned.has(name) || name === "transfer-encoding") continue;
      if (name === "content-length" && !this.mayHaveLength()) continue;
      if (name === "connection") this.put(name, value, false);
      else this.headers.append(name, value);
    }
  }

  private mayHaveLength(): boolean {
    return this.isHead || this.status === 304;
  }

  /** For an answer that is not the one that was being made: what describes a body goes. */
  forgetBody(): void {
    for (const name of ["content-type", "content-length", "content-encoding", "etag", "last-modified"]) {
      this.headers.delete(name);
    }
  }

  /** Status, content type and flags as one word of the ring. */
  word(status: number, contentType: number): number {
    let { flags } = this;
    if (this.headers.has("content-length")) {
      // RFC 9110, section 8.6: never with 204, not even to HEAD.
      const mayStand = this.mayHaveLength() && (this.status || status) !== 204;
      if (mayStand) flags |= responseFlags.hasLength;
      else this.headers.delete("content-length");
    }
    return ((this.status || status) | (contentType << 16) | (flags << 24)) >>> 0;
  }
}

/** Numbers have one way to be written; of anything else nobody would want what `String` says. */
function headerValue(name: unknown, given: unknown): string {
  if (typeof name === "object")
    throw new TypeError(`set and append take (name, value), not ${describe(name)}: call it for each`);
  if (typeof given === "number" && Number.isFinite(given)) return String(given);
  const what = typeof given === "number" ? given : describe(given);
  throw new TypeError(`The value of the header ${name} is a string or a number, not ${what}`);
}
