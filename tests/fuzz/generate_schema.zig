//! Random schemas: as people write them, as nobody does, and as somebody does who means harm.

const std = @import("std");
const generate_json = @import("generate_json.zig");
const parts = @import("parts.zig");
const odd = @import("text.zig").odd;
const pick = @import("text.zig").pick;
const Writer = parts.Writer;

pub fn schema(writer: *Writer) !void {
    const random = writer.random;
    switch (random.uintLessThan(u8, 8)) {
        0, 1 => try any(writer),
        2 => try hostile(writer),
        else => try typed(writer, 4),
    }
    if (odd(random, 4)) try generate_json.damage(writer);
}

/// Every keyword, with references.
fn any(writer: *Writer) !void {
    try writer.put("{\"allOf\":[");
    try writer.schema(3);
    try writer.put("],\"$defs\":{\"d\":");
    try writer.schema(2);
    try writer.put("}}");
}

/// What is checked on the way: one type for each value.
fn typed(writer: *Writer, depth: usize) error{OutOfMemory}!void {
    const random = writer.random;
    switch (random.uintLessThan(u8, if (depth == 0) 6 else 12)) {
        0, 1 => try bounded(writer, "string", "minLength", "maxLength"),
        2 => try bounded(writer, "integer", "minimum", "exclusiveMaximum"),
        3 => try bounded(writer, "number", "exclusiveMinimum", "maximum"),
        4 => try writer.put(pick([]const u8, random, &.{
            "{\"type\":\"boolean\"}",                   "{\"type\":\"null\"}", "true",
            "{\"enum\":[\"a\",\"b\",\"ab\"]}",
            "{\"type\":\"string\",\"enum\":[\"a\",\"é\"]}",
            "{\"type\":\"string\",\"pattern\":\"^a\"}",
        })),
        5 => try writer.schema(@min(depth, 1)),
        6, 7, 8 => {
            try writer.put("{\"type\":\"array\",\"items\":");
            try typed(writer, depth - 1);
            if (random.boolean()) try writer.out.print(writer.allocator, ",\"minItems\":{d}", .{random.uintAtMost(u8, 2)});
            if (random.boolean()) try writer.out.print(writer.allocator, ",\"maxItems\":{d}", .{random.uintAtMost(u8, 9)});
            try writer.put("}");
        },
        else => try members(writer, depth),
    }
}

fn bounded(writer: *Writer, kind: []const u8, min: []const u8, max: []const u8) !void {
    const random = writer.random;
    const is_nullable = odd(random, 6);
    if (is_nullable) {
        try writer.out.print(writer.allocator, "{{\"type\":[\"null\",\"{s}\"]", .{kind});
    } else try writer.out.print(writer.allocator, "{{\"type\":\"{s}\"", .{kind});
    if (random.boolean()) try writer.out.print(writer.allocator, ",\"{s}\":{d}", .{ min, random.uintAtMost(u8, 3) });
    if (random.boolean()) try writer.out.print(writer.allocator, ",\"{s}\":{d}", .{ max, random.uintAtMost(u8, 90) });
    try writer.put("}");
}

fn members(writer: *Writer, depth: usize) !void {
    const random = writer.random;
    const names = [_][]const u8{ "a", "b", "ab", "zz", "name", "a longer name than sixteen", "\\u0061b", "é", "" };
    try writer.put("{\"type\":\"object\",\"properties\":{");
    var required: std.ArrayList([]const u8) = .empty;
    const count = if (odd(random, 30)) random.uintAtMost(usize, 1100) else random.uintAtMost(usize, 5);
    for (0..count) |i| {
        if (i > 0) try writer.put(",");
        const name = if (i < 6) pick([]const u8, random, &names) else try std.fmt.allocPrint(writer.allocator, "k{d}", .{i});
        try writer.out.print(writer.allocator, "\"{s}\":", .{name});
        try typed(writer, if (i < 6) depth - 1 else 0);
        if (random.boolean()) try required.append(writer.allocator, name);
    }
    try writer.put("},\"required\":[");
    for (required.items, 0..) |name, i| try writer.out.print(writer.allocator, "{s}\"{s}\"", .{ if (i > 0) "," else "", name });
    try writer.put("]");
    if (odd(random, 3)) try writer.put(",\"additionalProperties\":false");
    if (odd(random, 6)) {
        try writer.put(",\"additionalProperties\":");
        try typed(writer, depth - 1);
    }
    try writer.put("}");
}

fn hostile(writer: *Writer) !void {
    const random = writer.random;
    switch (random.uintLessThan(u8, 5)) {
        0 => {
            const opening, const closing = pick(struct { []const u8, []const u8 }, random, &.{
                .{ "{\"items\":", "}" },              .{ "{\"not\":", "}" },              .{ "{\"allOf\":[", "]}" },
                .{ "{\"properties\":{\"a\":", "}}" }, .{ "{\"if\":true,\"then\":", "}" }, .{ "{\"additionalProperties\":", "}" },
            });
            const depth = random.uintAtMost(usize, 520);
            for (0..depth) |_| try writer.put(opening);
            try writer.schema(1);
            for (0..depth) |_| try writer.put(closing);
        },
        1 => {
            try writer.put("{\"pattern\":\"");
            for (0..random.uintAtMost(usize, 12)) |_| try writer.put(pick([]const u8, random, &pattern_pieces));
            try writer.put("\"}");
        },
        2 => {
            try writer.put("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"");
            try writer.put(pick([]const u8, random, &references));
            try writer.put("\"},\"b\":{\"$id\":\"x\",\"$anchor\":\"y\",\"items\":{\"$ref\":\"");
            try writer.put(pick([]const u8, random, &references));
            try writer.put("\"}}},\"$defs\":{\"d\":");
            try writer.schema(2);
            try writer.put("},\"$ref\":\"");
            try writer.put(pick([]const u8, random, &references));
            try writer.put("\"}");
        },
        3 => {
            const format = pick([]const u8, random, &.{ "date", "time", "date-time", "email", "uuid", "uri", "ipv4", "ipv6", "hostname", "duration", "" });
            try writer.out.print(writer.allocator, "{{\"items\":{{\"format\":\"{s}\"}},\"propertyNames\":{{\"format\":\"{s}\"}}}}", .{ format, format });
        },
        else => {
            try writer.put("{\"enum\":[");
            for (0..random.uintAtMost(usize, 60)) |_| {
                try writer.value(2);
                try writer.put(",");
            }
            try generate_json.text(writer);
            try writer.put("]}");
        },
    }
}

const pattern_pieces = [_][]const u8{
    "a",       "b",      ".",     "^",            "$",         "(",     ")",     "(?:", "|", "*",    "+", "?",     "{2}",    "{2,}", "{0,5000}", "{3,2}", "[a-z]", "[^b]",
    "\\\\d",   "\\\\w",  "\\\\S", "\\\\u{1F600}",
    "é",
    "😀",
    "(?<n>a)", "(a|b)*", "(.*)*", "(a*)*b",       "[\\\\d-z]", "\\\\b", "(?=a)", "]",   "}", "\\\\", "[", "\\\\x", "\\\\cA",
};

const references = [_][]const u8{
    "#",              "#/$defs/d", "#/properties/a", "#/properties/b/items", "#/$defs/d/properties/a", "#y", "x", "x#y", "x#/items", "#/%24defs/d", "#/a~1b", "#/~0", "http://[", "%zz", "",
    "#/properties/b", "#/allOf/0", "#/$defs",
};
