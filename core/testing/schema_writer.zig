//! Writes random schemas, and documents that have something to do with them.

const std = @import("std");

pub const Writer = struct {
    random: std.Random,
    allocator: std.mem.Allocator,
    out: std.ArrayList(u8) = .empty,

    const names = [_][]const u8{ "a", "b", "ab", "x\\u0061", "__proto__", "a longer name than sixteen" };
    const scalars = [_][]const u8{
        "null",    "true",                "false",  "0",           "1", "1.0", "2", "-1", "0.5", "3", "1e1", "12345678901234567890",
        "\"\"",    "\"a\"",               "\"ab\"", "\"\\u0061\"",
        "\"é\"",
        "\"bab\"", "\"abc\"",             "1.10",
        "\"😀b\"",
        "-0",      "0.30000000000000004",
    };

    pub fn deinit(writer: *Writer) void {
        writer.out.deinit(writer.allocator);
    }

    pub fn put(writer: *Writer, text: []const u8) !void {
        try writer.out.appendSlice(writer.allocator, text);
    }

    pub fn pick(writer: *Writer, words: []const []const u8) []const u8 {
        return words[writer.random.uintLessThan(usize, words.len)];
    }

    pub fn below(writer: *Writer, limit: usize) usize {
        return writer.random.uintLessThan(usize, limit);
    }

    pub fn name(writer: *Writer) !void {
        try writer.out.print(writer.allocator, "\"{s}\"", .{writer.pick(&names)});
    }

    pub fn value(writer: *Writer, depth: usize) !void {
        switch (if (depth == 0) 0 else writer.below(4)) {
            0, 1 => try writer.put(writer.pick(&scalars)),
            2 => {
                try writer.put("[");
                for (0..writer.below(4)) |i| {
                    if (i > 0) try writer.put(" , ");
                    try writer.value(depth - 1);
                }
                try writer.put("]");
            },
            else => {
                try writer.put("{ ");
                for (0..writer.below(5)) |i| {
                    if (i > 0) try writer.put(",");
                    try writer.name();
                    try writer.put(" :");
                    try writer.value(depth - 1);
                }
                try writer.put("}");
            },
        }
    }

    fn list(writer: *Writer, depth: usize) !void {
        try writer.put("[");
        for (0..writer.below(3) + 1) |i| {
            if (i > 0) try writer.put(",");
            try writer.schema(depth);
        }
        try writer.put("]");
    }

    fn map(writer: *Writer, keys: []const []const u8, depth: usize) !void {
        try writer.put("{");
        for (0..writer.below(4)) |i| {
            if (i > 0) try writer.put(",");
            try writer.out.print(writer.allocator, "\"{s}\":", .{writer.pick(keys)});
            try writer.schema(depth);
        }
        try writer.put("}");
    }

    fn nameList(writer: *Writer) !void {
        try writer.put("[");
        for (0..writer.below(3)) |i| {
            if (i > 0) try writer.put(",");
            try writer.name();
        }
        try writer.put("]");
    }

    pub fn schema(writer: *Writer, depth: usize) !void {
        if (writer.below(12) == 0) return writer.put(if (writer.random.boolean()) "true" else "false");
        try writer.put("{");
        for (0..writer.below(4) + @intFromBool(depth > 2)) |i| {
            if (i > 0) try writer.put(",");
            try writer.keyword(depth);
        }
        try writer.put("}");
    }

    fn keyword(writer: *Writer, depth: usize) error{OutOfMemory}!void {
        const types = [_][]const u8{ "null", "boolean", "integer", "number", "string", "array", "object" };
        const counts = [_][]const u8{ "0", "1", "2", "3" };
        const patterns = [_][]const u8{ "^a", "b$", "a", "^.{2}$" };
        const simple = [_][]const u8{
            "minimum",  "maximum",  "exclusiveMinimum", "exclusiveMaximum", "minLength",   "maxLength",
            "minItems", "maxItems", "minProperties",    "maxProperties",    "maxContains", "minContains",
        };
        const single = [_][]const u8{ "additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames" };
        switch (writer.below(if (depth == 0) 8 else 17)) {
            0, 1 => try writer.out.print(writer.allocator, "\"type\":\"{s}\"", .{writer.pick(&types)}),
            2 => {
                try writer.out.print(writer.allocator, "\"type\":[\"{s}\",\"{s}\"]", .{ writer.pick(&types), writer.pick(&types) });
                if (writer.random.boolean()) try writer.put(",\"nullable\":true");
            },
            3, 4 => try writer.out.print(writer.allocator, "\"{s}\":{s}", .{ writer.pick(&simple), writer.pick(&counts) }),
            5 => switch (writer.below(5)) {
                0 => try writer.out.print(writer.allocator, "\"multipleOf\":{s}", .{writer.pick(&.{ "0.1", "0.1", "1.5", "2", "0.05", "1e-17" })}),
                1 => try writer.put("\"uniqueItems\":true"),
                2 => try writer.out.print(writer.allocator, "\"pattern\":\"{s}\"", .{writer.pick(&patterns)}),
                3 => {
                    try writer.put("\"required\":");
                    try writer.nameList();
                },
                else => {
                    try writer.put("\"dependentRequired\":{");
                    try writer.name();
                    try writer.put(":");
                    try writer.nameList();
                    try writer.put("}");
                },
            },
            6 => {
                try writer.put("\"enum\":[");
                for (0..writer.below(3)) |_| {
                    try writer.value(1);
                    try writer.put(",");
                }
                try writer.value(0);
                try writer.put("]");
            },
            7 => {
                try writer.put("\"const\":");
                try writer.value(1);
            },
            8, 9 => {
                try writer.put("\"properties\":");
                try writer.map(&names, depth - 1);
            },
            10 => {
                try writer.put("\"patternProperties\":");
                try writer.map(&patterns, depth - 1);
            },
            11 => {
                try writer.put("\"dependentSchemas\":");
                try writer.map(&names, depth - 1);
            },
            12, 13 => {
                try writer.out.print(writer.allocator, "\"{s}\":", .{writer.pick(&single)});
                try writer.schema(depth - 1);
            },
            14 => {
                try writer.put("\"prefixItems\":");
                try writer.list(depth - 1);
            },
            15 => {
                try writer.out.print(writer.allocator, "\"{s}\":", .{writer.pick(&.{ "allOf", "anyOf", "oneOf" })});
                try writer.list(depth - 1);
            },
            else => try writer.out.print(writer.allocator, "\"$ref\":\"{s}\"", .{writer.pick(&.{ "#/$defs/d", "#/$defs/d", "#" })}),
        }
    }
};
