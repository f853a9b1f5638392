// multipart/form-data (RFC 7578, RFC 2046) as browsers and curl send it: where its parts are and what they are called.
//
// The time is linear in the body: each byte is looked at by one search for a boundary, and the head of a part is bounded.

import { HttpError } from "./errors.ts";
import type { FormMeter } from "./form-limits.ts";
import type { Bytes } from "./native/bytes.ts";

export interface Part {
  name: string;
  /** Undefined for a field that is text. */
  fileName: string | undefined;
  /** As the part says, for a file. */
  type: string;
  /** Of the content. */
  start: number;
  end: number;
}

const partHeadBytesMax = 16_384;
const partHeadersMax = 10;
/** RFC 2046, section 5.1.1. */
const boundaryCharsMax = 70;

const cr = 0x0d;
const lf = 0x0a;
const dash = 0x2d;
const headEndMark = Buffer.from("\r\n\r\n");

/** Throws a 400 for what is no such form, and what `meter` throws. */
export function partsOf(body: Bytes, contentType: string, meter: FormMeter): Part[] {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const parts: Part[] = [];
  let line = firstDelimiter(body, delimiter);
  while (!line.isLast) {
    const place = `part ${parts.length + 1}`;
    const headEnd = body.subarray(line.end, line.end + partHeadBytesMax + headEndMark.length).indexOf(headEndMark);
    if (headEnd < 0) malformed(`the head of ${place} does not end within ${partHeadBytesMax} bytes`);
    const part = readHead(body.utf8Slice(line.end, line.end + headEnd), place);
    const start = line.end + headEnd + headEndMark.length;
    // The line break before a boundary belongs to it, and may be the one that ends the head.
    line = nextDelimiter(body, delimiter, start - 2);
    part.start = start;
    part.end = Math.max(start, line.start);
    const bytes = part.end - start;
    if (part.fileName === undefined) meter.field(Buffer.byteLength(part.name) + bytes);
    else meter.file(bytes);
    parts.push(part);
  }
  return parts;
}

function boundaryOf(contentType: string): string {
  const semicolon = contentType.indexOf(";");
  const given = semicolon < 0 ? new Map<string, string>() : parametersOf(contentType, semicolon);
  const boundary = given?.get("boundary");
  if (boundary === undefined) malformed("Content-Type has no boundary");
  if (boundary.length > boundaryCharsMax || !/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) {
    malformed(`the boundary is not 1 to ${boundaryCharsMax} characters of ASCII`);
  }
  return boundary;
}

/** A line that separates parts. */
interface DelimiterLine {
  start: number;
  /** Where the next part begins. */
  end: number;
  isLast: boolean;
}

/** What comes before it is for nobody. */
function firstDelimiter(body: Bytes, delimiter: Buffer): DelimiterLine {
  const withoutBreak = delimiter.subarray(2);
  if (body.subarray(0, withoutBreak.length).equals(withoutBreak)) {
    const line = delimiterLine(body, 0, withoutBreak.length);
    if (line !== undefined) return line;
  }
  return nextDelimiter(body, delimiter, 0);
}

function nextDelimiter(body: Bytes, delimiter: Buffer, from: number): DelimiterLine {
  for (let at = from; ; ) {
    const start = body.indexOf(delimiter, at);
    if (start < 0) malformed("the last boundary is missing");
    at = start + delimiter.length;
    const line = delimiterLine(body, start, at);
    if (line !== undefined) return line;
  }
}

/** Undefined when the boundary is only the beginning of what stands there. */
function delimiterLine(body: Bytes, start: number, boundaryEnd: number): DelimiterLine | undefined {
  let at = boundaryEnd;
  const isLast = body[at] === dash && body[at + 1] === dash;
  if (isLast) at += 2;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  if (body[at] === cr && body[at + 1] === lf) return { start, end: at + 2, isLast };
  return isLast && at === body.length ? { start, end: at, isLast } : undefined;
}

function readHead(head: string, place: string): Part {
  const lines = head.split("\r\n", partHeadersMax + 1);
  if (lines.length > partHeadersMax) malformed(`${place} has more than ${partHeadersMax} headers`);
  let disposition: string | undefined;
  let type: string | undefined;
  for (const line of lines) {
    const [, name = "", value = ""] = headerForm.exec(line) ?? malformed(`a header of ${place} is malformed`);
    const key = name.toLowerCase();
    if (key === "content-disposition") {
      if (disposition !== undefined) malformed(`${place} has two Content-Dispositions`);
      disposition = value;
    } else if (key === "content-type") {
      if (type !== undefined) malformed(`${place} has two Content-Types`);
      type = value.trim();
    }
  }
  const kindEnd = disposition?.indexOf(";") ?? -1;
  if (disposition === undefined || kindEnd < 0 || disposition.slice(0, kindEnd).trim().toLowerCase() !== "form-data") {
    malformed(`${place} has no Content-Disposition of form-data with a name`);
  }
  const given = parametersOf(disposition, kindEnd) ?? malformed(`the Content-Disposition of ${place} is malformed`);
  // `filename*` is another parameter: RFC 7578 forbids it, browsers never send it.
  const name = given.get("name") ?? malformed(`${place} has no name`);
  return { name, fileName: given.get("filename"), type: type || "application/octet-stream", start: 0, end: 0 };
}

const headerForm = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)$/;

/** No two of its loops can match the same character, so it is linear. */
const parameterForm =
  /;[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*(?:\\(?="[ \t]*$))?)"|([^\s;"]*))[ \t]*)?/sy;

/** By lower-case name, from the semicolon on; undefined when they are malformed, or one is there twice. */
function parametersOf(text: string, semicolon: number): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (let at = semicolon; at < text.length; at = parameterForm.lastIndex) {
    parameterForm.lastIndex = at;
    const match = parameterForm.exec(text);
    if (match === null) return undefined;
    const [, name, quoted, token] = match;
    if (name === undefined) continue;
    const key = name.toLowerCase();
    if (found.has(key)) return undefined;
    found.set(key, quoted === undefined ? token! : unquoted(quoted));
  }
  return found;
}

/** curl puts a backslash before `"` and itself, browsers percent-encode `"`, CR and LF, and both send other backslashes bare. */
function unquoted(text: string): string {
  return text.replace(/\\(["\\])|%(22|0[AD])/gi, (_, escaped, hex) => {
    return escaped ?? String.fromCharCode(Number.parseInt(hex, 16));
  });
}

function malformed(why: string): never {
  throw new HttpError(400, `Malformed form: ${why}`);
}
