// The bodies of requests and answers: of which media types they may be, and what is in them.

import type { ConstantValue } from "../constant.ts";
import { isKeywords, itemNodes, type Keywords, type Node, namedNodes, Scope, typesOf } from "../schema/json-schema.ts";
import { adapt, byStatus, type ResponseSchemas, type Schema } from "../schema/schema.ts";
import type { Components } from "./components.ts";
import { resolved } from "./parameters.ts";
import { reasonOf } from "./reasons.ts";
import type { Answer, MediaTypes, RequestBody } from "./types.ts";

const bytes = "application/octet-stream";
const json = "application/json";
const multipart = "multipart/form-data";
const urlencoded = "application/x-www-form-urlencoded";

export function requestBodyOf(schema: Schema | "stream", components: Components, hint: string): RequestBody {
  if (schema === "stream") return { required: false, content: { [bytes]: {} } };
  const { jsonSchema, standard } = adapt(schema);
  if (jsonSchema === undefined) return { required: true, content: { [json]: {} } };
  const scope = new Scope(jsonSchema);
  const said = resolved(jsonSchema, scope);
  const shown = components.shown(jsonSchema, scope, "Input", hint);
  const isOptional = jsonSchema["~optional"] === true || said.node["default"] !== undefined;
  const body: RequestBody = { required: !isOptional, content: {} };
  for (const type of bodyTypes(said.node, said.scope, standard !== undefined)) body.content[type] = { schema: shown };
  const { description } = said.node;
  if (typeof description === "string") body.description = description;
  return body;
}

/** A file comes by multipart alone; of a form without files strings are made what they are to be, but not by others. */
function bodyTypes(node: Keywords, scope: Scope, isStandard: boolean): string[] {
  const fields = namedNodes(node, "properties").map(([, below]) => resolved(below, scope));
  if (fields.some(({ node, scope }) => isFile(node, scope))) return [multipart];
  if (mayBe(node, scope, "string")) return [json, "text/plain"];
  const isForm = fields.length > 0 && fields.every(({ node, scope }) => isFlat(node, scope));
  return isForm && !isStandard ? [json, urlencoded, multipart] : [json];
}

/** `seen` is what it is asked in the middle of: a schema may contain itself. */
function isFile(node: Keywords, scope: Scope, seen = new Set<Keywords>()): boolean {
  if (node["format"] === "binary") return true;
  if (seen.has(node)) return false;
  seen.add(node);
  const { rest } = itemNodes(node);
  const inside = [...branchesOf(node, scope), ...(rest === undefined ? [] : [resolved(rest, scope)])];
  return inside.some((below) => isFile(below.node, below.scope, seen));
}

/** Text can say it: no object, and no array but of such. */
function isFlat(node: Keywords, scope: Scope, seen = new Set<Keywords>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  const { rest } = itemNodes(node);
  if (rest !== undefined) {
    const item = resolved(rest, scope);
    return isFlat(item.node, item.scope, seen) && !typesOf(item.node).includes("array");
  }
  const types = typesOf(node);
  if (types.length > 0) return !types.includes("object") && !types.includes("array");
  const branches = branchesOf(node, scope);
  if (branches.length > 0) return branches.every((branch) => isFlat(branch.node, branch.scope, new Set(seen)));
  return "const" in node || "enum" in node;
}

function branchesOf(node: Keywords, scope: Scope): { node: Keywords; scope: Scope }[] {
  const all = [node["anyOf"], node["oneOf"], node["allOf"]].flatMap((list) => (Array.isArray(list) ? list : []));
  return all.filter(isKeywords).map((branch) => resolved(branch, scope));
}

function mayBe(node: Keywords, scope: Scope, type: string): boolean {
  return typesOf(node).includes(type) || branchesOf(node, scope).some((branch) => typesOf(branch.node).includes(type));
}

/** By status. */
export function answersOf(schemas: ResponseSchemas, components: Components, hint: string): Map<number, Answer> {
  const statuses = byStatus(schemas) ?? new Map([[200, schemas]]);
  return new Map(
    [...statuses].map(([status, schema]) => [status, answerOf(status, schema, components, `${hint}${status}`)]),
  );
}

const withoutBody = [204, 205, 304];

function answerOf(status: number, schema: Schema, components: Components, hint: string): Answer {
  const { jsonSchema = {} } = adapt(schema);
  const scope = new Scope(jsonSchema);
  const said = resolved(jsonSchema, scope);
  const { description } = said.node;
  const answer: Answer = { description: typeof description === "string" ? description : reasonOf(status) };
  const isNothing = typesOf(said.node).some((type) => type === "undefined" || type === "void");
  if (withoutBody.includes(status) || isNothing) return answer;
  const shown = components.shown(jsonSchema, scope, "Output", hint);
  answer.content = Object.fromEntries(answerTypes(said.node, said.scope).map((type) => [type, { schema: shown }]));
  return answer;
}

/** A handler's string is sent as text, whatever else is JSON. */
function answerTypes(node: Keywords, scope: Scope): string[] {
  if (!mayBe(node, scope, "string")) return [json];
  if (node["format"] === "binary") return [bytes];
  const branches = branchesOf(node, scope);
  const isText = (types: readonly string[]) => types.length === 1 && types[0] === "string";
  const isOnlyText =
    branches.length === 0 ? isText(typesOf(node)) : branches.every(({ node }) => isText(typesOf(node)));
  return isOnlyText ? ["text/plain"] : [json, "text/plain"];
}

/** What can be told of a route that says nothing of its answers. */
export function guessedAnswer(constant: ConstantValue | undefined): [status: number, answer: Answer] {
  if (constant instanceof Response) {
    const type = constant.headers.get("content-type");
    const answer: Answer = { description: constant.statusText || reasonOf(constant.status) };
    if (type !== null) answer.content = { [mediaType(type)]: {} };
    return [constant.status, answer];
  }
  return [200, { description: reasonOf(200), content: contentOf(constant) }];
}

function contentOf(constant: ConstantValue | undefined): MediaTypes {
  if (typeof constant === "string") return { "text/plain": { schema: { type: "string" } } };
  if (constant instanceof Blob) return { [mediaType(constant.type) || bytes]: {} };
  if (constant instanceof ArrayBuffer || ArrayBuffer.isView(constant)) return { [bytes]: {} };
  return { [json]: { schema: constant === undefined ? {} : (schemaOf(constant) as Node) } };
}

function schemaOf(constant: ConstantValue): Keywords {
  if (constant === null) return { type: "null" };
  return { type: Array.isArray(constant) ? "array" : typeof constant };
}

/** Without its parameters. */
function mediaType(type: string): string {
  return type.split(";")[0]!.trim();
}
