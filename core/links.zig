//! Connections in memory whose clients are in JavaScript: the same way through the core as over a socket, without one.

const std = @import("std");
const assert = std.debug.assert;
const abi = @import("abi.zig");
const intake = @import("intake.zig");
const transport_interface = @import("net/transport.zig");
const runtime_file = @import("runtime.zig");
const Event = @import("net/loop.zig").Event;
const LinkRead = abi.LinkRead;
const Pipe = @import("memory/pipe.zig").Pipe;
const Runtime = runtime_file.Runtime;
const Token = runtime_file.Token;
const Transport = transport_interface.Transport;

pub const Link = struct {
    runtime: *Runtime,
    /// The server's end; a handle that is stale when that is closed.
    connection: u32,
    to_server: Pipe = .{},
    to_client: Pipe = .{},
    /// The next of those that JavaScript is to be told about.
    next_to_tell: ?*Link = null,
    flags: Flags = .{},

    const Flags = packed struct(u8) {
        client_ended: bool = false,
        client_closed: bool = false,
        server_ended: bool = false,
        server_closed: bool = false,
        was_reset: bool = false,
        /// The client found nothing to read, or no room to write, and waits for a record.
        waits: bool = false,
        /// In the list of those to be told: the slot stays taken until it was there.
        is_listed: bool = false,
        reserved: u1 = 0,
    };
};

pub fn open(runtime: *Runtime, server_handle: u32) error{ StaleHandle, OutOfMemory }!u32 {
    const server = runtime.servers.get(server_handle) orelse return error.StaleHandle;
    if (server.state != .open) return error.StaleHandle;
    runtime.catchUp();
    const link = runtime.links.acquire() orelse return error.OutOfMemory;
    errdefer runtime.links.release(link);
    link.* = .{ .runtime = runtime, .connection = 0 };
    const transport: Transport = .{ .table = &table, .handle = @intFromPtr(link) };
    const connection = intake.open(runtime, server, transport, .{}) orelse return error.OutOfMemory;
    link.connection = runtime.connections.handle(connection);
    runtime.stir();
    return runtime.links.handle(link);
}

// --- What the client does ---

/// How many bytes were taken; a record says when there is room for more. Negative: the server takes no more.
pub fn write(runtime: *Runtime, handle: u32, bytes: []const u8) i64 {
    const link = runtime.links.get(handle) orelse return -1;
    if (link.flags.client_ended or link.flags.server_closed) return -1;
    const taken = link.to_server.write(&runtime.buffers, bytes) catch return -1;
    if (taken < bytes.len) link.flags.waits = true;
    raise(link, .{ .token = 0, .readable = true });
    return @intCast(taken);
}

/// How many bytes, or an `abi.LinkRead`.
pub fn read(runtime: *Runtime, handle: u32, into: []u8) i32 {
    const link = runtime.links.get(handle) orelse return @backingInt(LinkRead.reset);
    const count = link.to_client.read(&runtime.buffers, into);
    if (count > 0) {
        raise(link, .{ .token = 0, .writable = true });
        return @intCast(count);
    }
    if (link.flags.was_reset) return @backingInt(LinkRead.reset);
    if (link.flags.server_ended or link.flags.server_closed) return @backingInt(LinkRead.ended);
    link.flags.waits = true;
    return @backingInt(LinkRead.yet);
}

/// Nothing more comes from the client; it still reads.
pub fn end(runtime: *Runtime, handle: u32) void {
    const link = runtime.links.get(handle) orelse return;
    if (link.flags.client_ended) return;
    link.flags.client_ended = true;
    raise(link, .{ .token = 0, .readable = true, .ended = true });
}

/// The client is gone; the handle is stale from now on, or soon.
pub fn close(runtime: *Runtime, handle: u32) void {
    const link = runtime.links.get(handle) orelse return;
    if (link.flags.client_closed) return;
    link.flags.client_closed = true;
    link.to_client.clear(&runtime.buffers);
    if (link.flags.server_closed) return release(link);
    // With the server's end the link is released.
    raise(link, .{ .token = 0, .readable = true, .ended = true, .broken = true });
}

fn raise(link: *Link, event: Event) void {
    const runtime = link.runtime;
    runtime.catchUp();
    if (!link.flags.server_closed) {
        var with_token = event;
        with_token.token = Token.of(.connection, link.connection);
        runtime.take(&with_token);
    }
    runtime.finishCall();
}

// --- What the core does ---

const table: Transport.Table = .{
    .read = readTransport,
    .write = writeTransport,
    .has_buffered = hasBuffered,
    .wants_write = never,
    .finish = finish,
    .close = closeTransport,
};

fn of(handle: usize) *Link {
    return @ptrFromInt(handle);
}

fn readTransport(handle: usize, into: []u8) transport_interface.Error!usize {
    const link = of(handle);
    if (link.flags.client_closed) return error.Broken;
    const count = link.to_server.read(&link.runtime.buffers, into);
    if (count == 0) return if (link.flags.client_ended) 0 else error.WouldBlock;
    notify(link);
    return count;
}

fn writeTransport(handle: usize, vectors: []const transport_interface.Vector) transport_interface.Error!usize {
    const link = of(handle);
    if (link.flags.client_closed) return error.Broken;
    var total: usize = 0;
    for (vectors) |vector| {
        const taken = link.to_client.write(&link.runtime.buffers, vector.base[0..vector.len]) catch return error.Broken;
        total += taken;
        if (taken < vector.len) break;
    }
    if (total == 0) return error.WouldBlock;
    notify(link);
    return total;
}

fn hasBuffered(handle: usize) bool {
    const link = of(handle);
    return link.to_server.size() > 0 or link.flags.client_ended;
}

fn never(_: usize) bool {
    return false;
}

fn finish(handle: usize) void {
    const link = of(handle);
    link.flags.server_ended = true;
    notify(link);
}

fn closeTransport(handle: usize, reset: bool) void {
    const link = of(handle);
    assert(!link.flags.server_closed);
    link.flags.server_closed = true;
    link.flags.was_reset = reset;
    link.to_server.clear(&link.runtime.buffers);
    // Whoever does not read is not kept room for, either.
    if (reset) link.to_client.clear(&link.runtime.buffers);
    notify(link);
    release(link);
}

/// JavaScript learns of it if it waits for something.
fn notify(link: *Link) void {
    if (!link.flags.waits or link.flags.is_listed) return;
    link.flags.waits = false;
    link.flags.is_listed = true;
    link.next_to_tell = link.runtime.links_to_tell;
    link.runtime.links_to_tell = link;
}

/// The handle of one that has something to tell, for a record; null when there is none.
pub fn popToTell(runtime: *Runtime) ?u32 {
    while (runtime.links_to_tell) |link| {
        runtime.links_to_tell = link.next_to_tell;
        link.flags.is_listed = false;
        if (!link.flags.client_closed) return runtime.links.handle(link);
        release(link);
    }
    return null;
}

/// What clients have left, at the end of the runtime.
pub fn dropAll(runtime: *Runtime) void {
    var all = runtime.links.iterator();
    while (all.next()) |link| link.to_client.clear(&runtime.buffers);
}

/// When both ends are closed.
fn release(link: *Link) void {
    if (!link.flags.client_closed or !link.flags.server_closed or link.flags.is_listed) return;
    link.to_client.clear(&link.runtime.buffers);
    link.runtime.links.release(link);
}
