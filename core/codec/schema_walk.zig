//! One walk through a document that checks its grammar and its schema at once: the way of what is valid.
//!
//! It says yes or that it doesn't know. It doesn't know where something fails, a member comes twice or a name is
//! escaped: then `schema_check.zig` decides, which is thorough and slower. What it sees goes to a sink, so that others
//! can take values from the same walk; with `Nothing` that costs nothing.

const std = @import("std");
const assert = std.debug.assert;
const Checker = @import("schema_check.zig").Checker;
const rules = @import("schema_rules.zig");
const schema_text = @import("schema_text.zig");
const Node = rules.Node;
const String = schema_text.String;
const Text = schema_text.Text;
const none = schema_text.none;

/// A sink that nobody looks into. Slots are numbers of places in the schema, from 1; the root's is 0.
pub const Nothing = struct {
    pub inline fn null_(_: *Nothing, _: u32) void {}
    pub inline fn boolean(_: *Nothing, _: u32, _: bool) void {}
    /// A double that is a whole number where the schema says integer.
    pub inline fn number(_: *Nothing, _: u32, _: f64) void {}
    pub inline fn string(_: *Nothing, _: u32, _: String) void {}
    pub inline fn begin(_: *Nothing, _: u32) void {}
    pub inline fn end(_: *Nothing, _: u32) void {}
    /// What the schema doesn't describe, or not in simple terms: its tokens, up to `end`.
    pub inline fn raw(_: *Nothing, _: u32, _: Text, _: u32, _: u32) void {}
};

/// `slack_bytes` of 64 are readable behind the text.
pub fn Walk(comptime Sink: type) type {
    return struct {
        const Self = @This();

        text: Text,
        sink: *Sink,

        /// Whether the whole text is valid; where not, it may be valid nevertheless.
        pub fn isValid(text: Text, root: *const Node, sink: *Sink) bool {
            var walk: Self = .{ .text = text, .sink = sink };
            return text.at.len > 0 and walk.value(root, 0, 0, 0) == text.at.len;
        }

        /// The token behind the value at `i`, or `none`.
        fn value(walk: *Self, node: *const Node, slot: u32, i: u32, depth: u32) u32 {
            const text = walk.text;
            if (i >= text.at.len) return none;
            const from = text.at[i];
            const first = text.bytes[from];
            if (first == 'n' and node.types.null and node.kind != .general and node.kind != .string_of) return walk.literal("null", slot, i);
            switch (node.kind) {
                .string, .string_of => {
                    if (first != '"') return none;
                    const found = readString(text.bytes, from + 1) orelse return none;
                    if (!stringIsValid(node, found)) return none;
                    walk.sink.string(slot, found.string);
                    return i + 1;
                },
                .integer, .number => {
                    const found = readNumber(text.bytes, from) orelse return none;
                    if (node.kind == .integer and !found.is_integer and @trunc(found.value) != found.value) return none;
                    if (node.number) |bounds| {
                        if (!bounds.isWithin(found.value)) return none;
                    }
                    walk.sink.number(slot, found.value);
                    return i + 1;
                },
                .boolean => return switch (first) {
                    't' => walk.literal("true", slot, i),
                    'f' => walk.literal("false", slot, i),
                    else => none,
                },
                .object => return if (first == '{') walk.object(node, slot, i, depth) else none,
                .array => return if (first == '[') walk.array(node, slot, i, depth) else none,
                .any => {
                    const end = text.pass(i, depth);
                    if (end != none) walk.sink.raw(slot, text, i, end);
                    return end;
                },
                .general => {
                    const end = text.pass(i, depth);
                    if (end == none or !Checker.isValid(text, node, i)) return none;
                    walk.sink.raw(slot, text, i, end);
                    return end;
                },
                .never, .null => return none,
            }
        }

        inline fn literal(walk: *Self, comptime word: []const u8, slot: u32, i: u32) u32 {
            const bytes = walk.text.bytes;
            const from = walk.text.at[i];
            const end = from + word.len;
            // Behind the text there are bytes to read, which must not count.
            if (end > bytes.len or !std.mem.eql(u8, bytes.ptr[from..end], word)) return none;
            if (end < bytes.len and !ends[bytes[end]]) return none;
            if (word[0] == 'n') walk.sink.null_(slot) else walk.sink.boolean(slot, word[0] == 't');
            return i + 1;
        }

        fn array(walk: *Self, node: *const Node, slot: u32, bracket: u32, depth: u32) u32 {
            if (depth == schema_text.depth_max) return none;
            const bounds = node.array.?;
            const items = bounds.items.?;
            walk.sink.begin(slot);
            var i = bracket + 1;
            var count: u32 = 0;
            if (walk.text.byte(i) != ']') {
                while (true) {
                    i = walk.value(items, bounds.slot, i, depth + 1);
                    if (i == none) return none;
                    count += 1;
                    const byte = walk.text.byte(i);
                    if (byte == ']') break;
                    if (byte != ',' or count == bounds.max) return none;
                    i += 1;
                }
            }
            if (count < bounds.min or count > bounds.max) return none;
            walk.sink.end(slot);
            return i + 1;
        }

        fn object(walk: *Self, node: *const Node, slot: u32, bracket: u32, depth: u32) u32 {
            if (depth == schema_text.depth_max) return none;
            const text = walk.text;
            const members = node.object.?;
            const names = members.names.list;
            walk.sink.begin(slot);
            var i = bracket + 1;
            var seen: u64 = 0;
            // Members mostly come in the schema's order.
            var expected: usize = 0;
            if (text.byte(i) != '}') {
                while (true) {
                    if (i + 2 >= text.at.len) return none;
                    const from = text.at[i];
                    if (text.bytes[from] != '"' or text.bytes[text.at[i + 1]] != ':') return none;
                    var number: usize = expected;
                    const is_expected = expected < names.len and names[expected].isAt(text.bytes, from + 1);
                    if (!is_expected) {
                        const found = readString(text.bytes, from + 1) orelse return none;
                        if (found.string.is_escaped) return none;
                        number = members.names.findRaw(found.string.raw) orelse names.len;
                    }
                    var of = members.additional;
                    var member_slot = members.additional_slot;
                    if (number < names.len) {
                        const bit = @as(u64, 1) << @intCast(number);
                        if (seen & bit != 0) return none;
                        seen |= bit;
                        expected = number + 1;
                        if (members.properties[number].node) |declared| {
                            of = declared;
                            member_slot = members.properties[number].slot;
                        }
                    }
                    i = if (of) |member| walk.value(member, member_slot, i + 2, depth + 1) else text.pass(i + 2, depth + 1);
                    if (i == none) return none;
                    const byte = text.byte(i);
                    if (byte == '}') break;
                    if (byte != ',') return none;
                    i += 1;
                }
            }
            if (members.required_bits & ~seen != 0) return none;
            walk.sink.end(slot);
            return i + 1;
        }
    };
}

const Found = struct { string: String, is_ascii: bool };

const block_bytes = 16;
const Block = @Vector(block_bytes, u8);

/// From behind the opening quote; null where it isn't closed, which stage 1 has seen, or an escape is wrong.
inline fn readString(bytes: []const u8, from: usize) ?Found {
    var i = from;
    var high: u16 = 0;
    while (i < bytes.len) : (i += block_bytes) {
        const pointer: *align(1) const Block = @ptrCast(bytes.ptr + i);
        const block = pointer.*;
        const quotes: u16 = @bitCast(block == @as(Block, @splat('"')));
        const slashes: u16 = @bitCast(block == @as(Block, @splat('\\')));
        const signs: u16 = @bitCast(block >= @as(Block, @splat(0x80)));
        const stops = quotes | slashes;
        if (stops == 0) {
            high |= signs;
            continue;
        }
        const stop = @ctz(stops);
        if (slashes >> @intCast(stop) & 1 != 0) return readEscaped(bytes, from);
        const end = i + stop;
        if (end >= bytes.len) return null;
        high |= signs & ((@as(u16, 1) << @intCast(stop)) - 1);
        return .{ .string = .plain(bytes[from..end]), .is_ascii = high == 0 };
    }
    return null;
}

noinline fn readEscaped(bytes: []const u8, from: usize) ?Found {
    if (!schema_text.isStringGood(bytes, from)) return null;
    const text: Text = .{ .bytes = bytes, .at = &.{@intCast(from - 1)} };
    return .{ .string = text.string(0), .is_ascii = false };
}

inline fn stringIsValid(node: *const Node, found: Found) bool {
    if (node.values) |values| return values.strings.?.find(found.string) != null;
    const bounds = node.string orelse return true;
    const length = if (found.is_ascii) found.string.raw.len else found.string.length();
    if (length < bounds.min or length > bounds.max) return false;
    if (bounds.pattern) |pattern| return pattern.matches(found.string);
    return true;
}

/// What may stand behind a scalar.
const ends: [256]bool = table: {
    var list: [256]bool = @splat(false);
    for (" \t\n\r,]}:[{") |byte| list[byte] = true;
    break :table list;
};

const Number = struct { value: f64, is_integer: bool };

/// Up to 15 digits, perhaps with a point among them, are exact in a double, as is a power of ten below 10^22; their
/// quotient is rounded once, as the number itself would be.
inline fn readNumber(bytes: []const u8, from: usize) ?Number {
    var i = from;
    const is_negative = bytes[i] == '-';
    i += @intFromBool(is_negative);
    const whole = i;
    var digits: u64 = 0;
    while (digitAt(bytes, i)) |digit| : (i += 1) digits = digits *% 10 +% digit;
    var count = i - whole;
    if (count == 0 or count > 15 or (count > 1 and bytes[whole] == '0')) return readLongNumber(bytes, from);
    var power: usize = 0;
    if (bytes.ptr[i] == '.') {
        i += 1;
        const point = i;
        while (digitAt(bytes, i)) |digit| : (i += 1) digits = digits *% 10 +% digit;
        power = i - point;
        count += power;
        if (power == 0 or count > 15) return readLongNumber(bytes, from);
    }
    if (i >= bytes.len or !ends[bytes[i]]) return readLongNumber(bytes, from);
    var value: f64 = @floatFromInt(digits);
    if (power > 0) value /= powers[power];
    return .{ .value = if (is_negative) -value else value, .is_integer = power == 0 };
}

/// Reads into the slack, where what is found doesn't count.
inline fn digitAt(bytes: []const u8, i: usize) ?u64 {
    if (i > bytes.len) return null;
    const digit = bytes.ptr[i] -% '0';
    return if (digit > 9) null else digit;
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

noinline fn readLongNumber(bytes: []const u8, from: usize) ?Number {
    if (bytes[from] != '-' and !std.ascii.isDigit(bytes[from])) return null;
    if (!schema_text.isScalarGood(bytes, from)) return null;
    const text: Text = .{ .bytes = bytes, .at = &.{@intCast(from)} };
    return .{ .value = text.number(0), .is_integer = false };
}
