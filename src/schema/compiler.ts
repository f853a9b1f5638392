// A JSON Schema compiled once into functions: what checks a value, what fills in defaults, what makes values of strings.

import { compileCheck } from "./check.ts";
import { compileCoercion } from "./coerce.ts";
import { compileDefaults } from "./defaults.ts";
import type { Keywords, Node, Scope } from "./json-schema.ts";
import { Report } from "./report.ts";

/** Tells the report what is wrong. */
export type Check = (value: unknown, report: Report) => void;

/** Gives the value back, or a copy with what was changed in it: what it was given stays as it was. */
export type Change = (value: unknown) => unknown;

interface Slot<T> {
  made: T | undefined;
  isMade: boolean;
  /** Somebody needed it while it was being made, as with a schema that contains itself. */
  later: T;
}

export class Compiler {
  readonly #checks = new Map<Node, Slot<Check>>();
  readonly #defaults = new Map<Node, Slot<Change>>();
  readonly #coercions = new Map<Node, Slot<Change>>();
  readonly #mentionsSecrets: boolean;

  constructor(root: Node) {
    this.#mentionsSecrets = mentions(root, writeOnly);
  }

  /** Undefined where every value will do. */
  check(node: Node, scope: Scope): Check | undefined {
    return made(
      this.#checks,
      node,
      (slot) => (value, report) => slot.made?.(value, report),
      () => compileCheck(this, node, scope),
    );
  }

  /** Undefined where nothing has a default. */
  defaults(node: Node, scope: Scope): Change | undefined {
    return made(this.#defaults, node, later, () => compileDefaults(this, node, scope));
  }

  /** Undefined where strings are what is wanted. */
  coercion(node: Node, scope: Scope): Change | undefined {
    return made(this.#coercions, node, later, () => compileCoercion(this, node, scope));
  }

  /** Whether a value passes, with its defaults. */
  matcher(node: Node, scope: Scope): (value: unknown) => boolean {
    const check = this.check(node, scope);
    const fill = this.defaults(node, scope);
    return (value) => {
      const filled = fill === undefined ? value : fill(value);
      return check === undefined || new Report().passes((report) => check(filled, report));
    };
  }

  /** Whether something inside of what `schema` describes is not to be shown; where it refers to others, perhaps. */
  hasSecrets(schema: Keywords): boolean {
    return this.#mentionsSecrets && mentions(schema, /"(writeOnly":true|\$ref")/);
  }
}

const writeOnly = /"writeOnly":true/;

function mentions(node: Node, pattern: RegExp): boolean {
  try {
    return pattern.test(JSON.stringify(node));
  } catch {
    // What can't be read may hold anything.
    return true;
  }
}

const later =
  (slot: Slot<Change>): Change =>
  (value) =>
    slot.made === undefined ? value : slot.made(value);

function made<T>(slots: Map<Node, Slot<T>>, node: Node, defer: (slot: Slot<T>) => T, make: () => T | undefined) {
  const known = slots.get(node);
  if (known !== undefined) return known.isMade ? known.made : known.later;
  const slot = { made: undefined, isMade: false } as unknown as Slot<T>;
  slot.later = defer(slot);
  if (typeof node === "object") slots.set(node, slot);
  slot.made = make();
  slot.isMade = true;
  return slot.made;
}
