// What a route asks of its requests: all parts are read and checked before its handler runs, and told of together.

import type { Run } from "../compose.ts";
import { Context, type SchemaPart } from "../context.ts";
import { HttpError, ValidationError } from "../errors.ts";
import { isForm } from "../form.ts";
import type { Build } from "../native/exchange.ts";
import { Fields, isJsonType } from "../text.ts";
import {
  hasDefault,
  isKeywords,
  type Keywords,
  listedNodes,
  type Node,
  namedNodes,
  SchemaError,
  typesOf,
} from "./json-schema.ts";
import { Report } from "./report.ts";
import { isStandard, type Schema } from "./schema.ts";
import { type Validator, validatorOf } from "./validator.ts";

/** In the order in which their failures are told. */
const parts = ["params", "query", "headers", "cookies", "body"] as const satisfies SchemaPart[];

export type PartSchemas = { readonly [Part in SchemaPart]?: Schema | "stream" };

interface Arrived {
  value: unknown;
  /** It came as strings. */
  isText: boolean;
}

interface Part {
  readonly name: SchemaPart;
  readonly validator: Validator;
  /** Undefined when it can't be read; the report then knows why. */
  readonly read: (context: Context, report: Report) => Arrived | undefined;
}

export class Contract {
  readonly #parts: readonly Part[];

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** Undefined where nothing is asked. Rejects with `SchemaError`, whose message names the part. */
  static async of(schemas: PartSchemas, paramNames: readonly string[]): Promise<Contract | undefined> {
    const made: Part[] = [];
    for (const name of parts) {
      const schema = schemas[name];
      if (schema !== undefined && schema !== "stream") made.push(await partOf(name, schema, paramNames));
    }
    return made.length === 0 ? undefined : new Contract(made);
  }

  /** By which the core checks bodies that are JSON, if it can. */
  get nativeBody(): string | undefined {
    return this.#parts.find(({ name }) => name === "body")?.validator.native?.text;
  }

  /** By which such bodies are made without being parsed. */
  get nativeBuild(): Build | undefined {
    return this.#parts.find(({ name }) => name === "body")?.validator.build;
  }

  /** What the core says of a body is all that there is to be said of a request. */
  get mayRefuseAlone(): boolean {
    return this.#only?.native?.isTold === true;
  }

  /** Of the body, where nothing else is asked. */
  get #only(): Validator | undefined {
    const [part] = this.#parts;
    return this.#parts.length === 1 && part?.name === "body" ? part.validator : undefined;
  }

  /** Around what is inside of all middleware. */
  before(run: Run): Run {
    const only = this.#only;
    return (context) => {
      // Nothing is left to be asked.
      if (only !== undefined && Context.isBodyValid(context)) {
        Context.accept(context, "body", only.accept(Context.jsonOf(context, only.build)));
        return run(context);
      }
      const pending = this.#admit(context);
      return pending === undefined ? run(context) : pending.then(() => run(context));
    };
  }

  /** Throws, or rejects with, a `ValidationError` that tells of all parts. */
  #admit(context: Context): Promise<void> | undefined {
    const report = new Report();
    const arrived = this.#parts.map(({ read }) => read(context, report));
    const values: unknown[] = [];
    let isPending = false;
    try {
      for (let i = 0; i < this.#parts.length; i++) {
        const { name, validator } = this.#parts[i]!;
        const part = arrived[i];
        if (part === undefined) continue;
        report.path.push(name);
        if (part.value === undefined && !validator.isOptional) report.fail("missing", "Field required", undefined);
        else if (name === "body" && Context.isBodyValid(context)) values[i] = validator.accept(part.value);
        else values[i] = validator.validate(part.value, report, part.isText);
        report.path.pop();
        if (values[i] instanceof Promise) isPending = true;
      }
    } catch (error) {
      // Nobody waits for the others any more.
      for (const value of values) if (value instanceof Promise) value.catch(() => undefined);
      throw error;
    }
    if (!isPending) {
      this.#accept(context, values, report);
      return undefined;
    }
    return Promise.all(values).then((settled) => this.#accept(context, settled, report));
  }

  #accept(context: Context, values: readonly unknown[], report: Report): void {
    if (report.failures.length > 0) throw new ValidationError(inOrder(report));
    for (let i = 0; i < this.#parts.length; i++) Context.accept(context, this.#parts[i]!.name, values[i]);
  }
}

function inOrder({ failures }: Report): Report["failures"] {
  const place = ({ loc }: { loc: readonly unknown[] }) => parts.indexOf(loc[0] as SchemaPart);
  return failures.sort((a, b) => place(a) - place(b));
}

async function partOf(name: SchemaPart, schema: Schema, paramNames: readonly string[]): Promise<Part> {
  try {
    if (name === "headers") return await headersPart(schema);
    const validator = await validatorOf(schema);
    if (name === "body") await validator.hasten();
    if (name === "params") refuseStrangers(validator, paramNames);
    return { name, validator, read: name === "body" ? bodyReader(validator) : reader(name) };
  } catch (error) {
    if (error instanceof SchemaError) throw new SchemaError(`its ${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function headersPart(schema: Schema): Promise<Part> {
  if (isStandard(schema)) return { name: "headers", validator: await validatorOf(schema), read: headersReader([]) };
  const lower = inLowerCase(schema as Keywords);
  return { name: "headers", validator: await validatorOf(lower), read: headersReader(namedNodes(lower, "properties")) };
}

/** What the path does not have no request can have. */
function refuseStrangers({ jsonSchema, isStandard: mayFill }: Validator, paramNames: readonly string[]): void {
  const required = mayFill ? undefined : jsonSchema?.["required"];
  for (const name of Array.isArray(required) ? required : []) {
    if (paramNames.includes(name) || hasDefault(jsonSchema!["properties"], name)) continue;
    throw new SchemaError(`the path has no ${JSON.stringify(name)}`);
  }
}

function reader(name: "params" | "query" | "cookies"): Part["read"] {
  return (context) => ({ value: context[name], isText: true });
}

/** Those that the schema names, where it does: with the rest, which clients send as they please, it has nothing to do. */
function headersReader(named: readonly [string, Node][]): Part["read"] {
  const known = named.map(([name, node]) => ({ name, isList: isKeywords(node) && typesOf(node).includes("array") }));
  return ({ headers }) => {
    const value: Record<string, unknown> = new Fields();
    if (known.length === 0) for (const [name, text] of headers) value[name] = text;
    for (const { name, isList } of known) {
      const text = headers.get(name);
      // Several of a name arrive as one, with commas between them.
      if (text !== null) value[name] = isList ? text.split(",").map((item) => item.trim()) : text;
    }
    return { value, isText: true };
  };
}

/** Names of headers have no case. */
function inLowerCase(schema: Keywords): Keywords {
  const lower: Record<string, unknown> = { ...schema };
  if (schema["properties"] !== undefined) {
    const properties = namedNodes(schema, "properties").map(([name, node]) => [name.toLowerCase(), node] as const);
    lower["properties"] = Object.fromEntries(properties);
  }
  const { required } = schema;
  if (Array.isArray(required)) lower["required"] = required.map((name) => `${name}`.toLowerCase());
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    if (schema[keyword] === undefined) continue;
    lower[keyword] = listedNodes(schema, keyword).map((node) => (isKeywords(node) ? inLowerCase(node) : node));
  }
  return lower;
}

function bodyReader({ jsonSchema, build }: Validator): Part["read"] {
  // Text can only be text.
  const takesText = jsonSchema !== undefined && typesOf(jsonSchema).includes("string");
  return (context, report) => {
    const type = Context.bodyType(context);
    if (type === undefined) return { value: undefined, isText: false };
    const isJson = isJsonType(type);
    if (!isJson && !isForm(type) && !(takesText && type.startsWith("text/"))) {
      const wanted = takesText ? "text, JSON or a form" : "JSON or a form";
      throw new HttpError(415, `This needs ${wanted}, not ${type || "a body without content-type"}`);
    }
    try {
      return { value: isJson ? Context.jsonOf(context, build) : context.body, isText: !isJson };
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      for (const failure of error.failures) report.add(failure);
      return undefined;
    }
  };
}
