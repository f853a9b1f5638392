/** Three sets of routes, and paths of four kinds to look up in each. */

export const kinds = ["static", "param", "deep", "miss"] as const;
export type Kind = (typeof kinds)[number];

export interface Probe {
  path: string;
  /** Route index + 1 + length of all params; 0 when nothing matches. */
  worth: number;
}

/** A collection, its member, and what is below that. */
const resource = (base: string, parts: string[]) => [
  base,
  `${base}/:id`,
  ...parts.map((part) => `${base}/:id/${part}`),
];

const shop = [
  ...["/", "/health", "/login", "/search", "/cart", "/cart/items/:item", "/orders", "/orders/:id"],
  ...["/orders/:id/items/:item", "/products", "/products/:id", "/products/:id/reviews/:review"],
];

/** Like the interface of a site that hosts code: many that begin alike. */
function hosting(): string[] {
  const below = ["comments", "events", "labels", "history", "status"];
  const repository =
    "issues pulls branches commits releases checks deployments hooks milestones runs flows keys tags pages";
  const organisation = "members teams projects packages runners secrets";
  const user = "emails keys followers repos packages spaces blocks";
  const top = "gists licenses advisories classes markets notices";
  const groups: [string, string][] = [
    ["/repos/:owner/:repo", repository],
    ["/orgs/:org", organisation],
    ["/user", user],
    ["", top],
  ];
  const list = groups.flatMap(([base, names]) =>
    names.split(" ").flatMap((name) => resource(`${base}/${name}`, below)),
  );
  const leaves = "readme languages topics forks stars traffic/views traffic/clones git/trees/:sha git/blobs/:sha";
  const single = leaves.split(" ").map((leaf) => `/repos/:owner/:repo/${leaf}`);
  const plain =
    "events feeds emojis meta versions markdown markdown/raw search/code search/topics rate-limit app app/hook";
  const last = ["/", "/repos/:owner/:repo", "/orgs/:org", "/users", "/users/:user", "/users/:user/repos"];
  const all = [...list, ...single, ...plain.split(" ").map((name) => `/${name}`), ...last];
  while (all.length < 279) all.push(`/user/settings/section-${all.length}`);
  return all.slice(0, 279);
}

/** Like a gateway to many services. */
function gateway(count: number): string[] {
  const list: string[] = [];
  for (let service = 0; list.length < count; service++) {
    const base = `/v${1 + (service % 3)}/service-${service.toString(36)}`;
    for (let i = 0; i < 10; i++)
      list.push(...resource(`${base}/resource-${i}`, ["parts", "parts/:part", "parts/:part/notes"]));
  }
  return list.slice(0, count);
}

export const sets = { shop, hosting: hosting(), gateway: gateway(10_000) };

const probe_count = 8;

export function probes(patterns: string[], kind: Kind): Probe[] {
  const params = (pattern: string) => pattern.split(":").length - 1;
  const slashes = (pattern: string) => pattern.split("/").length - 1;
  const deepest = Math.max(...patterns.map(slashes));
  const fits = {
    static: (pattern: string) => params(pattern) === 0,
    param: (pattern: string) => params(pattern) === 1,
    deep: (pattern: string) => slashes(pattern) === deepest,
    miss: () => true,
  }[kind];
  const indices = [...patterns.keys()].filter((i) => fits(patterns[i] ?? ""));
  return Array.from({ length: probe_count }, (_, i) => {
    // Spread over the whole set.
    const index = indices[Math.floor(((i + 0.5) * indices.length) / probe_count)] ?? 0;
    return fill(patterns, index, i, kind === "miss");
  });
}

function fill(patterns: string[], index: number, salt: number, isMiss: boolean): Probe {
  let bytes = 0;
  const path = (patterns[index] ?? "").replace(/:\w+/g, () => {
    const value = `v${1000 + salt * 37 + bytes}`;
    bytes += value.length;
    return value;
  });
  if (isMiss) return { path: `${path}/no-such-leaf/at-all`.replace("//", "/"), worth: 0 };
  return { path, worth: index + 1 + bytes };
}
