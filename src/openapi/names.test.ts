import { expect, test } from "bun:test";
import { claimed, componentName, operationName } from "./names.ts";

test("components", () => {
  const names: [string, string][] = [
    ["Order", "Order"],
    ["new order", "NewOrder"],
    ["order-item_v1.2", "Order-item_v1.2"],
    ["Größe (m²)", "GrEM"],
    ["///", "Schema"],
  ];
  for (const [text, name] of names) expect(componentName(text, "Schema")).toBe(name);
});

test("operations", () => {
  const names: [method: string, path: string, name: string][] = [
    ["get", "/", "getRoot"],
    ["get", "/users/:id", "getUsersById"],
    ["post", "/order-items/:orderId/lines", "postOrderItemsByOrderIdLines"],
    ["delete", "/files/*path", "deleteFilesByPath"],
  ];
  for (const [method, path, name] of names) expect(operationName(method, path)).toBe(name);
});

test("what is taken gets a number", () => {
  const taken = new Set<string>();
  expect(["a", "a", "a2", "a"].map((name) => claimed(taken, name))).toEqual(["a", "a2", "a22", "a3"]);
});
