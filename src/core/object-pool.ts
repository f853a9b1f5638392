// Objects that are used again instead of made again: the one given back last is the next one given out.

import { MisuseError } from "../errors.ts";
import { describeArgument } from "./argument.ts";

export interface ObjectPoolOptions<T extends object> {
  /** Makes one more. Each has to be new. */
  create: () => T;
  /** Clears what the next user must not see, when it is given back and kept. */
  reset?: (object: T) => void;
  /** How many are kept for the next user. */
  max: number;
}

export interface ObjectPoolStats {
  /** Given out. */
  acquired: number;
  /** Of those, made because none was there. */
  misses: number;
  /** Kept. */
  idle: number;
  /** Given out and not given back. */
  inUse: number;
  /** Given back and not kept. */
  dropped: number;
}

/**
 * Keeps objects that are costly to make. What it gave out and nobody gives back is the garbage collector's, and counts as in use.
 *
 * @example
 * using contexts = new ObjectPool({ create: () => new Map<string, string>(), reset: (map) => map.clear(), max: 100 });
 * const map = contexts.acquire();
 * contexts.release(map);
 */
export class ObjectPool<T extends object> implements Disposable {
  readonly #create: () => T;
  readonly #reset: ((object: T) => void) | undefined;
  readonly #max: number;
  readonly #idle: T[] = [];
  #acquired = 0;
  #misses = 0;
  #inUse = 0;
  #dropped = 0;
  #isClosed = false;

  constructor({ create, reset, max }: ObjectPoolOptions<T>) {
    if (typeof create !== "function") refuse("create is a function that makes an object", create);
    if (reset !== undefined && typeof reset !== "function") refuse("reset is a function that clears an object", reset);
    if (!Number.isInteger(max) || max < 0) refuse("max is a whole number of objects", max);
    this.#create = create;
    this.#reset = reset;
    this.#max = max;
  }

  /** Throws what `create` throws; then nothing has happened. */
  acquire(): T {
    const object = this.#idle.pop() ?? this.#make();
    Tag.lend(object);
    this.#acquired++;
    this.#inUse++;
    return object;
  }

  /**
   * Gives one back, after `close()` too. Throws `MisuseError` for what this pool didn't give out, and for what has been given
   * back already (`FOREIGN`, `RELEASED`). What `reset` throws is thrown; the object is dropped then.
   */
  release(object: T): void {
    Tag.take(object, this);
    this.#inUse--;
    if (this.#isFull()) {
      this.#dropped++;
      return;
    }
    let isClear = false;
    try {
      this.#reset?.(object);
      isClear = true;
    } finally {
      // Meanwhile others may have come back.
      if (isClear && !this.#isFull()) this.#idle.push(object);
      else this.#dropped++;
    }
  }

  /** Lends one to a function, until it has returned or its promise is settled. */
  use<R>(run: (object: T) => R): R {
    const object = this.acquire();
    let isLater = false;
    try {
      const result = run(object);
      isLater = result instanceof Promise;
      return isLater ? ((result as Promise<unknown>).finally(() => this.release(object)) as R) : result;
    } finally {
      if (!isLater) this.release(object);
    }
  }

  get stats(): ObjectPoolStats {
    const [acquired, misses, inUse, dropped] = [this.#acquired, this.#misses, this.#inUse, this.#dropped];
    return { acquired, misses, idle: this.#idle.length, inUse, dropped };
  }

  /** Drops what is kept, and what is given back from then on. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.#dropped += this.#idle.length;
    this.#idle.length = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #make(): T {
    if (this.#isClosed) throw new MisuseError("CLOSED", "This ObjectPool was closed");
    const object = this.#create();
    if ((typeof object !== "object" && typeof object !== "function") || object === null) {
      refuse("create makes an object", object);
    }
    if (Tag.isOn(object)) throw new MisuseError("FOREIGN", "create returned an object that a pool has made before");
    new Tag(object, this);
    this.#misses++;
    return object;
  }

  #isFull(): boolean {
    return this.#isClosed || this.#idle.length >= this.#max;
  }
}

/** Its constructor returns what it is given, so that the fields of a class below are put on that. */
class Itself {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what it is for.
    return object;
  }
}

/** Whose an object is and where: private fields on the object itself, found in a nanosecond, and keeping nothing alive. */
class Tag extends Itself {
  readonly #owner: object;
  #isLent = false;

  constructor(object: object, owner: object) {
    super(object);
    this.#owner = owner;
  }

  static isOn(object: object): boolean {
    return #owner in object;
  }

  static lend(object: object): void {
    (object as Tag).#isLent = true;
  }

  static take(object: object, owner: object): void {
    if (typeof object !== "object" && typeof object !== "function") refuse("Only objects are given back", object);
    if (object === null || !(#owner in object) || object.#owner !== owner) {
      throw new MisuseError("FOREIGN", `This ObjectPool didn't give out that ${describeArgument(object)}`);
    }
    if (!object.#isLent) throw new MisuseError("RELEASED", "This object was given back before");
    object.#isLent = false;
  }
}

function refuse(rule: string, given: unknown): never {
  throw new MisuseError("ARGUMENT_INVALID", `${rule}, not ${describeArgument(given)}`);
}
