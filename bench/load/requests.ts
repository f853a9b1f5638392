/** What is asked, and what every server must answer. */

export interface Exchange {
  /** All of the request's bytes. */
  request: string;
  /** All of the answer's body. */
  body: string;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const posted = "0123456789abcdef".repeat(640);

export const exchanges = {
  constant: { request: get("/"), body: "Hello, World!" },
  json: { request: get("/json"), body: '{"hello":"world"}' },
  param: { request: get("/users/12345"), body: '{"id":"12345"}' },
  post: {
    request: `POST /bytes HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${posted.length}\r\n\r\n${posted}`,
    body: `{"bytes":${posted.length}}`,
  },
} satisfies Record<string, Exchange>;

export type ExchangeName = keyof typeof exchanges;

/** The minimal server answers everything with this text, as long as it is told. */
export function floorBody(bytes: number): string {
  const text = "Hello, World!";
  return text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
}
