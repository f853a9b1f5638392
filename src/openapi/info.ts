// What users say of a document, looked at where it is given: what can't be would only be seen by who reads the document.

import { describe } from "../describe.ts";
import { checkText, isObject, refuseUnknown } from "../given.ts";

const texts = ["title", "version", "summary", "description", "termsOfService"] as const;
const objects = ["contact", "license", "externalDocs", "securitySchemes"] as const;
const keys = [...texts, ...objects, "servers", "tags", "security"];
const schemeTypes = ["http", "apiKey", "mutualTLS", "openIdConnect", "oauth2"];

/** Throws `TypeError`. */
export function checkInfo(name: string, info: unknown): void {
  if (!isObject(info)) throw new TypeError(`${name} is an object, not ${describe(info)}`);
  refuseUnknown(`option of ${name}`, info, keys);
  const given = info as Record<string, unknown>;
  for (const key of texts) checkText(`${key} of ${name}`, given[key]);
  for (const key of objects) {
    if (given[key] !== undefined && !isObject(given[key])) {
      throw new TypeError(`${key} of ${name} is an object, not ${describe(given[key])}`);
    }
  }
  checkNamed(`servers of ${name}`, given["servers"], "url");
  checkNamed(`tags of ${name}`, given["tags"], "name");
  if (given["security"] !== undefined) checkSecurity(`security of ${name}`, given["security"]);
  for (const [scheme, value] of Object.entries(given["securitySchemes"] ?? {})) {
    const { type } = isObject(value) ? (value as { type?: unknown }) : {};
    if (schemeTypes.includes(type as string)) continue;
    throw new TypeError(
      `The type of the security scheme ${JSON.stringify(scheme)} is one of ${schemeTypes.join(", ")}, not ${Bun.inspect(type)}`,
    );
  }
}

function checkNamed(name: string, list: unknown, key: string): void {
  if (list === undefined) return;
  if (!Array.isArray(list)) throw new TypeError(`${name} is an array, not ${describe(list)}`);
  for (const item of list) {
    if (!isObject(item) || typeof (item as Record<string, unknown>)[key] !== "string") {
      throw new TypeError(`${name} has objects with a ${key}, like { ${key}: "…" }`);
    }
  }
}

/** Throws `TypeError`. */
export function checkSecurity(name: string, value: unknown): void {
  const isRequirement = (item: unknown) => isObject(item) && Object.values(item).every(isTexts);
  if (Array.isArray(value) && value.every(isRequirement)) return;
  throw new TypeError(`${name} is an array like [{ bearer: [] }], not ${Bun.inspect(value)}`);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
