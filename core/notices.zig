//! What JavaScript is told besides requests: clients that left, streams that may go on, servers that have drained.

const std = @import("std");
const abi = @import("abi.zig");
const limits = @import("limits.zig");
const links = @import("links.zig");
const Exchange = @import("exchange.zig").Exchange;
const Runtime = @import("runtime.zig").Runtime;
const Server = @import("server.zig").Server;

/// The client has ended its side, or is gone: JavaScript learns of it, once, if it wants to. Who writes a stream learns
/// of both, since a client that has only ended its side still reads.
pub fn client(runtime: *Runtime, exchange: *Exchange) void {
    const flags = &exchange.flags;
    if (!flags.is_watched or !flags.is_handed_over) return;
    const is_gone = exchange.connection == null and exchange.stream.state != .none;
    if (if (is_gone) flags.is_noticed_gone else flags.is_noticed) return;
    flags.is_noticed = true;
    flags.is_noticed_gone = is_gone;
    flags.tells_end = true;
    list(runtime, exchange);
}

/// Who writes a stream may go on.
pub fn room(runtime: *Runtime, exchange: *Exchange) void {
    exchange.flags.tells_room = true;
    list(runtime, exchange);
}

/// Who reads the body may go on: there is more, or an end.
pub fn body(runtime: *Runtime, exchange: *Exchange) void {
    if (!exchange.inlet.reader_waits) return;
    exchange.inlet.reader_waits = false;
    exchange.flags.tells_body = true;
    list(runtime, exchange);
}

fn list(runtime: *Runtime, exchange: *Exchange) void {
    if (exchange.flags.is_listed) return;
    exchange.flags.is_listed = true;
    exchange.next_noticed = runtime.noticed;
    runtime.noticed = exchange;
}

pub fn drained(runtime: *Runtime, server: *Server) void {
    server.is_drained_unseen = true;
    runtime.drained_unseen += 1;
}

/// Records of what happened outside of requests.
pub fn report(runtime: *Runtime) void {
    while (runtime.noticed) |exchange| {
        if (runtime.record_count + 3 > limits.records_max) return;
        runtime.noticed = exchange.next_noticed;
        exchange.flags.is_listed = false;
        if (exchange.flags.is_handed_over) {
            const handle = runtime.exchanges.handle(exchange);
            if (exchange.flags.tells_end) putNotice(runtime, .aborted, handle, @intFromBool(exchange.connection == null));
            if (exchange.flags.tells_room) putNotice(runtime, .roomy, handle, 0);
            if (exchange.flags.tells_body) putNotice(runtime, .body, handle, 0);
            exchange.flags.tells_end = false;
            exchange.flags.tells_room = false;
            exchange.flags.tells_body = false;
        } else if (exchange.flags.is_released) {
            runtime.exchanges.release(exchange);
        }
    }
    while (runtime.links_to_tell != null and runtime.record_count < limits.records_max) {
        putNotice(runtime, .link, links.popToTell(runtime) orelse break, 0);
    }
    if (runtime.drained_unseen == 0) return;
    var servers = runtime.servers.iterator();
    while (servers.next()) |server| {
        if (!server.is_drained_unseen) continue;
        if (runtime.record_count == limits.records_max) return;
        server.is_drained_unseen = false;
        runtime.drained_unseen -= 1;
        putNotice(runtime, .drained, 0, runtime.servers.handle(server));
    }
}

fn putNotice(runtime: *Runtime, kind: abi.RecordKind, exchange: u32, route: u32) void {
    var record: abi.Record = std.mem.zeroes(abi.Record);
    record.kind = kind;
    record.exchange = exchange;
    record.route = route;
    runtime.records[runtime.record_count] = record;
    runtime.record_count += 1;
}
