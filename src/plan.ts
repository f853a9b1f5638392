// From the tree of what was written to the flat list of routes that the core takes.

import { compose, type Middleware, nameOf, type Run } from "./compose.ts";
import { type ConstantValue, encodeConstant, repeatable } from "./constant.ts";
import { Context } from "./context.ts";
import { HttpError, RouteError } from "./errors.ts";
import { methodTexts, Unrouted } from "./native/abi.ts";
import type { Exchange, Route } from "./native/exchange.ts";
import type { RouteEntry } from "./native/server.ts";
import { docsRoutes } from "./openapi/serve.ts";
import type { Settings } from "./options.ts";
import { DispatchedRoute, paramNames } from "./route.ts";
import { detailsOf, type RouteDetails } from "./route-details.ts";
import { Answers } from "./schema/answers.ts";
import { Contract } from "./schema/contract.ts";
import { SchemaError } from "./schema/json-schema.ts";
import { misspeltIn } from "./schema/misspelt.ts";
import { byStatus, isStandard } from "./schema/schema.ts";
import type { AnyHandler, Registered, Scope } from "./scope.ts";
import { placeOf } from "./site.ts";
import { type Place, type PlacedRoute, placesOf, withOneName, withoutSlash } from "./tree.ts";

export interface Plan {
  entries: RouteEntry[];
  fallback: Route | undefined;
  /** What there is to be told of them, once the core has them. `canCheck` says of a schema whether the core can check by it. */
  details: (canCheck: (text: string) => boolean) => RouteDetails[];
}

interface Planned extends RouteEntry {
  route: DispatchedRoute;
}

/** Reads bodies of constants. Throws `TypeError` for an application that is mounted inside itself. */
export async function planOf(root: Scope, settings: Settings, onTimeout: () => void): Promise<Plan> {
  const { routes, apps, needsFallback } = placesOf(root);
  const silence = silenceOf(settings);
  const docs = settings.openapi === undefined ? [] : await docsRoutes(routes, settings.openapi);
  const own = docs.map((route) => ({ route, path: route.path, place: apps[0]! }));
  const entries = await Promise.all(
    withoutSlash([...routes, ...own]).map((placed) => entryOf(placed, settings, onTimeout, silence)),
  );
  const fallback = needsFallback ? fallbackOf(apps, settings, onTimeout, silence) : undefined;
  const named = withOneName(routes);
  const details: Plan["details"] = (canCheck) =>
    named.map((placed, i) => detailsOf(placed, entries[i]!.route.validation, canCheck));
  return { entries, fallback, details };
}

type Silence = (name: string) => (middleware: Middleware) => void;

/** Says once for each route what a silent middleware does. */
function silenceOf(settings: Settings): Silence {
  const told = new Set<string>();
  return (name) => (middleware) => {
    const text = `${name}: ${nameOf(middleware)} returned nothing and did not call next(), so the answer is a 204`;
    if (!settings.development || told.has(text)) return;
    told.add(text);
    console.warn(text);
  };
}

async function entryOf(
  { route, path, place }: PlacedRoute,
  settings: Settings,
  onTimeout: () => void,
  silence: Silence,
): Promise<Planned> {
  const { options, constant } = route;
  const name = `${route.verb} ${path || '""'}`;
  const { contract, answers } = await schemasOf(route, name, path, settings.development);
  const bare = route.handler ?? (await constantRun(name, constant));
  const checked = answers === undefined ? bare : answers.after(bare);
  const inside = contract === undefined ? checked : contract.before(checked);
  const handlerMs = options.timeouts?.handlerMs ?? settings.timeouts.handlerMs;
  const run = compose(place.chain, inside, { onSilence: silence(name), isBounded: handlerMs > 0 });
  const dispatched = new DispatchedRoute(run, {
    name,
    isFallback: false,
    pattern: path,
    formLimits: { ...settings.limits, ...options.limits },
    streamsBody: options.body === "stream",
    validation: contract === undefined ? undefined : "js",
    handlerMs,
    errorHandlers: place.errorHandlers,
    development: settings.development,
    onTimeout,
  });
  return {
    name,
    methods: route.methods,
    isAll: route.isAll,
    place: () => placeOf(route),
    pattern: path,
    bodyBytes: options.limits?.bodyBytes ?? settings.limits.bodyBytes,
    bodyMs: options.timeouts?.bodyMs ?? 0,
    writeMs: options.timeouts?.writeMs ?? 0,
    streamsBody: options.body === "stream",
    route: dispatched,
    bodySchema: contract?.nativeBody,
    onNative: () => {
      dispatched.validation = "native";
    },
    takesValues: contract?.nativeBuild !== undefined,
    refusesAlone: contract?.mayRefuseAlone === true && place.chain.length === 0 && place.errorHandlers.length === 0,
    // The core can answer alone only where nobody wants to see the request.
    constant:
      constant === undefined || place.chain.length > 0 || contract !== undefined
        ? undefined
        : await encodeConstant(name, constant),
  };
}

/** Says once of each schema which of its keywords are taken for nothing. */
function warnOfMisspelt({ options }: Registered, name: string): void {
  for (const part of ["params", "query", "headers", "cookies", "body", "response"] as const) {
    const schema = options[part];
    if (typeof schema !== "object" || isStandard(schema) || looked.has(schema)) continue;
    looked.add(schema);
    const schemas = part === "response" ? [...(byStatus(schema)?.values() ?? [schema])] : [schema];
    for (const text of schemas.flatMap(misspeltIn)) console.warn(`${name}: in the schema of its ${part}, ${text}`);
  }
}

const looked = new WeakSet<object>();

/** Compiled here, so that a request compiles nothing; a constant answer is checked once and for all. */
async function schemasOf(route: Registered, name: string, path: string, development: boolean) {
  const { options, constant } = route;
  try {
    if (development) warnOfMisspelt(route, name);
    const contract = await Contract.of(options, paramNames(path));
    const answers = options.response === undefined ? undefined : await Answers.of(options.response);
    if (!development) return { contract, answers: undefined };
    if (constant === undefined) return { contract, answers };
    await answers?.check(constant, 200);
    return { contract, answers: undefined };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new RouteError("SCHEMA_INVALID", `${name}${placeOf(route)}: ${error.message}`, { cause: error });
  }
}

async function constantRun(name: string, constant: ConstantValue | undefined): Promise<Run> {
  if (constant === undefined) throw new TypeError(`${name} has neither handler nor constant`);
  try {
    return await repeatable(constant);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`The constant answer of ${name} can't be read: ${what}`, { cause });
  }
}

/** Gets what no route matches: one route of the runtime's, which chooses the application by the path. */
function fallbackOf(apps: Place[], settings: Settings, onTimeout: () => void, silence: Silence): Route {
  const routes = apps.map((app) => {
    const name = `${app.prefix}/* (no route)`;
    const { handlerMs } = settings.timeouts;
    const run = compose(app.chain, unrouted(app.notFound), { onSilence: silence(name), isBounded: handlerMs > 0 });
    const route = new DispatchedRoute(run, {
      name,
      isFallback: true,
      pattern: "",
      formLimits: settings.limits,
      streamsBody: false,
      validation: undefined,
      handlerMs,
      errorHandlers: app.errorHandlers,
      development: settings.development,
      onTimeout,
    });
    return { segments: app.prefix.split("/").slice(1), route };
  });
  // The deepest first.
  routes.sort((a, b) => b.segments.length - a.segments.length);
  const start = (exchange: Exchange) => {
    const path = exchange.path.split("/").slice(1);
    const { route } = routes.find(({ segments }) => isBelow(path, segments))!;
    exchange.route = route;
    return route.start(exchange);
  };
  // The root application is among them, so the rest is never asked of this one.
  return { ...routes[0]!.route, start };
}

function isBelow(path: readonly string[], segments: readonly string[]): boolean {
  return segments.every((segment, i) => (segment.startsWith(":") ? !!path[i] : segment === path[i]));
}

/** What the core would have answered. */
function unrouted(notFound: AnyHandler | undefined): Run {
  return (context) => {
    const { kind, allowed } = Context.unrouted(context);
    if (kind === Unrouted.options) {
      // Of the server as a whole, `*`, nobody knows.
      if (allowed !== 0) context.set("allow", methodsOf(allowed));
      return undefined;
    }
    if (kind === Unrouted.methodNotAllowed)
      throw new HttpError(405, undefined, { headers: { allow: methodsOf(allowed) } });
    if (notFound === undefined) throw new HttpError(404);
    Context.preset(context, 404);
    return notFound(context);
  };
}

/** `GET, HEAD` for a mask of methods. */
function methodsOf(mask: number): string {
  return methodTexts.filter((_, method) => (mask >> method) & 1).join(", ");
}
