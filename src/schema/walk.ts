// Changing what is inside of a value: a copy is made where something changes, and only there.

import type { Change } from "./compiler.ts";
import { itemNodes, type Keywords, type Node, namedNodes, nodeAt, regExpOf } from "./json-schema.ts";
import { copied, isMembers, type Members, member, put } from "./members.ts";

type ChangeOf = (node: Node) => Change | undefined;

/** `fillsAbsent`: members that aren't there are asked for too. */
export function eachMember(schema: Keywords, changeOf: ChangeOf, fillsAbsent: boolean): Change | undefined {
  const properties = namedNodes(schema, "properties");
  const names = new Set(properties.map(([name]) => name));
  const known = changes(properties, changeOf);
  const patterns = changes(namedNodes(schema, "patternProperties"), changeOf).map(({ name, change }) => {
    return { pattern: regExpOf(name), change };
  });
  const restNode = nodeAt(schema, "additionalProperties");
  const rest = restNode === undefined ? undefined : changeOf(restNode);
  const hasOthers = patterns.length > 0 || rest !== undefined;
  if (known.length === 0 && !hasOthers) return undefined;

  return (value) => {
    if (!isMembers(value)) return value;
    let copy: Members | undefined;
    const change = (name: string, before: unknown, how: Change) => {
      const after = how(before);
      if (after === before) return;
      copy ??= copied(value);
      put(copy, name, after);
    };
    for (let i = 0; i < known.length; i++) {
      const { name, change: how } = known[i]!;
      const before = member(value, name);
      if (before !== undefined || fillsAbsent) change(name, before, how);
    }
    for (const name of hasOthers ? Object.keys(value) : []) {
      if (names.has(name)) continue;
      const how = patterns.find(({ pattern }) => pattern.test(name))?.change ?? rest;
      if (how !== undefined) change(name, value[name], how);
    }
    return copy ?? value;
  };
}

function changes(nodes: readonly [string, Node][], changeOf: ChangeOf): { name: string; change: Change }[] {
  return nodes.flatMap(([name, node]) => {
    const change = changeOf(node);
    return change === undefined ? [] : [{ name, change }];
  });
}

export function eachItem(schema: Keywords, changeOf: ChangeOf): Change | undefined {
  const { first, rest } = itemNodes(schema);
  const firstChanges = first.map(changeOf);
  const restChange = rest === undefined ? undefined : changeOf(rest);
  if (restChange === undefined && firstChanges.every((change) => change === undefined)) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const change = i < firstChanges.length ? firstChanges[i] : restChange;
      const after = change === undefined ? value[i] : change(value[i]);
      if (after === value[i]) continue;
      copy ??= [...value];
      copy[i] = after;
    }
    return copy ?? value;
  };
}

/** One after the other. */
export function inTurn(steps: readonly (Change | undefined)[]): Change | undefined {
  const all = steps.filter((step) => step !== undefined);
  return all.length < 2 ? all[0] : (value) => all.reduce<unknown>((now, step) => step(now), value);
}
