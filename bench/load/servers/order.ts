/** What is posted to servers that check bodies, and the schema that they check it by. */
import { t } from "../../../src/index.ts";

export const Order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1 }),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer(), price: t.Number() })),
});
