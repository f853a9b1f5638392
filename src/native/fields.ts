// What clients name and encode, as objects and text.

/** `Object.prototype` must not answer for a key that the client did not send. */
export const Fields = function Fields() {
  // Nothing: a shape that begins empty is quicker than `Object.create(null)`.
} as unknown as new () => Record<string, string | string[]>;
Fields.prototype = Object.create(null);

/** Percent-decoded as UTF-8; what is not well encoded stays as it is. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
