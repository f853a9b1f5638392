// What there is to be told of a route without running it: where it is, who checks its requests, what runs around it.

import { labelOf } from "./compose.ts";
import { whyNotNative } from "./schema/why-not-native.ts";
import type { PlacedRoute } from "./tree.ts";

/** One route, as `app.routes()` and `server.routes` tell of it. */
export interface RouteDetails {
  /** `GET`, or `ALL`. */
  method: string;
  /** With the prefixes of groups and of applications that it is in. */
  path: string;
  /**
   * Who checks requests by their schemas. "native": the core checks JSON bodies, before JavaScript hears of them; other
   * parts come as strings, which JavaScript checks. "js": JavaScript checks all of it. "none": the route has no schemas.
   */
  validation: "native" | "js" | "none";
  /** Why it is "js". */
  reason?: string;
  /** Names of what runs around it, the outermost first; of what has none where it was written, like `app.ts:12`. */
  middleware: string[];
  summary?: string;
}

export function detailsOf(
  { route, path, place }: PlacedRoute,
  validation: "native" | "js" | undefined,
  canCheck: (text: string) => boolean,
): RouteDetails {
  const { body, summary } = route.options;
  return {
    method: route.verb,
    path,
    validation: validation ?? "none",
    ...(validation === "js" ? { reason: whyNotNative(body, canCheck) } : {}),
    middleware: place.chain.map(labelOf),
    ...(summary === undefined ? {} : { summary }),
  };
}
