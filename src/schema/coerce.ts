// Strings to what their schema wants, for what comes as text: params, queries, headers, cookies and forms. What can't be
// made stays a string, so that the check says why.

import type { Change, Compiler } from "./compiler.ts";
import { isEqual } from "./equal.ts";
import { isKeywords, type Keywords, listedNodes, type Node, type Scope, typesOf } from "./json-schema.ts";
import { eachItem, eachMember, inTurn } from "./walk.ts";

export function compileCoercion(compiler: Compiler, node: Node, outer: Scope): Change | undefined {
  if (typeof node === "boolean") return undefined;
  const scope = outer.inside(node);
  const of = (inner: Node) => compiler.coercion(inner, scope);
  const target = node["$ref"] === undefined ? undefined : scope.resolve(String(node["$ref"]));
  return inTurn([
    ofValues(node) ?? ofTypes(node),
    target === undefined ? undefined : compiler.coercion(target.node, target.scope),
    eachMember(node, of, false),
    eachItem(node, of),
    ...listedNodes(node, "allOf").map(of),
    ofUnion(compiler, listedNodes(node, "anyOf"), scope),
    ofUnion(compiler, listedNodes(node, "oneOf"), scope),
  ]);
}

const numeral = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Undefined for a text that is none of the type. */
const scalars: { [type: string]: (text: string) => unknown } = {
  number: (text) => {
    const value = numeral.test(text) ? Number(text) : Infinity;
    return Number.isFinite(value) ? value : undefined;
  },
  integer: (text) => {
    const value = scalars["number"]!(text);
    return Number.isInteger(value) ? value : undefined;
  },
  boolean: (text) => {
    if (text === "true" || text === "1") return true;
    return text === "false" || text === "0" ? false : undefined;
  },
  null: (text) => (text === "null" ? null : undefined),
};

function ofTypes(schema: Keywords): Change | undefined {
  const types = typesOf(schema);
  const mayBeArray = types.includes("array");
  const mayBeString = types.includes("string");
  const makers = types.flatMap((type) => (Object.hasOwn(scalars, type) ? [scalars[type]!] : []));
  if (mayBeString || (makers.length === 0 && !mayBeArray)) return undefined;
  return (value) => {
    // What came once, be it a file.
    if (typeof value !== "string") return mayBeArray && value instanceof Blob ? [value] : value;
    for (const make of makers) {
      const made = make(value);
      if (made !== undefined) return made;
    }
    return mayBeArray ? [value] : value;
  };
}

/** Where the schema says which values there are. */
function ofValues(schema: Keywords): Change | undefined {
  const values = "const" in schema ? [schema["const"]] : schema["enum"];
  if (!Array.isArray(values)) return undefined;
  const others = values.filter((value) => typeof value !== "string");
  if (others.length === 0) return undefined;
  return (value) => {
    if (typeof value !== "string" || values.includes(value)) return value;
    for (const make of Object.values(scalars)) {
      const made = make(value);
      if (made !== undefined && others.some((other) => isEqual(other, made))) return made;
    }
    return value;
  };
}

/** The first of several that the value fits once it is made; else the first that makes anything of it has a say. */
function ofUnion(compiler: Compiler, nodes: readonly Node[], scope: Scope): Change | undefined {
  const branches = nodes.map((node) => ({
    make: compiler.coercion(node, scope) ?? ((value: unknown) => value),
    isString: isKeywords(node) && typesOf(node).includes("string"),
    fits: compiler.matcher(node, scope),
  }));
  if (nodes.every((node) => compiler.coercion(node, scope) === undefined)) return undefined;
  return (value) => {
    let second = value;
    for (const { make, fits } of branches) {
      const made = make(value);
      if (fits(made)) return made;
      if (second === value) second = made;
    }
    return branches.some(({ isString }) => isString) ? value : second;
  };
}
