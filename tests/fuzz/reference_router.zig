//! A second opinion on routes: every pattern is held against the path, and of those that fit the best one wins.

const std = @import("std");
const parts = @import("parts.zig");
const limits = parts.limits;

pub const Match = struct { route: usize, params: []const []const u8 };

/// Static before parameter before wildcard, at the first segment where two patterns differ. Params are parts of `path`.
pub fn find(patterns: []const []const u8, path: []const u8, params: *[limits.params_max][]const u8) ?Match {
    var best: ?usize = null;
    for (patterns, 0..) |pattern, i| {
        if (!fits(pattern, path, null)) continue;
        if (best == null or isBetter(pattern, patterns[best.?])) best = i;
    }
    const route = best orelse return null;
    var list: std.ArrayList([]const u8) = .initBuffer(params);
    std.debug.assert(fits(patterns[route], path, &list));
    return .{ .route = route, .params = list.items };
}

fn fits(pattern: []const u8, path: []const u8, params: ?*std.ArrayList([]const u8)) bool {
    var wanted = std.mem.splitScalar(u8, pattern[1..], '/');
    var given = std.mem.splitScalar(u8, path[1..], '/');
    while (wanted.next()) |segment| {
        const rest = given.rest();
        const part = given.next() orelse return false;
        switch (kindOf(segment)) {
            .static => if (!std.mem.eql(u8, segment, part)) return false,
            .param => {
                if (part.len == 0) return false;
                if (params) |list| list.appendAssumeCapacity(part);
            },
            .wildcard => {
                if (params) |list| list.appendAssumeCapacity(rest);
                return true;
            },
        }
    }
    return given.next() == null;
}

const Kind = enum { static, param, wildcard };

fn kindOf(segment: []const u8) Kind {
    if (std.mem.startsWith(u8, segment, ":")) return .param;
    return if (std.mem.startsWith(u8, segment, "*")) .wildcard else .static;
}

/// Of two that fit the same path and are not the same.
fn isBetter(a: []const u8, b: []const u8) bool {
    var left = std.mem.splitScalar(u8, a[1..], '/');
    var right = std.mem.splitScalar(u8, b[1..], '/');
    while (true) {
        const x = kindOf(left.next().?);
        const y = kindOf(right.next().?);
        if (x != y) return @backingInt(x) < @backingInt(y);
    }
}

/// Do they match the same paths? Names of params don't count.
pub fn isSame(a: []const u8, b: []const u8) bool {
    var left = std.mem.splitScalar(u8, a[1..], '/');
    var right = std.mem.splitScalar(u8, b[1..], '/');
    while (true) {
        const x = left.next() orelse return right.next() == null;
        const y = right.next() orelse return false;
        if (kindOf(x) != kindOf(y)) return false;
        if (kindOf(x) == .static and !std.mem.eql(u8, x, y)) return false;
    }
}

pub fn isValid(pattern: []const u8) bool {
    if (pattern.len == 0 or pattern.len > limits.pattern_bytes_max or pattern[0] != '/') return false;
    for (pattern, 0..) |byte, at| {
        if (byte < '!' or byte > '~' or std.mem.findScalar(u8, "?#{}<>\"^`\\", byte) != null) return false;
        if (byte != '%' or at + 2 >= pattern.len) continue;
        const encoded = pattern[at + 1 .. at + 3];
        if (!std.ascii.isHex(encoded[0]) or !std.ascii.isHex(encoded[1])) continue;
        for (encoded) |digit| if (std.ascii.isLower(digit)) return false;
    }
    var names: [limits.params_max][]const u8 = undefined;
    var list: std.ArrayList([]const u8) = .initBuffer(&names);
    var depth: usize = 0;
    var segments = std.mem.splitScalar(u8, pattern[1..], '/');
    while (segments.next()) |segment| {
        depth += 1;
        const kind = kindOf(segment);
        if (kind == .static) continue;
        if (kind == .wildcard and segments.peek() != null) return false;
        const name = segment[1..];
        if (!isName(name)) return false;
        for (list.items) |other| if (std.mem.eql(u8, name, other)) return false;
        list.appendBounded(name) catch return false;
    }
    return depth <= limits.segments_max;
}

fn isName(text: []const u8) bool {
    for (text, 0..) |byte, i| switch (byte) {
        'a'...'z', 'A'...'Z', '_' => {},
        '0'...'9' => if (i == 0) return false,
        else => return false,
    };
    return text.len > 0;
}
