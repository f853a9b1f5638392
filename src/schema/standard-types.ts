// The type of a failure for what Zod, Valibot and ArkType say of theirs; "invalid" for what nobody knows.

import type { StandardIssue } from "./schema.ts";

/** What the libraries put beside the standard's `message` and `path`. */
interface Said extends StandardIssue {
  /** Zod's and ArkType's. */
  code?: unknown;
  /** Zod's. */
  expected?: unknown;
  origin?: unknown;
  format?: unknown;
  inclusive?: unknown;
  /** Valibot's. */
  type?: unknown;
}

const kinds = ["string", "number", "integer", "boolean", "null", "array", "object"];
const kindType = (name: unknown) => (kinds.includes(`${name}`) ? `${name}_type` : "invalid");

const plain: { [code: string]: string } = {
  // Zod
  not_multiple_of: "multiple_of",
  invalid_value: "enum",
  invalid_union: "any_of",
  // Valibot
  integer: "integer_type",
  min_value: "greater_than_equal",
  gt_value: "greater_than",
  max_value: "less_than_equal",
  lt_value: "less_than",
  multiple_of: "multiple_of",
  regex: "string_pattern_mismatch",
  picklist: "enum",
  enum: "enum",
  literal: "const",
  strict_object: "extra_forbidden",
  variant: "any_of",
  email: "string_format",
  url: "string_format",
  uuid: "string_format",
  iso_date: "string_format",
  iso_timestamp: "string_format",
  // ArkType
  pattern: "string_pattern_mismatch",
  divisor: "multiple_of",
  unit: "const",
  // Valibot's and ArkType's
  union: "any_of",
};

/** `found` is the value that the issue is about. */
export function typeOfIssue(issue: StandardIssue, found: unknown): string {
  const said = issue as Said;
  const code = `${said.code ?? said.type}`;
  // What is said of a field that isn't there by a rule of the user's is that rule's.
  if (found === undefined) return code === "custom" || code === "check" || code === "predicate" ? "invalid" : "missing";
  const ofText = typeof found === "string";
  switch (code) {
    case "invalid_type":
      return said.expected === "int" ? "integer_type" : kindType(said.expected);
    case "too_small":
      if (typeof found === "number") return said.inclusive === false ? "greater_than" : "greater_than_equal";
      return ofText ? "string_too_short" : "too_short";
    case "too_big":
      if (typeof found === "number") return said.inclusive === false ? "less_than" : "less_than_equal";
      return ofText ? "string_too_long" : "too_long";
    case "invalid_format":
      return said.format === "regex" ? "string_pattern_mismatch" : "string_format";
    case "min_length":
    case "minLength":
      return ofText ? "string_too_short" : "too_short";
    case "max_length":
    case "maxLength":
      return ofText ? "string_too_long" : "too_long";
  }
  if (Object.hasOwn(plain, code)) return plain[code]!;
  return kindType(code);
}
