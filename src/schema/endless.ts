// Schemas that lead back to themselves without going into the value: no value would ever be checked to its end.

import { isKeywords, listedNodes, type Node, namedNodes, nodeAt, SchemaError, type Scope } from "./json-schema.ts";
import type { PerScope } from "./per-scope.ts";

export type Marks = PerScope<"open" | "done">;

/** Throws for what `node` applies to the value that it is applied to itself, as far as that leads. */
export function refuseEndless(node: Node, outer: Scope, marks: Marks): void {
  if (!isKeywords(node)) return;
  const scope = outer.inside(node);
  const mark = marks.get(node, scope);
  if (mark === "open") throw new SchemaError("A schema leads back to itself without going into the value");
  if (mark === "done") return;
  marks.set(node, scope, "open");
  if (node["$ref"] !== undefined) {
    const target = scope.resolve(String(node["$ref"]));
    refuseEndless(target.node, target.scope, marks);
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    for (const below of listedNodes(node, keyword)) refuseEndless(below, scope, marks);
  }
  for (const keyword of ["not", "if", "then", "else"]) refuseEndless(nodeAt(node, keyword) ?? true, scope, marks);
  for (const [, below] of namedNodes(node, "dependentSchemas")) refuseEndless(below, scope, marks);
  marks.set(node, scope, "done");
}
