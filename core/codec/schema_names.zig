//! The names of an object's properties, or the strings of an `enum`, found by one hash.
//!
//! A name is hashed by its length, its first 8 bytes and its last 8; the multiplier is searched for when the schema is
//! compiled, so that no two share a place where that can be had. What is long is compared behind that.

const std = @import("std");
const assert = std.debug.assert;
const schema_text = @import("schema_text.zig");
const String = schema_text.String;

pub const Name = struct {
    text: []const u8,
    /// The first 16 bytes of the text and the quote behind it.
    words: [2]u64,
    masks: [2]u64,
    /// It never stands in a text as it is: it holds a quote, a backslash or a control character.
    is_escaped: bool,

    pub const short_bytes_max = 15;

    fn init(name: []const u8) Name {
        var quoted: [16]u8 = @splat(0);
        var mask: [16]u8 = @splat(0);
        const short = name[0..@min(name.len, quoted.len)];
        @memcpy(quoted[0..short.len], short);
        @memset(mask[0..short.len], 0xff);
        if (name.len <= short_bytes_max) {
            quoted[name.len] = '"';
            mask[name.len] = 0xff;
        }
        const is_escaped = for (name) |byte| {
            if (byte < 0x20 or byte == '"' or byte == '\\') break true;
        } else false;
        return .{ .text = name, .words = @bitCast(quoted), .masks = @bitCast(mask), .is_escaped = is_escaped };
    }

    /// Whether it and a closing quote stand at `from`, behind which 16 bytes can be read.
    pub inline fn isAt(name: *const Name, bytes: []const u8, from: usize) bool {
        const words: [2]u64 = .{ word(bytes.ptr + from), word(bytes.ptr + from + 8) };
        const differs = ((words[0] ^ name.words[0]) & name.masks[0]) | ((words[1] ^ name.words[1]) & name.masks[1]);
        if (differs != 0 or name.is_escaped) return false;
        return name.text.len <= short_bytes_max or name.isLongAt(bytes, from);
    }

    noinline fn isLongAt(name: *const Name, bytes: []const u8, from: usize) bool {
        const len = name.text.len;
        if (bytes.len - from <= len) return false;
        return bytes[from + len] == '"' and std.mem.eql(u8, bytes[from..][0..len], name.text);
    }
};

pub const Names = struct {
    list: []const Name,
    /// A name's number and one, or 0.
    table: []const u16,
    multiplier: u64,
    shift: u6,

    pub const names_max = 1024;

    pub fn init(arena: std.mem.Allocator, texts: []const []const u8) error{OutOfMemory}!Names {
        assert(texts.len <= names_max);
        const list = try arena.alloc(Name, texts.len);
        for (list, texts) |*name, string| name.* = .init(string);
        var bits: u6 = 2;
        while (@as(usize, 1) << bits < 2 * texts.len) bits += 1;
        var best: Names = .{ .list = list, .table = &.{}, .multiplier = 0, .shift = 0 };
        var best_collisions: usize = std.math.maxInt(usize);
        // Two sizes more are worth having no collision.
        for (0..3) |_| {
            const table = try arena.alloc(u16, @as(usize, 1) << bits);
            var random: u64 = 0x9e37_79b9_7f4a_7c15;
            for (0..200) |_| {
                random = random *% 0xd134_2543_de82_ef95 +% 1;
                var names: Names = .{ .list = list, .table = table, .multiplier = random | 1, .shift = @intCast(64 - @as(u7, bits)) };
                const collisions = names.fill(table);
                if (collisions < best_collisions) {
                    best = names;
                    best_collisions = collisions;
                }
                if (collisions == 0) break;
            }
            if (best_collisions == 0) break;
            bits += 1;
        }
        const table = try arena.alloc(u16, @as(usize, 1) << @intCast(64 - @as(u7, best.shift)));
        assert(best.fill(table) == best_collisions);
        best.table = table;
        return best;
    }

    fn fill(names: *const Names, table: []u16) usize {
        @memset(table, 0);
        var collisions: usize = 0;
        for (names.list, 1..) |name, number| {
            var padded: [16]u8 = @splat(0);
            const start = if (name.text.len < padded.len) start: {
                @memcpy(padded[0..name.text.len], name.text);
                break :start &padded;
            } else name.text.ptr;
            var place = names.placeOf(start, name.text.len);
            while (table[place] != 0) : (place = (place + 1) & (table.len - 1)) collisions += 1;
            table[place] = @intCast(number);
        }
        return collisions;
    }

    inline fn placeOf(names: *const Names, start: [*]const u8, len: usize) usize {
        var first = word(start);
        var last: u64 = 0;
        if (len >= 8) last = word(start + len - 8) else first &= (@as(u64, 1) << @intCast(8 * len)) - 1;
        return @intCast(((first ^ std.math.rotl(u64, last, 29) ^ len) *% names.multiplier) >> names.shift);
    }

    /// The number of a name, with 8 readable bytes behind it.
    pub fn find(names: *const Names, string: String) ?u32 {
        if (string.is_escaped) return names.findEscaped(string);
        return names.findRaw(string.raw);
    }

    pub inline fn findRaw(names: *const Names, raw: []const u8) ?u32 {
        var place = names.placeOf(raw.ptr, raw.len);
        while (true) : (place = (place + 1) & (names.table.len - 1)) {
            const number = names.table[place];
            if (number == 0) return null;
            const name = &names.list[number - 1];
            if (name.text.len == raw.len and std.mem.eql(u8, name.text, raw)) return number - 1;
        }
    }

    noinline fn findEscaped(names: *const Names, string: String) ?u32 {
        var buffer: [128 + 8]u8 = undefined;
        var bytes = string.reader();
        var len: usize = 0;
        while (bytes.next()) |byte| : (len += 1) {
            if (len == 128) {
                for (names.list, 0..) |name, i| {
                    if (string.eql(.plain(name.text))) return @intCast(i);
                }
                return null;
            }
            buffer[len] = byte;
        }
        return names.findRaw(buffer[0..len]);
    }
};

inline fn word(start: [*]const u8) u64 {
    const pointer: *align(1) const u64 = @ptrCast(start);
    return pointer.*;
}

test "names are found as they are and escaped, and no others" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    var texts: std.ArrayList([]const u8) = .empty;
    for (0..300) |i| {
        const filler: [40]u8 = @splat('x');
        const string = try std.fmt.allocPrint(arena.allocator(), "{s}{d}{s}", .{ filler[0 .. i % 40], i * 7, filler[0 .. i % 11] });
        try texts.append(arena.allocator(), string);
    }
    try texts.append(arena.allocator(), "");
    const long: [200]u8 = @splat('y');
    try texts.append(arena.allocator(), &long);
    const names: Names = try .init(arena.allocator(), texts.items);
    for (texts.items, 0..) |string, i| {
        const padded = try std.mem.concat(arena.allocator(), u8, &.{ string, "\"                    " });
        try std.testing.expectEqual(i, names.find(.plain(padded[0..string.len])).?);
        try std.testing.expect(names.list[i].isAt(padded, 0));
        if (string.len == 0) continue;
        try std.testing.expect(!names.list[i].isAt(padded, 1));
        try std.testing.expectEqual(null, names.find(.plain(padded[0 .. string.len + 1])));
        const escaped = try std.fmt.allocPrint(arena.allocator(), "\\u{x:0>4}{s}", .{ string[0], string[1..] });
        try std.testing.expectEqual(i, names.find(.{ .raw = escaped, .is_escaped = true }).?);
    }
    try std.testing.expect((try Names.init(arena.allocator(), &.{})).find(.plain("a       "[0..1])) == null);
}
