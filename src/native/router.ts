// A router of the core: patterns to numbers, and paths to those and to what is in the place of their params.

import { MisuseError } from "../errors.ts";
import { paramsMax, routersMax, Status, slackBytes } from "./abi.ts";
import { type Bytes, bytesOf } from "./bytes.ts";
import { type Kit, kit } from "./kit.ts";
import { routeError } from "./route-error.ts";
import { check } from "./status.ts";

/** No router has it. */
const closed = 0;
/** No method has it: it stands for all. */
export const allMethods = 255;

const pathAt = paramsMax * 8;
/** Longer paths get memory of their own. */
const pathBytesKept = 16 * 1024;

/** Params and path on their way to a call and back: one piece for all routers, because each call is over before the next. */
class Room {
  readonly bytes: Bytes;
  readonly words: Uint32Array;

  constructor(pathBytesMax: number) {
    const memory = new ArrayBuffer(pathAt + pathBytesMax + slackBytes);
    this.bytes = bytesOf(memory);
    this.words = new Uint32Array(memory, 0, paramsMax * 2);
  }
}

const kept = new Room(pathBytesKept);

export class NativeRouter {
  private readonly kit: Kit = kit();
  private handle: number;
  /** Where the last path was looked at, and how many bytes it had there. */
  private room: Room = kept;
  private size = 0;

  constructor() {
    const { call, pointer, forgotten } = this.kit;
    const opened = new Uint32Array(1);
    const status = call.fa_router_open(pointer, opened);
    if (status === Status.routesTooMany) {
      throw new MisuseError("ROUTERS_TOO_MANY", `${routersMax} routers are open; close() those that are done`);
    }
    check(status, "Making a router");
    const handle = opened[0]!;
    this.handle = handle;
    forgotten.register(this, () => call.fa_router_close(pointer, handle), this);
  }

  close(): void {
    if (this.handle === closed) return;
    this.kit.forgotten.unregister(this);
    this.kit.call.fa_router_close(this.kit.pointer, this.handle);
    this.handle = closed;
  }

  /** Throws `RouteError` where the pattern can't be one; `name` is what it is called there. */
  add(method: number, pattern: string, value: number, name: string): void {
    const bytes = Buffer.from(`${pattern}\0`);
    const size = bytes.length - 1;
    const status = this.kit.call.fa_router_add(this.kit.pointer, this.handle, method, bytes, size, value);
    if (status === Status.staleHandle) refuseClosed();
    if (status !== Status.ok) throw routeError(status, name, pattern);
  }

  /** What was added is found from now on. */
  commit(): void {
    const clash = new Uint32Array(2);
    const status = this.kit.call.fa_router_commit(this.kit.pointer, this.handle, clash);
    if (status === Status.staleHandle) refuseClosed();
    check(status, "Building a router");
  }

  /** The number of the route, -1 without one. */
  find(method: number, path: string): number {
    const size = this.write(path);
    const found = this.kit.call.fa_router_find(this.kit.pointer, this.handle, method, this.room.bytes, size);
    if (found === -2) refuseClosed();
    return found;
  }

  /** Of the path that was found last, not decoded. */
  param(path: string, index: number): string {
    const { bytes, words } = this.room;
    const from = words[index * 2]!;
    const to = from + words[index * 2 + 1]!;
    // ASCII has the same places in both, and a part of a string is made in a third of the time.
    return this.size === path.length ? path.slice(from, to) : bytes.utf8Slice(pathAt + from, pathAt + to);
  }

  /** A bit for each method. */
  allowed(path: string): number {
    const size = this.write(path);
    const found = this.kit.call.fa_router_allowed(this.kit.pointer, this.handle, this.room.bytes, size);
    if (found === -2) refuseClosed();
    return found;
  }

  private write(path: string): number {
    const sizeMax = path.length * 3;
    this.room = sizeMax <= pathBytesKept ? kept : new Room(sizeMax);
    this.size = path.length === 0 ? 0 : this.room.bytes.utf8Write(path, pathAt, sizeMax);
    return this.size;
  }
}

function refuseClosed(): never {
  throw new MisuseError("CLOSED", "This Router was closed");
}
