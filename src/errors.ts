/**
 * Every error of this package that is not an answer to a client. `code` is stable; messages may change.
 *
 * @example
 * try { await app.listen({ port: 80 }); } catch (error) {
 *   if (error instanceof FasterApiError && error.code === "EACCES") console.error("port 80 needs more rights");
 * }
 */
export class FasterApiError extends Error {
  override readonly name: string = "FasterApiError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `listen` could not bind. `code` is the system's: `EADDRINUSE`, `EADDRNOTAVAIL`, `ENOTFOUND`, `EACCES`, `EMFILE`, … */
export class ListenError extends FasterApiError {
  override readonly name = "ListenError";
}

/** A route that cannot be, or two that match the same requests. Thrown by `listen`. */
export class RouteError extends FasterApiError {
  override readonly name = "RouteError";
}

/** A context, or something of it, was used after its request had been answered. */
export class ContextExpiredError extends FasterApiError {
  override readonly name = "ContextExpiredError";

  /** `route` is the name of the request's, like `GET /users/:id`. */
  constructor(route: string) {
    super(
      "CONTEXT_EXPIRED",
      `A request to ${route} has been answered already: await what still uses it, or copy what you need before you return`,
    );
  }
}

/**
 * Something of `@fasterapi/bun/core` was used as it can't be. `code` is `CLOSED` after `close()`, `ARGUMENT_INVALID` for what
 * no argument can be, `RELEASED` or `FOREIGN` for what isn't a pool's to take, `EXPIRED` for a head whose parser has gone on,
 * `TEXT_TOO_LARGE` or `STACK_SHORT` where the core can't look at what it was given.
 */
export class MisuseError extends FasterApiError {
  override readonly name = "MisuseError";
}

/**
 * A schema that `JsonSchema.compile` can't take. `code` is `SCHEMA_INVALID` where it is no JSON Schema, `SCHEMA_UNSUPPORTED`
 * where the core doesn't check all that it says.
 */
export class JsonSchemaError extends FasterApiError {
  override readonly name = "JsonSchemaError";
  /** Where in the schema, as a JSON pointer: `/properties/id/pattern`. */
  readonly pointer: string;

  constructor(code: "SCHEMA_INVALID" | "SCHEMA_UNSUPPORTED", pointer: string, reason: string, options?: ErrorOptions) {
    const what = code === "SCHEMA_INVALID" ? "This is no JSON Schema" : "The core doesn't check all of this schema";
    super(code, `${what}: ${reason}${pointer === "" ? "" : `, at ${pointer}`}`, options);
    this.pointer = pointer;
  }
}

/** Why a `signal` aborts, and what reading a body rejects with, when the client is gone. Nothing is logged of it. */
export class ClientGoneError extends DOMException {
  constructor() {
    super("The client went away", "AbortError");
  }
}

export interface HttpErrorOptions extends ErrorOptions {
  /** Sent with the answer. */
  headers?: Record<string, string>;
}

/**
 * Thrown by a handler, becomes the answer: `{"detail": …}` with this status. The detail may be anything that JSON can
 * say; without one it is the status' reason phrase.
 *
 * @example
 * app.get("/users/:id", ({ params }) => {
 *   throw new HttpError(404, `There is no user ${params.id}`);
 * });
 */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  readonly status: number;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;

  /** Throws `RangeError` when `status` is not an integer from 400 to 599. */
  constructor(status: number, detail?: unknown, options?: HttpErrorOptions) {
    const said = detail ?? reasons.get(status) ?? "Error";
    super(typeof said === "string" ? said : JSON.stringify(said), options);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`The status of an HttpError is an integer from 400 to 599, not ${Bun.inspect(status)}`);
    }
    this.status = status;
    this.detail = said;
    this.headers = options?.headers;
  }
}

/** One value that is not as its schema says: an entry of a 422's `detail`. */
export interface ValidationFailure {
  /** Where: `["body", "items", 0, "qty"]`. It begins with `params`, `query`, `headers`, `cookies` or `body`. */
  loc: readonly (string | number)[];
  /** For people. */
  msg: string;
  /** For programs, and stable: `missing`, `string_too_short`, … */
  type: string;
  /** What was there, shortened; left out for what is missing and for what the schema marks `writeOnly`. */
  input?: unknown;
}

/**
 * A request that is not as the schemas of its route say: a 422 whose `detail` is `failures`.
 *
 * @example
 * app.onError((error) => (error instanceof ValidationError ? { invalid: error.failures.map(({ loc }) => loc) } : undefined));
 */
export class ValidationError extends HttpError {
  override readonly name = "ValidationError";
  readonly failures: readonly ValidationFailure[];

  constructor(failures: readonly ValidationFailure[], options?: HttpErrorOptions) {
    super(422, failures, options);
    this.failures = failures;
    this.message = failures.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ");
  }
}

/** RFC 9110, section 15: of errors. */
export const reasons: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [411, "Length Required"],
  [412, "Precondition Failed"],
  [413, "Content Too Large"],
  [414, "URI Too Long"],
  [415, "Unsupported Media Type"],
  [416, "Range Not Satisfiable"],
  [417, "Expectation Failed"],
  [418, "I'm a Teapot"],
  [421, "Misdirected Request"],
  [422, "Unprocessable Content"],
  [423, "Locked"],
  [424, "Failed Dependency"],
  [425, "Too Early"],
  [426, "Upgrade Required"],
  [428, "Precondition Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [451, "Unavailable For Legal Reasons"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [507, "Insufficient Storage"],
]);
