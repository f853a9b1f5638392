// The core's verdict on a JSON text.

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
