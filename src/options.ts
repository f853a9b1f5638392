// What an application can be told, and what it is when nobody does.

import { describe } from "./describe.ts";
import type { FormLimits } from "./form-limits.ts";
import { checkText, isObject, isTrue, refuseUnknown } from "./given.ts";
import * as abi from "./native/abi.ts";
import type { Limits as ServerLimits, Settings as ServerSettings, Timeouts } from "./native/settings.ts";
import { checkSecurity } from "./openapi/info.ts";
import { type OpenApiSettings, openApiSettings } from "./openapi/settings.ts";
import type { OpenApiOptions, SecurityRequirement } from "./openapi/types.ts";
import { byStatus, checkSchema, type ResponseSchemas, type Schema } from "./schema/schema.ts";

export type { Timeouts };

export interface Limits extends ServerLimits, FormLimits {}

export interface Settings extends ServerSettings {
  limits: Limits;
  /** Undefined where neither document nor page is served. */
  openapi: OpenApiSettings | undefined;
}

export interface AppOptions {
  limits?: Partial<Limits>;
  timeouts?: Partial<Timeouts>;
  /**
   * Microseconds that an empty loop looks again before it sleeps; "auto" for as long as it pays. All servers of a
   * JavaScript heap share the loop: the number that was listened with last is that of all.
   */
  spinUs?: number | "auto";
  /**
   * Serves the OpenAPI document at `/openapi.json` and a page with it at `/docs`, which needs the package
   * `swagger-ui-dist`. Default: neither.
   */
  openapi?: boolean | OpenApiOptions;
  /** Warnings and checks that cost time. Default: `NODE_ENV` is not "production". */
  development?: boolean;
}

const defaultLimits: Limits = {
  targetBytes: abi.targetBytesDefault,
  headBytes: abi.headBytesDefault,
  headers: abi.headersDefault,
  bodyBytes: abi.bodyBytesDefault,
  chunkExtraBytes: abi.chunkExtraBytesDefault,
  pipelined: abi.pipelinedDefault,
  connections: abi.connectionsDefault,
  bufferedBytes: abi.bufferedBytesDefault,
  formFields: 1_000,
  formFiles: 100,
  formFieldBytes: 1_048_576,
  // No body is larger.
  formFileBytes: abi.bodyBytesMax,
};

const defaultTimeouts: Timeouts = {
  headMs: abi.headMsDefault,
  bodyMs: abi.bodyMsDefault,
  idleMs: abi.idleMsDefault,
  writeMs: abi.writeMsDefault,
  handlerMs: 0,
};

type Range = readonly [least: number, most: number];

const limitRanges: Record<keyof Limits, Range> = {
  targetBytes: [1, abi.headBytesMax],
  headBytes: [1, abi.headBytesMax],
  headers: [1, abi.headersMax],
  bodyBytes: [0, abi.bodyBytesMax],
  chunkExtraBytes: [0, abi.chunkExtraBytesMax],
  pipelined: [1, abi.pipelinedMax],
  connections: [1, abi.connectionsMax],
  bufferedBytes: [abi.bufferedBytesMin, abi.bodyBytesMax],
  formFields: [0, 1_000_000],
  formFiles: [0, 1_000_000],
  // A string has room for it.
  formFieldBytes: [0, 2 ** 30],
  formFileBytes: [0, abi.bodyBytesMax],
};

/** 24 days: more is no `setTimeout`. */
const msMax = 2 ** 31 - 1;
const timeoutRanges: Record<keyof Timeouts, Range> = {
  headMs: [1, msMax],
  bodyMs: [1, msMax],
  idleMs: [1, msMax],
  writeMs: [1, msMax],
  handlerMs: [0, msMax],
};

/** Throws `TypeError` for an option that doesn't exist and `RangeError` for a value that can't be. */
export function settingsOf(options: AppOptions = {}): Settings {
  if (!isObject(options)) throw new TypeError(`The options of an App are an object, not ${describe(options)}`);
  refuseUnknown("option", options, ["limits", "timeouts", "spinUs", "openapi", "development"]);
  const { spinUs = "auto" } = options;
  return {
    limits: { ...defaultLimits, ...checked("limits", options.limits, limitRanges) },
    timeouts: { ...defaultTimeouts, ...checked("timeouts", options.timeouts, timeoutRanges) },
    spinUs: spinUs === "auto" ? -1 : inRange("spinUs", spinUs, [0, 1_000_000]),
    openapi: openApiSettings(options.openapi),
    development: isTrue("development", options.development ?? process.env.NODE_ENV !== "production"),
  };
}

/** The values that were given, each an integer in its range. */
export function checked<Key extends string>(
  group: string,
  given: Partial<Record<Key, number>> | undefined,
  ranges: Record<Key, Range>,
): Partial<Record<Key, number>> {
  const values: Partial<Record<Key, number>> = {};
  if (given === undefined) return values;
  if (!isObject(given)) throw new TypeError(`${group} is an object, not ${describe(given)}`);
  refuseUnknown(`option of ${group}`, given, Object.keys(ranges));
  for (const key of Object.keys(ranges) as Key[]) {
    const value = given[key];
    if (value !== undefined) values[key] = inRange(`${group}.${key}`, value, ranges[key]);
  }
  return values;
}

/** What a route may set of its own. */
export type RouteLimits = Pick<Limits, "bodyBytes" | keyof FormLimits>;

export type RouteTimeouts = Pick<Timeouts, "bodyMs" | "writeMs" | "handlerMs">;

export const routeLimitRanges: Record<keyof RouteLimits, Range> = {
  bodyBytes: limitRanges.bodyBytes,
  formFields: limitRanges.formFields,
  formFiles: limitRanges.formFiles,
  formFieldBytes: limitRanges.formFieldBytes,
  formFileBytes: limitRanges.formFileBytes,
};
export const routeTimeoutRanges: Record<keyof RouteTimeouts, Range> = {
  bodyMs: timeoutRanges.bodyMs,
  writeMs: timeoutRanges.writeMs,
  handlerMs: timeoutRanges.handlerMs,
};

function inRange(name: string, value: unknown, [least, most]: Range): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is an integer from ${least} to ${most}, not ${Bun.inspect(value)}`);
  }
  return value;
}

/** What is said of a route besides its code. */
export interface RouteOptions {
  summary?: string;
  description?: string;
  tags?: readonly string[];
  /** Default: of the method and the path, like `getUsersById`. */
  operationId?: string;
  deprecated?: boolean;
  /** Not in the document. */
  hidden?: boolean;
  /** What it asks for of `securitySchemes`: one of these, each of which may be several at once; `[]` for nothing. */
  security?: readonly SecurityRequirement[];
  /** Schemas for what comes as text: its strings become what they say. */
  params?: Schema;
  query?: Schema;
  headers?: Schema;
  cookies?: Schema;
  /** A schema; or "stream": the handler is called before the body is there, and reads it as a `ReadableStream`. */
  body?: Schema | "stream";
  /** What the handler returns: one schema, or a schema for each status. Only development checks it. */
  response?: ResponseSchemas;
  limits?: Partial<RouteLimits>;
  timeouts?: Partial<RouteTimeouts>;
}

/** What documents say of every route of a group. */
export interface GroupOptions {
  /** Before those of the routes. */
  tags?: readonly string[];
  /** Of routes that have none of their own. */
  security?: readonly SecurityRequirement[];
}

/** Throws `TypeError`. */
export function checkedGroup(name: string, value: unknown): GroupOptions {
  if (!isObject(value)) throw new TypeError(`The options of ${name} are an object, not ${describe(value)}`);
  refuseUnknown(`option of ${name}`, value, ["tags", "security"]);
  checkWords(name, value);
  return { ...value };
}

const partKeys = ["params", "query", "headers", "cookies", "body"] as const;
const routeKeys = [
  "summary",
  "description",
  "tags",
  "operationId",
  "deprecated",
  "hidden",
  "security",
  ...partKeys,
  "response",
  "limits",
  "timeouts",
];

/** Throws `TypeError` and `RangeError` like `settingsOf`. */
export function checkedRoute(name: string, value: unknown): RouteOptions {
  if (!isObject(value)) throw new TypeError(`The options of ${name} are an object, not ${describe(value)}`);
  refuseUnknown(`option of ${name}`, value, routeKeys);
  const route = value as RouteOptions;
  checkWords(name, route);
  for (const key of partKeys) {
    const schema = route[key];
    if (schema === undefined || (key === "body" && schema === "stream")) continue;
    checkSchema(`The ${key} of ${name}`, schema, key === "body" ? `"stream" or a schema` : "a schema");
  }
  if (route.response !== undefined) {
    checkSchema(`The response of ${name}`, route.response, "a schema, or an object with one for each status");
    const statuses = byStatus(route.response);
    for (const [status, schema] of statuses ?? []) checkSchema(`The response ${status} of ${name}`, schema, "a schema");
  }
  return {
    ...route,
    limits: checked(`${name}: limits`, route.limits, routeLimitRanges),
    timeouts: checked(`${name}: timeouts`, route.timeouts, routeTimeoutRanges),
  };
}

/** What documents are made of. */
function checkWords(name: string, route: RouteOptions): void {
  for (const key of ["summary", "description", "operationId"] as const) checkText(`The ${key} of ${name}`, route[key]);
  for (const key of ["deprecated", "hidden"] as const) {
    if (route[key] !== undefined) isTrue(`${key} of ${name}`, route[key]);
  }
  const { tags, security } = route;
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === "string"))) {
    throw new TypeError(`The tags of ${name} are an array of strings, not ${describe(tags)}`);
  }
  if (security !== undefined) checkSecurity(`The security of ${name}`, security);
}

/** It is all that was said of a route, which then has no handler. An answer that looks like it is unlikely. */
export function isRouteOnly(value: unknown): boolean {
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const keys = Object.keys(value);
  if (keys.length === 0 || !keys.every((key) => routeKeys.includes(key))) return false;
  try {
    checkedRoute("", value);
    return true;
  } catch {
    // Whatever it says of a body or of limits, it doesn't say it to the framework.
    return false;
  }
}
