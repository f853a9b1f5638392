// An OpenAPI document held against the schema that the OpenAPI Initiative has for it, and against what no schema says.

import type { OpenApiDocument } from "@fasterapi/bun";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";

/** What is wrong with it: nothing, if all is well. */
export async function faultsOf(document: OpenApiDocument): Promise<string[]> {
  const faults: string[] = [];
  const sent = JSON.parse(JSON.stringify(document)) as OpenApiDocument;
  const { valid, errors } = await new Validator().validate(structuredClone(sent) as unknown as Record<string, unknown>);
  if (!valid) faults.push(`not as the schema of OpenAPI says: ${JSON.stringify(errors)}`);
  if (!isSame(sent, document)) faults.push("it has what JSON can't say");

  const ids = Object.values(sent.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
  for (const id of ids) if (ids.filter((other) => other === id).length > 1) faults.push(`operationId ${id} twice`);

  for (const [path, item] of Object.entries(sent.paths)) {
    const wanted = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
    for (const { parameters = [], operationId } of Object.values(item)) {
      const said = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      if (`${wanted}` !== `${said}`) faults.push(`${operationId}: the path has ${wanted}, the parameters are ${said}`);
    }
  }
  const shapes = Object.keys(sent.paths).map((path) => path.replace(/\{[^}]*\}/g, "{}"));
  if (new Set(shapes).size < shapes.length) faults.push(`two paths are one: ${shapes.sort()}`);

  const ajv = new Ajv2020({ strict: false });
  const schemas = Object.values(sent.paths).flatMap((item) =>
    Object.values(item).flatMap(({ parameters = [], requestBody, responses }) => {
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      const media = contents.flatMap((content) => Object.values(content ?? {}));
      return [...parameters, ...media].map(({ schema }) => schema ?? true);
    }),
  );
  for (const schema of [...schemas, ...Object.values(sent.components?.schemas ?? {})]) {
    if (!ajv.validateSchema(schema)) faults.push(`no JSON Schema: ${JSON.stringify(schema)} ${ajv.errorsText()}`);
  }

  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("$ref" in value && typeof value.$ref === "string" && !leadsSomewhere(sent, value.$ref)) {
      faults.push(`$ref ${value.$ref} leads nowhere`);
    }
    Object.values(value).forEach(visit);
  };
  visit(sent);
  return faults;
}

function isSame(sent: unknown, document: unknown): boolean {
  return Bun.deepEquals(sent, document);
}

function leadsSomewhere(document: unknown, ref: string): boolean {
  if (!ref.startsWith("#/")) return false;
  let at = document as Record<string, unknown> | undefined;
  for (const key of ref.slice(2).split("/")) at = at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")] as typeof at;
  return at !== undefined;
}
