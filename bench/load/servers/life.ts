/** How the server under test lives: one JSON argument, its port on standard output, gone when standard input ends. */

export interface ServerOptions {
  /** How long an empty loop looks again before it sleeps, for a server that does. */
  spinUs?: number | "auto";
  /** Idle connections must stay so long. */
  idleSeconds?: number;
}

export const options: ServerOptions = JSON.parse(process.argv[2] ?? "{}");

export async function announce(port: number): Promise<never> {
  console.log(port);
  for await (const _ of Bun.stdin.stream());
  process.exit(0);
}

/** A package that need not be installed: the runner skips its server if it isn't. */
export const optional = (name: string) => import(name);
