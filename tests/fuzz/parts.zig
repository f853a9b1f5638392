//! What the fuzzers see of the core, by the names that they use for it.

const core = @import("core");

pub const limits = core.limits;
pub const cpu = core.http.cpu;
pub const parser = core.http.parser;
pub const Parser = parser.Parser;
pub const Slot = parser.Slot;
pub const Bounds = parser.Limits;
pub const Outcome = parser.Outcome;
pub const Framing = parser.Framing;
pub const Fault = @FieldType(Parser, "fault");
pub const Method = @FieldType(Parser, "method");
pub const HeaderId = @FieldType(Slot.Tag, "id");
pub const Chunked = @import("chunked").Chunked;
pub const pattern = core.route.pattern;
pub const tree = core.route.tree;
pub const json_scan = core.codec.json_scan;
pub const Indexer = core.codec.simdjson.Indexer;
pub const schema = core.codec.schema;
pub const reference_schema = @import("schema_reference");
pub const Writer = @import("schema_writer").Writer;
