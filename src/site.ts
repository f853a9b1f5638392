// Where in an application something was written, for messages that come later.

import { relative } from "node:path";

/** Of a stack, taking it is quick and reading it slow: it is read only when there is something to say. */
const sites = new WeakMap<object, Error>();
const said = new WeakMap<object, string>();

/** To be called from app.ts, by what is called from the application. */
export function remember(written: object): void {
  sites.set(written, new Error());
}

/** For what the framework writes itself. */
export function rememberAs(written: object, place: string): void {
  said.set(written, place);
}

/** ` (written at app.ts:12)`, to stand behind a name; empty when nobody knows. */
export function placeOf(written: object): string {
  const own = said.get(written);
  if (own !== undefined) return own;
  const line = lineOf(written);
  return line === undefined ? "" : ` (written at ${line})`;
}

/** `app.ts:12` */
export function lineOf(written: object): string | undefined {
  const frames = sites.get(written)?.stack?.split("\n") ?? [];
  for (const frame of frames) {
    const [, file, line] = /(?:\(|at )(\/.*):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (file === undefined || file === import.meta.path || file === `${import.meta.dir}/app.ts`) continue;
    const short = relative(process.cwd(), file);
    return `${short.startsWith("..") ? file : short}:${line}`;
  }
  return undefined;
}
