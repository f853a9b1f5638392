// A body's schema as the core checks it, before anything is parsed.

import { hasDefault, isKeywords, type Keywords, listedNodes, namedNodes } from "./json-schema.ts";
import { isWordForWord } from "./quick.ts";

/**
 * Its text for the core; undefined where only JavaScript can check it. A member with a default may be missing: it is filled
 * in afterwards.
 */
export function nativeText(schema: Keywords): string | undefined {
  return isWordForWord(schema) ? JSON.stringify(withoutDefaults(schema)) : undefined;
}

/** Of the keywords that `isWordForWord` lets through, these hold schemas. */
function withoutDefaults(node: unknown): unknown {
  if (!isKeywords(node)) return node;
  const copy: Record<string, unknown> = { ...node };
  for (const keyword of ["additionalProperties", "items"]) {
    if (keyword in node) copy[keyword] = withoutDefaults(node[keyword]);
  }
  for (const keyword of ["anyOf", "allOf"]) {
    if (keyword in node) copy[keyword] = listedNodes(node, keyword).map(withoutDefaults);
  }
  if (!("properties" in node)) return copy;
  const properties = namedNodes(node, "properties");
  copy["properties"] = Object.fromEntries(properties.map(([name, below]) => [name, withoutDefaults(below)]));
  const { required } = node;
  if (Array.isArray(required)) copy["required"] = required.filter((name) => !hasDefault(node["properties"], name));
  return copy;
}
