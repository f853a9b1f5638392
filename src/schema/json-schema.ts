// A JSON Schema as what compiles it meets it: its keywords, and where its references lead.

import { isObject } from "../given.ts";

/** A schema, as TypeBox or a person has written it. */
export interface Keywords {
  readonly [keyword: string]: unknown;
}

export type Node = Keywords | boolean;

/** A schema that can't be one. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

export function isKeywords(value: unknown): value is Keywords {
  return isObject(value);
}

export function isNode(value: unknown): value is Node {
  return typeof value === "boolean" || isKeywords(value);
}

/** Those below a keyword that holds several by name. */
export function namedNodes(schema: Keywords, keyword: string): [string, Node][] {
  const value = schema[keyword];
  if (value === undefined) return [];
  if (!isKeywords(value)) throw new SchemaError(`${keyword} is an object of schemas`);
  return Object.entries(value).map(([name, node]) => [name, nodeOf(keyword, node)]);
}

/** Those below a keyword that holds a list. */
export function listedNodes(schema: Keywords, keyword: string): Node[] {
  const value = schema[keyword];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SchemaError(`${keyword} is an array of schemas`);
  return value.map((node) => nodeOf(keyword, node));
}

export function nodeAt(schema: Keywords, keyword: string): Node | undefined {
  const value = schema[keyword];
  return value === undefined ? undefined : nodeOf(keyword, value);
}

/** The schemas of a tuple and of what comes behind them, in both ways in which drafts write it. */
export function itemNodes(schema: Keywords): { first: Node[]; rest: Node | undefined } {
  if (Array.isArray(schema["items"])) {
    return { first: listedNodes(schema, "items"), rest: nodeAt(schema, "additionalItems") };
  }
  return { first: listedNodes(schema, "prefixItems"), rest: nodeAt(schema, "items") };
}

function nodeOf(keyword: string, value: unknown): Node {
  if (!isNode(value)) throw new SchemaError(`What is below ${keyword} is no schema`);
  return value;
}

/** Whether a member may be missing although it is required: it is filled in. */
export function hasDefault(properties: unknown, name: unknown): boolean {
  if (!isKeywords(properties) || !Object.hasOwn(properties, `${name}`)) return false;
  const property = properties[`${name}`];
  return isKeywords(property) && property["default"] !== undefined;
}

export function typesOf(schema: Keywords): readonly string[] {
  const { type } = schema;
  return type === undefined ? [] : Array.isArray(type) ? type : [String(type)];
}

/** A pattern as JSON Schema has it: found anywhere, by code points. */
export function regExpOf(pattern: unknown): RegExp {
  const source = pattern instanceof RegExp ? pattern.source : String(pattern);
  try {
    return new RegExp(source, "u");
  } catch {
    // What people write is often right without that flag alone.
  }
  try {
    return new RegExp(source);
  } catch (cause) {
    throw new SchemaError(`${JSON.stringify(source)} is no regular expression`, { cause });
  }
}

const anchors = ["$anchor", "$dynamicAnchor"];

/** One that means the same to every checker; what is right without `u` only does not. */
export function isUnicodePattern(pattern: unknown): boolean {
  try {
    return typeof pattern === "string" && new RegExp(pattern, "u").unicode;
  } catch {
    return false;
  }
}

/** Where `$ref` leads: to names by `$id` or in `$defs`, or along a pointer. What is nearer wins. */
export class Scope {
  /** Whose names count here. */
  get schema(): Keywords {
    return this.#schema;
  }

  readonly #schema: Keywords;
  readonly #outer: Scope | undefined;

  constructor(schema: Keywords, outer?: Scope) {
    this.#schema = schema;
    this.#outer = outer;
  }

  /** The scope for what is inside of `schema`. */
  inside(schema: Keywords): Scope {
    const hasNames =
      schema["$defs"] !== undefined || schema["definitions"] !== undefined || schema["$id"] !== undefined;
    return hasNames && schema !== this.#schema ? new Scope(schema, this) : this;
  }

  resolve(ref: string): { node: Node; scope: Scope } {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer) {
      const node = scope.#own(ref);
      if (node !== undefined) return { node, scope };
    }
    throw new SchemaError(`$ref ${JSON.stringify(ref)} leads nowhere`);
  }

  #own(ref: string): Node | undefined {
    const schema = this.#schema;
    if (ref === "#" || ref === schema["$id"]) return schema;
    if (ref.startsWith("#/")) return pointed(schema, ref.slice(2).split("/"));
    for (const keyword of ["$defs", "definitions"]) {
      for (const [name, node] of namedNodes(schema, keyword)) {
        if (name === ref) return node;
        if (isKeywords(node) && (node["$id"] === ref || anchors.some((anchor) => `#${node[anchor]}` === ref)))
          return node;
      }
    }
    return undefined;
  }
}

function pointed(schema: Keywords, keys: readonly string[]): Node | undefined {
  let at: unknown = schema;
  for (const key of keys) {
    const name = decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Keywords)[name];
  }
  return isNode(at) ? at : undefined;
}
