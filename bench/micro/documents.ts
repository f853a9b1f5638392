/** JSON of three sizes: an order of a shop, with more and more items. All is ASCII, so that characters are bytes. */

const item = (i: number) => ({ sku: `TAB-${1000 + i * 7}`, qty: 1 + (i % 4), price: 19.5 + i / 4 });

type Item = ReturnType<typeof item>;

const order = (items: Item[]) => ({
  id: 4711,
  name: 'Ada "Countess" Lovelace',
  email: "ada.lovelace@engine.example",
  express: true,
  items,
});

/** What `JSON.parse` made of it, counted: brackets, commas, colons, scalars and keys. */
function countTokens(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  const members = Object.values(value);
  const each = members.reduce((sum: number, member) => sum + countTokens(member), 0);
  const commas = Math.max(0, members.length - 1);
  return 2 + each + commas + (Array.isArray(value) ? 0 : 2 * members.length);
}

/** All fields of an order: numbers, prices in cents, lengths of strings, and one for what is true. */
function addUp({ id, name, email, express, items }: ReturnType<typeof order>): number {
  const each = items.reduce((sum, { sku, qty, price }) => sum + sku.length + qty + Math.round(price * 100), 0);
  return id + name.length + email.length + Number(express) + each;
}

export const documents = Object.entries({ small: 2, middle: 160, large: 2500 }).map(([name, count]) => {
  const items = Array.from({ length: count }, (_, i) => item(i));
  const text = JSON.stringify(order(items));
  const last = items.length - 1;
  const refused = JSON.stringify(order(items.with(last, { ...item(last), qty: 0 })));
  const failure = {
    loc: ["body", "items", last, "qty"],
    msg: "Must be at least 1",
    type: "greater_than_equal",
    input: 0,
  };
  const value = JSON.parse(text);
  return { name, text, tokens: countTokens(value), sum: addUp(value), refused, failures: JSON.stringify([failure]) };
});
