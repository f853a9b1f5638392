//! A client over a real socket, for what memory cannot show: backlogs, resets, edges, addresses.

const std = @import("std");
const c = std.c;
const socket = @import("../net/socket.zig");

pub const SocketClient = struct {
    allocator: std.mem.Allocator,
    fd: socket.Fd,
    received: std.ArrayList(u8) = .empty,
    /// The server has ended its side.
    is_finished: bool = false,
    was_reset: bool = false,

    pub fn connectTcp(allocator: std.mem.Allocator, port: u16) !SocketClient {
        const address: c.sockaddr.in = .{
            .port = std.mem.nativeToBig(u16, port),
            .addr = std.mem.nativeToBig(u32, 0x7f00_0001),
        };
        return connect(allocator, c.AF.INET, @ptrCast(&address), @sizeOf(c.sockaddr.in));
    }

    pub fn connectUnix(allocator: std.mem.Allocator, path: []const u8) !SocketClient {
        var address: c.sockaddr.un = std.mem.zeroes(c.sockaddr.un);
        address.family = c.AF.UNIX;
        @memcpy(address.path[0..path.len], path);
        return connect(allocator, c.AF.UNIX, @ptrCast(&address), @sizeOf(c.sockaddr.un));
    }

    fn connect(allocator: std.mem.Allocator, family: c_uint, address: *const c.sockaddr, size: c.socklen_t) !SocketClient {
        const fd = c.socket(family, c.SOCK.STREAM, 0);
        if (fd < 0) return error.DescriptorsExhausted;
        errdefer socket.close(fd);
        if (c.connect(fd, address, size) != 0) return error.ConnectFailed;
        const flags = c.fcntl(fd, c.F.GETFL, @as(c_int, 0));
        const nonblocking: u32 = @bitCast(c.O{ .NONBLOCK = true });
        _ = c.fcntl(fd, c.F.SETFL, flags | @as(c_int, @bitCast(nonblocking)));
        return .{ .allocator = allocator, .fd = fd };
    }

    pub fn deinit(client: *SocketClient) void {
        client.close();
        client.received.deinit(client.allocator);
    }

    /// How many bytes the system took.
    pub fn sendSome(client: *SocketClient, bytes: []const u8) !usize {
        return socket.send(client.fd, &.{.{ .base = bytes.ptr, .len = bytes.len }}) catch |err| switch (err) {
            error.WouldBlock => 0,
            error.Broken => error.Broken,
        };
    }

    pub fn send(client: *SocketClient, bytes: []const u8) !void {
        if (try client.sendSome(bytes) != bytes.len) return error.Short;
    }

    pub fn end(client: *SocketClient) void {
        socket.finish(client.fd);
    }

    pub fn close(client: *SocketClient) void {
        if (client.fd >= 0) socket.close(client.fd);
        client.fd = -1;
    }

    pub fn reset(client: *SocketClient) void {
        socket.reset(client.fd);
        client.fd = -1;
    }

    /// What has come so far is in `received`.
    pub fn receive(client: *SocketClient) !void {
        var buffer: [64 * 1024]u8 = undefined;
        while (client.fd >= 0 and !client.is_finished) {
            const size = socket.receive(client.fd, &buffer) catch |err| switch (err) {
                error.WouldBlock => return,
                error.Broken => {
                    client.was_reset = true;
                    client.is_finished = true;
                    return;
                },
            };
            if (size == 0) client.is_finished = true;
            try client.received.appendSlice(client.allocator, buffer[0..size]);
        }
    }
};
