/** No server: what Bun itself costs with one timer. */
import { announce } from "./life.ts";

setInterval(() => {}, 1000);
await announce(0);
