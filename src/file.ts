// Files as answers: type, length, validators, conditional and range requests (RFC 9110, sections 13 and 14).

import { Context } from "./context.ts";
import { HttpError } from "./errors.ts";
import { ContentType, Method } from "./native/abi.ts";
import type { Exchange } from "./native/exchange.ts";
import { ofStream } from "./source.ts";
import { type Respondent, type StreamHead, sendStream } from "./streaming.ts";

type File = ReturnType<typeof Bun.file>;

/** What `Bun.file` returns, not a `Blob` in memory. */
export function isFile(blob: Blob): blob is File {
  return typeof (blob as Partial<File>).stat === "function" && typeof (blob as Partial<File>).name === "string";
}

/** 404 where there is no such file. */
export async function respondFile(
  exchange: Exchange,
  context: Context,
  file: File,
  respondent: Respondent,
): Promise<unknown> {
  const stat = await file.stat().catch(() => undefined);
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
  if (verdict === "same") {
    return await sendStream(exchange, context, nothing, headOf(304, headers.slice(1), 0), respondent);
  }
  if (verdict === "unsatisfiable") {
    throw new HttpError(416, undefined, { headers: { "content-range": `bytes */${stat.size}` } });
  }
  if (verdict === "whole") {
    const source = stat.size === 0 ? nothing : ofStream(file.stream());
    return await sendStream(exchange, context, source, headOf(0, headers, stat.size), respondent);
  }
  const { start, end } = verdict;
  headers.push(["content-range", `bytes ${start}-${end - 1}/${stat.size}`]);
  const part = ofStream(file.slice(start, end).stream());
  return await sendStream(exchange, context, part, headOf(206, headers, end - start), respondent);
}

function headOf(status: number, headers: StreamHead["headers"], bytes: number): StreamHead {
  return { status, headers, contentType: ContentType.other, bytes };
}

const nothing = { next: () => ({ done: true, value: undefined }) as const, cancel: () => undefined };

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
