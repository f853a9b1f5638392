// Values as messages of errors name them.

/** `an array`, `undefined`: what it is, without what is in it. */
export function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
