//! A runtime with one server, and somebody who plays the part of JavaScript: reads records, writes answers.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const blob = @import("../memory/blob.zig");
const limits = @import("../limits.zig");
const servers = @import("../servers.zig");
const Budget = @import("../memory/budget.zig").Budget;
const MemoryClient = @import("memory_transport.zig").MemoryClient;
const Method = @import("../http/method.zig").Method;
const Runtime = @import("../runtime.zig").Runtime;
const SocketClient = @import("socket_client.zig").SocketClient;
const Slot = @import("../http/parser.zig").Slot;

/// A request as a handler sees it; its text lives as long as the harness.
pub const Request = struct {
    exchange: u32,
    route: u32,
    method: Method,
    minor_version: u8,
    unrouted: abi.Unrouted,
    allowed_methods: u8,
    target: []const u8,
    path: []const u8,
    query: []const u8,
    /// Names and values, by turns.
    headers: []const []const u8,
    params: []const []const u8,
    body: []const u8,
    has_body: bool,
    body_is_apart: bool,
    body_verdict: abi.BodyVerdict,
};

pub const Answer = struct {
    status: u16 = 200,
    content_type: abi.ContentType = .text,
    /// `name NUL value NUL` again and again.
    headers: []const u8 = "",
    body: []const u8 = "",
    close: bool = false,
    has_length: bool = false,
};

pub const Order = enum { as_they_came, reversed };

const get = 1 << @backingInt(Method.get);
const post = 1 << @backingInt(Method.post);

/// What every server of the harness has. The numbers are what handlers see as `Request.route`.
pub const routes = struct {
    pub const echo = 1;
    pub const user = 2;
    pub const narrow = 3;
    pub const wide = 4;
    pub const hasty = 5;
    pub const upload = 6;
};

pub const narrow_bytes_max = 10;
pub const wide_bytes_max = 1 << 20;
pub const upload_bytes_max = 16 << 20;
/// Of the route that has times of its own.
pub const hasty_body_ms = 500;
pub const hasty_write_ms = 700;
pub const constant_text = "Hello, World!";
pub const large_constant: [100_000]u8 = @splat('L');

pub const Options = struct {
    server: abi.ServerOptions = default_options,
    fallback_route: ?u32 = null,
};

pub const default_options: abi.ServerOptions = .{
    .target_bytes = limits.target_bytes_default,
    .head_bytes = limits.head_bytes_default,
    .headers = limits.headers_default,
    .chunk_extra_bytes = limits.chunk_extra_bytes_default,
    .pipelined = limits.pipelined_default,
    .connections = limits.connections_default,
    .body_bytes = 1000,
    .buffered_bytes = limits.buffered_bytes_default,
    .head_ms = limits.head_ms_default,
    .body_ms = limits.body_ms_default,
    .idle_ms = limits.idle_ms_default,
    .write_ms = limits.write_ms_default,
};

/// Long bodies are told apart by their checksum.
pub fn echoText(arena: std.mem.Allocator, method: []const u8, path: []const u8, query: []const u8, body: []const u8) ![]u8 {
    const shown = if (body.len <= 100) body else try std.fmt.allocPrint(arena, "{x}", .{std.hash.Crc32.hash(body)});
    return std.fmt.allocPrint(arena, "{s} {s}?{s} {d}:{s}", .{ method, path, query, body.len, shown });
}

pub const Harness = struct {
    runtime: *Runtime,
    server: u32,
    budget: Budget = .{},
    arena: std.heap.ArenaAllocator,
    /// What handlers were asked and did not answer yet, in the order of the records.
    requests: std.ArrayList(Request) = .empty,
    aborted: std.ArrayList(u32) = .empty,
    drained: std.ArrayList(u32) = .empty,
    /// Streams that may go on.
    roomy: std.ArrayList(u32) = .empty,
    /// Connections in memory and bodies that have something new.
    told: std.ArrayList(u32) = .empty,
    bodies: std.ArrayList(u32) = .empty,
    clients: std.ArrayList(*MemoryClient) = .empty,
    sockets: std.ArrayList(*SocketClient) = .empty,
    /// Answers of the batch that is being written.
    responses: u32 = 0,
    output_used: u32 = 0,
    /// Of the last poll.
    result: i32 = 0,
    /// Large bodies are not taken.
    leaves_bodies: bool = false,

    pub fn open(options: Options) !*Harness {
        const harness = try testing.allocator.create(Harness);
        errdefer testing.allocator.destroy(harness);
        const runtime = try Runtime.open(testing.allocator);
        harness.* = .{ .runtime = runtime, .server = 0, .arena = .init(testing.allocator) };
        runtime.buffers.budget = &harness.budget;
        runtime.setSpin(0);
        harness.server = try harness.openServer(&options.server);
        if (options.fallback_route) |route| runtime.servers.get(harness.server).?.table.fallback_route = route;
        return harness;
    }

    pub fn openServer(harness: *Harness, options: *const abi.ServerOptions) !u32 {
        const runtime = harness.runtime;
        const server = try servers.open(runtime, options);
        try servers.addRoute(runtime, server, .{ .id = 0, .pattern = "/", .methods = get, .is_all = false, .body_bytes_max = 1000 });
        try servers.setConstant(runtime, server, .{ .status = 200, .content_type = .text, .body = constant_text });
        try servers.addRoute(runtime, server, .{ .id = 0, .pattern = "/large", .methods = get, .is_all = false, .body_bytes_max = 1000 });
        try servers.setConstant(runtime, server, .{ .status = 200, .content_type = .bytes, .body = &large_constant });
        try servers.addRoute(runtime, server, .{
            .id = 0,
            .pattern = "/decked",
            .methods = get | post,
            .is_all = false,
            .body_bytes_max = 1000,
        });
        try servers.setConstant(runtime, server, .{
            .status = 404,
            .content_type = .json,
            .headers = "X-Marks\x00" ++ @as([40]u8, @splat('?')) ++ "\x00",
            .body = "{}",
        });
        try servers.addRoute(runtime, server, .{ .id = 0, .pattern = "/dated", .methods = get, .is_all = false, .body_bytes_max = 1000 });
        try servers.setConstant(runtime, server, .{ .status = 200, .headers = "date\x00long ago\x00", .body = "old" });
        try servers.addRoute(runtime, server, .{
            .id = routes.echo,
            .pattern = "/echo/*rest",
            .methods = 0,
            .is_all = true,
            .body_bytes_max = 1000,
        });
        try servers.addRoute(runtime, server, .{
            .id = routes.user,
            .pattern = "/users/:id",
            .methods = get,
            .is_all = false,
            .body_bytes_max = 1000,
        });
        try servers.addRoute(runtime, server, .{
            .id = routes.narrow,
            .pattern = "/narrow",
            .methods = post,
            .is_all = false,
            .body_bytes_max = narrow_bytes_max,
        });
        try servers.addRoute(runtime, server, .{
            .id = routes.wide,
            .pattern = "/wide",
            .methods = post,
            .is_all = false,
            .body_bytes_max = wide_bytes_max,
        });
        try servers.addRoute(runtime, server, .{
            .id = routes.hasty,
            .pattern = "/hasty",
            .methods = post,
            .is_all = false,
            .body_bytes_max = wide_bytes_max,
            .body_ms = hasty_body_ms,
            .write_ms = hasty_write_ms,
        });
        try servers.addRoute(runtime, server, .{
            .id = routes.upload,
            .pattern = "/upload",
            .methods = post,
            .is_all = false,
            .body_bytes_max = upload_bytes_max,
            .streams_body = true,
        });
        try testing.expectEqual(null, try servers.commit(runtime, server));
        return server;
    }

    /// The end of every test: clients go, handlers answer, and everything must have been given back.
    pub fn finish(harness: *Harness) !void {
        const runtime = harness.runtime;
        for (harness.clients.items) |client| if (!client.is_closed) client.reset();
        for (harness.sockets.items) |client| client.close();
        servers.abort(runtime, harness.server) catch |err| try testing.expectEqual(error.StaleHandle, err);
        try harness.pump();
        for (harness.requests.items) |*request| try harness.answer(request, .{});
        harness.requests.clearRetainingCapacity();
        harness.flush();
        try harness.pump();
        try testing.expectEqual(0, runtime.connections.in_use);
        try testing.expectEqual(0, runtime.exchanges.in_use);
        try testing.expectEqual(0, runtime.handed_over);
        try testing.expectEqual(0, harness.waiting());
        try testing.expectEqual(0, runtime.wheel.armed);
        try testing.expectEqual(0, harness.budget.heldBytes());
    }

    pub fn deinit(harness: *Harness) void {
        harness.runtime.close();
        // Whatever was open: what a runtime held it gives back.
        std.debug.assert(harness.budget.heldBytes() == 0);
        for (harness.clients.items) |client| client.deinit();
        for (harness.sockets.items) |client| client.deinit();
        harness.arena.deinit();
        testing.allocator.destroy(harness);
    }

    // --- Clients ---

    pub fn connect(harness: *Harness) !*MemoryClient {
        const client = try harness.arena.allocator().create(MemoryClient);
        try client.connect(testing.allocator, harness.runtime, harness.server);
        try harness.clients.append(harness.arena.allocator(), client);
        return client;
    }

    pub fn listen(harness: *Harness) !u16 {
        return servers.listen(harness.runtime, harness.server, "127.0.0.1", 0, .{});
    }

    pub fn connectTcp(harness: *Harness, port: u16) !*SocketClient {
        const client = try harness.arena.allocator().create(SocketClient);
        client.* = try .connectTcp(testing.allocator, port);
        try harness.sockets.append(harness.arena.allocator(), client);
        return client;
    }

    // --- The part of JavaScript ---

    /// One poll; its records are kept. More of them than there are, in a test, means that it never ends.
    pub fn poll(harness: *Harness) !i32 {
        const result = harness.runtime.poll(true);
        harness.result = result;
        if (result > 0) try harness.takeRecords(@intCast(result));
        return result;
    }

    /// Polls until there is nothing to do.
    pub fn pump(harness: *Harness) !void {
        for (0..100_000) |_| {
            switch (try harness.poll()) {
                @backingInt(abi.Poll.asleep), @backingInt(abi.Poll.idle) => return,
                else => {},
            }
        }
        return error.PumpNeverEnds;
    }

    /// Polls and answers until there is nothing to do.
    pub fn serve(harness: *Harness, order: Order) !void {
        for (0..100_000) |_| {
            try harness.pump();
            if (harness.requests.items.len == 0) return;
            try harness.answerAll(order);
        }
        return error.ServeNeverEnds;
    }

    /// Everything that handlers were asked, each with its own echo.
    pub fn answerAll(harness: *Harness, order: Order) !void {
        const requests = harness.requests.items;
        if (order == .reversed) std.mem.reverse(Request, requests);
        for (requests) |*request| try harness.answer(request, try harness.echo(request));
        harness.requests.clearRetainingCapacity();
        harness.flush();
    }

    /// What a handler makes of a request, so that the answer shows whose it is.
    pub fn echo(harness: *Harness, request: *const Request) !Answer {
        const arena = harness.arena.allocator();
        const text = try echoText(arena, request.method.text(), request.path, request.query, request.body);
        return .{ .body = text };
    }

    /// Part of the batch that `flush` sends.
    pub fn answer(harness: *Harness, request: *const Request, value: Answer) !void {
        const total = value.headers.len + value.body.len;
        if (harness.responses == limits.responses_max or harness.output_used + total > limits.output_bytes) harness.flush();
        const output = harness.runtime.output;
        const headers = harness.output_used;
        @memcpy(output[headers..][0..value.headers.len], value.headers);
        const body: u32 = @intCast(headers + value.headers.len);
        @memcpy(output[body..][0..value.body.len], value.body);
        harness.output_used += @intCast(total);
        harness.runtime.responses[harness.responses] = .{
            .exchange = request.exchange,
            .status = value.status,
            .content_type = value.content_type,
            .flags = .{ .close = value.close, .has_length = value.has_length },
            .headers = headers,
            .headers_bytes = @intCast(value.headers.len),
            .body = body,
            .body_bytes = @intCast(value.body.len),
        };
        harness.responses += 1;
    }

    pub fn flush(harness: *Harness) void {
        _ = harness.runtime.flush(harness.responses);
        harness.responses = 0;
        harness.output_used = 0;
    }

    /// Answers one of the requests that wait, with its echo.
    pub fn answerAt(harness: *Harness, index: usize, value: ?Answer) !void {
        const request = harness.requests.orderedRemove(index);
        try harness.answer(&request, value orelse try harness.echo(&request));
        harness.flush();
    }

    /// Lets time pass and looks what comes of it.
    pub fn pass(harness: *Harness, ms: u64) !void {
        harness.runtime.clock_ahead_ns += ms * std.time.ns_per_ms;
        try harness.pump();
    }

    /// Polls until this client has received so many bytes, or an end.
    pub fn receiveUntil(harness: *Harness, client: *SocketClient, bytes: usize) !void {
        for (0..1000) |_| {
            try harness.pump();
            try client.receive();
            if (client.received.items.len >= bytes or client.is_finished) return;
            try std.Thread.yield();
        }
        return error.NothingCame;
    }

    const Awaited = enum { requests, aborted, connections };

    /// Polls until there are so many.
    pub fn awaitCount(harness: *Harness, what: Awaited, count: usize) !void {
        const until = harness.runtime.clockNs() + 5 * std.time.ns_per_s;
        while (harness.runtime.clockNs() < until) {
            try harness.pump();
            const found = switch (what) {
                .requests => harness.requests.items.len,
                .aborted => harness.aborted.items.len,
                .connections => harness.runtime.connections.in_use,
            };
            if (found == count) return;
            try std.Thread.yield();
        }
        return error.NeverSoMany;
    }

    /// Connections that wait for room.
    pub fn waiting(harness: *Harness) usize {
        return harness.runtime.waiting.len();
    }

    pub fn stats(harness: *Harness) !abi.ServerStats {
        return servers.stats(harness.runtime, harness.server);
    }

    fn takeRecords(harness: *Harness, count: u32) !void {
        const arena = harness.arena.allocator();
        for (harness.runtime.records[0..count]) |*record| {
            switch (record.kind) {
                .request => try harness.requests.append(arena, try harness.copy(record)),
                .aborted => try harness.aborted.append(arena, record.exchange),
                .drained => try harness.drained.append(arena, record.route),
                .link => try harness.told.append(arena, record.exchange),
                .body => try harness.bodies.append(arena, record.exchange),
                .roomy => try harness.roomy.append(arena, record.exchange),
            }
        }
    }

    fn copy(harness: *Harness, record: *const abi.Record) !Request {
        const arena = harness.arena.allocator();
        const runtime = harness.runtime;
        const path: []const u8 = if (record.path_bytes == 0) "/" else runtime.input[record.path..][0..record.path_bytes];
        const slots: [*]const Slot = @ptrCast(@alignCast(runtime.table + record.slots));
        const headers = try arena.alloc([]const u8, @as(usize, record.slot_count) * 2);
        for (slots[0..record.slot_count], 0..) |slot, i| {
            headers[2 * i] = try arena.dupe(u8, runtime.input[record.head + slot.name ..][0..slot.tag.name_bytes]);
            headers[2 * i + 1] = try arena.dupe(u8, runtime.input[record.head + slot.value ..][0..slot.value_bytes]);
        }
        const params = try arena.alloc([]const u8, record.param_count);
        const words = runtime.table + record.slots + @as(usize, record.slot_count) * Slot.words;
        for (params, 0..) |*param, i| param.* = try arena.dupe(u8, path[words[2 * i]..][0..words[2 * i + 1]]);
        return .{
            .exchange = record.exchange,
            .route = record.route,
            .method = @fromBackingInt(record.method),
            .minor_version = record.minor_version,
            .unrouted = record.unrouted,
            .allowed_methods = record.flags.allowed_methods,
            .target = try arena.dupe(u8, runtime.input[record.target..][0..record.target_bytes]),
            .path = try arena.dupe(u8, path),
            .query = try arena.dupe(u8, runtime.input[record.query..][0..record.query_bytes]),
            .headers = headers,
            .params = params,
            .body = try harness.copyBody(record),
            .has_body = record.flags.has_body,
            .body_is_apart = record.flags.body_is_apart,
            .body_verdict = record.flags.body_verdict,
        };
    }

    fn copyBody(harness: *Harness, record: *const abi.Record) ![]const u8 {
        const arena = harness.arena.allocator();
        const runtime = harness.runtime;
        if (!record.flags.body_is_apart) return arena.dupe(u8, runtime.input[record.body..][0..record.body_bytes]);
        if (harness.leaves_bodies) return "";
        const bytes = @as(u64, record.body_bytes_high) << 32 | record.body_bytes;
        const memory = runtime.exchanges.get(record.exchange).?.body.take() orelse return error.BodyMissing;
        defer blob.free(memory);
        return arena.dupe(u8, memory[0..bytes]);
    }
};
