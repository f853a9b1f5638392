//! What is wrong with a document, as the JSON array of an answer: where, what, how it is called, and what was there.

const std = @import("std");
const checking = @import("schema_check.zig");
const rules = @import("schema_rules.zig");
const schema_text = @import("schema_text.zig");
const Failure = checking.Failure;
const Text = schema_text.Text;
const Writer = std.Io.Writer;

/// A value whose text is longer is told by its beginning or its size.
const input_bytes_max = 256;
const input_characters_max = 128;
/// Of an `enum`, or of the value of a `const`, that a message shows.
const values_characters_max = 256;

/// The failures that were collected in a good text, by their place in it.
pub fn write(text: Text, failures: *checking.Failures, prefix: []const u8, writer: *Writer) Writer.Error!void {
    const list = failures.list[0..failures.count];
    std.sort.insertion(Failure, list, {}, isBefore);
    var place: schema_text.Place = .{ .text = text };
    try writer.writeByte('[');
    for (list, 0..) |*failure, i| {
        if (i > 0) try writer.writeByte(',');
        try writer.writeAll("{\"loc\":[");
        const steps = place.of(failure.at);
        try writer.writeAll(prefix);
        if (prefix.len > 0 and (steps.len > 0 or isMissing(failure))) try writer.writeByte(',');
        try writeLocation(writer, text, steps, failure);
        try writer.writeAll("],\"msg\":\"");
        try writeMessage(writer, failure);
        try writer.print("\",\"type\":\"{s}\"", .{@tagName(failure.failing)});
        if (hasInput(text, failure)) {
            try writer.writeAll(",\"input\":");
            try writeInput(writer, text, inputOf(failure), failure.node.has_secrets and !isOfOther(failure));
        }
        try writer.writeByte('}');
    }
    try writer.writeByte(']');
}

fn isBefore(_: void, a: Failure, b: Failure) bool {
    return a.at < b.at;
}

fn isMissing(failure: *const Failure) bool {
    return failure.failing == .missing or failure.failing == .dependent_required;
}

fn hasInput(text: Text, failure: *const Failure) bool {
    if (isMissing(failure) or failure.node.write_only) return false;
    // Of what may hold secrets no more is said than how much it is.
    const is_scalar = text.byte(failure.at) != '[' and text.byte(failure.at) != '{';
    return isOfOther(failure) or !(failure.node.has_secrets and is_scalar);
}

/// What fails is not what the node describes, but a member that it doesn't know.
fn isOfOther(failure: *const Failure) bool {
    return failure.failing == .extra_forbidden or failure.failing == .property_name;
}

/// Of a name, the name: it stands before the colon in front of the value.
fn inputOf(failure: *const Failure) u32 {
    return if (failure.failing == .property_name) failure.at - 2 else failure.at;
}

fn nameOf(failure: *const Failure, number: u16) []const u8 {
    return failure.node.object.?.names.list[number];
}

fn writeLocation(writer: *Writer, text: Text, steps: []const schema_text.Place.Step, failure: *const Failure) Writer.Error!void {
    for (steps, 0..) |step, i| {
        if (i > 0) try writer.writeByte(',');
        if (step.is_key) try writeString(writer, text.string(step.value), std.math.maxInt(usize)) else try writer.print("{d}", .{step.value});
    }
    if (!isMissing(failure)) return;
    if (steps.len > 0) try writer.writeByte(',');
    try writeString(writer, .plain(nameOf(failure, failure.missing)), std.math.maxInt(usize));
}

/// In quotes, cut off behind so many characters.
fn writeString(writer: *Writer, string: schema_text.String, characters_max: usize) Writer.Error!void {
    try writer.writeByte('"');
    try writeCharacters(writer, string, characters_max);
    try writer.writeByte('"');
}

fn writeCharacters(writer: *Writer, string: schema_text.String, characters_max: usize) Writer.Error!void {
    if (!string.is_escaped and string.raw.len <= characters_max and isPlain(string.raw)) return writer.writeAll(string.raw);
    var bytes = string.reader();
    var characters: usize = 0;
    while (bytes.peek()) |first| {
        if (characters == characters_max) {
            try writer.writeAll("…");
            return;
        }
        characters += 1;
        var character: [4]u8 = undefined;
        var size: usize = 0;
        while (bytes.peek()) |byte| : (size += 1) {
            if (size > 0 and byte & 0xc0 != 0x80) break;
            character[size] = byte;
            _ = bytes.next();
        }
        switch (first) {
            '"', '\\' => try writer.print("\\{c}", .{first}),
            '\n' => try writer.writeAll("\\n"),
            '\r' => try writer.writeAll("\\r"),
            '\t' => try writer.writeAll("\\t"),
            0...8, 11, 12, 14...0x1f => try writer.print("\\u{x:0>4}", .{first}),
            // A lone surrogate: no character that UTF-8 has.
            0xed => if (character[1] >= 0xa0) {
                const unit = 0xd000 | @as(u16, character[1] & 0x3f) << 6 | (character[2] & 0x3f);
                try writer.print("\\u{x:0>4}", .{unit});
            } else try writer.writeAll(character[0..size]),
            else => try writer.writeAll(character[0..size]),
        }
    }
}

/// Whether it stands as it is between quotes.
fn isPlain(text: []const u8) bool {
    for (text) |byte| {
        if (byte < 0x20 or byte >= 0x7f or byte == '"' or byte == '\\') return false;
    }
    return true;
}

fn writeInput(writer: *Writer, text: Text, at: u32, is_secret: bool) Writer.Error!void {
    switch (text.byte(at)) {
        '"' => {
            const string = text.string(at);
            if (string.raw.len + 2 <= input_bytes_max) return writer.print("\"{s}\"", .{string.raw});
            return writeString(writer, string, input_characters_max);
        },
        '[', '{' => |bracket| {
            const raw = text.raw(at);
            if (!is_secret and raw.len <= input_bytes_max) return writer.writeAll(raw);
            const end = text.next(at);
            var depth: u32 = 0;
            var count: u32 = @intFromBool(end - at > 2);
            for (at..end) |i| {
                switch (text.byte(@intCast(i))) {
                    '[', '{' => depth += 1,
                    ']', '}' => depth -= 1,
                    ',' => count += @intFromBool(depth == 1),
                    else => {},
                }
            }
            const kind = if (bracket == '[') "array" else "object";
            const parts = if (bracket == '[') "item" else "member";
            return writer.print("\"{s} of {d} {s}{s}\"", .{ kind, count, parts, plural(count) });
        },
        else => {
            const scalar = text.scalar(at);
            // Only a number can be as long as that.
            if (scalar.len > input_bytes_max) return writer.print("\"{s}…\"", .{scalar[0..input_characters_max]});
            return writer.writeAll(scalar);
        },
    }
}

fn plural(count: u32) []const u8 {
    return if (count == 1) "" else "s";
}

/// Inside of quotes.
fn writeMessage(writer: *Writer, failure: *const Failure) Writer.Error!void {
    const node = failure.node;
    switch (failure.failing) {
        .missing => try writer.writeAll("Field required"),
        .string_type, .integer_type, .number_type, .boolean_type, .null_type, .array_type, .object_type, .type => {
            try writeTypes(writer, node.types);
        },
        .string_too_short => try writeCount(writer, "Must have at least", node.string.?.min, "character"),
        .string_too_long => try writeCount(writer, "Must have at most", node.string.?.max, "character"),
        .string_pattern_mismatch => {
            try writer.writeAll("Must match the pattern ");
            try writeCharacters(writer, .plain(node.string.?.pattern.?.source), std.math.maxInt(usize));
        },
        .string_format => {
            try writer.print("Must be a valid {s}", .{node.string.?.format.title()});
        },
        .greater_than_equal => try writeNumber(writer, "Must be at least", node.number.?.min),
        .greater_than => try writeNumber(writer, "Must be greater than", node.number.?.above),
        .less_than_equal => try writeNumber(writer, "Must be at most", node.number.?.max),
        .less_than => try writeNumber(writer, "Must be less than", node.number.?.below),
        .multiple_of => try writeNumber(writer, "Must be a multiple of", node.number.?.step_value),
        .too_short => try writeCount(writer, "Must have at least", node.array.?.min, "item"),
        .too_long => try writeCount(writer, "Must have at most", node.array.?.max, "item"),
        .not_unique => try writer.writeAll("Items must be unique"),
        .contains => {
            const array = node.array.?;
            if (array.contains_min > 0) {
                try writeCount(writer, "Must have at least", array.contains_min, "item");
            } else try writeCount(writer, "Must have at most", array.contains_max, "item");
            try writer.writeAll(" of a certain kind");
        },
        .too_few_properties => try writeCount(writer, "Must have at least", node.object.?.min, "field"),
        .too_many_properties => try writeCount(writer, "Must have at most", node.object.?.max, "field"),
        .extra_forbidden => try writer.writeAll("Unknown field"),
        .property_name => try writer.writeAll("The name of this field is not allowed"),
        .@"enum" => try writeValues(writer, "Must be one of ", node.values.?),
        .@"const" => try writeValues(writer, "Must be ", node.values.?),
        .any_of => try writer.writeAll("Must match one of the allowed forms"),
        .one_of => try writer.writeAll("Must match exactly one of the allowed forms"),
        .not => try writer.writeAll("Must not be of this form"),
        .false_schema => try writer.writeAll("No value is allowed here"),
        .dependent_required => {
            try writer.writeAll("Field required beside \\\"");
            try writeCharacters(writer, .plain(nameOf(failure, failure.owner)), std.math.maxInt(usize));
            try writer.writeAll("\\\"");
        },
    }
}

fn writeCount(writer: *Writer, begin: []const u8, count: u32, noun: []const u8) Writer.Error!void {
    try writer.print("{s} {d} {s}{s}", .{ begin, count, noun, plural(count) });
}

/// As JavaScript prints it.
fn writeNumber(writer: *Writer, begin: []const u8, value: f64) Writer.Error!void {
    const is_long = @abs(value) >= 1e21 or (value != 0 and @abs(value) < 1e-6);
    if (!is_long) return writer.print("{s} {d}", .{ begin, value });
    var buffer: [64]u8 = undefined;
    // 17 digits, a point, an exponent.
    var fixed: Writer = .fixed(&buffer);
    try fixed.print("{e}", .{value});
    const printed = fixed.buffered();
    const exponent = std.mem.findScalar(u8, printed, 'e').? + 1;
    const sign = if (printed[exponent] == '-') "" else "+";
    try writer.print("{s} {s}{s}{s}", .{ begin, printed[0..exponent], sign, printed[exponent..] });
}

fn writeTypes(writer: *Writer, types: rules.Types) Writer.Error!void {
    try writer.writeAll("Must be ");
    const titles = .{
        .{ "string", "a string" },  .{ "number", "a number" }, .{ "integer", "an integer" }, .{ "boolean", "a boolean" },
        .{ "object", "an object" }, .{ "array", "an array" },  .{ "null", "null" },
    };
    var left: u32 = 0;
    inline for (titles) |title| left += @intFromBool(isTold(types, title[0]));
    const count = left;
    inline for (titles) |title| {
        if (isTold(types, title[0])) {
            if (left < count) try writer.writeAll(if (left == 1) " or " else ", ");
            try writer.writeAll(title[1]);
            left -= 1;
        }
    }
}

/// Every integer is a number.
fn isTold(types: rules.Types, comptime name: []const u8) bool {
    if (comptime std.mem.eql(u8, name, "integer")) return types.integer and !types.number;
    return @field(types, name);
}

/// The text of each has its quotes escaped; all together are cut off.
fn writeValues(writer: *Writer, begin: []const u8, values: *const rules.Values) Writer.Error!void {
    try writer.writeAll(begin);
    var characters: usize = 0;
    for (values.list, 0..) |value, i| {
        characters += if (i > 0) 2 else 0;
        characters += schema_text.String.plain(values.text.raw(value)).length();
    }
    // The sign that something is cut off takes the place of one.
    var left: usize = if (characters > values_characters_max) values_characters_max - 1 else characters;
    for (values.list, 0..) |value, i| {
        for (if (i > 0) ", " else "") |byte| {
            if (left == 0) return writer.writeAll("…");
            try writer.writeByte(byte);
            left -= 1;
        }
        const raw: schema_text.String = .plain(values.text.raw(value));
        try writeCharacters(writer, raw, left);
        if (raw.length() > left) return;
        left -= raw.length();
    }
}
