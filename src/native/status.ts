// What a failed call of the core becomes in TypeScript.

import { FasterApiError, ListenError } from "../errors.ts";
import { Status } from "./abi.ts";

const names = new Map<number, string>(Object.entries(Status).map(([name, value]) => [value, name]));

const systemCodes: Record<number, string> = {
  [Status.addressInUse]: "EADDRINUSE",
  [Status.addressUnavailable]: "EADDRNOTAVAIL",
  [Status.hostUnknown]: "ENOTFOUND",
  [Status.permissionDenied]: "EACCES",
  [Status.pathInvalid]: "ENOENT",
  [Status.descriptorsExhausted]: "EMFILE",
  [Status.systemFailed]: "EIO",
};

const listenReasons: Record<number, string> = {
  [Status.addressInUse]: "the address is in use",
  [Status.addressUnavailable]: "this machine doesn't have that address",
  [Status.hostUnknown]: "the host is unknown",
  [Status.permissionDenied]: "permission denied",
  [Status.pathInvalid]: "the folder of the path doesn't exist",
  [Status.descriptorsExhausted]: "no file descriptors are left",
  [Status.systemFailed]: "the system refused",
};

/** `ADDRESS_IN_USE` for `addressInUse`. */
export function codeOf(status: number): string {
  return (names.get(status) ?? `STATUS_${status}`).replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function check(status: number, doing: string): void {
  if (status === Status.ok) return;
  const code = systemCodes[status] ?? codeOf(status);
  throw new FasterApiError(code, `${doing} failed: ${listenReasons[status] ?? codeOf(status)}`);
}

const portAdvice: Record<number, string> = {
  [Status.addressInUse]:
    "; end the program that listens there, or take another port: listen({ port: … }), PORT=…, or 0 for one that is free",
  [Status.addressUnavailable]: "; 0.0.0.0 stands for all that it has",
  [Status.permissionDenied]: "; ports below 1024 may need more rights",
};

const socketAdvice: Record<number, string> = {
  [Status.addressInUse]: "; a server listens at this path, or a file that is no socket is there",
};

/** What a socket's address has room for, and a NUL. */
const socketPathBytesMax = process.platform === "linux" ? 107 : 103;

export function checkListen(status: number, where: string, isSocket: boolean): void {
  if (status === Status.ok) return;
  const code = systemCodes[status] ?? codeOf(status);
  const advice = (isSocket ? socketAdvice : portAdvice)[status] ?? "";
  const bytes = Buffer.byteLength(where);
  const isLong = status === Status.pathInvalid && bytes > socketPathBytesMax;
  const long = `the path has ${bytes} bytes, and that of a unix socket at most ${socketPathBytesMax}`;
  const reason = isLong ? long : (listenReasons[status] ?? codeOf(status));
  throw new ListenError(code, `Can't listen on ${where}: ${reason} (${code})${advice}`);
}
