// Listens on the unix socket that the argument names, and never stops by itself.
import { App } from "@fasterapi/bun";

const server = await new App().get("/", () => "first").listen({ unix: Bun.argv[2]! });
console.log(JSON.stringify({ port: server.port }));
