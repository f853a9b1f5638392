// Members of objects by names that a client may choose: `__proto__` and `constructor` are names like any other.

import { isObject } from "../given.ts";
import { Fields } from "../text.ts";

export type Members = Record<string, unknown>;

/** Its own, never what its prototype has by that name; an `undefined` is none, as in JSON. */
export function member(object: Members, name: string): unknown {
  const value = object[name];
  return value !== undefined && name in Object.prototype && !Object.hasOwn(object, name) ? undefined : value;
}

export function isMembers(value: unknown): value is Members {
  return isObject(value) && !(value instanceof Blob);
}

/** A copy that looks as its original does to whoever asks for a name that it doesn't have. */
export function copied(object: Members): Members {
  return Object.getPrototypeOf(object) === Fields.prototype ? Object.assign(new Fields(), object) : { ...object };
}

export function put(object: Members, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}
