// One route as the runtime sees it: how its handler is run, and what becomes of what it returns or throws.

import type { Run } from "./compose.ts";
import { Context, type ContextRoute } from "./context.ts";
import { HttpError } from "./errors.ts";
import type { FormLimits } from "./form-limits.ts";
import { lossWithin } from "./lost.ts";
import type { Exchange, Route } from "./native/exchange.ts";
import { Failure, respond } from "./respond.ts";
import type { ErrorHandler } from "./scope.ts";
import type { Respondent } from "./streaming.ts";
import { isThenable } from "./thenable.ts";

export interface RouteInfo {
  /** `GET /users/:id`, for messages. */
  readonly name: string;
  readonly pattern: string;
  readonly formLimits: FormLimits;
  readonly handlerMs: number;
  /** Innermost first. */
  readonly errorHandlers: readonly ErrorHandler[];
  readonly development: boolean;
  readonly onTimeout: () => void;
}

/** A handler with all that is around it, bound to nothing but itself. */
export class DispatchedRoute implements Route, ContextRoute {
  readonly paramNames: readonly string[];
  readonly formLimits: FormLimits;
  readonly handlerMs: number;
  // Closures, so that calling them costs no look-up, and so that each knows which route it is.
  readonly start: Route["start"];
  readonly finish: Route["finish"];
  readonly fail: Route["fail"];
  readonly timeOut: Route["timeOut"];

  constructor(run: Run, info: RouteInfo) {
    this.paramNames = paramNames(info.pattern);
    this.formLimits = info.formLimits;
    this.handlerMs = info.handlerMs;
    const respondent = respondentOf(info);

    this.start = (exchange) => {
      const context = new Context(exchange, this) as Context;
      exchange.context = context;
      try {
        const value = run(context);
        // A promise of another class may do in `then` whatever it likes: here it may throw, in the pump it must not.
        if (value instanceof Promise) return value.then === then ? value : Promise.resolve().then(() => value);
        if (isThenable(value)) return Promise.resolve(value);
        return respond(exchange, context, value, respondent);
      } catch (error) {
        return this.fail(exchange, error);
      }
    };

    this.finish = (exchange, value) => {
      const context = exchange.context as Context;
      try {
        return respond(exchange, context, value, respondent);
      } catch (error) {
        return value instanceof Failure ? giveUp(exchange, info, error) : this.fail(exchange, error);
      }
    };

    this.fail = (exchange, error) => {
      const value = lastWord(info, exchange.context as Context, error, 0);
      if (value instanceof Promise) return value;
      try {
        return respond(exchange, exchange.context as Context, value, respondent);
      } catch (second) {
        return giveUp(exchange, info, second);
      }
    };

    this.timeOut = (exchange) => {
      const late = new HttpError(503, "The handler took too long");
      // Not even what was to be said of it came in time.
      if (exchange.isLate) return this.finish(exchange, new Failure(late));
      exchange.isLate = true;
      info.onTimeout();
      const reason = new DOMException(`${info.name} took more than ${info.handlerMs} ms`, "TimeoutError");
      Context.abort(exchange.context as Context, reason);
      if (info.development) console.warn(reason.message);
      return this.fail(exchange, late);
    };
  }
}

function respondentOf(info: RouteInfo): Respondent {
  const { name, development } = info;
  let isTold = false;
  const onJson = (value: unknown, text: string) => {
    const loss = isTold ? undefined : lossWithin(value, text);
    if (loss === undefined) return;
    isTold = true;
    console.warn(`${name}: in what was returned, ${loss}`);
  };
  return { report: (error) => report(info, error), onJson: development ? onJson : undefined };
}

/** What the handlers of errors, from `index` on, make of it. */
function lastWord(info: RouteInfo, context: Context, error: unknown, index: number): unknown {
  const handler = info.errorHandlers[index];
  if (handler === undefined) return new Failure(isHttpError(error) ? error : report(info, error));
  const orDefault = (value: unknown) => (value === undefined ? lastWord(info, context, error, Infinity) : value);
  try {
    if (isHttpError(error)) Context.preset(context, error.status, error.headers);
    else Context.preset(context, 500);
    const value = handler(error, context);
    if (!(value instanceof Promise)) return orDefault(value);
    return value.then(orDefault, (next) => lastWord(info, context, next, index + 1));
  } catch (next) {
    return lastWord(info, context, next, index + 1);
  }
}

/** What was to be said of an error can't be sent: all of it goes, headers too. */
function giveUp(exchange: Exchange, info: RouteInfo, error: unknown): undefined {
  const context = exchange.context as Context;
  Context.forget(context);
  respond(exchange, context, new Failure(report(info, error)), respondentOf(info));
}

/** What can't even be asked, like a revoked proxy, is none. */
function isHttpError(error: unknown): error is HttpError {
  try {
    return error instanceof HttpError;
  } catch {
    return false;
  }
}

/** Says once what went wrong; the client gets no more than a number to ask about. */
function report({ name, development }: RouteInfo, error: unknown): HttpError {
  const id = crypto.randomUUID().slice(0, 8);
  const place = `${name} (${id}):`;
  const isShown = isSaid(() => {
    if (!development || !(error instanceof Error)) return [place, error];
    return [`${place} ${error.name}: ${error.message}\n${ownFrames(error)}`];
  });
  if (!isShown) isSaid(() => [place, "an error that can't be shown"]);
  return new HttpError(500, undefined, { headers: { "x-error-id": id } });
}

/** A message may be a getter that throws, and the console somebody's own: neither may cost the client its answer. */
function isSaid(words: () => unknown[]): boolean {
  try {
    console.error(...words());
    return true;
  } catch {
    return false;
  }
}

/** The stack without what is not the application's. */
function ownFrames(error: Error): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const own = frames.filter((line) => !line.includes(import.meta.dir) && !/\((node:|native)/.test(line));
  const cause = error.cause === undefined ? "" : `\n  caused by ${Bun.inspect(error.cause)}`;
  return own.join("\n") + cause;
}

const { then } = Promise.prototype;

/** `["id", "rest"]` for `/users/:id/*rest`. */
export function paramNames(pattern: string): string[] {
  const names: string[] = [];
  for (const segment of pattern.split("/")) if (/^[:*]/.test(segment)) names.push(segment.slice(1));
  return names;
}
