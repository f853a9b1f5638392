// The schemas of a document: those with names stand once, under components, and the others refer to them there.

import { hasDefault, isKeywords, isNode, type Keywords, type Node, Scope, typesOf } from "../schema/json-schema.ts";
import { claimed, componentName } from "./names.ts";

/** Requests may leave out what has a default; answers have it. */
export type Mode = "Input" | "Output";

const many = ["properties", "patternProperties", "dependentSchemas"];
const lists = ["allOf", "anyOf", "oneOf", "prefixItems"];
const single = [
  "additionalProperties",
  "unevaluatedProperties",
  "propertyNames",
  "items",
  "contains",
  "not",
  "if",
  "then",
  "else",
];
/** Names and what lies under them stand among the components; the others mean nothing to who reads the document. */
const dropped = new Set(["$id", "id", "$anchor", "$schema", "$defs", "definitions", "additionalItems"]);
const types = ["string", "number", "integer", "boolean", "null", "array", "object"];

interface Component {
  readonly name: string;
  readonly source: string;
  schema: Node;
}

export class Components {
  readonly #known = new Map<string, Component>();
  readonly #names = new Set<string>();

  /** In the order in which they were first referred to. */
  get schemas(): { [name: string]: Node } {
    return Object.fromEntries([...this.#known.values()].map(({ name, schema }) => [name, schema]));
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** One of the framework's own. */
  own(name: string, schema: Keywords): Keywords {
    return this.#component(name, schema, new Scope(schema), "Output");
  }

  /** `node` as it stands in the document; `hint` names it where something has to and it has no name. */
  shown(node: Node, scope: Scope, mode: Mode, hint: string): Node {
    if (!isKeywords(node)) return node;
    const name = nameOf(node);
    return name === undefined ? this.#plain(node, scope, mode, hint) : this.#component(name, node, scope, mode);
  }

  #component(name: string, node: Keywords, scope: Scope, mode: Mode): Keywords {
    const { text: source, fillsRequired } = sourceOf(node, scope);
    const key = `${fillsRequired ? mode : ""} ${source}`;
    let component = this.#known.get(key);
    if (component === undefined) {
      const isTwin = [...this.#known.values()].some((other) => other.name === name && other.source === source);
      component = { name: claimed(this.#names, isTwin ? `${name}${mode}` : name), source, schema: true };
      // Before it is made: it may contain itself.
      this.#known.set(key, component);
      component.schema = this.#plain(node, scope, mode, component.name);
    }
    return { $ref: `#/components/schemas/${component.name}` };
  }

  #plain(node: Keywords, outer: Scope, mode: Mode, hint: string): Node {
    const scope = outer.inside(node);
    const made: Record<string, unknown> = {};
    const inner = (value: unknown, key: string) =>
      isNode(value) ? this.shown(value, scope, mode, `${hint}${componentName(key, "")}`) : value;
    for (const [key, value] of Object.entries(node)) {
      if (value === undefined || dropped.has(key) || key.startsWith("~")) continue;
      if (key === "$ref") made[key] = this.#referred(String(value), scope, mode, hint);
      else if (key === "type") Object.assign(made, typeOf(node));
      else if (key === "items" && Array.isArray(value)) Object.assign(made, tupleOf(node, inner));
      else if (key === "required") Object.assign(made, requiredOf(node, mode));
      else if (many.includes(key) && isKeywords(value)) {
        made[key] = Object.fromEntries(Object.entries(value).map(([name, below]) => [name, inner(below, name)]));
      } else if (lists.includes(key) && Array.isArray(value)) {
        made[key] = value.map((below, i) => inner(below, `${i + 1}`));
      } else if (single.includes(key)) made[key] = inner(value, key);
      else if (value instanceof RegExp) made[key] = value.source;
      else Object.assign(made, plainData(key, value));
    }
    return made;
  }

  #referred(ref: string, scope: Scope, mode: Mode, hint: string): string {
    const target = scope.resolve(ref);
    const last = ref.split(/[/#]/).at(-1) ?? "";
    // What a library has numbered, and what is only a place, is named by where it was met.
    const isNamed = last !== "" && !last.startsWith("__") && !ref.startsWith("#/properties");
    const own = isKeywords(target.node) ? nameOf(target.node) : undefined;
    const name = own ?? componentName(isNamed ? last : hint, hint);
    const node = isKeywords(target.node) ? target.node : { allOf: [target.node] };
    return String(this.#component(name, node, target.scope, mode)["$ref"]);
  }
}

/** By `$id`, or by the title of something that has parts: that of a mere text is a label. */
function nameOf(node: Keywords): string | undefined {
  const id = node["$id"] ?? node["id"];
  const { title } = node;
  if (typeof id === "string" && id !== "") {
    const last = id
      .replace(/[/#]+$/, "")
      .split(/[/#]/)
      .at(-1)!;
    return componentName(last.replace(/(\.schema)?\.json$/, ""), "Schema");
  }
  const isScalar = !["properties", "items", "prefixItems", "anyOf", "oneOf", "allOf", "enum"].some(
    (key) => key in node,
  );
  return typeof title === "string" && title !== "" && !isScalar ? componentName(title, "Schema") : undefined;
}

/** What tells one schema from another, and whether it is another in answers: with all that it refers to. */
function sourceOf(node: Keywords, scope: Scope): { text: string; fillsRequired: boolean } {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  let fillsRequired = false;
  const visit = (value: unknown, outer: Scope): void => {
    if (typeof value !== "object" || value === null) return;
    const inner = isKeywords(value) ? outer.inside(value) : outer;
    for (const below of Object.values(value)) visit(below, inner);
    if (!isKeywords(value)) return;
    const { required, properties, $ref: ref } = value;
    fillsRequired ||= Array.isArray(required) && required.some((name) => hasDefault(properties, name));
    if (typeof ref === "string") add(ref, inner);
  };
  const add = (ref: string, inner: Scope) => {
    const target = found(ref, inner);
    if (target !== undefined && !seen.has(target.node)) note(target.node, target.scope);
  };
  const note = (target: Node, targetScope: Scope) => {
    seen.add(target);
    texts.push(textOf(target));
    visit(target, targetScope);
  };
  note(node, scope);
  return { text: texts.join(" "), fillsRequired };
}

/** Undefined for what is an example with such a member, say: a reference that leads nowhere is told of elsewhere. */
function found(ref: string, scope: Scope): { node: Node; scope: Scope } | undefined {
  try {
    return scope.resolve(ref);
  } catch {
    return undefined;
  }
}

function textOf(node: Node): string {
  return JSON.stringify(node, (_, value) => {
    return value instanceof RegExp ? value.source : typeof value === "bigint" ? `${value}` : value;
  });
}

function requiredOf(node: Keywords, mode: Mode): Keywords {
  const { required, properties } = node;
  if (!Array.isArray(required) || mode === "Output") return { required };
  const asked = required.filter((name) => !hasDefault(properties, name));
  return asked.length === 0 ? {} : { required: asked };
}

/** JSON has no word for the others that TypeBox has. */
function typeOf(node: Keywords): Keywords {
  const own = typesOf(node).filter((type) => types.includes(type));
  return own.length === 0 ? {} : { type: own.length === 1 ? own[0] : own };
}

/** As earlier drafts wrote it. */
function tupleOf(node: Keywords, inner: (value: unknown, key: string) => unknown): Keywords {
  const { items, additionalItems } = node;
  const prefixItems = (items as unknown[]).map((item, i) => inner(item, `${i + 1}`));
  return additionalItems === undefined ? { prefixItems } : { prefixItems, items: inner(additionalItems, "rest") };
}

function plainData(key: string, value: unknown): Keywords {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? {} : { [key]: JSON.parse(text) };
  } catch {
    // A bound that is a BigInt, say: it is checked all the same.
    return {};
  }
}
