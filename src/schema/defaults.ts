// Defaults, filled in wherever the schema has them and the value has nothing: also inside of objects and of items. An
// object that isn't there is not made up for the sake of its members.

import type { Change, Compiler } from "./compiler.ts";
import { type Keywords, listedNodes, type Node, SchemaError, type Scope } from "./json-schema.ts";
import { Report } from "./report.ts";
import { eachItem, eachMember, inTurn } from "./walk.ts";

export function compileDefaults(compiler: Compiler, node: Node, outer: Scope): Change | undefined {
  if (typeof node === "boolean") return undefined;
  const scope = outer.inside(node);
  const of = (inner: Node) => compiler.defaults(inner, scope);
  const target = node["$ref"] === undefined ? undefined : scope.resolve(String(node["$ref"]));
  const fill = inTurn([
    ownDefault(node),
    target === undefined ? undefined : compiler.defaults(target.node, target.scope),
    eachMember(node, of, true),
    eachItem(node, of),
    ...listedNodes(node, "allOf").map(of),
    ofFitting(compiler, [...listedNodes(node, "anyOf"), ...listedNodes(node, "oneOf")], scope),
  ]);
  if (node["default"] !== undefined) refuseUnfit(compiler, node, outer, fill?.(undefined));
  return fill;
}

/** A value of its own for each request. */
function ownDefault(schema: Keywords): Change | undefined {
  const standing = schema["default"];
  if (standing === undefined) return undefined;
  if (typeof standing !== "object" || standing === null) return (value) => (value === undefined ? standing : value);
  return (value) => (value === undefined ? structuredClone(standing) : value);
}

/** Else it would be the client's request that is refused. */
function refuseUnfit(compiler: Compiler, node: Keywords, scope: Scope, standing: unknown): void {
  const check = compiler.check(node, scope);
  if (check === undefined || new Report().passes((report) => check(standing, report))) return;
  throw new SchemaError(`The default ${JSON.stringify(node["default"])} is not what its own schema allows`);
}

/** The first of several that the value fits once it is filled. */
function ofFitting(compiler: Compiler, nodes: readonly Node[], scope: Scope): Change | undefined {
  if (nodes.every((node) => compiler.defaults(node, scope) === undefined)) return undefined;
  const branches = nodes.map((node) => compiler.fitting(node, scope));
  return (value) => {
    for (const fit of branches) {
      const fitted = fit(value);
      if (fitted !== undefined) return fitted.value;
    }
    return value;
  };
}
