// A JSON Schema that checks bytes before they are parsed, or without that they ever are.

import { MisuseError, type ValidationFailure } from "../errors.ts";
import { sizeOf } from "../native/bytes.ts";
import { NativeSchema } from "../native/json-schema.ts";
import { describeArgument } from "./argument.ts";
import { schemaText } from "./schema-text.ts";

/** A JSON text: a string is looked at as UTF-8, a lone surrogate in it as U+FFFD. */
export type JsonBytes = Uint8Array | ArrayBuffer | string;

/**
 * A JSON Schema (draft 2020-12) compiled by the core. What it checks is not parsed: of a valid text nothing is made.
 *
 * @example
 * using orders = JsonSchema.compile(t.Object({ id: t.Integer({ minimum: 1 }) }));
 * if (!orders.check(bytes)) console.error(orders.errors(bytes));
 */
export class JsonSchema implements Disposable {
  readonly #native: NativeSchema;

  private constructor(schema: object | boolean) {
    this.#native = new NativeSchema(schemaText(schema));
  }

  /**
   * `schema` is what `t` makes, an object like `{ type: "string" }`, or a boolean. Throws `JsonSchemaError` for one that can't
   * be, or that has what the core doesn't check.
   */
  static compile(schema: object | boolean): JsonSchema {
    return new JsonSchema(schema);
  }

  /** Whether `bytes` are JSON, of the kind that a request's body may be, and as the schema says. */
  check(bytes: JsonBytes): boolean {
    if (bytes instanceof Uint8Array) return this.#native.isValid(bytes, sizeOf(bytes));
    if (typeof bytes === "string") return this.#native.isValidText(bytes);
    const view = viewOf(bytes);
    return this.#native.isValid(view, view.length);
  }

  /**
   * What is wrong with `bytes`, in the words of a 422 and at most 32 times; `loc` starts at the value itself. Malformed JSON is
   * one failure of the type `json_invalid`, whose `loc` is the byte's offset. None: they are valid.
   */
  errors(bytes: JsonBytes): ValidationFailure[] {
    if (bytes instanceof Uint8Array) return this.#native.errors(bytes);
    return this.#native.errors(typeof bytes === "string" ? Buffer.from(bytes) : viewOf(bytes));
  }

  /** Frees its memory. May be called again; of one that is forgotten, the garbage collector frees it. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function viewOf(bytes: ArrayBuffer): Uint8Array {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  const rule = "A JSON text is a Uint8Array, an ArrayBuffer or a string";
  throw new MisuseError("ARGUMENT_INVALID", `${rule}, not ${describeArgument(bytes)}`);
}
