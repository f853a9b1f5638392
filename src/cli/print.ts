// Standard output, as a command writes it: all of it is out before the process ends.

export async function print(text: string): Promise<void> {
  await Bun.write(Bun.stdout, text.endsWith("\n") ? text : `${text}\n`);
}
