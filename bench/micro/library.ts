/** Parts of the core as functions that loop by themselves (plugin.zig), called through bun:ffi. */
import { CFunction, CString, dlopen, FFIType, type Pointer, ptr, read } from "bun:ffi";
import { buildTools, plugin } from "../tools.ts";

await buildTools();
const library = dlopen(plugin, {
  micro_parsers: { args: [], returns: "ptr" },
  micro_routers: { args: [], returns: "ptr" },
  micro_jsons: { args: [], returns: "ptr" },
  micro_texts: { args: [], returns: "ptr" },
  micro_schemas: { args: [], returns: "ptr" },
});

/** Of the first entry of a list: its functions, which follow its name. */
function functionAt(list: Pointer | bigint | null, index: number): Pointer {
  if (typeof list !== "number") throw new Error("the plug-in has no such list");
  return read.ptr(list, 8 * (index + 1)) as Pointer;
}

/** Memory that stays where it is: small typed arrays are moved. */
function pinned(text: string): Uint8Array {
  const memory = new Uint8Array(new ArrayBuffer(text.length));
  memory.set(new TextEncoder().encode(text));
  return memory;
}

export interface Head {
  method: string;
  target: string;
  headers: [string, string][];
}

const parse = CFunction({
  ptr: functionAt(library.symbols.micro_parsers(), 0),
  args: ["buffer", "u64", "u64", "buffer"],
  returns: FFIType.u64_fast,
});

const result = new DataView(new ArrayBuffer(48 + 32 * 32));

/** Parses `count` times from the start; the sum of bytes consumed. */
export function parser(request: string): (count: number) => number {
  const bytes = pinned(request);
  return (count) => Number(parse(bytes, bytes.length, count, result));
}

/** What the last call has found. Only as long as its request lives. */
export function lastHead(): Head {
  const span = (at: number) => {
    const size = Number(result.getBigUint64(at + 8, true));
    return new CString(Number(result.getBigUint64(at, true)) as Pointer, 0, size).toString();
  };
  const count = Number(result.getBigUint64(40, true));
  const headers = Array.from({ length: count }, (_, i): [string, string] => [span(48 + i * 32), span(64 + i * 32)]);
  return { method: span(0), target: span(16), headers };
}

const routers = library.symbols.micro_routers();
const open = CFunction({ ptr: functionAt(routers, 0), args: ["buffer", "u64"], returns: "ptr" });
const find = CFunction({
  ptr: functionAt(routers, 2),
  args: ["ptr", "buffer", "u64", "u64"],
  returns: FFIType.u64_fast,
});

/** What only pointers lead to would be collected. */
const kept: Uint8Array[] = [];

/** Pointers and lengths of texts. */
function spans(texts: string[]) {
  const memory = pinned(texts.join(""));
  const list = new BigUint64Array(new ArrayBuffer(texts.length * 16));
  const start = ptr(memory);
  let at = 0;
  for (const [i, text] of texts.entries()) {
    list[i * 2] = BigInt(start + at);
    list[i * 2 + 1] = BigInt(text.length);
    at += text.length;
  }
  kept.push(memory);
  return list;
}

/** Never closed: it lives as long as the run. */
export function router(patterns: string[]) {
  const handle = open(spans(patterns), patterns.length);
  if (handle === null) throw new Error("the routes were refused");
  return (paths: string[]) => {
    const probes = spans(paths);
    /** Looks up the paths in turn; the sum of route index + 1 + length of the params, 0 for a miss. */
    return (count: number) => Number(find(handle, probes, paths.length, count));
  };
}

const slackBytes = 64;

function jsonReader(list: Pointer | bigint | null, nth: number) {
  // Two words an entry: its name, its function.
  const read = CFunction({
    ptr: functionAt(list, nth * 2),
    args: ["buffer", "u64", "u64"],
    returns: FFIType.u64_fast,
  });
  return (text: string) => {
    const bytes = pinned(text + " ".repeat(slackBytes));
    return (count: number) => Number(read(bytes, text.length, count));
  };
}

const texts = library.symbols.micro_texts();

/** What goes through a text so many times, and adds up something. */
export const json = {
  /** How many positions of tokens were found. */
  index: jsonReader(texts, 0),
  /** The bytes that were found good. */
  scan: jsonReader(texts, 1),
  /** One for each order that is valid. */
  check: jsonReader(texts, 2),
  /** The bytes of what is told of an order that is not. */
  refuse: jsonReader(texts, 3),
  /** The fields of each order that is valid. */
  read: jsonReader(library.symbols.micro_jsons(), 0),
};

const schemas = library.symbols.micro_schemas();
const openSchema = CFunction({ ptr: functionAt(schemas, 0), args: ["buffer", "u64"], returns: "ptr" });
const checkMany = CFunction({
  ptr: functionAt(schemas, 1),
  args: ["ptr", "buffer", "u64", "u64"],
  returns: FFIType.u64_fast,
});
const takeMany = CFunction({
  ptr: functionAt(schemas, 2),
  args: ["ptr", "buffer", "u64", "u64", "buffer", "u64"],
  returns: FFIType.u64_fast,
});

/** Never closed. `bytes` have slack behind `size`; each says how often the text was valid. */
export function schemaChecker(schema: string, bytes: Uint8Array, size: number, words: Uint32Array) {
  const text = pinned(schema);
  const program = openSchema(text, text.length);
  if (program === null) throw new Error("the schema was refused");
  return {
    check: (count: number) => Number(checkMany(program, bytes, size, count)),
    take: (count: number) => Number(takeMany(program, bytes, size, count, words, words.length / 2)),
  };
}
