// What came of what is inside of middleware, and the status that it will be sent with.

import { HttpError } from "./errors.ts";

/**
 * What each `next()` gave, the outermost first: a value, what was thrown at once, or a promise, which may be pending. Of
 * some there is none yet, or none any more.
 */
export type Outcomes = ({ readonly is: unknown } | undefined)[];

/** Something that was thrown, which need not be an error. */
export class Thrown {
  constructor(readonly error: unknown) {}
}

/** `said` is what was set, or 0. The outermost outcome that is known counts; of a file only its answer knows more. */
export function statusOf(outcomes: Outcomes, said: number): number {
  for (const outcome of outcomes) {
    if (outcome !== undefined && !isPending(outcome.is)) return statusFor(outcome.is, said);
  }
  return said || 200;
}

/** Those that are still to come: the others are of no account once somebody has said a status of his own. */
export function pendingOf(outcomes: Outcomes): Outcomes {
  return outcomes.map((outcome) => (outcome !== undefined && isPending(outcome.is) ? outcome : undefined));
}

function isPending(outcome: unknown): boolean {
  return outcome instanceof Promise && Bun.peek.status(outcome) === "pending";
}

function statusFor(outcome: unknown, said: number): number {
  if (outcome instanceof Promise) {
    const value = Bun.peek(outcome);
    return Bun.peek.status(outcome) === "rejected" ? statusOfError(value) : statusFor(value, said);
  }
  if (outcome === undefined) return said || 204;
  if (outcome instanceof Response) return outcome.status;
  if (outcome instanceof Thrown) return statusOfError(outcome.error);
  if (outcome instanceof Error) return statusOfError(outcome);
  return said || 200;
}

function statusOfError(error: unknown): number {
  return error instanceof HttpError ? error.status : 500;
}
