// A schema at work: makes of what came what the handler is to see, or says what is wrong with it.

import type { Build } from "../native/exchange.ts";
import { buildOf } from "./build.ts";
import { type Change, type Check, Compiler } from "./compiler.ts";
import { type Keywords, Scope } from "./json-schema.ts";
import { type NativeSchema, nativeSchema } from "./native.ts";
import { type QuickCheck, quickCheck } from "./quick.ts";
import type { Report } from "./report.ts";
import { adapt, type Schema } from "./schema.ts";
import { StandardValidator } from "./standard.ts";

export interface Validator {
  readonly jsonSchema: Keywords | undefined;
  /** What is absent altogether is allowed, or has a default. */
  readonly isOptional: boolean;
  readonly isStandard: boolean;
  /**
   * The value for the handler; of what is wrong the report knows, and then the value is of no account. `isText`: it came
   * as strings, of which others may have to be made.
   */
  validate(value: unknown, report: Report, isText: boolean): unknown;
  /** The same of a value that the core has found valid. */
  accept(value: unknown): unknown;
  /** By which the core checks JSON, if it can: known once it was hastened. */
  readonly native: NativeSchema | undefined;
  /** Makes of what the core took of such JSON the value that `JSON.parse` would, likewise. */
  readonly build: Build | undefined;
  /** Makes it quicker for JSON, at the cost of some memory. */
  hasten(): Promise<void>;
}

const known = new WeakMap<Schema, Promise<Validator>>();

/** Rejects with `SchemaError` for a schema that can't be one. The same schema has the same validator everywhere. */
export async function validatorOf(schema: Schema): Promise<Validator> {
  let validator = known.get(schema);
  if (validator === undefined) {
    validator = make(schema);
    known.set(schema, validator);
  }
  return await validator;
}

async function make(schema: Schema): Promise<Validator> {
  const { jsonSchema, standard } = adapt(schema);
  if (standard !== undefined) return new StandardValidator(standard, jsonSchema);
  return new JsonValidator(jsonSchema!);
}

/** Checks by a JSON Schema; everything is compiled when it is made. */
export class JsonValidator implements Validator {
  readonly jsonSchema: Keywords;
  readonly isOptional: boolean;
  readonly isStandard = false;
  native: NativeSchema | undefined;
  build: Build | undefined;
  #quick: QuickCheck | undefined;
  readonly #check: Check | undefined;
  readonly #defaults: Change | undefined;
  readonly #coercion: Change | undefined;

  constructor(schema: Keywords) {
    const compiler = new Compiler(schema);
    const scope = new Scope(schema);
    this.jsonSchema = schema;
    this.#check = compiler.check(schema, scope);
    this.#defaults = compiler.defaults(schema, scope);
    this.#coercion = compiler.coercion(schema, scope);
    this.isOptional = schema["~optional"] === true || this.#defaults?.(undefined) !== undefined;
  }

  accept(value: unknown): unknown {
    return this.#defaults === undefined ? value : this.#defaults(value);
  }

  async hasten(): Promise<void> {
    this.#quick ??= await quickCheck(this.jsonSchema);
    this.native ??= nativeSchema(this.jsonSchema);
    if (this.native !== undefined) this.build ??= buildOf(this.jsonSchema);
  }

  validate(value: unknown, report: Report, isText: boolean): unknown {
    let now = value;
    if (isText && this.#coercion !== undefined) now = this.#coercion(now);
    if (this.#defaults !== undefined) now = this.#defaults(now);
    const isAbsent = now === undefined && this.isOptional;
    // Among text there may be files, of which it knows nothing.
    if (isAbsent || (!isText && this.#quick?.(now))) return now;
    this.#check?.(now, report);
    return now;
  }
}
