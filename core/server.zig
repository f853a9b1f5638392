//! One server: its bounds, its routes, its listener and its counters.

const std = @import("std");
const abi = @import("abi.zig");
const limits = @import("limits.zig");
const parser = @import("http/parser.zig");
const response = @import("http/response.zig");
const Method = @import("http/method.zig").Method;
const Response = response.Response;
const socket = @import("net/socket.zig");
const tree = @import("route/tree.zig");

pub const Route = struct {
    /// What JavaScript calls it.
    id: u32,
    pattern: []const u8,
    methods: u8,
    /// Comes after any route for a specific method at the same path.
    is_all: bool,
    body_bytes_max: u64,
    /// In the place of the server's; 0 is none of its own.
    body_ms: u32 = 0,
    write_ms: u32 = 0,
    /// The handler is called before the body is there.
    streams_body: bool = false,
    /// By which JSON bodies are checked; a handle that may be stale, 0 for none.
    schema: u32 = 0,
    refuses_alone: bool = false,
    takes_values: bool = false,
    constant: ?*const Response = null,
};

/// All routes, and a tree of them for each method. Made once; a later one takes its place.
pub const Table = struct {
    arena: std.heap.ArenaAllocator,
    routes: std.ArrayList(Route) = .empty,
    trees: [Method.count]tree.Tree = @splat(.empty),
    /// Null: the core answers what no route matches.
    fallback_route: ?u32 = null,

    pub fn create(allocator: std.mem.Allocator) error{OutOfMemory}!*Table {
        const table = try allocator.create(Table);
        table.* = .{ .arena = .init(allocator) };
        return table;
    }

    pub fn destroy(table: *Table) void {
        const allocator = table.arena.child_allocator;
        table.arena.deinit();
        allocator.destroy(table);
    }

    pub const AddError = @import("route/pattern.zig").Error || error{ OutOfMemory, RoutesTooMany };

    pub fn add(table: *Table, route: Route) AddError!void {
        if (table.routes.items.len == limits.routes_max) return error.RoutesTooMany;
        try @import("route/pattern.zig").check(route.pattern);
        const arena = table.arena.allocator();
        var copy = route;
        copy.pattern = try arena.dupe(u8, route.pattern);
        try table.routes.append(arena, copy);
    }

    /// Makes the route added last a constant.
    pub fn setConstant(table: *Table, answer: Response) error{OutOfMemory}!void {
        const arena = table.arena.allocator();
        const copy = try arena.create(Response);
        copy.* = answer;
        copy.headers = try arena.dupe(u8, answer.headers);
        copy.body = try arena.dupe(u8, answer.body);
        const has_no_body = response.hasNoBody(answer.status);
        const out = try arena.alloc(u8, response.bytesMax(answer.headers));
        copy.prefix = response.writePrefix(out, &.{
            .status = answer.status,
            .content_type = answer.content_type,
            .headers = copy.headers,
            .length = if (answer.has_length) .given else if (has_no_body) .none else .{ .known = answer.body.len },
        }) orelse "";
        table.routes.items[table.routes.items.len - 1].constant = copy;
    }

    /// The ids of two routes that match the same requests, or null when all is well.
    pub fn build(table: *Table) AddError!?[2]u32 {
        for (std.enums.values(Method)) |method| {
            if (try table.buildTree(method)) |clash| return clash;
        }
        return null;
    }

    fn buildTree(table: *Table, method: Method) AddError!?[2]u32 {
        const arena = table.arena.allocator();
        var builder: tree.Builder = try .init(table.arena.child_allocator);
        defer builder.deinit();
        const bit = @as(u8, 1) << @intCast(@backingInt(method));
        const get = @as(u8, 1) << @backingInt(Method.get);
        // A specific route first, then what GET answers for HEAD, then what stands for all methods.
        const Rank = enum { specific, inherited, all };
        for (std.enums.values(Rank)) |rank| {
            for (table.routes.items, 0..) |route, index| {
                const is_wanted = switch (rank) {
                    .specific => !route.is_all and route.methods & bit != 0,
                    .inherited => method == .head and !route.is_all and route.methods & get != 0 and route.methods & bit == 0,
                    .all => route.is_all,
                };
                if (!is_wanted) continue;
                const other = try builder.add(route.pattern, @intCast(index)) orelse continue;
                const earlier = &table.routes.items[other];
                const is_clash = switch (rank) {
                    .specific => true,
                    .inherited => false,
                    .all => earlier.is_all,
                };
                if (is_clash) return .{ earlier.id, route.id };
            }
        }
        table.trees[@backingInt(method)] = try builder.freeze(arena);
        return null;
    }
};

pub const Server = struct {
    options: abi.ServerOptions,
    head_limits: parser.Limits,
    body_bytes_max: u64,
    buffered_bytes_max: u64,
    table: *Table,
    /// Being filled, to replace `table`.
    draft: *Table,
    listener: ?socket.Fd = null,
    /// The socket file to be removed at the end, with a zero behind it.
    unix_path: ?[:0]u8 = null,
    state: State = .open,
    connections_open: u32 = 0,
    /// The listener has connections that were not accepted because of a bound.
    accept_waits: bool = false,
    /// JavaScript has not been told that it has drained.
    is_drained_unseen: bool = false,
    stats: Stats = .{},

    pub const State = enum { open, draining, drained };

    pub const Stats = struct {
        accepted: u64 = 0,
        refused: u64 = 0,
        requests: u64 = 0,
        /// By class: 1xx to 5xx.
        responses: [5]u64 = @splat(0),
        bytes_in: u64 = 0,
        bytes_out: u64 = 0,
        parse_errors: u64 = 0,
        timeouts_head: u64 = 0,
        timeouts_body: u64 = 0,
        timeouts_idle: u64 = 0,
        timeouts_write: u64 = 0,
        reads_stopped: u64 = 0,
    };

    pub const InitError = error{ OutOfMemory, OptionInvalid };

    pub fn init(server: *Server, allocator: std.mem.Allocator, options: *const abi.ServerOptions) InitError!void {
        if (!areValid(options)) return error.OptionInvalid;
        const table = try Table.create(allocator);
        errdefer table.destroy();
        const draft = try Table.create(allocator);
        server.* = .{
            .options = options.*,
            .head_limits = .{
                .target_bytes = options.target_bytes,
                .head_bytes = options.head_bytes,
                .headers = options.headers,
            },
            .body_bytes_max = bytesOf(options.body_bytes),
            .buffered_bytes_max = bytesOf(options.buffered_bytes),
            .table = table,
            .draft = draft,
        };
    }

    pub fn deinit(server: *Server, allocator: std.mem.Allocator) void {
        server.stopListening(allocator);
        server.table.destroy();
        server.draft.destroy();
    }

    pub fn stopListening(server: *Server, allocator: std.mem.Allocator) void {
        if (server.listener) |fd| socket.close(fd);
        server.listener = null;
        server.accept_waits = false;
        if (server.unix_path) |path| {
            socket.removeUnix(path);
            allocator.free(path);
        }
        server.unix_path = null;
    }

    fn areValid(options: *const abi.ServerOptions) bool {
        return options.target_bytes > 0 and options.target_bytes <= limits.head_bytes_max and
            options.head_bytes > 0 and options.head_bytes <= limits.head_bytes_max and
            options.headers > 0 and options.headers <= limits.headers_max and
            options.pipelined > 0 and options.pipelined <= limits.pipelined_max and
            options.connections > 0 and options.connections <= limits.connections_max and
            options.chunk_extra_bytes <= limits.chunk_extra_bytes_max and
            isCount(options.body_bytes) and isCount(options.buffered_bytes);
    }
};

fn isCount(value: f64) bool {
    return value >= 0 and value <= limits.body_bytes_max;
}

/// Of a double that `isCount` let pass.
pub fn bytesOf(value: f64) u64 {
    return @intFromFloat(value);
}
