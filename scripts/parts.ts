// What `npm test` and `npm run check` share: parts with a name that run one after another, and are counted.

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Part {
  name: string;
  what: string;
  run: () => Promise<Count>;
}

export interface CommandOptions {
  env?: Record<string, string>;
  /** Otherwise what the command says goes to the terminal. */
  capture?: boolean;
}

export interface CommandResult {
  ok: boolean;
  /** What it wrote to standard error, if captured. */
  errors: string;
}

export const one = (ok: boolean): Count => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

export async function command(words: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = Bun.spawn(words, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "inherit", options.capture ? "pipe" : "inherit"],
  });
  const errors = child.stderr ? await new Response(child.stderr).text() : "";
  return { ok: (await child.exited) === 0, errors };
}

/** Runs the parts that are named, or all; an unknown name is an error. */
export async function runParts(parts: Part[], names: string[]): Promise<Count> {
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(", ")}; there are:`);
    for (const part of parts) console.error(`  ${part.name.padEnd(8)} ${part.what}`);
    process.exit(2);
  }
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const lines: string[] = [];
  for (const part of parts) {
    if (names.length > 0 && !names.includes(part.name)) continue;
    console.log(`\n── ${part.name}: ${part.what}`);
    const began = performance.now();
    const count = await part.run();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    lines.push(`${part.name.padEnd(8)} ${count.passed} passed, ${count.failed} failed${skipped} in ${seconds} s`);
    console.log(`── ${lines.at(-1)}`);
  }
  console.log(`\n${lines.join("\n")}\n`);
  return total;
}
