//! Answers on their way to sockets: one run of bytes for one connection at a time, sent when another one's turn comes.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("limits.zig");
const pages = @import("memory/pages.zig");
const transport_interface = @import("net/transport.zig");
const Connection = @import("net/connection.zig").Connection;
const Runtime = @import("runtime.zig").Runtime;

pub const Outbox = struct {
    memory: pages.Region,
    used: usize = 0,
    /// Whose bytes these are.
    owner: ?*Connection = null,

    pub fn init() error{OutOfMemory}!Outbox {
        return .{ .memory = try pages.reserve(limits.outbox_bytes) };
    }

    pub fn deinit(outbox: *Outbox) void {
        pages.release(outbox.memory);
    }
};

/// Room for `bytes` more of this connection's run; `advance` says how many were used.
pub fn reserve(runtime: *Runtime, connection: *Connection, bytes: usize) []u8 {
    const outbox = &runtime.outbox;
    if (outbox.owner != connection or outbox.used + bytes > outbox.memory.len) {
        flush(runtime);
        outbox.owner = connection;
        assert(bytes <= outbox.memory.len);
    }
    return outbox.memory[outbox.used..];
}

pub fn advance(runtime: *Runtime, connection: *Connection, bytes: usize) void {
    const outbox = &runtime.outbox;
    assert(outbox.owner == connection);
    outbox.used += bytes;
    assert(outbox.used <= outbox.memory.len);
}

/// Sends the run, behind it bytes that are not copied, and a tail.
pub fn sendLarge(runtime: *Runtime, connection: *Connection, bytes: []const u8, tail: []const u8) void {
    const outbox = &runtime.outbox;
    assert(outbox.owner == connection);
    send(runtime, connection, .{ outbox.memory[0..outbox.used], bytes, tail });
    outbox.used = 0;
}

pub fn flush(runtime: *Runtime) void {
    const outbox = &runtime.outbox;
    const owner = outbox.owner orelse return;
    if (outbox.used > 0) send(runtime, owner, .{ outbox.memory[0..outbox.used], "", "" });
    outbox.used = 0;
    outbox.owner = null;
}

fn send(runtime: *Runtime, connection: *Connection, parts: [3][]const u8) void {
    if (connection.flags.is_failed or connection.state != .open) return;
    var vectors: [parts.len]transport_interface.Vector = undefined;
    var count: usize = 0;
    var total: usize = 0;
    for (parts) |part| {
        if (part.len == 0) continue;
        vectors[count] = .{ .base = part.ptr, .len = part.len };
        count += 1;
        total += part.len;
    }
    runtime.serverOf(connection).stats.bytes_out += total;
    var written: usize = 0;
    if (connection.outgoing.isEmpty()) {
        written = connection.transport.write(vectors[0..count]) catch |err| switch (err) {
            error.WouldBlock => 0,
            error.Broken => return runtime.fail(connection),
        };
        if (written == total) return;
        connection.write_since_ms = runtime.now_ms;
    }
    for (parts) |part| {
        const skipped = @min(written, part.len);
        written -= skipped;
        keep(runtime, connection, part[skipped..]);
    }
    runtime.armTimer(connection);
}

fn keep(runtime: *Runtime, connection: *Connection, rest: []const u8) void {
    if (rest.len == 0 or connection.flags.is_failed) return;
    // One answer may go beyond the bound, however large it is; a second may not.
    const is_full = runtime.buffers.budget.heldBytes() >= runtime.serverOf(connection).buffered_bytes_max;
    const kept = if (is_full) error.OutOfMemory else connection.outgoing.append(&runtime.buffers, rest);
    kept catch {
        // Half an answer must not look like a whole one.
        connection.flags.resets = true;
        runtime.fail(connection);
    };
}

/// The socket takes bytes again.
pub fn resumeWriting(runtime: *Runtime, connection: *Connection) void {
    const before = connection.outgoing.bytes;
    const is_empty = connection.outgoing.flush(&runtime.buffers, connection.transport) catch return runtime.fail(connection);
    if (connection.outgoing.bytes < before) connection.write_since_ms = runtime.now_ms;
    if (connection.outgoing.bytes <= limits.unsent_bytes_low) runtime.protocols[connection.protocol].roomy(runtime, connection);
    if (is_empty) {
        runtime.progress(connection);
        if (connection.flags.is_ending) runtime.touch(connection);
        // It was not read while so much was unsent.
        if (connection.flags.is_stopped) runtime.goOn(connection);
    }
    runtime.armTimer(connection);
}
