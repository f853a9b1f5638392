//! Decides whether bytes are a JSON text that the framework takes, before JavaScript sees them, and if not, where not.
//!
//! RFC 8259, strictly, in UTF-8, with two rules more: no number rounds to an infinity, and at most `depth_max` arrays
//! and objects are open at once. What passes is what `JSON.parse` takes, escaped lone surrogates too. Nothing is
//! allocated, nothing recurses, every byte is looked at a bounded number of times.

const std = @import("std");

pub const depth_max = 512;

pub const Fault = enum(u8) {
    /// The text is good.
    none,
    /// The text is good so far; `offset` is its length.
    ended_early,
    /// A byte that can't stand where it does, for none of the reasons below.
    syntax,
    /// A raw byte below 0x20 in a string.
    control_unescaped,
    /// In a string, what follows a backslash, or a `\u` and up to three digits.
    escape_invalid,
    /// In a string, a byte that can't start a character or go on with one.
    utf8_invalid,
    /// A byte order mark in front; `offset` is 0.
    bom,
    /// A number that rounds to an infinity; `offset` is that of its first byte, which may be the minus.
    number_too_large,
    /// `offset` is that of the bracket that opens one level too many.
    too_deep,
};

/// `offset` is the first byte with which no JSON text can go on, but for `number_too_large` and `bom`; where there is
/// no fault, the length. A character that breaks off is at fault where it does: `C3 28` at the `28`, `ED A0` (a
/// surrogate) at the `A0`, `C0` itself. A number is judged when it ends, with the text or with a byte that isn't its own.
pub const Result = extern struct {
    fault: Fault,
    offset: u64,
};

/// Reads the bytes and nothing beyond; takes a time that grows with their number and no faster.
pub fn scan(bytes: []const u8) Result {
    if (std.mem.startsWith(u8, bytes, "\xef\xbb\xbf")) return at(.bom, 0);
    // What each open bracket goes on with after a value.
    var open: [depth_max]State = undefined;
    var depth: usize = 0;
    var i: usize = 0;
    state: switch (State.value) {
        .value => {
            if (i == bytes.len) return at(.ended_early, i);
            switch (bytes[i]) {
                ' ', '\t', '\n', '\r' => {
                    i = skipSpace(bytes, i + 1);
                    continue :state .value;
                },
                '"' => {
                    const end = string(bytes, i + 1);
                    if (end.fault != .none) return end;
                    i = @intCast(end.offset);
                },
                '-', '0'...'9' => {
                    const end = number(bytes, i);
                    if (end.fault != .none) return end;
                    i = @intCast(end.offset);
                },
                '{' => {
                    if (depth == depth_max) return at(.too_deep, i);
                    open[depth] = .object_next;
                    depth += 1;
                    i = skipSpace(bytes, i + 1);
                    if (i == bytes.len or bytes[i] != '}') continue :state .key;
                    i += 1;
                    depth -= 1;
                },
                '[' => {
                    if (depth == depth_max) return at(.too_deep, i);
                    open[depth] = .array_next;
                    depth += 1;
                    i = skipSpace(bytes, i + 1);
                    if (i == bytes.len or bytes[i] != ']') continue :state .value;
                    i += 1;
                    depth -= 1;
                },
                't', 'f', 'n' => {
                    const end = literal(bytes, i);
                    if (end.fault != .none) return end;
                    i = @intCast(end.offset);
                },
                else => return at(.syntax, i),
            }
            if (depth == 0) continue :state .end;
            continue :state open[depth - 1];
        },
        .key => {
            i = skipSpace(bytes, i);
            if (i == bytes.len) return at(.ended_early, i);
            if (bytes[i] != '"') return at(.syntax, i);
            const end = string(bytes, i + 1);
            if (end.fault != .none) return end;
            i = skipSpace(bytes, @intCast(end.offset));
            if (i == bytes.len) return at(.ended_early, i);
            if (bytes[i] != ':') return at(.syntax, i);
            i = skipSpace(bytes, i + 1);
            continue :state .value;
        },
        .object_next => {
            i = skipSpace(bytes, i);
            if (i == bytes.len) return at(.ended_early, i);
            const byte = bytes[i];
            i += 1;
            if (byte == ',') continue :state .key;
            if (byte != '}') return at(.syntax, i - 1);
            depth -= 1;
            if (depth == 0) continue :state .end;
            continue :state open[depth - 1];
        },
        .array_next => {
            i = skipSpace(bytes, i);
            if (i == bytes.len) return at(.ended_early, i);
            const byte = bytes[i];
            i += 1;
            if (byte == ',') {
                i = skipSpace(bytes, i);
                continue :state .value;
            }
            if (byte != ']') return at(.syntax, i - 1);
            depth -= 1;
            if (depth == 0) continue :state .end;
            continue :state open[depth - 1];
        },
        .end => {
            i = skipSpace(bytes, i);
            return at(if (i == bytes.len) .none else .syntax, i);
        },
    }
}

const State = enum(u8) { value, key, object_next, array_next, end };

inline fn at(fault: Fault, offset: usize) Result {
    return .{ .fault = fault, .offset = offset };
}

const block_bytes = 16;
const Block = @Vector(block_bytes, u8);
const Bits = u16;

/// One load: through an array the compiler would take it apart into bytes.
inline fn load(comptime T: type, bytes: []const u8, from: usize) T {
    std.debug.assert(bytes.len - from >= @sizeOf(T));
    const pointer: *align(1) const T = @ptrCast(bytes.ptr + from);
    return pointer.*;
}

inline fn splat(byte: u8) Block {
    return @splat(byte);
}

inline fn equal(block: Block, byte: u8) Bits {
    return @bitCast(block == splat(byte));
}

inline fn atLeast(block: Block, byte: u8) Bits {
    return @bitCast(block >= splat(byte));
}

/// Where white space ends.
inline fn skipSpace(bytes: []const u8, from: usize) usize {
    if (from < bytes.len and bytes[from] > ' ') return from;
    if (bytes.len - from > 1 and bytes[from] == ' ' and bytes[from + 1] > ' ') return from + 1;
    return skipSpaces(bytes, from);
}

fn skipSpaces(bytes: []const u8, from: usize) usize {
    var i = from;
    while (bytes.len - i >= block_bytes) {
        const block = load(Block, bytes, i);
        const space = equal(block, ' ') | equal(block, '\n') | equal(block, '\r') | equal(block, '\t');
        if (~space != 0) return i + @ctz(~space);
        i += block_bytes;
    }
    while (i < bytes.len) : (i += 1) {
        switch (bytes[i]) {
            ' ', '\t', '\n', '\r' => {},
            else => break,
        }
    }
    return i;
}

/// From behind the opening quote to behind the closing one.
inline fn string(bytes: []const u8, from: usize) Result {
    if (bytes.len - from >= block_bytes) {
        const stops = stringStops(load(Block, bytes, from));
        if (stops != 0) {
            const stop = from + @ctz(stops);
            if (bytes[stop] == '"') return at(.none, stop + 1);
        }
    }
    return stringRest(bytes, from);
}

noinline fn stringRest(bytes: []const u8, from: usize) Result {
    var i = from;
    while (true) {
        if (bytes.len - i >= block_bytes) {
            const stops = stringStops(load(Block, bytes, i));
            if (stops == 0) {
                i += block_bytes;
                continue;
            }
            i += @ctz(stops);
        } else if (i == bytes.len) return at(.ended_early, i);
        switch (bytes[i]) {
            '"' => return at(.none, i + 1),
            // They often come in rows.
            '\\' => while (true) {
                const end = escape(bytes, i + 1);
                if (end.fault != .none) return end;
                i = @intCast(end.offset);
                if (i == bytes.len or bytes[i] != '\\') break;
            },
            0...0x1f => return at(.control_unescaped, i),
            0x80...0xff => {
                const end = character(bytes, i);
                if (end.fault != .none) return end;
                i = skipCharacters(bytes, @intCast(end.offset));
            },
            else => i += 1,
        }
    }
}

/// Passes characters of up to three bytes while whole blocks are left, until anything else comes.
inline fn skipCharacters(bytes: []const u8, from: usize) usize {
    var i = from;
    while (bytes.len - i >= block_bytes) {
        const size = wholeCharacters(load(Block, bytes, i));
        if (size == 0) break;
        i += size;
    }
    return i;
}

/// How many bytes at the block's start are whole characters of up to three bytes that may stand in a string as they
/// are. What is right but longer, or goes on behind the block, is left to `character`, as is what is wrong.
inline fn wholeCharacters(block: Block) usize {
    const signed: @Vector(block_bytes, i8) = @bitCast(block);
    const trails: Bits = @bitCast(signed < @as(@Vector(block_bytes, i8), @splat(@bitCast(@as(u8, 0xc0)))));
    const leads = atLeast(block, 0xc2);
    const leads_of_3 = atLeast(block, 0xe0);
    const trails_due = (leads << 1) | (leads_of_3 << 2);
    const low = ~atLeast(block, 0xa0);
    const others = (stringStops(block) & ~(trails | leads)) | atLeast(block, 0xf0) | (trails ^ trails_due) |
        ((equal(block, 0xe0) << 1) & low) | ((equal(block, 0xed) << 1) & ~low);
    const end: usize = if (others == 0) block_bytes else @ctz(others);
    const leads_before = leads & ((@as(u32, 1) << @intCast(end)) - 1);
    if (leads_before == 0) return end;
    const last: usize = 31 - @as(usize, @clz(leads_before));
    const size = 2 + ((leads_of_3 >> @intCast(last)) & 1);
    return if (last + size > end) last else end;
}

/// A bit for each quote, backslash, control and byte above ASCII.
inline fn stringStops(block: Block) Bits {
    const signed: @Vector(block_bytes, i8) = @bitCast(block);
    // As signed bytes, those above ASCII are below the controls.
    const low: Bits = @bitCast(signed < @as(@Vector(block_bytes, i8), @splat(0x20)));
    return low | equal(block, '"') | equal(block, '\\');
}

/// From behind the backslash.
inline fn escape(bytes: []const u8, from: usize) Result {
    if (from == bytes.len) return at(.ended_early, from);
    switch (bytes[from]) {
        '"', '\\', '/', 'b', 'f', 'n', 'r', 't' => return at(.none, from + 1),
        'u' => {},
        else => return at(.escape_invalid, from),
    }
    if (bytes.len - from >= 5) {
        const digits = bytes[from + 1 ..][0..4];
        if (is_hex[digits[0]] & is_hex[digits[1]] & is_hex[digits[2]] & is_hex[digits[3]] != 0) return at(.none, from + 5);
    }
    for (bytes[from + 1 ..], from + 1..) |byte, i| {
        if (is_hex[byte] == 0) return at(.escape_invalid, i);
    }
    return at(.ended_early, bytes.len);
}

const is_hex: [256]u8 = table: {
    var list: [256]u8 = @splat(0);
    for ("0123456789abcdefABCDEF") |byte| list[byte] = 1;
    break :table list;
};

/// A character above ASCII: table 3-7 of the Unicode Standard.
inline fn character(bytes: []const u8, from: usize) Result {
    const first = bytes[from];
    const size: usize = switch (first) {
        0xc2...0xdf => 2,
        0xe0...0xef => 3,
        0xf0...0xf4 => 4,
        else => return at(.utf8_invalid, from),
    };
    const low: u8 = switch (first) {
        0xe0 => 0xa0,
        0xf0 => 0x90,
        else => 0x80,
    };
    const high: u8 = switch (first) {
        0xed => 0x9f,
        0xf4 => 0x8f,
        else => 0xbf,
    };
    if (from + 1 == bytes.len) return at(.ended_early, from + 1);
    if (bytes[from + 1] < low or bytes[from + 1] > high) return at(.utf8_invalid, from + 1);
    for (from + 2..from + size) |i| {
        if (i == bytes.len) return at(.ended_early, i);
        if (bytes[i] & 0xc0 != 0x80) return at(.utf8_invalid, i);
    }
    return at(.none, from + size);
}

fn literal(bytes: []const u8, from: usize) Result {
    const text = switch (bytes[from]) {
        't' => "true",
        'f' => "false",
        'n' => "null",
        else => unreachable,
    };
    for (text, from..) |byte, i| {
        if (i == bytes.len) return at(.ended_early, i);
        if (bytes[i] != byte) return at(.syntax, i);
    }
    return at(.none, from + text.len);
}

inline fn number(bytes: []const u8, from: usize) Result {
    const whole = from + @intFromBool(bytes[from] == '-');
    const point = skipDigits(bytes, whole);
    if (point == whole) return at(if (point == bytes.len) .ended_early else .syntax, point);
    if (@intFromBool(point - whole > 1) & @intFromBool(bytes[whole] == '0') != 0) return at(.syntax, whole + 1);
    if (point < bytes.len) {
        switch (bytes[point]) {
            '.', 'e', 'E' => return numberRest(bytes, from, point),
            else => {},
        }
    }
    if (point - whole >= infinity.len and tooLarge(bytes[whole..point], 0)) return at(.number_too_large, from);
    return at(.none, point);
}

fn numberRest(bytes: []const u8, from: usize, point: usize) Result {
    var i = point;
    if (bytes[i] == '.') {
        const end = skipDigits(bytes, i + 1);
        if (end == i + 1) return at(if (end == bytes.len) .ended_early else .syntax, end);
        i = end;
    }
    const whole = from + @intFromBool(bytes[from] == '-');
    const mantissa = bytes[whole..i];
    var exponent: i64 = 0;
    if (i < bytes.len and bytes[i] | 0x20 == 'e') {
        i += 1;
        const negative = i < bytes.len and bytes[i] == '-';
        if (i < bytes.len and (bytes[i] == '-' or bytes[i] == '+')) i += 1;
        const digits = i;
        while (i < bytes.len and std.ascii.isDigit(bytes[i])) : (i += 1) {
            // No mantissa is long enough to make up for more.
            if (exponent < 1 << 56) exponent = exponent * 10 + bytes[i] - '0';
        }
        if (i == digits) return at(if (i == bytes.len) .ended_early else .syntax, i);
        if (negative) exponent = -exponent;
    }
    const digits: i64 = @intCast(point - whole);
    if (digits + exponent >= infinity.len and tooLarge(mantissa, exponent)) return at(.number_too_large, from);
    return at(.none, i);
}

inline fn skipDigits(bytes: []const u8, from: usize) usize {
    if (bytes.len - from >= block_bytes) {
        const others = notDigits(load(Block, bytes, from));
        if (others != 0) return from + @ctz(others);
    }
    return skipManyDigits(bytes, from);
}

noinline fn skipManyDigits(bytes: []const u8, from: usize) usize {
    var i = from;
    while (bytes.len - i >= block_bytes) : (i += block_bytes) {
        const others = notDigits(load(Block, bytes, i));
        if (others != 0) return i + @ctz(others);
    }
    while (i < bytes.len and std.ascii.isDigit(bytes[i])) i += 1;
    return i;
}

inline fn notDigits(block: Block) Bits {
    return @bitCast(block -% splat('0') > splat(9));
}

/// The smallest that rounds to infinity as a double: half a unit beyond the largest double, and a tie goes to even.
const infinity = std.fmt.comptimePrint("{d}", .{(1 << 1024) - (1 << 970)});

/// Whether digits, perhaps with a point among them, times a power of ten come to that: exactly, digit by digit.
fn tooLarge(mantissa: []const u8, exponent: i64) bool {
    const first = std.mem.findNone(u8, mantissa, "0.") orelse return false;
    const point = std.mem.findScalar(u8, mantissa, '.') orelse mantissa.len;
    // The number is 0.ddd times ten to the power of this.
    const scale = exponent + @as(i64, @intCast(point)) - @as(i64, @intCast(if (first > point) first - 1 else first));
    if (scale != infinity.len) return scale > infinity.len;
    var i = first;
    for (infinity) |limit| {
        if (i == point) i += 1;
        const digit = if (i < mantissa.len) mantissa[i] else '0';
        if (digit != limit) return digit > limit;
        i += 1;
    }
    return true;
}

const testing = std.testing;

fn repeat(comptime text: []const u8, comptime count: usize) *const [count * text.len]u8 {
    const repeated = comptime repeated: {
        const all: [count][text.len]u8 = @splat(text[0..text.len].*);
        break :repeated all;
    };
    return @ptrCast(&repeated);
}

fn expectFault(fault: Fault, offset: usize, text: []const u8) !void {
    errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(text[0..@min(text.len, 400)])});
    const result = scan(text);
    try testing.expectEqual(fault, result.fault);
    try testing.expectEqual(offset, result.offset);
}

/// With more before and behind it, so that every part of it lies once at every place of a block, and at the end.
fn expectAnywhere(fault: Fault, offset: usize, text: []const u8) !void {
    var memory: [1024]u8 = undefined;
    @memset(&memory, ' ');
    for (0..2 * block_bytes) |before| {
        const padded = memory[0 .. before + text.len + 2 * block_bytes];
        @memset(padded, ' ');
        @memcpy(padded[before..][0..text.len], text);
        try expectFault(fault, before + offset, padded[0 .. before + text.len]);
        if (fault == .none) {
            try expectFault(.none, padded.len, padded);
        } else if (fault != .ended_early) {
            try expectFault(fault, before + offset, padded);
        }
    }
}

test "texts that are good" {
    const texts = [_][]const u8{
        "null",                                                "true",
        "false",                                               "0",
        "-0",                                                  "-1",
        "1234567890123456789012345678901234567890",            "0.1",
        "-10.250",                                             "1e5",
        "1E+5",                                                "1.5e-05",
        "0e999999999999999999999999999999",                    "-0.000E+400",
        "1e-999",                                              "123.456e-789",
        "123e-10000000",                                       "\"\"",
        "\"a\"",                                               "\"\x7f\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uaBcD\\uFFFF\"", "\"\\ud800\"",
        "\"\\uDFAA\\ud800\\n\"",                               "\"\\ud83d\\ude00\"",
        "\"\xc2\x80\xdf\xbf\"",                                "\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"",
        "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",                "\"a\xef\xbb\xbfb\"",
        "\"0123456789abcdef0123456789abcdef0123456789\"",
        "\"съешь же ещё этих мягких французских булок\"",
        "\"天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往\"",
        "\"naïve 😀👍🏽 été\"",
        "[]",                                                  "{}",
        "[ ]",                                                 "{\t\r\n }",
        "[[],{},[{}],{\"\":[]}]",                              "[1,\"a\",true,false,null,-0.5e1]",
        " [ 1 , 2 ] \r\n\t",                                   "{ \"a\" : 1 , \"b\" : { \"c\" : [ ] } }",
        "{\"a\":1,\"a\":2,\"__proto__\":3}",                   "[\n                    1,\n                    2\n]",
    };
    for (texts) |text| try expectAnywhere(.none, text.len, text);
    // In front a mark is a fault of its own, elsewhere and in part it is a byte like others.
    try expectFault(.bom, 0, "\xef\xbb\xbf{}");
    try expectFault(.bom, 0, "\xef\xbb\xbf");
    try expectFault(.syntax, 1, " \xef\xbb\xbf{}");
    try expectFault(.syntax, 0, "\xef\xbb");
}

test "texts that are wrong, and where" {
    const Case = struct { Fault, usize, []const u8 };
    const cases = [_]Case{
        .{ .ended_early, 0, "" },
        .{ .ended_early, 3, " \r\n" },
        .{ .ended_early, 2, "tr" },
        .{ .ended_early, 1, "-" },
        .{ .ended_early, 2, "1." },
        .{ .ended_early, 2, "1e" },
        .{ .ended_early, 5, "1.5E+" },
        .{ .ended_early, 1, "\"" },
        .{ .ended_early, 2, "\"\\" },
        .{ .ended_early, 5, "\"\\u12" },
        .{ .ended_early, 2, "\"\xc3" },
        .{ .ended_early, 3, "\"\xe0\xa0" },
        .{ .ended_early, 4, "\"\xf0\x90\x80" },
        .{ .ended_early, 1, "[" },
        .{ .ended_early, 2, "[1" },
        .{ .ended_early, 3, "[1," },
        .{ .ended_early, 1, "{" },
        .{ .ended_early, 4, "{\"a\"" },
        .{ .ended_early, 5, "{\"a\":" },
        .{ .ended_early, 6, "{\"a\":1" },
        .{ .ended_early, 7, "{\"a\":1," },
        .{ .syntax, 0, "]" },
        .{ .syntax, 0, "}" },
        .{ .syntax, 0, "," },
        .{ .syntax, 0, "'a'" },
        .{ .syntax, 0, "NaN" },
        .{ .syntax, 0, "Infinity" },
        .{ .syntax, 0, "\x0b1" },
        .{ .syntax, 0, "\x00" },
        .{ .syntax, 0, "\xe2\x81\xa0[]" },
        .{ .syntax, 0, "\xff" },
        .{ .syntax, 0, "/**/1" },
        .{ .syntax, 2, "trUe" },
        .{ .syntax, 4, "truee" },
        .{ .syntax, 4, "fals3" },
        .{ .syntax, 1, "nil" },
        .{ .syntax, 0, "+1" },
        .{ .syntax, 0, ".5" },
        .{ .syntax, 1, "-a" },
        .{ .syntax, 1, "-.5" },
        .{ .syntax, 1, "-Infinity" },
        .{ .syntax, 1, "01" },
        .{ .syntax, 2, "-01" },
        .{ .syntax, 1, "00" },
        .{ .syntax, 1, "0x1" },
        .{ .syntax, 2, "1.e5" },
        .{ .syntax, 2, "1.a" },
        .{ .syntax, 2, "1e.5" },
        .{ .syntax, 3, "1e+-5" },
        .{ .syntax, 3, "1.2.3" },
        .{ .syntax, 3, "1e5e5" },
        .{ .syntax, 2, "1 2" },
        .{ .syntax, 1, "1_000" },
        .{ .syntax, 1, "[," },
        .{ .syntax, 3, "[1,]" },
        .{ .syntax, 3, "[1 2]" },
        .{ .syntax, 3, "[1,,2]" },
        .{ .syntax, 2, "[1}" },
        .{ .syntax, 2, "[]]" },
        .{ .syntax, 1, "{]" },
        .{ .syntax, 1, "{1:2}" },
        .{ .syntax, 1, "{a:1}" },
        .{ .syntax, 1, "{,}" },
        .{ .syntax, 4, "{\"a\"}" },
        .{ .syntax, 4, "{\"a\",1}" },
        .{ .syntax, 5, "{\"a\":}" },
        .{ .syntax, 5, "{\"a\"::1}" },
        .{ .syntax, 6, "{\"a\":1]" },
        .{ .syntax, 7, "{\"a\":1,}" },
        .{ .syntax, 3, "{} //" },
        .{ .syntax, 3, "\"a\"\"b\"" },
        .{ .control_unescaped, 2, "\"a\x00\"" },
        .{ .control_unescaped, 1, "\"\n\"" },
        .{ .control_unescaped, 41, "\"0123456789012345678901234567890123456789\x1f\"" },
        .{ .escape_invalid, 2, "\"\\x41\"" },
        .{ .escape_invalid, 2, "\"\\'\"" },
        .{ .escape_invalid, 2, "\"\\U0041\"" },
        .{ .escape_invalid, 2, "\"\\\x00\"" },
        .{ .escape_invalid, 2, "\"\\\xc3\xa9\"" },
        .{ .escape_invalid, 3, "\"\\u\"" },
        .{ .escape_invalid, 5, "\"\\u12G4\"" },
        .{ .escape_invalid, 6, "\"\\u123\"" },
        .{ .escape_invalid, 9, "\"\\ud800\\u\"" },
        .{ .utf8_invalid, 1, "\"\xff\"" },
        .{ .utf8_invalid, 1, "\"\x80\"" },
        .{ .utf8_invalid, 1, "\"\xc0\xaf\"" },
        .{ .utf8_invalid, 1, "\"\xc1\xbf\"" },
        .{ .utf8_invalid, 1, "\"\xf5\x80\x80\x80\"" },
        .{ .utf8_invalid, 2, "\"\xc3(\"" },
        .{ .utf8_invalid, 2, "\"\xe2(\xa1\"" },
        .{ .utf8_invalid, 3, "\"\xe2\x82\"" },
        .{ .utf8_invalid, 3, "\"\xc3\xa9\xa9\"" },
        .{ .utf8_invalid, 2, "\"\xe0\x9f\xbf\"" },
        .{ .utf8_invalid, 2, "\"\xed\xa0\x80\"" },
        .{ .utf8_invalid, 2, "\"\xf0\x8f\xbf\xbf\"" },
        .{ .utf8_invalid, 2, "\"\xf4\x90\x80\x80\"" },
        .{ .utf8_invalid, 4, "\"\xf0\x90\x80\xc3\"" },
        .{ .number_too_large, 0, "1e309" },
        .{ .number_too_large, 1, "[-1e+9999]" },
        .{ .number_too_large, 5, "{\"a\":1.8e308}" },
        .{ .number_too_large, 0, "123123e100000" },
        .{ .number_too_large, 0, "0.1e0000000000000000000000000000310" },
        .{ .number_too_large, 0, "1e309x" },
        .{ .number_too_large, 0, "1" ++ repeat("0", 309) },
    };
    for (cases) |case| try expectAnywhere(case[0], case[1], case[2]);
}

test "numbers about as large as the largest" {
    try testing.expectEqual(309, infinity.len);
    const just_not = std.fmt.comptimePrint("{d}", .{(1 << 1024) - (1 << 970) - 1});
    const Case = struct { Fault, []const u8 };
    const cases = [_]Case{
        .{ .none, "1.7976931348623157e308" },
        .{ .none, "1.7976931348623158e308" },
        .{ .number_too_large, "1.7976931348623159e308" },
        .{ .number_too_large, infinity },
        .{ .number_too_large, "-" ++ infinity ++ ".0" },
        .{ .number_too_large, infinity ++ "e0" },
        .{ .number_too_large, infinity[0..308] ++ ".2e1" },
        .{ .none, infinity[0..308] ++ "e1" },
        .{ .none, infinity[0..308] ++ ".1999999e1" },
        .{ .none, infinity ++ "e-1" },
        .{ .none, just_not },
        .{ .none, just_not ++ "." ++ repeat("9", 600) },
        .{ .number_too_large, infinity ++ "." ++ repeat("0", 600) ++ "1" },
        .{ .number_too_large, "1." ++ infinity[1..] ++ "e308" },
        .{ .none, "1." ++ just_not[1..] ++ "9e308" },
        .{ .number_too_large, "0." ++ infinity ++ "e309" },
        .{ .number_too_large, "0." ++ repeat("0", 100) ++ infinity ++ "e409" },
        .{ .none, "0." ++ repeat("0", 100) ++ just_not ++ "e409" },
        .{ .none, "0." ++ repeat("0", 500) ++ "1e800" },
        .{ .number_too_large, "0." ++ repeat("0", 500) ++ "1e810" },
        .{ .number_too_large, infinity ++ repeat("0", 400) ++ "e-400" },
        .{ .none, just_not ++ repeat("0", 400) ++ "e-400" },
    };
    for (cases) |case| try expectFault(case[0], if (case[0] == .none) case[1].len else 0, case[1]);
}

test "numbers agree with what parses them" {
    var prng: std.Random.DefaultPrng = .init(17);
    const random = prng.random();
    var text: [1024]u8 = undefined;
    for (0..20_000) |_| {
        var writer: std.Io.Writer = .fixed(&text);
        const kept = random.uintAtMost(usize, infinity.len);
        const zeros = if (random.boolean()) random.uintAtMost(usize, 20) else 0;
        const point = random.uintAtMost(usize, kept + 1);
        if (random.boolean()) try writer.writeByte('-');
        if (point == 0 or zeros > 0) try writer.writeAll("0.");
        try writer.splatByteAll('0', zeros);
        for (0..kept + 1) |i| {
            if (i == point and point > 0 and zeros == 0) try writer.writeByte('.');
            const last: u8 = '1' + random.uintLessThan(u8, 9);
            try writer.writeByte(if (i < kept) infinity[i] else last);
        }
        if (point == kept + 1 and zeros == 0 and random.boolean()) try writer.writeAll(".5");
        const whole: i64 = if (zeros > 0) -@as(i64, @intCast(zeros)) else @intCast(point);
        const off = random.intRangeAtMost(i64, -1, 1);
        try writer.print("e{d}", .{309 - whole + if (random.uintLessThan(u8, 4) == 0) off else 0});
        const number_text = writer.buffered();
        const is_infinite = std.math.isInf(try std.fmt.parseFloat(f64, number_text));
        try expectFault(if (is_infinite) .number_too_large else .none, if (is_infinite) 0 else number_text.len, number_text);
    }
}

test "long numbers, strings and white space" {
    const size = 1 << 20;
    const memory = try testing.allocator.alloc(u8, size);
    defer testing.allocator.free(memory);
    @memset(memory, '1');
    try expectFault(.number_too_large, 0, memory);
    @memcpy(memory[size - 9 ..], "e-1048260");
    try expectFault(.none, size, memory);
    @memcpy(memory[size - 9 ..], "e-1048200");
    try expectFault(.number_too_large, 0, memory);
    @memset(memory[0 .. size - 9], '0');
    @memcpy(memory[0..2], "0.");
    @memcpy(memory[size - 10 ..], "1e+1048870");
    try expectFault(.none, size, memory);
    @memcpy(memory[size - 10 ..], "1e+1048880");
    try expectFault(.number_too_large, 0, memory);
    @memset(memory, '9');
    @memcpy(memory[0..2], "1e");
    try expectFault(.number_too_large, 0, memory);
    @memcpy(memory[0..3], "1e-");
    try expectFault(.none, size, memory);
    @memset(memory, '0');
    @memcpy(memory[0..2], "1e");
    memory[size - 1] = '9';
    try expectFault(.none, size, memory);

    @memset(memory, 'a');
    memory[0] = '"';
    try expectFault(.ended_early, size, memory);
    memory[size - 1] = '"';
    try expectFault(.none, size, memory);
    memory[size - 2] = '\n';
    try expectFault(.control_unescaped, size - 2, memory);
    @memset(memory, ' ');
    try expectFault(.ended_early, size, memory);
    memory[size - 1] = '7';
    try expectFault(.none, size, memory);
}

test "levels" {
    const arrays = repeat("[", depth_max) ++ repeat("]", depth_max);
    try expectFault(.none, arrays.len, arrays);
    try expectFault(.too_deep, depth_max, repeat("[", depth_max) ++ "[");
    try expectFault(.too_deep, depth_max, repeat("[", depth_max) ++ "{");
    try expectFault(.too_deep, 5 * depth_max, repeat("{\"a\":", depth_max) ++ "{}");
    try expectFault(.too_deep, 5 * depth_max, repeat("{\"a\":", depth_max) ++ "[");
    const objects = repeat("{\"a\":", depth_max) ++ "1" ++ repeat("}", depth_max);
    try expectFault(.none, objects.len, objects);
    try expectFault(.syntax, objects.len, objects ++ "}");
    // Siblings aren't deeper.
    const inner = comptime repeat("[", depth_max - 1) ++ repeat("]", depth_max - 1);
    const wide = "[" ++ repeat(inner ++ ",", 3) ++ "1]";
    try expectFault(.none, wide.len, wide);
    // What closes must be what was opened, on every level.
    for (0..depth_max) |level| {
        var mixed: [2 * depth_max]u8 = arrays.*;
        mixed[2 * depth_max - 1 - level] = '}';
        try expectFault(.syntax, 2 * depth_max - 1 - level, &mixed);
    }
}

test "every cut of a good text" {
    const text =
        \\ {"id": 7, "name": "Zoë 😀 \u00e9\n", "tags": ["天地", "", "0123456789abcdef0123456789abcdef"],
        \\  "price": -12.50e-3, "ok": true, "no": false, "none": null, "in": {"a": [[], {}, [0]]}}
    ;
    try expectFault(.none, text.len, text);
    for (0..text.len) |size| {
        const cut = try testing.allocator.dupe(u8, text[0..size]);
        defer testing.allocator.free(cut);
        try expectFault(.ended_early, size, cut);
    }
    for ([_][]const u8{ "123", "-1.25e-10" }) |number_text| {
        for (1..number_text.len + 1) |size| {
            const ends = std.ascii.isDigit(number_text[size - 1]);
            try expectFault(if (ends) .none else .ended_early, size, number_text[0..size]);
        }
    }
}

test "UTF-8 agrees with the standard library, at every place of a block" {
    const bytes = [_]u8{
        'a',  '"',  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0,
        0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
    };
    var text: [40]u8 = undefined;
    var prng: std.Random.DefaultPrng = .init(19);
    for (bytes) |first| for (bytes) |second| for (bytes) |third| {
        // With a character above ASCII in front, blocks are looked at as such.
        const before = 2 * prng.random().uintLessThan(usize, block_bytes / 2);
        @memset(&text, 'b');
        text[0] = '"';
        for (0..before / 2) |i| text[1 + 2 * i ..][0..2].* = "é".*;
        text[1 + before ..][0..4].* = .{ first, second, third, 0x80 };
        const end = std.mem.findScalarPos(u8, &text, 1, '"') orelse end: {
            text[text.len - 1] = '"';
            break :end text.len - 1;
        };
        const result = scan(text[0 .. end + 1]);
        const is_valid = std.unicode.utf8ValidateSlice(text[1..end]);
        try testing.expectEqual(if (is_valid) Fault.none else .utf8_invalid, result.fault);
        if (is_valid) continue;
        // What came before is right, or breaks off.
        const offset: usize = @intCast(result.offset);
        try testing.expectEqual(.ended_early, scan(text[0..offset]).fault);
        try testing.expectEqual(result, scan(text[0 .. offset + 1]));
    };
}

/// The same verdict by the standard library, which is given one byte at a time so that it says which one is wrong.
fn verdict(text: []const u8) !struct { good: bool, offset: usize } {
    var scanner: std.json.Scanner = .initStreaming(testing.allocator);
    defer scanner.deinit();
    for (0..text.len + 1) |i| {
        if (i < text.len) scanner.feedInput(text[i..][0..1]) else scanner.endInput();
        while (true) {
            const token = scanner.next() catch |err| switch (err) {
                error.BufferUnderrun => break,
                error.SyntaxError, error.UnexpectedEndOfInput => return .{ .good = false, .offset = i },
                error.OutOfMemory => return error.OutOfMemory,
            };
            if (token == .end_of_document) return .{ .good = true, .offset = i };
        }
    }
    unreachable;
}

/// Whether the number, as far as one can be read, is infinite.
fn startsWithInfinity(text: []const u8) bool {
    var end = std.mem.findNone(u8, text, "0123456789+-.eE") orelse text.len;
    while (end > 0) : (end -= 1) {
        return std.math.isInf(std.fmt.parseFloat(f64, text[0..end]) catch continue);
    }
    return false;
}

fn mutate(random: std.Random, text: *std.ArrayList(u8)) !void {
    const alphabet = "\"\"\\\\{}[]:,,0123456789eE+-..  \n\ttfnu/ab\x00\x1f\x7f\x80\xa0\xbf\xc3\xe0\xed\xf0\xf4\xff";
    const place = random.uintAtMost(usize, text.items.len);
    const byte = if (random.boolean()) alphabet[random.uintLessThan(usize, alphabet.len)] else random.int(u8);
    switch (random.uintLessThan(u8, 5)) {
        0 => try text.insert(testing.allocator, place, byte),
        1 => if (place < text.items.len) {
            _ = text.orderedRemove(place);
        },
        2 => if (place < text.items.len) {
            text.items[place] = byte;
        },
        3 => {
            const size = random.uintAtMost(usize, @min(text.items.len - place, 40));
            const copy = try testing.allocator.dupe(u8, text.items[place..][0..size]);
            defer testing.allocator.free(copy);
            try text.insertSlice(testing.allocator, random.uintAtMost(usize, text.items.len), copy);
        },
        4 => if (random.uintLessThan(u8, 8) == 0) text.shrinkRetainingCapacity(place),
        else => unreachable,
    }
}

test "random changes are judged as by the standard library" {
    const seeds = [_][]const u8{
        "{\"id\":12,\"name\":\"Ada Lovelace\",\"tags\":[\"a\",\"b\",null],\"price\":-12.5e-3,\"ok\":true,\"in\":{\"no\":false}}",
        "[\n  {\n    \"text\": \"съешь же ещё 天地玄黄宇宙洪荒 naïve 😀\\u00e9\\n\\\"\\\\\",\n    \"n\": [0, -0, 1E5, 0.25]\n  }\n]\n",
        "[1e308,17976931348623157e292,\"0123456789abcdef0123456789abcdef\",[[[[]]],{\"\":{}}]]",
        "\"\\b\\f\\n\\r\\t\\/\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xe0\xa0\x80\xc2\x80\"",
    };
    var prng: std.Random.DefaultPrng = .init(23);
    const random = prng.random();
    var text: std.ArrayList(u8) = .empty;
    defer text.deinit(testing.allocator);
    var good: usize = 0;
    for (0..20_000) |round| {
        text.clearRetainingCapacity();
        try text.appendSlice(testing.allocator, seeds[round % seeds.len]);
        for (0..random.uintAtMost(usize, 3)) |_| try mutate(random, &text);
        errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(text.items)});
        // The library refuses lone surrogates; what it says of numbers that are too large is not ours either.
        if (std.mem.find(u8, text.items, "\\ud") != null or std.mem.find(u8, text.items, "\\uD") != null) continue;
        const result = scan(text.items);
        const offset: usize = @intCast(result.offset);
        const expected = try verdict(text.items);
        if (result.fault == .number_too_large) {
            try testing.expect(expected.offset > offset);
            try testing.expect(startsWithInfinity(text.items[offset..]));
            continue;
        }
        if (result.fault == .none) good += 1;
        try testing.expectEqual(expected.good, result.fault == .none);
        if (result.fault != .bom) try testing.expectEqual(expected.offset, offset);
        try testing.expectEqual(!expected.good and offset == text.items.len, result.fault == .ended_early);
    }
    try testing.expect(good > 1_000);
}
