// What a user may give as a schema: a JSON Schema, as TypeBox makes it or as a person writes it, or a Standard Schema.

import { describe } from "../describe.ts";
import { programFolder } from "../inspection.ts";
import { isKeywords, type Keywords } from "./json-schema.ts";

/** What Zod, Valibot, ArkType and others agree on (https://standardschema.dev). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A JSON Schema: what `t` makes, or an object like `{ type: "string" }`; or a Standard Schema. */
export type Schema = object;

/** One schema for every answer, or one for each status. */
export type ResponseSchemas = Schema | { readonly [status: number]: Schema };

/** A schema as the rest of the package takes it. */
export interface Adapted {
  /** Of a Standard Schema undefined where nobody knows how it is said as JSON Schema. */
  readonly jsonSchema: Keywords | undefined;
  readonly standard: StandardSchema | undefined;
}

export function isStandard(value: unknown): value is StandardSchema {
  const isHolder = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isHolder || !("~standard" in value)) return false;
  const standard = value["~standard"];
  return typeof standard === "object" && standard !== null && "validate" in standard;
}

/** Throws `TypeError` for what can't be a schema; the words say where it stands, and what may stand there. */
export function checkSchema(place: string, value: unknown, allowed: string): void {
  if (isStandard(value) || isKeywords(value)) return;
  throw new TypeError(
    `${place} is ${allowed}, not ${typeof value === "string" ? JSON.stringify(value) : describe(value)}`,
  );
}

/** A map by status has nothing but statuses; undefined for a schema. */
export function byStatus(value: Schema): Map<number, Schema> | undefined {
  if (isStandard(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([key]) => /^[2-5]\d\d$/.test(key))) return undefined;
  return new Map(entries.map(([key, schema]) => [Number(key), schema]));
}

export function adapt(schema: Schema): Adapted {
  if (!isStandard(schema)) return { jsonSchema: schema as Keywords, standard: undefined };
  return { jsonSchema: converted(schema), standard: schema };
}

/** What a schema may offer beside the standard. */
interface Convertible {
  readonly "~standard": {
    readonly vendor: string;
    readonly jsonSchema?: { readonly input?: (options: { target: string }) => unknown };
  };
  readonly toJSONSchema?: () => unknown;
  readonly toJsonSchema?: () => unknown;
}

/** By Standard JSON Schema, by a method of its own, or by the package that Valibot has for it. */
function converted(schema: StandardSchema): Keywords | undefined {
  const own = schema as unknown as Convertible;
  const ways = [
    () => own["~standard"].jsonSchema?.input?.({ target: "draft-2020-12" }),
    () => own.toJSONSchema?.(),
    () => own.toJsonSchema?.(),
    () => (own["~standard"].vendor === "valibot" ? ofValibot(schema) : undefined),
  ];
  for (const way of ways) {
    try {
      const made = way();
      if (isKeywords(made)) return made;
    } catch {
      // A transformation, say, has no JSON Schema: then it is checked all the same, and documented as anything.
    }
  }
  return undefined;
}

function ofValibot(schema: StandardSchema): unknown {
  // The program's, if it has it.
  const path = Bun.resolveSync("@valibot/to-json-schema", programFolder());
  const { toJsonSchema } = require(path) as { toJsonSchema: (schema: unknown) => unknown };
  return toJsonSchema(schema);
}
