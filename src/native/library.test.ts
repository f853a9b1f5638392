import { expect, test } from "bun:test";
import { abiHash } from "./abi.ts";
import { core } from "./library.ts";

const library = new URL("./library.ts", import.meta.url).pathname;

/** What loading says when the core is looked for there. */
async function loadFrom(path: string): Promise<string> {
  const child = Bun.spawn({
    cmd: [
      process.execPath,
      "-e",
      `try { (await import(${JSON.stringify(library)})).core() } catch (e) { console.log(e.code, e.message) }`,
    ],
    env: { ...process.env, FASTERAPI_LIBRARY: path },
    stdout: "pipe",
  });
  return await child.stdout.text();
}

test("the core is the one these sources were written for", () => {
  expect(core().call.fa_abi_hash()).toBe(abiHash);
  expect(core()).toBe(core());
});

test("what fails names what it tried", async () => {
  expect(await loadFrom("/nowhere/libfasterapi.so")).toBe(
    "LIBRARY_NOT_FOUND There is no /nowhere/libfasterapi.so, which the environment variable FASTERAPI_LIBRARY names as the core\n",
  );
  expect(await loadFrom(library)).toStartWith(`LIBRARY_UNUSABLE ${library} can't be loaded: `);
});
