//! Sets of patterns that get into each other's way, and paths that lead into and past them.

const std = @import("std");
const limits = @import("parts.zig").limits;
const Text = @import("text.zig").Text;
const odd = @import("text.zig").odd;
const pick = @import("text.zig").pick;

/// Empty, short, as long as a key, longer; alike at the start and at the end.
const words = [_][]const u8{
    "",                 "a",                "b",                 "ab",                "users",                 "me",
    "sixteen-bytes-xx", "sixteen-bytes-xy", "seventeen-bytes-x", "seventeen-bytes-y", "a-rather-long-segment", "a-rather-long-segmenu",
    "%41",              "a:b",              "a*b",               "fifteen-bytes-x",   "b-rather-long-segment", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
};

pub fn pattern(text: *Text, random: std.Random, word_count: usize) !void {
    if (odd(random, 100)) return text.add(pick([]const u8, random, &.{ "", "a", "/a b", "/a?b", "/:", "/*", "/:1", "/*a/b", "/:a/:a", "/\xc3", "/a\x00", "/{a}", "/%c3", "/%zz", "/%" }));
    const depth = if (odd(random, 30)) random.intRangeAtMost(usize, 10, limits.segments_max + 2) else random.intRangeAtMost(usize, 1, 5);
    for (0..depth) |i| {
        switch (random.uintLessThan(u8, 10)) {
            0...5 => try text.print("/{s}", .{words[random.uintLessThan(usize, word_count)]}),
            6...8 => try text.print("/:{s}{d}", .{ pick([]const u8, random, &.{ "p", "q", "_" }), i }),
            else => {
                try text.print("/*{s}", .{pick([]const u8, random, &.{ "w", "rest" })});
                if (!odd(random, 50)) return;
            },
        }
    }
}

/// Mostly made from one of the patterns, with other words in it.
pub fn path(text: *Text, random: std.Random, patterns: []const []const u8, word_count: usize) !void {
    const model = pick([]const u8, random, patterns);
    if (odd(random, 5) or model.len == 0) {
        for (0..random.intRangeAtMost(usize, 1, 8)) |_| try text.print("/{s}", .{words[random.uintLessThan(usize, word_count)]});
        return;
    }
    var segments = std.mem.splitScalar(u8, model[1..], '/');
    while (segments.next()) |segment| {
        try text.add("/");
        const is_static = segment.len == 0 or (segment[0] != ':' and segment[0] != '*');
        if (is_static and !odd(random, 12)) {
            try text.add(segment);
        } else if (odd(random, 6)) {
            try text.of(random, "abc.%-", random.uintAtMost(usize, 150));
        } else {
            try text.add(words[random.uintLessThan(usize, word_count)]);
        }
    }
    if (odd(random, 6)) try text.add(pick([]const u8, random, &.{ "/", "//", "/a", "x", "/users/me" }));
    if (odd(random, 200)) for (0..200) |_| try text.add("/a");
}

/// How many of the words are used: few meet often.
pub fn wordCount(random: std.Random) usize {
    return random.intRangeAtMost(usize, 3, words.len);
}
