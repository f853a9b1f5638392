// What comes beside the body, as parameters: a part's schema is an object, and each of its members is one of them.

import {
  isKeywords,
  itemNodes,
  type Keywords,
  listedNodes,
  type Node,
  namedNodes,
  Scope,
  typesOf,
} from "../schema/json-schema.ts";
import { adapt, type Schema } from "../schema/schema.ts";
import type { Components } from "./components.ts";
import type { Parameter, ParameterPlace } from "./types.ts";

interface Field {
  name: string;
  node: Node;
  scope: Scope;
  isRequired: boolean;
}

/** The members of what `node` describes, those of its branches too; `above` is what it is a branch of. */
function fieldsOf(node: Node, outer: Scope, above: readonly Node[] = []): Field[] {
  if (!isKeywords(node) || above.includes(node)) return [];
  const inside = [...above, node];
  const scope = outer.inside(node);
  const required = Array.isArray(node["required"]) ? node["required"] : [];
  const fields = new Map<string, Field>();
  const add = (field: Field, isSure: boolean) => {
    const known = fields.get(field.name);
    const isRequired = (isSure && field.isRequired) || required.includes(field.name);
    if (known === undefined) fields.set(field.name, { ...field, isRequired });
    else known.isRequired ||= isRequired;
  };
  for (const [name, below] of namedNodes(node, "properties")) {
    add({ name, node: below, scope, isRequired: false }, false);
  }
  if (node["$ref"] !== undefined) {
    const target = scope.resolve(String(node["$ref"]));
    for (const field of fieldsOf(target.node, target.scope, inside)) add(field, true);
  }
  for (const branch of listedNodes(node, "allOf")) {
    for (const field of fieldsOf(branch, scope, inside)) add(field, true);
  }
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = listedNodes(node, keyword).map((branch) => fieldsOf(branch, scope, inside));
    for (const field of branches.flat()) {
      // Whatever the branch, it is there.
      const inAll = branches.every((all) => all.some(({ name, isRequired }) => name === field.name && isRequired));
      add({ ...field, isRequired: inAll }, true);
    }
  }
  return [...fields.values()];
}

/** What `node` says, behind its references. */
export function resolved(node: Node, outer: Scope): { node: Keywords; scope: Scope } {
  let at = { node, scope: outer };
  for (let steps = 0; steps < 32 && isKeywords(at.node); steps++) {
    const scope = at.scope.inside(at.node);
    if (at.node["$ref"] === undefined) return { node: at.node, scope };
    at = scope.resolve(String(at.node["$ref"]));
  }
  return { node: {}, scope: at.scope };
}

/** Names that OpenAPI has other words for: `security`, and the types of bodies. */
const ignoredHeaders = ["accept", "content-type", "authorization"];

export function parametersOf(
  place: ParameterPlace,
  schema: Schema | undefined,
  components: Components,
  hint: string,
): Parameter[] {
  const jsonSchema = schema === undefined ? undefined : adapt(schema).jsonSchema;
  if (jsonSchema === undefined) return [];
  const fields = fieldsOf(jsonSchema, new Scope(jsonSchema)).filter(({ name }) => {
    return place !== "header" || !ignoredHeaders.includes(name.toLowerCase());
  });
  return fields.map((field) => parameterOf(place, field, components, hint));
}

function parameterOf(place: ParameterPlace, field: Field, components: Components, hint: string): Parameter {
  const { name, node, scope, isRequired } = field;
  const said = resolved(node, scope).node;
  const { description, deprecated, examples } = isKeywords(node) ? { ...said, ...node } : said;
  const schema = components.shown(node, scope, "Input", `${hint}${name}`);
  const parameter: Omit<Parameter, "schema"> = { name, in: place };
  if (typeof description === "string") parameter.description = description;
  if (place === "path" || (isRequired && said["default"] === undefined)) parameter.required = true;
  if (deprecated === true) parameter.deprecated = true;
  if (isList(said)) Object.assign(parameter, listStyles[place]);
  if (Array.isArray(examples) && examples.length > 0) parameter.example = examples[0];
  return { ...parameter, schema };
}

function isList(node: Keywords): boolean {
  const { first, rest } = itemNodes(node);
  return typesOf(node).includes("array") || first.length > 0 || rest !== undefined;
}

/** A key that repeats; a list with commas. */
const listStyles: Record<ParameterPlace, { style: string; explode: boolean }> = {
  path: { style: "simple", explode: false },
  query: { style: "form", explode: true },
  header: { style: "simple", explode: false },
  cookie: { style: "form", explode: false },
};
