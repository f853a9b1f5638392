// A quick yes for JSON: TypeBox's compiled check, which says nothing of what is wrong and is ten times as quick. It is
// asked only of schemas about which it and `check.ts` can't differ, and only its yes counts.

import { isForeignFormat } from "./formats.ts";
import { isKeywords, isUnicodePattern, type Keywords, namedNodes } from "./json-schema.ts";

export type QuickCheck = (value: unknown) => boolean;

/** Undefined where there is none. */
export async function quickCheck(schema: Keywords): Promise<QuickCheck | undefined> {
  if (!isWordForWord(schema)) return undefined;
  const { Compile } = await import("typebox/schema");
  const compiled = Compile(schema);
  return (value) => compiled.Check(value);
}

/** Those that say nothing of values, or are checked here as they are there. */
const plainKeywords = new Set([
  ...[
    "$id",
    "$schema",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
  ],
  ...["type", "enum", "const", "anyOf", "allOf", "properties", "required", "additionalProperties", "items"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "format"],
  ...["minItems", "maxItems", "minProperties", "maxProperties"],
]);

/** All that it says is said of values in words that mean the same to every checker here. */
export function isWordForWord(node: unknown): boolean {
  if (typeof node === "boolean") return true;
  if (!isKeywords(node) || "~refine" in node || node["format"] === "binary") return false;
  if (typeof node["format"] === "string" && !isForeignFormat(node["format"])) return false;
  if (!Object.keys(node).every((keyword) => plainKeywords.has(keyword))) return false;
  if ("pattern" in node && !isUnicodePattern(node["pattern"])) return false;
  const { required = [], properties, additionalProperties = true, items = true, anyOf = [], allOf = [] } = node;
  const values = [node["const"], ...(Array.isArray(node["enum"]) ? node["enum"] : [])];
  if (values.some((value) => typeof value === "object" && value !== null)) return false;
  if (![required, anyOf, allOf].every(Array.isArray)) return false;
  // Those it takes for members that every object has.
  const names = [...Object.keys(properties ?? {}), ...(required as unknown[])];
  if (names.some((name) => typeof name !== "string" || name in Object.prototype)) return false;
  const inner = [...(anyOf as unknown[]), ...(allOf as unknown[]), additionalProperties, items];
  return [...inner, ...namedNodes(node, "properties").map(([, below]) => below)].every(isWordForWord);
}
