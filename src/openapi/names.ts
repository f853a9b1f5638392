// Names that a document makes: of components and of operations. The same routes get the same names.

/** What a component's name may have; `fallback` where nothing is left. */
export function componentName(text: string, fallback: string): string {
  const words = text.split(/[^A-Za-z0-9._-]+/).filter((word) => word !== "");
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("") || fallback;
}

/** `getUsersById` for `get` and `/users/:id`. */
export function operationName(method: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const words = segments.map((segment) => {
    const isParam = /^[:*]/.test(segment);
    const word = pascal(isParam ? segment.slice(1) : segment);
    return isParam ? `By${word}` : word;
  });
  return method + (words.join("") || "Root");
}

/** `OrderItems` for `order-items`. */
function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

/** The name, or where it is taken the name with a number. */
export function claimed(taken: Set<string>, name: string): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}${i}`;
  taken.add(free);
  return free;
}
