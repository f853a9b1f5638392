// A program that is loaded to be looked at, as the command does: its listen() opens nothing.

import { dirname } from "node:path";

interface Inspection {
  /** The file that was loaded, in the place of the one that runs. */
  file: string;
  /** Hears of each application that would have listened. */
  onListen: (app: unknown) => void;
}

/** Of all copies of the package: the program may have another than the command. */
const place = Symbol.for("@fasterapi/bun/inspection");
const heap = globalThis as { [place]?: Inspection };

export function inspect(file: string, onListen: Inspection["onListen"]): void {
  heap[place] = { file, onListen };
}

/** Whether somebody only wants to look at `app`, and has it now. */
export function isInspected(app: object): boolean {
  heap[place]?.onListen(app);
  return heap[place] !== undefined;
}

/** Where the packages of the program are looked for. */
export function programFolder(): string {
  return dirname(heap[place]?.file ?? Bun.main);
}
