// Listens where PORT says, or says why it can't.
import { App } from "@fasterapi/bun";

try {
  const server = await new App().get("/", () => "answered").listen({ hostname: "127.0.0.1" });
  console.log(JSON.stringify({ port: server.port }));
} catch (error) {
  console.log(JSON.stringify({ error: `${error}` }));
  process.exit(1);
}
