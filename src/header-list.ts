// Headers of an answer, in the form that the core takes them: `name NUL value NUL` again and again.

import { answerHeaderBytesMax } from "./native/abi.ts";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const outerSpace = /^[\t ]+|[\t ]+$/g;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export class HeaderList {
  private readonly names: string[] = [];
  private readonly lines: string[] = [];

  /** Takes the place of all of this name. Throws `TypeError` for what would split a header. */
  set(name: string, value: string): void {
    const line = lineOf(name, value);
    this.delete(name);
    this.names.push(name.toLowerCase());
    this.lines.push(line);
  }

  append(name: string, value: string): void {
    const line = lineOf(name, value);
    this.names.push(name.toLowerCase());
    this.lines.push(line);
  }

  has(name: string): boolean {
    return this.names.includes(name.toLowerCase());
  }

  delete(name: string): void {
    const lower = name.toLowerCase();
    for (let i = this.names.indexOf(lower); i >= 0; i = this.names.indexOf(lower)) {
      this.names.splice(i, 1);
      this.lines.splice(i, 1);
    }
  }

  encode(): string {
    const text = this.lines.join("");
    if (text.length > answerHeaderBytesMax) {
      throw new RangeError(`The headers of an answer have at most ${answerHeaderBytesMax} bytes, not ${text.length}`);
    }
    return text;
  }
}

function lineOf(name: string, value: string): string {
  if (!token.test(name)) throw new TypeError(`${JSON.stringify(name)} is no header name`);
  const text = value.replace(outerSpace, "");
  if (!fieldValue.test(text)) {
    throw new TypeError(`The value of ${name} holds what can't be sent in a header: ${JSON.stringify(text)}`);
  }
  return `${name}\0${text}\0`;
}
