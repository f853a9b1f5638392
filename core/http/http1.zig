//! HTTP/1.1 on one connection: heads and bodies in, answers out in the order of the requests.
//!
//! `Host` is who owns connections and exchanges, decides where a request goes, and has the rings. This file knows of
//! CRLF, framing and order, and nobody else does.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const parser = @import("parser.zig");
const Parser = parser.Parser;
const Slot = parser.Slot;
const Chunked = @import("chunked.zig").Chunked;
const Fault = @import("fault.zig").Fault;
const response = @import("response.zig");
const Response = response.Response;
const date = @import("date.zig");
const Buffer = @import("../memory/buffer_pool.zig").Buffer;

/// A complete head, where the host finds it.
pub const Head = struct {
    parser: *const Parser,
    /// The head's first byte, in the input ring.
    bytes: [*]u8,
    slots: [*]Slot,
};

/// What is to become of a request.
pub fn Verdict(comptime Exchange: type) type {
    return union(enum) {
        /// The core has the answer; a body is skipped, up to so many bytes.
        answer: struct { response: *const Response, body_bytes_max: u64 },
        /// A handler will answer; the body is collected.
        exchange: *Exchange,
        fault: Fault,
    };
}

/// Of bytes that were read to where a handler wants them: the body's, at the front, and all that were looked at.
pub const Direct = struct { data: usize, consumed: usize };

/// What became of a request whose body is complete.
pub const Commit = union(enum) {
    handed_over,
    /// By the core, which refuses the body.
    answered: *const Response,
    /// The batch is full.
    no_room,
};

/// What a connection is waiting for.
pub const Waiting = enum { request, head, body, answer, nothing };

pub fn Http1(comptime Host: type) type {
    return struct {
        const Connection = Host.Connection;
        const Exchange = Host.Exchange;

        pub const State = struct {
            phase: Phase = .head,
            /// Who gets the body that is arriving; null when it is skipped.
            current: ?*Exchange = null,
            /// Of a body with a length: what is still to come.
            remaining: u64 = 0,
            /// Of the body so far.
            received: u64 = 0,
            body_bytes_max: u64 = 0,
            chunked: Chunked = .{},
            /// A parser that stopped in the middle of a head, and its slots.
            partial: ?*Buffer = null,
            /// Requests that are not answered, oldest first.
            first: ?*Exchange = null,
            last: ?*Exchange = null,
            unanswered: u32 = 0,
        };

        const Phase = enum(u8) {
            head,
            length,
            chunked,
            /// The body is complete; the batch has no room for it yet.
            commit,
            /// Nothing that arrives from now on matters.
            done,
        };

        pub fn open(connection: *Connection) void {
            stateOf(connection).* = .{};
        }

        /// Releases what the state holds; exchanges that handlers still have lose their connection.
        pub fn close(host: *Host, connection: *Connection) void {
            const state = stateOf(connection);
            state.phase = .done;
            forgetPartial(host, state);
            while (state.first) |exchange| {
                popFirst(state);
                host.abandon(exchange);
            }
            state.current = null;
        }

        /// Takes bytes in; what is not consumed comes again, with more behind it. The byte behind is zero, and
        /// `limits.slack_bytes` follow.
        pub fn receive(host: *Host, connection: *Connection, bytes: []u8) usize {
            const state = stateOf(connection);
            var at: usize = 0;
            while (true) {
                switch (state.phase) {
                    .head => {
                        if (at == bytes.len) return at;
                        if (!host.hasRoom(connection, state.unanswered)) return at;
                        const taken = receiveHead(host, connection, state, bytes[at..]) orelse return at;
                        at += taken;
                    },
                    .length => {
                        const wanted = @min(state.remaining, bytes.len - at);
                        const size = roomFor(state, wanted);
                        if (!collect(host, connection, state, bytes[at..][0..size], state.received + state.remaining)) return bytes.len;
                        at += size;
                        state.remaining -= size;
                        if (size < wanted or state.remaining > 0) return at;
                        endBody(host, state);
                    },
                    .chunked => {
                        const room = state.body_bytes_max - state.received;
                        const size = roomFor(state, bytes.len - at);
                        const progress = state.chunked.decode(bytes[at..][0..size], room, host.chunkExtraBytesMax(connection));
                        if (!collect(host, connection, state, bytes[at..][0..progress.data], 0)) return bytes.len;
                        at += progress.consumed;
                        switch (progress.state) {
                            // What there was no room for may have some now: framing takes none.
                            .more => if (at == bytes.len or progress.consumed == 0) return at,
                            .done => endBody(host, state),
                            .faulty => |fault| {
                                if (fault != .body_too_large) host.countParseError(connection);
                                refuse(host, connection, fault);
                                return bytes.len;
                            },
                        }
                    },
                    .commit => {
                        const exchange = state.current.?;
                        const commit = host.commitStashed(exchange);
                        if (commit == .no_room) return at;
                        exchange.flags.is_whole = true;
                        state.current = null;
                        state.phase = if (exchange.flags.keep_alive) .head else .done;
                        if (commit == .answered) respond(host, connection, exchange, commit.answered);
                    },
                    .done => return bytes.len,
                }
            }
        }

        /// Null when the head is not complete.
        fn receiveHead(host: *Host, connection: *Connection, state: *State, bytes: []u8) ?usize {
            var head: Parser = .{};
            const slots = host.freeSlots();
            if (state.partial) |buffer| restorePartial(buffer, &head, slots);
            const outcome = host.parse(&head, bytes.ptr, @intCast(bytes.len), slots, host.headLimits(connection));
            switch (outcome) {
                .partial => {
                    savePartial(host, connection, state, &head, slots);
                    return null;
                },
                .faulty => {
                    host.countParseError(connection);
                    refuseAs(host, connection, head.fault, head.method == .head);
                    return bytes.len;
                },
                .complete => {},
            }
            forgetPartial(host, state);
            const rest = bytes[head.position..];
            if (wholeBody(&head, rest) == null and !host.hasRoomForBody(connection)) return null;
            const complete: Head = .{ .parser = &head, .bytes = bytes.ptr, .slots = slots };
            switch (host.begin(connection, &complete)) {
                .fault => |fault| refuseAs(host, connection, fault, head.method == .head),
                .answer => |answer| {
                    // The client may send the body that it announced or not, so nothing behind it can be understood.
                    const keep = head.keep_alive and !head.expects_continue;
                    if (keep) beginBody(state, &head, null, answer.body_bytes_max) else state.phase = .done;
                    answerFromCore(host, connection, state, .{
                        .is_head = head.method == .head,
                        .keep_alive = keep,
                        .is_http10 = head.minor_version == 0,
                        .is_whole = head.framing == .none,
                        .has_followers = rest.len > 0,
                    }, answer.response);
                },
                .exchange => |exchange| {
                    exchange.flags.is_head = head.method == .head;
                    exchange.flags.keep_alive = head.keep_alive;
                    exchange.flags.is_http10 = head.minor_version == 0;
                    push(state, exchange);
                    const max = exchange.body_bytes_max;
                    if (head.framing == .length and head.content_length > max) {
                        state.current = exchange;
                        refuse(host, connection, .body_too_large);
                    } else if (wholeBody(&head, rest)) |body| {
                        exchange.flags.is_whole = true;
                        const answer = host.commit(exchange, &complete, body);
                        state.phase = if (head.keep_alive) .head else .done;
                        if (answer) |refusal| respond(host, connection, exchange, refusal);
                        return head.position + body.len;
                    } else if (exchange.inlet.state == .wanted) {
                        exchange.inlet.state = .open;
                        exchange.flags.wants_continue = head.expects_continue;
                        const answer = host.commit(exchange, &complete, rest[0..0]);
                        assert(answer == null);
                        beginBody(state, &head, exchange, max);
                    } else if (host.stash(exchange, &complete)) {
                        beginBody(state, &head, exchange, max);
                        if (head.expects_continue and rest.len == 0) askForBody(host, connection, state, exchange);
                    } else {
                        state.current = exchange;
                        refuse(host, connection, .no_room);
                    }
                },
            }
            return head.position;
        }

        /// A body that needs no collecting: none, or one with a length that is all here.
        fn wholeBody(head: *const Parser, rest: []u8) ?[]u8 {
            return switch (head.framing) {
                .none => rest[0..0],
                .length => if (head.content_length <= rest.len and head.content_length <= limits.ring_body_bytes)
                    rest[0..@intCast(head.content_length)]
                else
                    null,
                .chunked => null,
            };
        }

        fn beginBody(state: *State, head: *const Parser, exchange: ?*Exchange, bytes_max: u64) void {
            state.current = exchange;
            state.received = 0;
            state.body_bytes_max = bytes_max;
            switch (head.framing) {
                .none => state.phase = .head,
                .length => {
                    state.phase = .length;
                    state.remaining = head.content_length;
                },
                .chunked => {
                    state.phase = .chunked;
                    state.chunked = .{};
                },
            }
        }

        /// False when the connection was given up.
        fn collect(host: *Host, connection: *Connection, state: *State, data: []const u8, expected: u64) bool {
            state.received += data.len;
            if (state.received > state.body_bytes_max) {
                refuse(host, connection, .body_too_large);
                return false;
            }
            const exchange = state.current orelse return true;
            // Who sends before being asked need not be asked.
            if (data.len > 0) exchange.flags.wants_continue = false;
            if (exchange.inlet.state == .open) return pour(host, connection, exchange, data);
            exchange.body.append(&host.buffers, data, expected) catch {
                refuse(host, connection, .no_room);
                return false;
            };
            return true;
        }

        /// How many of these bytes can be taken now: a handler that reads its body as it comes may be slow.
        fn roomFor(state: *const State, bytes: usize) usize {
            const exchange = state.current orelse return bytes;
            if (exchange.inlet.state != .open) return bytes;
            return @min(bytes, limits.pipe_bytes - exchange.inlet.pipe.size());
        }

        /// To the handler that reads the body as it comes. There is room: `roomFor` has said so.
        fn pour(host: *Host, connection: *Connection, exchange: *Exchange, data: []const u8) bool {
            const inlet = &exchange.inlet;
            const taken = inlet.pipe.write(&host.buffers, data) catch {
                refuse(host, connection, .no_room);
                return false;
            };
            assert(taken == data.len);
            // Not read on until there is room for all that a read may bring.
            if (inlet.pipe.size() > limits.pipe_bytes - limits.read_bytes) host.stopReading(connection);
            if (taken > 0) host.tellBody(exchange);
            return true;
        }

        fn endBody(host: *Host, state: *State) void {
            const exchange = state.current orelse {
                state.phase = .head;
                return;
            };
            if (exchange.inlet.state != .open) {
                state.phase = .commit;
                return;
            }
            exchange.inlet.state = .whole;
            exchange.flags.is_whole = true;
            state.current = null;
            state.phase = if (exchange.flags.keep_alive and !exchange.stream.is_last) .head else .done;
            host.tellBody(exchange);
        }

        /// How much of the body that is arriving may be read straight to where its handler wants it; null when no handler
        /// reads it as it comes.
        pub fn directBytesMax(connection: *Connection, exchange: ?*const Exchange) ?usize {
            const state = stateOf(connection);
            const current = state.current orelse return null;
            if (current.inlet.state != .open or (exchange != null and exchange != current)) return null;
            return switch (state.phase) {
                .length => @intCast(@min(state.remaining, std.math.maxInt(u32))),
                // What lies behind the body is carried to the next read.
                .chunked => limits.carry_bytes_max,
                .head, .commit, .done => null,
            };
        }

        /// What was read so, in its place.
        pub fn receiveDirectly(host: *Host, connection: *Connection, bytes: []u8) Direct {
            const state = stateOf(connection);
            const exchange = state.current.?;
            // What came before has been handed over: these bytes follow it.
            assert(exchange.inlet.pipe.size() == 0 and connection.carry == null);
            exchange.flags.wants_continue = false;
            if (state.phase == .length) {
                state.remaining -= bytes.len;
                state.received += bytes.len;
                if (state.remaining == 0) endBody(host, state);
                return .{ .data = bytes.len, .consumed = bytes.len };
            }
            const room = state.body_bytes_max - state.received;
            const progress = state.chunked.decode(bytes, room, host.chunkExtraBytesMax(connection));
            state.received += progress.data;
            switch (progress.state) {
                .more => {},
                .done => endBody(host, state),
                .faulty => |fault| {
                    if (fault != .body_too_large) host.countParseError(connection);
                    refuse(host, connection, fault);
                    return .{ .data = progress.data, .consumed = bytes.len };
                },
            }
            return .{ .data = progress.data, .consumed = progress.consumed };
        }

        /// Somebody may read the body that is arriving.
        pub fn tellReadable(host: *Host, connection: *Connection) void {
            if (stateOf(connection).current) |exchange| host.tellBody(exchange);
        }

        /// The rest of the body that is arriving will not come. Its handler learns of it where it reads, and answers.
        fn cutBody(host: *Host, state: *State, exchange: *Exchange, fault: Fault) void {
            assert(state.current == exchange and exchange.inlet.state == .open);
            state.current = null;
            exchange.flags.keep_alive = false;
            exchange.inlet.state = .cut;
            exchange.inlet.fault = fault;
            host.tellBody(exchange);
        }

        /// The handler reads the body that is arriving.
        pub fn bodyAsked(host: *Host, connection: *Connection, exchange: *Exchange) void {
            const state = stateOf(connection);
            const is_open = exchange.inlet.state == .open;
            if (is_open and exchange.flags.wants_continue) askForBody(host, connection, state, exchange);
        }

        /// An exchange is answered whose body is still arriving: nobody reads the rest. False when the connection must
        /// end with the answer, because the rest may be much, or may never come.
        fn skipBody(state: *State, exchange: *const Exchange) bool {
            if (state.current != exchange) return true;
            state.current = null;
            return state.phase == .length and state.remaining <= limits.linger_bytes and !exchange.flags.wants_continue;
        }

        /// `100 Continue`, as soon as everything before it is answered.
        fn askForBody(host: *Host, connection: *Connection, state: *State, exchange: *Exchange) void {
            if (state.first != exchange) {
                exchange.flags.wants_continue = true;
                return;
            }
            exchange.flags.wants_continue = false;
            const text = "HTTP/1.1 100 Continue\r\n\r\n";
            const out = host.reserve(connection, text.len);
            @memcpy(out[0..text.len], text);
            host.advance(connection, text.len);
            host.countResponse(connection, 100);
        }

        // --- Answers ---

        /// What of a request matters for the form of its answer.
        const Form = struct {
            is_head: bool = false,
            keep_alive: bool = false,
            is_http10: bool = false,
            /// The client has sent all of the request.
            is_whole: bool = false,
            /// Something came with it that was not looked at yet.
            has_followers: bool = false,
        };

        /// The answer to an exchange, now or when its turn has come. What it points at is copied if it must wait.
        pub fn respond(host: *Host, connection: *Connection, exchange: *Exchange, answer: *const Response) void {
            const state = stateOf(connection);
            if (state.first != exchange) return hold(host, connection, exchange, answer);
            answerFirst(host, connection, state, answer);
            answerHeld(host, connection, state);
        }

        fn answerFirst(host: *Host, connection: *Connection, state: *State, answer: *const Response) void {
            const exchange = state.first.?;
            if (answer.stream) |stream| return beginStream(host, connection, state, answer, stream.bytes);
            popFirst(state);
            const keeps = skipBody(state, exchange);
            emit(host, connection, state, .{
                .is_head = exchange.flags.is_head,
                .keep_alive = exchange.flags.keep_alive and keeps,
                .is_http10 = exchange.flags.is_http10,
                .is_whole = exchange.flags.is_whole,
            }, answer);
            host.releaseExchange(exchange);
        }

        /// Those whose answers only waited for the one before.
        fn answerHeld(host: *Host, connection: *Connection, state: *State) void {
            while (state.first) |exchange| {
                const held = exchange.held orelse {
                    const is_asked = exchange.inlet.state == .none or exchange.inlet.is_asked;
                    if (exchange.flags.wants_continue and is_asked) askForBody(host, connection, state, exchange);
                    return;
                };
                answerFirst(host, connection, state, &held.response);
                if (exchange.stream.state == .open and state.first == exchange) {
                    host.dropHeld(exchange);
                    return tellRoom(host, exchange);
                }
            }
        }

        fn hold(host: *Host, connection: *Connection, exchange: *Exchange, answer: *const Response) void {
            if (answer.stream != null) exchange.stream = .{ .state = .held, .wants_room = true };
            if (!host.hold(exchange, answer)) host.fail(connection);
        }

        fn answerFromCore(host: *Host, connection: *Connection, state: *State, form: Form, answer: *const Response) void {
            if (state.first == null) return emit(host, connection, state, form, answer);
            const exchange = host.acquireExchange(connection) orelse return host.fail(connection);
            exchange.flags = .{
                .is_head = form.is_head,
                .keep_alive = form.keep_alive,
                .is_http10 = form.is_http10,
                .is_whole = form.is_whole,
            };
            push(state, exchange);
            hold(host, connection, exchange, answer);
        }

        /// Says what is wrong, after everything before it, and ends the connection.
        pub fn refuse(host: *Host, connection: *Connection, fault: Fault) void {
            refuseAs(host, connection, fault, false);
        }

        /// A refusal of HEAD is a head, too, where its request line is known (RFC 9110, 9.3.2).
        fn refuseAs(host: *Host, connection: *Connection, fault: Fault, is_head: bool) void {
            const state = stateOf(connection);
            const is_answered = (state.phase == .length or state.phase == .chunked) and state.current == null;
            state.phase = .done;
            forgetPartial(host, state);
            if (is_answered) return endAfterLast(host, connection, state);
            const detail = fault.detail();
            var body: [256]u8 = undefined;
            var size: usize = 0;
            for ([_][]const u8{ "{\"detail\":\"", detail, "\"}" }) |part| {
                @memcpy(body[size..][0..part.len], part);
                size += part.len;
            }
            const answer: Response = .{
                .status = fault.status(),
                .content_type = .json,
                .body = body[0..size],
                .close = true,
            };
            if (state.current) |exchange| {
                if (exchange.inlet.state == .open) return cutBody(host, state, exchange, fault);
                state.current = null;
                return respond(host, connection, exchange, &answer);
            }
            answerFromCore(host, connection, state, .{ .is_head = is_head }, &answer);
        }

        /// What is wrong is in a body that nobody wanted: its request has an answer, so there is nothing to say.
        fn endAfterLast(host: *Host, connection: *Connection, state: *State) void {
            const last = state.last orelse return host.endAfterOutput(connection, .may_send);
            last.flags.keep_alive = false;
        }

        // --- Streams ---

        /// The head; the body follows by `streamWrite` and `streamEnd`.
        fn beginStream(host: *Host, connection: *Connection, state: *State, answer: *const Response, bytes: ?u64) void {
            const exchange = state.first.?;
            host.countResponse(connection, answer.status);
            const flags = exchange.flags;
            const has_no_body = response.hasNoBody(answer.status);
            const length: response.Length = if (answer.has_length)
                .given
            else if (has_no_body)
                .none
            else if (bytes) |known|
                .{ .known = known }
            else if (flags.is_http10)
                .until_close
            else
                .chunked;
            const is_last = answer.close or !flags.keep_alive or length == .until_close or
                (exchange.next == null and host.isLeaving(connection));
            exchange.stream = .{
                .state = .open,
                .framing = if (flags.is_head or has_no_body) .nothing else switch (length) {
                    .known => .length,
                    .chunked => .chunked,
                    .until_close => .until_close,
                    .none, .given => .nothing,
                },
                .is_last = is_last,
                .wants_room = exchange.stream.wants_room,
                .remaining = bytes orelse 0,
            };
            // Unless its own body is still arriving.
            if (is_last and state.current != exchange) state.phase = .done;
            const out = host.reserve(connection, response.bytesMax(answer.headers));
            const size = response.write(out, &.{
                .status = answer.status,
                .content_type = answer.content_type,
                .headers = answer.headers,
                .length = length,
                .persistence = if (is_last) .close else if (flags.is_http10) .keep_alive else .implied,
            }, host.date());
            host.advance(connection, size);
        }

        /// The next piece of a body. False when it is more than was promised: nothing of it is sent.
        pub fn streamWrite(host: *Host, connection: *Connection, exchange: *Exchange, bytes: []const u8) bool {
            const stream = &exchange.stream;
            assert(stream.state == .open and stateOf(connection).first == exchange);
            if (bytes.len == 0) return true;
            switch (stream.framing) {
                .nothing => return true,
                .length => {
                    if (bytes.len > stream.remaining) return false;
                    stream.remaining -= bytes.len;
                    sendPiece(host, connection, "", bytes, "");
                },
                .until_close => sendPiece(host, connection, "", bytes, ""),
                .chunked => {
                    var line: [18]u8 = undefined;
                    sendPiece(host, connection, sizeLine(&line, bytes.len), bytes, "\r\n");
                },
            }
            return true;
        }

        fn sizeLine(line: *[18]u8, size: usize) []const u8 {
            var start: usize = 16;
            line[16..18].* = "\r\n".*;
            var rest = size;
            while (rest > 0) : (rest >>= 4) {
                start -= 1;
                line[start] = "0123456789abcdef"[rest & 15];
            }
            return line[start..];
        }

        fn sendPiece(host: *Host, connection: *Connection, head: []const u8, bytes: []const u8, tail: []const u8) void {
            const is_inline = bytes.len <= limits.inline_body_bytes;
            const copied = head.len + if (is_inline) bytes.len + tail.len else 0;
            const out = host.reserve(connection, copied);
            @memcpy(out[0..head.len], head);
            if (is_inline) {
                @memcpy(out[head.len..][0..bytes.len], bytes);
                @memcpy(out[head.len + bytes.len ..][0..tail.len], tail);
            }
            host.advance(connection, copied);
            if (!is_inline) host.sendLarge(connection, bytes, tail);
        }

        /// The body is complete, or will never be: then the connection ends in a way that the client can tell.
        pub fn streamEnd(host: *Host, connection: *Connection, exchange: *Exchange, is_whole: bool) void {
            const state = stateOf(connection);
            const stream = exchange.stream;
            assert(stream.state == .open and state.first == exchange);
            const is_short = stream.framing == .length and stream.remaining > 0;
            if (stream.framing != .nothing and (!is_whole or is_short)) {
                // Where the end of the connection is the end of the body, only a reset says that there was more.
                connection.flags.resets = stream.framing == .until_close;
                popFirst(state);
                host.releaseExchange(exchange);
                close(host, connection);
                if (connection.flags.resets) return host.fail(connection);
                return host.endAfterOutput(connection, .may_send);
            }
            if (stream.framing == .chunked) sendPiece(host, connection, "0\r\n\r\n", "", "");
            popFirst(state);
            const keeps = skipBody(state, exchange);
            const is_end = stream.is_last or !keeps or !exchange.flags.keep_alive or (state.first == null and host.isLeaving(connection));
            const is_over = exchange.flags.is_whole and !exchange.flags.keep_alive;
            host.releaseExchange(exchange);
            if (!is_end) return answerHeld(host, connection, state);
            close(host, connection);
            host.endAfterOutput(connection, if (is_over) .sends_no_more else .may_send);
        }

        /// The connection takes more again.
        pub fn roomy(host: *Host, connection: *Connection) void {
            const exchange = stateOf(connection).first orelse return;
            if (exchange.stream.state == .open) tellRoom(host, exchange);
        }

        fn tellRoom(host: *Host, exchange: *Exchange) void {
            if (!exchange.stream.wants_room) return;
            exchange.stream.wants_room = false;
            host.tellRoom(exchange);
        }

        fn emit(host: *Host, connection: *Connection, state: *State, form: Form, answer: *const Response) void {
            host.countResponse(connection, answer.status);
            const is_end = answer.close or !form.keep_alive or
                (state.first == null and !form.has_followers and host.isLeaving(connection));
            const persistence: response.Persistence = if (is_end) .close else if (form.is_http10) .keep_alive else .implied;
            const has_no_body = response.hasNoBody(answer.status);
            const body = if (form.is_head or has_no_body) "" else answer.body;
            const is_inline = body.len <= limits.inline_body_bytes;
            const inline_bytes = if (is_inline) body.len else 0;

            var at: usize = 0;
            if (answer.prefix.len > 0 and persistence == .implied) {
                const out = host.reserve(connection, answer.prefix.len + date.text_bytes + 4 + inline_bytes);
                @memcpy(out[0..answer.prefix.len], answer.prefix);
                at = answer.prefix.len;
                out[at..][0..date.text_bytes].* = host.date().*;
                at += date.text_bytes;
                out[at..][0..4].* = "\r\n\r\n".*;
                at += 4;
                @memcpy(out[at..][0..inline_bytes], body[0..inline_bytes]);
            } else {
                const out = host.reserve(connection, response.bytesMax(answer.headers) + inline_bytes);
                at = response.write(out, &.{
                    .status = answer.status,
                    .content_type = answer.content_type,
                    .headers = answer.headers,
                    .length = if (answer.has_length) .given else if (has_no_body) .none else .{ .known = answer.body.len },
                    .persistence = persistence,
                }, host.date());
                @memcpy(out[at..][0..inline_bytes], body[0..inline_bytes]);
            }
            host.advance(connection, at + inline_bytes);
            if (!is_inline) host.sendLarge(connection, body, "");
            if (is_end) {
                state.phase = .done;
                // What was asked behind an answer that ends the connection gets none.
                close(host, connection);
                const is_over = form.is_whole and !form.keep_alive and !answer.close;
                host.endAfterOutput(connection, if (is_over) .sends_no_more else .may_send);
            }
        }

        // --- The peer's end, and time ---

        /// The peer sends nothing more. What it asked completely is still answered.
        pub fn ended(host: *Host, connection: *Connection) void {
            const state = stateOf(connection);
            forgetPartial(host, state);
            // A body that is complete was not at its end yet when the batch was full: it is looked at again first.
            assert(state.phase != .commit);
            if (state.current) |exchange| {
                if (exchange.inlet.state == .open) cutBody(host, state, exchange, .body_cut) else dropLast(host, state, exchange);
            }
            state.current = null;
            state.phase = .done;
            if (state.first == null) return host.endAfterOutput(connection, .sends_no_more);
            noticeEnd(host, connection);
        }

        pub fn noticeEnd(host: *Host, connection: *Connection) void {
            var next = stateOf(connection).first;
            while (next) |exchange| : (next = exchange.next) host.notice(exchange);
        }

        pub fn waiting(connection: *const Connection, carried_bytes: usize) Waiting {
            const state: *const State = @ptrCast(@alignCast(&connection.protocol_state));
            return switch (state.phase) {
                .head => if (state.partial != null and carried_bytes > 0) .head else if (state.first == null) .request else .answer,
                .length, .chunked => if (waitsForContinue(state) or waitsForReader(connection, state)) .answer else .body,
                .commit => .nothing,
                .done => if (state.first == null) .nothing else .answer,
            };
        }

        fn waitsForContinue(state: *const State) bool {
            const exchange = state.current orelse return false;
            return exchange.flags.wants_continue;
        }

        /// There is something, which the handler that reads the body has not fetched.
        fn waitsForReader(connection: *const Connection, state: *const State) bool {
            const exchange = state.current orelse return false;
            return exchange.inlet.state == .open and connection.flags.readable;
        }

        /// Nothing is being worked on: what is to come of the connection is only heads.
        pub fn isIdle(connection: *const Connection) bool {
            const state: *const State = @ptrCast(@alignCast(&connection.protocol_state));
            return state.first == null and state.current == null;
        }

        // --- Parts ---

        fn stateOf(connection: *Connection) *State {
            comptime assert(@sizeOf(State) <= @sizeOf(@TypeOf(connection.protocol_state)));
            return @ptrCast(@alignCast(&connection.protocol_state));
        }

        fn push(state: *State, exchange: *Exchange) void {
            exchange.next = null;
            if (state.last) |last| last.next = exchange else state.first = exchange;
            state.last = exchange;
            state.unanswered += 1;
        }

        fn popFirst(state: *State) void {
            const exchange = state.first.?;
            state.first = exchange.next;
            if (state.first == null) state.last = null;
            state.unanswered -= 1;
        }

        /// The last exchange, which no handler has seen.
        fn dropLast(host: *Host, state: *State, exchange: *Exchange) void {
            assert(state.last == exchange);
            var before: ?*Exchange = null;
            var next = state.first;
            while (next != exchange) : (next = next.?.next) before = next;
            if (before) |other| other.next = null else state.first = null;
            state.last = before;
            state.unanswered -= 1;
            host.releaseExchange(exchange);
        }

        fn savePartial(host: *Host, connection: *Connection, state: *State, head: *const Parser, slots: [*]const Slot) void {
            const slots_max = host.headLimits(connection).headers;
            const buffer = state.partial orelse host.buffers.acquire(@sizeOf(Parser) + slots_max * @sizeOf(Slot)) catch {
                return refuse(host, connection, .no_room);
            };
            state.partial = buffer;
            const bytes = buffer.bytes();
            @memcpy(bytes[0..@sizeOf(Parser)], std.mem.asBytes(head));
            const slot_bytes = std.mem.sliceAsBytes(slots[0..head.header_count]);
            @memcpy(bytes[@sizeOf(Parser)..][0..slot_bytes.len], slot_bytes);
        }

        fn restorePartial(buffer: *Buffer, head: *Parser, slots: [*]Slot) void {
            const bytes = buffer.bytes();
            @memcpy(std.mem.asBytes(head), bytes[0..@sizeOf(Parser)]);
            const slot_bytes = std.mem.sliceAsBytes(slots[0..head.header_count]);
            @memcpy(slot_bytes, bytes[@sizeOf(Parser)..][0..slot_bytes.len]);
        }

        fn forgetPartial(host: *Host, state: *State) void {
            if (state.partial) |buffer| host.buffers.release(buffer);
            state.partial = null;
        }
    };
}
