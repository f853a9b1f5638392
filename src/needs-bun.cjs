// What Node gets in the place of index.ts. The names are those that may be imported: without them Node would only say that
// one is missing.

exports.App = undefined;
exports.ClientGoneError = undefined;
exports.ContextExpiredError = undefined;
exports.FasterApiError = undefined;
exports.HttpError = undefined;
exports.ListenError = undefined;
exports.RouteError = undefined;
exports.ValidationError = undefined;
exports.sse = undefined;
exports.t = undefined;

throw new Error("@fasterapi/bun needs Bun (https://bun.sh): run this program with `bun` instead of `node`");
