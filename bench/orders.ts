/** Orders of three sizes, as they are posted and parsed: 186 B, 6.6 KB, 100 KB. All is ASCII, so that characters are bytes. */

const four = [
  { sku: "A-1", qty: 2, price: 9.99 },
  { sku: "B-22", qty: 1, price: 24.5 },
  { sku: "C-333", qty: 12, price: 0.75 },
  { sku: "D-4444", qty: 3, price: 110 },
];

export const orderItems = { small: 4, middle: 166, large: 2470 };

/** The first four items come again with other numbers. */
export function orderOf(items: number): string {
  const list = Array.from({ length: items }, (_, i) => {
    const { sku, qty, price } = four[i % 4]!;
    return i < 4
      ? { sku, qty, price }
      : { sku: `${sku}${i}`, qty: qty + (i % 7), price: Math.round((price + (i % 100)) * 100) / 100 };
  });
  return JSON.stringify({ id: 7, name: "Ada Lovelace", items: list });
}
