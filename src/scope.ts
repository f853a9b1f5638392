// What was written into an application: routes, middleware, groups and mounted applications, as a tree.

import type { Middleware } from "./compose.ts";
import type { ConstantValue } from "./constant.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import type { GroupOptions, RouteOptions } from "./options.ts";

// biome-ignore lint/suspicious/noExplicitAny: a handler of any route, whose types its registration has checked.
export type AnyHandler = (context: any) => unknown;

/** The last word on a failure; `undefined` leaves it to the framework. The status is preset to the failure's. */
export type ErrorHandler = (error: unknown, context: Context) => unknown;

export interface Registered {
  /** `GET`, or `ALL`. */
  verb: string;
  /** A bit for each method. */
  methods: number;
  isAll: boolean;
  path: string;
  options: RouteOptions;
  handler: AnyHandler | undefined;
  constant: ConstantValue | undefined;
}

export interface Child {
  prefix: string;
  scope: Scope;
  /** How many routes were written before it. */
  after: number;
}

export interface Scope {
  /** An application covers every request below its prefix, a group only its own routes. */
  isApp: boolean;
  /** Of a group. */
  options: GroupOptions;
  readonly middleware: Middleware[];
  readonly routes: Registered[];
  readonly children: Child[];
  onError: ErrorHandler | undefined;
  notFound: AnyHandler | undefined;
  /** In development, once it was listened with: whether a server goes on with what was written until then. */
  isListening: (() => boolean) | undefined;
}

let changes = 0;

/** Grows whenever something is written into any application. */
export function revision(): number {
  return changes;
}

export function noteChange(): void {
  changes++;
}

export function newScope(): Scope {
  return {
    isApp: true,
    options: {},
    middleware: [],
    routes: [],
    children: [],
    onError: undefined,
    notFound: undefined,
    isListening: undefined,
  };
}

/** With all that is inside of it. */
export function noteListening(scope: Scope, isListening: () => boolean): void {
  scope.isListening = isListening;
  for (const child of scope.children) noteListening(child.scope, isListening);
}

/** Without the slash at its end. Throws `TypeError` for what can't come before a path. */
export function checkedPrefix(prefix: unknown): string {
  if (typeof prefix !== "string") throw new TypeError(`A prefix is a string like "/api", not ${describe(prefix)}`);
  if (prefix !== "" && !prefix.startsWith("/")) {
    throw new TypeError(`A prefix begins with /, unlike ${JSON.stringify(prefix)}`);
  }
  if (prefix.split("/").some((segment) => segment.startsWith("*"))) {
    throw new TypeError(`A prefix has no wildcard, unlike ${JSON.stringify(prefix)}`);
  }
  return prefix.replace(/\/+$/, "");
}
