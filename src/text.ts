// Percent-encoding, queries, cookies, media types: text of a request made readable.

import { Fields, percentDecode } from "./native/fields.ts";

export { Fields, percentDecode };

/** An array where a key repeats. */
export function parseQuery(text: string): Record<string, string | string[]> {
  const fields = new Fields();
  if (text.length === 0) return fields;
  for (const part of text.split("&")) {
    if (part.length === 0) continue;
    const equals = part.indexOf("=");
    const key = formDecode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? "" : formDecode(part.slice(equals + 1));
    const before = fields[key];
    if (before === undefined) fields[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[key] = [before, value];
  }
  return fields;
}

function formDecode(text: string): string {
  return percentDecode(text.includes("+") ? text.replaceAll("+", " ") : text);
}

/** RFC 6265; the first of a name wins, quotes around a value are not part of it. */
export function parseCookies(text: string | null): Record<string, string> {
  const cookies = new Fields() as Record<string, string>;
  if (text === null) return cookies;
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim();
    if (name.length === 0 || cookies[name] !== undefined) continue;
    const value = part.slice(equals + 1).trim();
    const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
    cookies[name] = percentDecode(isQuoted ? value.slice(1, -1) : value);
  }
  return cookies;
}

/** In lower case, without parameters. */
export function mediaType(header: string | null): string {
  if (header === null) return "";
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** `application/json`, or a type that ends with `+json`, without parameters and in lower case. */
export function isJsonType(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

/** The web's `text()` drops a byte order mark. */
export function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
