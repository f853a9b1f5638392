//! A JSON text and the places where its tokens begin: read in place by everything that checks it against a schema.

const std = @import("std");
const assert = std.debug.assert;
const json_scan = @import("json_scan.zig");
const scalars = @import("schema_scalar.zig");

pub const depth_max = json_scan.depth_max;

/// An index into `Text.at` where no value can follow: every value has at least its own token before.
pub const none: u32 = 0;

pub const Text = struct {
    /// 64 bytes are readable behind it where a number is asked for.
    bytes: []const u8,
    /// Every `{ } [ ] : ,` outside of strings, the opening quote of every string, the first byte of every other scalar.
    at: []const u32,

    /// The byte that token `i` begins with; 0, which begins none, behind the last.
    pub inline fn byte(text: Text, i: u32) u8 {
        return if (i < text.at.len) text.bytes[text.at[i]] else 0;
    }

    /// The token behind the value that begins at `i`. The text is good.
    pub fn next(text: Text, i: u32) u32 {
        assert(i < text.at.len);
        var depth: u32 = 0;
        var at = i;
        while (true) : (at += 1) {
            switch (text.byte(at)) {
                '{', '[' => depth += 1,
                '}', ']' => depth -= 1,
                else => {},
            }
            if (depth == 0) return at + 1;
        }
    }

    pub fn string(text: Text, i: u32) String {
        const from = text.at[i] + 1;
        assert(text.bytes[from - 1] == '"');
        var end = scalars.skipPlain(text.bytes, from);
        const is_escaped = text.bytes[end] != '"';
        while (text.bytes[end] != '"') {
            end = scalars.skipPlain(text.bytes, end + 2);
        }
        return .{ .raw = text.bytes[from..end], .is_escaped = is_escaped };
    }

    /// A value of a good text as it is written.
    pub fn raw(text: Text, i: u32) []const u8 {
        const from = text.at[i];
        return switch (text.byte(i)) {
            '"' => text.bytes[from..][0 .. text.string(i).raw.len + 2],
            '[', '{' => text.bytes[from .. text.at[text.next(i) - 1] + 1],
            else => text.scalar(i),
        };
    }

    /// A number or a literal as it is written.
    pub fn scalar(text: Text, i: u32) []const u8 {
        const from = text.at[i];
        return text.bytes[from..scalarEnd(text.bytes, from)];
    }

    /// What `JSON.parse` makes of a good number.
    pub fn number(text: Text, i: u32) f64 {
        // The text is good, so there is one; were there none, a NaN fails every bound.
        return scalars.readNumber(text.bytes, text.at[i]) orelse std.math.nan(f64);
    }

    pub fn members(text: Text, i: u32) Members {
        assert(text.byte(i) == '{');
        return .{ .text = text, .i = i };
    }

    pub fn items(text: Text, i: u32) Items {
        assert(text.byte(i) == '[');
        return .{ .text = text, .i = i };
    }

    /// Whether all of it is what `json_scan` takes; UTF-8 and control characters, which were looked at before, aside.
    pub fn isGood(text: Text) bool {
        return text.at.len > 0 and text.pass(0, 0) == text.at.len;
    }

    /// The token behind the value that begins at `first`, or `none` where there is no good one. `depth` is that of the
    /// arrays and objects around it.
    pub fn pass(text: Text, first: u32, depth: u32) u32 {
        var is_object: [depth_max]bool = undefined;
        var open: u32 = depth;
        var i = first;
        while (true) {
            switch (text.byte(i)) {
                '"' => {
                    if (!isStringGood(text.bytes, text.at[i] + 1)) return none;
                    i += 1;
                },
                '{', '[' => |bracket| {
                    if (open == depth_max) return none;
                    i += 1;
                    if (text.byte(i) == bracket + 2) {
                        i += 1;
                    } else {
                        is_object[open] = bracket == '{';
                        open += 1;
                        if (bracket == '{') i = text.passKey(i);
                        if (i == none) return none;
                        continue;
                    }
                },
                else => |first_byte| {
                    if (first_byte == 0 or !isScalarGood(text.bytes, text.at[i])) return none;
                    i += 1;
                },
            }
            while (true) {
                if (open == depth) return i;
                const in_object = is_object[open - 1];
                switch (text.byte(i)) {
                    ',' => {
                        i += 1;
                        if (in_object) i = text.passKey(i);
                        if (i == none) return none;
                        break;
                    },
                    '}' => if (!in_object) return none,
                    ']' => if (in_object) return none,
                    else => return none,
                }
                i += 1;
                open -= 1;
            }
        }
    }

    fn passKey(text: Text, i: u32) u32 {
        if (text.byte(i) != '"' or text.byte(i + 1) != ':') return none;
        return if (isStringGood(text.bytes, text.at[i] + 1)) i + 2 else none;
    }
};

/// Goes through an object; the caller says where each value ends.
pub const Members = struct {
    text: Text,
    /// The token in front of a key, or the closing bracket.
    i: u32,
    key: u32 = none,

    /// The token of the next value, with its key in `key`; null at the end, behind which `i` is then.
    pub fn next(members: *Members) ?u32 {
        if (members.text.byte(members.i) == '}' or members.text.byte(members.i + 1) == '}') {
            members.i += if (members.text.byte(members.i) == '}') 1 else 2;
            return null;
        }
        members.key = members.i + 1;
        return members.i + 3;
    }

    pub fn ended(members: *Members, at: u32) void {
        members.i = at;
    }
};

/// Goes through an array; the caller says where each item ends.
pub const Items = struct {
    text: Text,
    i: u32,

    /// The token of the next item; null at the end, behind which `i` is then.
    pub fn next(items: *Items) ?u32 {
        if (items.text.byte(items.i) == ']' or items.text.byte(items.i + 1) == ']') {
            // `[` in front of `]` is an empty array; `,` never stands there.
            items.i += if (items.text.byte(items.i) == ']') 1 else 2;
            return null;
        }
        return items.i + 1;
    }

    pub fn ended(items: *Items, at: u32) void {
        items.i = at;
    }
};

fn scalarEnd(bytes: []const u8, from: usize) usize {
    var end = from;
    while (end < bytes.len) : (end += 1) {
        switch (bytes[end]) {
            ' ', '\t', '\n', '\r', ',', ']', '}', ':', '[', '{' => break,
            else => {},
        }
    }
    return end;
}

/// A literal or a number, and nothing else up to the next token.
pub fn isScalarGood(bytes: []const u8, from: usize) bool {
    const scalar = bytes[from..scalarEnd(bytes, from)];
    if (scalar.len == 0) return false;
    return switch (scalar[0]) {
        't' => std.mem.eql(u8, scalar, "true"),
        'f' => std.mem.eql(u8, scalar, "false"),
        'n' => std.mem.eql(u8, scalar, "null"),
        '-', '0'...'9' => json_scan.scan(scalar).fault == .none,
        else => false,
    };
}

/// From behind the opening quote. Its escapes are looked at, and that it is closed.
pub fn isStringGood(bytes: []const u8, from: usize) bool {
    var i = from;
    while (i < bytes.len) : (i += 1) {
        i = scalars.skipPlain(bytes, i);
        if (i == bytes.len) return false;
        switch (bytes[i]) {
            '"' => return true,
            '\\' => {
                i += 1;
                if (i >= bytes.len) return false;
                switch (bytes[i]) {
                    '"', '\\', '/', 'b', 'f', 'n', 'r', 't' => {},
                    'u' => {
                        if (bytes.len - i <= 4) return false;
                        for (bytes[i + 1 ..][0..4]) |digit| {
                            if (!std.ascii.isHex(digit)) return false;
                        }
                        i += 4;
                    },
                    else => return false,
                }
            },
            else => {},
        }
    }
    return false;
}

/// What stands between quotes in a good text.
pub const String = struct {
    raw: []const u8,
    is_escaped: bool,

    pub fn plain(raw: []const u8) String {
        return .{ .raw = raw, .is_escaped = false };
    }

    /// Its bytes after unescaping, in UTF-8, but for lone surrogates, which are as if they were characters.
    pub fn reader(string: String) Bytes {
        return .{ .raw = string.raw, .is_escaped = string.is_escaped };
    }

    pub fn eql(a: String, b: String) bool {
        if (!a.is_escaped and !b.is_escaped) return std.mem.eql(u8, a.raw, b.raw);
        var left = a.reader();
        var right = b.reader();
        while (left.next()) |byte| {
            if (right.next() != byte) return false;
        }
        return right.next() == null;
    }

    /// The number of its characters.
    pub fn length(string: String) usize {
        var count: usize = 0;
        if (!string.is_escaped) {
            for (string.raw) |byte| count += @intFromBool(byte & 0xc0 != 0x80);
            return count;
        }
        var bytes = string.reader();
        while (bytes.next()) |byte| count += @intFromBool(byte & 0xc0 != 0x80);
        return count;
    }

    pub fn hash(string: String, seed: u64) u64 {
        if (!string.is_escaped) return std.hash.Wyhash.hash(seed, string.raw);
        var hasher: std.hash.Wyhash = .init(seed);
        var bytes = string.reader();
        while (bytes.next()) |byte| hasher.update(&.{byte});
        return hasher.final();
    }
};

pub const Bytes = struct {
    raw: []const u8,
    is_escaped: bool,
    i: usize = 0,
    /// The rest of a character that was written as an escape, last byte first.
    rest: [3]u8 = undefined,
    rest_bytes: u8 = 0,

    pub fn next(bytes: *Bytes) ?u8 {
        if (bytes.rest_bytes > 0) {
            bytes.rest_bytes -= 1;
            return bytes.rest[bytes.rest_bytes];
        }
        if (bytes.i == bytes.raw.len) return null;
        const byte = bytes.raw[bytes.i];
        bytes.i += 1;
        if (byte != '\\' or !bytes.is_escaped) return byte;
        const kind = bytes.raw[bytes.i];
        bytes.i += 1;
        return switch (kind) {
            'b' => 8,
            'f' => 12,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => bytes.escaped(),
            else => kind,
        };
    }

    pub fn peek(bytes: *const Bytes) ?u8 {
        var copy = bytes.*;
        return copy.next();
    }

    fn escaped(bytes: *Bytes) u8 {
        var point: u21 = hex(bytes.raw[bytes.i..][0..4]);
        bytes.i += 4;
        const rest = bytes.raw[bytes.i..];
        if (point & 0xfc00 == 0xd800 and rest.len >= 6 and rest[0] == '\\' and rest[1] == 'u') {
            const low: u21 = hex(rest[2..6]);
            if (low & 0xfc00 == 0xdc00) {
                point = 0x10000 + ((point & 0x3ff) << 10 | (low & 0x3ff));
                bytes.i += 6;
            }
        }
        var buffer: [4]u8 = undefined;
        const size = encode(point, &buffer);
        bytes.rest_bytes = @intCast(size - 1);
        for (buffer[1..size], 0..) |byte, i| bytes.rest[size - 2 - i] = byte;
        return buffer[0];
    }
};

fn hex(digits: *const [4]u8) u16 {
    var value: u16 = 0;
    for (digits) |digit| {
        const lower = digit | 0x20;
        value = value << 4 | (if (digit <= '9') digit - '0' else lower - 'a' + 10);
    }
    return value;
}

/// A character in UTF-8; surrogates too, by the same rule.
pub fn encode(point: u21, out: *[4]u8) usize {
    if (point < 0x80) {
        out[0] = @intCast(point);
        return 1;
    }
    const size: usize = if (point < 0x800) 2 else if (point < 0x10000) 3 else 4;
    var rest = point;
    var i = size - 1;
    while (i > 0) : (i -= 1) {
        out[i] = 0x80 | @as(u8, @intCast(rest & 0x3f));
        rest >>= 6;
    }
    const leads = [_]u8{ 0xc0, 0xe0, 0xf0 };
    out[0] = leads[size - 2] | @as(u8, @intCast(rest));
    return size;
}

/// Follows a walk through a good text and knows at each token which keys and indexes lead there.
pub const Place = struct {
    text: Text,
    i: u32 = 0,
    depth: u32 = 0,
    steps: [depth_max]Step = undefined,

    pub const Step = struct { is_key: bool, value: u32 };

    /// What leads to the value at `target`, which is not before that of the last call.
    pub fn of(place: *Place, target: u32) []const Step {
        assert(target >= place.i);
        while (place.i < target) : (place.i += 1) {
            const i = place.i;
            switch (place.text.byte(i)) {
                '{' => {
                    place.steps[place.depth] = .{ .is_key = true, .value = i + 1 };
                    place.depth += 1;
                },
                '[' => {
                    place.steps[place.depth] = .{ .is_key = false, .value = 0 };
                    place.depth += 1;
                },
                '}', ']' => place.depth -= 1,
                ',' => {
                    const step = &place.steps[place.depth - 1];
                    step.value = if (step.is_key) i + 1 else step.value + 1;
                },
                else => {},
            }
        }
        return place.steps[0..place.depth];
    }
};

/// Finds the tokens as simdjson does, a byte at a time; for schemas, which are read once, and for tests. False where a
/// string is not closed or holds a control character, or the bytes are not UTF-8.
pub fn index(bytes: []const u8, out: *std.ArrayList(u32), allocator: std.mem.Allocator) error{OutOfMemory}!bool {
    out.clearRetainingCapacity();
    if (!std.unicode.utf8ValidateSlice(bytes)) return false;
    // Whether the byte before belongs to a scalar that isn't a string.
    var in_scalar = false;
    var i: usize = 0;
    while (i < bytes.len) : (i += 1) {
        switch (bytes[i]) {
            ' ', '\t', '\n', '\r' => in_scalar = false,
            '{', '}', '[', ']', ':', ',' => {
                in_scalar = false;
                try out.append(allocator, @intCast(i));
            },
            '"' => {
                if (!in_scalar) try out.append(allocator, @intCast(i));
                in_scalar = false;
                i += 1;
                while (i < bytes.len and bytes[i] != '"') : (i += 1) {
                    if (bytes[i] == '\\') i += 1;
                    if (i < bytes.len and bytes[i] < 0x20) return false;
                }
                if (i >= bytes.len) return false;
            },
            else => {
                if (!in_scalar) try out.append(allocator, @intCast(i));
                in_scalar = true;
            },
        }
    }
    return true;
}

const testing = std.testing;

fn expectGood(expected: bool, bytes: []const u8) !void {
    var at: std.ArrayList(u32) = .empty;
    defer at.deinit(testing.allocator);
    errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(bytes)});
    const is_good = try index(bytes, &at, testing.allocator) and (Text{ .bytes = bytes, .at = at.items }).isGood();
    try testing.expectEqual(expected, is_good);
    try testing.expectEqual(expected, json_scan.scan(bytes).fault == .none);
}

test "a text is good where the scan says so" {
    for ([_][]const u8{
        "1",              "\"\"",           " {} ",                  "[[],{}]", "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":-0.5e3}",
        "\"\\ud800\\n\"", "[true , false]", "\"\\u00e9 \\\" \\\\\"",
    }) |bytes| try expectGood(true, bytes);
    for ([_][]const u8{
        "",      "1 2",       "[1,]",       "{,}",       "{\"a\"}",       "{\"a\":}",   "{\"a\":1,}", "[}",                "{]",
        "[1}",   "{\"a\":1]", "\"\\x\"",    "\"\\u12\"", "1\"a\"",        "\"a\"\"b\"", "\"a\"x",     "truefalse",         "01",
        "1e999", "-",         "[1 2]",      "{1:2}",     "\xef\xbb\xbf1", "nul",        "]",          "{\"a\":1 \"b\":2}", "[,1]",
        "\x0c",  "[1\x0c2]",  "\"a\" \x1a", ":",         "[\"a\":1]",     "{\"a\",1}",  "1.",         "\"",                "[[]",
    }) |bytes| try expectGood(false, bytes);
    for ([_]usize{ depth_max, depth_max + 1 }) |depth| {
        var deep: [2 * (depth_max + 1)]u8 = undefined;
        @memset(deep[0..depth], '[');
        @memset(deep[depth..][0..depth], ']');
        try expectGood(depth == depth_max, deep[0 .. 2 * depth]);
    }
}

test "strings are equal, long and hashed as they are after unescaping" {
    const a: String = .{ .raw = "q\\u0074y\\ud83d\\ude00\\/\\u00e9", .is_escaped = true };
    const b: String = .plain("qty😀/é");
    try testing.expect(a.eql(b) and b.eql(a));
    try testing.expectEqual(6, a.length());
    try testing.expectEqual(6, b.length());
    try testing.expectEqual(a.hash(3), b.hash(3));
    const lone: String = .{ .raw = "\\ud83d\\u0041", .is_escaped = true };
    try testing.expectEqual(2, lone.length());
    try testing.expect(!lone.eql(.plain("A")) and !a.eql(.plain("qty")));
}
