// Formats that the core checks: texts near the border of each, about which it and JavaScript agree.
import { expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { formatTest } from "../../src/schema/formats.ts";

const near: { [format: string]: string[] } = {
  uri: ["http://a.b/c?d#e", "a:", "http://u:p@[::1]:80/x", "urn:x:y", "http://[v1.x]/", "a://b:c", "x://@:/?#"],
  ipv6: ["::", "1::2", "::1.2.3.4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::"],
  ipv4: ["1.2.3.4", "255.0.0.10"],
  uuid: ["2eb8aa08-aa98-11ea-b4aa-73b441d16380"],
  email: [
    "a@b.org",
    '"a b"@c.d',
    "a.b@[1.2.3.4]",
    "a@[IPv6:::1]",
    '"\\""@x',
    "a@-b",
    "x@y.z-",
    `a@${"b.".repeat(127)}c`,
  ],
  date: ["2024-02-29", "1900-02-28"],
  time: ["23:59:60Z", "12:00:00.5+01:00", "00:59:60-23:00"],
  "date-time": ["2024-02-29T23:59:60Z", "2024-01-01t00:00:00.1-01:30", "2024-01-01T00:00:00Z[Europe/Paris]"],
};
const characters = [...'0129afgAZ:/.@[]?#%-+_~!"\\ v\né'];

/** `rounds` texts with up to three characters put in, changed or left out. */
function changed(texts: readonly string[], rounds: number): string[] {
  let state = 7;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: rounds }, () => {
    let text = texts[below(texts.length)]!;
    for (let left = below(4); left > 0; left--) {
      const at = below(text.length + 1);
      const put = below(3) === 0 ? "" : characters[below(characters.length)]!;
      text = text.slice(0, at) + put + text.slice(at + below(2));
    }
    return text;
  });
}

test.each(Object.keys(near))("%s", async (format) => {
  const app = new App({ development: false }).post("/", { body: { type: "string", format } }, () => "fine");
  const headers = { "content-type": "application/json" };
  let valid = 0;
  for (const text of [...near[format]!, ...changed(near[format]!, 600)]) {
    const isValid = formatTest(format)!(text);
    const { status } = await app.request("/", { method: "POST", headers, body: JSON.stringify(text) });
    expect([text, status]).toEqual([text, isValid ? 200 : 422]);
    valid += isValid ? 1 : 0;
  }
  expect(valid).toBeGreaterThan(50);
});
