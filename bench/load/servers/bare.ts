/** No server: what Bun itself costs with one timer. */
import { announce } from "./life.ts";

let ticks = 0;
setInterval(() => ticks++, 1000);
await announce(0);
