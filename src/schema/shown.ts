// What an answer repeats of a value that was wrong: enough to recognise it, and never much.

const jsonBytesMax = 256;
const codePointsMax = 128;

/** The value itself when its JSON is short, else a piece or a description of it; undefined for what JSON has no word for. */
export function shown(value: unknown): unknown {
  if (typeof value === "string") {
    // No character takes fewer bytes than it has units.
    if (value.length <= jsonBytesMax && jsonBytes(value) <= jsonBytesMax) return value;
    return `${beginning(value)}…`;
  }
  if (typeof value === "object" && value !== null) {
    return bytesUpTo(jsonBytesMax, value) <= jsonBytesMax ? value : described(value);
  }
  return typeof value === "number" || typeof value === "boolean" || value === null ? value : undefined;
}

/** `array of 3 items`, for what is not to be shown. */
export function described(value: object): string {
  if (value instanceof Blob) return `file of ${counted(value.size, "byte")}`;
  if (Array.isArray(value)) return `array of ${counted(value.length, "item")}`;
  return `object of ${counted(Object.keys(value).length, "member")}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function beginning(text: string): string {
  // Two units at most for each.
  return [...text.slice(0, 2 * codePointsMax)].slice(0, codePointsMax).join("");
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Of the value's JSON, as far as it is no more than `most`: what is larger is not looked at to its end. */
function bytesUpTo(most: number, value: unknown): number {
  if (typeof value === "string") return value.length > most ? value.length + 2 : jsonBytes(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value)?.length ?? most + 1;
  if (value instanceof Blob) return most + 1;
  const isArray = Array.isArray(value);
  let bytes = 2;
  for (const key in value) {
    const name = isArray ? 0 : jsonBytes(key) + 1;
    bytes += name + 1 + bytesUpTo(most - bytes - name, value[key as keyof typeof value]);
    if (bytes > most + 1) return most + 1;
  }
  // The last has no comma.
  return bytes > 2 ? bytes - 1 : bytes;
}
