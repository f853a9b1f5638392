// Keywords that nobody knows and that look like one that was meant: a rule that is misspelt lets everything through.

import { nearest } from "../nearest.ts";
import { isKeywords, type Keywords } from "./json-schema.ts";

/** By what stands below: a schema or a list of them, schemas by name, or no schema. */
const holders = {
  one: [
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    ...["allOf", "anyOf", "oneOf", "prefixItems"],
  ],
  named: ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"],
  none: [
    ...["$anchor", "$comment", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary"],
    ...["const", "enum", "type", "required", "dependentRequired", "format", "pattern", "multipleOf", "uniqueItems"],
    ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"],
    ...["minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"],
    ...["title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "nullable"],
    ...["contentEncoding", "contentMediaType", "discriminator", "externalDocs", "xml"],
  ],
} as const;
const known: readonly string[] = [...holders.one, ...holders.named, ...holders.none];
/** Shorter ones look like too much else. */
const likelyLengthMin = 4;
const likely = known.filter((keyword) => keyword.length >= likelyLengthMin);

/** `minimun at /properties/age: did you mean minimum?` */
export function misspeltIn(schema: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<Keywords>();
  const look = (node: unknown, place: string): void => {
    if (Array.isArray(node)) {
      for (const [i, inner] of node.entries()) look(inner, `${place}/${i}`);
      return;
    }
    if (!isKeywords(node) || seen.has(node)) return;
    seen.add(node);
    for (const keyword of Object.keys(node)) {
      if (known.includes(keyword) || /^(x-|~)/.test(keyword)) continue;
      const meant = nearest(keyword, likely);
      if (meant !== undefined) found.push(`${keyword}${place && ` at ${place}`}: did you mean ${meant}?`);
    }
    for (const keyword of holders.one) look(node[keyword], `${place}/${keyword}`);
    for (const keyword of holders.named) {
      const inner = node[keyword];
      if (!isKeywords(inner)) continue;
      for (const name of Object.keys(inner)) look(inner[name], `${place}/${keyword}/${name}`);
    }
  };
  look(schema, "");
  return found;
}
