// Who says whether a JSON text is valid by a JSON Schema: the core, a route, our checker in JavaScript, Ajv and TypeBox.
import { App } from "@fasterapi/bun";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { Compile } from "typebox/schema";
import { JsonSchema, JsonSchemaError } from "../../src/core/index.ts";
import { Report } from "../../src/schema/report.ts";
import { JsonValidator } from "../../src/schema/validator.ts";

export type Keywords = { [keyword: string]: unknown };

/** A check of JSON that `JSON.parse` takes. */
export type Check = (text: string) => boolean;

/** Those that are asked for one text after the other. */
export const peers = {
  js: (schema: Keywords): Check => {
    const validator = new JsonValidator(schema);
    return (text) => {
      const report = new Report();
      validator.validate(JSON.parse(text), report, false);
      return report.count === 0;
    };
  },
  ajv: (schema: Keywords): Check => {
    const ajv = new Ajv2020({ strict: false, ownProperties: true, validateSchema: false, logger: false });
    addFormats.default(ajv);
    const check = ajv.compile(schema);
    return (text) => check(JSON.parse(text)) as boolean;
  },
  typebox: (schema: Keywords): Check => {
    const compiled = Compile(schema);
    return (text) => compiled.Check(JSON.parse(text));
  },
};

/** What the core says of each text; undefined for a schema that it leaves to JavaScript. */
export function coreVerdicts(schema: Keywords, texts: readonly string[]): boolean[] | undefined {
  try {
    using compiled = JsonSchema.compile(schema);
    return texts.map((text) => compiled.check(text));
  } catch (error) {
    if (error instanceof JsonSchemaError) return undefined;
    throw error;
  }
}

/** What a route says of each text: it has its own way to write schemas for the core, and fills in what is absent. */
export async function routeVerdicts(schema: Keywords, texts: readonly string[]): Promise<boolean[]> {
  const app = new App({ development: false }).post("/", { body: schema }, "x");
  const send = (body: string) =>
    app.request("/", { method: "POST", headers: { "content-type": "application/json" }, body });
  const answers = await Promise.all(texts.map(send));
  const strange = answers.find(({ status }) => status !== 200 && status !== 422);
  if (strange !== undefined) throw new Error(`The answer to a good JSON text has the status ${strange.status}`);
  return answers.map(({ status }) => status === 200);
}
