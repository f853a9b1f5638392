//! The request methods that the core knows; any other is answered with 501.

const std = @import("std");

pub const Method = enum(u8) {
    get,
    head,
    post,
    put,
    patch,
    delete,
    options,

    pub const count = @typeInfo(Method).@"enum".field_names.len;

    pub fn text(method: Method) []const u8 {
        return switch (method) {
            .get => "GET",
            .head => "HEAD",
            .post => "POST",
            .put => "PUT",
            .patch => "PATCH",
            .delete => "DELETE",
            .options => "OPTIONS",
        };
    }

    /// From the first eight bytes of a request: the method and the space behind it; null for any other.
    pub inline fn fromWord(word: u64) ?Method {
        inline for (by_frequency) |method| {
            const start = comptime method.text() ++ " ";
            const mask: u64 = comptime if (start.len == 8) ~@as(u64, 0) else (1 << (8 * start.len)) - 1;
            const wanted = comptime wanted: {
                var padded: [8]u8 = @splat(0);
                @memcpy(padded[0..start.len], start);
                break :wanted std.mem.readInt(u64, &padded, .little);
            };
            if (word & mask == wanted) return method;
        }
        return null;
    }

    pub fn fromText(name: []const u8) ?Method {
        inline for (by_frequency) |method| {
            if (std.mem.eql(u8, name, comptime method.text())) return method;
        }
        return null;
    }

    const by_frequency = [_]Method{ .get, .post, .put, .delete, .patch, .head, .options };
};

fn firstWord(text: *const [8]u8) u64 {
    return std.mem.readInt(u64, text, .little);
}

test "every method is found by its word and by its name" {
    inline for (comptime std.enums.values(Method)) |method| {
        const padded = comptime method.text() ++ " /aaaaaaa";
        try std.testing.expectEqual(method, Method.fromWord(firstWord(padded[0..8])).?);
        try std.testing.expectEqual(method, Method.fromText(method.text()).?);
    }
    try std.testing.expectEqual(null, Method.fromWord(firstWord("GETS / H")));
    try std.testing.expectEqual(null, Method.fromWord(firstWord("get / HT")));
    try std.testing.expectEqual(null, Method.fromText("TRACE"));
}
