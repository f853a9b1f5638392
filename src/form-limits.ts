// How much a form may hold; what is above is a 413 before anything of it is built.

import { HttpError } from "./errors.ts";

export interface FormLimits {
  /** Fields of a form, files not counted; above: 413. At most 1,000,000. */
  formFields: number;
  /** Files of a form, those left empty too; above: 413. At most 1,000,000. */
  formFiles: number;
  /** Of a field's name and value, decoded; above: 413. At most 1 GiB. */
  formFieldBytes: number;
  /** Of a file's content; above: 413. By default nothing but `bodyBytes` bounds it. */
  formFileBytes: number;
}

/** Counts what a form turns out to hold. */
export class FormMeter {
  readonly #limits: FormLimits;
  #fields = 0;
  #files = 0;

  constructor(limits: FormLimits) {
    this.#limits = limits;
  }

  field(bytes: number): void {
    const { formFields, formFieldBytes } = this.#limits;
    if (++this.#fields > formFields) tooMuch("has too many fields", "formFields", formFields);
    if (bytes > formFieldBytes) tooMuch("has a field that is too large", "formFieldBytes", formFieldBytes);
  }

  file(bytes: number): void {
    const { formFiles, formFileBytes } = this.#limits;
    if (++this.#files > formFiles) tooMuch("has too many files", "formFiles", formFiles);
    if (bytes > formFileBytes) tooMuch("has a file that is too large", "formFileBytes", formFileBytes);
  }
}

function tooMuch(what: string, limit: keyof FormLimits, value: number): never {
  throw new HttpError(413, `The form ${what}: limits.${limit} is ${value}`);
}
