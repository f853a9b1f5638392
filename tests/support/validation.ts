// Requests with JSON, and the failures that come of them.

export const json = (value: unknown, method = "POST", contentType = "application/json"): RequestInit => ({
  method,
  headers: { "content-type": contentType },
  body: typeof value === "string" ? value : JSON.stringify(value),
});

export const missing = (...loc: (string | number)[]) => ({ loc, msg: "Field required", type: "missing" });
export const wrong = (loc: (string | number)[], type: string, msg: string, input: unknown) => ({
  loc,
  msg,
  type,
  input,
});
export const integer = (loc: (string | number)[], input: unknown) =>
  wrong(loc, "integer_type", "Must be an integer", input);
