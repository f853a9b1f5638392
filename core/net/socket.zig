//! The system's sockets: each call once, with the errors that the core tells apart.

const std = @import("std");
const builtin = @import("builtin");
const c = std.c;
const limits = @import("../limits.zig");

pub const Fd = c.fd_t;
pub const Vector = std.posix.iovec_const;

const is_linux = builtin.os.tag == .linux;
/// A peer that is gone is an error to look at, not a signal that ends the process.
const send_flags: u32 = if (is_linux) c.MSG.NOSIGNAL else 0;

pub const ListenError = error{
    AddressInUse,
    AddressUnavailable,
    HostUnknown,
    PermissionDenied,
    PathInvalid,
    DescriptorsExhausted,
    SystemFailed,
};

pub const ListenOptions = struct {
    reuse_port: bool = false,
    ipv6_only: bool = false,
};

pub const Listening = struct { fd: Fd, port: u16 };

/// The first address that `host` has and that can be bound. Port 0 lets the system choose.
pub fn listenTcp(host: [*:0]const u8, port: u16, options: ListenOptions) ListenError!Listening {
    var digits: [8]u8 = undefined;
    const service = std.fmt.bufPrintSentinel(&digits, "{d}", .{port}, 0) catch return error.SystemFailed;
    var hints: c.addrinfo = std.mem.zeroes(c.addrinfo);
    hints.family = c.AF.UNSPEC;
    hints.socktype = c.SOCK.STREAM;
    hints.flags = .{ .PASSIVE = true, .NUMERICSERV = true };
    var found: ?*c.addrinfo = null;
    if (@backingInt(c.getaddrinfo(host, service, &hints, &found)) != 0) return error.HostUnknown;
    defer c.freeaddrinfo(found.?);

    var failure: ListenError = error.HostUnknown;
    var next = found;
    while (next) |candidate| : (next = candidate.next) {
        const address = candidate.addr orelse continue;
        return bindTcp(address, candidate.addrlen, options) catch |err| {
            failure = err;
            continue;
        };
    }
    return failure;
}

fn bindTcp(address: *const c.sockaddr, size: c.socklen_t, options: ListenOptions) ListenError!Listening {
    const fd = try open(address.family);
    errdefer close(fd);
    try setOption(fd, c.SOL.SOCKET, c.SO.REUSEADDR, 1);
    if (options.reuse_port) try setOption(fd, c.SOL.SOCKET, c.SO.REUSEPORT, 1);
    // On Linux and macOS connections inherit it.
    try setOption(fd, c.IPPROTO.TCP, c.TCP.NODELAY, 1);
    if (address.family == c.AF.INET6) try setOption(fd, c.IPPROTO.IPV6, ipv6_v6only, @intFromBool(options.ipv6_only));
    try bindAndListen(fd, address, size);

    var bound: c.sockaddr.storage = undefined;
    var bound_size: c.socklen_t = @sizeOf(c.sockaddr.storage);
    if (c.getsockname(fd, @ptrCast(&bound), &bound_size) != 0) return error.SystemFailed;
    const port = switch (bound.family) {
        c.AF.INET => @as(*const c.sockaddr.in, @ptrCast(&bound)).port,
        else => @as(*const c.sockaddr.in6, @ptrCast(&bound)).port,
    };
    return .{ .fd = fd, .port = std.mem.bigToNative(u16, port) };
}

const ipv6_v6only: u32 = if (is_linux) 26 else 27;

/// A socket file that nobody listens on any more is replaced; one that somebody does is `AddressInUse`.
pub fn listenUnix(path: []const u8) ListenError!Fd {
    const address = try unixAddress(path);
    const fd = try open(c.AF.UNIX);
    errdefer close(fd);
    bindAndListen(fd, @ptrCast(&address), @sizeOf(c.sockaddr.un)) catch |err| {
        if (err != error.AddressInUse or !isSocket(&address) or isAnswered(&address)) return err;
        if (c.unlink(@ptrCast(&address.path)) != 0) return err;
        try bindAndListen(fd, @ptrCast(&address), @sizeOf(c.sockaddr.un));
    };
    return fd;
}

fn unixAddress(path: []const u8) error{PathInvalid}!c.sockaddr.un {
    var address: c.sockaddr.un = std.mem.zeroes(c.sockaddr.un);
    address.family = c.AF.UNIX;
    if (path.len == 0 or path.len >= address.path.len) return error.PathInvalid;
    @memcpy(address.path[0..path.len], path);
    return address;
}

/// The file of a listener that was closed. What somebody else has put in its place stays.
pub fn removeUnix(path: []const u8) void {
    const address = unixAddress(path) catch return;
    if (isSocket(&address) and !isAnswered(&address)) unlink(@ptrCast(&address.path));
}

fn isAnswered(address: *const c.sockaddr.un) bool {
    const fd = open(c.AF.UNIX) catch return true;
    defer close(fd);
    if (c.connect(fd, @ptrCast(address), @sizeOf(c.sockaddr.un)) == 0) return true;
    // Anything but a refusal may be a listener that is busy.
    return c.errno(-1) != .CONNREFUSED;
}

/// A connection to any other file is refused as well. What can be opened is no socket.
fn isSocket(address: *const c.sockaddr.un) bool {
    const fd = c.open(@ptrCast(&address.path), .{ .NONBLOCK = true, .CLOEXEC = true });
    if (fd < 0) return c.errno(fd) == if (is_linux) c.E.NXIO else c.E.OPNOTSUPP;
    close(fd);
    return false;
}

fn unlink(path: [*:0]const u8) void {
    // Whether it was still there is nobody's concern at the end.
    _ = c.unlink(path);
}

fn open(family: anytype) ListenError!Fd {
    const flags: u32 = if (is_linux) c.SOCK.NONBLOCK | c.SOCK.CLOEXEC else 0;
    const fd = c.socket(family, c.SOCK.STREAM | flags, 0);
    if (fd < 0) return switch (c.errno(fd)) {
        .MFILE, .NFILE => error.DescriptorsExhausted,
        .ACCES, .PERM => error.PermissionDenied,
        .AFNOSUPPORT => error.AddressUnavailable,
        else => error.SystemFailed,
    };
    if (!is_linux) configure(fd);
    return fd;
}

fn bindAndListen(fd: Fd, address: *const c.sockaddr, size: c.socklen_t) ListenError!void {
    if (c.bind(fd, address, size) != 0) return listenError();
    if (c.listen(fd, limits.backlog) != 0) return listenError();
}

fn listenError() ListenError {
    return switch (c.errno(-1)) {
        .ADDRINUSE => error.AddressInUse,
        .ADDRNOTAVAIL => error.AddressUnavailable,
        .ACCES, .PERM, .ROFS => error.PermissionDenied,
        .NOENT, .NOTDIR, .LOOP, .NAMETOOLONG => error.PathInvalid,
        else => error.SystemFailed,
    };
}

fn setOption(fd: Fd, level: i32, name: u32, value: c_int) ListenError!void {
    if (c.setsockopt(fd, level, name, &value, @sizeOf(c_int)) != 0) return error.SystemFailed;
}

/// Where a connection comes from.
pub const Peer = struct {
    family: enum(u8) { none, ipv4, ipv6 } = .none,
    /// In network order; IPv4 in the first four.
    bytes: [16]u8 = undefined,

    pub const text_bytes_max = 46;

    /// `into` has at least `text_bytes_max`; returns how many were used, 0 for no address.
    pub fn writeText(peer: *const Peer, into: []u8) u32 {
        const family: c_int = switch (peer.family) {
            .none => return 0,
            .ipv4 => c.AF.INET,
            .ipv6 => c.AF.INET6,
        };
        const text = inet_ntop(family, &peer.bytes, into.ptr, @intCast(into.len)) orelse return 0;
        return @intCast(std.mem.len(text));
    }

    fn of(address: *const c.sockaddr.storage) Peer {
        var peer: Peer = .{};
        switch (address.family) {
            c.AF.INET => {
                peer.family = .ipv4;
                const in: *const c.sockaddr.in = @ptrCast(address);
                peer.bytes[0..4].* = @bitCast(in.addr);
            },
            c.AF.INET6 => {
                peer.family = .ipv6;
                const in6: *const c.sockaddr.in6 = @ptrCast(address);
                peer.bytes = in6.addr;
                const mapped = [_]u8{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
                if (std.mem.eql(u8, peer.bytes[0..12], &mapped)) {
                    peer.family = .ipv4;
                    peer.bytes[0..4].* = peer.bytes[12..16].*;
                }
            },
            else => {},
        }
        return peer;
    }
};

extern "c" fn inet_ntop(family: c_int, address: *const anyopaque, into: [*]u8, size: c.socklen_t) ?[*:0]const u8;

pub const AcceptError = error{
    WouldBlock,
    /// That connection is gone again; the next may not be.
    Retry,
    DescriptorsExhausted,
    SystemFailed,
};

pub const Accepted = struct { fd: Fd, peer: Peer };

pub fn accept(listener: Fd) AcceptError!Accepted {
    var address: c.sockaddr.storage = undefined;
    address.family = c.AF.UNSPEC;
    var size: c.socklen_t = @sizeOf(c.sockaddr.storage);
    const fd = if (is_linux)
        c.accept4(listener, @ptrCast(&address), &size, c.SOCK.NONBLOCK | c.SOCK.CLOEXEC)
    else
        c.accept(listener, @ptrCast(&address), &size);
    if (fd < 0) return switch (c.errno(fd)) {
        .AGAIN => error.WouldBlock,
        .INTR, .CONNABORTED, .PROTO, .NETDOWN, .HOSTDOWN, .HOSTUNREACH, .NETUNREACH, .OPNOTSUPP => error.Retry,
        .MFILE, .NFILE, .NOBUFS, .NOMEM => error.DescriptorsExhausted,
        else => error.SystemFailed,
    };
    if (!is_linux) configure(fd);
    return .{ .fd = fd, .peer = .of(&address) };
}

/// Of a listener: somebody waits to be accepted. `accept` does not say when descriptors are exhausted.
pub fn isReadable(fd: Fd) bool {
    var asked = [1]c.pollfd{.{ .fd = fd, .events = c.POLL.IN, .revents = 0 }};
    return c.poll(&asked, asked.len, 0) != 0;
}

/// What Linux does in one call with `accept4`.
fn configure(fd: Fd) void {
    const flags = c.fcntl(fd, c.F.GETFL, @as(c_int, 0));
    const nonblocking: u32 = @bitCast(c.O{ .NONBLOCK = true });
    _ = c.fcntl(fd, c.F.SETFL, flags | @as(c_int, @bitCast(nonblocking)));
    _ = c.fcntl(fd, c.F.SETFD, @as(c_int, c.FD_CLOEXEC));
    if (!is_linux) {
        const on: c_int = 1;
        _ = c.setsockopt(fd, c.SOL.SOCKET, c.SO.NOSIGPIPE, &on, @sizeOf(c_int));
    }
}

pub const TransferError = error{
    WouldBlock,
    /// Reset, timed out, or otherwise at its end.
    Broken,
};

/// 0 at the end of the stream.
pub fn receive(fd: Fd, into: []u8) TransferError!usize {
    while (true) {
        const result = c.recv(fd, into.ptr, into.len, 0);
        if (result >= 0) return @intCast(result);
        switch (c.errno(result)) {
            .INTR => continue,
            .AGAIN => return error.WouldBlock,
            else => return error.Broken,
        }
    }
}

/// How many bytes the system took; fewer than all when its buffer is full.
pub fn send(fd: Fd, vectors: []const Vector) TransferError!usize {
    while (true) {
        const result = if (vectors.len == 1)
            c.send(fd, vectors[0].base, vectors[0].len, send_flags)
        else result: {
            var message: c.msghdr_const = std.mem.zeroes(c.msghdr_const);
            message.iov = vectors.ptr;
            message.iovlen = @intCast(vectors.len);
            break :result c.sendmsg(fd, &message, send_flags);
        };
        if (result >= 0) return @intCast(result);
        switch (c.errno(result)) {
            .INTR => continue,
            .AGAIN => return error.WouldBlock,
            else => return error.Broken,
        }
    }
}

/// No more bytes to the peer; it reads an end.
pub fn finish(fd: Fd) void {
    // A peer that is gone already needs no end.
    _ = c.shutdown(fd, c.SHUT.WR);
}

pub fn close(fd: Fd) void {
    _ = c.close(fd);
}

/// Closes with a reset instead of an end: the peer learns that something is missing.
pub fn reset(fd: Fd) void {
    const linger: c.linger = .{ .onoff = 1, .linger = 0 };
    _ = c.setsockopt(fd, c.SOL.SOCKET, c.SO.LINGER, &linger, @sizeOf(c.linger));
    close(fd);
}

/// Raises the soft limit of descriptors to the hard one; returns what is then allowed.
pub fn raiseDescriptorLimit() u64 {
    var limit: c.rlimit = undefined;
    if (c.getrlimit(.NOFILE, &limit) != 0) return 1024;
    if (limit.cur < limit.max) {
        const soft = limit.cur;
        limit.cur = limit.max;
        if (c.setrlimit(.NOFILE, &limit) != 0) limit.cur = soft;
    }
    return limit.cur;
}

const testing = std.testing;

fn connectTo(port: u16) !Fd {
    const fd = c.socket(c.AF.INET, c.SOCK.STREAM, 0);
    const address: c.sockaddr.in = .{
        .port = std.mem.nativeToBig(u16, port),
        .addr = std.mem.nativeToBig(u32, 0x7f00_0001),
    };
    if (c.connect(fd, @ptrCast(&address), @sizeOf(c.sockaddr.in)) != 0) return error.ConnectFailed;
    return fd;
}

test "a connection over loopback" {
    const listening = try listenTcp("127.0.0.1", 0, .{});
    defer close(listening.fd);
    try testing.expectError(error.WouldBlock, accept(listening.fd));
    try testing.expect(!isReadable(listening.fd));
    const client = try connectTo(listening.port);
    try testing.expect(isReadable(listening.fd));
    const accepted = try accept(listening.fd);
    defer close(accepted.fd);
    try testing.expectEqual(.ipv4, accepted.peer.family);
    try testing.expectEqualSlices(u8, &.{ 127, 0, 0, 1 }, accepted.peer.bytes[0..4]);

    var buffer: [16]u8 = undefined;
    try testing.expectError(error.WouldBlock, receive(accepted.fd, &buffer));
    try testing.expectEqual(5, try send(client, &.{ .{ .base = "he", .len = 2 }, .{ .base = "llo", .len = 3 } }));
    try testing.expectEqualStrings("hello", buffer[0..try receive(accepted.fd, &buffer)]);
    close(client);
    try testing.expectEqual(0, try receive(accepted.fd, &buffer));
}

test "errors of listening" {
    const listening = try listenTcp("127.0.0.1", 0, .{});
    defer close(listening.fd);
    try testing.expectError(error.AddressInUse, listenTcp("127.0.0.1", listening.port, .{}));
    try testing.expectError(error.HostUnknown, listenTcp("no such host", 0, .{}));
    try testing.expectError(error.AddressUnavailable, listenTcp("203.0.113.1", 0, .{}));
    try testing.expectError(error.PathInvalid, listenUnix("/no/such/folder/socket"));
    try testing.expectError(error.PathInvalid, listenUnix(&@as([200]u8, @splat('x'))));
}

test "ports can be shared when both want it" {
    const first = try listenTcp("127.0.0.1", 0, .{ .reuse_port = true });
    defer close(first.fd);
    const second = try listenTcp("127.0.0.1", first.port, .{ .reuse_port = true });
    close(second.fd);
}

test "a file that is no socket is nobody's to replace" {
    const path = "fa-test.txt";
    const fd = c.open(path, .{ .ACCMODE = .WRONLY, .CREAT = true, .CLOEXEC = true }, @as(c.mode_t, 0o600));
    try testing.expect(fd >= 0);
    close(fd);
    defer unlink(path);
    try testing.expectError(error.AddressInUse, listenUnix(path));
    try testing.expectEqual(0, c.access(path, c.F_OK));
}

test "a socket file left behind is replaced, one in use is not" {
    const path = "fa-test.sock";
    const first = try listenUnix(path);
    try testing.expectError(error.AddressInUse, listenUnix(path));
    close(first);
    const second = try listenUnix(path);
    close(second);
    unlink(path);
}

test "a socket file is removed with its listener, unless another one has it by now" {
    const path = "fa-test-removed.sock";
    const first = try listenUnix(path);
    unlink(path);
    const second = try listenUnix(path);
    close(first);
    removeUnix(path);
    try testing.expectError(error.AddressInUse, listenUnix(path));
    close(second);
    removeUnix(path);
    try testing.expect(!isSocket(&try unixAddress(path)));
}
