//! A second protocol, for tests: `id path` lines in, `id status body` lines out, in whatever order the handlers answer.
//!
//! It has the same host as HTTP/1.1, and its existence shows that order, CRLF and framing are nobody else's business.

const std = @import("std");
const assert = std.debug.assert;
const http1 = @import("../http/http1.zig");
const Fault = @import("../http/fault.zig").Fault;
const Parser = @import("../http/parser.zig").Parser;
const Response = @import("../http/response.zig").Response;

/// A server that speaks it has no more pipelined requests than this.
pub const pipelined_max = 6;

pub fn OutOfOrder(comptime Host: type) type {
    return struct {
        const Connection = Host.Connection;
        const Exchange = Host.Exchange;

        const State = struct {
            open: [pipelined_max]Entry = @splat(.{}),
            count: u32 = 0,
            has_ended: bool = false,
            is_done: bool = false,
        };

        const Entry = struct { exchange: ?*Exchange = null, id: u32 = 0 };

        pub fn open(connection: *Connection) void {
            stateOf(connection).* = .{};
        }

        pub fn close(host: *Host, connection: *Connection) void {
            const state = stateOf(connection);
            state.is_done = true;
            for (&state.open) |*entry| {
                if (entry.exchange) |exchange| host.abandon(exchange);
                entry.exchange = null;
            }
            state.count = 0;
        }

        pub fn receive(host: *Host, connection: *Connection, bytes: []u8) usize {
            const state = stateOf(connection);
            var at: usize = 0;
            while (!state.is_done) {
                const size = std.mem.findScalar(u8, bytes[at..], '\n') orelse return at;
                if (!host.hasRoom(connection, state.count)) return at;
                receiveLine(host, connection, state, bytes[at..][0..size]);
                at += size + 1;
            }
            return bytes.len;
        }

        fn receiveLine(host: *Host, connection: *Connection, state: *State, line: []u8) void {
            const space = std.mem.findScalar(u8, line, ' ') orelse return refuse(host, connection, .target_invalid);
            const id = std.fmt.parseInt(u32, line[0..space], 10) catch return refuse(host, connection, .target_invalid);
            const path: u32 = @intCast(space + 1);
            const path_bytes: u32 = @intCast(line.len - path);
            const parser: Parser = .{
                .target = path,
                .target_bytes = path_bytes,
                .path = path,
                .path_bytes = path_bytes,
                .position = @intCast(line.len),
            };
            const head: http1.Head = .{ .parser = &parser, .bytes = line.ptr, .slots = host.freeSlots() };
            switch (host.begin(connection, &head)) {
                .fault => |fault| refuse(host, connection, fault),
                .answer => |answer| write(host, connection, id, answer.response),
                .exchange => |exchange| {
                    for (&state.open) |*entry| {
                        if (entry.exchange != null) continue;
                        entry.* = .{ .exchange = exchange, .id = id };
                        break;
                    } else unreachable;
                    state.count += 1;
                    _ = host.commit(exchange, &head, line[0..0]);
                },
            }
        }

        pub fn respond(host: *Host, connection: *Connection, exchange: *Exchange, answer: *const Response) void {
            const state = stateOf(connection);
            for (&state.open) |*entry| {
                if (entry.exchange != exchange) continue;
                entry.exchange = null;
                state.count -= 1;
                write(host, connection, entry.id, answer);
                break;
            } else unreachable;
            host.releaseExchange(exchange);
            if (state.count == 0 and (state.has_ended or host.isLeaving(connection))) host.endAfterOutput(connection, .sends_no_more);
        }

        pub fn refuse(host: *Host, connection: *Connection, fault: Fault) void {
            write(host, connection, 0, &.{ .status = fault.status(), .body = fault.detail() });
            close(host, connection);
            host.endAfterOutput(connection, .may_send);
        }

        fn write(host: *Host, connection: *Connection, id: u32, answer: *const Response) void {
            host.countResponse(connection, answer.status);
            const out = host.reserve(connection, 32 + answer.body.len);
            const line = std.fmt.bufPrint(out, "{d} {d} {s}\n", .{ id, answer.status, answer.body }) catch unreachable;
            host.advance(connection, line.len);
        }

        pub fn ended(host: *Host, connection: *Connection) void {
            const state = stateOf(connection);
            state.has_ended = true;
            if (state.count == 0) return host.endAfterOutput(connection, .sends_no_more);
            noticeEnd(host, connection);
        }

        pub fn noticeEnd(host: *Host, connection: *Connection) void {
            for (&stateOf(connection).open) |*entry| if (entry.exchange) |exchange| host.notice(exchange);
        }

        pub fn waiting(connection: *const Connection, carried_bytes: usize) http1.Waiting {
            const state: *const State = @ptrCast(@alignCast(&connection.protocol_state));
            if (state.is_done) return .nothing;
            if (state.count > 0) return .answer;
            return if (carried_bytes > 0) .head else .request;
        }

        pub fn isIdle(connection: *const Connection) bool {
            const state: *const State = @ptrCast(@alignCast(&connection.protocol_state));
            return state.count == 0;
        }

        pub fn streamWrite(host: *Host, connection: *Connection, exchange: *Exchange, bytes: []const u8) bool {
            _ = .{ host, connection, exchange, bytes };
            return false;
        }

        pub fn directBytesMax(connection: *Connection, exchange: ?*const Exchange) ?usize {
            _ = .{ connection, exchange };
            return null;
        }

        pub fn receiveDirectly(host: *Host, connection: *Connection, bytes: []u8) http1.Direct {
            _ = .{ host, connection, bytes };
            unreachable;
        }

        pub fn tellReadable(host: *Host, connection: *Connection) void {
            _ = .{ host, connection };
        }

        pub fn bodyAsked(host: *Host, connection: *Connection, exchange: *Exchange) void {
            _ = .{ host, connection, exchange };
            unreachable;
        }

        pub fn streamEnd(host: *Host, connection: *Connection, exchange: *Exchange, is_whole: bool) void {
            _ = .{ exchange, is_whole };
            close(host, connection);
        }

        pub fn roomy(host: *Host, connection: *Connection) void {
            _ = .{ host, connection };
        }

        fn stateOf(connection: *Connection) *State {
            comptime assert(@sizeOf(State) <= @sizeOf(@TypeOf(connection.protocol_state)));
            return @ptrCast(@alignCast(&connection.protocol_state));
        }
    };
}
