/** Request heads of three sizes, and what must be found in them. */
import type { Head } from "./library.ts";

const cookie = [
  "visits=3; last_visit=1764018000; session=4b825dc642cb6eb9a060e54bf8d69288fbee4904a1b2c3d4e5f60718",
  "consent=necessary%2Cstatistics; theme=dark; basket=7f3a9c1e-55aa-4a7b-9c21-0d5e8f6b2a41; currency=EUR",
].join("; ");

const heads: Record<string, Head> = {
  "27 bytes": { method: "GET", target: "/", headers: [["Host", "x"]] },
  "load tool": {
    method: "GET",
    target: "/users/12345?verbose=1",
    headers: [
      ["Host", "127.0.0.1:3000"],
      ["User-Agent", "load/1.0"],
      ["Accept", "*/*"],
    ],
  },
  browser: {
    method: "GET",
    target: "/assets/2026/11/kitchen-table-oak-extending.jpg",
    headers: [
      ["Host", "shop.example.com"],
      ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"],
      ["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"],
      ["Accept-Language", "fr,en-US;q=0.7,en;q=0.3"],
      ["Accept-Encoding", "gzip, deflate, br, zstd"],
      ["Referer", "https://shop.example.com/tables?sort=price&page=2"],
      ["Connection", "keep-alive"],
      ["Cookie", cookie],
      ["Upgrade-Insecure-Requests", "1"],
    ],
  },
};

export const requests = Object.entries(heads).map(([name, head]) => {
  const lines = [`${head.method} ${head.target} HTTP/1.1`, ...head.headers.map(([key, value]) => `${key}: ${value}`)];
  return { name, head, bytes: `${lines.join("\r\n")}\r\n\r\n` };
});
