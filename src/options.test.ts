import { expect, test } from "bun:test";
import { type AppOptions, settingsOf } from "./options.ts";

test("defaults", () => {
  expect(settingsOf()).toEqual({
    limits: {
      targetBytes: 8_192,
      headBytes: 16_384,
      headers: 100,
      bodyBytes: 10_485_760,
      chunkExtraBytes: 4_096,
      pipelined: 64,
      connections: 65_536,
      bufferedBytes: 268_435_456,
      formFields: 1_000,
      formFiles: 100,
      formFieldBytes: 1_048_576,
      formFileBytes: 2 ** 40,
    },
    timeouts: { headMs: 30_000, bodyMs: 30_000, idleMs: 60_000, writeMs: 60_000, handlerMs: 0 },
    spinUs: -1,
    openapi: undefined,
    development: true,
  });
});

test("one value leaves the others as they are", () => {
  const settings = settingsOf({ limits: { headers: 5 }, timeouts: { idleMs: 1 }, spinUs: 0, development: false });
  expect([settings.limits.headers, settings.limits.pipelined]).toEqual([5, 64]);
  expect([settings.timeouts.idleMs, settings.timeouts.headMs]).toEqual([1, 30_000]);
  expect([settings.spinUs, settings.development]).toEqual([0, false]);
});

test("what doesn't exist is named, with what does", () => {
  const wrong: [unknown, string][] = [
    [{ limit: {} }, 'There is no option "limit"; there are limits, timeouts, spinUs, openapi, development'],
    [{ limits: { bodybytes: 1 } }, 'There is no option of limits "bodybytes"'],
    [{ timeouts: { head: 1 } }, 'There is no option of timeouts "head"'],
  ];
  for (const [options, message] of wrong) expect(() => settingsOf(options as AppOptions)).toThrow(message);
});

test("what is no object, or no boolean", () => {
  const wrong: [unknown, string][] = [
    [5, "The options of an App are an object, not number"],
    [null, "The options of an App are an object, not null"],
    [[], "The options of an App are an object, not an array"],
    [{ limits: 5 }, "limits is an object, not number"],
    [{ timeouts: null }, "timeouts is an object, not null"],
    [{ development: "yes" }, "development is a boolean, not string"],
  ];
  for (const [options, message] of wrong) expect(() => settingsOf(options as AppOptions)).toThrow(message);
});

test("values out of range", () => {
  const wrong: AppOptions[] = [
    { limits: { headers: 0 } },
    { limits: { headers: 1025 } },
    { limits: { bodyBytes: 1.5 } },
    { limits: { formFields: -1 } },
    { limits: { formFieldBytes: 2 ** 30 + 1 } },
    { limits: { bodyBytes: "1" as unknown as number } },
    { limits: { headBytes: Number.POSITIVE_INFINITY } },
    { timeouts: { headMs: 0 } },
    { timeouts: { handlerMs: 2 ** 31 } },
    { spinUs: -1 },
  ];
  for (const options of wrong) expect(() => settingsOf(options)).toThrow(RangeError);
});
