// What `await` would wait for.

/** Plain objects are what handlers return most: they are none, whatever they have. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
