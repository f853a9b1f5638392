//! How bytes come and go: the seam between connections and sockets, TLS or memory.

const socket = @import("socket.zig");

pub const Error = socket.TransferError;
pub const Vector = socket.Vector;

/// A value: a table of functions and what they work on. It may hold readable bytes that no event announces, and may
/// have to write before it can read.
pub const Transport = struct {
    table: *const Table,
    /// A descriptor or a pointer.
    handle: usize,

    pub const Table = struct {
        /// 0 at the end of the stream.
        read: *const fn (handle: usize, into: []u8) Error!usize,
        /// How many bytes were taken: fewer than all when there is no room for more.
        write: *const fn (handle: usize, vectors: []const Vector) Error!usize,
        /// There are bytes to read although no event may come for them.
        has_buffered: *const fn (handle: usize) bool,
        /// Reading goes on only when writing is possible.
        wants_write: *const fn (handle: usize) bool,
        /// Nothing more is written; the peer reads an end.
        finish: *const fn (handle: usize) void,
        /// `reset`: the peer learns that something is missing.
        close: *const fn (handle: usize, reset: bool) void,
    };

    pub fn read(transport: Transport, into: []u8) Error!usize {
        return transport.table.read(transport.handle, into);
    }

    pub fn write(transport: Transport, vectors: []const Vector) Error!usize {
        return transport.table.write(transport.handle, vectors);
    }

    pub fn hasBuffered(transport: Transport) bool {
        return transport.table.has_buffered(transport.handle);
    }

    pub fn wantsWrite(transport: Transport) bool {
        return transport.table.wants_write(transport.handle);
    }

    pub fn finish(transport: Transport) void {
        transport.table.finish(transport.handle);
    }

    pub fn close(transport: Transport, reset: bool) void {
        transport.table.close(transport.handle, reset);
    }

    /// Plain bytes over a socket.
    pub fn plain(fd: socket.Fd) Transport {
        return .{ .table = &Plain.table, .handle = @intCast(fd) };
    }
};

const Plain = struct {
    const table: Transport.Table = .{
        .read = read,
        .write = write,
        .has_buffered = never,
        .wants_write = never,
        .finish = finish,
        .close = close,
    };

    fn read(handle: usize, into: []u8) Error!usize {
        return socket.receive(@intCast(handle), into);
    }

    fn write(handle: usize, vectors: []const Vector) Error!usize {
        return socket.send(@intCast(handle), vectors);
    }

    fn never(_: usize) bool {
        return false;
    }

    fn finish(handle: usize) void {
        socket.finish(@intCast(handle));
    }

    fn close(handle: usize, reset: bool) void {
        if (reset) socket.reset(@intCast(handle)) else socket.close(@intCast(handle));
    }
};
