// Why a pattern can't be a route, in words that say what to write in its place.

import { FasterApiError, RouteError } from "../errors.ts";
import * as abi from "./abi.ts";
import { Status } from "./abi.ts";
import { codeOf } from "./status.ts";

const reasons: { [status: number]: string } = {
  [Status.patternTooLong]: `a path has at most ${abi.patternBytesMax} bytes`,
  [Status.paramRepeated]: "two params have the same name",
  [Status.paramsTooMany]: `a path has at most ${abi.paramsMax} params`,
  [Status.wildcardNotLast]: "*name takes all the rest, so nothing can follow it",
  [Status.segmentsTooMany]: "the path has too many segments",
};

/** `name` is the route's, with its place behind it. */
export function routeError(status: number, name: string, pattern: string): Error {
  const code = codeOf(status);
  let reason = reasons[status];
  if (status === Status.patternInvalid) reason = foreign(pattern) ?? invalid(pattern);
  if (status === Status.paramNameInvalid) reason = foreign(pattern) ?? nameless(pattern);
  if (reason === undefined) return new FasterApiError(code, `Adding ${name} failed: ${code}`);
  return new RouteError(code, `${name} can't be a route: ${reason}`);
}

/** What other frameworks write. */
function foreign(pattern: string): string | undefined {
  const [braces, inner] = /\{:?(\w*)[^}]*\}/.exec(pattern) ?? [];
  if (braces !== undefined) return `${quoted(braces)} is written :${inner || "name"} here`;
  const [typed, param] = /:(\w+)<[^>]*>/.exec(pattern) ?? [];
  if (typed !== undefined)
    return `${quoted(typed)}: a param is any text, so write :${param}, and check it in the handler`;
  const [angles, between] = /<(?:\w+:)?(\w+)>/.exec(pattern) ?? [];
  if (angles !== undefined) return `${quoted(angles)} is written :${between} here`;
  const [optional] = /:\w+\?/.exec(pattern) ?? [];
  if (optional !== undefined)
    return `${quoted(optional)}: no param is optional, so write two routes, one of them without it`;
  const [matched, name] = /:(\w+)\(.*\)?/.exec(pattern) ?? [];
  if (matched !== undefined)
    return `${quoted(matched)}: a param has no pattern, so write :${name}, and check it in the handler`;
  return undefined;
}

function invalid(pattern: string): string | undefined {
  if (pattern === "") return 'it is empty: write "/"';
  if (/^[a-z]+:\/\//i.test(pattern)) return "a path begins with /, behind scheme and host";
  if (!pattern.startsWith("/")) return `a path begins with /: write ${quoted(`/${pattern}`)}`;
  const [lower] = /%(?![0-9A-F]{2})[0-9a-fA-F]{2}/.exec(pattern) ?? [];
  for (const character of pattern) {
    if (character === "?") return "`?` begins the query, which is no part of a path: read it from query";
    if (character === "#") return "`#` begins the fragment, which clients keep to themselves";
    if (character === "\\") return "`\\`: clients send / in its place";
    if (character === "%" && lower !== undefined) {
      const run = /(?:%[0-9a-fA-F]{2})+/.exec(pattern.slice(pattern.indexOf(lower)))![0];
      return `${quoted(run)}: clients encode in capitals, and nothing is normalised: write ${run.toUpperCase()}`;
    }
    if (/[^!-~]|["<>^`{}]/u.test(character)) {
      const encoded = encodeURIComponent(character.toWellFormed());
      return `${/\s|\p{C}/u.test(character) ? JSON.stringify(character) : quoted(character)} is written ${encoded} here`;
    }
  }
  return "it holds what no client sends in a path";
}

/** Of a segment that is no param: clients could send it, but nobody would know by which name. */
function nameless(pattern: string): string {
  const wrong = pattern.split("/").find((segment) => /^[:*]/.test(segment) && !/^[:*][A-Za-z_]\w*$/.test(segment));
  const kind = wrong?.startsWith("*") ? "a wildcard" : "a param";
  if (wrong === undefined || wrong === ":" || wrong === "*") {
    return `${quoted(wrong ?? ":")}: ${kind} has a name, by which params has it: ${kind === "a param" ? ":id" : "*rest"}`;
  }
  if (/^[:*]\d/.test(wrong)) return `${quoted(wrong)}: the name of ${kind} doesn't begin with a digit`;
  const [name] = /^[:*]\w+/.exec(wrong) ?? [`${wrong[0]}name`];
  const rest = "a segment as a whole, whose name has letters, digits and underscores";
  const what = kind === "a param" ? `a param is ${rest}` : "the name of a wildcard has letters, digits and underscores";
  return `${quoted(wrong)}: ${what}: write ${name}, and take it apart in the handler`;
}

function quoted(text: string): string {
  return `\`${text}\``;
}
