/** What is asked, and what every server must answer. */

export interface Exchange {
  /** All of the request's bytes. */
  request: string;
  /** All of the answer's body. */
  body: string;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const posted = "0123456789abcdef".repeat(640);

/** What large bodies consist of: 64 KB of words that are all different, so that no byte may be missing. */
export const piece = Array.from({ length: 16 * 1024 }, (_, i) => i.toString(36).padStart(4, "0")).join("");
/** How many pieces a large body has: 1 GB. */
export const pieceCount = 16 * 1024;
export const largeBytes = pieceCount * piece.length;

const up = (...headers: string[]) => `${["POST /up HTTP/1.1", "Host: localhost", ...headers].join("\r\n")}\r\n\r\n`;
const tally = (bytes: number) => `{"bytes":${bytes},"wrong":0}`;

const order = JSON.stringify({
  id: 7,
  name: "Ada Lovelace",
  items: [
    { sku: "A-1", qty: 2, price: 9.99 },
    { sku: "B-22", qty: 1, price: 24.5 },
    { sku: "C-333", qty: 12, price: 0.75 },
    { sku: "D-4444", qty: 3, price: 110 },
  ],
});
const postOrder =
  "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
  `Content-Length: ${order.length}\r\n\r\n${order}`;

export const exchanges = {
  order: { request: postOrder, body: '{"ok":true,"total":4}' },
  constant: { request: get("/"), body: "Hello, World!" },
  json: { request: get("/json"), body: '{"hello":"world"}' },
  param: { request: get("/users/12345"), body: '{"id":"12345"}' },
  threeMiddleware: { request: get("/three/json"), body: '{"hello":"world"}' },
  noMiddleware: { request: get("/plain/json"), body: '{"hello":"world"}' },
  async: { request: get("/async/json"), body: '{"hello":"world"}' },
  downStream: { request: get("/down/stream"), body: "" },
  downGenerator: { request: get("/down/generator"), body: "" },
  upLength: { request: up(`Content-Length: ${largeBytes}`), body: tally(largeBytes) },
  upChunked: { request: up("Transfer-Encoding: chunked"), body: tally(largeBytes) },
  upPiece: { request: up(`Content-Length: ${piece.length}`) + piece, body: tally(piece.length) },
  events: { request: get("/events"), body: "" },
  broadcast: { request: get("/broadcast"), body: "" },
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
