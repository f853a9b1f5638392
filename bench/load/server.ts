/** Starts one server in a process of its own, checks what it answers, and ends it. */
import { onCore } from "../machine.ts";
import { binaries, installPeers } from "../tools.ts";
import { type Exchange, floorBody } from "./requests.ts";
import type { ServerOptions } from "./servers/life.ts";

export interface Server {
  name: string;
  pid: number;
  port: number;
  /** What it says where it refuses, once it was asked. */
  refusal?: { status: number; body: string };
  stop(): Promise<void>;
}

export const ours = "fasterapi";
export const rival = "bun-serve";
export const floor = "floor";
/** Packages that are installed when they are asked for. */
export const peers = ["elysia", "hono", "fastify"];

const start_ms_max = 10_000;

/** `exchange` has the lengths that the minimal server goes by. */
export async function start(name: string, options: ServerOptions, exchange: Exchange): Promise<Server> {
  if (peers.includes(name)) await installPeers();
  const command =
    name === floor
      ? [`${binaries}/floor`, String(exchange.body.length), String(exchange.request.length)]
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

/** Of each answer, status and body. */
export function expected({ name, refusal }: Server, exchange: Exchange): { status: number; body: string } {
  if (name === floor) return { status: 200, body: floorBody(exchange.body.length) };
  if (exchange.refusal === undefined) return { status: 200, body: exchange.body };
  if (refusal === undefined) throw new Error(`${name} was not asked yet`);
  return refusal;
}

/** Asks once, over a plain socket; the head of the right answer. */
export async function checkAnswer(server: Server, exchange: Exchange): Promise<string> {
  const answer = await ask(server.port, exchange.request);
  const end = answer.indexOf("\r\n\r\n") + 4;
  const [status, body] = [Number(answer.slice(9, 12)), answer.slice(end)];
  if (exchange.refusal !== undefined && server.name !== floor) {
    const isRefused = (status === 400 || status === 422) && body.includes(exchange.refusal);
    if (!isRefused || (server.name === ours && body !== exchange.body)) throw wrong(server, answer);
    server.refusal = { status, body };
  }
  const wanted = expected(server, exchange);
  if (status !== wanted.status || body !== wanted.body) throw wrong(server, answer);
  return answer.slice(0, end);
}

function wrong({ name }: Server, answer: string): Error {
  return new Error(`${name} answers ${JSON.stringify(answer.slice(0, 400))}`);
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n") + 4;
  const size = /^content-length: (\d+)/im.exec(answer.slice(0, end))?.[1];
  return end >= 4 && size !== undefined && answer.length >= end + Number(size);
}

async function ask(port: number, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let answer = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        answer += bytes.toString("latin1");
        if (isWhole(answer)) resolve();
      },
      close: () => resolve(),
    },
  });
  socket.write(request);
  await Promise.race([promise, Bun.sleep(2000)]);
  socket.end();
  return answer;
}
