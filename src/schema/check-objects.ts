// Rules for objects.

import { bound } from "./check-scalars.ts";
import type { Check, Compiler } from "./compiler.ts";
import {
  isKeywords,
  type Keywords,
  listedNodes,
  type Node,
  namedNodes,
  nodeAt,
  regExpOf,
  SchemaError,
  type Scope,
} from "./json-schema.ts";
import { isMembers, type Members, member } from "./members.ts";
import { messages } from "./messages.ts";
import type { Report } from "./report.ts";

type ObjectCheck = (object: Members, report: Report) => void;

export function objectChecks(compiler: Compiler, schema: Keywords, scope: Scope, isSecret: () => boolean): Check[] {
  const checks = [
    ...knownMembers(compiler, schema, scope),
    ...otherMembers(compiler, schema, scope),
    ...counts(schema, isSecret),
    ...dependencies(compiler, schema, scope),
    ...unevaluated(compiler, schema, scope),
  ];
  return checks.map(
    (check): Check =>
      (value, report) => {
        if (isMembers(value)) check(value, report);
      },
  );
}

function knownMembers(compiler: Compiler, schema: Keywords, scope: Scope): ObjectCheck[] {
  const required = new Set(stringsOf("required", schema["required"]));
  const known = namedNodes(schema, "properties").map(([name, node]) => {
    return { name, check: compiler.check(node, scope), isRequired: required.delete(name) };
  });
  for (const name of required) known.push({ name, check: undefined, isRequired: true });
  const checked = known.filter(({ check, isRequired }) => check !== undefined || isRequired);
  if (checked.length === 0) return [];
  return [
    (object, report) => {
      const { path } = report;
      for (let i = 0; i < checked.length && !report.isDone; i++) {
        const { name, check, isRequired } = checked[i]!;
        const value = member(object, name);
        if (value === undefined) {
          if (isRequired) report.missing(name);
        } else if (check !== undefined) {
          path.push(name);
          check(value, report);
          path.pop();
        }
      }
    },
  ];
}

/** Those that are known by a pattern, or by nothing. */
function otherMembers(compiler: Compiler, schema: Keywords, scope: Scope): ObjectCheck[] {
  const known = new Set(namedNodes(schema, "properties").map(([name]) => name));
  const patterns = namedNodes(schema, "patternProperties").map(([pattern, node]) => {
    return { pattern: regExpOf(pattern), check: compiler.check(node, scope) };
  });
  const rest = nodeAt(schema, "additionalProperties");
  const names = nodeAt(schema, "propertyNames");
  const checkRest = rest === undefined || rest === false ? undefined : compiler.check(rest, scope);
  const checkName = names === undefined ? undefined : compiler.check(names, scope);
  if (rest !== false && checkRest === undefined && checkName === undefined && patterns.length === 0) return [];
  return [
    (object, report) => {
      const { path } = report;
      for (const name of Object.keys(object)) {
        if (report.isDone) return;
        const value = object[name];
        path.push(name);
        if (checkName !== undefined && !report.passes(() => checkName(name, report))) {
          report.fail("property_name", messages.property_name, name);
        }
        let isKnown = known.has(name);
        for (const { pattern, check } of patterns) {
          if (!pattern.test(name)) continue;
          isKnown = true;
          check?.(value, report);
        }
        if (!isKnown && rest === false) report.fail("extra_forbidden", messages.extra_forbidden, value);
        else if (!isKnown) checkRest?.(value, report);
        path.pop();
      }
    },
  ];
}

function counts(schema: Keywords, isSecret: () => boolean): ObjectCheck[] {
  const checks: ObjectCheck[] = [];
  const rule = (type: string, msg: string, isWrong: (count: number) => boolean) => {
    checks.push((object, report) => {
      if (isWrong(Object.keys(object).length)) report.fail(type, msg, object, isSecret());
    });
  };
  const least = bound(schema, "minProperties");
  if (least !== undefined) rule("too_few_properties", messages.too_few_properties(least), (count) => count < least);
  const most = bound(schema, "maxProperties");
  if (most !== undefined) rule("too_many_properties", messages.too_many_properties(most), (count) => count > most);
  return checks;
}

function dependencies(compiler: Compiler, schema: Keywords, scope: Scope): ObjectCheck[] {
  const checks: ObjectCheck[] = [];
  const names = schema["dependentRequired"] ?? {};
  if (!isKeywords(names)) throw new SchemaError("dependentRequired is an object of names");
  for (const [name, others] of Object.entries(names)) {
    const wanted = stringsOf("dependentRequired", others);
    checks.push((object, report) => {
      if (member(object, name) === undefined) return;
      for (const other of wanted) {
        if (member(object, other) === undefined) {
          report.missing(other, messages.dependent_required(name), "dependent_required");
        }
      }
    });
  }
  for (const [name, node] of namedNodes(schema, "dependentSchemas")) {
    const check = compiler.check(node, scope);
    if (check === undefined) continue;
    checks.push((object, report) => {
      if (member(object, name) !== undefined) check(object, report);
    });
  }
  return checks;
}

/** Members that neither `properties` and the like nor the schemas around and beside them say anything about. */
function unevaluated(compiler: Compiler, schema: Keywords, scope: Scope): ObjectCheck[] {
  const node = nodeAt(schema, "unevaluatedProperties");
  if (node === undefined) return [];
  const { unevaluatedProperties: _, ...others } = schema;
  const isCovered = coverage(compiler, others, scope);
  const check = node === false ? undefined : compiler.check(node, scope);
  return [
    (object, report) => {
      for (const name of Object.keys(object)) {
        if (isCovered(object, name)) continue;
        report.path.push(name);
        if (node === false) report.fail("extra_forbidden", messages.extra_forbidden, object[name]);
        else check?.(object[name], report);
        report.path.pop();
      }
    },
  ];
}

type Covers = (object: Members, name: string) => boolean;

function coverage(compiler: Compiler, node: Node, outer: Scope): Covers {
  if (!isKeywords(node)) return () => false;
  const scope = outer.inside(node);
  if (node["additionalProperties"] !== undefined || node["unevaluatedProperties"] !== undefined) return () => true;
  const known = new Set(namedNodes(node, "properties").map(([name]) => name));
  const patterns = namedNodes(node, "patternProperties").map(([pattern]) => regExpOf(pattern));
  const always = listedNodes(node, "allOf").map((inner) => coverage(compiler, inner, scope));
  const perhaps = [...listedNodes(node, "anyOf"), ...listedNodes(node, "oneOf")].map((inner) => {
    return { fits: compiler.matcher(inner, scope), covers: coverage(compiler, inner, scope) };
  });
  const condition = nodeAt(node, "if");
  if (condition !== undefined) {
    const fits = compiler.matcher(condition, scope);
    const [then, otherwise] = [nodeAt(node, "then") ?? true, nodeAt(node, "else") ?? true];
    perhaps.push({ fits, covers: coverage(compiler, condition, scope) });
    perhaps.push({ fits, covers: coverage(compiler, then, scope) });
    perhaps.push({ fits: (object) => !fits(object), covers: coverage(compiler, otherwise, scope) });
  }
  for (const [name, inner] of namedNodes(node, "dependentSchemas")) {
    const fits = (object: unknown) => member(object as Members, name) !== undefined;
    perhaps.push({ fits, covers: coverage(compiler, inner, scope) });
  }
  if (node["$ref"] !== undefined) {
    const target = scope.resolve(String(node["$ref"]));
    always.push(coverage(compiler, target.node, target.scope));
  }
  return (object, name) =>
    known.has(name) ||
    patterns.some((pattern) => pattern.test(name)) ||
    always.some((covers) => covers(object, name)) ||
    perhaps.some(({ fits, covers }) => covers(object, name) && fits(object));
}

function stringsOf(keyword: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SchemaError(`${keyword} is an array of names`);
  return [...new Set(value)];
}
