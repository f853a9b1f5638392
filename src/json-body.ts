// A JSON body as `JSON.parse` sees it, or the 422 that says where it is none.

import { ValidationError } from "./errors.ts";
import type { Exchange } from "./native/exchange.ts";
import { jsonFault } from "./native/json.ts";

/** Throws a 422 whose detail is that of a failed validation. */
export function parseJsonBody(exchange: Exchange): unknown {
  if (exchange.bodyIsValid) return JSON.parse(exchange.bodyText());
  const fault = jsonFault(exchange.checkJson());
  if (fault === undefined) return JSON.parse(exchange.bodyText());
  const text = exchange.takeBody().subarray(0, fault.offset);
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf(10); i >= 0; i = text.indexOf(10, i + 1)) {
    line++;
    lineStart = i + 1;
  }
  const column = Buffer.from(text.subarray(lineStart)).toString().length + 1;
  throw new ValidationError([
    { loc: ["body", fault.offset], msg: `${fault.reason} at line ${line}, column ${column}`, type: "json_invalid" },
  ]);
}
