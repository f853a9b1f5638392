// The public interface of `@fasterapi/bun`.

export { App, type Handler, type ListenOptions, type RouteOptions } from "./app.ts";
export type { ConstantValue } from "./constant.ts";
export type { Context, QueryValues, StatusFunction } from "./context.ts";
export {
  ContextExpiredError,
  FasterApiError,
  HttpError,
  type HttpErrorOptions,
  ListenError,
  RouteError,
} from "./errors.ts";
export type { AppOptions, Limits, RouteLimits, RouteTimeouts, Timeouts } from "./options.ts";
export type { PathParams } from "./path.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { Server, ServerStats, StopOptions } from "./server.ts";
