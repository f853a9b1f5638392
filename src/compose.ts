// Middleware around a handler, composed once.

import { type AnyParams, Context } from "./context.ts";
import { Thrown } from "./outcome.ts";
import { lineOf, placeOf } from "./site.ts";

/**
 * Runs what is inside: the next middleware or, in the end, the handler. Gives its value, or a promise of it, or throws
 * what it throws. May be called once.
 */
export type Next = () => unknown;

/** Called for each request, with what comes inside of it. What it returns is the value; `undefined` keeps `next`'s. */
export type Middleware<State extends object = Record<string, unknown>> = (
  context: Context<AnyParams, State>,
  next: Next,
) => unknown;

export type Run = (context: Context) => unknown;

export interface ComposeOptions {
  /** Hears of a middleware that returned nothing and did not call `next`. */
  onSilence: (middleware: Middleware) => void;
  /** The handler may take too long: what waits for it can then be told. */
  isBounded: boolean;
}

export function compose(chain: readonly Middleware[], inside: Run, options: ComposeOptions): Run {
  return chain.reduceRight<Run>((run, middleware, depth) => around(middleware, run, depth, options), inside);
}

function around(middleware: Middleware, run: Run, depth: number, { onSilence, isBounded }: ComposeOptions): Run {
  return (context) => {
    let isCalled = false;
    let inner: unknown;
    const value = middleware(context, () => {
      if (isCalled) throw new Error(`${nameOf(middleware)} called next() twice`);
      isCalled = true;
      try {
        inner = run(context);
        if (isBounded && inner instanceof Promise) inner = Context.wait(context, depth, inner);
      } catch (error) {
        Context.became(context, depth, new Thrown(error));
        throw error;
      }
      Context.became(context, depth, inner);
      return inner;
    });
    const settle = (result: unknown): unknown => {
      if (result !== undefined) return result;
      if (!isCalled) onSilence(middleware);
      return inner;
    };
    return value instanceof Promise ? value.then(settle) : settle(value);
  };
}

/** Its name, or where it was written. */
export function labelOf(middleware: Middleware): string {
  return middleware.name || (lineOf(middleware) ?? "anonymous");
}

export function nameOf(middleware: Middleware): string {
  return middleware.name ? `The middleware ${middleware.name}` : `A middleware${placeOf(middleware)}`;
}
