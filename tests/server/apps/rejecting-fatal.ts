// A handler leaves a promise behind that rejects, and nobody listens for that.
import { App } from "@fasterapi/bun";

const app = new App().get("/", () => {
  Promise.reject(new Error("nobody handles this"));
  return "answered";
});
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
console.log(JSON.stringify({ port: server.port }));
