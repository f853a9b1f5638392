//! Asks one server the same thing over and over, checks every answer, and prints one JSON line about it.
//!
//! usage: generator --port N [--connections N] [--depth N] [--ms N] [--requests N] [--rate N] [--mode MODE]
//!                  --request FILE [--status N] [--body FILE] [--piece FILE --bytes N]
//!
//! Without a rate each connection sends `depth` requests at once and the next ones when all are answered. With a
//! rate (requests a second, over all connections) requests leave evenly spaced, each on a connection that is idle,
//! and latency counts from the time at which a request should have left. With `--requests` it ends after so many of
//! them rather than after a time.
//! Modes other than `load`: `hold` sends one request on each connection, prints its line when all are answered, and
//! keeps them open until its standard input ends; `abort` gives each request a connection of its own that it resets
//! at once, with half of every other request unsent.
//! Every answer must have the status (200) and exactly the bytes of the body file; the first that doesn't ends the run.
//! `down` asks for one body of `bytes`, which must be the piece file's again and again; `up` and `chunked` send such a
//! body behind the request file's head (transfer.zig). `events` listens to server-sent events (events.zig).

const std = @import("std");
const linux = std.os.linux;
const client = @import("client.zig");
const events = @import("events.zig");
const transfer = @import("transfer.zig");
const check = client.check;
const fail = client.fail;
const now = client.now;

const connections_max = 16_384;
const request_bytes_max = 256 * 1024;
const answer_bytes_max = 1024 * 1024;

const Options = struct {
    port: u16 = 0,
    connections: u32 = 64,
    depth: u32 = 1,
    ms: u64 = 1000,
    requests: u64 = 0,
    rate: u64 = 0,
    mode: enum { load, hold, abort, down, up, chunked, events } = .load,
    bytes: u64 = 0,
    status: u32 = 200,
    request: []const u8 = "",
    body: []const u8 = "",
    piece: []const u8 = "",
};

const Connection = struct {
    fd: i32,
    /// Answers still expected.
    waiting: u32 = 0,
    /// When the request (or batch) left or should have left.
    since_ns: u64 = 0,
    inbox: []u8,
    filled: usize = 0,
};

var options: Options = .{};
var request: []const u8 = "";
var body: []const u8 = "";
var histogram: Histogram = .{};
/// Length of the answers' heads: the same for all, as long as the server's are all alike.
var head_bytes: usize = 0;
var answered: u64 = 0;

pub fn main(init: std.process.Init) !void {
    const gpa = init.arena.allocator();
    try readOptions(init.minimal.args);
    try client.allowDescriptors();
    const cwd = std.Io.Dir.cwd();
    request = try cwd.readFileAlloc(init.io, options.request, gpa, .limited(request_bytes_max));
    if (options.body.len > 0) body = try cwd.readFileAlloc(init.io, options.body, gpa, .limited(answer_bytes_max));
    switch (options.mode) {
        .load, .hold, .abort => try runRequests(gpa),
        .down, .up, .chunked => |mode| {
            const piece = try cwd.readFileAlloc(init.io, options.piece, gpa, .limited(answer_bytes_max));
            if (piece.len == 0) return fail("an empty piece", .{});
            if (mode == .down) return transfer.down(options.port, request, piece, options.bytes);
            return transfer.up(options.port, request, piece, options.bytes, mode == .chunked, body, gpa);
        },
        .events => try events.listen(options.port, request, options.connections, options.ms, gpa),
    }
}

fn runRequests(gpa: std.mem.Allocator) !void {
    const batch = try gpa.alloc(u8, request.len * options.depth);
    for (0..options.depth) |i| @memcpy(batch[i * request.len ..][0..request.len], request);

    const epoll: i32 = @intCast(try check(linux.epoll_create1(0)));
    const connections = try gpa.alloc(Connection, options.connections);
    const inbox_bytes = (body.len + 1024) * options.depth + 1024;
    for (connections, 0..) |*connection, i| {
        connection.* = .{ .fd = try client.connectNonblocking(options.port), .inbox = try gpa.alloc(u8, inbox_bytes) };
        var event: linux.epoll_event = .{ .events = linux.EPOLL.IN, .data = .{ .u32 = @intCast(i) } };
        _ = try check(linux.epoll_ctl(epoll, linux.EPOLL.CTL_ADD, connection.fd, &event));
    }

    const started = now();
    const until = if (options.requests > 0) std.math.maxInt(u64) else started + options.ms * std.time.ns_per_ms;
    switch (options.mode) {
        .load => if (options.rate == 0) {
            try runClosed(epoll, connections, batch, until);
        } else {
            try runPaced(epoll, connections, started, until, gpa);
        },
        .hold => try runClosed(epoll, connections, request, started),
        .abort => try runAborts(epoll, connections),
        else => unreachable,
    }
    report(now() - started);
    if (options.mode == .hold) client.waitForEndOfInput();
}

/// As many as the server can answer.
fn runClosed(epoll: i32, connections: []Connection, batch: []const u8, until: u64) !void {
    for (connections) |*connection| try send(connection, batch, options.depth, now());
    var open: usize = connections.len;
    var ready_events: [512]linux.epoll_event = undefined;
    while (open > 0) {
        const ready = linux.epoll_wait(epoll, &ready_events, ready_events.len, 1000);
        if (linux.errno(ready) == .INTR) continue;
        if (try check(ready) == 0) return fail("no answer within a second", .{});
        const time = now();
        for (ready_events[0..ready]) |event| {
            const connection = &connections[event.data.u32];
            if (!try receive(connection, time)) continue;
            if (time < until and (options.requests == 0 or answered < options.requests)) {
                try send(connection, batch, options.depth, time);
            } else {
                open -= 1;
            }
        }
    }
}

/// Evenly spaced. Spins on the clock, so it needs a core of its own.
fn runPaced(epoll: i32, connections: []Connection, started: u64, until: u64, gpa: std.mem.Allocator) !void {
    const gap_ns = std.time.ns_per_s / options.rate;
    var idle: std.ArrayList(u32) = try .initCapacity(gpa, connections.len);
    for (0..connections.len) |i| idle.appendAssumeCapacity(@intCast(i));
    var due = started;
    var ready_events: [512]linux.epoll_event = undefined;
    var last_progress = started;
    while (due < until or idle.items.len < connections.len) {
        const time = now();
        while (due <= time and due < until) {
            const i = idle.pop() orelse break;
            try send(&connections[i], request, 1, due);
            due += gap_ns;
        }
        const ready = linux.epoll_wait(epoll, &ready_events, ready_events.len, 0);
        if (linux.errno(ready) == .INTR) continue;
        if (try check(ready) > 0) last_progress = time;
        if (time - last_progress > 2 * std.time.ns_per_s) return fail("no answer within two seconds", .{});
        const arrived = now();
        for (ready_events[0..ready]) |event| {
            if (try receive(&connections[event.data.u32], arrived)) idle.insertAssumeCapacity(0, event.data.u32);
        }
    }
}

/// Each 64 requests one is answered, so that no more than these are ever under way.
fn runAborts(epoll: i32, connections: []Connection) !void {
    const reset: extern struct { on: c_int, seconds: c_int } = .{ .on = 1, .seconds = 0 };
    for (0..options.requests) |i| {
        const fd = try client.connectNonblocking(options.port);
        _ = try check(linux.setsockopt(fd, linux.SOL.SOCKET, linux.SO.LINGER, std.mem.asBytes(&reset), @sizeOf(@TypeOf(reset))));
        const bytes = if (i % 2 == 0) request.len else request.len / 2;
        _ = try check(linux.sendto(fd, request.ptr, bytes, linux.MSG.NOSIGNAL, null, 0));
        _ = linux.close(fd);
        if (i % 64 == 0) try runClosed(epoll, connections, request, 0);
    }
}

fn send(connection: *Connection, bytes: []const u8, count: u32, since_ns: u64) !void {
    connection.waiting = count;
    connection.since_ns = since_ns;
    var sent: usize = 0;
    while (sent < bytes.len) {
        const result = linux.sendto(connection.fd, bytes.ptr + sent, bytes.len - sent, linux.MSG.NOSIGNAL, null, 0);
        // The server stopped reading: its answers to the first of the batch must be read before the rest can leave.
        if (linux.errno(result) == .AGAIN) return fail("the socket's buffer is full: use a smaller depth", .{});
        sent += try check(result);
    }
}

/// True when all answers that were waited for are here.
fn receive(connection: *Connection, time: u64) !bool {
    const space = connection.inbox[connection.filled..];
    const result = linux.recvfrom(connection.fd, space.ptr, space.len, 0, null, null);
    if (linux.errno(result) == .AGAIN) return false;
    const received = try check(result);
    if (received == 0) return fail("the server closed a connection", .{});
    connection.filled += received;

    var at: usize = 0;
    while (connection.waiting > 0) {
        const size = try answerSize(connection.inbox[at..connection.filled]) orelse break;
        at += size;
        connection.waiting -= 1;
        answered += 1;
        histogram.add(time -| connection.since_ns);
    }
    const rest = connection.filled - at;
    if (rest > 0 and connection.waiting == 0) return fail("bytes after the last answer", .{});
    std.mem.copyForwards(u8, connection.inbox[0..rest], connection.inbox[at..connection.filled]);
    connection.filled = rest;
    return connection.waiting == 0;
}

/// The first answer's length once all of it is here and right.
fn answerSize(bytes: []const u8) !?usize {
    var line: [16]u8 = undefined;
    const start = try std.fmt.bufPrint(&line, "HTTP/1.1 {d}", .{options.status});
    if (bytes.len < start.len) return null;
    if (!std.mem.eql(u8, bytes[0..start.len], start)) return fail("answer starts {s}", .{bytes[0..@min(bytes.len, 200)]});
    const has_known_head = bytes.len >= head_bytes and head_bytes > 4 and
        std.mem.eql(u8, bytes[head_bytes - 4 ..][0..4], "\r\n\r\n");
    if (!has_known_head) head_bytes = (std.mem.find(u8, bytes, "\r\n\r\n") orelse return null) + 4;
    const size = head_bytes + body.len;
    if (bytes.len < size) return null;
    if (!std.mem.eql(u8, bytes[head_bytes..size], body)) {
        return fail("answer is {s}", .{bytes[0..@min(size, 400)]});
    }
    return size;
}

/// Latency in buckets 1/32 apart.
const Histogram = struct {
    const steps = 32;
    counts: [64 * steps]u64 = @splat(0),
    sum: u64 = 0,
    count: u64 = 0,
    max: u64 = 0,

    fn add(h: *Histogram, ns: u64) void {
        h.counts[index(ns)] += 1;
        h.sum += ns;
        h.count += 1;
        h.max = @max(h.max, ns);
    }

    fn index(ns: u64) usize {
        if (ns < steps) return ns;
        const shift: u6 = @intCast(63 - @clz(ns) - 5);
        return (@as(usize, shift) + 1) * steps + @as(usize, @intCast((ns >> shift) - steps));
    }

    fn lowest(i: usize) u64 {
        if (i < steps) return i;
        const shift: u6 = @intCast(i / steps - 1);
        return (@as(u64, i % steps) + steps) << shift;
    }

    fn quantile(h: *const Histogram, q: f64) u64 {
        const wanted: u64 = @intFromFloat(q * @as(f64, @floatFromInt(h.count)));
        var seen: u64 = 0;
        for (h.counts, 0..) |count, i| {
            seen += count;
            if (seen > wanted) return lowest(i);
        }
        return h.max;
    }
};

fn report(elapsed_ns: u64) void {
    const seconds = client.seconds(elapsed_ns);
    client.print("{{\"requests\":{d},\"seconds\":{d:.4},\"per_second\":{d:.0}," ++
        "\"p50_us\":{d:.1},\"p99_us\":{d:.1},\"p999_us\":{d:.1},\"max_us\":{d:.1}}}\n", .{
        answered,
        seconds,
        @as(f64, @floatFromInt(answered)) / seconds,
        micros(histogram.quantile(0.5)),
        micros(histogram.quantile(0.99)),
        micros(histogram.quantile(0.999)),
        micros(histogram.max),
    });
}

fn micros(ns: u64) f64 {
    return @as(f64, @floatFromInt(ns)) / std.time.ns_per_us;
}

fn readOptions(args: std.process.Args) !void {
    var it = args.iterate();
    _ = it.skip();
    while (it.next()) |flag| {
        const value = it.next() orelse return fail("{s} needs a value", .{flag});
        if (!std.mem.startsWith(u8, flag, "--")) return fail("unknown argument {s}", .{flag});
        var known = false;
        inline for (comptime std.meta.fieldNames(Options)) |name| {
            if (std.mem.eql(u8, flag[2..], name)) {
                known = true;
                const T = @FieldType(Options, name);
                @field(options, name) = switch (@typeInfo(T)) {
                    .int => try std.fmt.parseInt(T, value, 10),
                    .@"enum" => std.meta.stringToEnum(T, value) orelse return fail("unknown mode {s}", .{value}),
                    else => value,
                };
            }
        }
        if (!known) return fail("unknown option {s}", .{flag});
    }
    if (options.connections == 0 or options.connections > connections_max) return fail("1 to {d} connections", .{connections_max});
    if (options.depth == 0) return fail("a depth of at least 1", .{});
    if (options.mode == .abort and options.requests == 0) return fail("aborting needs --requests", .{});
}
