//! References from schema to schema: RFC 3986, section 5, as far as `$id` and `$ref` need it.

const std = @import("std");
const Allocator = std.mem.Allocator;

pub const Reference = struct { uri: []const u8, fragment: []const u8 };

const Parts = struct {
    /// With its colon, or empty.
    scheme: []const u8,
    /// With its slashes, or empty.
    authority: []const u8,
    path: []const u8,
    /// With its question mark, or empty.
    query: []const u8,

    fn of(uri: []const u8) Parts {
        var rest = uri;
        var parts: Parts = .{ .scheme = "", .authority = "", .path = "", .query = "" };
        const colon = std.mem.findScalar(u8, rest, ':');
        if (colon != null and colon.? > 0 and std.mem.findAny(u8, rest[0..colon.?], "/?#") == null) {
            parts.scheme = rest[0 .. colon.? + 1];
            rest = rest[colon.? + 1 ..];
        }
        if (std.mem.startsWith(u8, rest, "//")) {
            const end = std.mem.findAnyPos(u8, rest, 2, "/?") orelse rest.len;
            parts.authority = rest[0..end];
            rest = rest[end..];
        }
        const end = std.mem.findScalar(u8, rest, '?') orelse rest.len;
        parts.path = rest[0..end];
        parts.query = rest[end..];
        return parts;
    }
};

/// `base` has no fragment.
pub fn resolve(arena: Allocator, base: []const u8, reference: []const u8) error{OutOfMemory}!Reference {
    const hash = std.mem.findScalar(u8, reference, '#') orelse reference.len;
    const fragment = if (hash < reference.len) reference[hash + 1 ..] else "";
    const own: Parts = .of(reference[0..hash]);
    if (own.scheme.len > 0) return .{ .uri = reference[0..hash], .fragment = fragment };
    var parts: Parts = .of(base);
    if (own.authority.len > 0) {
        parts.authority = own.authority;
        parts.path = own.path;
        parts.query = own.query;
    } else if (own.path.len > 0) {
        const directory = if (std.mem.findScalarLast(u8, parts.path, '/')) |slash| parts.path[0 .. slash + 1] else "";
        const root = if (directory.len == 0 and parts.authority.len > 0) "/" else directory;
        const path = if (own.path[0] == '/') own.path else try std.mem.concat(arena, u8, &.{ root, own.path });
        parts.path = try withoutDots(arena, path);
        parts.query = own.query;
    } else if (own.query.len > 0) parts.query = own.query;
    const uri = try std.mem.concat(arena, u8, &.{ parts.scheme, parts.authority, parts.path, parts.query });
    return .{ .uri = uri, .fragment = fragment };
}

fn withoutDots(arena: Allocator, path: []const u8) error{OutOfMemory}![]const u8 {
    var list: std.ArrayList([]const u8) = .empty;
    var segments = std.mem.splitScalar(u8, path, '/');
    while (segments.next()) |segment| {
        const is_last = segments.peek() == null;
        const is_up = std.mem.eql(u8, segment, "..");
        // Never the empty segment in front of the first slash.
        if (is_up and list.items.len > 1) _ = list.pop();
        if (is_up or std.mem.eql(u8, segment, ".")) {
            if (is_last) try list.append(arena, "");
        } else try list.append(arena, segment);
    }
    return std.mem.join(arena, "/", list.items);
}

/// A fragment without its percent signs; null where one is wrong.
pub fn decode(arena: Allocator, fragment: []const u8) error{OutOfMemory}!?[]const u8 {
    var list: std.ArrayList(u8) = .empty;
    var i: usize = 0;
    while (i < fragment.len) : (i += 1) {
        if (fragment[i] != '%') {
            try list.append(arena, fragment[i]);
            continue;
        }
        if (fragment.len - i < 3) return null;
        try list.append(arena, std.fmt.parseInt(u8, fragment[i + 1 ..][0..2], 16) catch return null);
        i += 2;
    }
    return list.items;
}

test "references are resolved against their base" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const cases = [_][4][]const u8{
        .{ "", "#/a", "", "/a" },                            .{ "", "T", "T", "" },
        .{ "http://a/b/c", "d#e", "http://a/b/d", "e" },     .{ "http://a/b/c", "/d", "http://a/d", "" },
        .{ "http://a/b/c", "../d/./e", "http://a/d/e", "" }, .{ "http://a", "b", "http://a/b", "" },
        .{ "urn:x:y", "#z", "urn:x:y", "z" },                .{ "http://a/b?q", "#", "http://a/b?q", "" },
        .{ "http://a/b", "//c/d", "http://c/d", "" },        .{ "http://a/b", "urn:c", "urn:c", "" },
    };
    for (cases) |case| {
        const found = try resolve(arena.allocator(), case[0], case[1]);
        try std.testing.expectEqualStrings(case[2], found.uri);
        try std.testing.expectEqualStrings(case[3], found.fragment);
    }
}
