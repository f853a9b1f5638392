// A JSON body as `JSON.parse` sees it, or the 422 that says where it is none.

import { ValidationError } from "./errors.ts";
import type { Exchange } from "./native/exchange.ts";
import { faultFailure, jsonFault } from "./native/json.ts";

/** Throws a 422 whose detail is that of a failed validation. */
export function parseJsonBody(exchange: Exchange): unknown {
  if (exchange.bodyIsValid) return JSON.parse(exchange.bodyText());
  const fault = jsonFault(exchange.checkJson());
  if (fault === undefined) return JSON.parse(exchange.bodyText());
  throw new ValidationError([faultFailure(fault, exchange.takeBody(), ["body"])]);
}
