// A body's schema as the core checks it, before anything is parsed: written anew, in what the core and `check.ts` mean alike.

import { typeTest, unionValues } from "./check.ts";
import { Compiler, mentions } from "./compiler.ts";
import { fillsInside } from "./filled.ts";
import { formatTest, isNativeFormat } from "./formats.ts";
import {
  isKeywords,
  isUnicodePattern,
  itemNodes,
  type Keywords,
  listedNodes,
  type Node,
  namedNodes,
  nodeAt,
  Scope,
  typesOf,
} from "./json-schema.ts";
import { PerScope } from "./per-scope.ts";

export interface NativeSchema {
  readonly text: string;
  /** What the core says of a body that fails is what would be said here. */
  readonly isTold: boolean;
}

/**
 * Undefined where only JavaScript can check it, or would judge otherwise. Members that are filled in afterwards may be
 * missing. The core may still refuse the text.
 */
export function nativeSchema(schema: Keywords): NativeSchema | undefined {
  return new Translation(schema).made;
}

type Written = boolean | { [keyword: string]: unknown };

const types = ["string", "number", "integer", "boolean", "object", "array", "null"];
const numbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const counts = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
/** The core counts with 32 bits. */
const countMax = 2 ** 32 - 2;
/** A schema that is nested deeper contains itself. */
const depthMax = 256;

class Translation {
  readonly made: NativeSchema | undefined;
  readonly #compiler: Compiler;
  /** Without and with members being filled in. */
  readonly #names = [new PerScope<string>(), new PerScope<string>()] as const;
  readonly #definitions: Record<string, Written> = {};
  readonly #hasSecrets: boolean;
  #isAlike = true;
  #isTold = true;
  #refers = false;
  #secrets = 0;
  #depth = 0;

  constructor(schema: Keywords) {
    this.#compiler = new Compiler(schema);
    this.#hasSecrets = mentions(schema, /"writeOnly"/);
    const root = this.#reference(schema, new Scope(schema), mentions(schema, /"default":/));
    if (!this.#isAlike) return;
    const whole = this.#refers ? { $ref: root, $defs: this.#definitions } : this.#definitions["0"];
    const text = JSON.stringify(whole);
    // What is secret the core looks for by this word alone.
    const isAsSaid = text.split('"writeOnly"').length - 1 === this.#secrets;
    const isPlain = isAsSaid && this.#secrets > 0 && !this.#refers;
    this.made = { text, isTold: this.#isTold && (isPlain || !this.#hasSecrets) };
  }

  /** Where the definition is, which is written when it is first asked for. */
  #reference(node: Node, scope: Scope, fills: boolean): string {
    const names = this.#names[fills ? 1 : 0];
    let name = names.get(node, scope);
    if (name === undefined) {
      name = `${Object.keys(this.#definitions).length}`;
      names.set(node, scope, name);
      this.#definitions[name] = true;
      this.#definitions[name] = this.#of(node, scope, fills);
    }
    return `#/$defs/${name}`;
  }

  /** `fills`: what is absent and has a default is filled in before JavaScript checks. */
  #of(node: Node, outer: Scope, fills: boolean): Written {
    if (!isKeywords(node)) return node;
    if (this.#depth === depthMax || isForJavaScript(node)) this.#isAlike = false;
    if (!this.#isAlike) return true;
    this.#depth++;
    const scope = outer.inside(node);
    const written = {
      ...this.#kind(node),
      ...this.#scalar(node),
      ...this.#array(node, scope, fills),
      ...this.#object(node, scope, fills),
      ...this.#others(node, scope, fills),
    };
    if (node["writeOnly"] === true) this.#keepSecret(written);
    if (isMixed(written) && this.#hasSecrets) this.#isTold = false;
    if (fills && fillsInside(node, outer)) {
      if (!mayBeFilled(written)) this.#isAlike = false;
      if (mayShowFilled(written)) this.#isTold = false;
    }
    this.#depth--;
    return written;
  }

  #kind(node: Keywords): object {
    const union = unionValues(node);
    const list = Array.isArray(node["enum"]) ? node["enum"] : union;
    const isOfType = typeTest(node);
    if ("const" in node || list !== undefined) {
      const values = "const" in node ? [node["const"]] : list!;
      const isOne = !("const" in node && list !== undefined) && values.every(isJson);
      // The types need not be said then, and whoever fails is told of the values.
      if (!isOne || (isOfType !== undefined && !values.every(isOfType))) this.#isAlike = false;
      return "const" in node ? { const: node["const"] } : { enum: values };
    }
    if (isOfType === undefined) return {};
    const named = [...new Set(typesOf(node))];
    if (!named.every((type) => types.includes(type))) this.#isAlike = false;
    return { type: named.length === 1 ? named[0] : named };
  }

  #scalar(node: Keywords): object {
    const written: Record<string, unknown> = {};
    for (const keyword of numbers) {
      if (node[keyword] === undefined) continue;
      written[keyword] = node[keyword];
      if (!Number.isFinite(node[keyword])) this.#isAlike = false;
    }
    for (const keyword of counts) this.#count(node, keyword, written);
    const { pattern, format } = node;
    if (pattern !== undefined) {
      written["pattern"] = pattern;
      if (!isUnicodePattern(pattern)) this.#isAlike = false;
    }
    const mayBeString = typesOf(node).length === 0 || typesOf(node).includes("string");
    if (mayBeString && typeof format === "string" && formatTest(format) !== undefined) {
      written["format"] = format;
      if (!isNativeFormat(format)) this.#isAlike = false;
    }
    return written;
  }

  #count(node: Keywords, keyword: string, written: Record<string, unknown>): void {
    const count = node[keyword];
    if (count === undefined) return;
    written[keyword] = count;
    if (!Number.isInteger(count) || (count as number) > countMax) this.#isAlike = false;
  }

  #array(node: Keywords, scope: Scope, fills: boolean): object {
    const written: Record<string, unknown> = {};
    const { first, rest } = itemNodes(node);
    if (first.length > 0) written["prefixItems"] = first.map((below) => this.#of(below, scope, fills));
    if (rest !== undefined) written["items"] = this.#of(rest, scope, fills);
    if (node["uniqueItems"] === true) written["uniqueItems"] = true;
    const contains = nodeAt(node, "contains");
    if (contains === undefined) return written;
    for (const keyword of ["minContains", "maxContains"]) this.#count(node, keyword, written);
    return { ...written, contains: this.#of(contains, scope, false) };
  }

  #object(node: Keywords, scope: Scope, fills: boolean): object {
    const written: Record<string, unknown> = {};
    const filled = new Set<unknown>();
    const named = (keyword: string, mayFill: boolean) => {
      const below = namedNodes(node, keyword);
      if (below.length === 0) return;
      written[keyword] = Object.fromEntries(below.map(([name, inner]) => [name, this.#of(inner, scope, mayFill)]));
      if (keyword !== "properties" || !mayFill) return;
      for (const [name, inner] of below) {
        if (this.#compiler.defaults(inner, scope)?.(undefined) === undefined) continue;
        filled.add(name);
        // As where a default comes from elsewhere than its rules.
        if (!this.#compiler.matcher(inner, scope)(undefined)) this.#isAlike = false;
      }
    };
    named("properties", fills);
    named("patternProperties", fills);
    named("dependentSchemas", false);
    if (!Object.keys(written["patternProperties"] ?? {}).every(isUnicodePattern)) this.#isAlike = false;
    const rest = nodeAt(node, "additionalProperties");
    if (rest !== undefined) written["additionalProperties"] = this.#of(rest, scope, fills);
    const names = nodeAt(node, "propertyNames");
    if (names !== undefined) written["propertyNames"] = this.#of(names, scope, false);
    const { required = [], dependentRequired } = node;
    written["required"] = this.#nameList(required).filter((name) => !filled.has(name));
    if (isKeywords(dependentRequired)) {
      const entries = Object.entries(dependentRequired);
      written["dependentRequired"] = Object.fromEntries(entries.map(([name, list]) => [name, this.#nameList(list)]));
      // The core escapes them once.
      if (entries.some(([name]) => JSON.stringify(name) !== `"${name}"`)) this.#isTold = false;
    }
    if ((written["required"] as unknown[]).length === 0) delete written["required"];
    return written;
  }

  #nameList(names: unknown): unknown[] {
    const list = Array.isArray(names) ? names : [undefined];
    if (!list.every((name) => typeof name === "string")) this.#isAlike = false;
    return list;
  }

  /** Other schemas for the same value. */
  #others(node: Keywords, scope: Scope, fills: boolean): object {
    const written: Record<string, unknown> = {};
    const listed = (keyword: string) => {
      const below = listedNodes(node, keyword).map((inner) => this.#of(inner, scope, fills));
      if (below.length > 0) written[keyword] = below;
    };
    listed("allOf");
    listed("oneOf");
    if (unionValues(node) === undefined) listed("anyOf");
    if ("oneOf" in written || !isToldAlike(written["anyOf"] as Written[] | undefined)) this.#isTold = false;
    const conditions =
      node["then"] === undefined && node["else"] === undefined ? ["not"] : ["not", "if", "then", "else"];
    for (const keyword of conditions) {
      const below = nodeAt(node, keyword);
      if (below !== undefined) written[keyword] = this.#of(below, scope, false);
    }
    if (node["$ref"] === undefined) return written;
    this.#refers = true;
    const target = scope.resolve(String(node["$ref"]));
    return { ...written, $ref: this.#reference(target.node, target.scope, fills) };
  }

  #keepSecret(written: Record<string, unknown>): void {
    written["writeOnly"] = true;
    this.#secrets++;
    // Of what is inside of a secret the core would tell.
    if (holdsSchemas(written)) this.#isTold = false;
  }
}

function holdsSchemas({ type: _, enum: __, const: ___, ...others }: Record<string, unknown>): boolean {
  return Object.values(others).some((value) => typeof value === "object");
}

/** With rules for scalars beside what is for those that hold something, and may hold secrets. */
function isMixed(written: Record<string, unknown>): boolean {
  return holdsSchemas(written) && [...numbers, ...counts, "pattern", "format"].some((keyword) => keyword in written);
}

function isForJavaScript(node: Keywords): boolean {
  const { unevaluatedProperties = true, format } = node;
  return "~refine" in node || format === "binary" || unevaluatedProperties !== true;
}

function isJson(value: unknown): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value !== "object") return Number.isFinite(value);
  const prototype = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  return isPlain && !("toJSON" in value) && Object.values(value).every(isJson);
}

/**
 * Whether checking with members missing is the same as checking when they are filled in: where nothing else is said of the
 * same value that could see the difference.
 */
function mayBeFilled(written: Record<string, unknown>): boolean {
  const isOnly = (...keywords: string[]) => {
    return Object.keys(written).every(
      (keyword) => keyword === "type" || keyword === "writeOnly" || keywords.includes(keyword),
    );
  };
  if ("$ref" in written) return isOnly("$ref");
  // The first branch that fits when it is filled is the one that is filled, and fits.
  if ("anyOf" in written) return isOnly("anyOf");
  if ("allOf" in written) return isOnly("allOf") && areApart(written["allOf"] as Written[]);
  const { patternProperties = {} } = written;
  const patterns = Object.keys(patternProperties as object).length;
  if (patterns > 0 && (patterns > 1 || "properties" in written)) return false;
  const ofObjects = ["properties", "required", "additionalProperties", "patternProperties"];
  return isOnly(...ofObjects, "prefixItems", "items", "minItems", "maxItems");
}

/** Whether what fails may be what is filled in, which JavaScript then shows, and the core can't. */
function mayShowFilled(written: Record<string, unknown>): boolean {
  if ("minItems" in written || "maxItems" in written) return true;
  const has = (...keywords: string[]) => keywords.some((keyword) => keyword in written);
  const isOther = (type: string) => "type" in written && !typesOf(written).includes(type);
  if (isOther("object") && has("properties", "patternProperties", "additionalProperties", "allOf")) return true;
  if (isOther("array") && has("items", "prefixItems")) return true;
  return "type" in written && has("$ref", "anyOf");
}

/** Whether each is an object's schema about members of its own. */
function areApart(branches: readonly Written[]): boolean {
  const seen = new Set<unknown>();
  return branches.every((branch) => {
    if (typeof branch === "boolean") return branch;
    const { type, properties = {}, required = [], additionalProperties = true, ...others } = branch;
    const names = new Set([...Object.keys(properties as object), ...(required as unknown[])]);
    const areNew = [...names].every((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    const isOpen = additionalProperties === true && Object.keys(others).length === 0;
    return areNew && isOpen && (type === undefined || type === "object");
  });
}

/** Whether a value's type tells which branch is meant: then both tell what that branch has to say. */
function isToldAlike(branches: readonly Written[] = []): boolean {
  const seen = new Set<unknown>();
  return branches.every((branch) => {
    if (typeof branch === "boolean" || branch["type"] === undefined) return false;
    const named = typesOf(branch).map((type) => (type === "integer" ? "number" : type));
    const areNew = named.every((type) => !seen.has(type));
    for (const type of named) seen.add(type);
    return areNew;
  });
}
