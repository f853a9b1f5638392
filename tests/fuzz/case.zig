//! One input in a form that a file can keep: what failed once is asked again for ever.
//!
//! The first line says what it is and its bounds; the input follows byte by byte. Routes are one line each, behind
//! `=`, and the path is what follows `>`. A schema has its length in the first line, and the body follows it.

const std = @import("std");
const parts = @import("parts.zig");
const chunked = @import("reference_chunked.zig");

pub const Case = union(enum) {
    head: struct { bounds: parts.Bounds = .{}, text: []const u8 },
    chunked: struct { bounds: chunked.Bounds, text: []const u8 },
    route: struct { patterns: []const []const u8, path: []const u8 },
    json: struct { text: []const u8 },
    schema: struct { schema: []const u8, body: []const u8 },

    pub fn write(case: Case, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        switch (case) {
            .head => |head| try writer.print("head target_bytes={d} head_bytes={d} headers={d}\n{s}", .{
                head.bounds.target_bytes, head.bounds.head_bytes, head.bounds.headers, head.text,
            }),
            .chunked => |body| try writer.print("chunked room={d} extra_bytes={d}\n{s}", .{
                body.bounds.room, body.bounds.extra_bytes, body.text,
            }),
            .route => |route| {
                try writer.writeAll("route\n");
                for (route.patterns) |pattern| try writer.print("={s}\n", .{pattern});
                try writer.print(">{s}", .{route.path});
            },
            .json => |json| try writer.print("json\n{s}", .{json.text}),
            .schema => |pair| try writer.print("schema schema_bytes={d}\n{s}{s}", .{ pair.schema.len, pair.schema, pair.body }),
        }
    }

    /// What it holds are parts of `text`, and of memory that `arena` gives.
    pub fn read(text: []const u8, arena: std.mem.Allocator) error{ CaseInvalid, OutOfMemory }!Case {
        const line_end = std.mem.findScalar(u8, text, '\n') orelse return error.CaseInvalid;
        const rest = text[line_end + 1 ..];
        var words = std.mem.splitScalar(u8, text[0..line_end], ' ');
        const kind = std.meta.stringToEnum(std.meta.Tag(Case), words.first()) orelse return error.CaseInvalid;
        return switch (kind) {
            .head => .{ .head = .{ .bounds = try readBounds(parts.Bounds, &words), .text = rest } },
            .chunked => .{ .chunked = .{ .bounds = try readBounds(chunked.Bounds, &words), .text = rest } },
            .route => readRoute(rest, arena),
            .json => .{ .json = .{ .text = rest } },
            .schema => {
                const sizes = try readBounds(struct { schema_bytes: usize }, &words);
                if (sizes.schema_bytes > rest.len) return error.CaseInvalid;
                return .{ .schema = .{ .schema = rest[0..sizes.schema_bytes], .body = rest[sizes.schema_bytes..] } };
            },
        };
    }

    fn readBounds(comptime Bounds: type, words: *std.mem.SplitIterator(u8, .scalar)) error{CaseInvalid}!Bounds {
        var bounds: Bounds = undefined;
        inline for (comptime std.meta.fieldNames(Bounds)) |name| {
            const word = words.next() orelse return error.CaseInvalid;
            if (!std.mem.startsWith(u8, word, name ++ "=")) return error.CaseInvalid;
            const number = word[name.len + 1 ..];
            @field(bounds, name) = std.fmt.parseInt(@FieldType(Bounds, name), number, 10) catch return error.CaseInvalid;
        }
        return bounds;
    }

    fn readRoute(text: []const u8, arena: std.mem.Allocator) error{ CaseInvalid, OutOfMemory }!Case {
        var patterns: std.ArrayList([]const u8) = .empty;
        var rest = text;
        while (std.mem.startsWith(u8, rest, "=")) {
            const end = std.mem.findScalar(u8, rest, '\n') orelse return error.CaseInvalid;
            try patterns.append(arena, rest[1..end]);
            rest = rest[end + 1 ..];
        }
        if (!std.mem.startsWith(u8, rest, ">/")) return error.CaseInvalid;
        return .{ .route = .{ .patterns = patterns.items, .path = rest[1..] } };
    }
};
