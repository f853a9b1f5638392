// Waiting with an end: a test that hangs says what it waited for.

export interface EventuallyOptions {
  ms?: number;
  /** Resolves when it may be worth a look; otherwise one is taken every 5 ms. */
  changed?: () => Promise<void>;
}

/** What `look` returns once that is neither undefined nor false. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
  { ms = 20_000, changed = () => Bun.sleep(5) }: EventuallyOptions = {},
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    // Before the look, so that none is missed in between.
    const change = changed();
    const found = await look();
    if (found !== undefined && found !== false) return found;
    const left = until - performance.now();
    if (left <= 0) throw new Error(`Waited ${ms} ms for ${typeof what === "string" ? what : what()}`);
    await orAfter(left, change, undefined);
  }
}

/** What the promise becomes, unless that takes too long. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = Symbol();
  const value = await orAfter(ms, promise, late);
  if (value === late) throw new Error(`${what} took more than ${ms} ms`);
  return value as T;
}

/** What the promise becomes, or `instead` after a time. Leaves no timer behind. */
export async function orAfter<T, U>(ms: number, promise: Promise<T>, instead: U): Promise<T | U> {
  const { promise: late, resolve } = Promise.withResolvers<U>();
  const timer = setTimeout(() => resolve(instead), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
