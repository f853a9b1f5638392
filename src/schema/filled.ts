// Where a schema fills in something of a value that is there.

import { isKeywords, itemNodes, listedNodes, type Node, namedNodes, nodeAt, type Scope } from "./json-schema.ts";
import { PerScope } from "./per-scope.ts";

/** Whether a value that `node` describes, or something inside of it, may be filled in. */
export function fills(node: Node, scope: Scope): boolean {
  return new Search().reaches(node, scope, true);
}

/** Whether something inside of a value that `node` describes may be filled in. */
export function fillsInside(node: Node, scope: Scope): boolean {
  return new Search().reaches(node, scope, false);
}

class Search {
  readonly #seen = [new PerScope<true>(), new PerScope<true>()] as const;

  /** A default somewhere below; with `isInside`, of the node itself too. */
  reaches(node: Node, outer: Scope, isInside: boolean): boolean {
    if (!isKeywords(node)) return false;
    if (isInside && node["default"] !== undefined) return true;
    const scope = outer.inside(node);
    const seen = this.#seen[isInside ? 1 : 0];
    if (seen.get(node, scope)) return false;
    seen.set(node, scope, true);
    const target = node["$ref"] === undefined ? undefined : scope.resolve(String(node["$ref"]));
    if (target !== undefined && this.reaches(target.node, target.scope, isInside)) return true;
    const same = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => listedNodes(node, keyword));
    if (same.some((below) => this.reaches(below, scope, isInside))) return true;
    const { first, rest = true } = itemNodes(node);
    const named = ["properties", "patternProperties"].flatMap((keyword) => namedNodes(node, keyword));
    const inner = [...first, rest, nodeAt(node, "additionalProperties") ?? true, ...named.map(([, below]) => below)];
    return inner.some((below) => this.reaches(below, scope, true));
  }
}
