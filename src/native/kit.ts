// One per JavaScript heap: what is used of the core without a server. It starts nothing and keeps no process alive.

import type { Pointer } from "bun:ffi";
import { abiHash } from "./abi.ts";
import { type Bytes, bytesOf } from "./bytes.ts";
import { type Core, core } from "./library.ts";
import { check } from "./status.ts";

const scratchBytes = 64 * 1024;

export class Kit {
  readonly call: Core["call"];
  readonly pointer: Pointer;
  /** For text on its way to a call. */
  readonly scratch: Bytes = bytesOf(new ArrayBuffer(scratchBytes));
  /** For what a call has to say. */
  readonly answer: Bytes = bytesOf(new ArrayBuffer(scratchBytes));
  /** Frees what nobody has closed and nobody can reach any more. */
  readonly forgotten = new FinalizationRegistry<() => void>((free) => free());

  constructor({ call, ending }: Core) {
    const address = new BigUint64Array(1);
    check(call.fa_kit_open(address), "Starting the core");
    this.call = call;
    this.pointer = Number(address[0]) as Pointer;
    try {
      ending.keep(this.pointer);
    } catch (error) {
      call.fa_kit_close(this.pointer);
      throw error;
    }
  }
}

let own: Kit | undefined;

/**
 * The kit of this JavaScript heap, made when first asked for. It belongs to a library rather than to a copy of this package:
 * with `bun --hot` there are several, and what an earlier one has forgotten is to be freed too.
 */
export function kit(): Kit {
  own ??= shared();
  return own;
}

function shared(): Kit {
  const loaded = core();
  const layout = `${abiHash.toString(16)} ${Bun.hash(String(Kit)).toString(16)}`;
  const place = Symbol.for(`@fasterapi/bun/core ${layout} ${loaded.path}`);
  const heap = globalThis as { [place: symbol]: Kit | undefined };
  const found = heap[place] ?? new Kit(loaded);
  heap[place] = found;
  return found;
}
