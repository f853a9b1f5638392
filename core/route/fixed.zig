//! Routes without parameters, by their whole path: one hash look-up, however many segments that has.
//!
//! Such a route wins against every other that matches its path, so it is looked for first, and not in the tree at all.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const Key = @import("key.zig").Key;

pub const Route = struct { path: []const u8, index: u32 };

const Entry = struct {
    key: Key,
    route: u32,
    /// All of a path that is longer than its key, in `texts`.
    text: u32,
};

pub const Fixed = struct {
    /// At most half full, so that every search ends at an empty place soon.
    entries: []const Entry,
    texts: []const u8,
    /// Of the longest path, plus one; 0 without any.
    end_bytes: u32,

    pub const empty: Fixed = .{ .entries = &.{}, .texts = "", .end_bytes = 0 };

    /// All paths are different.
    pub fn init(allocator: std.mem.Allocator, routes: []const Route) error{OutOfMemory}!Fixed {
        if (routes.len == 0) return empty;
        const entries = try allocator.alloc(Entry, std.math.ceilPowerOfTwoAssert(usize, routes.len * 2));
        errdefer allocator.free(entries);
        @memset(entries, .{ .key = .none, .route = 0, .text = 0 });
        var text_bytes: usize = 0;
        for (routes) |route| text_bytes += textBytes(route.path);
        const texts = try allocator.alloc(u8, text_bytes);

        var end_bytes: usize = 0;
        var used: usize = 0;
        for (routes) |route| {
            var padded: [limits.pattern_bytes_max + limits.slack_bytes]u8 = @splat(0);
            @memcpy(padded[0..route.path.len], route.path);
            const key = keyOf(padded[0..route.path.len]);
            var place = key.hash();
            while (entries[place & entries.len - 1].key.bytes != Key.none.bytes) place +%= 1;
            entries[place & entries.len - 1] = .{ .key = key, .route = route.index, .text = @intCast(used) };
            const text = route.path[0..textBytes(route.path)];
            @memcpy(texts[used..][0..text.len], text);
            used += text.len;
            end_bytes = @max(end_bytes, route.path.len + 1);
        }
        assert(used == texts.len);
        return .{ .entries = entries, .texts = texts, .end_bytes = @intCast(end_bytes) };
    }

    pub fn deinit(fixed: *Fixed, allocator: std.mem.Allocator) void {
        allocator.free(fixed.entries);
        allocator.free(fixed.texts);
        fixed.* = undefined;
    }

    /// The path has `limits.slack_bytes` readable bytes behind it.
    pub inline fn find(fixed: *const Fixed, path: []const u8) ?u32 {
        if (path.len >= fixed.end_bytes) return null;
        const key = keyOf(path);
        var place = key.hash();
        while (true) : (place +%= 1) {
            const entry = &fixed.entries[place & fixed.entries.len - 1];
            if (entry.key.equals(key)) {
                if (path.len <= Key.text_bytes) return entry.route;
                if (std.mem.eql(u8, fixed.texts[entry.text..][0..path.len], path)) return entry.route;
            }
            if (entry.key.bytes == Key.none.bytes) return null;
        }
    }
};

fn textBytes(path: []const u8) usize {
    return if (path.len > Key.text_bytes) path.len else 0;
}

/// Of a path that is longer than a key, a hash of all of it and its last bytes.
inline fn keyOf(path: []const u8) Key {
    if (path.len <= Key.text_bytes) return .of(path.ptr, path.len);
    var state: u64 = 0;
    var at: usize = 0;
    while (at < path.len - Key.text_bytes) : (at += Key.text_bytes) state = mixed(state, path.ptr + at);
    const last = path.ptr + path.len - Key.text_bytes;
    const words: *align(1) const [2]u64 = @ptrCast(last);
    return .{ .low = mixed(state, last), .high = words[1], .bytes = @intCast(path.len) };
}

inline fn mixed(state: u64, start: [*]const u8) u64 {
    const words: *align(1) const [2]u64 = @ptrCast(start);
    return std.math.rotl(u64, Key.mix(state ^ words[0], words[1]), 32);
}

const testing = std.testing;

test "paths of every length are found, and nothing that differs from them in one byte" {
    const bytes_max = 100;
    var text: [bytes_max]u8 = undefined;
    for (&text, 0..) |*byte, i| byte.* = @intCast('a' + i * 7 % 26);
    text[0] = '/';
    var routes: [bytes_max]Route = undefined;
    for (&routes, 1..) |*route, bytes| route.* = .{ .path = text[0..bytes], .index = @intCast(bytes) };
    var fixed: Fixed = try .init(testing.allocator, &routes);
    defer fixed.deinit(testing.allocator);
    for (routes) |route| {
        // What is behind the path must not matter.
        var padded: [bytes_max + limits.slack_bytes]u8 = @splat('/');
        const path = padded[0..route.path.len];
        @memcpy(path, route.path);
        try testing.expectEqual(route.index, fixed.find(path));
        for (path) |*byte| {
            byte.* ^= 1;
            try testing.expectEqual(null, fixed.find(path));
            byte.* ^= 1;
        }
    }
    var padded: [200]u8 = @splat('a');
    try testing.expectEqual(null, fixed.find(padded[0..150]));
}

test "without a route nothing is found" {
    const text = "/" ++ @as([limits.slack_bytes]u8, @splat(0));
    try testing.expectEqual(null, Fixed.empty.find(text[0..1]));
}
