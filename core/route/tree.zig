//! Paths to routes, without allocation: one hash look-up per segment, static before parameter before wildcard.
//!
//! A `Builder` takes patterns in any order; `Tree` is what it freezes into: flat arrays, never changed again. Static
//! children of a node are a hash table keyed by the first 16 bytes and the length of a segment, so that the hashes of
//! all segments are known before the first node is. Patterns without parameters are not in it (`fixed.zig`).

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const Fixed = @import("fixed.zig").Fixed;
const FixedRoute = @import("fixed.zig").Route;
const Key = @import("key.zig").Key;
const pattern = @import("pattern.zig");

pub const none: u32 = std.math.maxInt(u32);

/// A part of the path, not decoded.
pub const Param = extern struct { offset: u32, bytes: u32 };

pub const Match = struct { route: u32, params: u32 };

/// In a cache line: its own name, so that finding a child and going there is one step.
const Node = struct {
    /// Of its segment among its siblings; `Key.none` in an empty place.
    key: Key align(64) = .none,
    /// All of a segment that is longer than its key: such segments share one when they begin alike.
    text: u32 = 0,
    /// Its static children are a hash table that begins here.
    table: u32 = 0,
    mask: u32 = 0,
    /// A bit for the upper bits of each child's hash: most of what is not here is seen without a look at the table.
    present: u32 = 0,
    /// The route of a path that ends here.
    route: u32 = none,
    /// The node behind a parameter; 0, the root, is none.
    param: u32 = 0,
    /// The route of a path whose rest is taken whole.
    wildcard: u32 = none,
    /// There is something to come back to when a static child leads nowhere.
    has_alternative: bool = false,

    comptime {
        assert(@sizeOf(Node) == 64);
    }
};

pub const Tree = struct {
    fixed: Fixed,
    /// The first is the root.
    nodes: []const Node,
    /// The texts of long segments.
    texts: []const u8,

    /// Matches nothing.
    pub const empty: Tree = .{ .fixed = .empty, .nodes = &.{.{}}, .texts = "" };

    pub fn deinit(tree: *Tree, allocator: std.mem.Allocator) void {
        if (tree.nodes.ptr != empty.nodes.ptr) {
            tree.fixed.deinit(allocator);
            allocator.free(tree.nodes);
            allocator.free(tree.texts);
        }
        tree.* = undefined;
    }

    /// `path` begins with a slash and has `limits.slack_bytes` readable bytes behind it. Offsets of params count from
    /// its start. Each node is visited at most once, however much there is to come back to: what leads to it decides
    /// at which segment that is.
    pub fn find(tree: *const Tree, path: []const u8, params: *[limits.params_max]Param) ?Match {
        assert(path[0] == '/');
        if (tree.fixed.find(path)) |route| return .{ .route = route, .params = 0 };
        var slashes: Slashes = .init(path);
        var alternatives: [limits.segments_max]Alternative = undefined;
        var alternative_count: usize = 0;
        var node: *const Node = &tree.nodes[0];
        var start: usize = 1;
        var param_count: u32 = 0;
        var tried: Tried = .nothing;
        while (true) {
            const end = slashes.next();
            const key: Key = .of(path.ptr + start, end - start);
            const child = if (tried == .nothing) tree.findChild(node, key, path, start) else null;
            const takes_param = child == null and node.param != 0 and end > start and tried != .param;
            if (child != null or takes_param) {
                // What else this node could do; one for each level of the tree at most.
                if (if (takes_param) node.wildcard != none else node.has_alternative) {
                    alternatives[alternative_count] = .{
                        .node = node,
                        .start = @intCast(start),
                        .params = param_count,
                        .tried = if (takes_param) .param else .static,
                    };
                    alternative_count += 1;
                }
                if (takes_param) {
                    params[param_count] = .{ .offset = @intCast(start), .bytes = @intCast(end - start) };
                    param_count += 1;
                }
                node = child orelse &tree.nodes[node.param];
                if (end != path.len) {
                    start = end + 1;
                    tried = .nothing;
                    continue;
                }
                if (node.route != none) return .{ .route = node.route, .params = param_count };
            } else if (node.wildcard != none) {
                params[param_count] = .{ .offset = @intCast(start), .bytes = @intCast(path.len - start) };
                return .{ .route = node.wildcard, .params = param_count + 1 };
            }
            // A dead end: back to the last node that had something else.
            if (alternative_count == 0) return null;
            alternative_count -= 1;
            const alternative = &alternatives[alternative_count];
            node = alternative.node;
            start = alternative.start;
            param_count = alternative.params;
            tried = alternative.tried;
            slashes = .initAt(path, start);
        }
    }

    const Tried = enum { nothing, static, param };
    const Alternative = struct { node: *const Node, start: u32, params: u32, tried: Tried };

    inline fn findChild(tree: *const Tree, node: *const Node, key: Key, path: []const u8, start: usize) ?*const Node {
        var place = key.hash();
        if (node.present >> @intCast(place >> 27) & 1 == 0) return null;
        while (true) : (place +%= 1) {
            const child = &tree.nodes[node.table + (place & node.mask)];
            if (child.key.equals(key)) {
                if (key.bytes <= Key.text_bytes) return child;
                const text = tree.texts[child.text..][0..key.bytes];
                if (std.mem.eql(u8, text, path[start..][0..key.bytes])) return child;
            }
            if (child.key.bytes == Key.none.bytes) return null;
        }
    }
};

/// Where the segments of a path end, by a mask of the block that it is in.
const Slashes = struct {
    path: []const u8,
    block: usize,
    mask: u64,

    const block_bytes = 64;
    const Block = @Vector(block_bytes, u8);

    inline fn init(path: []const u8) Slashes {
        var slashes: Slashes = .{ .path = path, .block = 0, .mask = undefined };
        slashes.load();
        // Not the one that the path begins with.
        slashes.mask &= slashes.mask - 1;
        return slashes;
    }

    inline fn initAt(path: []const u8, start: usize) Slashes {
        var slashes: Slashes = .{ .path = path, .block = start, .mask = undefined };
        slashes.load();
        return slashes;
    }

    inline fn load(slashes: *Slashes) void {
        const pointer: *align(1) const Block = @ptrCast(slashes.path.ptr + slashes.block);
        slashes.mask = @bitCast(pointer.* == @as(Block, @splat('/')));
    }

    /// The end of the next segment: its slash, or the path's end.
    inline fn next(slashes: *Slashes) usize {
        while (slashes.mask == 0) {
            if (slashes.block + block_bytes >= slashes.path.len) return slashes.path.len;
            slashes.block += block_bytes;
            slashes.load();
        }
        const at = slashes.block + @ctz(slashes.mask);
        slashes.mask &= slashes.mask - 1;
        return @min(at, slashes.path.len);
    }
};

/// Collects patterns and says which of them clash.
pub const Builder = struct {
    arena: std.heap.ArenaAllocator,
    root: *Draft,
    fixed: std.array_hash_map.String(u32) = .empty,
    text_bytes: u32 = 0,

    const Draft = struct {
        children: std.array_hash_map.String(*Draft) = .empty,
        param: ?*Draft = null,
        route: u32 = none,
        wildcard: u32 = none,
    };

    pub fn init(allocator: std.mem.Allocator) error{OutOfMemory}!Builder {
        var builder: Builder = .{ .arena = .init(allocator), .root = undefined };
        errdefer builder.arena.deinit();
        builder.root = try builder.arena.allocator().create(Draft);
        builder.root.* = .{};
        return builder;
    }

    pub fn deinit(builder: *Builder) void {
        builder.arena.deinit();
        builder.* = undefined;
    }

    /// The route that matches the same paths already, or null when the pattern was added. The pattern is copied.
    pub fn add(builder: *Builder, text: []const u8, route: u32) (pattern.Error || error{OutOfMemory})!?u32 {
        assert(route != none);
        try pattern.check(text);
        const arena = builder.arena.allocator();
        const copy = try arena.dupe(u8, text);
        if (isFixed(copy)) {
            const found = try builder.fixed.getOrPut(arena, copy);
            if (found.found_existing) return found.value_ptr.*;
            found.value_ptr.* = route;
            return null;
        }
        var draft = builder.root;
        var segments: pattern.Segments = .init(copy);
        while (segments.next()) |segment| {
            switch (segment) {
                .static => |name| {
                    const found = try draft.children.getOrPut(arena, name);
                    if (!found.found_existing) {
                        found.value_ptr.* = try builder.createDraft();
                        if (name.len > Key.text_bytes) builder.text_bytes += @intCast(name.len);
                    }
                    draft = found.value_ptr.*;
                },
                .param => {
                    if (draft.param == null) draft.param = try builder.createDraft();
                    draft = draft.param.?;
                },
                .wildcard => {
                    if (draft.wildcard != none) return draft.wildcard;
                    draft.wildcard = route;
                    return null;
                },
            }
        }
        if (draft.route != none) return draft.route;
        draft.route = route;
        return null;
    }

    fn isFixed(text: []const u8) bool {
        var segments: pattern.Segments = .init(text);
        while (segments.next()) |segment| if (segment != .static) return false;
        return true;
    }

    fn createDraft(builder: *Builder) error{OutOfMemory}!*Draft {
        const draft = try builder.arena.allocator().create(Draft);
        draft.* = .{};
        return draft;
    }

    /// The tree's memory comes from `allocator`; the builder can be freed.
    pub fn freeze(builder: *const Builder, allocator: std.mem.Allocator) error{OutOfMemory}!Tree {
        var fixed = try builder.freezeFixed(allocator);
        errdefer fixed.deinit(allocator);
        const nodes = try allocator.alloc(Node, 1 + countNodes(builder.root));
        errdefer allocator.free(nodes);
        const texts = try allocator.alloc(u8, builder.text_bytes);
        @memset(nodes, .{});
        var freezer: Freezer = .{ .nodes = nodes, .texts = texts };
        freezer.freeze(builder.root, &nodes[0]);
        assert(freezer.node_count == nodes.len and freezer.text_count == texts.len);
        return .{ .fixed = fixed, .nodes = nodes, .texts = texts };
    }

    fn freezeFixed(builder: *const Builder, allocator: std.mem.Allocator) error{OutOfMemory}!Fixed {
        const routes = try allocator.alloc(FixedRoute, builder.fixed.count());
        defer allocator.free(routes);
        for (routes, builder.fixed.keys(), builder.fixed.values()) |*route, path, index| {
            route.* = .{ .path = path, .index = index };
        }
        return .init(allocator, routes);
    }

    /// Below a draft, empty places of tables included.
    fn countNodes(draft: *const Draft) usize {
        var count: usize = tableSize(draft);
        for (draft.children.values()) |child| count += countNodes(child);
        if (draft.param) |param| count += 1 + countNodes(param);
        return count;
    }

    /// At most half full, so that every search ends at an empty place soon.
    fn tableSize(draft: *const Draft) u32 {
        const count: u32 = @intCast(draft.children.count());
        return if (count == 0) 0 else std.math.ceilPowerOfTwoAssert(u32, count * 2);
    }

    const Freezer = struct {
        nodes: []Node,
        texts: []u8,
        node_count: u32 = 1,
        text_count: u32 = 0,

        fn freeze(f: *Freezer, draft: *const Draft, node: *Node) void {
            node.route = draft.route;
            node.wildcard = draft.wildcard;
            node.has_alternative = draft.param != null or draft.wildcard != none;
            const size = tableSize(draft);
            if (size > 0) {
                node.table = f.take(size);
                node.mask = size - 1;
            }
            for (draft.children.keys(), draft.children.values()) |name, child| f.freeze(child, f.addChild(node, name));
            if (draft.param) |param| {
                node.param = f.take(1);
                f.freeze(param, &f.nodes[node.param]);
            }
        }

        fn take(f: *Freezer, count: u32) u32 {
            defer f.node_count += count;
            return f.node_count;
        }

        fn addChild(f: *Freezer, node: *Node, name: []const u8) *Node {
            var padded: [limits.pattern_bytes_max + limits.slack_bytes]u8 = @splat(0);
            @memcpy(padded[0..name.len], name);
            const key: Key = .of(&padded, name.len);
            var place = key.hash();
            node.present |= @as(u32, 1) << @intCast(place >> 27);
            while (f.nodes[node.table + (place & node.mask)].key.bytes != Key.none.bytes) place +%= 1;
            const child = &f.nodes[node.table + (place & node.mask)];
            child.key = key;
            if (name.len <= Key.text_bytes) return child;
            child.text = f.text_count;
            @memcpy(f.texts[f.text_count..][0..name.len], name);
            f.text_count += @intCast(name.len);
            return child;
        }
    };
};

const testing = std.testing;

fn expectMatch(tree: *const Tree, path: []const u8, expected: ?u32, expected_params: []const []const u8) !void {
    errdefer std.debug.print("for {s}\n", .{path});
    // The slack is full of what would mislead.
    var padded: [1024]u8 = @splat('/');
    @memcpy(padded[0..path.len], path);
    var params: [limits.params_max]Param = undefined;
    const match = tree.find(padded[0..path.len], &params) orelse {
        return testing.expectEqual(expected, null);
    };
    try testing.expectEqual(expected, match.route);
    try testing.expectEqual(expected_params.len, match.params);
    for (expected_params, params[0..match.params]) |text, param| {
        try testing.expectEqualStrings(text, path[param.offset..][0..param.bytes]);
    }
}

fn build(patterns: []const []const u8) !Tree {
    var builder: Builder = try .init(testing.allocator);
    defer builder.deinit();
    for (patterns, 0..) |text, route| try testing.expectEqual(null, try builder.add(text, @intCast(route)));
    return builder.freeze(testing.allocator);
}

test "static before parameter before wildcard, with backtracking" {
    var tree = try build(&.{ "/", "/users", "/users/:id", "/users/me", "/users/:id/posts", "/users/me/settings", "/users/*rest", "/files/*path", "/users/" });
    defer tree.deinit(testing.allocator);
    try expectMatch(&tree, "/", 0, &.{});
    try expectMatch(&tree, "/users", 1, &.{});
    try expectMatch(&tree, "/users/", 8, &.{});
    try expectMatch(&tree, "/users/42", 2, &.{"42"});
    try expectMatch(&tree, "/users/me", 3, &.{});
    try expectMatch(&tree, "/users/me/posts", 4, &.{"me"});
    try expectMatch(&tree, "/users/me/settings", 5, &.{});
    try expectMatch(&tree, "/users/me/other", 6, &.{"me/other"});
    try expectMatch(&tree, "/users/42/posts/7", 6, &.{"42/posts/7"});
    try expectMatch(&tree, "/users//posts", 6, &.{"/posts"});
    try expectMatch(&tree, "/files/a/b/c.txt", 7, &.{"a/b/c.txt"});
    try expectMatch(&tree, "/files/", 7, &.{""});
    try expectMatch(&tree, "/files", null, &.{});
    try expectMatch(&tree, "/nothing", null, &.{});
    try expectMatch(&tree, "/usersx", null, &.{});
    try expectMatch(&tree, "//", null, &.{});
}

test "parameters are restored when the search comes back" {
    var tree = try build(&.{ "/a/:x/b/:y/c", "/a/:x/*rest", "/:p/k/:q/d", "/:p/:r/:q/:s/e" });
    defer tree.deinit(testing.allocator);
    try expectMatch(&tree, "/a/1/b/2/c", 0, &.{ "1", "2" });
    try expectMatch(&tree, "/a/1/b/2/d", 1, &.{ "1", "b/2/d" });
    try expectMatch(&tree, "/z/k/2/d", 2, &.{ "z", "2" });
    try expectMatch(&tree, "/z/k/2/3/e", 3, &.{ "z", "k", "2", "3" });
    try expectMatch(&tree, "/a/k/2/3/e", 1, &.{ "k", "2/3/e" });
    try expectMatch(&tree, "/b/k/2/3/f", null, &.{});
}

test "long segments, long paths, empty segments" {
    const long = "a-segment-that-is-longer-than-sixteen-bytes";
    const same_start = "a-segment-that-is-longer-than-sixteen-bytez";
    const many = "/p/q/r";
    var tree = try build(&.{ "/" ++ long, "/" ++ same_start ++ "/:id", "/exactly-16-bytes", many, "/a//b", "/:a/:b" });
    defer tree.deinit(testing.allocator);
    try expectMatch(&tree, "/" ++ long, 0, &.{});
    try expectMatch(&tree, "/" ++ same_start ++ "/9", 1, &.{"9"});
    try expectMatch(&tree, "/" ++ long[0 .. long.len - 1] ++ "x", null, &.{});
    try expectMatch(&tree, "/exactly-16-bytes", 2, &.{});
    try expectMatch(&tree, "/exactly-16-byte", null, &.{});
    try expectMatch(&tree, "/p/q/r", 3, &.{});
    try expectMatch(&tree, "/a//b", 4, &.{});
    try expectMatch(&tree, "/a/b", 5, &.{ "a", "b" });
    const value: [200]u8 = @splat('v');
    try expectMatch(&tree, "/" ++ value ++ "/" ++ value, 5, &.{ &value, &value });
    try expectMatch(&tree, "/" ++ value ++ "/" ++ value ++ "/", null, &.{});
}

test "clashes are named" {
    var builder: Builder = try .init(testing.allocator);
    defer builder.deinit();
    try testing.expectEqual(null, try builder.add("/users/:id", 7));
    try testing.expectEqual(7, try builder.add("/users/:name", 8));
    try testing.expectEqual(null, try builder.add("/users/*rest", 9));
    try testing.expectEqual(9, try builder.add("/users/*other", 10));
    try testing.expectEqual(null, try builder.add("/users/", 11));
    try testing.expectError(error.WildcardNotLast, builder.add("/*a/b", 12));
}

test "an alternative on every level" {
    var builder: Builder = try .init(testing.allocator);
    defer builder.deinit();
    var text: [2 * limits.segments_max + 8]u8 = undefined;
    for (0..limits.segments_max) |depth| {
        for (0..depth) |i| text[2 * i ..][0..2].* = "/a".*;
        const size = 2 * depth;
        @memcpy(text[size..][0..3], "/:x");
        try testing.expectEqual(null, try builder.add(text[0 .. size + 3], @intCast(2 * depth)));
        @memcpy(text[size..][0..3], "/*w");
        try testing.expectEqual(null, try builder.add(text[0 .. size + 3], @intCast(2 * depth + 1)));
    }
    var tree = try builder.freeze(testing.allocator);
    defer tree.deinit(testing.allocator);
    var path: [2 * limits.segments_max]u8 = undefined;
    for (0..limits.segments_max) |i| path[2 * i ..][0..2].* = "/a".*;
    try expectMatch(&tree, &path, 2 * limits.segments_max - 2, &.{"a"});
    path[path.len - 1] = '/';
    try expectMatch(&tree, &path, 2 * limits.segments_max - 1, &.{"/"});
}

test "the empty tree matches nothing" {
    try expectMatch(&Tree.empty, "/", null, &.{});
    try expectMatch(&Tree.empty, "/a/b", null, &.{});
}

test "agrees with a search that tries everything" {
    var prng: std.Random.DefaultPrng = .init(11);
    const random = prng.random();
    const words = [_][]const u8{ "", "a", "b", "ab", "a-rather-long-segment", "a-rather-long-segmenu", ":x", ":x", "*w" };
    for (0..300) |_| {
        var texts: [12][]const u8 = undefined;
        var arena: std.heap.ArenaAllocator = .init(testing.allocator);
        defer arena.deinit();
        var builder: Builder = try .init(testing.allocator);
        defer builder.deinit();
        var count: usize = 0;
        for (0..texts.len) |_| {
            var text: std.ArrayList(u8) = .empty;
            for (0..random.intRangeAtMost(usize, 1, 4)) |i| {
                const word = words[random.uintLessThan(usize, words.len)];
                try text.print(arena.allocator(), "/{s}", .{word});
                if (word.len > 0 and word[0] == ':') try text.print(arena.allocator(), "{d}", .{i});
                if (word.len > 0 and word[0] == '*') break;
            }
            if (try builder.add(text.items, @intCast(count)) != null) continue;
            texts[count] = text.items;
            count += 1;
        }
        var tree = try builder.freeze(testing.allocator);
        defer tree.deinit(testing.allocator);
        for (0..100) |_| {
            var path: std.ArrayList(u8) = .empty;
            for (0..random.intRangeAtMost(usize, 1, 5)) |_| {
                try path.print(arena.allocator(), "/{s}", .{words[random.uintLessThan(usize, 6)]});
            }
            const params = try paramsOf(arena.allocator(), texts[0..count], path.items);
            try expectMatch(&tree, path.items, bestOf(texts[0..count], path.items), params);
        }
    }
}

/// The pattern that wins, segment by segment, found by comparing all that match.
fn bestOf(patterns: []const []const u8, path: []const u8) ?u32 {
    var best: ?u32 = null;
    for (patterns, 0..) |text, i| {
        if (!matches(text, path)) continue;
        if (best == null or wins(text, patterns[best.?])) best = @intCast(i);
    }
    return best;
}

fn matches(text: []const u8, path: []const u8) bool {
    var segments: pattern.Segments = .init(text);
    var parts = std.mem.splitScalar(u8, path[1..], '/');
    while (segments.next()) |segment| {
        if (segment == .wildcard) return parts.index != null;
        const part = parts.next() orelse return false;
        switch (segment) {
            .static => |name| if (!std.mem.eql(u8, name, part)) return false,
            .param => if (part.len == 0) return false,
            .wildcard => unreachable,
        }
    }
    return parts.next() == null;
}

fn wins(a: []const u8, b: []const u8) bool {
    var left: pattern.Segments = .init(a);
    var right: pattern.Segments = .init(b);
    while (true) {
        const x = left.next() orelse return true;
        const y = right.next() orelse return false;
        const rank_x = @backingInt(std.meta.activeTag(x));
        const rank_y = @backingInt(std.meta.activeTag(y));
        if (rank_x != rank_y) return rank_x < rank_y;
    }
}

fn paramsOf(arena: std.mem.Allocator, patterns: []const []const u8, path: []const u8) ![]const []const u8 {
    const best = bestOf(patterns, path) orelse return &.{};
    var list: std.ArrayList([]const u8) = .empty;
    var segments: pattern.Segments = .init(patterns[best]);
    var parts = std.mem.splitScalar(u8, path[1..], '/');
    while (segments.next()) |segment| switch (segment) {
        .static => _ = parts.next(),
        .param => try list.append(arena, parts.next().?),
        .wildcard => try list.append(arena, parts.rest()),
    };
    return list.items;
}
