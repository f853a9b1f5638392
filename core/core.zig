//! The core's parts by name, for tests, benchmarks and fuzzers that look inside it. The library itself exports `lib.zig`.

pub const limits = @import("limits.zig");
pub const codec = struct {
    pub const json_scan = @import("codec/json_scan.zig");
    pub const schema = @import("codec/schema.zig");
    pub const schema_text = @import("codec/schema_text.zig");
    pub const schema_values = @import("codec/schema_values.zig");
    pub const simdjson = @import("codec/simdjson.zig");
};
pub const http = struct {
    pub const cpu = @import("http/cpu.zig");
    pub const parser = @import("http/parser.zig");
};
pub const memory = struct {
    pub const budget = @import("memory/budget.zig");
    pub const buffer_pool = @import("memory/buffer_pool.zig");
    pub const pages = @import("memory/pages.zig");
    pub const slot_pool = @import("memory/slot_pool.zig");
};
pub const queue = struct {
    pub const endpoint = @import("queue/endpoint.zig");
    pub const layout = @import("queue/layout.zig");
    pub const message_ring = @import("queue/message_ring.zig");
    pub const mpmc = @import("queue/mpmc.zig");
    pub const spsc = @import("queue/spsc.zig");
};
pub const route = struct {
    pub const pattern = @import("route/pattern.zig");
    pub const tree = @import("route/tree.zig");
};
