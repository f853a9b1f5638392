/** JSON of three sizes: an order of a shop, with more and more items. All is ASCII, so that characters are bytes. */

const item = (i: number) => ({
  sku: `TAB-${1000 + i * 7}`,
  name: ["Kitchen table, oak", "Chair", 'Lamp 12"'][i % 3],
  quantity: 1 + (i % 4),
  price: 19.5 + i,
  ...(i % 5 === 0 ? { engraving: null, gift: true } : {}),
});

const order = (items: number) => ({
  id: 4711,
  customer: { name: "Ada Lovelace", email: "ada@example.com" },
  express: false,
  items: Array.from({ length: items }, (_, i) => item(i)),
});

/** What `JSON.parse` made of it, counted: brackets, commas, colons, scalars and keys. */
function countTokens(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  const members = Object.values(value);
  const each = members.reduce((sum: number, member) => sum + countTokens(member), 0);
  const commas = Math.max(0, members.length - 1);
  return 2 + each + commas + (Array.isArray(value) ? 0 : 2 * members.length);
}

export const documents = Object.entries({ small: 1, middle: 91, large: 1377 }).map(([name, items]) => {
  const text = JSON.stringify(order(items));
  return { name, text, tokens: countTokens(JSON.parse(text)) };
});
