//! Gathers the unit tests that sit at the end of every file.

test {
    _ = @import("codec/json_scan.zig");
    _ = @import("codec/schema.zig");
    _ = @import("codec/schema_equal.zig");
    _ = @import("codec/schema_format.zig");
    _ = @import("codec/schema_names.zig");
    _ = @import("codec/schema_number.zig");
    _ = @import("codec/schema_pattern.zig");
    _ = @import("codec/schema_scalar.zig");
    _ = @import("codec/schema_text.zig");
    _ = @import("codec/schema_uri.zig");
    _ = @import("codec/schema_values.zig");
    _ = @import("http/body.zig");
    _ = @import("http/chunked.zig");
    _ = @import("http/date.zig");
    _ = @import("http/fault.zig");
    _ = @import("http/header_id.zig");
    _ = @import("http/method.zig");
    _ = @import("http/parser.zig");
    _ = @import("http/response.zig");
    _ = @import("http/scan.zig");
    _ = @import("json_schemas.zig");
    _ = @import("limits.zig");
    _ = @import("abi.zig");
    _ = @import("memory/blob.zig");
    _ = @import("memory/budget.zig");
    _ = @import("memory/buffer_pool.zig");
    _ = @import("memory/pages.zig");
    _ = @import("memory/pipe.zig");
    _ = @import("memory/slot_pool.zig");
    _ = @import("pace.zig");
    _ = @import("runtime_test.zig");
    _ = @import("server.zig");
    _ = @import("thread_stack.zig");
    _ = @import("testing/schema_random_test.zig");
    _ = @import("testing/schema_suite_test.zig");
    _ = @import("net/loop.zig");
    _ = @import("net/outgoing.zig");
    _ = @import("net/socket.zig");
    _ = @import("net/timer_wheel.zig");
    _ = @import("route/fixed.zig");
    _ = @import("route/key.zig");
    _ = @import("route/pattern.zig");
    _ = @import("route/tree.zig");
    _ = @import("testing/json_index_test.zig");
}
