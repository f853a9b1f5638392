//! The oracle for routes: the tree finds what the reference finds, params included.

const std = @import("std");
const parts = @import("parts.zig");
const crash = @import("crash.zig");
const Guarded = @import("guarded.zig").Guarded;
const reference = @import("reference_router.zig");
const limits = parts.limits;

pub const Checker = struct {
    path: Guarded,
    gpa: std.mem.Allocator,

    pub const path_bytes_max = 64 * 1024;
    pub const patterns_max = 256;

    pub fn init(gpa: std.mem.Allocator) error{OutOfMemory}!Checker {
        return .{ .path = try .init(path_bytes_max + limits.slack_bytes), .gpa = gpa };
    }

    pub fn check(c: *Checker, patterns: []const []const u8, paths: []const []const u8) error{ Mismatch, OutOfMemory }!void {
        crash.begin(.{ .route = .{ .patterns = patterns, .path = "/" } });
        var builder: parts.tree.Builder = try .init(c.gpa);
        defer builder.deinit();
        var taken: [patterns_max][]const u8 = undefined;
        var routes: std.ArrayList([]const u8) = .initBuffer(&taken);
        for (patterns) |pattern| {
            if (try expectAdded(&builder, routes.items, pattern)) routes.appendAssumeCapacity(pattern);
        }
        var tree = try builder.freeze(c.gpa);
        defer tree.deinit(c.gpa);
        for (paths) |path| {
            crash.begin(.{ .route = .{ .patterns = patterns, .path = path } });
            try c.expectSame(&tree, routes.items, path);
        }
        crash.end();
    }

    /// True when the builder took it: it is valid, and no other route matches the same.
    fn expectAdded(builder: *parts.tree.Builder, routes: []const []const u8, pattern: []const u8) !bool {
        const result = builder.add(pattern, @intCast(routes.len)) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            else => {
                if (!reference.isValid(pattern)) return false;
                std.debug.print("fuzz: the pattern {s} is valid, but {t}\n", .{ pattern, err });
                return error.Mismatch;
            },
        };
        const clash: ?u32 = for (routes, 0..) |route, i| {
            if (reference.isSame(route, pattern)) break @intCast(i);
        } else null;
        if (reference.isValid(pattern) and result == clash) return clash == null;
        std.debug.print("fuzz: adding {s} gave {any}, expected {any}\n", .{ pattern, result, clash });
        return error.Mismatch;
    }

    fn expectSame(c: *Checker, tree: *const parts.tree.Tree, routes: []const []const u8, path: []const u8) !void {
        var expected_params: [limits.params_max][]const u8 = undefined;
        const expected = reference.find(routes, path, &expected_params);
        // What lies behind the path would go on with it.
        for ("/ax\x00") |slack| {
            const memory = c.path.tail(path.len + limits.slack_bytes);
            @memcpy(memory[0..path.len], path);
            @memset(memory[path.len..], slack);
            var params: [limits.params_max]parts.tree.Param = undefined;
            const found = tree.find(memory[0..path.len], &params);
            if (isSame(expected, found, &params, path)) continue;
            std.debug.print("fuzz: for {s} expected {any}, got {any}\n", .{ path, expected, found });
            return error.Mismatch;
        }
    }
};

fn isSame(expected: ?reference.Match, found: ?parts.tree.Match, params: []const parts.tree.Param, path: []const u8) bool {
    const wanted = expected orelse return found == null;
    const got = found orelse return false;
    if (got.route != wanted.route or got.params != wanted.params.len) return false;
    for (wanted.params, params[0..got.params]) |text, param| {
        // The very bytes, not others that are alike.
        const offset = text.ptr - path.ptr;
        if (param.offset != offset or param.bytes != text.len) return false;
    }
    return true;
}
