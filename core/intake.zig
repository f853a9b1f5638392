//! Requests on their way in: accepting, reading into the ring, choosing a route, handing over to JavaScript.

const std = @import("std");
const assert = std.debug.assert;
const abi = @import("abi.zig");
const limits = @import("limits.zig");
const http1 = @import("http/http1.zig");
const parser = @import("http/parser.zig");
const response = @import("http/response.zig");
const schemas = @import("schemas.zig");
const socket = @import("net/socket.zig");
const tree = @import("route/tree.zig");
const runtime_file = @import("runtime.zig");
const Connection = @import("net/connection.zig").Connection;
const Exchange = @import("exchange.zig").Exchange;
const Head = http1.Head;
const Method = @import("http/method.zig").Method;
const Response = response.Response;
const Runtime = runtime_file.Runtime;
const Route = @import("server.zig").Route;
const Server = @import("server.zig").Server;
const Token = runtime_file.Token;
const Transport = @import("net/transport.zig").Transport;

// --- Accepting ---

pub fn acceptAll(runtime: *Runtime, server: *Server) void {
    const listener = server.listener orelse return;
    for (0..limits.accepts_per_turn) |_| {
        if (server.connections_open >= server.options.connections or runtime.connections.in_use >= runtime.connections_max) {
            return waitToAccept(runtime, server, listener);
        }
        const accepted = socket.accept(listener) catch |err| switch (err) {
            error.WouldBlock => {
                server.accept_waits = false;
                return;
            },
            error.Retry => continue,
            error.DescriptorsExhausted, error.SystemFailed => {
                waitToAccept(runtime, server, listener);
                // Somebody else may give descriptors back, which nobody tells us.
                if (server.accept_waits) runtime.accept_retry_at_ms = runtime.now_ms + limits.accept_retry_ms;
                return;
            },
        };
        const connection = open(runtime, server, .plain(accepted.fd), accepted.peer) orelse {
            socket.close(accepted.fd);
            return waitToAccept(runtime, server, listener);
        };
        runtime.loop.add(accepted.fd, Token.of(.connection, runtime.connections.handle(connection))) catch {
            runtime.fail(connection);
            return waitToAccept(runtime, server, listener);
        };
        // A client that connects has something to say; often it is here already.
        connection.flags.readable = true;
        runtime.makeReady(connection);
    }
    // More than a turn's share: the listener will not report those again.
    server.accept_waits = true;
    runtime.accept_again = true;
}

/// Leaves new connections where they are until one is closed. Where there are none nobody is refused: the loop reports
/// the next one.
fn waitToAccept(runtime: *Runtime, server: *Server, listener: socket.Fd) void {
    server.accept_waits = false;
    if (!socket.isReadable(listener)) return;
    server.stats.refused += 1;
    server.accept_waits = true;
    runtime.accept_waits = true;
}

pub fn acceptWaiting(runtime: *Runtime) void {
    runtime.accept_again = false;
    runtime.accept_waits = false;
    runtime.accept_retry_at_ms = std.math.maxInt(u64);
    var servers = runtime.servers.iterator();
    while (servers.next()) |server| if (server.accept_waits) acceptAll(runtime, server);
}

/// A connection over any transport. Null when there is no slot.
pub fn open(runtime: *Runtime, server: *Server, transport: Transport, peer: socket.Peer) ?*Connection {
    const connection = runtime.connections.acquire() orelse return null;
    connection.* = .{
        .transport = transport,
        .server = runtime.servers.handle(server),
        .peer = peer,
        .read_since_ms = runtime.now_ms,
        .body_ms = server.options.body_ms,
        .write_ms = server.options.write_ms,
    };
    runtime.protocols[connection.protocol].open(connection);
    server.connections_open += 1;
    server.stats.accepted += 1;
    runtime.armTimer(connection);
    return connection;
}

// --- Reading ---

/// Every connection that has something gets one read, until the batch is full or the turn has lasted long enough.
pub fn readAll(runtime: *Runtime) void {
    runtime.batch_is_full = false;
    const started_ns = runtime.now_ns;
    const last = runtime.ready_last;
    var count: usize = 0;
    while (runtime.popReady()) |connection| {
        if (!hasRoomToRead(runtime)) return runtime.pushReadyFirst(connection);
        read(runtime, connection);
        if (runtime.batch_is_full or connection == last) return;
        count += 1;
        if (count % 16 == 0 and runtime.clockNs() - started_ns > limits.turn_us_max * std.time.ns_per_us) return;
    }
}

fn hasRoomToRead(runtime: *const Runtime) bool {
    return runtime.input_used + limits.carry_bytes_max + limits.read_bytes + limits.ring_body_bytes <= limits.input_bytes and
        runtime.record_count < limits.records_max;
}

fn read(runtime: *Runtime, connection: *Connection) void {
    if (connection.flags.is_failed) return;
    if (connection.state == .lingering) return linger(runtime, connection);
    if (connection.flags.is_ending or connection.flags.is_stopped) return;
    if (connection.carry == null and connection.flags.readable) {
        const protocol = &runtime.protocols[connection.protocol];
        // Who reads a body as it comes gets it from the socket, in `readDirectly`, and needs no memory of the core.
        if (protocol.directBytesMax(connection, null) != null) {
            stopWaiting(runtime, connection);
            protocol.tellReadable(runtime, connection);
            return runtime.armTimer(connection);
        }
    }
    if (mustWait(runtime, connection)) return;
    const server = runtime.serverOf(connection);
    const start = runtime.input_used;
    const carried = copyCarry(connection, runtime.input + start);
    const received = if (mayRead(runtime, connection, carried))
        receive(runtime, connection, runtime.input[start + carried ..][0..limits.read_bytes])
    else
        0;
    if (connection.flags.is_failed) return;
    // A connection whose peer never pauses would keep a server from stopping.
    if (server.state == .draining and (!connection.flags.readable or received == limits.read_bytes)) connection.flags.is_parting = true;
    const size = carried + received;
    runtime.input[start + size] = 0;
    runtime.input_used = @intCast(std.mem.alignForward(usize, start + size + limits.slack_bytes, 64));

    const records_before = runtime.record_count;
    const protocol = &runtime.protocols[connection.protocol];
    const bytes = runtime.input[start..][0..size];
    const consumed = protocol.receive(runtime, connection, bytes);
    if (consumed == size) {
        dropCarry(runtime, connection);
    } else if (received == 0) {
        connection.carry.?.start += @intCast(consumed);
    } else {
        keepCarry(runtime, connection, bytes[consumed..]);
    }
    // Nobody points into what was read: the next connection gets the same place, which is in the cache.
    if (runtime.record_count == records_before) runtime.input_used = @intCast(start);

    if (connection.flags.is_failed) return;
    const may_go_on = !connection.flags.is_stopped and !connection.flags.waits_for_room;
    if (may_go_on and !connection.flags.is_ready) {
        const is_more = connection.flags.readable and mayRead(runtime, connection, connection.carriedBytes());
        if (connection.flags.input_ended) {
            protocol.ended(runtime, connection);
        } else if (is_more) {
            runtime.makeReady(connection);
        } else if (server.state == .draining and protocol.isIdle(connection)) {
            const is_between = protocol.waiting(connection, connection.carriedBytes()) == .request;
            runtime.endAfterOutput(connection, if (is_between) .sends_no_more else .may_send);
        }
    }
    runtime.armTimer(connection);
}

/// Of the body that is arriving, straight to where its handler wants it. 0 when there is nothing now, or an end.
pub fn readDirectly(runtime: *Runtime, connection: *Connection, exchange: *const Exchange, into: []u8) usize {
    const protocol = &runtime.protocols[connection.protocol];
    while (connection.carry == null and connection.state == .open and !connection.flags.is_failed) {
        const most = protocol.directBytesMax(connection, exchange) orelse return 0;
        const bytes = into[0..@min(into.len, most)];
        const received = receive(runtime, connection, bytes);
        if (connection.flags.is_failed) return 0;
        if (connection.flags.input_ended) {
            protocol.ended(runtime, connection);
            return 0;
        }
        if (received == 0) break;
        const direct = protocol.receiveDirectly(runtime, connection, bytes[0..received]);
        if (direct.consumed < received) keepCarry(runtime, connection, bytes[direct.consumed..received]);
        const is_over = protocol.directBytesMax(connection, exchange) == null;
        if (is_over and (connection.flags.readable or connection.carry != null)) runtime.makeReady(connection);
        if (direct.data > 0 or is_over) {
            runtime.armTimer(connection);
            return direct.data;
        }
    }
    return 0;
}

fn mayRead(runtime: *const Runtime, connection: *const Connection, carried: usize) bool {
    // More than any head: requests that wait for their turn, so that no more of them are needed.
    if (carried > limits.head_bytes_max) return false;
    return !connection.flags.is_parting or runtime.protocols[connection.protocol].waiting(connection, carried) == .body;
}

/// One read, if there is something. Notes the end, and whether there is more.
fn receive(runtime: *Runtime, connection: *Connection, into: []u8) usize {
    if (!connection.flags.readable or connection.flags.input_ended) return 0;
    const received = connection.transport.read(into) catch |err| switch (err) {
        error.WouldBlock => {
            connection.flags.readable = false;
            return 0;
        },
        error.Broken => {
            runtime.fail(connection);
            return 0;
        },
    };
    if (received == 0) {
        connection.flags.input_ended = true;
        connection.flags.readable = false;
        return 0;
    }
    // Less than there was room for: that was all, and the loop reports what comes next. An end has been reported.
    connection.flags.readable = received == into.len or connection.flags.end_expected or connection.transport.hasBuffered();
    runtime.serverOf(connection).stats.bytes_in += received;
    runtime.progress(connection);
    return received;
}

/// True when the connection is not to be read now; what it waits for makes it ready again.
fn mustWait(runtime: *Runtime, connection: *Connection) bool {
    if (isStuffed(connection)) {
        stop(runtime, connection);
        return true;
    }
    if (findsRoom(runtime, connection)) {
        stopWaiting(runtime, connection);
        return false;
    }
    waitForRoom(runtime, connection);
    return true;
}

/// Of bytes and of exchanges, for what it would send next.
pub fn findsRoom(runtime: *Runtime, connection: *Connection) bool {
    const is_body = isReceivingBody(runtime, connection);
    if (!is_body and runtime.exchanges.isFull()) return false;
    if (!areBytesScarce(runtime, connection)) return true;
    const max = runtime.serverOf(connection).buffered_bytes_max;
    if (runtime.buffers.budget.heldBytes() >= max) return false;
    return if (is_body) mayFinish(runtime, connection) else !connection.flags.needs_body_room;
}

/// Whether a body that has to be collected may begin. If not, its head comes again when it may.
pub fn hasRoomForBody(runtime: *Runtime, connection: *Connection) bool {
    connection.flags.needs_body_room = areBytesScarce(runtime, connection);
    if (!connection.flags.needs_body_room) return true;
    waitForRoom(runtime, connection);
    return false;
}

fn areBytesScarce(runtime: *Runtime, connection: *const Connection) bool {
    const max = runtime.serverOf(connection).buffered_bytes_max;
    return runtime.buffers.budget.heldBytes() >= max - max / 8;
}

fn isReceivingBody(runtime: *const Runtime, connection: *const Connection) bool {
    return runtime.protocols[connection.protocol].waiting(connection, 0) == .body;
}

/// The last eighth is for one body at a time: shared by all that have begun, none of them might come to its end, and
/// none give back what it holds.
fn mayFinish(runtime: *Runtime, connection: *const Connection) bool {
    if (runtime.connections.get(runtime.finishing)) |other| {
        if (other == connection) return true;
        if (other.state == .open and isReceivingBody(runtime, other)) return false;
    }
    runtime.finishing = runtime.connections.handle(connection);
    return true;
}

/// Its client asks for more than it takes.
fn isStuffed(connection: *const Connection) bool {
    return connection.outgoing.bytes + connection.held_bytes > limits.unsent_bytes_high;
}

/// Until `retryWaiting` finds room, or the time for that is over.
fn waitForRoom(runtime: *Runtime, connection: *Connection) void {
    if (connection.flags.waits_for_room) return;
    connection.flags.waits_for_room = true;
    connection.read_since_ms = runtime.now_ms;
    runtime.waiting.append(&connection.waiting);
    runtime.room_retry_at_ms = @min(runtime.room_retry_at_ms, runtime.now_ms + limits.room_retry_ms);
    runtime.serverOf(connection).stats.reads_stopped += 1;
    runtime.armTimer(connection);
}

pub fn stop(runtime: *Runtime, connection: *Connection) void {
    if (connection.flags.is_stopped) return;
    connection.flags.is_stopped = true;
    runtime.serverOf(connection).stats.reads_stopped += 1;
}

pub fn stopWaiting(runtime: *Runtime, connection: *Connection) void {
    if (!connection.flags.waits_for_room) return;
    connection.flags.waits_for_room = false;
    connection.read_since_ms = runtime.now_ms;
    runtime.waiting.remove(&connection.waiting);
    if (runtime.waiting.first == null) runtime.room_retry_at_ms = std.math.maxInt(u64);
}

/// All that wait for bytes of the process or for exchanges look whether there are any.
pub fn retryWaiting(runtime: *Runtime) void {
    runtime.room_retry_at_ms = runtime.now_ms + limits.room_retry_ms;
    var next = runtime.waiting.first;
    while (next) |node| : (next = node.next) {
        runtime.makeReady(waitingOf(node));
    }
    shed(runtime);
}

fn waitingOf(node: *std.DoublyLinkedList.Node) *Connection {
    return @alignCast(@fieldParentPtr("waiting", node));
}

/// A client that asks for much and reads little must not keep all others waiting: when it has for a while, the
/// connection with the most unsent bytes is reset.
fn shed(runtime: *Runtime) void {
    // Those who wait stand in the order in which they began.
    const first = waitingOf(runtime.waiting.first orelse return);
    if (runtime.now_ms < first.read_since_ms + limits.shed_after_ms or !areBytesScarce(runtime, first)) return;
    var worst: ?*Connection = null;
    var most: u64 = limits.unsent_bytes_high;
    var connections = runtime.connections.iterator();
    while (connections.next()) |connection| {
        if (connection.state != .open or connection.flags.is_failed) continue;
        const unsent = connection.outgoing.bytes + connection.held_bytes;
        if (unsent <= most) continue;
        most = unsent;
        worst = connection;
    }
    const connection = worst orelse return;
    connection.flags.resets = true;
    runtime.fail(connection);
}

/// After the last answer: reads and drops, until the peer ends or too much has come.
fn linger(runtime: *Runtime, connection: *Connection) void {
    const into = runtime.input[runtime.input_used..][0..limits.read_bytes];
    const received = connection.transport.read(into) catch |err| switch (err) {
        error.WouldBlock => {
            connection.flags.readable = false;
            return;
        },
        error.Broken => return runtime.fail(connection),
    };
    connection.lingered_bytes += received;
    if (received == 0 or connection.lingered_bytes > limits.linger_bytes) return runtime.fail(connection);
    runtime.makeReady(connection);
}

// --- Bytes that wait ---

fn copyCarry(connection: *const Connection, into: [*]u8) usize {
    const buffer = connection.carry orelse return 0;
    const size = buffer.end - buffer.start;
    @memcpy(into[0..size], buffer.bytes()[buffer.start..buffer.end]);
    return size;
}

fn keepCarry(runtime: *Runtime, connection: *Connection, rest: []const u8) void {
    if (connection.carry) |buffer| {
        if (buffer.capacity < rest.len) dropCarry(runtime, connection);
    }
    const buffer = connection.carry orelse runtime.buffers.acquire(rest.len) catch return runtime.fail(connection);
    connection.carry = buffer;
    buffer.start = 0;
    buffer.end = @intCast(rest.len);
    @memcpy(buffer.bytes()[0..rest.len], rest);
}

pub fn dropCarry(runtime: *Runtime, connection: *Connection) void {
    if (connection.carry) |buffer| runtime.buffers.release(buffer);
    connection.carry = null;
}

// --- What protocols ask ---

/// Whether one more request can be taken. If not, the connection is made ready again when it can.
pub fn hasRoom(runtime: *Runtime, connection: *Connection, unanswered: u32) bool {
    const server = runtime.serverOf(connection);
    const words = server.head_limits.headers * parser.Slot.words + limits.params_max * 2;
    if (runtime.record_count == limits.records_max or runtime.table_used + words > limits.table_words) {
        runtime.batch_is_full = true;
        runtime.makeReady(connection);
        return false;
    }
    if (unanswered >= server.options.pipelined or isStuffed(connection)) {
        stop(runtime, connection);
        return false;
    }
    if (runtime.exchanges.isFull()) {
        runtime.exchanges.misses += 1;
        waitForRoom(runtime, connection);
        return false;
    }
    return true;
}

pub fn freeSlots(runtime: *Runtime) [*]parser.Slot {
    return @ptrCast(@alignCast(runtime.table + runtime.table_used));
}

/// What `begin` found out, for the record that `commit` or `stash` makes.
pub const Begun = struct {
    route: u32,
    params: u32,
    unrouted: abi.Unrouted,
    allowed_methods: u8,
};

pub fn begin(runtime: *Runtime, connection: *Connection, head: *const Head) http1.Verdict(Exchange) {
    const server = runtime.serverOf(connection);
    server.stats.requests += 1;
    // The head is complete: what comes behind it has its own time, also when this read brought only a part of that.
    connection.read_since_ms = runtime.now_ms;
    connection.body_ms = server.options.body_ms;
    const p = head.parser;
    const path = if (p.path_bytes == 0) root_path[0..1] else head.bytes[p.path..][0..p.path_bytes];
    const params: *[limits.params_max]tree.Param = @ptrCast(runtime.table + runtime.table_used + p.header_count * parser.Slot.words);
    const trees = &server.table.trees;
    const match: ?tree.Match = if (path[0] == '/') trees[@backingInt(p.method)].find(path, params) else null;
    if (match) |found| {
        const route = &server.table.routes.items[found.route];
        if (route.constant) |constant| {
            if (p.framing == .length and p.content_length > route.body_bytes_max) return .{ .fault = .body_too_large };
            connection.body_ms = ownOr(route.body_ms, server.options.body_ms);
            connection.write_ms = ownOr(route.write_ms, server.options.write_ms);
            return .{ .answer = .{ .response = constant, .body_bytes_max = route.body_bytes_max } };
        }
        runtime.begun = .{ .route = route.id, .params = found.params, .unrouted = .routed, .allowed_methods = 0 };
        return acquire(runtime, connection, server, route);
    }

    const allowed = if (path[0] == '/') allowedMethods(server, path) else 0;
    const is_asterisk = path[0] == '*';
    const unrouted: abi.Unrouted = if (p.method == .options and (allowed != 0 or is_asterisk))
        .options
    else if (allowed != 0)
        .method_not_allowed
    else
        .not_found;
    if (server.table.fallback_route) |route| {
        runtime.begun = .{ .route = route, .params = 0, .unrouted = unrouted, .allowed_methods = allowed };
        return acquire(runtime, connection, server, &.{
            .id = 0,
            .pattern = "",
            .methods = 0,
            .is_all = false,
            .body_bytes_max = server.body_bytes_max,
        });
    }
    if (p.framing == .length and p.content_length > server.body_bytes_max) return .{ .fault = .body_too_large };
    const answer = unroutedAnswer(runtime, unrouted, allowed);
    return .{ .answer = .{ .response = answer, .body_bytes_max = server.body_bytes_max } };
}

fn acquire(runtime: *Runtime, connection: *Connection, server: *const Server, route: *const Route) http1.Verdict(Exchange) {
    const exchange = runtime.acquireExchange(connection) orelse return .{ .fault = .no_room };
    exchange.body_bytes_max = route.body_bytes_max;
    exchange.write_ms = ownOr(route.write_ms, server.options.write_ms);
    if (route.streams_body) exchange.inlet.state = .wanted;
    exchange.schema = route.schema;
    exchange.flags.refuses_alone = route.refuses_alone;
    exchange.flags.takes_values = route.takes_values;
    connection.body_ms = ownOr(route.body_ms, server.options.body_ms);
    exchange.route = runtime.begun.route;
    return .{ .exchange = exchange };
}

fn ownOr(own_ms: u32, server_ms: u32) u32 {
    return if (own_ms > 0) own_ms else server_ms;
}

const root_path: [1 + limits.slack_bytes]u8 = path: {
    var bytes: [1 + limits.slack_bytes]u8 = @splat(0);
    bytes[0] = '/';
    break :path bytes;
};

/// A bit for each method with a route here; OPTIONS is one of them wherever there is any.
fn allowedMethods(server: *const Server, path: []const u8) u8 {
    var params: [limits.params_max]tree.Param = undefined;
    var mask: u8 = 0;
    for (&server.table.trees, 0..) |*one, method| {
        if (one.find(path, &params) != null) mask |= @as(u8, 1) << @intCast(method);
    }
    return if (mask == 0) 0 else mask | @as(u8, 1) << @backingInt(Method.options);
}

fn unroutedAnswer(runtime: *Runtime, unrouted: abi.Unrouted, allowed: u8) *const Response {
    switch (unrouted) {
        .routed => unreachable,
        .not_found => return &not_found,
        .method_not_allowed, .options => {
            const scratch = &runtime.scratch;
            scratch.headers[0..6].* = "Allow\x00".*;
            var size: usize = 6;
            for (std.enums.values(Method)) |method| {
                if (allowed >> @intCast(@backingInt(method)) & 1 == 0) continue;
                if (size > 6) {
                    scratch.headers[size..][0..2].* = ", ".*;
                    size += 2;
                }
                const text = method.text();
                @memcpy(scratch.headers[size..][0..text.len], text);
                size += text.len;
            }
            scratch.headers[size] = 0;
            const headers = if (allowed == 0) "" else scratch.headers[0 .. size + 1];
            scratch.answer = if (unrouted == .options)
                .{ .status = 204, .headers = headers }
            else
                .{ .status = 405, .content_type = .json, .headers = headers, .body = "{\"detail\":\"Method Not Allowed\"}" };
            return &scratch.answer;
        },
    }
}

const not_found: Response = .{ .status = 404, .content_type = .json, .body = "{\"detail\":\"Not Found\"}" };

/// Room for an answer that is put together, used up before the next one.
pub const Scratch = struct {
    headers: [128]u8 = undefined,
    answer: Response = undefined,
};

/// The request goes to JavaScript, unless the core can answer it. `body` is in the input ring.
pub fn commit(runtime: *Runtime, exchange: *Exchange, head: *const Head, body: []const u8) ?*const Response {
    const record = makeRecord(runtime, exchange, head);
    record.flags.has_body = head.parser.framing != .none;
    record.body = offsetOf(runtime, body.ptr);
    record.body_bytes = @intCast(body.len);
    record.flags.body_is_streamed = exchange.inlet.state == .open;
    if (exchange.schema != 0) if (schemas.judge(runtime, exchange, record)) |answer| return answer;
    publish(runtime, exchange, record);
    return null;
}

fn makeRecord(runtime: *Runtime, exchange: *Exchange, head: *const Head) *abi.Record {
    const p = head.parser;
    const base = offsetOf(runtime, head.bytes);
    const record = &runtime.records[runtime.record_count];
    record.* = .{
        .exchange = runtime.exchanges.handle(exchange),
        .route = runtime.begun.route,
        .kind = .request,
        .method = @backingInt(p.method),
        .minor_version = p.minor_version,
        .unrouted = runtime.begun.unrouted,
        .head = base,
        .path = base + p.path,
        .path_bytes = p.path_bytes,
        .query = base + p.query,
        .query_bytes = p.query_bytes,
        .target = base + p.target,
        .target_bytes = p.target_bytes,
        .slots = runtime.table_used,
        .slot_count = @intCast(p.header_count),
        .param_count = @intCast(runtime.begun.params),
        .body = 0,
        .body_bytes = 0,
        .body_bytes_high = 0,
        .flags = .{ .allowed_methods = runtime.begun.allowed_methods },
    };
    return record;
}

fn publish(runtime: *Runtime, exchange: *Exchange, record: *const abi.Record) void {
    assert(record == &runtime.records[runtime.record_count]);
    runtime.record_count += 1;
    runtime.table_used += @as(u32, record.slot_count) * parser.Slot.words + @as(u32, record.param_count) * 2;
    // Slots are aligned to their size.
    runtime.table_used = std.mem.alignForward(u32, runtime.table_used, parser.Slot.words);
    exchange.flags.is_handed_over = true;
    runtime.handed_over += 1;
}

fn offsetOf(runtime: *const Runtime, pointer: [*]const u8) u32 {
    return @intCast(@intFromPtr(pointer) - @intFromPtr(runtime.input));
}

/// Keeps record, slots, params and head until the body is here. False when there is no memory.
pub fn stash(runtime: *Runtime, exchange: *Exchange, head: *const Head) bool {
    const record = makeRecord(runtime, exchange, head);
    const head_bytes = head.parser.position;
    const words = tableWords(record);
    const total = @sizeOf(abi.Record) + words * 4 + head_bytes;
    const buffer = runtime.buffers.acquire(total) catch return false;
    const bytes = buffer.bytes();
    @memcpy(bytes[0..@sizeOf(abi.Record)], std.mem.asBytes(record));
    @memcpy(bytes[@sizeOf(abi.Record)..][0 .. words * 4], std.mem.sliceAsBytes(runtime.table[record.slots..][0..words]));
    @memcpy(bytes[@sizeOf(abi.Record) + words * 4 ..][0..head_bytes], head.bytes[0..head_bytes]);
    buffer.end = @intCast(total);
    exchange.stash = buffer;
    return true;
}

fn tableWords(record: *const abi.Record) u32 {
    return @as(u32, record.slot_count) * parser.Slot.words + @as(u32, record.param_count) * 2;
}

/// The body is complete: puts everything back where records point.
pub fn commitStashed(runtime: *Runtime, exchange: *Exchange) http1.Commit {
    const buffer = exchange.stash.?;
    const bytes = buffer.bytes()[0..buffer.end];
    var record: abi.Record = undefined;
    @memcpy(std.mem.asBytes(&record), bytes[0..@sizeOf(abi.Record)]);
    const words = tableWords(&record);
    const head = bytes[@sizeOf(abi.Record) + words * 4 ..];
    const is_apart = exchange.body.apart != null;
    const ring_body = if (is_apart) "" else exchange.body.slice();
    const size = head.len + ring_body.len + 2 * limits.slack_bytes;
    const has_room = runtime.record_count < limits.records_max and
        runtime.table_used + words + limits.params_max * 2 <= limits.table_words and
        runtime.input_used + size <= limits.input_bytes;
    if (!has_room) {
        runtime.batch_is_full = true;
        runtime.makeReady(exchange.connection.?);
        return .no_room;
    }

    const start = runtime.input_used;
    @memcpy(runtime.input[start..][0..head.len], head);
    const body_start = start + head.len + limits.slack_bytes;
    @memcpy(runtime.input[body_start..][0..ring_body.len], ring_body);
    runtime.input_used = @intCast(std.mem.alignForward(usize, start + size, 64));
    @memcpy(std.mem.sliceAsBytes(runtime.table[runtime.table_used..][0..words]), bytes[@sizeOf(abi.Record)..][0 .. words * 4]);

    const moved = @as(u32, @intCast(start)) -% record.head;
    for ([_]*u32{ &record.head, &record.path, &record.query, &record.target }) |offset| offset.* +%= moved;
    record.slots = runtime.table_used;
    record.flags.has_body = true;
    record.flags.body_is_apart = is_apart;
    record.body = @intCast(body_start);
    record.body_bytes = @truncate(exchange.body.bytes);
    record.body_bytes_high = @truncate(exchange.body.bytes >> 32);
    const place = &runtime.records[runtime.record_count];
    place.* = record;
    const answer = if (exchange.schema != 0) schemas.judge(runtime, exchange, place) else null;
    if (answer == null) publish(runtime, exchange, place);

    runtime.buffers.release(buffer);
    exchange.stash = null;
    if (!is_apart) exchange.body.release(&runtime.buffers);
    return if (answer) |refusal| .{ .answered = refusal } else .handed_over;
}
