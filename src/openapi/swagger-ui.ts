// Swagger UI as the program has installed it: read when it is needed, and never from elsewhere.

import { dirname, join } from "node:path";
import { FasterApiError } from "../errors.ts";
import { programFolder } from "../inspection.ts";

export interface Asset {
  /** With a hash of its content, so that it may be kept for ever. */
  readonly name: string;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface SwaggerUi {
  readonly script: Asset;
  readonly style: Asset;
  readonly start: Asset;
}

/** A file of its own: the page allows no script that stands in it. */
const start = `const place = document.getElementById("docs");
SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: true, validatorUrl: null });
`;

let read: Promise<SwaggerUi> | undefined;

/** Rejects with `FasterApiError` where the package is missing. */
export async function swaggerUi(): Promise<SwaggerUi> {
  read ??= readAll(folderOf());
  return await read;
}

/** The program's, or what is found from here or from where it was started. */
function folderOf(): string {
  for (const from of [programFolder(), import.meta.dir, process.cwd()]) {
    try {
      return dirname(Bun.resolveSync("swagger-ui-dist/package.json", from));
    } catch {
      // Perhaps from the next.
    }
  }
  const advice = "bun add swagger-ui-dist, or openapi: { docs: false } for the document alone";
  throw new FasterApiError("DOCS_PACKAGE_MISSING", `The page of the option openapi needs a package: ${advice}`);
}

async function readAll(folder: string): Promise<SwaggerUi> {
  const [script, style] = await Promise.all(
    ["swagger-ui-bundle.js", "swagger-ui.css"].map((name) => Bun.file(join(folder, name)).bytes()),
  );
  return {
    script: asset("swagger-ui", "js", script!),
    style: asset("swagger-ui", "css", style!),
    start: asset("start", "js", new TextEncoder().encode(start)),
  };
}

const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };

function asset(name: string, kind: keyof typeof types, body: Uint8Array<ArrayBuffer>): Asset {
  const hash = new Bun.CryptoHasher("sha256").update(body).digest("hex").slice(0, 16);
  return { name: `${name}.${hash}.${kind}`, type: types[kind], body };
}
