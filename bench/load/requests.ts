/** What is asked, and what every server must answer. */
import { orderItems, orderOf } from "../orders.ts";

export interface Exchange {
  /** All of the request's bytes. */
  request: string;
  /** All of the answer's body. */
  body: string;
  /** It is refused: every server says so in words of its own, which hold this one. */
  refusal?: string;
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

const postOrder = (body: string) =>
  "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
  `Content-Length: ${body.length}\r\n\r\n${body}`;
const place = (count: number): Exchange => ({
  request: postOrder(orderOf(count)),
  body: `{"ok":true,"total":${count}}`,
});

export const exchanges = {
  order: place(4),
  orderMiddle: place(orderItems.middle),
  orderLarge: place(orderItems.large),
  orderRefused: {
    request: postOrder(orderOf(4).replace('"qty":12', '"qty":12.5')),
    body: '{"detail":[{"loc":["body","items",2,"qty"],"msg":"Must be an integer","type":"integer_type","input":12.5}]}',
    refusal: "qty",
  },
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
