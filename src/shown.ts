// What was thrown, as the console shows it: what it says, and of the stack the part that is not the framework's.

/** Of causes and of errors inside of errors: what goes further is nothing that anybody reads. */
const depthMax = 8;
const errorsMax = 10;

export function shown(thrown: unknown): string {
  return thrown instanceof Error ? shownError(thrown, 0) : shownValue(thrown);
}

function shownError(error: Error, depth: number): string {
  const lines = [`${titleOf(error)}${hintOf(error)}`, ...ownFrames(error)];
  if (depth === depthMax) return lines.join("\n");
  const inside = (value: unknown) => {
    const text = value instanceof Error ? shownError(value, depth + 1) : Bun.inspect(value);
    return text.replaceAll("\n", "\n  ");
  };
  if (error.cause !== undefined) lines.push(`  caused by ${inside(error.cause)}`);
  const { errors } = error as AggregateError;
  if (Array.isArray(errors)) {
    for (const inner of errors.slice(0, errorsMax)) lines.push(`  with ${inside(inner)}`);
    if (errors.length > errorsMax) lines.push(`  and ${errors.length - errorsMax} more`);
  }
  return lines.join("\n");
}

function titleOf(error: Error): string {
  const { message, name } = error;
  const title = name === "Error" ? (error.constructor?.name ?? name) : name;
  const { code } = error as { code?: unknown };
  const shownCode = typeof code === "string" && !message.includes(code) ? ` (${code})` : "";
  return `${title}: ${message}${shownCode}`;
}

function hintOf(error: Error): string {
  const isRead = (error as { code?: unknown }).code === "ERR_BODY_ALREADY_USED";
  if (isRead) return " (the context's own text(), json() and so on may be called again)";
  const isLocked = /ReadableStream (is locked|has already been used)/.test(error.message);
  return isLocked ? " (a stream is read once, and a body either as a stream or by text(), json() and so on)" : "";
}

function ownFrames(error: Error): string[] {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames.filter((line) => !line.includes(import.meta.dir) && !/\((node:|native|unknown)/.test(line));
}

/** Whoever throws it means an answer, or has no stack. */
function shownValue(value: unknown): string {
  if (value instanceof Response) {
    const { status } = value;
    const isError = status >= 400 && status <= 599;
    return `a Response was thrown: return it, or throw new HttpError(${isError ? status : "status"}, detail) in its place`;
  }
  const status = (value as { status?: unknown } | null | undefined)?.status;
  const code = typeof status === "number" ? status : "status";
  return `${Bun.inspect(value)} was thrown, which is no Error: throw new HttpError(${code}, detail) to answer with it`;
}
