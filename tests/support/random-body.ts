// JSON texts that mean a schema, more or less: what it asks for, sometimes with a change, in one of many ways to write it.
import { formats, names, type Schema, scalars, target } from "./random-schema.ts";

/** The same text for the same schema and number. */
export function bodyOf(schema: { [keyword: string]: unknown }, seed: number): string {
  const maker = new Maker(schema, seed);
  const value = maker.fitting(schema, 5);
  return maker.written(maker.odds(3) ? maker.changed(value) : value);
}

/** A value, in one of many ways to write it. */
export function written(value: unknown, seed: number): string {
  return new Maker({}, seed).written(value);
}

type Keywords = { [keyword: string]: unknown };

class Maker {
  readonly #root: Keywords;
  #state: number;

  constructor(root: Keywords, seed: number) {
    this.#root = root;
    this.#state = seed;
  }

  /** From 0 up to, but not, `count`. SplitMix32. */
  below(count: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % count;
  }

  /** True once in so many times. */
  odds(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  any(depth = 2): unknown {
    if (depth === 0 || !this.odds(3)) return this.pick(scalars);
    if (this.odds(2)) return Array.from({ length: this.below(4) }, () => this.any(depth - 1));
    return Object.fromEntries(Array.from({ length: this.below(4) }, () => [this.pick(names), this.any(depth - 1)]));
  }

  fitting(of: Schema | undefined, depth: number): unknown {
    if (typeof of !== "object" || depth === 0 || this.odds(40)) return this.any(Math.min(depth, 2));
    if ("const" in of) return of["const"];
    if (Array.isArray(of["enum"])) return this.pick(of["enum"]);
    const other = this.#other(of);
    if (other !== undefined && this.odds(2)) return this.fitting(other, depth - 1);
    switch (this.#typeOf(of)) {
      case "object":
        return this.#object(of, depth);
      case "array":
        return this.#array(of, depth);
      case "string":
        return this.#string(of);
      case "integer":
        return Math.trunc(this.#number(of));
      case "number":
        return this.#number(of);
      case "boolean":
        return this.odds(2);
      case "null":
        return null;
      default:
        return other === undefined ? this.any(Math.min(depth, 2)) : this.fitting(other, depth - 1);
    }
  }

  #other(of: Keywords): Schema | undefined {
    const others: (Schema | undefined)[] = ["allOf", "anyOf", "oneOf"].flatMap(
      (keyword) => (of[keyword] as Schema[]) ?? [],
    );
    for (const keyword of ["then", "else"]) if (keyword in of) others.push(of[keyword] as Schema);
    if ("$ref" in of) others.push(target(this.#root, of["$ref"]));
    return others.length === 0 ? undefined : this.pick(others);
  }

  #typeOf(of: Keywords): unknown {
    const { type } = of;
    if (type !== undefined) return Array.isArray(type) ? this.pick(type) : type;
    const has = (...keywords: string[]) => keywords.some((keyword) => keyword in of);
    const hinted = [
      ...(has("properties", "required", "patternProperties", "dependentRequired", "propertyNames") ? ["object"] : []),
      ...(has("minProperties", "maxProperties", "additionalProperties", "dependentSchemas") ? ["object"] : []),
      ...(has("items", "prefixItems", "contains", "uniqueItems", "minItems") ? ["array"] : []),
      ...(has("pattern", "format", "minLength", "maxLength") ? ["string"] : []),
      ...(has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf") ? ["number"] : []),
    ];
    return hinted.length === 0 ? undefined : this.pick(hinted);
  }

  #object(of: Keywords, depth: number): unknown {
    const members: [string, unknown][] = [];
    const properties = Object.entries((of["properties"] as { [name: string]: Schema } | undefined) ?? {});
    for (const [name, schema] of properties) {
      if (!this.odds(6)) members.push([name, this.fitting(schema, depth - 1)]);
    }
    for (const name of (of["required"] as string[] | undefined) ?? []) {
      if (!properties.some(([known]) => known === name)) members.push([name, this.any(1)]);
    }
    const others = [
      of["additionalProperties"],
      ...Object.values((of["patternProperties"] as object | undefined) ?? {}),
    ];
    const least = (of["minProperties"] as number | undefined) ?? 0;
    const more = of["additionalProperties"] === false ? 0 : Math.max(least - members.length, this.below(3));
    for (let i = 0; i < more; i++)
      members.push([this.pick(names), this.fitting(this.pick(others) as Schema, depth - 1)]);
    return Object.fromEntries(members);
  }

  #array(of: Keywords, depth: number): unknown {
    const prefix = (of["prefixItems"] as Schema[] | undefined) ?? [];
    const rest = [of["items"], ...("contains" in of ? [of["contains"]] : [])] as (Schema | undefined)[];
    const least = (of["minItems"] as number | undefined) ?? 0;
    const most = (of["maxItems"] as number | undefined) ?? least + prefix.length + 3;
    const length = Math.min(least, most) + this.below(Math.abs(most - least) + 1);
    return Array.from({ length }, (_, i) => this.fitting(prefix[i] ?? this.pick(rest), depth - 1));
  }

  #string(of: Keywords): string {
    const known = formats[String(of["format"])];
    if (known !== undefined) return this.pick(known);
    if ("pattern" in of) return this.pick(["a", "ab", "bc", "abc", "b", "aé", "1", "a@b", "", "😀b", "a b", "abcbc"]);
    const least = (of["minLength"] as number | undefined) ?? 0;
    const most = (of["maxLength"] as number | undefined) ?? least + 2;
    const length = Math.min(least, most) + this.below(Math.abs(most - least) + 1);
    return Array.from({ length }, () => this.pick(["a", "b", "é", "😀", " ", "1"])).join("");
  }

  #number(of: Keywords): number {
    const bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].flatMap((keyword) =>
      typeof of[keyword] === "number" ? [of[keyword]] : [],
    );
    const near = bounds.length > 0 ? this.pick(bounds) : this.below(10);
    if (typeof of["multipleOf"] === "number") return of["multipleOf"] * this.below(9) + (this.odds(4) ? 0.5 : 0);
    return near + this.pick([0, 0, 1, -1, 0.5, 1, 2]);
  }

  /** With something else somewhere in it. */
  changed(value: unknown): unknown {
    if (typeof value !== "object" || value === null || this.odds(4)) return this.any(1);
    const keys = Object.keys(value);
    if (keys.length === 0) return this.any(1);
    const key = this.pick(keys);
    if (Array.isArray(value)) {
      const items = [...value];
      if (this.odds(2)) items[Number(key)] = this.changed(items[Number(key)]);
      else items.splice(Number(key), this.below(2), this.pick(items));
      return items;
    }
    const members = Object.entries(value);
    const at = members.findIndex(([name]) => name === key);
    if (this.odds(3)) members.splice(at, 1);
    else members[at] = [this.odds(4) ? this.pick(names) : key, this.changed(members[at]![1])];
    return Object.fromEntries(members);
  }

  written(value: unknown): string {
    const space = () => (this.odds(12) ? this.pick([" ", "\n", "\t ", "\r\n"]) : "");
    if (Array.isArray(value)) return `[${space()}${value.map((item) => this.written(item)).join(`,${space()}`)}]`;
    if (typeof value === "object" && value !== null) {
      const members = Object.entries(value).map(
        ([name, inner]) => `${this.#text(name)}${space()}:${this.written(inner)}`,
      );
      // Of members with one name the last counts.
      if (members.length > 0 && this.odds(12)) {
        members.unshift(`${this.#text(Object.keys(value)[0]!)}:${this.written(this.pick(scalars))}`);
      }
      return `{${space()}${members.join(`${space()},`)}}`;
    }
    if (typeof value === "string") return this.#text(value);
    return typeof value === "number" ? this.#digits(value) : JSON.stringify(value);
  }

  #text(text: string): string {
    if (!this.odds(12)) return JSON.stringify(text);
    const units = [...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`);
    return `"${units.join("")}"`;
  }

  /** The same double. */
  #digits(value: number): string {
    const text = JSON.stringify(value);
    if (!this.odds(6)) return text;
    if (/^-?[1-9]\d*$/.test(text))
      return this.pick([`${text}.0`, `${text}e0`, `${text}0e-1`, `${text}.000000000000000000`]);
    if (value === 0) return this.pick(["0.0", "-0", "0e7"]);
    return /e/.test(text) ? text.replace("e", "E") : `${text}00`;
  }
}
