//! A request body that its handler reads as it arrives; what it does not read holds back the client.

const Fault = @import("fault.zig").Fault;
const Pipe = @import("../memory/pipe.zig").Pipe;

pub const Inlet = struct {
    state: State = .none,
    pipe: Pipe = .{},
    /// Why it will not come to its end.
    fault: ?Fault = null,
    /// The handler has asked for it: a client that waits to be asked may send.
    is_asked: bool = false,
    /// The handler found nothing and waits for a record.
    reader_waits: bool = false,

    pub const State = enum(u8) {
        /// The body is handed over whole, with the request.
        none,
        /// The route wants it as it arrives.
        wanted,
        /// More is to come.
        open,
        /// All of it has come.
        whole,
        /// It ended before that.
        cut,
    };
};
