// One route as the runtime sees it: how its handler is run, and what becomes of what it returns or throws.

import type { Run } from "./compose.ts";
import { Context, type ContextRoute } from "./context.ts";
import { ClientGoneError, HttpError } from "./errors.ts";
import type { FormLimits } from "./form-limits.ts";
import { lossWithin } from "./lost.ts";
import type { Exchange, Route } from "./native/exchange.ts";
import { Failure, respond } from "./respond.ts";
import type { ErrorHandler } from "./scope.ts";
import { shown } from "./shown.ts";
import type { Respondent } from "./streaming.ts";
import { isThenable } from "./thenable.ts";

export interface RouteInfo {
  /** `GET /users/:id`, for messages. */
  readonly name: string;
  /** It gets what no route matches: its errors are named after the request. */
  readonly isFallback: boolean;
  readonly pattern: string;
  readonly formLimits: FormLimits;
  readonly streamsBody: boolean;
  /** What checks its requests; undefined where it has no schemas for them. */
  readonly validation: "js" | undefined;
  readonly handlerMs: number;
  /** Innermost first. */
  readonly errorHandlers: readonly ErrorHandler[];
  readonly development: boolean;
  readonly onTimeout: () => void;
}

/** A handler with all that is around it, bound to nothing but itself. */
export class DispatchedRoute implements Route, ContextRoute {
  readonly name: string;
  readonly paramNames: readonly string[];
  readonly formLimits: FormLimits;
  readonly streamsBody: boolean;
  validation: "native" | "js" | undefined;
  readonly handlerMs: number;
  // Closures, so that calling them costs no look-up, and so that each knows which route it is.
  readonly start: Route["start"];
  readonly finish: Route["finish"];
  readonly fail: Route["fail"];
  readonly timeOut: Route["timeOut"];

  constructor(run: Run, info: RouteInfo) {
    this.name = info.name;
    this.paramNames = paramNames(info.pattern);
    this.formLimits = info.formLimits;
    this.streamsBody = info.streamsBody;
    this.validation = info.validation;
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
      Context.waitsOf(exchange.context as Context)?.forget();
      const value = lastWord(info, exchange.context as Context, { error, before: undefined }, 0);
      if (value instanceof Promise) return value;
      try {
        return respond(exchange, exchange.context as Context, value, respondent);
      } catch (second) {
        return giveUp(exchange, info, second);
      }
    };

    this.timeOut = (exchange, promise) => {
      const late = new HttpError(503, "The handler took too long");
      const waits = Context.waitsOf(exchange.context as Context);
      if (exchange.isLate) {
        // Middleware that heard of it and go on: those around them hear of it now, whatever comes of that.
        if (waits?.end(late) !== undefined) {
          waits.endAll(late);
          return nextTurn().then(() => Promise.reject(late));
        }
        // Not even what was to be said of it came in time.
        return this.finish(exchange, new Failure(late));
      }
      exchange.isLate = true;
      info.onTimeout();
      const reason = new DOMException(`${info.name} took more than ${info.handlerMs} ms`, "TimeoutError");
      Context.abort(exchange.context as Context, reason);
      if (info.development) {
        isSaid(console.warn, () => [`${reason.message} (timeouts.handlerMs): it is answered with 503 in its place`]);
      }
      // Those around it clean up, log, or answer something else: they are waited for once more as long.
      const inner = waits?.end(late);
      if (info.development) watchLate(info, inner ?? (promise as Promise<unknown>), reason);
      return inner === undefined ? this.fail(exchange, late) : (promise as Promise<unknown>);
    };
  }
}

/** Of the event loop: by then everybody has heard of what was rejected. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** In development it says once of each kind what goes wrong without an error. */
function respondentOf(info: RouteInfo): Respondent {
  const { name, development } = info;
  const reportUnlessGone = (error: unknown) => {
    if (!isClientGone(error)) report(name, error);
  };
  if (!development) return { report: reportUnlessGone, onJson: undefined, onLate: undefined };
  const told = new Set<string>();
  const warn = (kind: string, text: string) => {
    if (!told.has(kind)) isSaid(console.warn, () => [`${name}: ${text}`]);
    told.add(kind);
  };
  return {
    report: reportUnlessGone,
    onJson: (value, text) => {
      const loss = told.has("json") ? undefined : (lostWhole(value) ?? lossWithin(value, text));
      if (loss !== undefined) warn("json", `in what was returned, ${loss}`);
    },
    onLate: () => {
      const rule = "a generator says it before its first await or yield";
      warn("late", `what status(), set() or append() say after the head was sent has no effect: ${rule}`);
    },
  };
}

interface Thrown {
  error: unknown;
  /** What `onError` had to answer when it threw this. */
  before: Thrown | undefined;
}

/** Plain objects are neither waited for nor iterated over. */
function lostWhole(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (typeof (value as { then?: unknown }).then === "function") {
    return "value is a plain object with a function then, for which nobody waits: await it, or return a Promise";
  }
  if (Symbol.asyncIterator in value)
    return "value is a plain object that is iterated over by nobody: return a generator";
  return undefined;
}

/** What the handlers of errors, from `index` on, make of it. */
function lastWord(info: RouteInfo, context: Context, thrown: Thrown, index: number): unknown {
  const handler = info.errorHandlers[index];
  if (handler === undefined) return new Failure(answerTo(info, context, thrown));
  const { error } = thrown;
  const orDefault = (value: unknown) => (value === undefined ? lastWord(info, context, thrown, Infinity) : value);
  const after = (next: unknown) => {
    const before = next === error ? thrown.before : thrown;
    return lastWord(info, context, { error: next, before }, index + 1);
  };
  try {
    if (isHttpError(error)) Context.preset(context, error.status, error.headers);
    else Context.preset(context, 500);
    const value = handler(error, context);
    if (!(value instanceof Promise)) return orDefault(value);
    return value.then(orDefault, after);
  } catch (next) {
    return after(next);
  }
}

function answerTo(info: RouteInfo, context: Context, { error, before }: Thrown): HttpError {
  if (isHttpError(error)) return error;
  // Nobody reads this, unless a client has only ended its side.
  if (isClientGone(error)) return new HttpError(400, error.message, { cause: error });
  return report(nameOf(info, context), error, before);
}

/** What was to be said of an error can't be sent: all of it goes, headers too. */
function giveUp(exchange: Exchange, info: RouteInfo, error: unknown): undefined {
  const context = exchange.context as Context;
  Context.forget(context);
  respond(exchange, context, new Failure(report(nameOf(info, context), error)), respondentOf(info));
}

function isClientGone(error: unknown): error is ClientGoneError {
  try {
    return error instanceof ClientGoneError;
  } catch {
    return false;
  }
}

/** What can't even be asked, like a revoked proxy, is none. */
function isHttpError(error: unknown): error is HttpError {
  try {
    return error instanceof HttpError;
  } catch {
    return false;
  }
}

function nameOf(info: RouteInfo, context: Context): string {
  return info.isFallback ? `${context.method} ${context.path}` : info.name;
}

/** Says once what went wrong; the client gets no more than a number to ask about. */
function report(name: string, error: unknown, before?: Thrown): HttpError {
  const id = crypto.randomUUID().slice(0, 8);
  const place = `${name} (${id}):`;
  const isShown = isSaid(console.error, () => {
    let text = before === undefined ? shown(error) : `onError failed: ${shown(error)}`;
    for (let each = before; each !== undefined; each = each.before) text += `\nwhile answering: ${shown(each.error)}`;
    return [`${place} ${text}`];
  });
  if (!isShown) isSaid(console.error, () => [place, "an error that can't be shown"]);
  return new HttpError(500, undefined, { headers: { "x-error-id": id } });
}

/** A message may be a getter that throws, and the console somebody's own: neither may cost the client its answer. */
function isSaid(say: (...words: unknown[]) => void, words: () => unknown[]): boolean {
  try {
    say(...words());
    return true;
  } catch {
    return false;
  }
}

/** What comes of a handler whose request was answered without it: the client can't be told any more. */
function watchLate({ name }: RouteInfo, promise: Promise<unknown>, reason: Error): void {
  promise.then(
    () => isSaid(console.warn, () => [`${name} has returned now, after its request had been answered`]),
    (error: unknown) => {
      // As its signal told it to.
      if (error === reason) return;
      isSaid(console.warn, () => [`${name} has failed now, after its request had been answered: ${shown(error)}`]);
    },
  );
}

const { then } = Promise.prototype;

/** `["id", "rest"]` for `/users/:id/*rest`. */
export function paramNames(pattern: string): string[] {
  const names: string[] = [];
  for (const segment of pattern.split("/")) if (/^[:*]/.test(segment)) names.push(segment.slice(1));
  return names;
}
