//! What all clients of the load generator need: sockets, the clock, and a word about what went wrong.

const std = @import("std");
const linux = std.os.linux;

/// A socket to the server that waits in `send` and `recv`, but no longer than ten seconds.
pub fn connect(port: u16) !i32 {
    const fd: i32 = @intCast(try check(linux.socket(linux.AF.INET, linux.SOCK.STREAM, 0)));
    const on: u32 = 1;
    _ = try check(linux.setsockopt(fd, linux.IPPROTO.TCP, linux.TCP.NODELAY, std.mem.asBytes(&on), 4));
    const patience: linux.timeval = .{ .sec = 10, .usec = 0 };
    for ([_]u32{ linux.SO.SNDTIMEO, linux.SO.RCVTIMEO }) |option| {
        _ = try check(linux.setsockopt(fd, linux.SOL.SOCKET, option, std.mem.asBytes(&patience), @sizeOf(linux.timeval)));
    }
    const address: linux.sockaddr.in = .{
        .port = std.mem.nativeToBig(u16, port),
        .addr = std.mem.nativeToBig(u32, 0x7f00_0001),
    };
    _ = try check(linux.connect(fd, &address, @sizeOf(linux.sockaddr.in)));
    return fd;
}

pub fn connectNonblocking(port: u16) !i32 {
    const fd = try connect(port);
    const flags = try check(linux.fcntl(fd, linux.F.GETFL, 0));
    // A large body leaves in one call, whatever the server has taken of it by then.
    const room: c_int = 1024 * 1024;
    _ = try check(linux.setsockopt(fd, linux.SOL.SOCKET, linux.SO.SNDBUF, std.mem.asBytes(&room), @sizeOf(c_int)));
    const nonblock: u32 = @bitCast(linux.O{ .NONBLOCK = true });
    _ = try check(linux.fcntl(fd, linux.F.SETFL, flags | nonblock));
    return fd;
}

/// As many as the system lets this process have.
pub fn allowDescriptors() !void {
    var limit: linux.rlimit = undefined;
    _ = try check(linux.getrlimit(.NOFILE, &limit));
    limit.cur = limit.max;
    _ = try check(linux.setrlimit(.NOFILE, &limit));
}

pub fn waitForEndOfInput() void {
    var byte: [1]u8 = undefined;
    while (true) {
        const result = linux.read(0, &byte, 1);
        if (linux.errno(result) != .INTR) return;
    }
}

pub fn now() u64 {
    var time: linux.timespec = undefined;
    _ = linux.clock_gettime(.MONOTONIC, &time);
    return @as(u64, @intCast(time.sec)) * std.time.ns_per_s + @as(u64, @intCast(time.nsec));
}

pub fn seconds(ns: u64) f64 {
    return @as(f64, @floatFromInt(ns)) / std.time.ns_per_s;
}

/// To the runner, on standard output. What is longer than 512 bytes is left out.
pub fn print(comptime format: []const u8, args: anytype) void {
    var line: [512]u8 = undefined;
    const text = std.fmt.bufPrint(&line, format, args) catch |err| switch (err) {
        error.NoSpaceLeft => return,
    };
    _ = linux.write(1, text.ptr, text.len);
}

pub fn check(result: usize) !usize {
    return switch (linux.errno(result)) {
        .SUCCESS => result,
        else => |errno| fail("{t}", .{errno}),
    };
}

pub fn fail(comptime format: []const u8, args: anytype) error{Failed} {
    std.debug.print("generator: " ++ format ++ "\n", args);
    return error.Failed;
}
