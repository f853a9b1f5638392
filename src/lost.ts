// What JSON drops without a word, or can't say at all, in values that a handler returned.

const rescues: [kind: string, is: (value: object) => boolean, rescue: string][] = [
  ["a Promise", (value) => value instanceof Promise, "await it first, many of them with Promise.all"],
  ["a Map", (value) => value instanceof Map, "return Object.fromEntries(map), or [...map] for pairs"],
  ["a Set", (value) => value instanceof Set, "return [...set]"],
];

/** `a Map, which JSON says as {}: …`, or undefined for what it says as it is. */
export function lossOf(value: object): string | undefined {
  const found = rescues.find(([, is]) => is(value));
  if (found === undefined || typeof (value as { toJSON?: unknown }).toJSON === "function") return undefined;
  return `${found[0]}, which JSON says as {}: ${found[2]}`;
}

const strangers: [kind: string, is: (value: object) => boolean, rescue: string][] = [
  ["a FormData", (value) => value instanceof FormData, "new Response(form), or Object.fromEntries(form)"],
  [
    "URLSearchParams",
    (value) => value instanceof URLSearchParams,
    "new Response(params), or Object.fromEntries(params)",
  ],
  ["Headers", (value) => value instanceof Headers, "Object.fromEntries(headers)"],
  ["a Request", (value) => value instanceof Request, "await fetch(request)"],
];

/** What JSON has a word for, but not the one that is meant. */
export function strangerOf(value: object): string | undefined {
  const found = strangers.find(([, is]) => is(value));
  return found && `${found[0]}, which can be understood in several ways: return ${found[2]}`;
}

const placesMax = 10_000;
const depthMax = 64;

/** Looks for the first loss inside of what JSON has said as `text`; for development, since it costs time. */
export function lossWithin(value: unknown, text: string): string | undefined {
  if (!text.includes("{}")) return undefined;
  let places = 0;
  const look = (inner: unknown, path: string, depth: number): string | undefined => {
    if (typeof inner !== "object" || inner === null || ++places > placesMax || depth > depthMax) return undefined;
    const loss = lossOf(inner);
    if (loss !== undefined) return `${path} is ${loss}`;
    if (typeof (inner as { toJSON?: unknown }).toJSON === "function") return undefined;
    for (const [key, member] of Object.entries(inner)) {
      const found = look(member, memberOf(inner, path, key), depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  try {
    return look(value, "value", 0);
  } catch {
    // A getter that throws when it is asked twice: JSON has been made of it, so it is none of ours.
    return undefined;
  }
}

/** `value.self is the object that holds it`: why JSON could say nothing, where that is found. */
export function faultWithin(value: unknown): string | undefined {
  let places = 0;
  const look = (inner: unknown, path: string, above: readonly Holder[]): string | undefined => {
    if (typeof inner === "bigint") return `${path} is a BigInt, for which JSON has no word: String(n), or Number(n)`;
    if (typeof inner !== "object" || inner === null || ++places > placesMax || above.length > depthMax)
      return undefined;
    const same = above.findLastIndex((holder) => holder.value === inner);
    if (same >= 0)
      return `${path} is ${same === above.length - 1 ? "the object that holds it" : `${above[same]!.path} again`}`;
    if (typeof (inner as { toJSON?: unknown }).toJSON === "function") return undefined;
    const holders = [...above, { value: inner, path }];
    for (const [key, member] of Object.entries(inner)) {
      const found = look(member, memberOf(inner, path, key), holders);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  try {
    return look(value, "value", []);
  } catch {
    // Who looks must not be the error.
    return undefined;
  }
}

interface Holder {
  value: object;
  path: string;
}

function memberOf(holder: object, path: string, key: string): string {
  if (Array.isArray(holder)) return `${path}[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
