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
  const gates: Gate[] = [];
  if ("const" in schema) {
    const wanted = schema["const"];
    gates.push(failing((value) => isEqual(value, wanted), "const", messages.const(wanted), isSecret));
  }
  const values = Array.isArray(schema["enum"]) ? schema["enum"] : unionValues(schema);
  if (values !== undefined) {
    const plain = new Set(values);
    const deep = values.filter((value) => typeof value === "object" && value !== null);
    const isOne = (value: unknown) => plain.has(value) || deep.some((wanted) => isEqual(value, wanted));
    gates.push(failing(isOne, "enum", messages.enum(values), isSecret));
  }
  const isOfType = typeTest(schema);
  const named = "const" in schema ? [schema["const"]] : (values ?? []);
  // Who says which values there are has mostly said their type.
  if (isOfType !== undefined && (gates.length === 0 || !named.every(isOfType))) {
    const types = inOneOrder(typesOf(schema));
    const type = types.length === 1 ? `${types[0]}_type` : "type";
    if (isFile(schema)) gates.push(failing(isBlob, "string_format", messages.string_format("binary"), isSecret));
    else gates.push(failing(isOfType, type, messages.type(types), isSecret));
  }
  if (gates.length < 2) return gates[0];
  return (value, report) => gates.every((gate) => gate(value, report));
}

/** Whether a value has one of the types; undefined where all will do. */
export function typeTest(schema: Keywords): ((value: unknown) => boolean) | undefined {
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  // Bytes are no text: only a form has them.
  if (isFile(schema)) return isBlob;
  const isOfKind = types.map(kindOf);
  return isOfKind.length === 1 ? isOfKind[0]! : (value) => isOfKind.some((is) => is(value));
}

/** As the core tells of them: what the list says twice once, and of numbers the wider kind. */
function inOneOrder(types: readonly string[]): string[] {
  const place = (type: string) => toldTypes.indexOf(type);
  const each = [...new Set(types)].filter((type) => type !== "integer" || !types.includes("number"));
  return each.sort((a, b) => place(a) - place(b));
}

const toldTypes = ["string", "number", "integer", "boolean", "object", "array", "null"];

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

/** Those of a union of nothing but `const`, `enum` and null, where there is no `enum` beside it. */
export function unionValues(schema: Keywords): unknown[] | undefined {
  const branches = listedNodes(schema, "anyOf");
  if (branches.length === 0 || Array.isArray(schema["enum"])) return undefined;
  const values: unknown[] = [];
  for (const branch of branches) {
    if (!isKeywords(branch) || !Object.keys(branch).every((keyword) => valueKeywords.has(keyword))) return undefined;
    if ("const" in branch && "enum" in branch) return undefined;
    const isOfType = typeTest(branch) ?? (() => true);
    if ("const" in branch) values.push(...[branch["const"]].filter(isOfType));
    else if (Array.isArray(branch["enum"])) values.push(...branch["enum"].filter(isOfType));
    else if (branch["type"] === "null") values.push(null);
    else return undefined;
  }
  return values;
}

const valueKeywords = new Set(["const", "enum", "type", "title", "description", "default", "examples", "deprecated"]);

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
  const anyOf = unionValues(schema) === undefined ? listedNodes(schema, "anyOf") : [];
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
    return (isKeywords(node) ? typeTest(node) : undefined) ?? (() => true);
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
