/** Orders as bytes: `JsonSchema.check`, beside `JSON.parse` and TypeBox's compiled check of what it makes. */
import { Compile } from "typebox/schema";
import { JsonSchema } from "../../src/core/index.ts";
import { t } from "../../src/index.ts";
import { documents } from "./documents.ts";

const Order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1, maxLength: 64 }),
  email: t.Optional(t.String({ pattern: "^[^@\\s]+@[^@\\s]+$" })),
  express: t.Boolean(),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer({ minimum: 1 }), price: t.Number({ minimum: 0 }) }), {
    minItems: 1,
  }),
});

export interface SchemaCase {
  name: string;
  isValid(bytes: Buffer, text: string): boolean;
}

const native = JsonSchema.compile(Order);
const compiled = Compile(Order);

const cases: SchemaCase[] = [
  { name: "JsonSchema, bytes", isValid: (bytes) => native.check(bytes) },
  { name: "JSON.parse + TypeBox, bytes", isValid: (bytes) => compiled.Check(JSON.parse(bytes.toString())) },
  { name: "JsonSchema, string", isValid: (_, text) => native.check(text) },
  { name: "JSON.parse + TypeBox, string", isValid: (_, text) => compiled.Check(JSON.parse(text)) },
];

/** Each document once as it is, and once with a mistake in it, so that no answer is the same for all. */
export const schemaCases = documents.flatMap(({ name, text, refused }) =>
  cases.map(({ name: way, isValid }) => {
    const good = Buffer.from(text);
    const bad = Buffer.from(refused);
    const check = () => {
      if (!isValid(good, text) || isValid(bad, refused)) throw new Error(`${way} of ${name}: a wrong verdict`);
    };
    /** How many of so many are valid. */
    const run = (count: number) => {
      let valid = 0;
      for (let i = 0; i < count; i++) if (isValid(good, text)) valid++;
      return valid;
    };
    return { name: `${way}, ${name} (${good.length} B)`, check, run, count: Math.ceil(200_000 / good.length) };
  }),
);
