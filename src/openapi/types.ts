// The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1), as far as it is made here, and what users say in it.

import type { Node } from "../schema/json-schema.ts";

/** Names of `securitySchemes`, each with the scopes it needs: all of them at once. */
export interface SecurityRequirement {
  readonly [scheme: string]: readonly string[];
}

interface OAuthFlow {
  readonly authorizationUrl?: string;
  readonly tokenUrl?: string;
  readonly refreshUrl?: string;
  readonly scopes: { readonly [scope: string]: string };
}

/** How a client shows who it is. */
export type SecurityScheme = { readonly description?: string } & (
  | { readonly type: "http"; readonly scheme: string; readonly bearerFormat?: string }
  | { readonly type: "apiKey"; readonly in: "header" | "query" | "cookie"; readonly name: string }
  | { readonly type: "mutualTLS" }
  | { readonly type: "openIdConnect"; readonly openIdConnectUrl: string }
  | {
      readonly type: "oauth2";
      readonly flows: {
        readonly [flow in "implicit" | "password" | "clientCredentials" | "authorizationCode"]?: OAuthFlow;
      };
    }
);

export interface ServerInfo {
  readonly url: string;
  readonly description?: string;
  readonly variables?: {
    readonly [name: string]: {
      readonly default: string;
      readonly enum?: readonly string[];
      readonly description?: string;
    };
  };
}

interface ExternalDocs {
  readonly url: string;
  readonly description?: string;
}

export interface TagInfo {
  readonly name: string;
  readonly description?: string;
  readonly externalDocs?: ExternalDocs;
}

/** What a document says besides its routes. */
export interface OpenApiInfo {
  /** Default: "API". */
  readonly title?: string;
  /** Of the application. Default: "0.0.0". */
  readonly version?: string;
  readonly summary?: string;
  /** May be Markdown. */
  readonly description?: string;
  readonly termsOfService?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string };
  /** Default: the one that the document comes from. */
  readonly servers?: readonly ServerInfo[];
  /** In the order in which pages show them; tags of routes that aren't here come behind. */
  readonly tags?: readonly TagInfo[];
  readonly externalDocs?: ExternalDocs;
  readonly securitySchemes?: { readonly [name: string]: SecurityScheme };
  /** What routes ask for that don't say it themselves. */
  readonly security?: readonly SecurityRequirement[];
}

export interface OpenApiOptions {
  /** Where the document is. Default: "/openapi.json". */
  readonly path?: string;
  /** Where the page is, or false for none. Default: "/docs". */
  readonly docs?: string | false;
  readonly info?: OpenApiInfo;
}

export type ParameterPlace = "path" | "query" | "header" | "cookie";

export interface Parameter {
  name: string;
  in: ParameterPlace;
  description?: string;
  required?: boolean;
  deprecated?: boolean;
  style?: string;
  explode?: boolean;
  schema: Node;
  example?: unknown;
}

export interface MediaTypes {
  [type: string]: { schema?: Node };
}

export interface RequestBody {
  description?: string;
  required: boolean;
  content: MediaTypes;
}

export interface Answer {
  description: string;
  content?: MediaTypes;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: readonly string[];
  deprecated?: boolean;
  security?: readonly SecurityRequirement[];
  parameters?: Parameter[];
  requestBody?: RequestBody;
  responses: { [status: string]: Answer };
}

export const documentedMethods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

export type DocumentedMethod = (typeof documentedMethods)[number];

export type PathItem = { [method in DocumentedMethod]?: Operation };

export interface OpenApiDocument {
  openapi: "3.1.1";
  info: Pick<OpenApiInfo, "summary" | "description" | "termsOfService" | "contact" | "license"> & {
    title: string;
    version: string;
  };
  servers?: readonly ServerInfo[];
  tags?: readonly TagInfo[];
  externalDocs?: ExternalDocs;
  security?: readonly SecurityRequirement[];
  paths: { [path: string]: PathItem };
  components?: {
    schemas?: { [name: string]: Node };
    securitySchemes?: { readonly [name: string]: SecurityScheme };
  };
}
