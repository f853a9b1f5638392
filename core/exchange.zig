//! One request that a handler answers, from the head until the answer is handed to the protocol.

const Body = @import("http/body.zig").Body;
const Buffer = @import("memory/buffer_pool.zig").Buffer;
const Connection = @import("net/connection.zig").Connection;
const Inlet = @import("http/inlet.zig").Inlet;
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
    /// By which its JSON body is checked; a handle that may be stale, 0 for none.
    schema: u32 = 0,
    /// The head, while the body is arriving.
    stash: ?*Buffer = null,
    body: Body = .{},
    /// The body, if the handler reads it as it arrives.
    inlet: Inlet = .{},
    /// An answer that waits for those before it.
    held: ?Held = null,
    /// An answer whose body comes in pieces.
    stream: Stream = .{},

    pub const Flags = packed struct(u32) {
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
        /// JavaScript was told, or is to be told, that the client has ended its side; once is enough.
        is_noticed: bool = false,
        /// Likewise, that it is gone.
        is_noticed_gone: bool = false,
        /// What it is to be told.
        tells_end: bool = false,
        tells_room: bool = false,
        tells_body: bool = false,
        /// In the list of those that have something to tell: the slot stays taken until it was there.
        is_listed: bool = false,
        /// Done with, but for that.
        is_released: bool = false,
        /// Nobody else has anything to say of a body that the schema refuses.
        refuses_alone: bool = false,
        /// JavaScript wants the values of its body beside the text.
        takes_values: bool = false,
        reserved: u16 = 0,
    };

    pub const Stream = struct {
        state: enum(u8) {
            none,
            /// The head waits for its turn.
            held,
            /// The head is out.
            open,
        } = .none,
        framing: enum(u8) { nothing, length, chunked, until_close } = .nothing,
        /// The connection ends with it.
        is_last: bool = false,
        /// Who writes waits for the connection to take more.
        wants_room: bool = false,
        /// Of a body with a length: what is still to come.
        remaining: u64 = 0,
    };

    pub const Held = struct {
        response: Response,
        /// What the response's headers and body point into.
        buffer: *Buffer,
    };
};
