//! The values of a document as words in the order of its schema, from which JavaScript makes objects without parsing.
//!
//! A number is its double, a boolean 0 or 1, a string its offset and, above that, its `StringSize`. Before the
//! items of an array there is their count; before the members of an object, which come as the schema declares them,
//! a bit for each that is there. What has other members, or in another order, or no room, has no words.

const std = @import("std");
const schema_text = @import("schema_text.zig");
const String = schema_text.String;
const Text = schema_text.Text;

/// The upper half of a string's word: what is neither escaped nor wide is told by one comparison.
pub const StringSize = packed struct(u32) {
    bytes: u30,
    /// It is not ASCII alone.
    is_wide: bool,
    is_escaped: bool,
};

/// A sink for `schema_walk.zig`.
pub const Values = struct {
    words: []u64,
    /// Where offsets count from.
    base: [*]const u8,
    used: u32 = 0,
    is_regular: bool = true,
    has_root: bool = false,

    /// All words of the document; null where it can't be told by them. For who knows that it is valid.
    pub fn taken(values: *const Values) ?[]const u64 {
        return if (values.is_regular and values.has_root) values.words[0..values.used] else null;
    }

    inline fn put(values: *Values, word: u64) void {
        if (values.used == values.words.len) {
            values.is_regular = false;
            return;
        }
        values.words[values.used] = word;
        values.used += 1;
    }

    pub inline fn null_(values: *Values, _: u32) void {
        values.is_regular = false;
    }

    pub inline fn boolean(values: *Values, _: u32, value: bool) void {
        values.put(@intFromBool(value));
    }

    pub inline fn number(values: *Values, _: u32, value: f64) void {
        values.put(@bitCast(value));
    }

    pub inline fn string(values: *Values, _: u32, value: String, is_ascii: bool) void {
        const size: StringSize = .{ .bytes = @intCast(value.raw.len), .is_wide = !is_ascii, .is_escaped = value.is_escaped };
        const offset: u32 = @intCast(@intFromPtr(value.raw.ptr) - @intFromPtr(values.base));
        values.put(@as(u64, @as(u32, @bitCast(size))) << 32 | offset);
    }

    pub inline fn begin(values: *Values, _: u32) u32 {
        values.put(0);
        return values.used;
    }

    pub inline fn end(values: *Values, slot: u32, began: u32, what: u64) void {
        if (!values.is_regular) return;
        values.words[began - 1] = what;
        values.has_root = slot == 0;
    }

    pub inline fn stray(values: *Values, _: u32) void {
        values.is_regular = false;
    }

    pub inline fn raw(values: *Values, slot: u32, text: Text, i: u32, _: u32) void {
        switch (text.byte(i)) {
            '"' => {
                const found = text.string(i);
                const is_ascii = !found.is_escaped and for (found.raw) |byte| {
                    if (byte >= 0x80) break false;
                } else true;
                values.string(slot, found, is_ascii);
            },
            '-', '0'...'9' => values.number(slot, text.number(i)),
            't', 'f' => |first| values.boolean(slot, first == 't'),
            else => values.is_regular = false,
        }
    }
};

const testing = std.testing;
const Program = @import("schema.zig").Program;

fn expectWords(expected: ?[]const u64, room: usize, schema: []const u8, text: []const u8) !void {
    var diagnostic: @import("schema.zig").Diagnostic = .{};
    const program: *Program = try .compile(testing.allocator, schema, &diagnostic);
    defer program.destroy();
    var memory: [512]u8 = @splat('7');
    @memcpy(memory[0..text.len], text);
    var at: std.ArrayList(u32) = .empty;
    defer at.deinit(testing.allocator);
    try testing.expect(try schema_text.index(text, &at, testing.allocator));
    var words: [32]u64 = undefined;
    var values: Values = .{ .words = words[0..room], .base = &memory };
    try testing.expectEqual(.valid, program.walk(memory[0..text.len], at.items, Values, &values, null));
    if (expected) |list| {
        try testing.expectEqualSlices(u64, list, values.taken() orelse return error.NoWords);
    } else try testing.expectEqual(null, values.taken());
}

fn double(value: f64) u64 {
    return @bitCast(value);
}

fn span(offset: u64, size: StringSize) u64 {
    return @as(u64, @as(u32, @bitCast(size))) << 32 | offset;
}

fn plain(bytes: u30) StringSize {
    return .{ .bytes = bytes, .is_wide = false, .is_escaped = false };
}

test "values in the order of the schema, or none" {
    const schema =
        \\{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},
        \\"c":{"type":"array","items":{"type":"object","properties":{"d":{"type":"boolean"},
        \\"e":{"type":"number","multipleOf":0.5}}}}},"required":["a","c"]}
    ;
    try expectWords(&.{ 0b111, double(7), span(12, plain(3)), 2, 0b11, 1, double(1.5), 0b01, 0 }, 9, schema,
        \\{"a":7,"b":"x y","c":[{"d":true,"e":1.5},{"d":false}]}
    );
    try expectWords(&.{ 0b101, double(-0.0), 0 }, 32, schema,
        \\{"a":-0,"c":[]}
    );
    try expectWords(&.{ 0b111, double(1e30), span(15, .{ .bytes = 2, .is_wide = true, .is_escaped = false }), 0 }, 32, schema,
        \\{"a":1e30,"b":"é","c":[]}
    );
    try expectWords(&.{ 0b111, double(1), span(12, .{ .bytes = 2, .is_wide = true, .is_escaped = true }), 0 }, 32, schema,
        \\{"a":1,"b":"\n","c":[]}
    );
    for ([_][]const u8{
        "{\"b\":\"\",\"a\":1,\"c\":[]}",          "{\"a\":1,\"c\":[],\"f\":1}", "{\"a\":0,\"a\":1,\"c\":[]}",
        "{\"a\":1,\"c\":[{\"e\":1,\"d\":true}]}", "{\"\\u0061\":1,\"c\":[]}",
    }) |text| try expectWords(null, 32, schema, text);
    try expectWords(null, 8, schema,
        \\{"a":7,"b":"x y","c":[{"d":true,"e":1.5},{"d":false}]}
    );
}
