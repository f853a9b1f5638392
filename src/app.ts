// The application: routes are written into it, and it listens.

import { addressOf, type ListenOptions } from "./address.ts";
import type { Middleware } from "./compose.ts";
import { type ConstantValue, isConstant, notConstant } from "./constant.ts";
import type { AnyParams, Context } from "./context.ts";
import { type Derivation, deriving } from "./derive.ts";
import { describe } from "./describe.ts";
import { isInspected } from "./inspection.ts";
import { Local } from "./local.ts";
import { Method } from "./native/abi.ts";
import { type Address, NativeServer } from "./native/server.ts";
import { documentOf } from "./openapi/document.ts";
import { checkInfo } from "./openapi/info.ts";
import type { OpenApiDocument, OpenApiInfo } from "./openapi/types.ts";
import {
  type AppOptions,
  checkedGroup,
  checkedRoute,
  type GroupOptions,
  isRouteOnly,
  type RouteOptions,
  type Settings,
  settingsOf,
} from "./options.ts";
import { type Plan, planOf } from "./plan.ts";
import type { RouteDetails } from "./route-details.ts";
import type { BodyOf, CookiesOf, HeadersOf, ParamsOf, QueryOf, ResultOf } from "./schema/infer.ts";
import {
  type AnyHandler,
  checkedPrefix,
  type ErrorHandler,
  newScope,
  noteChange,
  noteListening,
  type Registered,
  type Scope,
} from "./scope.ts";
import { Server } from "./server.ts";
import { placeOf, remember } from "./site.ts";
import { placesOf } from "./tree.ts";

/** `Route` are the options of its route: their schemas say what the members of the context are. */
export type Handler<Path extends string, State extends object, Result = unknown, Route = unknown> = (
  context: Context<ParamsOf<Path, Route>, State, BodyOf<Route>, QueryOf<Route>, HeadersOf<Route>, CookiesOf<Route>>,
) => Result;

/** One route as the type of an application remembers it. */
export interface TypedRoute<Verb extends string, Path extends string, Result> {
  verb: Verb;
  path: Path;
  result: Result;
}

/** `unknown` stands for none yet, so that any application is an `App`. */
type Add<Routes, More> = unknown extends Routes ? More : Routes | More;

/** Before the first `derive` anything may be in a state; from then on what was derived and nothing else. */
type Derive<State, Derived> = Flat<string extends keyof State ? Derived : State & Derived>;

/** Written out, an interface too is something that has an index. */
type Flat<T> = { [Key in keyof T]: T[Key] };

type RoutesOf<Built> = Built extends { readonly "~routes": infer More } ? (unknown extends More ? never : More) : never;

/** The routes of an application that is mounted at a prefix. */
type Mounted<Prefix extends string, Routes> =
  Routes extends TypedRoute<infer Verb, infer Path, infer Result>
    ? TypedRoute<Verb, `${Prefix}${Path}`, Result>
    : never;

/**
 * `(path, handler)`, or `(path, route, handler)` with what is to be said of the route besides its code. In place of the
 * handler there may be any other value: a constant answer.
 */
interface Write<Verb extends string, State extends object, Routes, Prefix extends string> {
  <const Path extends string, const Result extends ConstantValue>(
    path: Path,
    constant: Result,
  ): App<State, Add<Routes, TypedRoute<Verb, `${Prefix}${Path}`, Result>>, Prefix>;
  <const Path extends string, const Result extends ConstantValue>(
    path: Path,
    route: RouteOptions,
    constant: Result,
  ): App<State, Add<Routes, TypedRoute<Verb, `${Prefix}${Path}`, Result>>, Prefix>;
  <const Path extends string, const Route extends RouteOptions, Result extends ResultOf<Route>>(
    path: Path,
    route: Route,
    handler: Handler<`${Prefix}${Path}`, State, Result, Route>,
  ): App<State, Add<Routes, TypedRoute<Verb, `${Prefix}${Path}`, Awaited<Result>>>, Prefix>;
  <const Path extends string, Result>(
    path: Path,
    handler: Handler<`${Prefix}${Path}`, State, Result>,
  ): App<State, Add<Routes, TypedRoute<Verb, `${Prefix}${Path}`, Awaited<Result>>>, Prefix>;
}

const every = Object.values(Method).reduce<number>((mask, method) => mask | (1 << method), 0);

/**
 * A web application.
 *
 * @example
 * const app = new App()
 *   .get("/", "Hello, World!")
 *   .get("/users/:id", ({ params }) => ({ id: params.id }));
 * const server = await app.listen({ port: 3000 });
 */
export class App<State extends object = Record<string, unknown>, Routes = unknown, Prefix extends string = ""> {
  readonly #settings: Settings;
  readonly #scope: Scope;
  #local: Local | undefined;
  /** Only a type: what the routes are and what they answer. */
  declare readonly "~routes": Routes;

  /** Throws `TypeError` for an option that doesn't exist and `RangeError` for a value that can't be. */
  constructor(options?: AppOptions) {
    this.#settings = settingsOf(options);
    this.#scope = newScope();
  }

  /** Answers `HEAD` too, unless that has a route of its own. */
  readonly get: Write<"GET", State, Routes, Prefix> = this.#writer("GET");
  readonly post: Write<"POST", State, Routes, Prefix> = this.#writer("POST");
  readonly put: Write<"PUT", State, Routes, Prefix> = this.#writer("PUT");
  readonly patch: Write<"PATCH", State, Routes, Prefix> = this.#writer("PATCH");
  readonly delete: Write<"DELETE", State, Routes, Prefix> = this.#writer("DELETE");
  readonly head: Write<"HEAD", State, Routes, Prefix> = this.#writer("HEAD");
  readonly options: Write<"OPTIONS", State, Routes, Prefix> = this.#writer("OPTIONS");
  /** Answers every method that has no route of its own at this path. */
  readonly all: Write<"ALL", State, Routes, Prefix> = this.#writer("ALL");

  #writer<Verb extends string>(verb: Verb): Write<Verb, State, Routes, Prefix> {
    return ((path: unknown, ...rest: unknown[]) => this.#add(verb, path, rest)) as unknown as Write<
      Verb,
      State,
      Routes,
      Prefix
    >;
  }

  #add(verb: string, path: unknown, rest: unknown[]): this {
    if (typeof path !== "string") throw new TypeError(`The path of a route is a string, not ${describe(path)}`);
    const name = `${verb} ${path}`;
    if (rest.length < 1) throw new TypeError(`${name} needs a handler: (path, handler) or (path, route, handler)`);
    if (rest.length > 2 || (rest.length === 2 && typeof rest[0] === "function")) throw new TypeError(order(name));
    const answer = rest.at(-1);
    const isHandler = typeof answer === "function";
    if (!isHandler && !isConstant(answer)) throw new TypeError(`${name} can't be answered with ${notConstant(answer)}`);
    if (rest.length === 1 && isRouteOnly(answer)) {
      const instead = "if it is the answer, return it from a handler";
      throw new TypeError(`${name} has options of a route and no handler: (path, route, handler); ${instead}`);
    }
    const isAll = verb === "ALL";
    noteChange();
    const route: Registered = {
      verb,
      methods: isAll ? every : 1 << Method[verb.toLowerCase() as keyof typeof Method],
      isAll,
      path,
      options: rest.length === 2 ? checkedRoute(name, rest[0]) : {},
      handler: isHandler ? (answer as AnyHandler) : undefined,
      constant: isHandler ? undefined : (answer as ConstantValue),
    };
    remember(route);
    this.#scope.routes.push(route);
    if (this.#scope.isListening?.()) {
      console.warn(`${name}${placeOf(route)} was written after listen(): the server that listens doesn't have it`);
    }
    return this;
  }

  /**
   * Puts `middleware` around every request to this application, or around the routes of this group, wherever they are
   * written. Several run in the order in which they were given.
   *
   * @example
   * app.use(async ({ method, path }, next) => {
   *   const start = performance.now();
   *   await next();
   *   console.log(`${method} ${path} took ${performance.now() - start} ms`);
   * });
   */
  use(middleware: Middleware<State>, ...more: never[]): this {
    checkMiddleware(middleware, more.length);
    remember(middleware);
    noteChange();
    this.#scope.middleware.push(middleware as Middleware);
    return this;
  }

  /**
   * Adds what `make` returns to the `state` of each request, before the handler runs. What is written behind it sees it
   * in the type of `state`, and nothing else than what was derived.
   *
   * @example
   * app.derive(({ headers }) => ({ user: userOf(headers.get("authorization")) }))
   *    .get("/me", ({ state }) => state.user);
   */
  derive<Derived extends object>(
    make: (context: Context<AnyParams, State>) => Derived | Promise<Derived>,
  ): App<Derive<State, Derived>, Routes, Prefix> {
    if (typeof make !== "function") throw new TypeError(`derive takes a function, not ${describe(make)}`);
    const middleware = deriving(make as Derivation);
    remember(make);
    remember(middleware);
    noteChange();
    this.#scope.middleware.push(middleware);
    return this as never;
  }

  /**
   * Routes below a prefix, with middleware of their own: what `build` gives to `use` covers them and nothing else. Between
   * the two there may be what documents say of all of them.
   *
   * @example
   * app.group("/admin", { tags: ["admin"] }, (admin) => admin.use(onlyAdmins).get("/users", listUsers));
   */
  group<const Inner extends string, Built>(
    prefix: Inner,
    build: (group: App<State, unknown, `${Prefix}${Inner}`>) => Built,
  ): App<State, Add<Routes, RoutesOf<Built>>, Prefix>;
  group<const Inner extends string, Built>(
    prefix: Inner,
    options: GroupOptions,
    build: (group: App<State, unknown, `${Prefix}${Inner}`>) => Built,
  ): App<State, Add<Routes, RoutesOf<Built>>, Prefix>;
  group(prefix: string, ...rest: unknown[]): App<State, unknown, Prefix> {
    const checked = checkedPrefix(prefix);
    const name = `group(${JSON.stringify(prefix)}, …)`;
    const build = rest.at(-1);
    if (rest.length > 2) throw new TypeError(`${name}: the order is (prefix, options, build), with one function`);
    if (typeof build !== "function") {
      throw new TypeError(`${name} takes a function that writes its routes, not ${describe(build)}`);
    }
    const group = new App();
    group.#scope.isApp = false;
    if (rest.length === 2) group.#scope.options = checkedGroup(name, rest[0]);
    if (build(group) instanceof Promise)
      throw new TypeError(`The function of ${name} is not waited for: it can't be async`);
    noteChange();
    this.#take(checked, group.#scope);
    return this as never;
  }

  /**
   * Makes an application part of this one, below a prefix. Its middleware, `onError` and `notFound` cover every request
   * there, inside of this one's. What is written into it later counts too.
   */
  mount<const Inner extends string, More>(
    prefix: Inner,
    // biome-ignore lint/suspicious/noExplicitAny: an application with whatever state of its own.
    app: App<any, More, "">,
  ): App<State, Add<Routes, Mounted<`${Prefix}${Inner}`, More>>, Prefix> {
    const checked = checkedPrefix(prefix);
    if (!(app instanceof App)) throw new TypeError(`mount takes an App, not ${describe(app)}`);
    noteChange();
    this.#take(checked, app.#scope);
    return this as never;
  }

  #take(prefix: string, scope: Scope): void {
    this.#scope.children.push({ prefix, scope, after: this.#scope.routes.length });
  }

  /**
   * The last word on what handlers and middleware throw, and on 404, 405 and the like: returns the answer, whose status
   * is preset to the error's, or `undefined` to leave it as it would have been. Nothing is logged then.
   *
   * @example
   * app.onError((error, { status }) => ({ code: status(), message: error instanceof HttpError ? error.message : "sorry" }));
   */
  onError(handler: (error: unknown, context: Context<AnyParams, State>) => unknown): this {
    if (typeof handler !== "function") throw new TypeError(`onError takes a function, not ${describe(handler)}`);
    if (this.#scope.onError !== undefined) throw new TypeError(second("onError"));
    noteChange();
    this.#scope.onError = handler as ErrorHandler;
    return this;
  }

  /** Answers what no route matches; the status is preset to 404. */
  notFound(handler: Handler<string, State>): this {
    if (typeof handler !== "function") throw new TypeError(`notFound takes a function, not ${describe(handler)}`);
    if (!this.#scope.isApp) throw new TypeError("A group has no notFound: it covers its routes and nothing else");
    if (this.#scope.notFound !== undefined) throw new TypeError(second("notFound"));
    noteChange();
    this.#scope.notFound = handler;
    return this;
  }

  /**
   * The answer to a request, which goes the same way through the core as over a socket, without one: for tests. A path
   * is taken relative to `http://localhost`; redirects are not followed. Rejects like `listen` for routes that can't be,
   * and with `TypeError` when the server ends the connection without an answer.
   *
   * @example
   * const response = await app.request("/users/7", { headers: { accept: "application/json" } });
   * expect(response.status).toBe(200);
   */
  async request(request: string | URL | Request, init?: RequestInit): Promise<Response> {
    if (!this.#scope.isApp) throw new TypeError("A group has no requests of its own: the application around it does");
    return await this.#inMemory().request(requestOf(request, init));
  }

  /**
   * All routes that are written by now, in their order: who checks their requests, and what runs around them. Rejects like
   * `listen` for routes that can't be. What the option `openapi` serves is not among them.
   *
   * @example
   * console.table(await app.routes());
   */
  async routes(): Promise<RouteDetails[]> {
    if (!this.#scope.isApp) throw new TypeError("A group lists no routes: the application that it belongs to does");
    return await this.#inMemory().routes();
  }

  #inMemory(): Local {
    this.#local ??= new Local(this.#scope, this.#settings);
    return this.#local;
  }

  /**
   * The OpenAPI 3.1 document of all routes that are written by now. What `info` doesn't say is as the option `openapi`
   * says. Throws `TypeError` for routes that ask for security schemes which nobody has described, and `RouteError` for
   * schemas that can't be one.
   *
   * @example
   * await Bun.write("openapi.json", JSON.stringify(app.openapi({ title: "Orders", version: "1.2.0" })));
   */
  openapi(info?: OpenApiInfo): OpenApiDocument {
    if (!this.#scope.isApp) throw new TypeError("A group has no document: the application that it belongs to does");
    if (info !== undefined) checkInfo("openapi(info)", info);
    return documentOf(placesOf(this.#scope).routes, { ...this.#settings.openapi?.info, ...info });
  }

  /**
   * Resolves when the address is bound. Rejects with `ListenError` when it can't be, and with `RouteError` for a path
   * that can't be one or for two routes that match the same requests.
   */
  async listen(options: ListenOptions = {}, ...more: never[]): Promise<Server> {
    if (!this.#scope.isApp) throw new TypeError("A group can't listen: the application that it belongs to does");
    if (isInspected(this)) return await new Promise<never>(() => undefined);
    if (more.length > 0) throw new TypeError("listen takes one object and no callback: it resolves when it listens");
    const address = addressOf(options);
    let onTimeout = (): void => undefined;
    const plan = await planOf(this.#scope, this.#settings, () => onTimeout());
    const left = NativeServer.leftAt(address, this.#settings);
    const native = left ?? new NativeServer(this.#settings);
    onTimeout = () => {
      native.timeouts++;
    };
    if (left !== undefined) {
      left.setRoutes(plan.entries, plan.fallback);
      return this.#listening(left, address, plan);
    }
    try {
      native.setRoutes(plan.entries, plan.fallback);
      native.listen(address);
    } catch (error) {
      native.discard();
      throw error;
    }
    return this.#listening(native, address, plan);
  }

  #listening(native: NativeServer, address: Address, plan: Plan): Server {
    if (this.#settings.development) noteListening(this.#scope, () => native.isOpen);
    return new Server(native, address, () => plan.details((text) => native.canCheck(text)));
  }
}

/** Others take middleware between the path and the handler, or options behind it. */
function order(name: string): string {
  return `${name}: the order is (path, route, handler), with one handler for a route; middleware is given to use()`;
}

function second(name: string): string {
  return `${name} was called already: an application has one, and each that is mounted its own`;
}

/** Those who know other frameworks give it paths, applications or several at once. */
function checkMiddleware(middleware: unknown, more: number): void {
  if (typeof middleware !== "function") {
    const isApp = middleware instanceof App;
    const hint = isApp ? ": mount takes an App" : typeof middleware === "string" ? ": group takes a path" : "";
    throw new TypeError(`A middleware is a function, not ${isApp ? "an App" : describe(middleware)}${hint}`);
  }
  if (middleware.length > 2) {
    throw new TypeError(`A middleware takes (context, next), not ${middleware.length} arguments like those of Express`);
  }
  if (more > 0) throw new TypeError(`use takes one middleware, not ${more + 1}: call it for each`);
}

function requestOf(request: unknown, init: RequestInit | undefined): Request {
  if (request instanceof Request) return init === undefined ? request : new Request(request, init);
  if (typeof request !== "string" && !(request instanceof URL)) {
    throw new TypeError(`request takes a path, a URL or a Request, not ${describe(request)}`);
  }
  const text = String(request);
  return new Request(text.startsWith("/") ? `http://localhost${text}` : new URL(text, "http://localhost").href, init);
}
