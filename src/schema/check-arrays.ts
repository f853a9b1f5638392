// Rules for arrays.

import { bound } from "./check-scalars.ts";
import type { Check, Compiler } from "./compiler.ts";
import { canonical } from "./equal.ts";
import { itemNodes, type Keywords, nodeAt, type Scope } from "./json-schema.ts";
import { messages } from "./messages.ts";
import type { Report } from "./report.ts";

type ArrayCheck = (items: readonly unknown[], report: Report) => void;

export function arrayChecks(compiler: Compiler, schema: Keywords, scope: Scope, isSecret: () => boolean): Check[] {
  const checks: ArrayCheck[] = [];
  const rule = (type: string, msg: string, isWrong: (items: readonly unknown[], report: Report) => boolean) => {
    checks.push((items, report) => {
      if (isWrong(items, report)) report.fail(type, msg, items, isSecret());
    });
  };
  const least = bound(schema, "minItems");
  if (least !== undefined) rule("too_short", messages.too_short(least), (items) => items.length < least);
  const most = bound(schema, "maxItems");
  if (most !== undefined) rule("too_long", messages.too_long(most), (items) => items.length > most);
  if (schema["uniqueItems"] === true) {
    rule("not_unique", messages.not_unique, (items) => new Set(items.map(canonical)).size < items.length);
  }
  const contains = nodeAt(schema, "contains");
  if (contains !== undefined) {
    const check = compiler.check(contains, scope);
    const passes = check === undefined ? () => true : compiler.probe(check);
    const fewest = bound(schema, "minContains") ?? 1;
    const greatest = bound(schema, "maxContains") ?? Infinity;
    rule("contains", messages.contains(fewest, greatest), (items, report) => {
      const count = items.filter((item) => passes(item, report)).length;
      return count < fewest || count > greatest;
    });
  }
  checks.push(...itemChecks(compiler, schema, scope));
  return checks.map(
    (check): Check =>
      (value, report) => {
        if (Array.isArray(value)) check(value, report);
      },
  );
}

function itemChecks(compiler: Compiler, schema: Keywords, scope: Scope): ArrayCheck[] {
  const { first, rest } = itemNodes(schema);
  const firstChecks = first.map((node) => compiler.check(node, scope));
  const restCheck = rest === undefined ? undefined : compiler.check(rest, scope);
  if (restCheck === undefined && firstChecks.every((check) => check === undefined)) return [];
  return [
    (items, report) => {
      const { path } = report;
      for (let i = 0; i < items.length && !report.isDone; i++) {
        const check = i < firstChecks.length ? firstChecks[i] : restCheck;
        if (check === undefined) continue;
        path.push(i);
        check(items[i], report);
        path.pop();
      }
    },
  ];
}
