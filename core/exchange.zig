//! One request that a handler answers, from the head until the answer is handed to the protocol.

const std = @import("std");
const Body = @import("http/body.zig").Body;
const Buffer = @import("memory/buffer_pool.zig").Buffer;
const Connection = @import("net/connection.zig").Connection;
const Response = @import("http/response.zig").Response;

pub const Exchange = struct {
    /// Null when it is gone; the handler's answer then goes nowhere.
    connection: ?*Connection,
    /// The next request of the connection.
    next: ?*Exchange = null,
    /// The next of those that JavaScript is to be told about.
    next_noticed: ?*Exchange = null,
    route: u32 = 0,
    flags: Flags = .{},
    body_bytes_max: u64 = 0,
    write_ms: u32 = 0,
    /// The head, while the body is arriving.
    stash: ?*Buffer = null,
    body: Body = .{},
    /// An answer that waits for those before it.
    held: ?Held = null,

    pub const Flags = packed struct(u16) {
        is_head: bool = false,
        keep_alive: bool = true,
        is_http10: bool = false,
        /// All of the request was received.
        is_whole: bool = false,
        /// `100 Continue` is to be sent when everything before it is answered.
        wants_continue: bool = false,
        /// A record of it went to JavaScript, which will answer: until then the slot stays taken.
        is_handed_over: bool = false,
        /// JavaScript wants to know when the client goes away.
        is_watched: bool = false,
        /// It was told, or waits in the list of those who are to be told; once is enough.
        is_noticed: bool = false,
        /// In that list: the slot stays taken until it was there.
        is_listed: bool = false,
        /// Done with, but for that.
        is_released: bool = false,
        reserved: u6 = 0,
    };

    pub const Held = struct {
        response: Response,
        /// What the response's headers and body point into.
        buffer: *Buffer,
    };
};
