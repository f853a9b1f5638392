//! A document as the checker of schemas wants it: its tokens, and bytes behind it that must not count.

const std = @import("std");
const schema_text = @import("../codec/schema_text.zig");
const slack_bytes = @import("../limits.zig").slack_bytes;

pub const Document = struct {
    memory: []u8,
    at: std.ArrayList(u32),

    const allocator = std.testing.allocator;

    pub fn init(source: []const u8) error{ OutOfMemory, NotIndexed }!Document {
        const memory = try allocator.alloc(u8, source.len + slack_bytes);
        errdefer allocator.free(memory);
        @memcpy(memory[0..source.len], source);
        // What would change a number, were it read.
        @memset(memory[source.len..], '7');
        var at: std.ArrayList(u32) = .empty;
        errdefer at.deinit(allocator);
        if (!try schema_text.index(source, &at, allocator)) return error.NotIndexed;
        return .{ .memory = memory, .at = at };
    }

    pub fn bytes(document: *const Document) []const u8 {
        return document.memory[0 .. document.memory.len - slack_bytes];
    }

    pub fn text(document: *const Document) schema_text.Text {
        return .{ .bytes = document.bytes(), .at = document.at.items };
    }

    pub fn deinit(document: *Document) void {
        allocator.free(document.memory);
        document.at.deinit(allocator);
    }
};
