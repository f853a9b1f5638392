// Answers held against the schemas that a route has for them, in development: what is wrong is the programmer's error.

import type { Run } from "../compose.ts";
import type { Context } from "../context.ts";
import type { ValidationFailure } from "../errors.ts";
import { EventStream } from "../sse.ts";
import { isThenable } from "../thenable.ts";
import { SchemaError } from "./json-schema.ts";
import { Report } from "./report.ts";
import { byStatus, type ResponseSchemas } from "./schema.ts";
import { type Validator, validatorOf } from "./validator.ts";

export class Answers {
  readonly #every: Validator | undefined;
  readonly #ofStatus: ReadonlyMap<number, Validator>;

  private constructor(every: Validator | undefined, ofStatus: ReadonlyMap<number, Validator>) {
    this.#every = every;
    this.#ofStatus = ofStatus;
  }

  /** Rejects with `SchemaError`. */
  static async of(schemas: ResponseSchemas): Promise<Answers> {
    const statuses = byStatus(schemas);
    try {
      if (statuses === undefined) return new Answers(await validatorOf(schemas), new Map());
      const validators = new Map<number, Validator>();
      for (const [status, schema] of statuses) validators.set(status, await validatorOf(schema));
      return new Answers(undefined, validators);
    } catch (error) {
      if (error instanceof SchemaError) throw new SchemaError(`its response: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /** Around a handler, inside of all middleware. */
  after(run: Run): Run {
    const checked = (context: Context, value: unknown) => {
      const pending = this.check(value, context.status());
      return pending === undefined ? value : pending.then(() => value);
    };
    return (context) => {
      const value = run(context);
      return isThenable(value)
        ? Promise.resolve(value).then((settled) => checked(context, settled))
        : checked(context, value);
    };
  }

  /** Throws, or rejects with, an error that says what doesn't match. */
  check(value: unknown, status: number): Promise<void> | undefined {
    const validator = this.#ofStatus.get(status) ?? this.#every;
    if (validator === undefined || !isJson(value)) return undefined;
    const report = new Report(["response"]);
    // What is sent is its JSON, in which a Date is a string; of a Standard Schema the value is meant.
    const sent = validator.isStandard ? value : JSON.parse(JSON.stringify(value) ?? "null");
    const result = validator.validate(sent, report, false);
    if (result instanceof Promise) return result.then(() => refuse(report.failures, status));
    refuse(report.failures, status);
    return undefined;
  }
}

function refuse(failures: readonly ValidationFailure[], status: number): void {
  if (failures.length === 0) return;
  const all = failures.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ");
  throw new Error(`What it returned with status ${status} is not what its response schema says: ${all}`);
}

/** Not for what has no JSON: a `Response`, bytes, a stream, a file. */
function isJson(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined && typeof value !== "function";
  const isOther =
    value instanceof Response ||
    value instanceof Blob ||
    value instanceof ArrayBuffer ||
    value instanceof ReadableStream;
  if (isOther || value instanceof EventStream || value instanceof Error || ArrayBuffer.isView(value)) return false;
  return !(Symbol.asyncIterator in value) && (Array.isArray(value) || !(Symbol.iterator in value));
}
