// What a status is called in a document. Not from `node:http`: to load that takes nearly as long as all our own files.

import { reasons } from "../errors.ts";

/** Those that are no errors, and errors that nobody throws. */
const others: ReadonlyMap<number, string> = new Map([
  [200, "OK"],
  [201, "Created"],
  [202, "Accepted"],
  [203, "Non-Authoritative Information"],
  [204, "No Content"],
  [205, "Reset Content"],
  [206, "Partial Content"],
  [207, "Multi-Status"],
  [208, "Already Reported"],
  [226, "IM Used"],
  [300, "Multiple Choices"],
  [301, "Moved Permanently"],
  [302, "Found"],
  [303, "See Other"],
  [304, "Not Modified"],
  [305, "Use Proxy"],
  [307, "Temporary Redirect"],
  [308, "Permanent Redirect"],
  [407, "Proxy Authentication Required"],
  [505, "HTTP Version Not Supported"],
  [506, "Variant Also Negotiates"],
  [508, "Loop Detected"],
  [509, "Bandwidth Limit Exceeded"],
  [510, "Not Extended"],
  [511, "Network Authentication Required"],
]);

export function reasonOf(status: number): string {
  return reasons.get(status) ?? others.get(status) ?? `Status ${status}`;
}
