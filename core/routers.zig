//! Routers that JavaScript asks without a server: patterns to numbers of its own.

const std = @import("std");
const limits = @import("limits.zig");
const Method = @import("http/method.zig").Method;
const Kit = @import("kit.zig").Kit;
const Table = @import("server.zig").Table;
const tree = @import("route/tree.zig");

pub const Param = tree.Param;

/// The new router's handle. Too many are those of routers.
pub fn open(kit: *Kit) error{ OutOfMemory, RoutesTooMany }!u32 {
    const slot = kit.routers.acquire() orelse return error.RoutesTooMany;
    errdefer kit.routers.release(slot);
    slot.* = try .create(kit.allocator);
    return kit.routers.handle(slot);
}

pub fn close(kit: *Kit, handle: u32) void {
    const slot = kit.routers.get(handle) orelse return;
    slot.*.destroy();
    kit.routers.release(slot);
}

/// For one method, or for all that have no route of their own at the same path. Is found after the next `commit`.
pub fn add(kit: *Kit, handle: u32, method: ?Method, pattern: []const u8, value: u32) (Table.AddError || error{StaleHandle})!void {
    const slot = kit.routers.get(handle) orelse return error.StaleHandle;
    try slot.*.add(.{
        .id = value,
        .pattern = pattern,
        .methods = if (method) |one| @as(u8, 1) << @intCast(@backingInt(one)) else 0,
        .is_all = method == null,
        .body_bytes_max = 0,
    });
}

/// The values of two routes that match the same paths, or null: then all that were added are found.
pub fn commit(kit: *Kit, handle: u32) (Table.AddError || error{StaleHandle})!?[2]u32 {
    const slot = kit.routers.get(handle) orelse return error.StaleHandle;
    // Trees are made once: a table that has some is copied.
    const fresh: *Table = try .create(kit.allocator);
    errdefer fresh.destroy();
    for (slot.*.routes.items) |route| try fresh.add(route);
    if (try fresh.build()) |clash| {
        fresh.destroy();
        return clash;
    }
    slot.*.destroy();
    slot.* = fresh;
    return null;
}

/// The value of the route, and offsets of its params from the start of the path. The path has `limits.slack_bytes` behind it.
pub inline fn find(
    kit: *const Kit,
    handle: u32,
    method: Method,
    path: []const u8,
    params: *[limits.params_max]Param,
) error{StaleHandle}!?u32 {
    const slot = kit.routers.get(handle) orelse return error.StaleHandle;
    if (path.len == 0 or path[0] != '/') return null;
    const match = slot.*.trees[@backingInt(method)].find(path, params) orelse return null;
    return slot.*.routes.items[match.route].id;
}

/// A bit for each method that finds something.
pub fn allowed(kit: *const Kit, handle: u32, path: []const u8) error{StaleHandle}!u32 {
    var params: [limits.params_max]Param = undefined;
    var mask: u32 = 0;
    for (std.enums.values(Method)) |method| {
        if (try find(kit, handle, method, path, &params) == null) continue;
        mask |= @as(u32, 1) << @intCast(@backingInt(method));
    }
    return mask;
}

const testing = std.testing;

fn padded(comptime text: []const u8) []const u8 {
    return (text ++ @as([limits.slack_bytes]u8, @splat('/')))[0..text.len];
}

test "routes are found once they are committed, those that come later too" {
    const kit: *Kit = try .open(testing.allocator);
    defer kit.close();
    const router = try open(kit);
    var params: [limits.params_max]Param = undefined;
    try add(kit, router, .get, "/users/:id", 7);
    try testing.expectEqual(null, try find(kit, router, .get, padded("/users/42"), &params));
    try testing.expectEqual(null, try commit(kit, router));
    try testing.expectEqual(7, try find(kit, router, .get, padded("/users/42"), &params));
    try testing.expectEqual(Param{ .offset = 7, .bytes = 2 }, params[0]);
    try add(kit, router, null, "/users/:id", 8);
    try add(kit, router, .post, "/users/me", 9);
    try testing.expectEqual(null, try commit(kit, router));
    try testing.expectEqual(7, try find(kit, router, .head, padded("/users/me"), &params));
    try testing.expectEqual(8, try find(kit, router, .put, padded("/users/me"), &params));
    try testing.expectEqual(9, try find(kit, router, .post, padded("/users/me"), &params));
    try testing.expectEqual((1 << Method.count) - 1, try allowed(kit, router, padded("/users/me")));
    for ([_][]const u8{ "", "users/42", "*" }) |path| {
        try testing.expectEqual(null, try find(kit, router, .get, path, &params));
        try testing.expectEqual(0, try allowed(kit, router, path));
    }
}

test "a clash is named and what was found is found still, a closed router is stale" {
    const kit: *Kit = try .open(testing.allocator);
    defer kit.close();
    const router = try open(kit);
    var params: [limits.params_max]Param = undefined;
    try add(kit, router, .get, "/a/:b", 1);
    try testing.expectEqual(null, try commit(kit, router));
    try testing.expectError(error.WildcardNotLast, add(kit, router, .get, "/*a/b", 2));
    try add(kit, router, .get, "/a/:c", 3);
    try testing.expectEqual([2]u32{ 1, 3 }, (try commit(kit, router)).?);
    try testing.expectEqual(1, try find(kit, router, .get, padded("/a/x"), &params));
    close(kit, router);
    close(kit, router);
    _ = try open(kit);
    try testing.expectError(error.StaleHandle, find(kit, router, .get, padded("/a/x"), &params));
    try testing.expectError(error.StaleHandle, add(kit, router, .get, "/", 1));
    try testing.expectError(error.StaleHandle, commit(kit, router));
}
