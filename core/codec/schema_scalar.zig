//! Strings, numbers and literals of a text, read on the way past them: quick where they are short and plain, right always.
//!
//! 64 bytes are readable behind the text; what is found there never counts.

const std = @import("std");
const json_scan = @import("json_scan.zig");
const schema_text = @import("schema_text.zig");
const String = schema_text.String;
const Text = schema_text.Text;

const block_bytes = 16;
const Block = @Vector(block_bytes, u8);
const Bits = u16;

inline fn load(comptime T: type, bytes: []const u8, from: usize) T {
    const pointer: *align(1) const T = @ptrCast(bytes.ptr + from);
    return pointer.*;
}

inline fn splat(byte: u8) Block {
    return @splat(byte);
}

pub const Found = struct { string: String, is_ascii: bool };

/// From behind the opening quote; null where it isn't closed, which stage 1 has seen, or an escape is wrong.
pub inline fn readString(bytes: []const u8, from: usize) ?Found {
    var i = from;
    var high: Bits = 0;
    while (i < bytes.len) : (i += block_bytes) {
        const block = load(Block, bytes, i);
        const quotes: Bits = @bitCast(block == splat('"'));
        const slashes: Bits = @bitCast(block == splat('\\'));
        const signs: Bits = @bitCast(block >= splat(0x80));
        const stops = quotes | slashes;
        if (stops == 0) {
            high |= signs;
            continue;
        }
        const lowest = stops & (~stops + 1);
        if (slashes & lowest != 0) return readEscaped(bytes, from);
        const end = i + @ctz(stops);
        if (end >= bytes.len) return null;
        high |= signs & (lowest - 1);
        return .{ .string = .plain(bytes[from..end]), .is_ascii = high == 0 };
    }
    return null;
}

/// Where in a string, or at the end of the text, comes what is not just a part of it: a quote or a backslash.
pub inline fn skipPlain(bytes: []const u8, from: usize) usize {
    var i = from;
    while (bytes.len -| i >= block_bytes) : (i += block_bytes) {
        const block = load(Block, bytes, i);
        const stops: Bits = @bitCast((block == splat('"')) | (block == splat('\\')));
        if (stops != 0) return i + @ctz(stops);
    }
    while (i < bytes.len and bytes[i] != '"' and bytes[i] != '\\') i += 1;
    return i;
}

noinline fn readEscaped(bytes: []const u8, from: usize) ?Found {
    if (!schema_text.isStringGood(bytes, from)) return null;
    const text: Text = .{ .bytes = bytes, .at = &.{@intCast(from - 1)} };
    return .{ .string = text.string(0), .is_ascii = false };
}

/// Whether a literal stands at `from` and ends there.
pub inline fn isLiteral(comptime word: []const u8, bytes: []const u8, from: usize) bool {
    const end = from + word.len;
    if (end > bytes.len or !std.mem.eql(u8, bytes.ptr[from..end], word)) return false;
    return end == bytes.len or ends[bytes[end]];
}

/// What may stand behind a scalar.
const ends: [256]bool = table: {
    var list: [256]bool = @splat(false);
    for (" \t\n\r,]}:[{") |byte| list[byte] = true;
    break :table list;
};

/// A number, which may be written with a point or an exponent, whose value is whole.
pub inline fn readInteger(bytes: []const u8, from: usize) ?f64 {
    const is_negative = bytes[from] == '-';
    const start = from + @intFromBool(is_negative);
    const others = notDigits(load(Block, bytes, start));
    const count: usize = @ctz(others);
    const digits = load(u64, bytes, start);
    const has_zeros = count != 1 and (digits & 0xff) == '0';
    if (count -% 1 >= 8 or has_zeros or start + count >= bytes.len or !ends[bytes[start + count]]) return readLongInteger(bytes, from);
    const value: f64 = @floatFromInt(eightDigits(digits, count));
    return if (is_negative) -value else value;
}

noinline fn readLongInteger(bytes: []const u8, from: usize) ?f64 {
    const value = readLonger(bytes, from) orelse return null;
    return if (@trunc(value) == value) value else null;
}

/// Up to 15 digits, perhaps with a point among them, are exact in a double, as is a power of ten below 10^22; their
/// quotient is rounded once, as the number itself would be.
///
/// Here are those of up to 8 digits, which are added up at once.
pub inline fn readNumber(bytes: []const u8, from: usize) ?f64 {
    const is_negative = bytes[from] == '-';
    const start = from + @intFromBool(is_negative);
    const others = notDigits(load(Block, bytes, start));
    if (others == 0) return readLonger(bytes, from);
    const whole: usize = @ctz(others);
    const first = load(u64, bytes, start);
    var digits = first;
    var count = whole;
    var end = whole;
    if (bytes.ptr[start + whole] == '.') {
        const others_behind = others & (others - 1);
        if (others_behind == 0 or whole -% 1 >= 7) return readLonger(bytes, from);
        end = @ctz(others_behind);
        count = end - 1;
        // The point is left out.
        const in_front = (@as(u64, 1) << @intCast(8 * whole)) - 1;
        digits = (first & in_front) | (load(u64, bytes, start + 1) & ~in_front);
        if (count == whole) return readLonger(bytes, from);
    }
    const has_zeros = whole != 1 and (first & 0xff) == '0';
    if (count -% 1 >= 8 or has_zeros or start + end >= bytes.len or !ends[bytes[start + end]]) return readLonger(bytes, from);
    var value: f64 = @floatFromInt(eightDigits(digits, count));
    if (end != whole) value /= powers[count - whole];
    return if (is_negative) -value else value;
}

inline fn notDigits(block: Block) Bits {
    return @bitCast(block -% splat('0') > splat(9));
}

/// What 1 to 8 digits are together, the first in the lowest byte: at once pairs, fours, all.
inline fn eightDigits(characters: u64, count: usize) u64 {
    const digits = (characters ^ 0x3030_3030_3030_3030) << @intCast(64 - 8 * count);
    const pairs = digits *% 10 +% (digits >> 8);
    const even = (pairs & 0x0000_00ff_0000_00ff) *% (100 + (1_000_000 << 32));
    const odd = ((pairs >> 16) & 0x0000_00ff_0000_00ff) *% (1 + (10_000 << 32));
    return (even +% odd) >> 32;
}

const powers: [16]f64 = table: {
    var list: [16]f64 = undefined;
    var power: f64 = 1;
    for (&list) |*entry| {
        entry.* = power;
        power *= 10;
    }
    break :table list;
};

/// Up to 15 digits one by one, and all else.
noinline fn readLonger(bytes: []const u8, from: usize) ?f64 {
    var i = from;
    const is_negative = bytes[i] == '-';
    i += @intFromBool(is_negative);
    const whole = i;
    var digits: u64 = 0;
    while (digitAt(bytes, i)) |digit| : (i += 1) digits = digits *% 10 +% digit;
    var count = i - whole;
    if (count == 0) return null;
    if (count > 15 or (count > 1 and bytes[whole] == '0')) return readAny(bytes, from);
    var power: usize = 0;
    if (i < bytes.len and bytes[i] == '.') {
        i += 1;
        const point = i;
        while (digitAt(bytes, i)) |digit| : (i += 1) digits = digits *% 10 +% digit;
        power = i - point;
        count += power;
        if (power == 0 or count > 15) return readAny(bytes, from);
    }
    if (i < bytes.len and !ends[bytes[i]]) return readAny(bytes, from);
    var value: f64 = @floatFromInt(digits);
    if (power > 0) value /= powers[power];
    return if (is_negative) -value else value;
}

inline fn digitAt(bytes: []const u8, i: usize) ?u64 {
    if (i >= bytes.len) return null;
    const digit = bytes[i] -% '0';
    return if (digit > 9) null else digit;
}

fn readAny(bytes: []const u8, from: usize) ?f64 {
    if (!schema_text.isScalarGood(bytes, from)) return null;
    const text: Text = .{ .bytes = bytes, .at = &.{@intCast(from)} };
    return std.fmt.parseFloat(f64, text.scalar(0)) catch null;
}

const testing = std.testing;

/// Both readers, beside the scan and the standard library, with something behind the text that would count, were it read.
fn expectNumber(number: []const u8) !void {
    errdefer std.debug.print("for {s}\n", .{number});
    const is_good = json_scan.scan(number).fault == .none;
    const value: ?f64 = if (is_good) try std.fmt.parseFloat(f64, number) else null;
    const whole = if (value != null and @trunc(value.?) == value.?) value else null;
    for ([_][]const u8{ "", ",", " ", "\n", "}", "]" }) |behind| {
        for ([_]u8{ '7', '.', ',', 'e', '"', 0 }) |slack| {
            var memory: [256]u8 = @splat(slack);
            @memcpy(memory[0..number.len], number);
            @memcpy(memory[number.len..][0..behind.len], behind);
            const bytes = memory[0 .. number.len + behind.len];
            const found = readNumber(bytes, 0);
            const found_whole = readInteger(bytes, 0);
            // A minus in front of zero counts too.
            try testing.expectEqual(@as(?u64, if (value) |v| @bitCast(v) else null), @as(?u64, if (found) |v| @bitCast(v) else null));
            try testing.expectEqual(@as(?u64, if (whole) |v| @bitCast(v) else null), @as(?u64, if (found_whole) |v| @bitCast(v) else null));
        }
    }
}

test "numbers are what they are, however they are written" {
    for ([_][]const u8{
        "0",     "-0",       "-",                "1",               "01",                   "-01",               "1.",    "-.5", "1.5",      "0.0",
        "00.5",  "12345678", "123456789",        "1234567.8",       "1234567.89",           "12345678.",         "1e5",   "1E",  "1.5e-3",   "-12.50",
        "1e999", "1e-999",   "9007199254740993", "123456789012345", "0.123456789012345678", "1-",                "1.2.3", "1a",  "1234567a", "12345678901234567890",
        "72.10", "9.999999", "0.00001",          "--1",             "1234567890123456",     "999999999999999.9",
    }) |number| try expectNumber(number);
}

test "random characters are numbers where the scan says so" {
    var random: std.Random.DefaultPrng = .init(testing.random_seed);
    const letters = "0123456789012345678901234567890123456789..--+eE";
    var buffer: [20]u8 = undefined;
    for (0..20_000) |_| {
        const number = buffer[0 .. 1 + random.random().uintLessThan(usize, buffer.len)];
        for (number) |*byte| byte.* = letters[random.random().uintLessThan(usize, letters.len)];
        if (number[0] == '-' or std.ascii.isDigit(number[0])) try expectNumber(number);
    }
}
