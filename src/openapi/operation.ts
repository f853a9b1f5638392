// One route as an operation: what its declaration says, in the words of OpenAPI.

import { paramNames } from "../route.ts";
import type { Keywords } from "../schema/json-schema.ts";
import { type PlacedRoute, within } from "../tree.ts";
import { answersOf, guessedAnswer, requestBodyOf } from "./bodies.ts";
import type { Components } from "./components.ts";
import { componentName } from "./names.ts";
import { parametersOf } from "./parameters.ts";
import { reasonOf } from "./reasons.ts";
import type { Answer, DocumentedMethod, Operation, Parameter } from "./types.ts";

/** What of a 422 is said of every route that validates. */
const validationError = {
  type: "object",
  description: "The request is not as it should be; all that is wrong is told at once.",
  required: ["detail"],
  properties: {
    detail: {
      type: "array",
      items: {
        type: "object",
        required: ["loc", "msg", "type"],
        properties: {
          loc: {
            type: "array",
            items: { anyOf: [{ type: "string" }, { type: "integer" }] },
            description: "Where: it begins with params, query, headers, cookies or body.",
          },
          msg: { type: "string", description: "For people." },
          type: { type: "string", description: "For programs." },
          input: { description: "What was there, shortened." },
        },
      },
    },
  },
};

/** What of any other error of the framework's. */
const httpError = {
  type: "object",
  required: ["detail"],
  properties: { detail: { type: "string", description: "For people." } },
};

/** `names` are what the params are called in the document. */
export function operationOf(
  placed: PlacedRoute,
  method: DocumentedMethod,
  operationId: string,
  names: readonly string[],
  components: Components,
): Operation {
  const { options, constant } = placed.route;
  const { summary, description, deprecated, body } = options;
  const { tags, security } = within(placed.place.options, options);
  const hint = componentName(operationId, "Route");
  const operation: Omit<Operation, "responses"> = { operationId };
  if (tags !== undefined) operation.tags = tags;
  if (summary !== undefined) operation.summary = summary;
  if (description !== undefined) operation.description = description;
  if (deprecated === true) operation.deprecated = true;
  if (security !== undefined) operation.security = security;
  const parameters = [
    ...pathParameters(placed, names, components, hint),
    ...parametersOf("query", options.query, components, `${hint}Query`),
    ...parametersOf("header", options.headers, components, `${hint}Header`),
    ...parametersOf("cookie", options.cookies, components, `${hint}Cookie`),
  ];
  if (parameters.length > 0) operation.parameters = parameters;
  if (body !== undefined) operation.requestBody = requestBodyOf(body, components, `${hint}Body`);

  const answers =
    options.response === undefined
      ? new Map([guessedAnswer(constant)])
      : answersOf(options.response, components, `${hint}Response`);
  const isValidated = [options.params, options.query, options.headers, options.cookies].some(
    (part) => part !== undefined,
  );
  const readsBody = body !== undefined && body !== "stream";
  const refuse = (status: number, name: string, schema: Keywords) => {
    if (answers.has(status)) return;
    const content = { "application/json": { schema: components.own(name, schema) } };
    answers.set(status, { description: reasonOf(status), content });
  };
  if (readsBody) for (const status of [413, 415]) refuse(status, "HttpError", httpError);
  if (isValidated || readsBody) refuse(422, "ValidationError", validationError);
  const sorted = [...answers].sort(([a], [b]) => a - b);
  const responses = sorted.map(([status, answer]) => [status, method === "head" ? withoutContent(answer) : answer]);
  return { ...operation, responses: Object.fromEntries(responses) };
}

/** Those of the path, with what the schema says of them; what isn't said is text. */
function pathParameters(
  { route, path }: PlacedRoute,
  names: readonly string[],
  components: Components,
  hint: string,
): Parameter[] {
  const known = parametersOf("path", route.options.params, components, `${hint}Param`);
  const segments = path.split("/");
  return paramNames(path).map((name, i): Parameter => {
    const said = known.find((parameter) => parameter.name === name);
    const parameter: Parameter = said ?? { name, in: "path", required: true, schema: { type: "string" } };
    const isRest = segments.includes(`*${name}`);
    const description =
      parameter.description ?? (isRest ? "The rest of the path, with its slashes; may be empty." : undefined);
    return { ...parameter, name: names[i]!, ...(description === undefined ? {} : { description }) };
  });
}

function withoutContent({ description }: Answer): Answer {
  return { description };
}
