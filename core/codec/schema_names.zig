//! The names of an object's properties, or the strings of an `enum`, found by one hash.
//!
//! A name is hashed by its length, its first 8 bytes and its last 8; the multiplier is searched for when the schema is
//! compiled, so that no two share a place where that can be had. What is long is compared behind that.

const std = @import("std");
const assert = std.debug.assert;
const schema_text = @import("schema_text.zig");
const String = schema_text.String;

/// A name as it mostly stands in front of a value, compared at once: `"name":`.
pub const Key = struct {
    name: []const u8,
    /// Its first 16 bytes, and which of them count.
    words: [2]u64,
    masks: [2]u64,

    pub const short_bytes_max = 16 - 3;

    pub fn init(name: []const u8) Key {
        var bytes: [16]u8 = @splat(0);
        var mask: [16]u8 = @splat(0);
        bytes[0] = '"';
        mask[0] = 0xff;
        for (name, 0..) |byte, i| {
            const is_escaped = byte < 0x20 or byte == '"' or byte == '\\';
            // It never stands in a text as it is. Nor does this.
            if (is_escaped) return .{ .name = "", .words = .{ '"' | 1 << 8, 0 }, .masks = .{ 0xffff, 0 } };
            if (i < bytes.len - 1) {
                bytes[1 + i] = byte;
                mask[1 + i] = 0xff;
            }
        }
        if (name.len <= short_bytes_max) {
            bytes[1 + name.len ..][0..2].* = "\":".*;
            @memset(mask[1 + name.len ..][0..2], 0xff);
        }
        return .{ .name = name, .words = @bitCast(bytes), .masks = @bitCast(mask) };
    }

    /// Whether it stands at `from`, where 16 bytes can be read. It then ends before the text does if a string that begins
    /// there does, and if it holds no control characters.
    pub inline fn isAt(key: *const Key, bytes: []const u8, from: usize) bool {
        const first = (word(bytes.ptr + from) ^ key.words[0]) & key.masks[0];
        const second = (word(bytes.ptr + from + 8) ^ key.words[1]) & key.masks[1];
        if (first | second != 0) return false;
        return key.name.len <= short_bytes_max or key.isLongAt(bytes, from);
    }

    noinline fn isLongAt(key: *const Key, bytes: []const u8, from: usize) bool {
        const len = key.name.len;
        if (bytes.len - from <= len + 2) return false;
        return std.mem.eql(u8, bytes[from + 1 ..][0..len], key.name) and std.mem.eql(u8, bytes[from + 1 + len ..][0..2], "\":");
    }
};

/// How long a name is, its first 8 bytes, zeros behind fewer, and its last 8, or zeros.
const Ends = struct {
    first: u64,
    last: u64,
    len: usize,

    /// 8 bytes are readable from the start on.
    inline fn of(start: [*]const u8, len: usize) Ends {
        const first = word(start);
        if (len >= 8) return .{ .first = first, .last = word(start + len - 8), .len = len };
        return .{ .first = first & (@as(u64, 1) << @intCast(8 * len)) - 1, .last = 0, .len = len };
    }
};

pub const Names = struct {
    list: []const []const u8,
    ends: []const Ends,
    /// A name's number and one, or 0.
    table: []const u16,
    multiplier: u64,
    shift: u6,

    pub const names_max = 1024;

    pub fn init(arena: std.mem.Allocator, texts: []const []const u8) error{OutOfMemory}!Names {
        assert(texts.len <= names_max);
        var bits: u6 = 2;
        while (@as(usize, 1) << bits < 2 * texts.len) bits += 1;
        const ends = try arena.alloc(Ends, texts.len);
        for (ends, texts) |*own, text| {
            var padded: [8]u8 = @splat(0);
            @memcpy(padded[0..@min(text.len, 8)], text[0..@min(text.len, 8)]);
            own.* = .of(if (text.len < 8) &padded else text.ptr, text.len);
        }
        var best: Names = .{ .list = texts, .ends = ends, .table = &.{}, .multiplier = 0, .shift = 0 };
        var best_collisions: usize = std.math.maxInt(usize);
        // Two sizes more are worth having no collision.
        for (0..3) |_| {
            const table = try arena.alloc(u16, @as(usize, 1) << bits);
            var random: u64 = 0x9e37_79b9_7f4a_7c15;
            for (0..200) |_| {
                random = random *% 0xd134_2543_de82_ef95 +% 1;
                var names = best;
                names.multiplier = random | 1;
                names.shift = @intCast(64 - @as(u7, bits));
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
        for (names.ends, 1..) |ends, number| {
            var place = names.placeOf(ends);
            while (table[place] != 0) : (place = (place + 1) & (table.len - 1)) collisions += 1;
            table[place] = @intCast(number);
        }
        return collisions;
    }

    inline fn placeOf(names: *const Names, ends: Ends) usize {
        return @intCast(((ends.first ^ std.math.rotl(u64, ends.last, 29) ^ ends.len) *% names.multiplier) >> names.shift);
    }

    /// The number of a name, with 8 readable bytes behind it.
    pub fn find(names: *const Names, string: String) ?u32 {
        if (string.is_escaped) return names.findEscaped(string);
        return names.findRaw(string.raw);
    }

    /// The number of a name that may have nothing behind it.
    pub fn numberOf(names: *const Names, text: []const u8) ?u32 {
        for (names.list, 0..) |name, number| {
            if (std.mem.eql(u8, name, text)) return @intCast(number);
        }
        return null;
    }

    pub inline fn findRaw(names: *const Names, raw: []const u8) ?u32 {
        const ends: Ends = .of(raw.ptr, raw.len);
        var place = names.placeOf(ends);
        while (true) : (place = (place + 1) & (names.table.len - 1)) {
            const number = names.table[place];
            if (number == 0) return null;
            const other = &names.ends[number - 1];
            if ((ends.first ^ other.first) | (ends.last ^ other.last) | (ends.len ^ other.len) != 0) continue;
            // Up to 16 bytes are all in the ends.
            if (raw.len <= 16 or std.mem.eql(u8, names.list[number - 1], raw)) return number - 1;
        }
    }

    noinline fn findEscaped(names: *const Names, string: String) ?u32 {
        var buffer: [128 + 8]u8 = undefined;
        var bytes = string.reader();
        var len: usize = 0;
        while (bytes.next()) |byte| : (len += 1) {
            if (len == 128) {
                for (names.list, 0..) |name, i| {
                    if (string.eql(.plain(name))) return @intCast(i);
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
        const padded = try std.mem.concat(arena.allocator(), u8, &.{ "\"", string, "\":                    " });
        try std.testing.expectEqual(i, names.find(.plain(padded[1..][0..string.len])).?);
        const key: Key = .init(string);
        try std.testing.expect(key.isAt(padded, 0));
        for (0..string.len + 3) |place| {
            padded[place] ^= 1;
            try std.testing.expect(!key.isAt(padded, 0));
            padded[place] ^= 1;
        }
        if (string.len == 0) continue;
        try std.testing.expect(!key.isAt(padded, 1));
        try std.testing.expectEqual(null, names.find(.plain(padded[1..][0 .. string.len + 1])));
        const escaped = try std.fmt.allocPrint(arena.allocator(), "\\u{x:0>4}{s}", .{ string[0], string[1..] });
        try std.testing.expectEqual(i, names.find(.{ .raw = escaped, .is_escaped = true }).?);
    }
    try std.testing.expect((try Names.init(arena.allocator(), &.{})).find(.plain("a       "[0..1])) == null);
    for ([_][]const u8{ "a\"", "a\n", "\\" }) |string| {
        const written = try std.fmt.allocPrint(arena.allocator(), "\"{s}\":                ", .{string});
        try std.testing.expect(!Key.init(string).isAt(written, 0));
    }
}
