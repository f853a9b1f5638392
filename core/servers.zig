//! What JavaScript does with servers: open, give routes, listen, stop, count.

const abi = @import("abi.zig");
const intake = @import("intake.zig");
const limits = @import("limits.zig");
const socket = @import("net/socket.zig");
const runtime_file = @import("runtime.zig");
const Response = @import("http/response.zig").Response;
const Runtime = runtime_file.Runtime;
const Server = @import("server.zig").Server;
const Route = @import("server.zig").Route;
const Table = @import("server.zig").Table;
const Token = runtime_file.Token;

/// The new server's handle.
pub fn open(runtime: *Runtime, options: *const abi.ServerOptions) (Server.InitError || error{TooManyServers})!u32 {
    const server = runtime.servers.acquire() orelse return error.TooManyServers;
    errdefer runtime.servers.release(server);
    try server.init(runtime.allocator, options);
    return runtime.servers.handle(server);
}

fn get(runtime: *Runtime, handle: u32) error{StaleHandle}!*Server {
    return runtime.servers.get(handle) orelse error.StaleHandle;
}

pub fn clear(runtime: *Runtime, handle: u32) error{ StaleHandle, OutOfMemory }!void {
    const server = try get(runtime, handle);
    const draft = try Table.create(runtime.allocator);
    server.draft.destroy();
    server.draft = draft;
}

pub fn addRoute(runtime: *Runtime, handle: u32, route: Route) (Table.AddError || error{StaleHandle})!void {
    const server = try get(runtime, handle);
    try server.draft.add(route);
}

pub fn setConstant(runtime: *Runtime, handle: u32, answer: Response) error{ StaleHandle, OutOfMemory }!void {
    const server = try get(runtime, handle);
    try server.draft.setConstant(answer);
}

pub fn setFallback(runtime: *Runtime, handle: u32, route: u32) error{StaleHandle}!void {
    const server = try get(runtime, handle);
    server.draft.fallback_route = route;
}

/// The draft takes the table's place, unless two of its routes clash: then those are returned and nothing changes.
pub fn commit(runtime: *Runtime, handle: u32) (Table.AddError || error{StaleHandle})!?[2]u32 {
    const server = try get(runtime, handle);
    if (try server.draft.build()) |clash| return clash;
    const fresh = try Table.create(runtime.allocator);
    server.table.destroy();
    server.table = server.draft;
    server.draft = fresh;
    return null;
}

const ListenError = socket.ListenError || error{ StaleHandle, AlreadyListening, OutOfMemory };

pub fn listen(runtime: *Runtime, handle: u32, host: [*:0]const u8, port: u16, flags: abi.ListenFlags) ListenError!u16 {
    const server = try get(runtime, handle);
    if (server.listener != null or server.state != .open) return error.AlreadyListening;
    const listening = try socket.listenTcp(host, port, .{ .reuse_port = flags.reuse_port });
    errdefer socket.close(listening.fd);
    try watch(runtime, handle, server, listening.fd);
    return listening.port;
}

pub fn listenUnix(runtime: *Runtime, handle: u32, path: []const u8) ListenError!void {
    const server = try get(runtime, handle);
    if (server.listener != null or server.state != .open) return error.AlreadyListening;
    const copy = try runtime.allocator.dupeSentinel(u8, path, 0);
    errdefer runtime.allocator.free(copy);
    const fd = try socket.listenUnix(path);
    errdefer socket.close(fd);
    try watch(runtime, handle, server, fd);
    server.unix_path = copy;
}

fn watch(runtime: *Runtime, handle: u32, server: *Server, fd: socket.Fd) ListenError!void {
    try runtime.loop.add(fd, Token.of(.listener, handle));
    server.listener = fd;
}

/// Takes what waits to be accepted, then accepts no more. Each connection is read once more; one that has nothing
/// unanswered ends, the others end after their last answer.
pub fn stop(runtime: *Runtime, handle: u32) error{StaleHandle}!void {
    const server = try get(runtime, handle);
    if (server.state != .open) return;
    runtime.catchUp();
    for (0..limits.backlog / limits.accepts_per_turn) |_| {
        const accepted = server.stats.accepted;
        intake.acceptAll(runtime, server);
        if (server.stats.accepted == accepted) break;
    }
    server.stopListening(runtime.allocator);
    server.state = .draining;
    var connections = runtime.connections.iterator();
    while (connections.next()) |connection| {
        if (connection.server != handle or connection.state != .open) continue;
        // The others end with their last answer, which says so.
        if (!runtime.protocols[connection.protocol].isIdle(connection)) continue;
        connection.flags.readable = true;
        runtime.makeReady(connection);
    }
    runtime.checkDrained(server);
    runtime.stir();
}

pub fn abort(runtime: *Runtime, handle: u32) error{StaleHandle}!void {
    const server = try get(runtime, handle);
    server.stopListening(runtime.allocator);
    if (server.state == .open) server.state = .draining;
    var connections = runtime.connections.iterator();
    while (connections.next()) |connection| {
        if (connection.server != handle or connection.state == .closed) continue;
        connection.flags.resets = connection.state == .open and !runtime.protocols[connection.protocol].isIdle(connection);
        runtime.fail(connection);
    }
    runtime.sweep();
    runtime.checkDrained(server);
    runtime.stir();
}

pub fn close(runtime: *Runtime, handle: u32) error{StaleHandle}!void {
    const server = try get(runtime, handle);
    try abort(runtime, handle);
    if (server.is_drained_unseen) runtime.drained_unseen -= 1;
    server.deinit(runtime.allocator);
    runtime.servers.release(server);
}

pub fn stats(runtime: *Runtime, handle: u32) error{StaleHandle}!abi.ServerStats {
    const server = try get(runtime, handle);
    const counters = &server.stats;
    return .{
        .connections_open = count(server.connections_open),
        .connections_accepted = count(counters.accepted),
        .connections_refused = count(counters.refused),
        .requests = count(counters.requests),
        .responses_1xx = count(counters.responses[0]),
        .responses_2xx = count(counters.responses[1]),
        .responses_3xx = count(counters.responses[2]),
        .responses_4xx = count(counters.responses[3]),
        .responses_5xx = count(counters.responses[4]),
        .bytes_in = count(counters.bytes_in),
        .bytes_out = count(counters.bytes_out),
        .parse_errors = count(counters.parse_errors),
        .timeouts_head = count(counters.timeouts_head),
        .timeouts_body = count(counters.timeouts_body),
        .timeouts_idle = count(counters.timeouts_idle),
        .timeouts_write = count(counters.timeouts_write),
        .reads_stopped = count(counters.reads_stopped),
        .buffered_bytes = count(runtime.buffers.budget.heldBytes()),
        .pool_misses = count(runtime.buffers.statistics.misses + runtime.exchanges.misses + runtime.connections.misses),
    };
}

fn count(value: u64) f64 {
    return @floatFromInt(value);
}
