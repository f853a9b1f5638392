//! Random JSON: values, bodies that mean a schema, and what is left of them when bytes are damaged.

const std = @import("std");
const parts = @import("parts.zig");
const odd = @import("text.zig").odd;
const pick = @import("text.zig").pick;
const reference = parts.reference_schema;
const Value = std.json.Value;
const Writer = parts.Writer;

pub fn text(writer: *Writer) !void {
    const random = writer.random;
    switch (random.uintLessThan(u8, 8)) {
        0 => try deep(writer),
        1 => try many(writer, random.uintAtMost(usize, 300)),
        2 => try string(writer, random.uintAtMost(usize, 200)),
        3 => try writer.put(pick([]const u8, random, &numbers)),
        else => try writer.value(4),
    }
}

/// What fits a schema more or less; of a schema that is not known, anything.
pub fn body(writer: *Writer, tree: ?Value) !void {
    const root = tree orelse return text(writer);
    if (odd(writer.random, 8)) return text(writer);
    try fit(writer, .{ .root = root }, root, 6);
}

fn fit(writer: *Writer, plain: reference.Reference, of: Value, depth: usize) error{OutOfMemory}!void {
    const random = writer.random;
    const object = if (of == .object) of.object else return writer.value(@min(depth, 2));
    if (depth == 0 or odd(random, 24)) return writer.value(@min(depth, 2));
    if (object.get("const")) |value| return write(writer, value);
    if (object.get("enum")) |values| {
        if (values == .array and values.array.items.len > 0) return write(writer, pick(Value, random, values.array.items));
    }
    if (object.get("$ref")) |ref| {
        if (ref == .string and random.boolean()) {
            if (plain.target(ref.string)) |target| return fit(writer, plain, target, depth - 1) else |err| switch (err) {
                error.Unknown => {},
            }
        }
    }
    for ([_][]const u8{ "oneOf", "anyOf", "allOf", "then", "else" }) |keyword| {
        const inner = object.get(keyword) orelse continue;
        if (odd(random, 3)) continue;
        if (inner == .array and inner.array.items.len > 0) return fit(writer, plain, pick(Value, random, inner.array.items), depth - 1);
        if (inner == .object) return fit(writer, plain, inner, depth - 1);
    }
    switch (kindOf(object, random)) {
        .object => try members(writer, plain, object, depth),
        .array => try items(writer, plain, object, depth),
        .string => try string(writer, @min(within(object, "minLength", "maxLength", random), 400)),
        .number => try number(writer, object),
        .other => |word| try writer.put(word),
    }
}

const Kind = union(enum) { object, array, string, number, other: []const u8 };

/// By its type, or by a keyword that speaks of one.
fn kindOf(object: std.json.ObjectMap, random: std.Random) Kind {
    var name: []const u8 = "";
    if (object.get("type")) |type_value| switch (type_value) {
        .string => |own| name = own,
        .array => |list| if (list.items.len > 0) {
            const one = pick(Value, random, list.items);
            if (one == .string) name = one.string;
        },
        else => {},
    };
    const table = [_]struct { []const u8, Kind }{
        .{ "object", .object },               .{ "array", .array },    .{ "string", .string },
        .{ "number", .number },               .{ "integer", .number }, .{ "null", .{ .other = "null" } },
        .{ "boolean", .{ .other = "true" } },
    };
    for (table) |entry| {
        if (std.mem.eql(u8, entry[0], name)) return entry[1];
    }
    const hints = [_]struct { []const u8, Kind }{
        .{ "properties", .object },    .{ "required", .object },   .{ "patternProperties", .object }, .{ "dependentRequired", .object },
        .{ "items", .array },          .{ "prefixItems", .array }, .{ "contains", .array },           .{ "minItems", .array },
        .{ "minProperties", .object }, .{ "minLength", .string },  .{ "pattern", .string },           .{ "multipleOf", .number },
    };
    for (hints) |hint| {
        if (object.get(hint[0]) != null) return hint[1];
    }
    return table[random.uintLessThan(usize, table.len)][1];
}

fn members(writer: *Writer, plain: reference.Reference, object: std.json.ObjectMap, depth: usize) !void {
    const random = writer.random;
    try writer.put("{");
    var count: usize = 0;
    if (object.get("properties")) |properties| {
        if (properties == .object) for (properties.object.keys(), properties.object.values()) |name, of| {
            if (odd(random, 8)) continue;
            try key(writer, name, &count);
            try fit(writer, plain, of, depth - 1);
            // The last counts.
            if (!odd(random, 24)) continue;
            try key(writer, name, &count);
            try fit(writer, plain, of, depth - 1);
        };
    }
    if (object.get("required")) |required| {
        if (required == .array) for (required.array.items) |name| {
            if (name != .string or isDeclared(object, name.string) or odd(random, 8)) continue;
            try key(writer, name.string, &count);
            try writer.value(1);
        };
    }
    const others = object.get("additionalProperties");
    const isClosed = if (others) |rule| rule == .bool and !rule.bool else false;
    const limit: usize = if (isClosed) 0 else 3;
    for (0..if (odd(random, 8)) 2 else random.uintAtMost(usize, limit)) |_| {
        try key(writer, pick([]const u8, random, &.{ "a", "b", "ab", "zz", "a longer name than sixteen", "é" }), &count);
        if (others) |rule| try fit(writer, plain, rule, depth - 1) else try writer.value(@min(depth, 2));
    }
    try writer.put("}");
}

fn isDeclared(object: std.json.ObjectMap, name: []const u8) bool {
    const properties = object.get("properties") orelse return false;
    return properties == .object and properties.object.get(name) != null;
}

fn key(writer: *Writer, name: []const u8, count: *usize) !void {
    if (count.* > 0) try writer.put(if (odd(writer.random, 8)) " , " else ",");
    count.* += 1;
    if (name.len > 0 and std.ascii.isAlphanumeric(name[0]) and odd(writer.random, 16)) {
        try writer.out.print(writer.allocator, "\"\\u{x:0>4}{s}\":", .{ name[0], unquoted(writer, name[1..]) catch return error.OutOfMemory });
    } else {
        try write(writer, .{ .string = name });
        try writer.put(if (odd(writer.random, 8)) "\t:\r\n" else ":");
    }
}

/// Without its quotes.
fn unquoted(writer: *Writer, name: []const u8) ![]const u8 {
    const quoted = try std.json.Stringify.valueAlloc(writer.allocator, name, .{});
    return quoted[1 .. quoted.len - 1];
}

fn items(writer: *Writer, plain: reference.Reference, object: std.json.ObjectMap, depth: usize) !void {
    const random = writer.random;
    const prefix: []const Value = if (object.get("prefixItems")) |list| (if (list == .array) list.array.items else &.{}) else &.{};
    const rest = object.get("items") orelse object.get("contains") orelse Value{ .bool = true };
    try writer.put("[");
    for (0..@min(within(object, "minItems", "maxItems", random) + random.uintAtMost(usize, prefix.len), 40)) |i| {
        if (i > 0) try writer.put(",");
        try fit(writer, plain, if (i < prefix.len) prefix[i] else rest, depth - 1);
    }
    try writer.put("]");
}

/// Mostly a count that the bounds allow.
fn within(object: std.json.ObjectMap, min: []const u8, max: []const u8, random: std.Random) usize {
    const least = countOf(object.get(min)) orelse 0;
    const most = countOf(object.get(max)) orelse least + 4;
    if (odd(random, 16)) return if (random.boolean()) most + 1 else least -| 1;
    return random.intRangeAtMost(usize, @min(least, most), most);
}

fn countOf(value: ?Value) ?usize {
    const bound = value orelse return null;
    return if (bound == .integer and bound.integer >= 0 and bound.integer < 10_000) @intCast(bound.integer) else null;
}

fn number(writer: *Writer, object: std.json.ObjectMap) !void {
    const random = writer.random;
    for ([_][]const u8{ "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf" }) |keyword| {
        const bound = object.get(keyword) orelse continue;
        if (random.boolean()) continue;
        if (bound != .integer or bound.integer > 1 << 52) return write(writer, bound);
        const near = bound.integer +| random.intRangeAtMost(i64, -1, 1);
        const rest = pick([]const u8, random, &.{ "", "", ".0", "e0", ".5" });
        return writer.out.print(writer.allocator, "{d}{s}", .{ near, rest });
    }
    if (odd(random, 3)) return writer.put(pick([]const u8, random, &numbers));
    try writer.out.print(writer.allocator, "{d}", .{random.intRangeAtMost(i32, -3, 100)});
}

/// So many characters.
fn string(writer: *Writer, count: usize) !void {
    const characters = [_][]const u8{ "a", "b", "c", "0", " ", "-", "é", "天", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u0061", "\\ud83d\\ude00", "\\u00e9", "\x7f" };
    const is_plain = writer.random.boolean();
    try writer.put("\"");
    for (0..count) |_| try writer.put(pick([]const u8, writer.random, if (is_plain) characters[0..2] else &characters));
    if (odd(writer.random, 40)) try writer.put(pick([]const u8, writer.random, &.{ "\\ud800", "\\udc00\\ud800", "\\u0000", "2024-02-29T23:59:60Z", "a@b.example" }));
    try writer.put("\"");
}

fn deep(writer: *Writer) !void {
    const random = writer.random;
    const depth = if (random.boolean()) random.intRangeAtMost(usize, 500, 520) else random.uintAtMost(usize, 40);
    const is_array = random.boolean();
    for (0..depth) |_| try writer.put(if (is_array) "[" else "{\"a\":");
    try writer.put(if (is_array) "" else "1");
    for (0..depth) |_| try writer.put(if (is_array) "]" else "}");
}

fn many(writer: *Writer, count: usize) !void {
    const distinct = writer.random.intRangeAtMost(usize, 1, count + 1);
    try writer.put("{");
    for (0..count) |i| {
        if (i > 0) try writer.put(",");
        try writer.out.print(writer.allocator, "\"k{d}\":", .{i % distinct});
        try writer.value(0);
    }
    try writer.put("}");
}

fn write(writer: *Writer, value: Value) !void {
    // The standard library writes no deeper ones.
    if (isDeeper(value, 200)) return writer.value(1);
    try writer.out.print(writer.allocator, "{f}", .{std.json.fmt(value, .{})});
}

fn isDeeper(value: Value, depth: usize) bool {
    const inner = switch (value) {
        .array => |list| list.items,
        .object => |map| map.values(),
        else => return false,
    };
    for (inner) |one| {
        if (depth == 0 or isDeeper(one, depth - 1)) return true;
    }
    return false;
}

const numbers = [_][]const u8{
    "0",                    "-0",                                         "-0.0",                                "1.0",                 "100e-2",               "0.1e1",                   "1e400",        "-1e400",
    "1e308",                "1.7976931348623157e308",                     "1.7976931348623159e308",              "1e-400",              "4.9e-324",             "2.2250738585072011e-308", "1e-320",       "1.23456789012345e-320",
    "9007199254740991",     "9007199254740993",                           "9223372036854775807",                 "9223372036854775808", "-9223372036854775809", "18446744073709551616",    "4294967296",   "123456789012345",
    "1234567890123456",     "0.30000000000000004",                        "0.1",                                 "0.05",                "12.50",                "1E+2",                    "1e0000000002", "0e999999999999",
    "0.000000000000000001", "100000000000000000000000000000000000000000", "1.000000000000000000000000000000001", "1e-2147483649",       "0.5e-99999999999",
};

const pieces = [_][]const u8{
    "\"",    "\\",  "{",      "}",        "[",            "]",        ":",        ",",       "01",       "1.",   "+1",   ".5",       "-",            "1e",           "tru",              "nul",          "NaN",
    "true7", "\\u", "\\x",    "\\u12",    "\\ud800",      "\\udc00",  "\x00",     "\x1f",    "\x7f",     "\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xef\xbb\xbf", "\x0c",
    "\x1a",  " ",   "\t\r\n", "\xc2\xa0", "\xe2\x80\xa8", "[[[[[[[[", "]]]]]]]]", "{\"a\":", "\"a\":1,", ",1",   "/**/",
};

/// Some changes of its bytes, up to four.
pub fn damage(writer: *Writer) !void {
    const random = writer.random;
    const allocator = writer.allocator;
    for (0..random.intRangeAtMost(usize, 1, 4)) |_| {
        const bytes = writer.out.items;
        if (bytes.len == 0) return writer.put(pick([]const u8, random, &pieces));
        const at = random.uintLessThan(usize, bytes.len);
        const count = random.uintAtMost(usize, @min(bytes.len - at, 40));
        switch (random.uintLessThan(u8, 10)) {
            0 => bytes[at] = random.int(u8),
            1 => bytes[at] ^= @as(u8, 1) << random.int(u3),
            2 => try writer.out.insertSlice(allocator, at, pick([]const u8, random, &pieces)),
            3 => try writer.out.replaceRange(allocator, at, count, ""),
            4 => try writer.out.insertSlice(allocator, at, try allocator.dupe(u8, bytes[at..][0..count])),
            5 => try writer.out.insertSlice(allocator, random.uintAtMost(usize, bytes.len), try allocator.dupe(u8, bytes[at..][0..count])),
            6, 7 => if (numberAt(bytes, at)) |size| try writer.out.replaceRange(allocator, at, size, pick([]const u8, random, &numbers)),
            // The same character, written in another way.
            8 => if (std.ascii.isAlphabetic(bytes[at])) {
                var escape: [6]u8 = undefined;
                try writer.out.replaceRange(allocator, at, 1, std.fmt.bufPrint(&escape, "\\u{x:0>4}", .{bytes[at]}) catch unreachable);
            },
            else => if (odd(random, 4)) writer.out.shrinkRetainingCapacity(at),
        }
    }
}

fn numberAt(bytes: []const u8, at: usize) ?usize {
    var size: usize = 0;
    while (at + size < bytes.len and std.mem.findScalar(u8, "-0123456789.eE", bytes[at + size]) != null) size += 1;
    return if (size == 0) null else size;
}
