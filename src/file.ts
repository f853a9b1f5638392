// Files as answers: type, length, validators, conditional and range requests (RFC 9110, sections 13 and 14).

import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { Context } from "./context.ts";
import { HttpError } from "./errors.ts";
import { ContentType, Method } from "./native/abi.ts";
import type { Exchange } from "./native/exchange.ts";
import { ofStream, type Source } from "./source.ts";
import type { StreamHead } from "./streaming.ts";

type File = ReturnType<typeof Bun.file>;

/** What `Bun.file` returns: neither a `Blob` in memory nor something in a bucket. */
export function isFile(blob: Blob): blob is File {
  if ("presign" in blob) return false;
  return typeof (blob as Partial<File>).stat === "function" && typeof (blob as Partial<File>).name === "string";
}

export interface FileAnswer {
  head: StreamHead & { bytes: number };
  /** All of it, if that is little; else where to read it from. */
  body: Uint8Array | Source;
}

/** Up to this a file is read at once: to have another thread read it would cost several times as much. */
const smallBytesMax = 64 * 1024;

/** 404 where there is no such file. */
export function fileAnswer(exchange: Exchange, context: Context, file: File): FileAnswer {
  const stat = typeof file.name === "string" ? statSync(file.name, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined || !stat.isFile()) throw new HttpError(404);
  const modified = new Date(Math.floor(stat.mtimeMs / 1000) * 1000);
  const etag = `"${stat.size.toString(36)}-${Math.floor(stat.mtimeMs * 1000).toString(36)}"`;
  const headers: [string, string][] = [
    ["content-type", file.type],
    ["last-modified", modified.toUTCString()],
    ["etag", etag],
    ["accept-ranges", "bytes"],
  ];
  const status = Context.replyOf(context)?.status || 200;
  const isPlain = status === 200 && (exchange.method === Method.get || exchange.method === Method.head);
  const verdict = isPlain ? judge(exchange, etag, modified, stat.size) : "whole";
  if (verdict === "failed") throw new HttpError(412, "The file has changed");
  if (verdict === "same") return { head: headOf(304, headers.slice(1), 0), body: nothing };
  if (verdict === "unsatisfiable") {
    throw new HttpError(416, undefined, { headers: { "content-range": `bytes */${stat.size}` } });
  }
  if (verdict === "whole") return { head: headOf(0, headers, stat.size), body: bodyOf(exchange, file, 0, stat.size) };
  const { start, end } = verdict;
  headers.push(["content-range", `bytes ${start}-${end - 1}/${stat.size}`]);
  return { head: headOf(206, headers, end - start), body: bodyOf(exchange, file, start, end) };
}

function headOf(status: number, headers: StreamHead["headers"], bytes: number): FileAnswer["head"] {
  return { status, headers, contentType: ContentType.other, bytes };
}

const nothing = new Uint8Array(0);

function bodyOf(exchange: Exchange, file: File, start: number, end: number): Uint8Array | Source {
  const isRead = exchange.method !== Method.head && end - start <= smallBytesMax;
  return isRead ? readNow(file.name!, start, end) : ofStream(file.slice(start, end).stream());
}

/** What is missing, because the file has become shorter, is an error: its length is in the head. */
function readNow(path: string, start: number, end: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(end - start);
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, bytes.length - at, start + at);
      if (count === 0) throw new Error(`${path} has become shorter`);
      at += count;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

type Verdict = "whole" | "same" | "failed" | "unsatisfiable" | { start: number; end: number };

/** In the order of RFC 9110, section 13.2.2. */
function judge(exchange: Exchange, etag: string, modified: Date, size: number): Verdict {
  const match = exchange.header("if-match");
  const unmodified = dateOf(exchange.header("if-unmodified-since"));
  if (match !== null ? !lists(match, etag) : unmodified !== undefined && modified > unmodified) return "failed";
  const noneMatch = exchange.header("if-none-match");
  const since = dateOf(exchange.header("if-modified-since"));
  if (noneMatch !== null ? lists(noneMatch, etag) : since !== undefined && modified <= since) return "same";
  const range = exchange.header("range");
  const condition = exchange.header("if-range");
  if (range === null || exchange.method !== Method.get) return "whole";
  if (condition !== null && condition !== etag && dateOf(condition)?.getTime() !== modified.getTime()) return "whole";
  return rangeOf(range, size);
}

function lists(header: string, etag: string): boolean {
  return header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

function dateOf(header: string | null): Date | undefined {
  if (header === null) return undefined;
  const date = new Date(header);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** One range of bytes; what is malformed, or several, is as if it weren't there. */
function rangeOf(header: string, size: number): Verdict {
  const [, first = "", last = ""] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header) ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? "unsatisfiable" : { start: size - suffix, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return "whole";
  return start >= size ? "unsatisfiable" : { start, end };
}
