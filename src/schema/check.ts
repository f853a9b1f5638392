// What checks a value against a JSON Schema: one failure for a value of the wrong kind, else one for each broken rule.

import { arrayChecks } from "./check-arrays.ts";
import { objectChecks } from "./check-objects.ts";
import { numberChecks, stringChecks } from "./check-scalars.ts";
import type { Check, Compiler } from "./compiler.ts";
import { isEqual } from "./equal.ts";
import {
  isKeywords,
  type Keywords,
  listedNodes,
  type Node,
  nodeAt,
  SchemaError,
  type Scope,
  typesOf,
} from "./json-schema.ts";
import { isMembers } from "./members.ts";
import { messages } from "./messages.ts";
import type { Report } from "./report.ts";

/** Refuses a value whose kind is wrong; about the rest of such a value nothing is said. */
type Gate = (value: unknown, report: Report) => boolean;

/** Better refused than passed over. */
const unsupported = ["unevaluatedItems", "$dynamicRef", "$recursiveRef", "dependencies"];

export function compileCheck(compiler: Compiler, node: Node, outer: Scope): Check | undefined {
  if (node === true) return undefined;
  if (node === false) return (value, report) => report.fail("false_schema", messages.false_schema, value);
  const scope = outer.inside(node);
  for (const keyword of unsupported) {
    if (keyword in node) throw new SchemaError(`${keyword} is nothing that can be checked here`);
  }
  const isSecret = lazily(() => compiler.hasSecrets(node));
  const gate = gateOf(node, isSecret);
  const checks = [
    ...reference(compiler, node, scope),
    ...stringChecks(node),
    ...numberChecks(node),
    ...arrayChecks(compiler, node, scope, isSecret),
    ...objectChecks(compiler, node, scope, isSecret),
    ...combined(compiler, node, scope, isSecret),
    ...refinements(node, isSecret),
  ];
  const check = inOrder(gate, checks);
  if (check === undefined || node["writeOnly"] !== true) return check;
  return (value, report) => report.secretly(() => check(value, report));
}

function inOrder(gate: Gate | undefined, checks: readonly Check[]): Check | undefined {
  const [first, second] = checks;
  if (gate === undefined) return second === undefined ? first : (value, report) => each(checks, value, report);
  if (first === undefined) return gate;
  if (second === undefined) {
    return (value, report) => {
      if (gate(value, report)) first(value, report);
    };
  }
  return (value, report) => {
    if (gate(value, report)) each(checks, value, report);
  };
}

function each(checks: readonly Check[], value: unknown, report: Report): void {
  for (let i = 0; i < checks.length; i++) checks[i]!(value, report);
}

// --- Kinds ---

const kinds: { [type: string]: (value: unknown) => boolean } = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isMembers,
  // TypeBox has types for what is no JSON.
  undefined: (value) => value === undefined,
  void: (value) => value === undefined,
  bigint: (value) => typeof value === "bigint",
};

function gateOf(schema: Keywords, isSecret: () => boolean): Gate | undefined {
  // Who says which values there are has said their type.
  if ("const" in schema) {
    const wanted = schema["const"];
    return failing((value) => isEqual(value, wanted), "const", messages.const(wanted), isSecret);
  }
  const values = valuesOf(schema);
  if (values !== undefined) {
    const plain = new Set(values);
    const deep = values.filter((value) => typeof value === "object" && value !== null);
    const isOne = (value: unknown) => plain.has(value) || deep.some((wanted) => isEqual(value, wanted));
    return failing(isOne, "enum", messages.enum(values), isSecret);
  }
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  // Bytes are no text: only a form has them.
  if (isFile(schema)) return failing(isBlob, "string_format", messages.string_format("binary"), isSecret);
  const isOfKind = types.map(kindOf);
  const type = types.length === 1 ? `${types[0]}_type` : "type";
  const isFine = isOfKind.length === 1 ? isOfKind[0]! : (value: unknown) => isOfKind.some((is) => is(value));
  return failing(isFine, type, messages.type(types), isSecret);
}

function isFile(schema: Keywords): boolean {
  return schema["format"] === "binary" && schema["type"] === "string";
}

function isBlob(value: unknown): boolean {
  return value instanceof Blob;
}

function kindOf(type: string): (value: unknown) => boolean {
  const is = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (is === undefined) throw new SchemaError(`There is no type ${JSON.stringify(type)}`);
  return is;
}

function failing(isFine: (value: unknown) => boolean, type: string, msg: string, isSecret: () => boolean): Gate {
  return (value, report) => {
    if (isFine(value)) return true;
    report.fail(type, msg, value, isSecret());
    return false;
  };
}

/** Those of an `enum`, or of a union of nothing but `const` and `enum`. */
function valuesOf(schema: Keywords): unknown[] | undefined {
  if (Array.isArray(schema["enum"])) return schema["enum"];
  const branches = listedNodes(schema, "anyOf");
  if (branches.length === 0) return undefined;
  const values: unknown[] = [];
  for (const branch of branches) {
    if (!isKeywords(branch)) return undefined;
    if ("const" in branch) values.push(branch["const"]);
    else if (branch["type"] === "null") values.push(null);
    else if (Array.isArray(branch["enum"])) values.push(...branch["enum"]);
    else return undefined;
  }
  return values;
}

// --- Other schemas ---

function reference(compiler: Compiler, schema: Keywords, scope: Scope): Check[] {
  const ref = schema["$ref"];
  if (ref === undefined) return [];
  const target = scope.resolve(String(ref));
  const check = compiler.check(target.node, target.scope);
  return check === undefined ? [] : [check];
}

function combined(compiler: Compiler, schema: Keywords, scope: Scope, isSecret: () => boolean): Check[] {
  const checks: Check[] = [];
  const checkOf = (node: Node): Check => compiler.check(node, scope) ?? nothing;
  checks.push(...listedNodes(schema, "allOf").map(checkOf));
  const anyOf = valuesOf(schema) === undefined ? listedNodes(schema, "anyOf") : [];
  if (anyOf.length > 0) checks.push(anyOfCheck(compiler, anyOf, anyOf.map(checkOf), isSecret));
  const oneOf = listedNodes(schema, "oneOf").map((node) => compiler.probe(checkOf(node)));
  if (oneOf.length > 0) {
    checks.push((value, report) => {
      const fitting = oneOf.filter((passes) => passes(value, report));
      if (fitting.length !== 1) report.fail("one_of", messages.one_of, value, isSecret());
    });
  }
  const not = nodeAt(schema, "not");
  if (not !== undefined) {
    const passes = compiler.probe(checkOf(not));
    checks.push((value, report) => {
      if (passes(value, report)) report.fail("not", messages.not, value, isSecret());
    });
  }
  const condition = nodeAt(schema, "if");
  if (condition !== undefined) {
    const passes = compiler.probe(checkOf(condition));
    const then = checkOf(nodeAt(schema, "then") ?? true);
    const otherwise = checkOf(nodeAt(schema, "else") ?? true);
    checks.push((value, report) => (passes(value, report) ? then : otherwise)(value, report));
  }
  return checks;
}

/** Where only one of them is for values of this kind, as in "an object or null", what it has to say is said. */
function anyOfCheck(
  compiler: Compiler,
  nodes: readonly Node[],
  checks: readonly Check[],
  isSecret: () => boolean,
): Check {
  const probes = checks.map((check) => compiler.probe(check));
  const isFor = nodes.map((node) => {
    const types = isKeywords(node) ? typesOf(node) : [];
    if (types.length === 0) return () => true;
    if (isFile(node as Keywords)) return isBlob;
    const isOfKind = types.map(kindOf);
    return (value: unknown) => isOfKind.some((is) => is(value));
  });
  return (value, report) => {
    if (probes.some((passes) => passes(value, report))) return;
    const own = report.isProbing ? [] : checks.filter((_, i) => isFor[i]!(value));
    if (own.length === 1) own[0]!(value, report);
    else report.fail("any_of", messages.any_of, value, isSecret());
  };
}

/** What TypeBox's `Refine` adds: functions of the user's. */
function refinements(schema: Keywords, isSecret: () => boolean): Check[] {
  const refines = schema["~refine"];
  if (!Array.isArray(refines)) return [];
  return refines.map(({ check, error }: { check: (value: unknown) => boolean; error: unknown }): Check => {
    return (value, report) => {
      if (check(value)) return;
      const msg: unknown = typeof error === "function" ? error(value) : error;
      report.fail("invalid", String(msg), value, isSecret());
    };
  });
}

function nothing(): void {
  // Every value will do.
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
