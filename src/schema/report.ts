// What a validation finds, over all parts of a request: where it is now, and what was wrong on the way.

import type { ValidationFailure } from "../errors.ts";
import { described, shown } from "./shown.ts";

/** More than these tell nobody anything. */
export const failuresMax = 32;

export type Loc = (string | number)[];

export class Report {
  readonly failures: ValidationFailure[] = [];
  /** Where the check is: it puts a key here when it goes down, and takes it away when it comes back. */
  readonly path: Loc;
  /** What failed, noted or not. */
  count = 0;
  #probes = 0;
  #countBefore = 0;
  #secrets = 0;

  constructor(path: Loc = []) {
    this.path = path;
  }

  /** It is asked only whether something is wrong, not what. */
  get isProbing(): boolean {
    return this.#probes > 0;
  }

  /** Nothing that is found from now on would change anything. */
  get isDone(): boolean {
    return this.#probes > 0 ? this.count > this.#countBefore : this.failures.length >= failuresMax;
  }

  fail(type: string, msg: string, value: unknown, isSecret = false): void {
    this.count++;
    if (this.#probes > 0 || this.failures.length >= failuresMax) return;
    const failure: ValidationFailure = { loc: [...this.path], msg, type };
    const input = this.#shown(value, isSecret);
    if (input !== undefined) failure.input = input;
    this.failures.push(failure);
  }

  missing(name: string, msg = "Field required", type = "missing"): void {
    this.path.push(name);
    this.fail(type, msg, undefined);
    this.path.pop();
  }

  /** As one that was found elsewhere says. */
  add(failure: ValidationFailure): void {
    this.count++;
    if (this.failures.length < failuresMax) this.failures.push(failure);
  }

  /** Whether `check` finds nothing; what it finds is not noted. */
  passes(check: (report: Report) => void): boolean {
    const { count } = this;
    const before = this.#countBefore;
    this.#countBefore = count;
    this.#probes++;
    check(this);
    this.#probes--;
    this.#countBefore = before;
    const isFine = this.count === count;
    this.count = count;
    return isFine;
  }

  /** What is found meanwhile is said without its value. */
  secretly(check: (report: Report) => void): void {
    this.#secrets++;
    check(this);
    this.#secrets--;
  }

  #shown(value: unknown, isSecret: boolean): unknown {
    if (this.#secrets > 0) return undefined;
    if (!isSecret) return shown(value);
    return typeof value === "object" && value !== null ? described(value) : undefined;
  }
}
