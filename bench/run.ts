/** All benchmarks by name: `bun bench/run.ts` lists them, `bun bench/run.ts c64 own` and `… micro router` run them. */

const usage = `usage: bun bench/run.ts SCENARIO… [--rounds N] [--ms N] [--peers elysia,hono,fastify|all] [--save]
       bun bench/run.ts micro [parser] [router] [json] [schema] [body] [answer] [blocks] [--save]

Servers side by side, the server on one core and the load on the other:`;

const [first, ...rest] = process.argv.slice(2);
try {
  if (first === undefined || first === "--help") {
    const { scenarios } = await import("./load/scenarios.ts");
    const lines = Object.entries(scenarios).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
    console.log([usage, ...lines, `  ${"all".padEnd(10)}each of these, some minutes`].join("\n"));
  } else if (first === "micro") {
    await (await import("./micro/run.ts")).runMicro(rest);
  } else {
    await (await import("./load/run.ts")).runLoad([first, ...rest]);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
