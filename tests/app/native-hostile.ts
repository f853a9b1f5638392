// The bodies and the schemas of `native-hostile.test.ts`, also as a worker.
import { App } from "@fasterapi/bun";

const self = { $ref: "#" };
/** Four schemas around each level: as many as the core takes of what leads back to itself. */
const chained = { allOf: [{ allOf: [{ anyOf: [{ properties: { a: self } }, { type: "null" }] }] }] };
const schemas: { [name: string]: object } = {
  list: { type: "object", properties: { a: self }, additionalProperties: { type: "integer" } },
  nullable: { properties: { a: { anyOf: [{ type: "null" }, self] } }, additionalProperties: false },
  chained,
  items: { items: self, contains: { type: ["array", "integer"] }, uniqueItems: true },
  unique: { uniqueItems: true, items: self, additionalProperties: self, maxProperties: 3 },
  kinds: {
    oneOf: [
      { properties: { k: { const: "x" }, a: self }, required: ["k"] },
      { properties: { k: { const: "y" } }, required: ["k", "never"] },
    ],
  },
  // These are for JavaScript: each level would be asked about by every branch.
  doubled: {
    anyOf: [
      { properties: { a: self }, required: ["b"] },
      { properties: { a: self }, required: ["c"] },
    ],
  },
  exactly: {
    oneOf: [
      { items: self, minItems: 9 },
      { items: self, maxItems: 3 },
      { items: self, minItems: 5 },
    ],
  },
  filled: {
    anyOf: [
      { properties: { a: self, x: { default: 1 } }, required: ["x", "b"] },
      { properties: { a: self, y: { default: 2 } }, required: ["y"] },
    ],
  },
};

const levels = 512;
const objects = (inner: string, head = "") => `{${head}"a":`.repeat(levels - 1) + inner + "}".repeat(levels - 1);
const wide = `{${Array.from({ length: 20_000 }, (_, i) => `"m${i}":[${i}]`).join()}}`;
const bodies: { [name: string]: string } = {
  objects: objects("{}"),
  wrong: objects('{"z":"x"}'),
  kinds: objects('{"k":"y"}', '"k":"x",'),
  wide: objects(wide.replaceAll("[", "").replaceAll("]", ""), '"k":"x","b":1,"c":1,').replace(/.$/, "}"),
  twice: objects("{}", '"a":1,'),
  alike: `[${Array.from({ length: 300 }, (_, i) => (i < 2 ? objects("{}").slice(5, -1) : i)).join()}]`,
  mixed: `${'[{"a":'.repeat(255)}[[0,{"a":1},{"a":2}]]${"}]".repeat(255)}`,
  arrays: "[".repeat(levels) + "]".repeat(levels),
  spread: `${"[".repeat(levels - 1)}[${Array.from({ length: 20_000 }, (_, i) => i).join()}]${"]".repeat(levels - 1)}`,
};

export async function hostileAnswers(): Promise<{ name: string; status: number; ms: number }[]> {
  const app = new App({ development: false });
  for (const [name, body] of Object.entries(schemas)) app.post(`/${name}`, { body }, () => "fine");
  const answers: { name: string; status: number; ms: number }[] = [];
  for (const schema of Object.keys(schemas)) {
    for (const [name, body] of Object.entries(bodies)) {
      const began = performance.now();
      const headers = { "content-type": "application/json" };
      const { status } = await app.request(`/${schema}`, { method: "POST", headers, body });
      answers.push({ name: `${schema} ${name}`, status, ms: performance.now() - began });
    }
  }
  return answers;
}

if (!Bun.isMainThread) {
  addEventListener("message", async () => postMessage(await hostileAnswers()), { once: true });
}
