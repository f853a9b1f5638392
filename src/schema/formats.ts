// Formats of strings: those of TypeBox, but for two of which the core's words are kept.

import Format from "typebox/format";

/** As they were before anybody has set one. */
const original = new Map(Format.Entries());

/** Undefined for a format that nobody knows now: that is no rule. */
export function formatTest(format: string): ((text: string) => boolean) | undefined {
  const known = Format.Get(format);
  if (known === undefined || known !== original.get(format)) return known;
  return own.get(format) ?? known;
}

/** The core means the same by it. */
export function isNativeFormat(format: string): boolean {
  return nativeFormats.has(format) && Format.Get(format) === original.get(format);
}

/** TypeBox means the same by it. */
export function isForeignFormat(format: string): boolean {
  return !own.has(format);
}

/** Without `hostname`: what stands behind `xn--` the core takes as it is. */
const nativeFormats = new Set(["date", "time", "date-time", "email", "uuid", "uri", "ipv4", "ipv6"]);

const own: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["email", isEmail],
  ["date-time", isDateTime],
]);

const dotAtoms = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const quoted = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/;
const labels = /^(?!.{254})[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const literal = /^\[(?:(ipv6:)?(.+))\]$/i;

/** A mailbox of RFC 5321, in ASCII. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (!dotAtoms.test(local) && !quoted.test(local)) return false;
  const [, isIpv6, address] = literal.exec(domain) ?? [];
  if (address === undefined) return labels.test(domain);
  return (isIpv6 === undefined ? original.get("ipv4")! : original.get("ipv6")!)(address);
}

/** RFC 3339, without the suffix of RFC 9557. */
function isDateTime(text: string): boolean {
  return /^.{10}t/i.test(text) && original.get("date")!(text.slice(0, 10)) && original.get("time")!(text.slice(11));
}
