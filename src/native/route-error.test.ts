import { expect, test } from "bun:test";
import { App, RouteError } from "../index.ts";

test.each([
  ["", 'GET "" %: it is empty: write "/"'],
  ["x", "GET x %: a path begins with /: write `/x`"],
  ["http://a/b", "GET http://a/b %: a path begins with /, behind scheme and host"],
  ["/users/{id}", "GET /users/{id} %: `{id}` is written :id here"],
  ["/{id:[0-9]+}", "GET /{id:[0-9]+} %: `{id:[0-9]+}` is written :id here"],
  ["/<id>", "GET /<id> %: `<id>` is written :id here"],
  ["/<int:id>", "GET /<int:id> %: `<int:id>` is written :id here"],
  ["/:id<int>", "GET /:id<int> %: `:id<int>`: a param is any text, so write :id, and check it in the handler"],
  ["/:id(\\d+)", "GET /:id(\\d+) %: `:id(\\d+)`: a param has no pattern, so write :id, and check it in the handler"],
  ["/:id?", "GET /:id? %: `:id?`: no param is optional, so write two routes, one of them without it"],
  ["/a?b=1", "GET /a?b=1 %: `?` begins the query, which is no part of a path: read it from query"],
  ["/a#b", "GET /a#b %: `#` begins the fragment, which clients keep to themselves"],
  ["/ü", "GET /ü %: `ü` is written %C3%BC here"],
  ["/a b", 'GET /a b %: " " is written %20 here'],
  ["/a^b", "GET /a^b %: `^` is written %5E here"],
  ['/a"b', 'GET /a"b %: `"` is written %22 here'],
  ["/a{b", "GET /a{b %: `{` is written %7B here"],
  ["/a\0", 'GET /a\0 %: "\\u0000" is written %00 here'],
  ["/a\\b", "GET /a\\b %: `\\`: clients send / in its place"],
  ["/caf%c3%a9", "GET /caf%c3%a9 %: `%c3%a9`: clients encode in capitals, and nothing is normalised: write %C3%A9"],
  ["/:", "GET /: %: `:`: a param has a name, by which params has it: :id"],
  ["/*", "GET /* %: `*`: a wildcard has a name, by which params has it: *rest"],
  ["/:1", "GET /:1 %: `:1`: the name of a param doesn't begin with a digit"],
  [
    "/:id.json",
    "GET /:id.json %: `:id.json`: a param is a segment as a whole, whose name has letters, digits and underscores: write :id, and take it apart in the handler",
  ],
  ["/a/:a-:b", /`:a-:b`: a param is a segment as a whole.*: write :a, and take it apart in the handler$/],
  ["/*x*", /`\*x\*`: the name of a wildcard has .*: write \*x, and take it apart/],
  ["/*a/b", "GET /*a/b %: *name takes all the rest, so nothing can follow it"],
])("%j says what to write", async (path, message) => {
  const error = await new App()
    .get(path, 1)
    .request("/")
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RouteError);
  const said = (error as RouteError).message.replace(/\(written at [^)]*\) can't be a route/, "%");
  if (typeof message === "string") expect(said).toBe(message);
  else expect(said).toMatch(message);
});
