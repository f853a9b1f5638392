//! One connection, whatever it speaks: a transport, what it has not taken or given yet, and its clock.

const std = @import("std");
const Buffer = @import("../memory/buffer_pool.zig").Buffer;
const Outgoing = @import("outgoing.zig").Outgoing;
const Peer = @import("socket.zig").Peer;
const Timer = @import("timer_wheel.zig").Timer;
const Transport = @import("transport.zig").Transport;

pub const Connection = struct {
    transport: Transport,
    /// Which server and which protocol it belongs to, for the runtime.
    server: u32,
    protocol: u8 = 0,
    state: State = .open,
    flags: Flags = .{},
    peer: Peer,
    /// The next in the queue of those that have something to read.
    next_ready: ?*Connection = null,
    /// The next in the list of those that are to be closed, or looked at, at the end of the turn.
    next_touched: ?*Connection = null,
    /// Among those that wait for room.
    waiting: std.DoublyLinkedList.Node = .{},
    /// Received bytes that wait for more, or for room: `start` to `end` of it count.
    carry: ?*Buffer = null,
    outgoing: Outgoing = .{},
    /// Of answers that wait for those before them.
    held_bytes: u64 = 0,
    timer: Timer = .{},
    /// When what is being waited for began, or last got ahead.
    read_since_ms: u64,
    write_since_ms: u64 = 0,
    /// How long a body and an answer of the route that is at work may go without progress.
    body_ms: u32,
    write_ms: u32,
    /// Read and thrown away since the last answer.
    lingered_bytes: u64 = 0,
    protocol_state: [128]u8 align(8) = undefined,

    pub const State = enum(u8) {
        open,
        /// The last answer is out; what the peer still sends is read and dropped, so that it gets to read the answer.
        lingering,
        closed,
    };

    pub const Flags = packed struct(u16) {
        /// The loop said that there is something, and it was not read to the end yet.
        readable: bool = false,
        is_ready: bool = false,
        is_touched: bool = false,
        /// The peer has ended its side.
        input_ended: bool = false,
        /// The end may have come without an event of its own: read on until it shows.
        end_expected: bool = false,
        /// Not read because something is full; `carry` may hold requests.
        is_stopped: bool = false,
        /// Not read because the process holds too many bytes.
        waits_for_room: bool = false,
        /// What it would send next has a body that must be kept.
        needs_body_room: bool = false,
        /// To be finished when all output is out.
        is_ending: bool = false,
        /// The peer may still be sending: a close would reset the connection and lose the answer.
        lingers: bool = false,
        /// Its server stops and all that had arrived by then was read: only a body that has begun is read on.
        is_parting: bool = false,
        /// Broken, or given up: closed at the end of the turn.
        is_failed: bool = false,
        /// Close with a reset.
        resets: bool = false,
        reserved: u3 = 0,
    };

    pub fn carriedBytes(connection: *const Connection) usize {
        const buffer = connection.carry orelse return 0;
        return buffer.end - buffer.start;
    }
};

comptime {
    // An idle connection is this and its share of the system's memory.
    std.debug.assert(@sizeOf(Connection) <= 512);
}
