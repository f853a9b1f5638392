import { describe, expect, test } from "bun:test";
import { HttpError } from "./errors.ts";
import { type FormEntry, formDataOf, formFieldsOf, parseForm } from "./form.ts";
import type { FormLimits } from "./form-limits.ts";

const wide: FormLimits = { formFields: 1_000, formFiles: 100, formFieldBytes: 2 ** 20, formFileBytes: 2 ** 40 };
const multipart = "multipart/form-data; boundary=XX";
const urlencoded = "application/x-www-form-urlencoded";

/** A character of the body is a byte. */
function parse(body: string, type = multipart, limits: Partial<FormLimits> = {}): FormEntry[] {
  return parseForm(Buffer.from(body, "latin1"), type, { ...wide, ...limits });
}

function failure(run: () => unknown): unknown[] {
  try {
    return ["none", run()];
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return [error.status, error.detail];
  }
}

type Told = [name: string, value: string | [fileName: string, type: string, content: string]];

async function tell(entries: Iterable<readonly [string, string | Blob]>): Promise<Told[]> {
  const told: Told[] = [];
  for (const [name, value] of entries) {
    if (typeof value === "string") told.push([name, value]);
    // Bun's own parser gives no name where the web's gives an empty one.
    else
      told.push([name, [(value as File).name ?? "", value.type, Buffer.from(await value.bytes()).toString("latin1")]]);
  }
  return told;
}

const part = (head: string, content = "x") => `--XX\r\n${head}\r\n\r\n${content}\r\n`;
const field = (parameters: string, content = "x") => part(`Content-Disposition: form-data; ${parameters}`, content);
const end = "--XX--\r\n";

describe("beside the web's own parser", () => {
  const file = (content: string | Uint8Array<ArrayBuffer>, name: string, type = "") =>
    new File([content], name, { type });
  const texts = [
    "",
    "x",
    "a b",
    "héé ü 𝄞",
    "a=b&c",
    "\0",
    "--XX",
    "\r\n\r\n",
    "%22%41",
    "\ufeffmark",
    "x".repeat(100_000),
  ];
  const names = ["a", "a b", "naïve 𝄞", "a;b=c", "a\\b", "a:b", "__proto__", "100%", "[]", "x".repeat(10_000)];
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
  const files = [
    file("abc", "a.txt", "text/plain"),
    file("abc", "picture.png", "image/png"),
    file("", "empty.bin"),
    file("x", "no ending"),
    file("x", "ünï 𝄞;=.json", "application/json"),
    file("x", "C:\\dir\\a.pdf", "application/pdf"),
    file(everyByte, "bytes.bin", "application/octet-stream"),
    file("--\r\n".repeat(1_000), "lines.csv", "text/csv"),
    file("\ufeffmark", "mark.html", "text/html"),
    file("x", ""),
    file("", ""),
  ];
  const forms: [what: string, entries: (readonly [string, string | File])[]][] = [
    ["nothing", []],
    ["one field", [["a", "1"]]],
    ["values", texts.map((text) => ["a", text])],
    ["names", names.map((name) => [name, "x"])],
    ["files", files.map((one) => ["file", one])],
    ["names of files", names.map((name) => ["file", file("x", name, "image/png")])],
    [
      "both, and again",
      [
        ["a", "1"],
        ["f", files[0]!],
        ["a", "2"],
        ["f", files[1]!],
        ["a", ""],
      ],
    ],
  ];

  test.each(forms)("%s", async (_, entries) => {
    const form = new FormData();
    for (const [name, value] of entries) form.append(name, value as string);
    const sent = new Response(form);
    const type = sent.headers.get("content-type")!;
    const bytes = await sent.bytes();
    const ours = await tell(parseForm(bytes, type, wide));
    const theirs = await new Response(bytes, { headers: { "content-type": type } }).formData();
    // Bun guesses the type of a file by its name.
    const withoutType = (told: Told[]) =>
      told.map(([name, value]) => [name, typeof value === "string" ? value : [value[0], value[2]]]);
    expect(withoutType(ours)).toEqual(withoutType(await tell(theirs as unknown as Iterable<[string, string]>)));
    const types = entries.flatMap(([, value]) => (typeof value === "string" ? [] : [value.type]));
    expect(ours.flatMap(([, value]) => (typeof value === "string" ? [] : [value[1]]))).toEqual(
      types.map((own) => own || "application/octet-stream"),
    );
  });

  test("quotes and line breaks in names, which Bun leaves encoded, and no name, which it drops, come out as they went in", async () => {
    const form = new FormData();
    form.append('a"b\r\nc', "x");
    form.append("", "y");
    form.append("f", file("x", 'q"\r\n.png', "image/png") as unknown as string);
    const sent = new Response(form);
    const type = sent.headers.get("content-type")!;
    expect(await tell(parseForm(await sent.bytes(), type, wide))).toEqual([
      ['a"b\r\nc', "x"],
      ["", "y"],
      ["f", ['q"\r\n.png', "image/png", "x"]],
    ]);
  });

  test("urlencoded bytes are decoded before they become text, as the URL standard has it and Bun does not", () => {
    expect(parse("a=\xc3%A9", urlencoded)).toEqual([["a", "é"]]);
  });

  const queries = [
    "",
    "a=1&b=2&a=3",
    "a&b=&=c&=&&d=1&",
    "a+b=c+d%2B%26%3d",
    "a=%zz&b=%&c=%4&d=%4g&%41%=1",
    "a=%C3%A9&b=%C3&c=%ff%fe&\xc3\xa9=\xc3\xa9\xff",
    "a=%EF%BB%BFx&b=\xef\xbb\xbfx&c=%00",
    "a=b=c&__proto__=1",
  ];
  test.each(queries)("urlencoded: %j", async (text) => {
    const body = Buffer.from(text, "latin1");
    const theirs = await new Response(body, { headers: { "content-type": urlencoded } }).formData();
    expect(parseForm(body, urlencoded, wide).map(([...entry]) => entry)).toEqual([
      ...(theirs as unknown as Iterable<[string, string]>),
    ]);
  });
});

describe("what browsers, curl and others do differently", () => {
  const one = field("name=a") + end;
  const content = "\r\n--XXY\r\n--XX--x\r\n--XX -";
  const bodies: [what: string, body: string, type?: string][] = [
    ["a quoted boundary", one, 'multipart/form-data; boundary="XX"'],
    ["other parameters", one, "Multipart/Form-Data ; charset=utf-8;BOUNDARY=XX;"],
    ["a boundary of signs", one.replaceAll("XX", "=_?:/ x"), 'multipart/form-data; boundary="=_?:/ x"'],
    ["the same without quotes", one.replaceAll("XX", "=_?:/x"), "multipart/form-data; boundary==_?:/x"],
    ["a long boundary", one.replaceAll("XX", "X".repeat(70)), `multipart/form-data; boundary=${"X".repeat(70)}`],
    ["a preamble", `for nobody\r\n${one}`],
    ["a preamble that begins like the boundary", `--XXY\r\n${one}`],
    ["an empty preamble", `\r\n${one}`],
    ["an epilogue", `${one}for nobody\r\n${one}`],
    ["no line break at the end", one.slice(0, -2)],
    ["padding", one.replaceAll("--XX\r\n", "--XX \t\r\n").replace("--XX--", "--XX-- ")],
    ["spaces", part("CONTENT-DISPOSITION:Form-Data ;NAME = a ; ") + end],
    ["a quoted name", field('name="a"') + end],
    ["filename*", field("name=a; filename*=utf-8''b%20c") + end],
    ["a field with a type", part("Content-Disposition: form-data; name=a\r\nContent-Type: image/png") + end],
    ["headers that nobody needs", part("X-Own: 1\r\nContent-Disposition: form-data; name=a\r\nY:") + end],
  ];
  test.each(bodies.map(([what, body, type = multipart]) => [what, body, type]))("%s", (_, body, type) => {
    expect(parse(body, type)).toEqual([["a", "x"]]);
  });

  const binary = "application/octet-stream";
  const parts: [what: string, body: string, expected: Told[]][] = [
    ["nothing but the end", "", []],
    ["content that looks like a boundary", field("name=a", content), [["a", content]]],
    ["no content", field("name=a", ""), [["a", ""]]],
    ["a head that ends where the boundary begins", field("name=a", "").slice(0, -2), [["a", ""]]],
    ["line breaks around content", field("name=a", "\r\n\r\nx\r\n"), [["a", "\r\n\r\nx\r\n"]]],
    ["bare line breaks in content", field("name=a", "\n--XX\n\r--XX--\r"), [["a", "\n--XX\n\r--XX--\r"]]],
    ["an empty name", field('name=""'), [["", "x"]]],
    ["percent-encoding, as much as browsers do", field('name="%22%0D%0a%41%"'), [['"\r\n%41%', "x"]]],
    ["backslashes", field('name="a\\"b\\\\c\\d"; filename="\\""'), [['a"b\\c\\d', ['"', binary, "x"]]]],
    ["a backslash at the end", field('name="a\\"'), [["a\\", "x"]]],
    ["UTF-8", field('name="\xc3\xa9"; filename="\xc3\xa9.x"'), [["é", ["é.x", binary, "x"]]]],
    ["no UTF-8", field('name="\xff"', "\xff"), [["\ufffd", "\ufffd"]]],
    ["both file names", field("name=a; filename=b; filename*=utf-8''c"), [["a", ["b", binary, "x"]]]],
    ["another order", field("filename=b; size=1; name=a"), [["a", ["b", binary, "x"]]]],
    ["an input without a file", field('name="a"; filename=""', ""), [["a", ["", binary, ""]]]],
    [
      "a type of a file",
      part("Content-Type: Image/PNG\r\nContent-Disposition: form-data; name=a; filename=b.txt"),
      [["a", ["b.txt", "image/png", "x"]]],
    ],
    [
      "an empty type",
      part("Content-Disposition: form-data; name=a; filename=b\r\nContent-Type:"),
      [["a", ["b", binary, "x"]]],
    ],
    [
      "_charset_",
      field("name=_charset_", "latin1") + field("name=a", "\xc3\xa9"),
      [
        ["_charset_", "latin1"],
        ["a", "é"],
      ],
    ],
  ];
  test.each(parts)("%s", async (_, body, expected) => {
    expect(await tell(parse(body + end))).toEqual(expected);
  });
});

describe("malformed", () => {
  const good = "Content-Disposition: form-data; name=a";
  const noName = "part 1 has no Content-Disposition of form-data with a name";
  const badDisposition = "the Content-Disposition of part 1 is malformed";
  const badBoundary = "the boundary is not 1 to 70 characters of ASCII";
  const cases: [why: string, body: string, type?: string][] = [
    ["Content-Type has no boundary", end, "multipart/form-data"],
    ["Content-Type has no boundary", end, "multipart/form-data; boundary"],
    ["Content-Type has no boundary", end, 'multipart/form-data; boundary="XX'],
    ["Content-Type has no boundary", end, "multipart/form-data; boundary=XX; boundary=XX"],
    [badBoundary, end, "multipart/form-data; boundary="],
    [badBoundary, end, 'multipart/form-data; boundary="XX "'],
    [badBoundary, end, 'multipart/form-data; boundary="X\xe9"'],
    [badBoundary, end, `multipart/form-data; boundary=${"X".repeat(71)}`],
    ["the last boundary is missing", ""],
    ["the last boundary is missing", "a=1"],
    ["the last boundary is missing", "--XX"],
    ["the last boundary is missing", "--XX-"],
    ["the last boundary is missing", field("name=a")],
    ["the last boundary is missing", `${field("name=a")}--XX\r`],
    ["the last boundary is missing", `${field("name=a")}--XX--x`],
    ["the last boundary is missing", (field("name=a") + end).replaceAll("\r\n", "\n")],
    ["the head of part 1 does not end within 16384 bytes", "--XX\r\n"],
    ["the head of part 1 does not end within 16384 bytes", `--XX\r\n${good}\r\n${end}`],
    [
      "the head of part 2 does not end within 16384 bytes",
      `${field("name=a")}${part(`X: ${"x".repeat(16_384)}`)}${end}`,
    ],
    ["a header of part 1 is malformed", part("") + end],
    ["a header of part 1 is malformed", part(`${good}\r\nno colon`) + end],
    ["a header of part 1 is malformed", part(`${good};\r\n filename=folded`) + end],
    ["a header of part 1 is malformed", part(`Content-Disposition : form-data; name=a`) + end],
    ["a header of part 1 is malformed", part(`${good}\r\nX: a\nb`) + end],
    ["a header of part 1 is malformed", part(`${good}\r\nX: a\0b`) + end],
    ["a header of part 1 is malformed", `--XX\r\n${good}\r\n--XX\r\n${good}\r\n\r\nx\r\n${end}`],
    ["part 1 has more than 10 headers", part(`${good}${"\r\nX: y".repeat(10)}`) + end],
    ["part 1 has two Content-Dispositions", part(`${good}\r\n${good}`) + end],
    ["part 1 has two Content-Types", part(`${good}\r\nContent-Type: a/b\r\nContent-Type: a/b`) + end],
    [noName, part("Content-Type: text/plain") + end],
    [noName, part("Content-Disposition: form-data") + end],
    [noName, part("Content-Disposition: attachment; name=a") + end],
    ["part 1 has no name", field("filename=a") + end],
    ["part 1 has no name", field("name*=utf-8''a") + end],
    [badDisposition, field('name="a') + end],
    [badDisposition, field('name="a"b') + end],
    [badDisposition, field("name=a b") + end],
    [badDisposition, field("name=a; name=b") + end],
    [badDisposition, field("name=a; filename=b; FILENAME=c") + end],
    [badDisposition, field("name=a; é=b") + end],
  ];
  test.each(cases.map(([why, body, type = multipart]) => [why, body, type]))("%s", (why, body, type) => {
    expect(failure(() => parse(body, type))).toEqual([400, `Malformed form: ${why}`]);
  });

  test("another type is a 415", () => {
    for (const type of ["text/plain", "multipart/mixed; boundary=XX", "", null]) {
      expect(failure(() => parseForm(new Uint8Array(), type, wide))[0]).toBe(415);
    }
  });
});

describe("limits", () => {
  const fields = (count: number) => field("name=a").repeat(count);
  const files = (count: number) => field("name=a; filename=b").repeat(count);
  const cases: [limits: Partial<FormLimits>, fits: string, not: string, detail: string, type?: string][] = [
    [{ formFields: 2 }, fields(2) + files(9), fields(3), "The form has too many fields: limits.formFields is 2"],
    [{ formFields: 0 }, files(1), fields(1), "The form has too many fields: limits.formFields is 0"],
    [{ formFiles: 2 }, files(2) + fields(9), files(3), "The form has too many files: limits.formFiles is 2"],
    [
      { formFieldBytes: 5 },
      field("name=ab", "cde") + field('name="\xc3\xa9"', "abc") + field("name=a; filename=b", "123456"),
      field("name=ab", "cdef"),
      "The form has a field that is too large: limits.formFieldBytes is 5",
    ],
    [
      { formFileBytes: 5 },
      field("name=a; filename=b", "12345") + field("name=a", "123456"),
      field("name=a; filename=b", "123456"),
      "The form has a file that is too large: limits.formFileBytes is 5",
    ],
    [{ formFields: 2 }, "&a&&b=1&", "a&b&c", "The form has too many fields: limits.formFields is 2", urlencoded],
    [
      { formFieldBytes: 3 },
      "a=bc&%41=%42+&abc=&%zz&=%C3%A9a",
      "a&%41=%42%43%44",
      "The form has a field that is too large: limits.formFieldBytes is 3",
      urlencoded,
    ],
  ];
  for (const [limits, fits, not, detail, type = multipart] of cases) {
    test(detail, () => {
      const last = type === multipart ? end : "";
      expect(parse(fits + last, type, limits).length).toBeGreaterThan(0);
      expect(failure(() => parse(not + last, type, limits))).toEqual([413, detail]);
    });
  }

  test("are kept before the end of a form is seen", () => {
    expect(failure(() => parse(`${fields(3)}--XX\r\nno head`, multipart, { formFields: 2 }))[0]).toBe(413);
  });
});

describe("as an object", () => {
  const fieldsOf = (text: string) => formFieldsOf(parse(text, urlencoded));

  test("an array where a name repeats", () => {
    expect({ ...fieldsOf("a=1&b=2&a=3&a=4") }).toEqual({ a: ["1", "3", "4"], b: "2" });
  });

  test("no name reaches a prototype", () => {
    const fields = fieldsOf("__proto__=1&constructor=2&__proto__=3");
    expect(Object.entries(fields)).toEqual([
      ["__proto__", ["1", "3"]],
      ["constructor", "2"],
    ]);
    expect(fieldsOf("a=1").toString).toBeUndefined();
  });

  test("files", async () => {
    const { a, f } = formFieldsOf(parse(field("name=a") + field('name=f; filename="b.png"', "\0\xff") + end));
    expect([a, f instanceof File]).toEqual(["x", true]);
    expect([...(await (f as File).bytes())]).toEqual([0, 255]);
  });
});

test("a FormData holds what was sent, in its order", async () => {
  const form = formDataOf(parse(field("name=b") + field('name=a; filename="n"', "y") + field("name=b", "z") + end));
  expect(await tell(form as unknown as Iterable<[string, string]>)).toEqual([
    ["b", "x"],
    ["a", ["n", "application/octet-stream", "y"]],
    ["b", "z"],
  ]);
});

test("content is a copy: what was parsed may change", async () => {
  const body = Buffer.from(field("name=a; filename=b") + end);
  const [[, file] = []] = parseForm(body, multipart, wide);
  body.fill(0);
  expect(await (file as File).text()).toBe("x");
});

describe("10 MB that look like something else are read in well under a second", () => {
  const bytes = 10_000_000;
  const boundary = "X".repeat(70);
  const type = `multipart/form-data; boundary=${boundary}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n`;
  const last = `\r\n--${boundary}--`;
  const cases: [what: string, unit: string, type: string, head?: string, last?: string][] = [
    ["boundaries that go on", `\r\n--${boundary}Y`, type, head, last],
    ["a preamble of them", `\r\n--${boundary}Y`, type],
    ["all but their end", `\r\n--${boundary.slice(1)}`, type, head, last],
    ["short boundaries that go on", "\r\n--XY", "multipart/form-data; boundary=X", head, last],
    ["last ones that go on", `\r\n--${boundary}--Y`, type, head, last],
    ["padding", " ", type, `${head}\r\n--${boundary}`, last],
    ["line breaks", "\r\n", type, head, last],
    ["a head", "X: y\r\n", type, `--${boundary}\r\n`],
    ["escapes in names", field(`name="${'\\"'.repeat(8_000)}"; x="${'\\"'}`), multipart],
    ["parts", field("name=a"), multipart],
    ["ampersands", "&", urlencoded],
    ["percents", "%", urlencoded],
    ["names", "a&", urlencoded],
  ];
  for (const [what, unit, contentType, before = "", after = ""] of cases) {
    test(what, () => {
      const body = Buffer.concat([Buffer.from(before), Buffer.alloc(bytes, unit), Buffer.from(after)]);
      const limits = { ...wide, formFieldBytes: 2 ** 30 };
      const start = performance.now();
      failure(() => parseForm(body, contentType, limits));
      expect(performance.now() - start).toBeLessThan(700);
    });
  }
});
