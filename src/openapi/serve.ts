// The routes of the option `openapi`: the document, the page that shows it, and what the page is made of.

import { posix } from "node:path";
import { Method } from "../native/abi.ts";
import type { Registered } from "../scope.ts";
import { rememberAs } from "../site.ts";
import type { PlacedRoute } from "../tree.ts";
import { documentOf } from "./document.ts";
import type { OpenApiSettings } from "./settings.ts";
import { swaggerUi } from "./swagger-ui.ts";
import type { OpenApiInfo } from "./types.ts";

/** Rejects with `FasterApiError` where the page is wanted and its package is missing. */
export async function docsRoutes(routes: readonly PlacedRoute[], settings: OpenApiSettings): Promise<Registered[]> {
  const { path, docs, info } = settings;
  const document = JSON.stringify(documentOf(routes, info));
  const made = [constant(path, document, { "content-type": "application/json", "cache-control": "no-cache" })];
  if (docs === undefined) return made;
  const { script, style, start } = await swaggerUi();
  const folder = docs.replace(/\/+$/, "");
  const [, last = ""] = /\/([^/]*)$/.exec(docs)!;
  // Relative, so that a proxy may put a prefix before all of it.
  const near = (name: string) => `./${last === "" ? name : `${last}/${name}`}`;
  const html = pageOf({
    title: info.title ?? "API",
    document: posix.relative(posix.dirname(`${docs}.`), path),
    style: near(style.name),
    scripts: [near(script.name), near(start.name)],
  });
  const headers = {
    "cache-control": "no-cache",
    "content-security-policy": policyOf(info),
    "referrer-policy": "no-referrer",
  };
  made.push(constant(docs, html, { ...headers, "content-type": "text/html; charset=utf-8" }));
  for (const { name, type, body } of [style, script, start]) {
    const kept = { "content-type": type, "cache-control": "public, max-age=31536000, immutable" };
    made.push(constant(`${folder}/${name}`, body, kept));
  }
  return made;
}

function constant(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>): Registered {
  const route: Registered = {
    verb: "GET",
    methods: 1 << Method.get,
    isAll: false,
    path,
    options: { hidden: true },
    handler: undefined,
    constant: new Response(body, { headers: { ...headers, "x-content-type-options": "nosniff" } }),
  };
  rememberAs(route, " (of the option openapi)");
  return route;
}

/** No script but ours, and requests only to where the document says that the application and its keys are. */
function policyOf({ servers = [], securitySchemes = {} }: OpenApiInfo): string {
  const said = JSON.stringify([servers.map(({ url }) => url), securitySchemes]);
  const origins = [...said.matchAll(/"(https?:\/\/[\w.:[\]*-]+)/gi)].map(([, origin]) => origin);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...new Set(origins)].join(" ")}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join("; ");
}

interface Page {
  title: string;
  document: string;
  style: string;
  scripts: string[];
}

function pageOf({ title, document, style, scripts }: Page): string {
  const text = Bun.escapeHTML;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${text(style)}">
</head>
<body>
<div id="docs" data-document="${text(document)}"></div>
${scripts.map((script) => `<script src="${text(script)}"></script>`).join("\n")}
</body>
</html>
`;
}
