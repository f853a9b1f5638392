// The tree of what was written, walked: which routes there are, at which paths, and what applies there.

import type { Middleware } from "./compose.ts";
import type { GroupOptions } from "./options.ts";
import type { AnyHandler, ErrorHandler, Registered, Scope } from "./scope.ts";

/** What applies at a place of the tree. */
export interface Place {
  prefix: string;
  chain: readonly Middleware[];
  /** Innermost first. */
  errorHandlers: readonly ErrorHandler[];
  notFound: AnyHandler | undefined;
  /** Of the groups around it. */
  options: GroupOptions;
}

export interface PlacedRoute {
  route: Registered;
  path: string;
  place: Place;
}

export interface Places {
  /** In the order in which they are written. */
  routes: PlacedRoute[];
  /** The root first. */
  apps: Place[];
  /** Some application wants to see what no route matches. */
  needsFallback: boolean;
}

/** Throws `TypeError` for an application that is mounted inside itself. */
export function placesOf(root: Scope): Places {
  const routes: PlacedRoute[] = [];
  const apps: Place[] = [];
  let needsFallback = false;

  const walk = (scope: Scope, outer: Place, above: readonly Scope[]): void => {
    if (above.includes(scope)) throw new TypeError(`The application at ${outer.prefix} is mounted inside itself`);
    const place: Place = {
      prefix: outer.prefix,
      chain: [...outer.chain, ...scope.middleware],
      errorHandlers: scope.onError === undefined ? outer.errorHandlers : [scope.onError, ...outer.errorHandlers],
      notFound: scope.notFound ?? outer.notFound,
      options: within(outer.options, scope.options),
    };
    if (scope.isApp) {
      apps.push(place);
      const isPlain = scope.middleware.length === 0 && scope.onError === undefined && scope.notFound === undefined;
      needsFallback ||= !isPlain;
    }
    const add = (from: number, to?: number) => {
      for (const route of scope.routes.slice(from, to)) routes.push({ route, path: place.prefix + route.path, place });
    };
    let done = 0;
    for (const child of scope.children) {
      add(done, child.after);
      done = child.after;
      walk(child.scope, { ...place, prefix: place.prefix + child.prefix }, [...above, scope]);
    }
    add(done);
  };
  walk(root, { prefix: "", chain: [], errorHandlers: [], notFound: undefined, options: {} }, []);
  return { routes, apps, needsFallback };
}

/** The tags of both, the outer ones first; the security of the inner one, if it has any. */
export function within(outer: GroupOptions, inner: GroupOptions): GroupOptions {
  const tags = [...new Set([...(outer.tags ?? []), ...(inner.tags ?? [])])];
  const security = inner.security ?? outer.security;
  return { ...(tags.length > 0 ? { tags } : {}), ...(security === undefined ? {} : { security }) };
}

/** `/` inside a prefix answers at the prefix itself too, unless another route does. */
export function withoutSlash(routes: readonly PlacedRoute[]): PlacedRoute[] {
  const taken = new Set(routes.map(({ route, path }) => `${route.verb} ${path}`));
  const more = routes.filter((placed) => isPrefixItself(placed) && !taken.has(nameWithoutSlash(placed)));
  return [...routes, ...more.map((placed) => ({ ...placed, path: placed.path.slice(0, -1) }))];
}

/** Of a route that answers with and without a slash only the one without. */
export function withOneName(routes: readonly PlacedRoute[]): PlacedRoute[] {
  const taken = new Set(routes.map(({ route, path }) => `${route.verb} ${path}`));
  return routes.map((placed) => {
    const isTwo = isPrefixItself(placed) && !taken.has(nameWithoutSlash(placed));
    return isTwo ? { ...placed, path: placed.path.slice(0, -1) } : placed;
  });
}

function isPrefixItself({ route, place }: PlacedRoute): boolean {
  return place.prefix !== "" && route.path === "/";
}

function nameWithoutSlash({ route, path }: PlacedRoute): string {
  return `${route.verb} ${path.slice(0, -1)}`;
}
