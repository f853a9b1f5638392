// The ways in which a request reaches an application. What the contract says holds for each of them.
import { afterEach, describe, expect, type Mock, spyOn } from "bun:test";
import type { App, Server } from "@fasterapi/bun";

/** Like `fetch`, with a path in the place of an address. */
export type Ask = (pathOrRequest: string | Request, init?: RequestInit) => Promise<Response>;

export interface Transport {
  name: "over a socket" | "by request()";
  /** Resolves when the application has started, and rejects when it can't. */
  serve: (app: App) => Promise<Ask>;
}

const servers: Server[] = [];

const socket: Transport = {
  name: "over a socket",
  async serve(app) {
    const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    servers.push(server);
    const { origin } = server.url;
    return (pathOrRequest, init = {}) => {
      if (typeof pathOrRequest === "string") return fetch(origin + pathOrRequest, { redirect: "manual", ...init });
      const { pathname, search } = new URL(pathOrRequest.url);
      return fetch(new Request(origin + pathname + search, pathOrRequest), { redirect: "manual", ...init });
    };
  },
};

const direct: Transport = {
  name: "by request()",
  async serve(app) {
    const ask: Ask = (pathOrRequest, init) => app.request(pathOrRequest, init);
    // It starts when it is first asked.
    await ask("/is-it-there", { method: "OPTIONS" });
    return ask;
  },
};

const transports: readonly Transport[] = [socket, direct];

/** The same tests through each of the transports; what they start is stopped behind each test. */
export function contract(section: string, tests: (serve: Transport["serve"], transport: Transport) => void): void {
  for (const transport of transports) {
    describe(`${section}, ${transport.name}`, () => {
      afterEach(async () => {
        await Promise.all(servers.splice(0).map((server) => server.stop({ drainMs: 0 })));
      });
      tests(transport.serve, transport);
    });
  }
}

/** For what is said of sockets alone: the server is stopped by who asks for it. */
export const listen = (app: App) => app.listen({ port: 0, hostname: "127.0.0.1" });

/** Status and text. */
export async function textOf(answer: Response | Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  return [response.status, await response.text()];
}

/** Status and what `JSON.parse` makes of the text. */
export async function jsonOf(answer: Response | Promise<Response>): Promise<[number, unknown]> {
  const [status, text] = await textOf(answer);
  try {
    return [status, JSON.parse(text)];
  } catch {
    throw new Error(`A ${status} whose body is no JSON: ${JSON.stringify(text)}`);
  }
}

/** What is written to the console meanwhile, a string for each call, in the place of writing it. */
export async function saidTo(level: "warn" | "error", run: () => unknown): Promise<string[]> {
  const spy = spyOn(console, level).mockImplementation(() => undefined) as Mock<typeof console.warn>;
  try {
    await run();
    return spy.mock.calls.map((words) => words.map((word) => (word instanceof Error ? word.message : word)).join(" "));
  } finally {
    spy.mockRestore();
  }
}

/** What `promise` is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}
