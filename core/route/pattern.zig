//! Route patterns: what may be written, and what makes two of them the same.

const std = @import("std");
const limits = @import("../limits.zig");

pub const Error = error{
    /// Does not begin with a slash, or holds what no client sends in a path.
    PatternInvalid,
    PatternTooLong,
    SegmentsTooMany,
    /// A parameter needs a name of letters, digits and underscores, not beginning with a digit.
    ParamNameInvalid,
    ParamRepeated,
    ParamsTooMany,
    /// `*` takes all the rest, so nothing can follow it.
    WildcardNotLast,
};

pub const Segment = union(enum) {
    /// Exactly this text.
    static: []const u8,
    /// One segment that is not empty; holds the name.
    param: []const u8,
    /// All the rest, which may be empty; holds the name.
    wildcard: []const u8,
};

/// Iterates over the segments of a pattern that `check` has let pass.
pub const Segments = struct {
    rest: ?[]const u8,

    pub fn init(pattern: []const u8) Segments {
        return .{ .rest = pattern[1..] };
    }

    pub fn next(it: *Segments) ?Segment {
        const rest = it.rest orelse return null;
        const slash = std.mem.findScalar(u8, rest, '/');
        const text = rest[0 .. slash orelse rest.len];
        it.rest = if (slash) |at| rest[at + 1 ..] else null;
        if (text.len > 0 and text[0] == ':') return .{ .param = text[1..] };
        if (text.len > 0 and text[0] == '*') return .{ .wildcard = text[1..] };
        return .{ .static = text };
    }
};

pub fn check(pattern: []const u8) Error!void {
    if (pattern.len > limits.pattern_bytes_max) return error.PatternTooLong;
    if (pattern.len == 0 or pattern[0] != '/') return error.PatternInvalid;
    for (pattern, 0..) |byte, at| switch (byte) {
        0...' ', 0x7f...0xff => return error.PatternInvalid,
        // The end of a path; and what clients percent-encode, or read as a slash.
        '?', '#', '{', '}', '<', '>', '"', '^', '`', '\\' => return error.PatternInvalid,
        '%' => if (isLowerHex(pattern[at + 1 ..])) return error.PatternInvalid,
        else => {},
    };
    var names: [limits.params_max][]const u8 = undefined;
    var count: usize = 0;
    var depth: usize = 0;
    var segments: Segments = .init(pattern);
    while (segments.next()) |segment| {
        depth += 1;
        if (depth > limits.segments_max) return error.SegmentsTooMany;
        const name = switch (segment) {
            .static => continue,
            .param => |name| name,
            .wildcard => |name| name: {
                if (segments.rest != null) return error.WildcardNotLast;
                break :name name;
            },
        };
        if (!isName(name)) return error.ParamNameInvalid;
        for (names[0..count]) |other| if (std.mem.eql(u8, name, other)) return error.ParamRepeated;
        if (count == names.len) return error.ParamsTooMany;
        names[count] = name;
        count += 1;
    }
}

/// What clients encode, they encode in capitals, and nothing here is normalised.
fn isLowerHex(text: []const u8) bool {
    if (text.len < 2) return false;
    for (text[0..2]) |byte| if (!std.ascii.isHex(byte)) return false;
    return std.ascii.isLower(text[0]) or std.ascii.isLower(text[1]);
}

fn isName(name: []const u8) bool {
    if (name.len == 0 or std.ascii.isDigit(name[0])) return false;
    for (name) |byte| if (!std.ascii.isAlphanumeric(byte) and byte != '_') return false;
    return true;
}

const testing = std.testing;

test "patterns that may be written" {
    inline for (.{ "/", "/a", "/a/", "/a//b", "/:id", "/a/:id/b/:other", "/*rest", "/a/*path", "/a:b", "/a*b", "/%C3%A9", "/%zz", "/%", "/a|b", "/x/../y" }) |pattern| {
        try check(pattern);
    }
}

test "patterns that may not" {
    try testing.expectError(error.PatternInvalid, check(""));
    try testing.expectError(error.PatternInvalid, check("a"));
    try testing.expectError(error.PatternInvalid, check("/a b"));
    try testing.expectError(error.PatternInvalid, check("/é"));
    try testing.expectError(error.PatternInvalid, check("/a?b"));
    inline for (.{ "/{id}", "/<id>", "/a\"b", "/a^b", "/a`b", "/a\\b", "/%c3%A9", "/%4f", "/%Aa" }) |pattern| {
        try testing.expectError(error.PatternInvalid, check(pattern));
    }
    try testing.expectError(error.ParamNameInvalid, check("/:"));
    try testing.expectError(error.ParamNameInvalid, check("/:a-b"));
    try testing.expectError(error.ParamNameInvalid, check("/:1a"));
    try testing.expectError(error.ParamNameInvalid, check("/*"));
    try testing.expectError(error.ParamRepeated, check("/:a/:a"));
    try testing.expectError(error.WildcardNotLast, check("/*a/b"));
    try testing.expectError(error.WildcardNotLast, check("/*a/"));
    try testing.expectError(error.PatternTooLong, check("/" ++ @as([limits.pattern_bytes_max]u8, @splat('a'))));
    try testing.expectError(error.SegmentsTooMany, check(&@as([limits.segments_max + 1]u8, @splat('/'))));
    try testing.expectError(error.ParamsTooMany, check("/:a/:b/:c/:d/:e/:f/:g/:h/:i/:j/:k/:l/:m/:n/:o/:p/:q"));
}

test "segments" {
    var it: Segments = .init("/a//:b/*c");
    try testing.expectEqualStrings("a", it.next().?.static);
    try testing.expectEqualStrings("", it.next().?.static);
    try testing.expectEqualStrings("b", it.next().?.param);
    try testing.expectEqualStrings("c", it.next().?.wildcard);
    try testing.expectEqual(null, it.next());
    it = .init("/");
    try testing.expectEqualStrings("", it.next().?.static);
    try testing.expectEqual(null, it.next());
}
