// What Node gets in the place of index.ts; see ../needs-bun.cjs.

exports.FasterApiError = undefined;
exports.JsonSchema = undefined;
exports.JsonSchemaError = undefined;
exports.MisuseError = undefined;

require("../needs-bun.cjs");
