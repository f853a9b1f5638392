// The OpenAPI 3.1 document of an application's routes.

import { RouteError } from "../errors.ts";
import { paramNames } from "../route.ts";
import { SchemaError } from "../schema/json-schema.ts";
import { placeOf } from "../site.ts";
import { type PlacedRoute, within, withOneName } from "../tree.ts";
import { Components } from "./components.ts";
import { claimed, operationName } from "./names.ts";
import { operationOf } from "./operation.ts";
import type { DocumentedMethod, OpenApiDocument, OpenApiInfo, SecurityRequirement } from "./types.ts";

/** What `all` is in a document; that it answers `HEAD` and `OPTIONS` as well goes without saying. */
const methodsOfAll: DocumentedMethod[] = ["get", "post", "put", "patch", "delete"];

interface Documented {
  placed: PlacedRoute;
  method: DocumentedMethod;
  /** Its path in the document, and what the params are called there. */
  template: string;
  names: readonly string[];
}

/** Throws `TypeError` for a security scheme that isn't described, and `RouteError` for a schema that can't be one. */
export function documentOf(routes: readonly PlacedRoute[], info: OpenApiInfo): OpenApiDocument {
  const documented = documentedOf(withOneName(routes.filter(({ route }) => route.options.hidden !== true)));
  const ids = idsOf(documented);
  const components = new Components();
  const document: OpenApiDocument = { openapi: "3.1.1", info: headOf(info), paths: {} };
  for (const key of ["servers", "tags", "externalDocs", "security"] as const) {
    if (info[key] !== undefined) Object.assign(document, { [key]: info[key] });
  }
  checkSchemes("The document", info.security, info);
  for (const { placed, method, template, names } of documented) {
    const { route, path, place } = placed;
    const name = `${route.verb} ${path}${placeOf(route)}`;
    checkSchemes(name, within(place.options, route.options).security, info);
    document.paths[template] ??= {};
    try {
      const id = ids.get(`${method} ${template}`)!;
      document.paths[template][method] = operationOf(placed, method, id, names, components);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      throw new RouteError("SCHEMA_INVALID", `${name}: ${error.message}`, { cause: error });
    }
  }
  const { securitySchemes } = info;
  if (!components.isEmpty || securitySchemes !== undefined) document.components = {};
  if (!components.isEmpty) document.components!.schemas = components.schemas;
  if (securitySchemes !== undefined) document.components!.securitySchemes = securitySchemes;
  return document;
}

function headOf(info: OpenApiInfo): OpenApiDocument["info"] {
  const { title = "API", version = "0.0.0", summary, description, termsOfService, contact, license } = info;
  const more = Object.entries({ summary, description, termsOfService, contact, license });
  return { title, version, ...Object.fromEntries(more.filter(([, value]) => value !== undefined)) };
}

/** One for each method and path, in the order in which they are written. */
function documentedOf(routes: readonly PlacedRoute[]): Documented[] {
  const templates = new Map<string, Pick<Documented, "template" | "names">>();
  const best = new Map<string, Documented>();
  const all = routes.flatMap((placed) => {
    const { route, path } = placed;
    const shape = shapeOf(path);
    const names = paramNames(path);
    const known = templates.get(shape) ?? { template: templateOf(path, names), names };
    templates.set(shape, known);
    const verb = route.verb.toLowerCase() as DocumentedMethod;
    return (route.isAll ? methodsOfAll : [verb]).map((method): Documented => {
      const documented = { placed, method, ...known };
      const key = `${method} ${known.template}`;
      const other = best.get(key);
      if (other === undefined || rank(placed) < rank(other.placed)) best.set(key, documented);
      return documented;
    });
  });
  return all.filter((documented) => best.get(`${documented.method} ${documented.template}`) === documented);
}

/** Which of two answers: `:param` before `*wildcard`, then a specific method before `all`. */
function rank({ route, path }: PlacedRoute): number {
  return (path.includes("/*") ? 2 : 0) + (route.isAll ? 1 : 0);
}

/** Paths that differ only in what their params are called are one in a document. */
function shapeOf(path: string): string {
  return path.replace(/\/[:*][^/]*/g, "/:");
}

function templateOf(path: string, names: readonly string[]): string {
  let i = 0;
  return path.replace(/\/[:*][^/]*/g, () => `/{${names[i++]}}`);
}

/** Those that users have written come first; of `all` each method has its own. */
function idsOf(documented: readonly Documented[]): Map<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const isWritten of [true, false]) {
    for (const { placed, method, template } of documented) {
      const { operationId } = placed.route.options;
      if ((operationId !== undefined) !== isWritten) continue;
      const written = placed.route.isAll ? `${operationId}_${method}` : operationId;
      const name = operationId === undefined ? operationName(method, placed.path) : written!;
      ids.set(`${method} ${template}`, claimed(taken, name));
    }
  }
  return ids;
}

function checkSchemes(name: string, security: readonly SecurityRequirement[] | undefined, info: OpenApiInfo): void {
  const known = Object.keys(info.securitySchemes ?? {});
  for (const scheme of (security ?? []).flatMap((requirement) => Object.keys(requirement))) {
    if (known.includes(scheme)) continue;
    const there = known.length === 0 ? "none" : known.join(", ");
    throw new TypeError(
      `${name} asks for the security scheme ${JSON.stringify(scheme)}; of securitySchemes there are ${there}`,
    );
  }
}
