//! The core's parts behind one C interface, `micro.h`, by which any harness can time them beside others: each list ends
//! with an empty entry, each function runs a loop of `n`. What runs is what the server calls, built as it is published.

const std = @import("std");
const core = @import("core");
const orders = @import("orders.zig");
const parser = core.http.parser;
const limits = core.limits;
const tree = core.route.tree;

const Span = extern struct { data: ?[*]const u8 = null, size: usize = 0 };

const Request = extern struct {
    method: Span,
    path: Span,
    minor_version: c_int,
    header_count: usize,
    headers: [32]extern struct { name: Span, value: Span },
};

const Parser = extern struct {
    impl: ?[*:0]const u8,
    parse: ?*const fn ([*]const u8, usize, u64, *Request) callconv(.c) u64,
};

const parsers = [_]Parser{
    .{ .impl = "fasterapi", .parse = &parseMany },
    .{ .impl = null, .parse = null },
};

/// Chosen once, as a server does: asking the CPU takes microseconds on a virtual machine.
var parse: *const core.http.cpu.Parse = undefined;

export fn micro_parsers() callconv(.c) [*]const Parser {
    parse = core.http.cpu.parse();
    return &parsers;
}

/// The bytes are copied once, before the loop, to where a server has them: in a ring with slack behind.
fn parseMany(bytes: [*]const u8, size: usize, n: u64, out: *Request) callconv(.c) u64 {
    var ring: [limits.head_bytes_default + limits.slack_bytes]u8 = undefined;
    if (size > limits.head_bytes_default) return 0;
    @memcpy(ring[0..size], bytes[0..size]);
    ring[size] = 0;
    var slots: [limits.headers_default]parser.Slot = undefined;
    const bounds: parser.Limits = .{};

    var consumed: u64 = 0;
    var p: parser.Parser = .{};
    for (0..n) |_| {
        p = .{};
        if (parse(&p, &ring, @intCast(size), &slots, &bounds) == .complete) consumed += p.position;
        std.mem.doNotOptimizeAway(&slots);
    }
    const method = p.method.text();
    out.method = .{ .data = method.ptr, .size = method.len };
    out.path = .{ .data = bytes + p.target, .size = p.target_bytes };
    out.minor_version = p.minor_version;
    out.header_count = p.header_count;
    for (slots[0..@min(p.header_count, 32)], out.headers[0..@min(p.header_count, 32)]) |slot, *header| {
        header.name = .{ .data = bytes + slot.name, .size = slot.tag.name_bytes };
        header.value = .{ .data = bytes + slot.value, .size = slot.value_bytes };
    }
    return consumed;
}

const Router = extern struct {
    impl: ?[*:0]const u8,
    open: ?*const fn ([*]const Span, usize) callconv(.c) ?*tree.Tree,
    close: ?*const fn (*tree.Tree) callconv(.c) void,
    find: ?*const fn (*tree.Tree, [*]const Span, usize, u64) callconv(.c) u64,
};

const routers = [_]Router{
    .{ .impl = "fasterapi", .open = &openRouter, .close = &closeRouter, .find = &findMany },
    .{ .impl = null, .open = null, .close = null, .find = null },
};

export fn micro_routers() callconv(.c) [*]const Router {
    return &routers;
}

const allocator = std.heap.c_allocator;

fn openRouter(patterns: [*]const Span, count: usize) callconv(.c) ?*tree.Tree {
    return buildTree(patterns[0..count]) catch |err| {
        std.debug.print("plugin: {t}\n", .{err});
        return null;
    };
}

fn buildTree(patterns: []const Span) !*tree.Tree {
    var builder: tree.Builder = try .init(allocator);
    defer builder.deinit();
    for (patterns, 0..) |pattern, route| {
        if (try builder.add(pattern.data.?[0..pattern.size], @intCast(route)) != null) return error.RoutesClash;
    }
    const result = try allocator.create(tree.Tree);
    result.* = try builder.freeze(allocator);
    return result;
}

fn closeRouter(router: *tree.Tree) callconv(.c) void {
    router.deinit(allocator);
    allocator.destroy(router);
}

/// The paths are copied once, before the loop, to where a server has them: in a ring with slack behind.
fn findMany(router: *tree.Tree, probes: [*]const Span, count: usize, n: u64) callconv(.c) u64 {
    var ring: [64 * 1024]u8 = undefined;
    var paths: [64][]const u8 = undefined;
    if (count > paths.len) return 0;
    var used: usize = 0;
    for (probes[0..count], paths[0..count]) |probe, *path| {
        if (used + probe.size + limits.slack_bytes > ring.len) return 0;
        @memcpy(ring[used..][0..probe.size], probe.data.?[0..probe.size]);
        path.* = ring[used..][0..probe.size];
        used += probe.size;
    }

    var sum: u64 = 0;
    var params: [limits.params_max]tree.Param = undefined;
    var next: usize = 0;
    for (0..n) |_| {
        if (router.find(paths[next], &params)) |match| {
            sum += match.route + 1;
            for (params[0..match.params]) |param| sum += param.bytes;
        }
        next = if (next + 1 == count) 0 else next + 1;
    }
    return sum;
}

const Json = extern struct {
    impl: ?[*:0]const u8,
    run: ?*const fn ([*]const u8, usize, u64) callconv(.c) u64,
};

const jsons = [_]Json{
    .{ .impl = "fasterapi", .run = &orders.readMany },
    .{ .impl = null, .run = null },
};

export fn micro_jsons() callconv(.c) [*]const Json {
    orders.open();
    return &jsons;
}

/// What is beneath it and beside it, and adds up something else.
const texts = [_]Json{
    .{ .impl = "index", .run = &orders.indexMany },
    .{ .impl = "scan", .run = &orders.scanMany },
    .{ .impl = "check", .run = &orders.checkMany },
    .{ .impl = "refuse", .run = &orders.refuseMany },
    .{ .impl = null, .run = null },
};

export fn micro_texts() callconv(.c) [*]const Json {
    orders.open();
    return &texts;
}

const Program = core.codec.schema.Program;
const Values = core.codec.schema_values.Values;

const Schema = extern struct {
    impl: ?[*:0]const u8,
    open: ?*const fn ([*]const u8, usize) callconv(.c) ?*Program,
    check: ?*const fn (*Program, [*]const u8, usize, u64) callconv(.c) u64,
    take: ?*const fn (*Program, [*]const u8, usize, u64, [*]u64, usize) callconv(.c) u64,
};

const schema_parts = [_]Schema{
    .{ .impl = "fasterapi", .open = &openSchema, .check = &checkMany, .take = &takeMany },
    .{ .impl = null, .open = null, .check = null, .take = null },
};

export fn micro_schemas() callconv(.c) [*]const Schema {
    return &schema_parts;
}

fn openSchema(text: [*]const u8, size: usize) callconv(.c) ?*Program {
    var diagnostic: core.codec.schema.Diagnostic = .{};
    return Program.compile(allocator, text[0..size], &diagnostic) catch null;
}

var indexer: ?core.codec.simdjson.Indexer = null;

/// Kept, as a server keeps its own: its first use takes microseconds.
fn indexerForSchemas() ?*core.codec.simdjson.Indexer {
    if (indexer == null) indexer = core.codec.simdjson.Indexer.init() catch return null;
    return &indexer.?;
}

/// How often it was valid. `limits.slack_bytes` are readable behind the text.
fn checkMany(program: *Program, bytes: [*]const u8, size: usize, n: u64) callconv(.c) u64 {
    const tokens = indexerForSchemas() orelse return 0;
    var valid: u64 = 0;
    for (0..n) |_| {
        const structurals = tokens.index(bytes[0..size]) catch return 0;
        valid += @intFromBool(program.check(bytes[0..size], structurals) == .valid);
    }
    return valid;
}

/// The same, and the values of the last time; 0 where they can't be told.
fn takeMany(program: *Program, bytes: [*]const u8, size: usize, n: u64, words: [*]u64, room: usize) callconv(.c) u64 {
    const tokens = indexerForSchemas() orelse return 0;
    var valid: u64 = 0;
    for (0..n) |_| {
        const structurals = tokens.index(bytes[0..size]) catch return 0;
        var values: Values = .{ .words = words[0..room], .base = bytes };
        const verdict = program.walk(bytes[0..size], structurals, Values, &values, null);
        valid += @intFromBool(verdict == .valid and values.taken() != null);
    }
    return valid;
}

const queues = @import("queues.zig");

export fn micro_queues() callconv(.c) [*]const queues.Queue {
    return &queues.list;
}

const pools = @import("pools.zig");

export fn micro_pools() callconv(.c) [*]const pools.Pool {
    return &pools.list;
}
