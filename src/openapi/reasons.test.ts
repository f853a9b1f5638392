import { expect, test } from "bun:test";
import { STATUS_CODES } from "node:http";
import { reasons } from "../errors.ts";
import { reasonOf } from "./reasons.ts";

test("statuses are called as everywhere, those of errors as the framework calls them", () => {
  for (const [status, text] of Object.entries(STATUS_CODES)) {
    const code = Number(status);
    if (code >= 200) expect([status, reasonOf(code)]).toEqual([status, reasons.get(code) ?? text!]);
  }
  expect(reasonOf(299)).toBe("Status 299");
});
