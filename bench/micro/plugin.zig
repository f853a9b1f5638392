//! The core's parts behind one C interface, `micro.h`, by which any harness can time them beside others: each list ends
//! with an empty entry, each function runs a loop of `n`. What runs is what the server calls, built as it is published.

const std = @import("std");
const core = @import("core");
const parser = core.http.parser;
const limits = core.limits;

const Span = extern struct { data: ?[*]const u8 = null, size: usize = 0 };

const Request = extern struct {
    method: Span,
    path: Span,
    minor_version: c_int,
    header_count: usize,
    headers: [32]extern struct { name: Span, value: Span },
};

const Parser = extern struct {
    impl: ?[*:0]const u8,
    parse: ?*const fn ([*]const u8, usize, u64, *Request) callconv(.c) u64,
};

const parsers = [_]Parser{
    .{ .impl = "fasterapi", .parse = &parseMany },
    .{ .impl = null, .parse = null },
};

export fn micro_parsers() callconv(.c) [*]const Parser {
    return &parsers;
}

/// The bytes are copied once, before the loop, to where a server has them: in a ring with slack behind.
fn parseMany(bytes: [*]const u8, size: usize, n: u64, out: *Request) callconv(.c) u64 {
    var ring: [limits.head_bytes_default + limits.slack_bytes]u8 = undefined;
    if (size > limits.head_bytes_default) return 0;
    @memcpy(ring[0..size], bytes[0..size]);
    ring[size] = 0;
    var slots: [limits.headers_default]parser.Slot = undefined;
    const bounds: parser.Limits = .{};
    const parse = core.http.cpu.parse();

    var consumed: u64 = 0;
    var p: parser.Parser = .{};
    for (0..n) |_| {
        p = .{};
        if (parse(&p, &ring, @intCast(size), &slots, &bounds) == .complete) consumed += p.position;
        std.mem.doNotOptimizeAway(&slots);
    }
    const method = p.method.text();
    out.method = .{ .data = method.ptr, .size = method.len };
    out.path = .{ .data = bytes + p.target, .size = p.target_bytes };
    out.minor_version = p.minor_version;
    out.header_count = p.header_count;
    for (slots[0..@min(p.header_count, 32)], out.headers[0..@min(p.header_count, 32)]) |slot, *header| {
        header.name = .{ .data = bytes + slot.name, .size = slot.tag.name_bytes };
        header.value = .{ .data = bytes + slot.value, .size = slot.value_bytes };
    }
    return consumed;
}
