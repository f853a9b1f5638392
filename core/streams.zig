//! Bodies in pieces: those of answers as JavaScript writes them, those of requests as it reads them.

const std = @import("std");
const assert = std.debug.assert;
const abi = @import("abi.zig");
const intake = @import("intake.zig");
const limits = @import("limits.zig");
const output = @import("output.zig");
const Fault = @import("http/fault.zig").Fault;
const BodyRead = abi.BodyRead;
const Runtime = @import("runtime.zig").Runtime;

/// How much more a stream may write: 0 when it has to wait for the record that says so, negative when the client is gone.
const Credit = i64;

/// The head of an answer whose body comes in pieces.
pub fn begin(runtime: *Runtime, answer: *const abi.Response, headers: []const u8, bytes: ?u64) Credit {
    assert(headers.len <= limits.answer_header_bytes_max);
    runtime.catchUp();
    const exchange = runtime.exchanges.get(answer.exchange) orelse return -1;
    if (!exchange.flags.is_handed_over or exchange.stream.state != .none) return -1;
    exchange.flags.is_watched = true;
    const connection = exchange.connection orelse return -1;
    connection.write_ms = exchange.write_ms;
    runtime.protocols[connection.protocol].respond(runtime, connection, exchange, &.{
        .status = if (answer.status >= 200 and answer.status <= 999) answer.status else 500,
        .content_type = answer.content_type,
        .headers = headers,
        .close = answer.flags.close,
        .has_length = answer.flags.has_length,
        .stream = .{ .bytes = bytes },
    });
    runtime.finishCall();
    return credit(runtime, answer.exchange);
}

/// Nothing is sent when there is no credit, nor when it is more than the length that was promised.
pub fn write(runtime: *Runtime, handle: u32, bytes: []const u8) Credit {
    runtime.catchUp();
    const exchange = runtime.exchanges.get(handle) orelse return -1;
    const connection = exchange.connection orelse return -1;
    if (exchange.stream.state != .open) return 0;
    if (!runtime.protocols[connection.protocol].streamWrite(runtime, connection, exchange, bytes)) return -2;
    output.flush(runtime);
    // All is out, as nearly always: nothing else has changed.
    if (connection.outgoing.isEmpty() and !connection.flags.is_touched) return limits.unsent_bytes_high;
    runtime.finishCall();
    return credit(runtime, handle);
}

/// The exchange is over with it.
pub fn end(runtime: *Runtime, handle: u32, is_whole: bool) void {
    runtime.catchUp();
    const exchange = runtime.exchanges.get(handle) orelse return;
    if (!exchange.flags.is_handed_over or exchange.stream.state == .none) return;
    exchange.flags.is_handed_over = false;
    runtime.handed_over -= 1;
    const connection = exchange.connection orelse return runtime.releaseExchange(exchange);
    if (exchange.stream.state == .held) {
        // Its head is not out, and nobody will write what follows it.
        connection.flags.resets = true;
        runtime.fail(connection);
    } else {
        runtime.protocols[connection.protocol].streamEnd(runtime, connection, exchange, is_whole);
        runtime.afterAnswer(connection);
    }
    runtime.finishCall();
}

fn credit(runtime: *Runtime, handle: u32) Credit {
    const exchange = runtime.exchanges.get(handle) orelse return -1;
    const connection = exchange.connection orelse return -1;
    const unsent = connection.outgoing.bytes;
    if (exchange.stream.state == .open and unsent < limits.unsent_bytes_high) return @intCast(limits.unsent_bytes_high - unsent);
    exchange.stream.wants_room = true;
    return 0;
}

// --- Requests ---

/// How many bytes of a streamed body were put into `into`, or an `abi.BodyRead`. The caller polls afterwards.
pub fn readBody(runtime: *Runtime, handle: u32, into: []u8) i32 {
    runtime.catchUp();
    const exchange = runtime.exchanges.get(handle) orelse return @backingInt(BodyRead.gone);
    if (!exchange.flags.is_handed_over) return @backingInt(BodyRead.gone);
    const inlet = &exchange.inlet;
    if (exchange.connection) |connection| if (!inlet.is_asked) {
        inlet.is_asked = true;
        runtime.protocols[connection.protocol].bodyAsked(runtime, connection, exchange);
        runtime.finishCall();
    };
    var count = inlet.pipe.read(&runtime.buffers, into);
    if (inlet.state == .open) if (exchange.connection) |connection| {
        if (count == 0) count = intake.readDirectly(runtime, connection, exchange, into);
        const has_room = inlet.pipe.size() <= limits.pipe_bytes - limits.read_bytes;
        if (has_room and connection.flags.is_stopped) runtime.goOn(connection);
        runtime.sweep();
    };
    if (count > 0) return @intCast(count);
    return @backingInt(@as(BodyRead, switch (inlet.state) {
        .open => {
            inlet.reader_waits = true;
            return @backingInt(BodyRead.yet);
        },
        .cut => if (inlet.fault == null) .gone else .faulty,
        .none, .wanted, .whole => .whole,
    }));
}

/// What is wrong with a body; null when nothing is.
pub fn bodyFault(runtime: *Runtime, handle: u32) ?Fault {
    const exchange = runtime.exchanges.get(handle) orelse return null;
    return exchange.inlet.fault;
}
