// A body's schema as the core checks it, before anything is parsed.

import { isKeywords, type Keywords } from "./json-schema.ts";
import { isWordForWord } from "./quick.ts";

/**
 * Its text for the core; undefined where only JavaScript can check it. A member with a default may be missing: it is filled
 * in afterwards.
 */
export function nativeText(schema: Keywords): string | undefined {
  return isWordForWord(schema) ? JSON.stringify(withoutDefaults(schema)) : undefined;
}

function withoutDefaults(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutDefaults);
  if (!isKeywords(node)) return node;
  const copy: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(node)) {
    copy[keyword] = keyword === "enum" || keyword === "const" ? value : withoutDefaults(value);
  }
  const { properties, required } = node;
  if (!isKeywords(properties) || !Array.isArray(required)) return copy;
  copy["required"] = required.filter((name) => {
    const member = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return !isKeywords(member) || member["default"] === undefined;
  });
  return copy;
}
