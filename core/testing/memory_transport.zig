//! A transport over memory, and the client at its other end: reads and writes of any size, or of none for a while.

const std = @import("std");
const assert = std.debug.assert;
const intake = @import("../intake.zig");
const transport_interface = @import("../net/transport.zig");
const Connection = @import("../net/connection.zig").Connection;
const Event = @import("../net/loop.zig").Event;
const Runtime = @import("../runtime.zig").Runtime;
const Token = @import("../runtime.zig").Token;
const Transport = transport_interface.Transport;

/// How many bytes one call moves.
pub const Pieces = union(enum) {
    /// As a socket: all that there is and fits.
    whole,
    fixed: usize,
    random: struct { source: std.Random, max: usize },

    fn size(pieces: Pieces, most: usize) usize {
        return switch (pieces) {
            .whole => most,
            .fixed => |bytes| @min(bytes, most),
            .random => |random| @min(random.source.intRangeAtMost(usize, 1, random.max), most),
        };
    }
};

/// Both ends of one connection. The runtime learns of what happens here through events, each only once.
pub const MemoryClient = struct {
    allocator: std.mem.Allocator,
    runtime: *Runtime,
    /// The server's end.
    handle: u32 = 0,
    reads: Pieces = .whole,
    writes: Pieces = .whole,

    sent: std.ArrayList(u8) = .empty,
    sent_read: usize = 0,
    has_ended: bool = false,
    is_broken: bool = false,
    /// The transport can't read before it has written, as TLS sometimes.
    wants_write: bool = false,

    received: std.ArrayList(u8) = .empty,
    /// Bytes that are taken before writing blocks.
    room: usize = std.math.maxInt(usize),
    is_finished: bool = false,
    is_closed: bool = false,
    was_reset: bool = false,
    /// Calls, to see whether the runtime reads when it should not.
    read_calls: usize = 0,

    const table: Transport.Table = .{
        .read = read,
        .write = write,
        .has_buffered = hasBuffered,
        .wants_write = wantsWrite,
        .finish = finish,
        .close = close,
    };

    pub fn connect(client: *MemoryClient, allocator: std.mem.Allocator, runtime: *Runtime, server: u32) !void {
        client.* = .{ .allocator = allocator, .runtime = runtime };
        const transport: Transport = .{ .table = &table, .handle = @intFromPtr(client) };
        const connection = intake.open(runtime, runtime.servers.get(server).?, transport, .{}) orelse return error.Full;
        client.handle = runtime.connections.handle(connection);
    }

    /// The server's end must be closed.
    pub fn deinit(client: *MemoryClient) void {
        assert(client.is_closed);
        client.sent.deinit(client.allocator);
        client.received.deinit(client.allocator);
    }

    // --- What the client does ---

    pub fn send(client: *MemoryClient, bytes: []const u8) !void {
        try client.sent.appendSlice(client.allocator, bytes);
        client.tell(.{ .token = 0, .readable = true, .writable = client.room > 0 });
    }

    /// Nothing more comes; answers are still read.
    pub fn end(client: *MemoryClient) void {
        client.has_ended = true;
        client.tell(.{ .token = 0, .readable = true, .ended = true });
    }

    pub fn reset(client: *MemoryClient) void {
        client.is_broken = true;
        client.tell(.{ .token = 0, .readable = true, .ended = true, .broken = true });
    }

    /// Takes so many bytes more of what the server writes.
    pub fn makeRoom(client: *MemoryClient, bytes: usize) void {
        client.room +|= bytes;
        client.tell(.{ .token = 0, .writable = true });
    }

    fn tell(client: *MemoryClient, event: Event) void {
        if (client.is_closed) return;
        var with_token = event;
        with_token.token = Token.of(.connection, client.handle);
        client.runtime.take(&with_token);
    }

    pub fn serverEnd(client: *MemoryClient) ?*Connection {
        return client.runtime.connections.get(client.handle);
    }

    // --- What the transport does ---

    fn of(handle: usize) *MemoryClient {
        return @ptrFromInt(handle);
    }

    fn read(handle: usize, into: []u8) transport_interface.Error!usize {
        const client = of(handle);
        assert(!client.is_closed and into.len > 0);
        client.read_calls += 1;
        if (client.is_broken) return error.Broken;
        if (client.wants_write) {
            if (client.room == 0) return error.WouldBlock;
            client.wants_write = false;
        }
        const rest = client.sent.items[client.sent_read..];
        if (rest.len == 0) return if (client.has_ended) 0 else error.WouldBlock;
        const size = client.reads.size(@min(rest.len, into.len));
        @memcpy(into[0..size], rest[0..size]);
        client.sent_read += size;
        return size;
    }

    fn write(handle: usize, vectors: []const transport_interface.Vector) transport_interface.Error!usize {
        const client = of(handle);
        assert(!client.is_closed and !client.is_finished);
        if (client.is_broken) return error.Broken;
        var total: usize = 0;
        for (vectors) |vector| total += vector.len;
        assert(total > 0);
        const most = @min(total, client.room);
        if (most == 0) return error.WouldBlock;
        const size = client.writes.size(most);
        client.room -= if (client.room == std.math.maxInt(usize)) 0 else size;
        var rest = size;
        for (vectors) |vector| {
            const part = @min(rest, vector.len);
            client.received.appendSlice(client.allocator, vector.base[0..part]) catch return error.Broken;
            rest -= part;
        }
        return size;
    }

    /// A socket reports what comes; what one call left behind is not reported again.
    fn hasBuffered(handle: usize) bool {
        const client = of(handle);
        return client.sent_read < client.sent.items.len or (client.has_ended and client.reads != .whole);
    }

    fn wantsWrite(handle: usize) bool {
        return of(handle).wants_write;
    }

    fn finish(handle: usize) void {
        const client = of(handle);
        assert(!client.is_closed and !client.is_finished);
        client.is_finished = true;
    }

    fn close(handle: usize, resets: bool) void {
        const client = of(handle);
        assert(!client.is_closed);
        client.is_closed = true;
        client.was_reset = resets;
    }
};
