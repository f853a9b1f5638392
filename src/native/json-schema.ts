// A JSON Schema compiled by the core, and what it says of bytes.

import { FasterApiError, JsonSchemaError, MisuseError, type ValidationFailure } from "../errors.ts";
import { copiedJsonBytesMax, JsonVerdict, JsonSchemaOpened as Opened, Status, schemasMax } from "./abi.ts";
import { sizeOf } from "./bytes.ts";
import { faultFailure, jsonFault } from "./json.ts";
import { type Kit, kit } from "./kit.ts";
import { check, codeOf } from "./status.ts";

/** A pointer to nothing is none that a call takes. */
const nothing = new Uint8Array(1);

/** No schema has it. */
const closed = 0;

export class NativeSchema {
  private readonly kit: Kit = kit();
  private handle: number;

  /** Throws `JsonSchemaError`. */
  constructor(text: string) {
    const { call, pointer, forgotten } = this.kit;
    const bytes = Buffer.from(text);
    const opened = Buffer.alloc(Opened.bytes);
    checkOpened(call.fa_json_schema_open(pointer, bytes, bytes.length, opened), opened);
    const handle = opened.readUInt32LE(Opened.handle);
    this.handle = handle;
    forgotten.register(this, () => call.fa_json_schema_close(pointer, handle), this);
  }

  close(): void {
    if (this.handle === closed) return;
    this.kit.forgotten.unregister(this);
    this.kit.call.fa_json_schema_close(this.kit.pointer, this.handle);
    this.handle = closed;
  }

  isValid(bytes: Uint8Array, size: number): boolean {
    const { call, pointer } = this.kit;
    const verdict = call.fa_json_schema_check(pointer, this.handle, size === 0 ? nothing : own(bytes, size), size);
    if (verdict < 0) refuse(-verdict, size);
    return verdict === JsonVerdict.valid;
  }

  isValidText(text: string): boolean {
    const { scratch } = this.kit;
    if (text.length * 3 > scratch.length) {
      const bytes = Buffer.from(text);
      return this.isValid(bytes, bytes.length);
    }
    return this.isValid(scratch, text.length === 0 ? 0 : scratch.utf8Write(text, 0, scratch.length));
  }

  errors(given: Uint8Array): ValidationFailure[] {
    const { call, pointer, answer } = this.kit;
    const size = sizeOf(given);
    const bytes = size === 0 ? nothing : own(given, size);
    let said: Buffer = answer;
    let count = call.fa_json_schema_errors(pointer, this.handle, bytes, size, said, said.length);
    if (count > said.length) {
      said = Buffer.allocUnsafe(count);
      count = call.fa_json_schema_errors(pointer, this.handle, bytes, size, said, count);
    }
    if (count < 0) refuse(-count, size);
    if (count > 0) return JSON.parse(said.toString("utf8", 0, count));
    const fault = jsonFault(call.fa_json_check(bytes, 0, size));
    if (fault === undefined) throw new FasterApiError("SYSTEM_FAILED", "The core can't say what is wrong with a text");
    return [faultFailure(fault, bytes, [])];
  }
}

/** What another thread may change meanwhile is copied; the core does that itself where there is little. */
function own(bytes: Uint8Array, size: number): Uint8Array {
  return size > copiedJsonBytesMax && bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes;
}

const stackShort = "There is too little left of the stack, which a recursion has used up";

function checkOpened(status: number, opened: Buffer): void {
  if (status === Status.schemasTooMany) {
    throw new MisuseError(
      "SCHEMAS_TOO_MANY",
      `${schemasMax} instances of JsonSchema are open; close() those that are done`,
    );
  }
  if (status === Status.stackShort) throw new MisuseError(codeOf(status), stackShort);
  if (status !== Status.schemaInvalid && status !== Status.schemaUnsupported) {
    check(status, "Compiling a schema");
    return;
  }
  const pointerEnd = Opened.text + opened.readUInt32LE(Opened.pointerBytes);
  const pointer = opened.toString("utf8", Opened.text, pointerEnd);
  const reason = opened.toString("utf8", pointerEnd, pointerEnd + opened.readUInt32LE(Opened.reasonBytes));
  throw new JsonSchemaError(status === Status.schemaInvalid ? "SCHEMA_INVALID" : "SCHEMA_UNSUPPORTED", pointer, reason);
}

function refuse(status: number, size: number): never {
  const code = codeOf(status);
  if (status === Status.staleHandle) throw new MisuseError("CLOSED", "This JsonSchema was closed");
  if (status === Status.stackShort) throw new MisuseError(code, stackShort);
  if (status === Status.textTooLarge)
    throw new MisuseError(code, `A text of ${size} bytes is more than the core takes`);
  throw new FasterApiError(code, `Checking a text failed: ${code}`);
}
