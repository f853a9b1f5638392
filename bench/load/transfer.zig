//! One large body, down or up, whose bytes are one piece again and again.

const std = @import("std");
const linux = std.os.linux;
const client = @import("client.zig");
const Chunks = @import("chunks.zig").Chunks;

/// Fits into a cache of the second level, so that it is the server's memory that is measured.
const inbox_bytes = 256 * 1024;
var inbox: [inbox_bytes]u8 = undefined;
/// Fewer and larger calls cost this side less than the server.
const pieces_per_send = 8;

/// Asks for a body and compares all of it.
pub fn down(port: u16, request: []const u8, piece: []const u8, bytes: u64) !void {
    const fd = try client.connect(port);
    const started = client.now();
    try sendAll(fd, request);
    var body: []const u8 = try receiveHead(fd);
    var chunks: Chunks = .{};
    var received: u64 = 0;
    while (true) {
        while (try chunks.next(&body)) |run| {
            if (!isRepeated(piece, received, run)) return client.fail("a wrong byte within {d} of byte {d}", .{ run.len, received });
            received += run.len;
        }
        if (chunks.state == .end) break;
        body = try receive(fd, &inbox);
    }
    if (received != bytes) return client.fail("{d} bytes instead of {d}", .{ received, bytes });
    report(bytes, started);
}

/// Sends a head and then a body, and compares the answer.
pub fn up(port: u16, head: []const u8, piece: []const u8, bytes: u64, is_chunked: bool, answer: []const u8, gpa: std.mem.Allocator) !void {
    const times = bytes / (piece.len * pieces_per_send);
    if (times * piece.len * pieces_per_send != bytes) return client.fail("{d} bytes are no whole sends", .{bytes});
    const unit = if (is_chunked) try std.fmt.allocPrint(gpa, "{x}\r\n{s}\r\n", .{ piece.len, piece }) else piece;
    const block = try gpa.alloc(u8, unit.len * pieces_per_send);
    for (0..pieces_per_send) |i| @memcpy(block[i * unit.len ..][0..unit.len], unit);

    const fd = try client.connect(port);
    const started = client.now();
    try sendAll(fd, head);
    for (0..times) |_| try sendAll(fd, block);
    if (is_chunked) try sendAll(fd, "0\r\n\r\n");

    var filled = (try receiveHead(fd)).len;
    while (filled < answer.len) filled += (try receive(fd, inbox[filled..])).len;
    const body = inbox[0..filled];
    if (!std.mem.eql(u8, body, answer)) return client.fail("answer is {s}", .{body[0..@min(body.len, 400)]});
    report(bytes, started);
}

fn report(bytes: u64, started: u64) void {
    client.print("{{\"bytes\":{d},\"seconds\":{d:.4}}}\n", .{ bytes, client.seconds(client.now() - started) });
}

/// `run` begins `position` bytes from the beginning of an endless repetition of `piece`.
fn isRepeated(piece: []const u8, position: u64, run: []const u8) bool {
    var from: usize = @intCast(position % piece.len);
    var rest = run;
    while (rest.len > 0) {
        const bytes = @min(piece.len - from, rest.len);
        if (!std.mem.eql(u8, piece[from..][0..bytes], rest[0..bytes])) return false;
        rest = rest[bytes..];
        from = 0;
    }
    return true;
}

/// What came behind the head, at the inbox's beginning.
fn receiveHead(fd: i32) ![]const u8 {
    var filled: usize = 0;
    while (true) {
        filled += (try receive(fd, inbox[filled..])).len;
        const head_bytes = (std.mem.find(u8, inbox[0..filled], "\r\n\r\n") orelse continue) + 4;
        if (!std.mem.startsWith(u8, &inbox, "HTTP/1.1 200 ")) return client.fail("answer is {s}", .{inbox[0..@min(filled, 400)]});
        std.mem.copyForwards(u8, inbox[0 .. filled - head_bytes], inbox[head_bytes..filled]);
        return inbox[0 .. filled - head_bytes];
    }
}

fn receive(fd: i32, space: []u8) ![]const u8 {
    const bytes = try client.check(linux.recvfrom(fd, space.ptr, space.len, 0, null, null));
    if (bytes == 0) return client.fail("the server closed the connection", .{});
    return space[0..bytes];
}

fn sendAll(fd: i32, bytes: []const u8) !void {
    var sent: usize = 0;
    while (sent < bytes.len) {
        const result = linux.sendto(fd, bytes.ptr + sent, bytes.len - sent, linux.MSG.NOSIGNAL, null, 0);
        switch (linux.errno(result)) {
            .SUCCESS => sent += result,
            // Whoever takes no more may have said why.
            .PIPE, .CONNRESET => {
                const body = try receiveHead(fd);
                return client.fail("the server took no more and answered 200 {s}", .{body[0..@min(body.len, 400)]});
            },
            else => |errno| return client.fail("sending: {t}", .{errno}),
        }
    }
}
