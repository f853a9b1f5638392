// A schema as text for the core, or an error that says where it has what a text can't say.

import { JsonSchemaError, MisuseError } from "../errors.ts";
import { describeArgument } from "./argument.ts";

/** TypeBox hides functions there, without which a check would be another. */
const refine = "~refine";

export function schemaText(schema: unknown): string {
  const isHolder = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  if (isHolder && "~standard" in schema) {
    const advice = "make a JSON Schema of it, as z.toJSONSchema(schema) does, and mind what that leaves out";
    throw new JsonSchemaError("SCHEMA_INVALID", "", `a Standard Schema has functions of its own; ${advice}`);
  }
  if (typeof schema !== "boolean" && (!isHolder || typeof schema === "function")) {
    throw new MisuseError("ARGUMENT_INVALID", `A schema is an object or a boolean, not ${describeArgument(schema)}`);
  }
  const pointers = new Map<unknown, string>();
  try {
    return JSON.stringify(schema, function (this: unknown, key: string, value: unknown) {
      const above = pointers.get(this);
      const pointer = above === undefined ? "" : `${above}/${escaped(key)}`;
      pointers.set(value, pointer);
      refuseUnsaid(pointer, value);
      return value;
    });
  } catch (cause) {
    if (cause instanceof JsonSchemaError) throw cause;
    throw new JsonSchemaError("SCHEMA_INVALID", "", `it can't be said as JSON (${cause})`, { cause });
  }
}

function refuseUnsaid(pointer: string, value: unknown): void {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    throw new JsonSchemaError("SCHEMA_INVALID", pointer, `JSON has no ${typeof value}`);
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new JsonSchemaError("SCHEMA_INVALID", pointer, `JSON has no ${value}`);
  }
  if (typeof value === "object" && value !== null && refine in value) {
    const reason = "a function that only JavaScript can call";
    throw new JsonSchemaError("SCHEMA_UNSUPPORTED", `${pointer}/${escaped(refine)}`, reason);
  }
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
