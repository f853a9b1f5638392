//! The kernel's own cost: a server that does nothing but `epoll_wait`, one `recv` and one `send` per readable
//! connection, with one fixed answer per request. What any other server needs above this is its own cost.
//!
//! usage: floor ANSWER_BYTES REQUEST_BYTES     of the answer's body, and of a whole request, which is all that it knows
//! of one; prints the port that it listens on; ends when its standard input does.

const std = @import("std");
const linux = std.os.linux;

const connections_max = 65_536;
const events_max = 512;
const requests_per_read_max = 256;

var inbox: [256 * 1024]u8 = undefined;
var outbox: [requests_per_read_max * 2048]u8 = undefined;
/// Of the request that is under way on each connection, what has arrived.
var arrived: [connections_max]usize = @splat(0);
var request_bytes: usize = 0;

pub fn main(init: std.process.Init.Minimal) !void {
    var args = init.args.iterate();
    _ = args.skip();
    const body_bytes = try std.fmt.parseInt(usize, args.next() orelse return error.Usage, 10);
    request_bytes = try std.fmt.parseInt(usize, args.next() orelse return error.Usage, 10);

    const answer = try prepare(body_bytes);
    const listener = try listen();
    const epoll: i32 = @intCast(try check(linux.epoll_create1(0)));
    try watch(epoll, listener);
    try watch(epoll, 0);

    var events: [events_max]linux.epoll_event = undefined;
    while (true) {
        const ready = linux.epoll_wait(epoll, &events, events_max, -1);
        if (linux.errno(ready) == .INTR) continue;
        for (events[0..try check(ready)]) |event| {
            if (event.data.fd == listener) {
                acceptAll(epoll, listener);
            } else if (event.data.fd == 0) {
                return;
            } else {
                serve(event.data.fd, answer.bytes);
            }
        }
    }
}

const Answer = struct { bytes: usize };

/// Fills the outbox with copies of one answer: any number of them is then a prefix of it.
fn prepare(body_bytes: usize) !Answer {
    const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {d}\r\n" ++
        "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n\r\n";
    const text = "Hello, World!";
    const written = try std.fmt.bufPrint(&outbox, head, .{body_bytes});
    const size = written.len + body_bytes;
    if (size * requests_per_read_max > outbox.len) return error.BodyTooLarge;
    for (written.len..size, 0..) |at, i| outbox[at] = text[i % text.len];
    for (1..requests_per_read_max) |copy| @memcpy(outbox[copy * size ..][0..size], outbox[0..size]);
    return .{ .bytes = size };
}

fn serve(connection: i32, answer_bytes: usize) void {
    const received = linux.recvfrom(connection, &inbox, inbox.len, 0, null, null);
    if (linux.errno(received) == .AGAIN) return;
    if (linux.errno(received) != .SUCCESS or received == 0) {
        _ = linux.close(connection);
        return;
    }
    const under_way = &arrived[@intCast(connection)];
    const requests = @min((under_way.* + received) / request_bytes, requests_per_read_max);
    under_way.* = (under_way.* + received) % request_bytes;
    if (requests == 0) return;
    _ = linux.sendto(connection, &outbox, requests * answer_bytes, linux.MSG.NOSIGNAL, null, 0);
}

fn listen() !i32 {
    const socket: i32 = @intCast(try check(linux.socket(linux.AF.INET, linux.SOCK.STREAM | linux.SOCK.NONBLOCK, 0)));
    const on: u32 = 1;
    _ = try check(linux.setsockopt(socket, linux.IPPROTO.TCP, linux.TCP.NODELAY, std.mem.asBytes(&on), 4));
    var address: linux.sockaddr.in = .{ .port = 0, .addr = std.mem.nativeToBig(u32, 0x7f00_0001) };
    var size: linux.socklen_t = @sizeOf(linux.sockaddr.in);
    _ = try check(linux.bind(socket, @ptrCast(&address), size));
    _ = try check(linux.listen(socket, 4096));
    _ = try check(linux.getsockname(socket, @ptrCast(&address), &size));
    var line: [32]u8 = undefined;
    const text = try std.fmt.bufPrint(&line, "{d}\n", .{std.mem.bigToNative(u16, address.port)});
    _ = try check(linux.write(1, text.ptr, text.len));
    return socket;
}

fn acceptAll(epoll: i32, listener: i32) void {
    while (true) {
        const accepted = linux.accept4(listener, null, null, linux.SOCK.NONBLOCK | linux.SOCK.CLOEXEC);
        if (linux.errno(accepted) != .SUCCESS) return;
        arrived[accepted] = 0;
        watch(epoll, @intCast(accepted)) catch return;
    }
}

fn watch(epoll: i32, fd: i32) !void {
    var event: linux.epoll_event = .{ .events = linux.EPOLL.IN, .data = .{ .fd = fd } };
    _ = try check(linux.epoll_ctl(epoll, linux.EPOLL.CTL_ADD, fd, &event));
}

fn check(result: usize) !usize {
    return switch (linux.errno(result)) {
        .SUCCESS => result,
        else => |errno| {
            std.debug.print("floor: {t}\n", .{errno});
            return error.SystemCall;
        },
    };
}
