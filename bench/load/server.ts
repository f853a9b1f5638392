/** Starts one server in a process of its own, checks what it answers, and ends it. */
import { onCore } from "../machine.ts";
import { binaries } from "../tools.ts";
import { type Exchange, floorBody } from "./requests.ts";
import type { ServerOptions } from "./servers/life.ts";

export interface Server {
  name: string;
  pid: number;
  port: number;
  stop(): Promise<void>;
}

export const ours = "fasterapi";
export const rival = "bun-serve";
export const floor = "floor";
/** Packages that need not be installed. */
export const peers = ["elysia", "hono", "fastify"];

const start_ms_max = 10_000;

/** Why the server can't be measured here, or undefined. */
export function whyNot(name: string): string | undefined {
  if (!peers.includes(name)) return undefined;
  try {
    Bun.resolveSync(name, import.meta.dir);
    return undefined;
  } catch {
    return `${name} is not installed: skipped`;
  }
}

/** `answer` is what the minimal server gives the length of its text. */
export async function start(name: string, options: ServerOptions, answer: Exchange): Promise<Server> {
  const command =
    name === floor
      ? [`${binaries}/floor`, String(answer.body.length)]
      : [process.execPath, `${import.meta.dir}/servers/${name}.ts`, JSON.stringify(options)];
  const child = Bun.spawn(onCore(0, command), {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, NODE_ENV: "production" },
  });
  const timer = setTimeout(() => child.kill(), start_ms_max);
  const port = await firstLine(child.stdout);
  clearTimeout(timer);
  if (port === undefined) throw new Error(`${name} did not start`);
  const stop = async () => {
    child.stdin.end();
    await child.exited;
  };
  return { name, pid: child.pid, port: Number(port), stop };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return undefined;
}

export function expectedBody(name: string, exchange: Exchange): string {
  return name === floor ? floorBody(exchange.body.length) : exchange.body;
}

/** Asks once, over a plain socket; the head of the right answer. */
export async function checkAnswer(server: Server, exchange: Exchange): Promise<string> {
  const wanted = expectedBody(server.name, exchange);
  const answer = await ask(server.port, exchange.request, wanted);
  const end = answer.indexOf("\r\n\r\n") + 4;
  if (!answer.startsWith("HTTP/1.1 200 ") || answer.slice(end) !== wanted) {
    throw new Error(`${server.name} answers ${JSON.stringify(answer.slice(0, 400))}`);
  }
  return answer.slice(0, end);
}

async function ask(port: number, request: string, wanted: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let answer = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        answer += bytes.toString("latin1");
        if (answer.includes("\r\n\r\n") && answer.endsWith(wanted)) resolve();
      },
      close: () => resolve(),
    },
  });
  socket.write(request);
  await Promise.race([promise, Bun.sleep(2000)]);
  socket.end();
  return answer;
}
