//! Many clients that listen to server-sent events, count them and check their form.

const std = @import("std");
const linux = std.os.linux;
const client = @import("client.zig");
const Chunks = @import("chunks.zig").Chunks;

/// The clients come one by one within this, so that not all of their timers end at once.
const arrival_ns = 100 * std.time.ns_per_ms;
const text_bytes_max = 1024;

const Listener = struct {
    fd: i32,
    is_head_read: bool = false,
    chunks: Chunks = .{},
    /// The head, and then an event, as far as it has arrived.
    text: [text_bytes_max]u8 = undefined,
    filled: usize = 0,
    /// The number that comes next; unknown before the first event.
    next: ?u64 = null,
    events: u64 = 0,
};

/// Says `ready` when every client has had an event, counts for `ms`, says how many came, and stays until its standard
/// input ends.
pub fn listen(port: u16, request: []const u8, count: u32, ms: u64, gpa: std.mem.Allocator) !void {
    const epoll: i32 = @intCast(try client.check(linux.epoll_create1(0)));
    const listeners = try gpa.alloc(Listener, count);
    const opened = client.now();
    for (listeners, 0..) |*listener, i| {
        while (client.now() - opened < arrival_ns * i / count) std.atomic.spinLoopHint();
        listener.* = .{ .fd = try client.connectNonblocking(port) };
        var event: linux.epoll_event = .{ .events = linux.EPOLL.IN, .data = .{ .u32 = @intCast(i) } };
        _ = try client.check(linux.epoll_ctl(epoll, linux.EPOLL.CTL_ADD, listener.fd, &event));
        const sent = try client.check(linux.sendto(listener.fd, request.ptr, request.len, linux.MSG.NOSIGNAL, null, 0));
        if (sent < request.len) return client.fail("the socket's buffer is full", .{});
    }

    for (listeners) |*listener| {
        while (listener.events == 0) try receiveSome(epoll, listeners);
    }
    for (listeners) |*listener| listener.events = 0;
    client.print("ready\n", .{});
    const started = client.now();
    while (client.now() - started < ms * std.time.ns_per_ms) try receiveSome(epoll, listeners);
    report(listeners, client.now() - started);
    client.waitForEndOfInput();
}

fn receiveSome(epoll: i32, listeners: []Listener) !void {
    var events: [512]linux.epoll_event = undefined;
    const ready = linux.epoll_wait(epoll, &events, events.len, 1000);
    if (linux.errno(ready) == .INTR) return;
    if (try client.check(ready) == 0) return client.fail("no event within a second", .{});
    for (events[0..ready]) |event| try receive(&listeners[event.data.u32]);
}

fn receive(listener: *Listener) !void {
    var space: [16 * 1024]u8 = undefined;
    const result = linux.recvfrom(listener.fd, &space, space.len, 0, null, null);
    if (linux.errno(result) == .AGAIN) return;
    const received = try client.check(result);
    if (received == 0) return client.fail("the server closed a connection", .{});
    var bytes: []const u8 = space[0..received];
    if (!listener.is_head_read) bytes = try readHead(listener, bytes) orelse return;
    while (try listener.chunks.next(&bytes)) |run| {
        for (run) |byte| try take(listener, byte);
    }
    if (listener.chunks.state == .end) return client.fail("the events ended", .{});
}

/// What is behind the head, when its end is in `bytes`.
fn readHead(listener: *Listener, bytes: []const u8) !?[]const u8 {
    for (bytes, 1..) |byte, taken| {
        try append(listener, byte);
        const head = listener.text[0..listener.filled];
        if (!std.mem.endsWith(u8, head, "\r\n\r\n")) continue;
        const is_right = std.mem.startsWith(u8, head, "HTTP/1.1 200 ") and
            std.ascii.findIgnoreCase(head, "content-type: text/event-stream") != null and
            std.ascii.findIgnoreCase(head, "transfer-encoding: chunked") != null;
        if (!is_right) return client.fail("answer is {s}", .{head});
        listener.is_head_read = true;
        listener.filled = 0;
        return bytes[taken..];
    }
    return null;
}

fn take(listener: *Listener, byte: u8) !void {
    try append(listener, byte);
    const text = listener.text[0..listener.filled];
    if (!std.mem.endsWith(u8, text, "\n\n")) return;
    const number = listener.next orelse try firstNumber(text);
    var space: [text_bytes_max]u8 = undefined;
    const expected = try std.fmt.bufPrint(&space, "id: {d}\nevent: tick\ndata: {{\"n\":{d}}}\n\n", .{ number, number });
    if (!std.mem.eql(u8, text, expected)) return client.fail("event is {s}instead of {s}", .{ text, expected });
    listener.next = number + 1;
    listener.events += 1;
    listener.filled = 0;
}

fn firstNumber(text: []const u8) !u64 {
    const name = "id: ";
    const line_end = std.mem.findScalar(u8, text, '\n') orelse 0;
    if (line_end < name.len) return client.fail("event is {s}", .{text});
    return std.fmt.parseInt(u64, text[name.len..line_end], 10) catch client.fail("event is {s}", .{text});
}

fn append(listener: *Listener, byte: u8) !void {
    if (listener.filled == text_bytes_max) return client.fail("a head or an event of more than {d} bytes", .{text_bytes_max});
    listener.text[listener.filled] = byte;
    listener.filled += 1;
}

fn report(listeners: []const Listener, elapsed_ns: u64) void {
    var total: u64 = 0;
    var least: u64 = std.math.maxInt(u64);
    var most: u64 = 0;
    for (listeners) |*listener| {
        total += listener.events;
        least = @min(least, listener.events);
        most = @max(most, listener.events);
    }
    client.print("{{\"events\":{d},\"seconds\":{d:.4},\"least\":{d},\"most\":{d}}}\n", .{
        total, client.seconds(elapsed_ns), least, most,
    });
}
