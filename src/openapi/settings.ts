// What is served of a document, and where.

import { describe } from "../describe.ts";
import { isObject, refuseUnknown } from "../given.ts";
import { checkInfo } from "./info.ts";
import type { OpenApiInfo, OpenApiOptions } from "./types.ts";

export interface OpenApiSettings {
  readonly path: string;
  readonly docs: string | undefined;
  readonly info: OpenApiInfo;
}

/** Throws `TypeError`; undefined where nothing is served. */
export function openApiSettings(given: boolean | OpenApiOptions | undefined): OpenApiSettings | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && !isObject(given)) {
    throw new TypeError(`openapi is true, false or an object, not ${describe(given)}`);
  }
  const options = given === true ? {} : given;
  refuseUnknown("option of openapi", options, ["path", "docs", "info"]);
  const { path = "/openapi.json", docs = "/docs", info = {} } = options;
  checkInfo("openapi.info", info);
  const settings = {
    path: pathOf("openapi.path", path),
    docs: docs === false ? undefined : pathOf("openapi.docs", docs),
    info,
  };
  if (settings.path === settings.docs) throw new TypeError(`openapi.path and openapi.docs can't both be ${path}`);
  return settings;
}

function pathOf(name: string, value: unknown): string {
  if (typeof value === "string" && /^\/[\w.~/-]*$/.test(value)) return value;
  throw new TypeError(`${name} is a path without params like "/docs", not ${Bun.inspect(value)}`);
}
