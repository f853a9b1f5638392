// The core's verdict on a JSON text, and what is said of one that is malformed.

import type { ValidationFailure } from "../errors.ts";
import { JsonFault } from "./abi.ts";

export interface Fault {
  /** In bytes. */
  offset: number;
  reason: string;
}

const reasons: { [number: number]: string } = {
  [JsonFault.endedEarly]: "Unexpected end of JSON",
  [JsonFault.syntax]: "Malformed JSON",
  [JsonFault.controlUnescaped]: "Unescaped control character",
  [JsonFault.escapeInvalid]: "Invalid escape",
  [JsonFault.utf8Invalid]: "Invalid UTF-8",
  [JsonFault.numberTooLarge]: "Number too large",
  [JsonFault.tooDeep]: "Nested too deeply",
  [JsonFault.bom]: "Unexpected byte order mark",
};

/** Of what `fa_json_check` returned: -1, or the offset shifted by four bits with a `JsonFault` below. */
export function jsonFault(verdict: number): Fault | undefined {
  if (verdict < 0) return undefined;
  return { offset: Math.floor(verdict / 16), reason: reasons[verdict % 16] ?? "Malformed JSON" };
}

/** `bytes` are those of the text, as far as the fault at least; `loc` leads to the text. */
export function faultFailure({ offset, reason }: Fault, bytes: Uint8Array, loc: readonly string[]): ValidationFailure {
  const text = bytes.subarray(0, offset);
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf(10); i >= 0; i = text.indexOf(10, i + 1)) {
    line++;
    lineStart = i + 1;
  }
  const column = Buffer.from(text.subarray(lineStart)).toString().length + 1;
  return { loc: [...loc, offset], msg: `${reason} at line ${line}, column ${column}`, type: "json_invalid" };
}
