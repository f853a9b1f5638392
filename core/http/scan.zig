//! Classes of bytes, one at a time by table and 32 or 64 at a time by vector.

const std = @import("std");

pub const block_bytes = 64;
pub const Block = @Vector(block_bytes, u8);
pub const half_bytes = 32;
pub const Half = @Vector(half_bytes, u8);

/// A vector or integer from any place. One load: through an array the compiler would take it apart into bytes.
pub inline fn load(comptime T: type, bytes: [*]const u8) T {
    const pointer: *align(1) const T = @ptrCast(bytes);
    return pointer.*;
}

/// `token` of RFC 9110, section 5.6.2.
pub const is_token: [256]bool = table: {
    var list: [256]bool = @splat(false);
    for ('0'..'9' + 1) |c| list[c] = true;
    for ('A'..'Z' + 1) |c| list[c] = true;
    for ('a'..'z' + 1) |c| list[c] = true;
    for ("!#$%&'*+-.^_`|~") |c| list[c] = true;
    break :table list;
};

/// What may stand in a Host header: `uri-host [":" port]` of RFC 9110, section 7.2.
pub const is_host: [256]bool = table: {
    var list: [256]bool = @splat(false);
    for ('0'..'9' + 1) |c| list[c] = true;
    for ('A'..'Z' + 1) |c| list[c] = true;
    for ('a'..'z' + 1) |c| list[c] = true;
    for ("-._~!$&'()*+,;=%:[]") |c| list[c] = true;
    break :table list;
};

/// A bit for each byte that may end a field line: controls and, because that makes it one compare, all above ASCII.
/// The tab and what is above ASCII go on to be told apart one at a time; they are rare.
pub inline fn lineStops(block: Block) u64 {
    return below(block, 0x20);
}

/// A bit for each byte that may end a request target: the space, what may not be in one, and three that seldom are:
/// `!`, `"` and `#`.
pub inline fn targetStops(block: Block) u64 {
    return below(block, '#' + 1);
}

/// A bit for each byte that is less than `limit`, 0x7f or more.
inline fn below(block: Block, comptime limit: i8) u64 {
    // One step up, 0x7f becomes the smallest signed byte, and one signed compare finds both ends.
    const shifted: @Vector(block_bytes, i8) = @bitCast(block +% splat(1));
    return @bitCast(shifted < @as(@Vector(block_bytes, i8), @splat(limit + 1)));
}

pub inline fn equal(block: Block, byte: u8) u64 {
    return @bitCast(block == splat(byte));
}

pub inline fn equalHalf(half: Half, byte: u8) u32 {
    return @bitCast(half == @as(Half, @splat(byte)));
}

/// A bit for each letter, digit and hyphen: what nearly all header names are made of.
pub inline fn plainNameBytes(half: Half) u32 {
    const letters: u32 = @bitCast((half | @as(Half, @splat(0x20))) -% @as(Half, @splat('a')) < @as(Half, @splat(26)));
    return letters | digits(half) | equalHalf(half, '-');
}

pub inline fn digits(half: Half) u32 {
    return @bitCast(half -% @as(Half, @splat('0')) < @as(Half, @splat(10)));
}

/// A bit for each letter, digit, hyphen, dot and colon: what nearly all hosts are made of.
pub inline fn plainHostBytes(half: Half) u32 {
    return plainNameBytes(half) | equalHalf(half, '.') | equalHalf(half, ':');
}

pub inline fn allIn(class: *const [256]bool, bytes: []const u8) bool {
    for (bytes) |byte| {
        if (!class[byte]) return false;
    }
    return true;
}

/// Bits `count` and up.
pub inline fn from(count: u64) u64 {
    return ~@as(u64, 0) << @intCast(count);
}

inline fn splat(byte: u8) Block {
    return @splat(byte);
}

const testing = std.testing;

test "vector classes agree with their definitions for every byte" {
    for (0..256) |value| {
        const byte: u8 = @intCast(value);
        const block: Block = @splat(byte);
        const half: Half = @splat(byte);
        const all = ~@as(u64, 0);
        const all_half = ~@as(u32, 0);
        try testing.expectEqual(if (byte < 0x20 or byte > 0x7e) all else 0, lineStops(block));
        try testing.expectEqual(if (byte <= '#' or byte > 0x7e) all else 0, targetStops(block));
        const is_plain = std.ascii.isAlphanumeric(byte) or byte == '-';
        try testing.expectEqual(if (is_plain) all_half else 0, plainNameBytes(half));
        if (is_plain) try testing.expect(is_token[byte]);
        const is_plain_host = is_plain or byte == '.' or byte == ':';
        try testing.expectEqual(if (is_plain_host) all_half else 0, plainHostBytes(half));
        if (is_plain_host) try testing.expect(is_host[byte]);
    }
}

test "a bit stands for the byte at its place" {
    var bytes: [block_bytes]u8 = @splat('a');
    bytes[5] = ':';
    bytes[63] = '\r';
    try testing.expectEqual(@as(u64, 1) << 5, equal(bytes, ':'));
    try testing.expectEqual(@as(u64, 1) << 63, lineStops(bytes));
}
