// The public interface of `@fasterapi/bun`.

// What a schema is written with: TypeBox's `Type`.
export { Type as t } from "typebox";
export type { ListenOptions } from "./address.ts";
export { App, type Handler, type TypedRoute } from "./app.ts";
export type { Middleware, Next } from "./compose.ts";
export type { ConstantValue } from "./constant.ts";
export type { Context, QueryValues, StatusFunction } from "./context.ts";
export {
  ClientGoneError,
  ContextExpiredError,
  FasterApiError,
  HttpError,
  type HttpErrorOptions,
  ListenError,
  RouteError,
  ValidationError,
  type ValidationFailure,
} from "./errors.ts";
export type {
  OpenApiDocument,
  OpenApiInfo,
  OpenApiOptions,
  SecurityRequirement,
  SecurityScheme,
} from "./openapi/types.ts";
export type {
  AppOptions,
  GroupOptions,
  Limits,
  RouteLimits,
  RouteOptions,
  RouteTimeouts,
  Timeouts,
} from "./options.ts";
export type { PathParams } from "./path.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { RouteDetails } from "./route-details.ts";
export type { ResponseSchemas, Schema, StandardSchema } from "./schema/schema.ts";
export type { ErrorHandler } from "./scope.ts";
export type { Server, ServerStats, StopOptions } from "./server.ts";
export { type EventStreamOptions, type ServerSentEvent, sse } from "./sse.ts";
