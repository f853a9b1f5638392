// An argument that can't be one, as an error shows it.

export function describeArgument(value: unknown): string {
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return typeof value === "function" ? "a function" : Bun.inspect(value).slice(0, 100);
}
