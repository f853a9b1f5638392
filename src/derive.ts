// What `derive` is given, as a middleware.

import type { Middleware } from "./compose.ts";
import { describe } from "./describe.ts";
import { placeOf } from "./site.ts";
import { isThenable } from "./thenable.ts";

export type Derivation = (context: Parameters<Middleware>[0]) => unknown;

/** Adds what `make` returns to the state. Its errors are those of a middleware, also when it returns one. */
export function deriving(make: Derivation): Middleware {
  const middleware: Middleware = (context, next) => {
    const made = make(context);
    if (!isThenable(made)) {
      Object.assign(context.state, stateOf(make, made));
      return next();
    }
    return Promise.resolve(made).then((later) => {
      Object.assign(context.state, stateOf(make, later));
      return next();
    });
  };
  return Object.defineProperty(middleware, "name", { value: make.name });
}

function stateOf(make: Derivation, made: unknown): object {
  if (made instanceof Error) throw made;
  const isResponse = made instanceof Response;
  if (typeof made === "object" && made !== null && !Array.isArray(made) && !isResponse) return made;
  const what = isResponse ? "a Response, with which only a middleware can answer" : describe(made);
  throw new TypeError(`The function of derive${placeOf(make)} returns an object for the state, not ${what}`);
}
