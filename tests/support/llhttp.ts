// Reads test cases of llhttp: Markdown with a request and the events that its parser reports for it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const folder = join(import.meta.dir, "../../../shared/vectors/llhttp/test/request");

export const hasVectors = existsSync(folder);

export interface Message {
  method: string;
  target: string;
  /** `[name, value]`, without the white space around values. */
  headers: [string, string][];
  version: string;
  /** Where the headers begin, when the request line is whole. */
  headersAt: number | undefined;
  hasHead: boolean;
  body: string;
  isComplete: boolean;
}

export interface Case {
  /** `file: heading`, with a number behind it where that is not one of a kind. */
  name: string;
  /** What the request is for, `request` alone for what is neither lenient nor about the end of input. */
  type: string;
  input: Buffer;
  messages: Message[];
  /** llhttp's reason to stop. */
  error: string | undefined;
}

/** None when the folder is absent. */
export function readCases(): Case[] {
  if (!hasVectors) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".md"));
  const cases = files.sort().flatMap((name) => readFile(join(folder, name)));
  const seen = new Map<string, number>();
  for (const one of cases) {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    if (count > 1) one.name += ` (${count})`;
  }
  return cases;
}

function readFile(path: string): Case[] {
  const text = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  const pattern =
    /^(#{1,4} .*)$|^<!--\s*meta=(\{.*\})\s*-->\s*^```http\n([\s\S]*?)^```[\s\S]*?^```log\n([\s\S]*?)^```/gm;
  const cases: Case[] = [];
  let heading = "";
  for (const [, title, meta, http, log] of text.matchAll(pattern)) {
    if (title !== undefined) {
      heading = title.replace(/^#+ /, "");
      continue;
    }
    const { type } = JSON.parse(meta!) as { type: string };
    const input = bytesOf(http!);
    const name = `${basename(path, ".md")}: ${heading}`;
    cases.push({ name, type, input, ...readLog(name, log!, input) });
  }
  return cases;
}

/** The same steps, in the same order, as llhttp's own runner. */
function bytesOf(text: string): Buffer {
  const code = (digits: string, base: number) => String.fromCharCode(Number.parseInt(digits, base));
  const input = text
    .replace(/\n$/, "")
    .replace(/\\\n/g, "")
    .replaceAll("\n", "\r\n")
    .replaceAll("\\r", "\r")
    .replaceAll("\\n", "\n")
    .replaceAll("\\t", "\t")
    .replaceAll("\\f", "\f")
    .replace(/\\x([0-9a-fA-F]+)/g, (_, digits: string) => code(digits, 16))
    .replace(/\\([0-7]{1,3})/g, (_, digits: string) => code(digits, 8));
  return Buffer.from(input);
}

function readLog(name: string, log: string, input: Buffer): Pick<Case, "messages" | "error"> {
  const messages: Message[] = [];
  let error: string | undefined;
  let last: Message | undefined;
  for (const line of log.trim().split("\n")) {
    const [, at, what] = /^off=(\d+|NULL) (.*)$/.exec(line) ?? [];
    if (what === undefined) throw new Error(`${name}: this is no event: ${line}`);
    const [, length, kind, said] = /^len=(\d+) span\[(\w+)\]=(.*)$/.exec(what) ?? [];
    if (what === "message begin") {
      last = emptyMessage();
      messages.push(last);
    } else if (kind !== undefined) {
      const bytes = input.subarray(Number(at), Number(at) + Number(length));
      // When this holds the input is what llhttp saw, byte for byte.
      if (shown(bytes) !== said) throw new Error(`${name}: ${said} is not at ${at}, but ${shown(bytes)}`);
      take(last!, kind, bytes.toString("latin1"));
    } else if (what === "version complete") {
      last!.headersAt = Number(at) + 2;
    } else if (what.startsWith("headers complete")) {
      last!.hasHead = true;
    } else if (what === "message complete") {
      last!.isComplete = true;
    } else if (what.startsWith("error ")) {
      error = /reason="(.*)"$/.exec(what)![1]!;
    }
  }
  return { messages, error };
}

function emptyMessage(): Message {
  const texts = { method: "", target: "", version: "", body: "" };
  return { ...texts, headers: [], headersAt: undefined, hasHead: false, isComplete: false };
}

function take(message: Message, kind: string, text: string): void {
  if (kind === "method" || kind === "version" || kind === "body") message[kind] += text;
  else if (kind === "url") message.target += text;
  // What comes behind the head are trailers.
  else if (message.hasHead) return;
  else if (kind === "header_field") message.headers.push([text, ""]);
  else if (kind === "header_value") message.headers.at(-1)![1] += text.replace(/[ \t]+$/, "");
}

/** As llhttp's log writes it. */
function shown(bytes: Buffer): string {
  const text = bytes.toString();
  if (text === "\r") return "cr";
  if (text === "\n") return "lf";
  return `"${text.replaceAll("\t", "\\t").replaceAll("\f", "\\f")}"`;
}
