import { expect, test } from "bun:test";
import { faultWithin, lossOf, lossWithin } from "./lost.ts";

const within = (value: unknown) => lossWithin(value, JSON.stringify(value));

test("a Map, a Set and a Promise are lost, unless they say how they are JSON", () => {
  expect(lossOf(new Map())).toBe("a Map, which JSON says as {}: return Object.fromEntries(map), or [...map] for pairs");
  expect(lossOf(new Set())).toBe("a Set, which JSON says as {}: return [...set]");
  expect(lossOf(Promise.resolve())).toStartWith("a Promise, which JSON says as {}: await it first");
  expect(lossOf(Object.assign(new Set(), { toJSON: () => [] }))).toBeUndefined();
  for (const value of [{}, [], new Date(), new (class A {})()]) expect(lossOf(value)).toBeUndefined();
});

test("the first loss is found wherever it is", () => {
  expect(within({ a: 1, users: [{ id: 1, posts: Promise.resolve([]) }] })).toStartWith(
    "value.users[0].posts is a Promise",
  );
  expect(within([Promise.resolve(1), new Map()])).toStartWith("value[0] is a Promise");
  expect(within({ list: [{}], tags: new Set() })).toStartWith("value.tags is a Set");
});

test("what JSON says as it is has none, and what can't be looked at isn't", () => {
  expect(within({ a: {}, b: [{}], c: "{}", d: { toJSON: () => ({}), e: new Map() } })).toBeUndefined();
  let asked = 0;
  const shy = {
    empty: {},
    get once() {
      if (asked++ > 0) throw new Error("asked twice");
      return 1;
    },
  };
  expect(within(shy)).toBeUndefined();
});

test("what JSON can't say is found, and where", () => {
  const cycle: Record<string, unknown> = { a: [1] };
  cycle["self"] = cycle;
  const far: Record<string, unknown> = { "in-side": { list: [] } };
  (far["in-side"] as { list: unknown[] }).list.push(far["in-side"]);
  expect(faultWithin(cycle)).toBe("value.self is the object that holds it");
  expect(faultWithin(far)).toBe('value["in-side"].list[0] is value["in-side"] again');
  expect(faultWithin({ a: [1n] })).toBe("value.a[0] is a BigInt, for which JSON has no word: String(n), or Number(n)");
  const twice = { a: 1 };
  expect(faultWithin([twice, twice])).toBeUndefined();
  expect(faultWithin({ toJSON: () => 1n })).toBeUndefined();
});
