// A JSON body as `JSON.parse` sees it, or the 422 that says where it is none.

import { ValidationError } from "./errors.ts";
import type { Build, Exchange } from "./native/exchange.ts";
import { faultFailure, jsonFault } from "./native/json.ts";

/** Throws a 422 whose detail is that of a failed validation. `build` is that of the schema which the core checked it by. */
export function parseJsonBody(exchange: Exchange, build?: Build): unknown {
  if (exchange.bodyIsValid) {
    const built = build === undefined ? undefined : exchange.builtBody(build);
    return built === undefined ? JSON.parse(exchange.bodyText()) : built;
  }
  const fault = jsonFault(exchange.checkJson());
  if (fault === undefined) return JSON.parse(exchange.bodyText());
  throw new ValidationError([faultFailure(fault, exchange.takeBody(), ["body"])]);
}
