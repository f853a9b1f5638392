// A JSON Schema compiled once into functions: what checks a value, what fills in defaults, what makes values of strings.

import { compileCheck } from "./check.ts";
import { compileCoercion } from "./coerce.ts";
import { compileDefaults } from "./defaults.ts";
import { type Marks, refuseEndless } from "./endless.ts";
import { fills } from "./filled.ts";
import type { Keywords, Node, Scope } from "./json-schema.ts";
import { PerScope } from "./per-scope.ts";
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
  readonly #checks: PerScope<Slot<Check>> = new PerScope();
  readonly #defaults: PerScope<Slot<Change>> = new PerScope();
  readonly #coercions: PerScope<Slot<Change>> = new PerScope();
  readonly #endless: Marks = new PerScope();
  readonly #mentionsSecrets: boolean;
  readonly #refers: boolean;

  constructor(root: Node) {
    this.#mentionsSecrets = mentions(root, /"writeOnly":true/);
    this.#refers = mentions(root, /"\$ref":/);
  }

  /** Undefined where every value will do. */
  check(node: Node, scope: Scope): Check | undefined {
    return made(
      this.#checks,
      node,
      scope,
      (slot) => (value, report) => slot.made?.(value, report),
      () => {
        refuseEndless(node, scope, this.#endless);
        return compileCheck(this, node, scope);
      },
    );
  }

  /** Undefined where nothing has a default. */
  defaults(node: Node, scope: Scope): Change | undefined {
    return made(this.#defaults, node, scope, later, () => {
      // A schema that contains itself needs its own before it is known whether there are any.
      return fills(node, scope) ? compileDefaults(this, node, scope) : undefined;
    });
  }

  /** Undefined where strings are what is wanted. */
  coercion(node: Node, scope: Scope): Change | undefined {
    return made(this.#coercions, node, scope, later, () => compileCoercion(this, node, scope));
  }

  /** Whether a value passes; asked again of the same one, it knows. */
  probe(check: Check): (value: unknown, report: Report) => boolean {
    const passes = (value: unknown, report: Report) => report.passes(() => check(value, report));
    return this.#refers ? remembering(passes) : passes;
  }

  /** The value with its defaults, where it fits then; else undefined. */
  fitting(node: Node, scope: Scope): (value: unknown) => { value: unknown } | undefined {
    const check = this.check(node, scope);
    const fill = this.defaults(node, scope);
    const fit = (value: unknown) => {
      const filled = fill === undefined ? value : fill(value);
      const isFine = check === undefined || new Report().passes((report) => check(filled, report));
      return isFine ? { value: filled } : undefined;
    };
    return this.#refers ? remembering(fit) : fit;
  }

  /** Whether a value passes, with its defaults. */
  matcher(node: Node, scope: Scope): (value: unknown) => boolean {
    const fit = this.fitting(node, scope);
    return (value) => fit(value) !== undefined;
  }

  /** Whether something inside of what `schema` describes is not to be shown; where it refers to others, perhaps. */
  hasSecrets(schema: Keywords): boolean {
    return this.#mentionsSecrets && mentions(schema, /"(writeOnly":true|\$ref")/);
  }
}

export function mentions(node: Node, pattern: RegExp): boolean {
  try {
    return pattern.test(JSON.stringify(node));
  } catch {
    // What can't be read may hold anything.
    return true;
  }
}

/**
 * In a schema that contains itself, branches that each ask about what is below would ask twice as often with every level
 * that a client adds: each value is asked about once.
 */
function remembering<Rest extends unknown[], T>(ask: (value: unknown, ...rest: Rest) => T): typeof ask {
  const answers = new WeakMap<object, { answer: T }>();
  return (value, ...rest) => {
    if (typeof value !== "object" || value === null) return ask(value, ...rest);
    let known = answers.get(value);
    if (known === undefined) {
      known = { answer: ask(value, ...rest) };
      answers.set(value, known);
    }
    return known.answer;
  };
}

const later =
  (slot: Slot<Change>): Change =>
  (value) =>
    slot.made === undefined ? value : slot.made(value);

function made<T>(
  slots: PerScope<Slot<T>>,
  node: Node,
  scope: Scope,
  defer: (slot: Slot<T>) => T,
  make: () => T | undefined,
): T | undefined {
  const known = slots.get(node, scope);
  if (known !== undefined) return known.isMade ? known.made : known.later;
  const slot = { made: undefined, isMade: false } as unknown as Slot<T>;
  slot.later = defer(slot);
  slots.set(node, scope, slot);
  slot.made = make();
  slot.isMade = true;
  return slot.made;
}
