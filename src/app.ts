// The application: routes are written into it, and it listens.

import { type ConstantValue, encodeConstant, isConstant } from "./constant.ts";
import type { Context } from "./context.ts";
import { Method } from "./native/abi.ts";
import { type Address, type Constant, NativeServer, type RouteEntry } from "./native/server.ts";
import type { Settings } from "./native/settings.ts";
import {
  type AppOptions,
  checked,
  type RouteLimits,
  type RouteTimeouts,
  refuseUnknown,
  routeLimitRanges,
  routeTimeoutRanges,
  settingsOf,
} from "./options.ts";
import type { PathParams } from "./path.ts";
import { type AnyHandler, DispatchedRoute } from "./route.ts";
import { Server } from "./server.ts";

export type Handler<Path extends string, State extends object> = (context: Context<PathParams<Path>, State>) => unknown;

/** What is said of a route besides its code. */
export interface RouteOptions {
  summary?: string;
  description?: string;
  tags?: readonly string[];
  operationId?: string;
  deprecated?: boolean;
  limits?: Partial<RouteLimits>;
  timeouts?: Partial<RouteTimeouts>;
}

export interface ListenOptions {
  /** 0 picks one. Default: the environment variable PORT, else 3000. */
  port?: number;
  /** Default: 0.0.0.0, all of this machine's IPv4 addresses. */
  hostname?: string;
  /** The path of a unix socket, in the place of port and hostname. */
  unix?: string;
  /** Others may bind the same port; the system spreads the connections. */
  reusePort?: boolean;
}

interface Registered {
  name: string;
  methods: number;
  isAll: boolean;
  pattern: string;
  options: RouteOptions;
  handler: AnyHandler | undefined;
  constant: ConstantValue | undefined;
}

const every = Object.values(Method).reduce<number>((mask, method) => mask | (1 << method), 0);

type Verb = "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "all";

/**
 * A web application.
 *
 * @example
 * const app = new App()
 *   .get("/", "Hello, World!")
 *   .get("/users/:id", ({ params }) => ({ id: params.id }));
 * const server = await app.listen({ port: 3000 });
 */
export class App<State extends object = Record<string, unknown>> {
  readonly #settings: Settings;
  readonly #routes: Registered[] = [];

  /** Throws `TypeError` for an option that doesn't exist and `RangeError` for a value that can't be. */
  constructor(options?: AppOptions) {
    this.#settings = settingsOf(options);
  }

  /** Answers `GET`, and `HEAD` too unless that has a route of its own. */
  get<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  get<const Path extends string>(path: Path, route: RouteOptions, handler: Handler<Path, State> | ConstantValue): this;
  get(path: string, ...rest: unknown[]): this {
    return this.#add("get", path, rest);
  }

  post<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  post<const Path extends string>(path: Path, route: RouteOptions, handler: Handler<Path, State> | ConstantValue): this;
  post(path: string, ...rest: unknown[]): this {
    return this.#add("post", path, rest);
  }

  put<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  put<const Path extends string>(path: Path, route: RouteOptions, handler: Handler<Path, State> | ConstantValue): this;
  put(path: string, ...rest: unknown[]): this {
    return this.#add("put", path, rest);
  }

  patch<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  patch<const Path extends string>(
    path: Path,
    route: RouteOptions,
    handler: Handler<Path, State> | ConstantValue,
  ): this;
  patch(path: string, ...rest: unknown[]): this {
    return this.#add("patch", path, rest);
  }

  delete<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  delete<const Path extends string>(
    path: Path,
    route: RouteOptions,
    handler: Handler<Path, State> | ConstantValue,
  ): this;
  delete(path: string, ...rest: unknown[]): this {
    return this.#add("delete", path, rest);
  }

  head<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  head<const Path extends string>(path: Path, route: RouteOptions, handler: Handler<Path, State> | ConstantValue): this;
  head(path: string, ...rest: unknown[]): this {
    return this.#add("head", path, rest);
  }

  options<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  options<const Path extends string>(
    path: Path,
    route: RouteOptions,
    handler: Handler<Path, State> | ConstantValue,
  ): this;
  options(path: string, ...rest: unknown[]): this {
    return this.#add("options", path, rest);
  }

  /** Answers every method that has no route of its own at this path. */
  all<const Path extends string>(path: Path, handler: Handler<Path, State> | ConstantValue): this;
  all<const Path extends string>(path: Path, route: RouteOptions, handler: Handler<Path, State> | ConstantValue): this;
  all(path: string, ...rest: unknown[]): this {
    return this.#add("all", path, rest);
  }

  #add(verb: Verb, path: string, rest: unknown[]): this {
    const name = `${verb.toUpperCase()} ${path}`;
    if (typeof path !== "string") throw new TypeError(`The path of a route is a string, not ${typeof path}`);
    if (rest.length < 1 || rest.length > 2) {
      throw new TypeError(`${name} needs a handler: (path, handler) or (path, route, handler)`);
    }
    const options = rest.length === 2 ? checkedRoute(name, rest[0]) : {};
    const answer = rest.at(-1);
    const isHandler = typeof answer === "function";
    if (!isHandler && !isConstant(answer)) {
      throw new TypeError(`${name} can't be answered with ${describe(answer)}: a handler is a function or a constant`);
    }
    this.#routes.push({
      name,
      methods: verb === "all" ? every : 1 << Method[verb],
      isAll: verb === "all",
      pattern: path,
      options,
      handler: isHandler ? (answer as AnyHandler) : undefined,
      constant: isHandler ? undefined : (answer as ConstantValue),
    });
    return this;
  }

  /**
   * Resolves when the address is bound. Rejects with `ListenError` when it can't be, and with `RouteError` for a path
   * that can't be one or for two routes that match the same requests.
   */
  async listen(options: ListenOptions = {}): Promise<Server> {
    const address = addressOf(options);
    const constants = await Promise.all(this.#routes.map(({ name, constant }) => encodedConstant(name, constant)));
    const left = NativeServer.leftAt(address, this.#settings);
    const native = left ?? new NativeServer(this.#settings);
    const entries = this.#routes.map((route, index) => this.#entryOf(route, constants[index], native));
    if (left !== undefined) {
      left.setRoutes(entries);
      return new Server(left, address);
    }
    try {
      native.setRoutes(entries);
      native.listen(address);
    } catch (error) {
      native.discard();
      throw error;
    }
    return new Server(native, address);
  }

  #entryOf(route: Registered, constant: Constant | undefined, native: NativeServer): RouteEntry {
    const { name, methods, isAll, pattern, options } = route;
    const handlerMs = options.timeouts?.handlerMs ?? this.#settings.timeouts.handlerMs;
    const handler = route.handler ?? (() => route.constant);
    return {
      name,
      methods,
      isAll,
      pattern,
      bodyBytes: options.limits?.bodyBytes ?? this.#settings.limits.bodyBytes,
      bodyMs: options.timeouts?.bodyMs ?? 0,
      writeMs: options.timeouts?.writeMs ?? 0,
      route: new DispatchedRoute({ name, pattern, handlerMs }, handler, () => native.timeouts++),
      constant,
    };
  }
}

const routeKeys = ["summary", "description", "tags", "operationId", "deprecated", "limits", "timeouts"];

function checkedRoute(name: string, value: unknown): RouteOptions {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`The options of ${name} are an object, not ${describe(value)}`);
  }
  refuseUnknown(`option of ${name}`, value, routeKeys);
  const route = value as RouteOptions;
  return {
    ...route,
    limits: checked(`${name}: limits`, route.limits, routeLimitRanges),
    timeouts: checked(`${name}: timeouts`, route.timeouts, routeTimeoutRanges),
  };
}

function addressOf({ port, hostname = "0.0.0.0", unix, reusePort = false, ...rest }: ListenOptions): Address {
  refuseUnknown("option of listen", rest, ["port", "hostname", "unix", "reusePort"]);
  if (unix !== undefined) {
    if (port !== undefined) throw new TypeError("listen takes a port or the path of a unix socket, not both");
    return { unix };
  }
  const number = port ?? Number(process.env.PORT || 3000);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new RangeError(`A port is an integer from 0 to 65535, not ${port ?? process.env.PORT}`);
  }
  return { hostname, port: number, reusePort };
}

async function encodedConstant(name: string, value: ConstantValue | undefined): Promise<Constant | undefined> {
  return value === undefined ? undefined : await encodeConstant(name, value);
}

function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
