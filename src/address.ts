// Where a server listens, from what `listen` was told.

import { resolve } from "node:path";
import { describe } from "./describe.ts";
import { refuseUnknown } from "./given.ts";
import type { Address } from "./native/server.ts";

export interface ListenOptions {
  /** 0 picks one. Default: the environment variable PORT, else 3000. */
  port?: number;
  /** Default: 0.0.0.0, all of this machine's IPv4 addresses. */
  hostname?: string;
  /** The path of a unix socket, in the place of port and hostname. */
  unix?: string;
  /** Others may bind the same port; the system spreads the connections. */
  reusePort?: boolean;
}

export function addressOf(options: ListenOptions): Address {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`listen takes an object like { port: 3000 }, not ${JSON.stringify(options)}`);
  }
  const { port, hostname, unix, reusePort = false, ...rest } = options;
  refuseUnknown("option of listen", rest, ["port", "hostname", "unix", "reusePort"]);
  if (unix !== undefined) {
    if (port !== undefined || hostname !== undefined) {
      throw new TypeError("listen takes a port and a hostname or the path of a unix socket, not both");
    }
    return { unix: wholePath(textOf("unix", unix)) };
  }
  if (typeof reusePort !== "boolean") throw new TypeError(`reusePort is a boolean, not ${describe(reusePort)}`);
  return { hostname: hostname === undefined ? "0.0.0.0" : hostOf(hostname), port: portOf(port), reusePort };
}

function portOf(port: unknown): number {
  if (port !== undefined && typeof port !== "number") {
    const instead = typeof port === "string" ? `: Number(${JSON.stringify(port)})` : "";
    throw new TypeError(`A port is a number, not ${describe(port)}${instead}`);
  }
  const number = port ?? Number(process.env.PORT || 3000);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  const what = port === undefined ? `; the environment's PORT is ${JSON.stringify(process.env.PORT)}` : `, not ${port}`;
  throw new RangeError(`A port is an integer from 0 to 65535${what}`);
}

function hostOf(hostname: unknown): string {
  const name = textOf("hostname", hostname);
  if (!name.includes("/")) return name;
  throw new TypeError(`hostname is a name or an address, like "127.0.0.1", and no URL like ${JSON.stringify(name)}`);
}

/** What a socket's address has room for, where that is least. */
const socketPathBytesMax = 103;

/** The file is to be found when the process has gone to another folder, too. Sockets have short names, though. */
function wholePath(path: string): string {
  const whole = resolve(path);
  return Buffer.byteLength(whole) <= socketPathBytesMax ? whole : path;
}

/** What the system takes as a name: it would end at a NUL. */
function textOf(option: string, value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${option} is a string, not ${describe(value)}`);
  if (value === "" || value.includes("\0")) throw new TypeError(`${option} can't be ${JSON.stringify(value)}`);
  return value;
}
