// Bounds, a clean end and counters: what a service needs to stay up.
//
//   bun run examples/04_limits.ts
//   curl -i localhost:3000/upload --data-binary @README.md ; curl -i localhost:3000/slow ; curl localhost:3000/stats

import { App, type Server } from "@fasterapi/bun";

const app = new App({
  limits: { bodyBytes: 1024, headers: 50 },
  timeouts: { headMs: 10_000, handlerMs: 200 },
})
  // Above 1 KB: 413.
  .post("/notes", async ({ text }) => ({ length: (await text()).length }))
  // A route may set bounds of its own.
  .post("/upload", { limits: { bodyBytes: 1_000_000 } }, async ({ bytes }) => ({ bytes: (await bytes()).length }))
  // Takes too long: 503.
  .get("/slow", async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  })
  .get("/stats", () => server.stats());

// The type is said, because a handler above asks the server that is made from it.
const server: Server = await app.listen();
console.log(`Listening on ${server.url}`);

// Answers what was asked, then ends.
process.once("SIGTERM", async () => {
  await server.stop({ drainMs: 5_000 });
  console.log("Stopped");
});
