// Listens at a port that is taken already, and would end the process behind that.
import { App } from "@fasterapi/bun";

const app = new App().get("/listens", "x");
const server = await app.listen({ port: Number(process.env["TAKEN_PORT"]) });
console.log(server.url);
process.exit(7);
