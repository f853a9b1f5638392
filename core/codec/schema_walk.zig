//! One walk through a document that checks its grammar and its schema at once: the way of what is valid.
//!
//! It says yes or that it doesn't know. It doesn't know where something fails, a member comes twice or a name is
//! escaped: then `schema_check.zig` decides, which is thorough and slower. What it sees goes to a sink, so that others
//! can take values from the same walk; with `Nothing` that costs nothing.

const Checker = @import("schema_check.zig").Checker;
const rules = @import("schema_rules.zig");
const scalars = @import("schema_scalar.zig");
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
    pub inline fn string(_: *Nothing, _: u32, _: String, _: bool) void {}
    /// Of an array or an object; what is returned is handed to its end.
    pub inline fn begin(_: *Nothing, _: u32) u32 {
        return 0;
    }
    /// How many items there were, or a bit for each declared member that was there.
    pub inline fn end(_: *Nothing, _: u32, _: u32, _: u64) void {}
    /// A member that isn't declared, or not in its turn.
    pub inline fn stray(_: *Nothing, _: u32) void {}
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
            return text.at.len > 0 and walk.value(text, root, 0, 0, 0) == text.at.len;
        }

        /// The token behind the value at `i`, where there is one, or `none`. A part of the loops that call it, so that
        /// only what is nested costs a call.
        inline fn value(walk: *Self, text: Text, node: *const Node, slot: u32, i: u32, depth: u32) u32 {
            const from = text.at[i];
            const first = text.bytes[from];
            switch (node.kind) {
                .string => {
                    if (first != '"') return walk.nullAt(node, slot, i);
                    const found = scalars.readString(text.bytes, from + 1) orelse return none;
                    if (node.string) |bounds| {
                        if (!isStringWithin(bounds, found)) return none;
                    }
                    walk.sink.string(slot, found.string, found.is_ascii);
                    return i + 1;
                },
                .integer => {
                    const found = scalars.readInteger(text.bytes, from) orelse return walk.nullAt(node, slot, i);
                    if (node.number) |bounds| {
                        if (!bounds.isWithin(found)) return none;
                    }
                    walk.sink.number(slot, found);
                    return i + 1;
                },
                .number => {
                    const found = scalars.readNumber(text.bytes, from) orelse return walk.nullAt(node, slot, i);
                    if (node.number) |bounds| {
                        if (!bounds.isWithin(found)) return none;
                    }
                    walk.sink.number(slot, found);
                    return i + 1;
                },
                .boolean => {
                    if (scalars.isLiteral("true", text.bytes, from)) {
                        walk.sink.boolean(slot, true);
                    } else if (scalars.isLiteral("false", text.bytes, from)) {
                        walk.sink.boolean(slot, false);
                    } else return walk.nullAt(node, slot, i);
                    return i + 1;
                },
                .object => return if (first == '{') walk.object(node, slot, i, depth) else walk.nullAt(node, slot, i),
                .array => return if (first == '[') walk.array(node, slot, i, depth) else walk.nullAt(node, slot, i),
                .null => return walk.nullAt(node, slot, i),
                .string_of, .any, .general => return walk.other(node, slot, i, depth),
                .never => return none,
            }
        }

        noinline fn nullAt(walk: *Self, node: *const Node, slot: u32, i: u32) u32 {
            if (!node.types.null or !scalars.isLiteral("null", walk.text.bytes, walk.text.at[i])) return none;
            walk.sink.null_(slot);
            return i + 1;
        }

        noinline fn other(walk: *Self, node: *const Node, slot: u32, i: u32, depth: u32) u32 {
            const text = walk.text;
            if (node.kind == .string_of) {
                if (text.byte(i) != '"') return none;
                const found = scalars.readString(text.bytes, text.at[i] + 1) orelse return none;
                if (node.values.?.strings.?.find(found.string) == null) return none;
                walk.sink.string(slot, found.string, found.is_ascii);
                return i + 1;
            }
            const end = text.pass(i, depth);
            if (end == none) return none;
            if (node.kind == .general and !Checker.isValid(text, node, i)) return none;
            walk.sink.raw(slot, text, i, end);
            return end;
        }

        fn array(walk: *Self, node: *const Node, slot: u32, bracket: u32, depth: u32) u32 {
            if (depth == schema_text.depth_max) return none;
            const text = walk.text;
            const bounds = node.array.?;
            const items = bounds.items.?;
            const began = walk.sink.begin(slot);
            var i = bracket + 1;
            var count: u32 = 0;
            if (text.byte(i) != ']') {
                while (true) {
                    if (i >= text.at.len) return none;
                    i = walk.value(text, items, bounds.slot, i, depth + 1);
                    if (i == none) return none;
                    count += 1;
                    const byte = text.byte(i);
                    if (byte == ']') break;
                    if (byte != ',' or count == bounds.max) return none;
                    i += 1;
                }
            }
            if (count < bounds.min or count > bounds.max) return none;
            walk.sink.end(slot, began, count);
            return i + 1;
        }

        fn object(walk: *Self, node: *const Node, slot: u32, bracket: u32, depth: u32) u32 {
            if (depth == schema_text.depth_max) return none;
            const text = walk.text;
            const bounds = node.object.?;
            const members = bounds.members;
            const began = walk.sink.begin(slot);
            var i = bracket + 1;
            var seen: u64 = 0;
            // Members mostly come in the schema's order.
            var number: usize = 0;
            if (text.byte(i) != '}') {
                while (true) {
                    // A key, a colon, a value and what is behind it.
                    if (i + 3 >= text.at.len) return none;
                    if (number >= members.len or !members[number].key.isAt(text.bytes, text.at[i])) {
                        const found = numberAt(text, bounds, i) orelse return none;
                        if (found < number or found == members.len) walk.sink.stray(slot);
                        number = found;
                    }
                    var of = bounds.additional;
                    var member_slot = bounds.additional_slot;
                    if (number < members.len) {
                        const bit = @as(u64, 1) << @intCast(number);
                        if (seen & bit != 0) return none;
                        seen |= bit;
                        of = members[number].node;
                        if (of == null) walk.sink.stray(slot);
                        member_slot = members[number].slot;
                        number += 1;
                    }
                    i = if (of) |member| walk.value(text, member, member_slot, i + 2, depth + 1) else text.pass(i + 2, depth + 1);
                    if (i == none) return none;
                    const byte = text.byte(i);
                    if (byte == '}') break;
                    if (byte != ',') return none;
                    i += 1;
                }
            }
            if (bounds.required_bits & ~seen != 0) return none;
            walk.sink.end(slot, began, seen);
            return i + 1;
        }
    };
}

/// Which name the key at `i` is, or how many names there are where it is none of them; null where it is no key, or escaped.
noinline fn numberAt(text: Text, bounds: *const rules.ObjectRules, i: u32) ?usize {
    const from = text.at[i];
    if (text.bytes[from] != '"' or text.bytes[text.at[i + 1]] != ':') return null;
    const found = scalars.readString(text.bytes, from + 1) orelse return null;
    if (found.string.is_escaped) return null;
    return bounds.names.findRaw(found.string.raw) orelse bounds.members.len;
}

inline fn isStringWithin(bounds: *const rules.StringRules, found: scalars.Found) bool {
    const length = if (found.is_ascii) found.string.raw.len else found.string.length();
    if (length < bounds.min or length > bounds.max) return false;
    return if (bounds.pattern) |pattern| pattern.matches(found.string) else true;
}
