// What Node gets in the place of index.ts; see ../needs-bun.cjs.

exports.BufferPool = undefined;
exports.ChunkedDecoder = undefined;
exports.FasterApiError = undefined;
exports.HttpParser = undefined;
exports.JsonSchema = undefined;
exports.JsonSchemaError = undefined;
exports.MisuseError = undefined;
exports.ObjectPool = undefined;
exports.RouteError = undefined;
exports.Router = undefined;

require("../needs-bun.cjs");
