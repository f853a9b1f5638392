// The router of the core with values of one's own: for requests that come another way, topics, commands.

import { MisuseError, RouteError } from "../errors.ts";
import { methodTexts } from "../native/abi.ts";
import { Fields, percentDecode } from "../native/fields.ts";
import { allMethods, NativeRouter } from "../native/router.ts";
import { describeArgument } from "./argument.ts";

export type RouterMethod = (typeof methodTexts)[number];

export interface Found<T> {
  value: T;
  /** Percent-decoded, where they are well encoded. */
  params: Record<string, string>;
}

interface Entry<T> {
  readonly name: string;
  readonly value: T;
  readonly params: readonly string[];
}

const numbers = new Map<string, number>(methodTexts.map((text, number) => [text, number]));

/**
 * Paths to values, by the rules of `App`: static before `:param` before `*wildcard`, with backtracking; then a specific method
 * before `all`, and `HEAD` finds what `GET` has. Routes may be added at any time: the next look-up builds what it needs.
 *
 * @example
 * using router = new Router<string>().add("GET", "/users/:id", "user").all("/files/*path", "file");
 * router.find("GET", "/users/4%202");   // { value: "user", params: { id: "4 2" } }
 */
export class Router<T> implements Disposable {
  readonly #native = new NativeRouter();
  readonly #entries: Entry<T>[] = [];
  /** What matches the same requests has the same key. */
  readonly #byShape = new Map<string, Entry<T>>();
  #isBuilt = true;

  /**
   * Throws `RouteError` for a pattern that can't be (`PATTERN_INVALID`, `PARAM_REPEATED`, …), and for one that matches the same
   * requests as another, which it names (`ROUTES_CLASH`).
   */
  add(method: RouterMethod, pattern: string, value: T): this {
    const number = numbers.get(method);
    if (number === undefined) refuse(`A method is one of ${methodTexts.join(", ")}`, method);
    return this.#add(number, method, pattern, value);
  }

  /** For each method that has no value of its own at the same path. */
  all(pattern: string, value: T): this {
    return this.#add(allMethods, "ALL", pattern, value);
  }

  /** `path` is as sent: percent-encoded, without the query. */
  find(method: string, path: string): Found<T> | undefined {
    const number = numbers.get(method);
    if (number === undefined) return undefined;
    if (typeof path !== "string") refuse("A path is a string", path);
    if (!this.#isBuilt) this.#build();
    const entry = this.#entries[this.#native.find(number, path)];
    if (entry === undefined) return undefined;
    const params = new Fields() as Record<string, string>;
    const names = entry.params;
    for (let i = 0; i < names.length; i++) params[names[i]!] = percentDecode(this.#native.param(path, i));
    return { value: entry.value, params };
  }

  /** The methods that find something at this path: for `Allow`. None where there is nothing. */
  allowed(path: string): RouterMethod[] {
    if (typeof path !== "string") refuse("A path is a string", path);
    if (!this.#isBuilt) this.#build();
    const mask = this.#native.allowed(path);
    return methodTexts.filter((_, number) => (mask >>> number) & 1);
  }

  /** Frees its memory. May be called again; of one that is forgotten, the garbage collector frees it. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #add(number: number, method: string, pattern: string, value: T): this {
    if (typeof pattern !== "string") refuse("A pattern is a string", pattern);
    const name = `${method} ${pattern}`;
    // No pattern has a question mark.
    const shape = `${method} ${pattern.replace(/\/([:*])[A-Za-z_]\w*(?=\/|$)/g, "/$1?")}`;
    const other = this.#byShape.get(shape);
    if (other !== undefined) throw new RouteError("ROUTES_CLASH", `${name} matches the same requests as ${other.name}`);
    this.#native.add(number, pattern, this.#entries.length, name);
    const entry = { name, value, params: [...pattern.matchAll(/\/[:*]([^/]*)/g)].map(([, param]) => param!) };
    this.#byShape.set(shape, entry);
    this.#entries.push(entry);
    this.#isBuilt = false;
    return this;
  }

  #build(): void {
    this.#native.commit();
    this.#isBuilt = true;
  }
}

function refuse(rule: string, given: unknown): never {
  throw new MisuseError("ARGUMENT_INVALID", `${rule}, not ${describeArgument(given)}`);
}
