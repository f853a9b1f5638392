// A body made of the values that the core found in it (`core/codec/schema_values.zig`): what `JSON.parse` would make of its
// text, in a third of the time or less, because nothing has to be looked for any more.

import { stringSize } from "../native/abi.ts";
import type { Bytes } from "../native/bytes.ts";
import type { Build } from "../native/exchange.ts";
import { isKeywords, type Keywords, type Node, namedNodes } from "./json-schema.ts";

/** Each has a bit in a word that JavaScript reads as an integer of 32. */
const membersMax = 30;
/** Of the function, so that it stays one that is compiled well. */
const nodesMax = 256;

/** Undefined where the schema leaves open what there is, or says it in other words than these. */
export function buildOf(schema: Keywords): Build | undefined {
  const writer = new Writer();
  if (schema["type"] !== "object" && schema["type"] !== "array") return undefined;
  const made = writer.value(schema);
  if (made === undefined || writer.nodes > nodesMax) return undefined;
  const body = `return (numbers, spans, at, bytes, start) => { ${writer.code} return ${made}; }`;
  return new Function("oddText", body)(oddText);
}

/** A string that is not ASCII alone, or holds escapes. */
function oddText(bytes: Bytes, from: number, marked: number): string {
  const end = from + (marked & stringSize.bytesMask);
  // With its quotes.
  return marked >= stringSize.isEscaped ? JSON.parse(bytes.utf8Slice(from - 1, end + 1)) : bytes.utf8Slice(from, end);
}

class Writer {
  code = "";
  nodes = 0;

  /** Writes what reads one value; returns the variable that holds it, or undefined. */
  value(node: Node): string | undefined {
    if (!isKeywords(node) || "anyOf" in node || "allOf" in node || !hasPlainValues(node)) return undefined;
    const name = `v${this.nodes++}`;
    switch (node["type"]) {
      case "string":
        this.code += `let ${name}; { const from = start + spans[at * 2], size = spans[at * 2 + 1]; at++;\n`;
        this.code += `if (size < ${stringSize.isWide}) ${name} = bytes.latin1Slice(from, from + size);\n`;
        this.code += `else ${name} = oddText(bytes, from, size); }\n`;
        return name;
      case "number":
        this.code += `const ${name} = numbers[at++];\n`;
        return name;
      case "integer":
        // An integer to the engine too, but for -0.
        this.code += `let ${name} = numbers[at++];\n`;
        this.code += `if ((${name} | 0) === ${name} && (${name} !== 0 || 1 / ${name} > 0)) ${name} |= 0;\n`;
        return name;
      case "boolean":
        this.code += `const ${name} = spans[at++ * 2] === 1;\n`;
        return name;
      case "array":
        return this.array(node, name);
      case "object":
        return this.object(node, name);
      default:
        return undefined;
    }
  }

  private array(node: Keywords, name: string): string | undefined {
    if (node["items"] === undefined) return undefined;
    this.code += `const ${name} = []; for (let left = spans[at++ * 2]; left > 0; left--) {\n`;
    const item = this.value(node["items"] as Node);
    this.code += `${name}.push(${item}); }\n`;
    return item === undefined ? undefined : name;
  }

  private object(node: Keywords, name: string): string | undefined {
    const { additionalProperties = true, minProperties, maxProperties } = node;
    if (typeof additionalProperties !== "boolean" || minProperties !== undefined || maxProperties !== undefined) {
      return undefined;
    }
    const members = namedNodes(node, "properties");
    if (members.length > membersMax) return undefined;
    const required = (node["required"] ?? []) as unknown[];
    const mask = `m${name}`;
    this.code += `const ${mask} = spans[at++ * 2];\n`;
    const all: string[] = [];
    let some = "";
    for (const [i, [key, below]] of members.entries()) {
      // What is set by such a name is not a member of its own: of `__proto__` never, of others where `Object.prototype` is frozen.
      if (key === "__proto__" || key in Object.prototype) return undefined;
      const text = JSON.stringify(key);
      const place = `p${name}_${i}`;
      this.code += `let ${place}; if (${mask} & ${1 << i}) {\n`;
      const made = this.value(below);
      if (made === undefined) return undefined;
      this.code += `${place} = ${made}; }\n`;
      all.push(`${text}: ${place}`);
      some += ` if (${mask} & ${1 << i}) ${name}[${text}] = ${place};`;
    }
    const isWhole = `${mask} === ${2 ** members.length - 1}`;
    this.code += `let ${name}; if (${isWhole}) ${name} = { ${all.join(", ")} }; else { ${name} = {};${some} }\n`;
    return required.every((key) => members.some(([declared]) => declared === key)) ? name : undefined;
  }
}

/** Where it lists values, they are strings like any other. */
function hasPlainValues(node: Keywords): boolean {
  const values = [...("const" in node ? [node["const"]] : []), ...((node["enum"] as unknown[] | undefined) ?? [])];
  return values.every((value) => typeof value === "string");
}
