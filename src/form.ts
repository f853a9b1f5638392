// The body as a form, urlencoded or multipart: read once, then given as a `FormData` or as an object of its fields.

import { HttpError } from "./errors.ts";
import { type FormLimits, FormMeter } from "./form-limits.ts";
import { type Part, partsOf } from "./multipart.ts";
import { type Bytes, bytesOf } from "./native/bytes.ts";
import { Fields, mediaType, withoutMark } from "./text.ts";

export type FormValue = string | File;

export type FormEntry = readonly [name: string, value: FormValue];

/** An array where a name repeats. */
export type FormFields = Record<string, FormValue | FormValue[]>;

const multipart = "multipart/form-data";
const urlencoded = "application/x-www-form-urlencoded";

export function isForm(type: string): boolean {
  return type === urlencoded || type === multipart;
}

/** Throws a 415 for another `Content-Type`, a 400 for what is malformed, and a 413 for what is above a limit. */
export function parseForm(body: Uint8Array, contentType: string | null, limits: FormLimits): FormEntry[] {
  const type = mediaType(contentType);
  if (contentType === null || !isForm(type))
    throw new HttpError(415, `This needs a form: ${multipart} or ${urlencoded}`);
  const bytes = bytesOf(body.buffer, body.byteOffset, body.byteLength);
  const meter = new FormMeter(limits);
  if (type === urlencoded) return pairsOf(bytes, meter).map((pair) => decodedPair(bytes, pair));
  return partsOf(bytes, contentType, meter).map((part) => [part.name, contentOf(bytes, part)]);
}

function contentOf(bytes: Bytes, { fileName, type, start, end }: Part): FormValue {
  if (fileName === undefined) return withoutMark(bytes.utf8Slice(start, end));
  return new File([bytes.subarray(start, end)], fileName, { type });
}

/** A new one. */
export function formDataOf(entries: readonly FormEntry[]): FormData {
  const form = new FormData();
  // bun-types knows of no `File` in a form.
  for (const [name, value] of entries) form.append(name, value as string);
  return form;
}

export function formFieldsOf(entries: readonly FormEntry[]): FormFields {
  const fields = new Fields() as FormFields;
  for (const [name, value] of entries) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}

// --- Urlencoded, as the URL standard parses it ---

const ampersand = 0x26;
const equalsSign = 0x3d;
const percent = 0x25;
const plus = 0x2b;

interface Pair {
  start: number;
  /** Where the name ends: at the first `=`, or at the end. */
  nameEnd: number;
  end: number;
}

function pairsOf(bytes: Bytes, meter: FormMeter): Pair[] {
  const pairs: Pair[] = [];
  const { length } = bytes;
  let start = 0;
  let nameEnd = -1;
  let escapes = 0;
  for (let at = 0; at <= length; at++) {
    const byte = at === length ? ampersand : bytes[at];
    if (byte === equalsSign) {
      if (nameEnd < 0) nameEnd = at;
    } else if (byte === percent) {
      if (escapeAt(bytes, at) >= 0) escapes++;
    } else if (byte === ampersand) {
      if (at > start) {
        meter.field(at - start - (nameEnd < 0 ? 0 : 1) - 2 * escapes);
        pairs.push({ start, nameEnd: nameEnd < 0 ? at : nameEnd, end: at });
      }
      start = at + 1;
      nameEnd = -1;
      escapes = 0;
    }
  }
  return pairs;
}

function decodedPair(bytes: Bytes, { start, nameEnd, end }: Pair): FormEntry {
  return [decoded(bytes, start, nameEnd), nameEnd === end ? "" : decoded(bytes, nameEnd + 1, end)];
}

function decoded(bytes: Bytes, start: number, end: number): string {
  let at = start;
  while (at < end && bytes[at] !== percent && bytes[at] !== plus) at++;
  if (at === end) return bytes.utf8Slice(start, end);
  const plain = bytesOf(new ArrayBuffer(end - start));
  let size = 0;
  for (at = start; at < end; at++) {
    const byte = bytes[at]!;
    const escaped = byte === percent ? escapeAt(bytes, at) : -1;
    plain[size++] = escaped >= 0 ? escaped : byte === plus ? 0x20 : byte;
    if (escaped >= 0) at += 2;
  }
  return plain.utf8Slice(0, size);
}

/** The byte that `%` and two digits stand for; negative when they are none. */
function escapeAt(bytes: Bytes, at: number): number {
  const high = digitOf(bytes[at + 1]);
  const low = digitOf(bytes[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function digitOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
