// The words of an answer that refuses. The types are what programs rely on; a second checker says the same.

import { counted } from "./shown.ts";

const names: { [type: string]: string } = {
  string: "a string",
  integer: "an integer",
  number: "a number",
  boolean: "a boolean",
  null: "null",
  array: "an array",
  object: "an object",
};

/** `a string, a number or null`. */
function oneOf(words: readonly string[]): string {
  return words.length < 2 ? `${words[0]}` : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

const formats: { [format: string]: string } = {
  date: "date",
  "date-time": "date and time",
  duration: "duration",
  email: "email address",
  hostname: "host name",
  "idn-email": "email address",
  "idn-hostname": "host name",
  ipv4: "IPv4 address",
  ipv6: "IPv6 address",
  "json-pointer": "JSON pointer",
  regex: "regular expression",
  time: "time",
  uri: "URI",
  url: "URL",
  uuid: "UUID",
};

/** Anything that JSON can say, at most so many characters of it. */
function texts(values: readonly unknown[]): string {
  const all = values.map((value) => JSON.stringify(value)).join(", ");
  if (all.length <= 256) return all;
  const characters = [...all.slice(0, 2 * 257)];
  return characters.length <= 256 ? all : `${characters.slice(0, 255).join("")}…`;
}

export const messages = {
  type: (types: readonly string[]) => `Must be ${oneOf(types.map((type) => names[type] ?? type))}`,
  string_too_short: (least: number) => `Must have at least ${counted(least, "character")}`,
  string_too_long: (most: number) => `Must have at most ${counted(most, "character")}`,
  string_pattern_mismatch: (pattern: string) => `Must match the pattern ${pattern}`,
  string_format: (format: string) =>
    format === "binary" ? "Must be a file" : `Must be a valid ${formats[format] ?? format}`,
  greater_than_equal: (least: number) => `Must be at least ${least}`,
  greater_than: (bound: number) => `Must be greater than ${bound}`,
  less_than_equal: (most: number) => `Must be at most ${most}`,
  less_than: (bound: number) => `Must be less than ${bound}`,
  multiple_of: (factor: number) => `Must be a multiple of ${factor}`,
  too_short: (least: number) => `Must have at least ${counted(least, "item")}`,
  too_long: (most: number) => `Must have at most ${counted(most, "item")}`,
  not_unique: "Items must be unique",
  contains: (least: number, most: number) => {
    const bound = least > 0 ? `at least ${counted(least, "item")}` : `at most ${counted(most, "item")}`;
    return `Must have ${bound} of a certain kind`;
  },
  too_few_properties: (least: number) => `Must have at least ${counted(least, "field")}`,
  too_many_properties: (most: number) => `Must have at most ${counted(most, "field")}`,
  extra_forbidden: "Unknown field",
  property_name: "The name of this field is not allowed",
  enum: (values: readonly unknown[]) => `Must be one of ${texts(values)}`,
  const: (value: unknown) => `Must be ${texts([value])}`,
  any_of: "Must match one of the allowed forms",
  one_of: "Must match exactly one of the allowed forms",
  not: "Must not be of this form",
  false_schema: "No value is allowed here",
  dependent_required: (name: string) => `Field required beside ${JSON.stringify(name)}`,
};
