// Something for each subschema, and for each schema whose names count where it stands: a reference may lead to different ones.

import type { Keywords, Node, Scope } from "./json-schema.ts";

export class PerScope<T> {
  readonly #known = new Map<Node, Map<Keywords, T>>();

  get(node: Node, { schema }: Scope): T | undefined {
    return this.#known.get(node)?.get(schema);
  }

  set(node: Node, { schema }: Scope, value: T): void {
    const ofNode = this.#known.get(node) ?? new Map<Keywords, T>();
    this.#known.set(node, ofNode.set(schema, value));
  }
}
