// The application of a file: its default export, or else the first that calls listen().

import { basename, resolve } from "node:path";
import type { App } from "../app.ts";
import { inspect } from "../inspection.ts";
import { Failure } from "./failure.ts";

/** For a program that listens some time after its module was loaded. */
const listenWaitMs = 5_000;

type Module = Record<string, unknown>;

/** Nothing is opened, and what is behind `await app.listen()` never runs. Rejects with `Failure`. */
export async function load(file: string): Promise<App> {
  const path = resolve(file);
  if (!(await Bun.file(path).exists())) throw new Failure(`There is no file ${file}`);
  const { promise: listened, resolve: onListen } = Promise.withResolvers<App>();
  inspect(path, onListen as (app: unknown) => void);
  keepOutputFree();
  const { promise: nothing, reject: giveUp } = Promise.withResolvers<never>();
  let module: Module = {};
  const onEnd = () => giveUp(new Failure(nothingIn(file, module)));
  // Nothing is left that could call listen().
  process.once("beforeExit", onEnd);
  const exported = async (): Promise<App> => {
    module = await imported(path, file);
    if (isApp(module["default"])) return module["default"];
    setTimeout(onEnd, listenWaitMs).unref();
    return await listened;
  };
  try {
    // A module that doesn't wait for listen() may still have a default.
    return await Promise.race([exported(), listened.then(nextTurn), nothing]);
  } finally {
    process.off("beforeExit", onEnd);
  }
}

async function imported(path: string, file: string): Promise<Module> {
  try {
    return (await import(path)) as Module;
  } catch (error) {
    throw new Failure(`${file} can't be loaded:\n${Bun.inspect(error, { colors: process.stderr.isTTY })}`);
  }
}

/** Of whatever copy of the package. */
function isApp(value: unknown): value is App {
  const { listen, openapi, routes } = (value ?? {}) as Record<string, unknown>;
  return [listen, openapi, routes].every((member) => typeof member === "function");
}

function nextTurn(app: App): Promise<App> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0, app);
  });
}

function nothingIn(file: string, module: Module): string {
  const [name] = Object.entries(module).find(([, value]) => isApp(value)) ?? [];
  const advice = name === undefined ? "" : `; it has one that is called ${name}: export default ${name}`;
  return `${basename(file)} neither exports an App as its default nor calls listen()${advice}`;
}

/** Standard output is the command's: what the program says goes to standard error. */
function keepOutputFree(): void {
  const { error } = console;
  Object.assign(console, { log: error, info: error, debug: error });
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
}
