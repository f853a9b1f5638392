// One route as the runtime sees it: how its handler is run, and what becomes of what it returns or throws.

import { Context } from "./context.ts";
import { HttpError } from "./errors.ts";
import type { Route } from "./native/exchange.ts";
import { respond, respondError, sendJson } from "./respond.ts";

// biome-ignore lint/suspicious/noExplicitAny: a handler of any route, whose types its registration has checked.
export type AnyHandler = (context: any) => unknown;

export interface RouteInfo {
  /** `GET /users/:id`, for messages. */
  readonly name: string;
  readonly pattern: string;
  readonly handlerMs: number;
}

/** A route with its handler, bound to nothing but itself. */
export class DispatchedRoute implements Route {
  readonly name: string;
  readonly paramNames: readonly string[];
  readonly handlerMs: number;
  readonly start: Route["start"];
  readonly finish: Route["finish"];
  readonly fail: Route["fail"];
  readonly timeOut: Route["timeOut"];

  constructor(info: RouteInfo, handler: AnyHandler, onTimeout: () => void) {
    this.name = info.name;
    this.paramNames = paramNames(info.pattern);
    this.handlerMs = info.handlerMs;

    // Closures, so that calling them costs no look-up, and so that each says which route it was.
    this.start = (exchange) => {
      const context = new Context(exchange, this);
      exchange.context = context;
      try {
        const value = handler(context);
        // A promise of another class may do in `then` whatever it likes: here it may throw, in the pump it must not.
        if (value instanceof Promise) return value.then === then ? value : Promise.resolve().then(() => value);
        if (isThenable(value)) return Promise.resolve(value);
        return respond(exchange, context as Context, value);
      } catch (error) {
        return this.fail(exchange, error);
      }
    };
    this.finish = (exchange, value) => {
      try {
        return respond(exchange, exchange.context as Context, value);
      } catch (error) {
        return this.fail(exchange, error);
      }
    };
    this.fail = (exchange, error) => {
      const context = exchange.context as Context;
      const answer = error instanceof HttpError ? error : this.report(error);
      try {
        respondError(exchange, context, answer);
      } catch (second) {
        // Neither its detail nor the headers can be trusted: the answer goes without.
        this.report(second);
        sendJson(exchange, undefined, 500, { detail: "Internal Server Error" });
      }
      return undefined;
    };
    this.timeOut = (exchange) => {
      onTimeout();
      const context = exchange.context as Context;
      Context.abort(context, new DOMException(`${this.name} took more than ${this.handlerMs} ms`, "TimeoutError"));
      this.fail(exchange, new HttpError(503, "The handler took too long"));
    };
  }

  /** Says once what went wrong, and to the client nothing of it. */
  private report(error: unknown): HttpError {
    console.error(`${this.name}:`, error);
    return new HttpError(500);
  }
}

const { then } = Promise.prototype;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

/** `["id", "rest"]` for `/users/:id/*rest`. */
export function paramNames(pattern: string): string[] {
  const names: string[] = [];
  for (const segment of pattern.split("/")) if (/^[:*]/.test(segment)) names.push(segment.slice(1));
  return names;
}
