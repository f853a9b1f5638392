//! One per JavaScript heap: the loop, the connections, the rings, and the servers that share them.
//!
//! A batch is what one `poll` found. Its bytes, slots and records are valid until the next `poll`; answers go through
//! `flush`. Nothing here is for several threads but the bell's sleeper.

const std = @import("std");
const builtin = @import("builtin");
const assert = std.debug.assert;
const abi = @import("abi.zig");
const deadlines = @import("deadlines.zig");
const limits = @import("limits.zig");
const intake = @import("intake.zig");
const links = @import("links.zig");
const notices = @import("notices.zig");
const output = @import("output.zig");
const cpu = @import("http/cpu.zig");
const http1_protocol = @import("http/http1.zig");
const parser = @import("http/parser.zig");
const response = @import("http/response.zig");
const schemas = @import("schemas.zig");
const socket = @import("net/socket.zig");
const loop_interface = @import("net/loop.zig");
const budget = @import("memory/budget.zig");
const pages = @import("memory/pages.zig");
const BufferPool = @import("memory/buffer_pool.zig").BufferPool;
const SlotPool = @import("memory/slot_pool.zig").SlotPool;
const Date = @import("http/date.zig").Date;
const Pace = @import("pace.zig").Pace;
const Programs = @import("programs.zig").Programs;
const Wait = @import("pace.zig").Wait;
const Response = response.Response;
const Server = @import("server.zig").Server;
const TimerWheel = @import("net/timer_wheel.zig").TimerWheel;

pub const Connections = SlotPool(Runtime.Connection, 20);
pub const Exchanges = SlotPool(Runtime.Exchange, 20);
pub const Servers = SlotPool(Server, 10);
pub const Links = SlotPool(links.Link, 16);

/// The seam between connections and what is spoken on them; a connection keeps an index into `protocols`.
pub const Protocol = struct {
    open: *const fn (*Runtime.Connection) void,
    /// Takes bytes in, returns how many are done with.
    receive: *const fn (*Runtime, *Runtime.Connection, []u8) usize,
    respond: *const fn (*Runtime, *Runtime.Connection, *Runtime.Exchange, *const Response) void,
    refuse: *const fn (*Runtime, *Runtime.Connection, @import("http/fault.zig").Fault) void,
    /// The peer has ended its side and all that it sent was received.
    ended: *const fn (*Runtime, *Runtime.Connection) void,
    /// The peer has ended its side; not all that it sent may have been received yet.
    noticeEnd: *const fn (*Runtime, *Runtime.Connection) void,
    close: *const fn (*Runtime, *Runtime.Connection) void,
    waiting: *const fn (*const Runtime.Connection, usize) http1_protocol.Waiting,
    isIdle: *const fn (*const Runtime.Connection) bool,
    streamWrite: *const fn (*Runtime, *Runtime.Connection, *Runtime.Exchange, []const u8) bool,
    streamEnd: *const fn (*Runtime, *Runtime.Connection, *Runtime.Exchange, bool) void,
    /// The handler reads the body that is arriving.
    bodyAsked: *const fn (*Runtime, *Runtime.Connection, *Runtime.Exchange) void,
    directBytesMax: *const fn (*Runtime.Connection, ?*const Runtime.Exchange) ?usize,
    receiveDirectly: *const fn (*Runtime, *Runtime.Connection, []u8) http1_protocol.Direct,
    tellReadable: *const fn (*Runtime, *Runtime.Connection) void,
    /// What the connection has not sent is little again.
    roomy: *const fn (*Runtime, *Runtime.Connection) void,

    pub fn of(comptime Implementation: type) Protocol {
        return .{
            .open = Implementation.open,
            .receive = Implementation.receive,
            .respond = Implementation.respond,
            .refuse = Implementation.refuse,
            .ended = Implementation.ended,
            .noticeEnd = Implementation.noticeEnd,
            .close = Implementation.close,
            .waiting = Implementation.waiting,
            .isIdle = Implementation.isIdle,
            .streamWrite = Implementation.streamWrite,
            .streamEnd = Implementation.streamEnd,
            .bodyAsked = Implementation.bodyAsked,
            .directBytesMax = Implementation.directBytesMax,
            .receiveDirectly = Implementation.receiveDirectly,
            .tellReadable = Implementation.tellReadable,
            .roomy = Implementation.roomy,
        };
    }
};

const http1: Protocol = .of(http1_protocol.Http1(Runtime));

/// Where there is a clock that is read without asking the hardware, it is good enough for a date.
const date_clock: std.c.clockid_t = if (builtin.os.tag == .linux) .REALTIME_COARSE else .REALTIME;

/// What a token of the loop stands for.
pub const Token = packed struct(u64) {
    handle: u32,
    kind: enum(u32) { listener, connection, _ },

    pub fn of(kind: @FieldType(Token, "kind"), handle: u32) u64 {
        return @bitCast(Token{ .handle = handle, .kind = kind });
    }
};

pub const Runtime = struct {
    // Named for protocols.
    pub const Connection = @import("net/connection.zig").Connection;
    pub const Exchange = @import("exchange.zig").Exchange;

    allocator: std.mem.Allocator,
    loop: loop_interface.Loop,
    bell: loop_interface.Bell,
    /// What rings in JavaScript, with the thread that sleeps; opaque here.
    doorbell: ?*anyopaque = null,
    protocols: []const Protocol = &.{http1},

    connections: Connections,
    exchanges: Exchanges,
    servers: Servers,
    links: Links,
    schemas: Programs,
    /// With the first schema.
    desk: ?schemas.Desk = null,
    buffers: BufferPool,
    wheel: TimerWheel,
    /// When the loop's timer goes off; null when it is not set.
    timer_at_ns: ?u64 = null,
    /// JavaScript waits for the bell.
    is_asleep: bool = false,
    /// So many waits in a row may have left events unreported.
    turns_behind: u32 = 0,
    connections_max: u32,

    // --- Shared with JavaScript ---
    memory: pages.Region,
    input: [*]u8,
    table: [*]u32,
    values: [*]u64,
    records: [*]abi.Record,
    output: [*]u8,
    responses: [*]abi.Response,

    // --- The batch ---
    input_used: u32 = 0,
    table_used: u32 = 0,
    values_used: u32 = 0,
    record_count: u32 = 0,
    batch_is_full: bool = false,
    /// Between `begin` and `commit` or `stash` of one request.
    begun: intake.Begun = undefined,

    // --- Lists, through the connections ---
    ready_first: ?*Connection = null,
    ready_last: ?*Connection = null,
    touched: ?*Connection = null,
    /// Connections that wait for exchanges or for bytes of the process, and when they try again.
    waiting: std.DoublyLinkedList = .{},
    room_retry_at_ms: u64 = std.math.maxInt(u64),
    /// The connection whose body may use the last of the room; a handle that may be stale.
    finishing: u32 = Connections.none,
    /// Some server left connections waiting because of a bound.
    accept_waits: bool = false,
    /// Those can be accepted now, or at that time.
    accept_again: bool = false,
    accept_retry_at_ms: u64 = std.math.maxInt(u64),
    drained_unseen: u32 = 0,
    scratch: intake.Scratch = .{},
    /// Exchanges whose clients are gone, for JavaScript to learn of.
    noticed: ?*Exchange = null,
    /// Connections in memory whose clients wait, and need not any more.
    links_to_tell: ?*links.Link = null,

    outbox: output.Outbox,
    parse_function: *const cpu.Parse,
    pace: Pace = .{},
    now_ns: u64 = 0,
    now_ms: u64 = 0,
    /// What this runtime's clock is ahead of the loop's: tests let time pass with it.
    clock_ahead_ns: u64 = 0,
    clock_date: Date = .{},
    /// Handlers in JavaScript have so many exchanges.
    handed_over: u32 = 0,
    yielded_at_ns: ?u64 = null,

    pub const OpenError = error{ OutOfMemory, DescriptorsExhausted, SystemFailed };

    pub fn open(allocator: std.mem.Allocator) OpenError!*Runtime {
        const runtime = try allocator.create(Runtime);
        errdefer allocator.destroy(runtime);
        var loop: loop_interface.Loop = try .init();
        errdefer loop.deinit();
        var bell: loop_interface.Bell = try .init(&loop);
        errdefer bell.deinit();
        var connections: Connections = try .init(limits.connections_max - 1);
        errdefer connections.deinit();
        var exchanges: Exchanges = try .init(limits.exchanges_max);
        errdefer exchanges.deinit();
        var servers: Servers = try .init(limits.servers_max);
        errdefer servers.deinit();
        var link_slots: Links = try .init(limits.links_max);
        errdefer link_slots.deinit();
        var programs: Programs = try .init();
        errdefer programs.deinit();
        const memory = try pages.reserve(Layout.total);
        errdefer pages.release(memory);
        const outbox: output.Outbox = try .init();
        const now_ns = loop.nowNs();
        const descriptors = socket.raiseDescriptorLimit();
        runtime.* = .{
            .allocator = allocator,
            .loop = loop,
            .bell = bell,
            .connections = connections,
            .exchanges = exchanges,
            .servers = servers,
            .links = link_slots,
            .schemas = programs,
            .buffers = .init(allocator, &budget.process),
            .wheel = .init(now_ns / std.time.ns_per_ms),
            .connections_max = @intCast(@min(descriptors -| limits.descriptors_reserved, limits.connections_max - 1)),
            .memory = memory,
            .input = memory.ptr + Layout.input,
            .table = @ptrCast(@alignCast(memory.ptr + Layout.table)),
            .values = @ptrCast(@alignCast(memory.ptr + Layout.values)),
            .records = @ptrCast(@alignCast(memory.ptr + Layout.records)),
            .output = memory.ptr + Layout.output,
            .responses = @ptrCast(@alignCast(memory.ptr + Layout.responses)),
            .outbox = outbox,
            .parse_function = cpu.parse(),
        };
        runtime.updateClock();
        return runtime;
    }

    const Layout = struct {
        const input = 0;
        const table = after(input, limits.input_bytes + limits.slack_bytes);
        const values = after(table, limits.table_words * 4);
        const records = after(values, limits.values_words * 8);
        const output = after(records, limits.records_max * @sizeOf(abi.Record));
        const responses = after(Layout.output, limits.output_bytes + limits.slack_bytes);
        const total = after(responses, limits.responses_max * @sizeOf(abi.Response));

        fn after(start: usize, bytes: usize) usize {
            return std.mem.alignForward(usize, start + bytes, 4096);
        }
    };

    pub fn close(runtime: *Runtime) void {
        runtime.sweep();
        var connections = runtime.connections.iterator();
        while (connections.next()) |connection| if (connection.state != .closed) runtime.closeConnection(connection);
        var servers = runtime.servers.iterator();
        while (servers.next()) |server| server.deinit(runtime.allocator);
        var exchanges = runtime.exchanges.iterator();
        while (exchanges.next()) |exchange| runtime.releaseExchange(exchange);
        links.dropAll(runtime);
        runtime.outbox.deinit();
        pages.release(runtime.memory);
        runtime.buffers.deinit();
        if (runtime.desk) |*desk| desk.close(runtime.allocator);
        runtime.schemas.deinit();
        runtime.links.deinit();
        runtime.servers.deinit();
        runtime.exchanges.deinit();
        runtime.connections.deinit();
        runtime.bell.deinit();
        runtime.loop.deinit();
        runtime.allocator.destroy(runtime);
    }

    pub fn views(runtime: *const Runtime) abi.Views {
        return .{
            .runtime = @intFromPtr(runtime),
            .input = @intFromPtr(runtime.input),
            .table = @intFromPtr(runtime.table),
            .values = @intFromPtr(runtime.values),
            .records = @intFromPtr(runtime.records),
            .output = @intFromPtr(runtime.output),
            .responses = @intFromPtr(runtime.responses),
            .bytes_free = 0,
        };
    }

    // --- The turn ---

    /// The next batch's number of records, or an `abi.Poll`. With `is_busy` it may look again, but does not doze.
    pub fn poll(runtime: *Runtime, is_busy: bool) i32 {
        runtime.input_used = 0;
        runtime.table_used = 0;
        runtime.values_used = 0;
        runtime.record_count = 0;
        runtime.is_asleep = false;
        runtime.updateClock();
        const turn_started_ns = runtime.now_ns;
        if (runtime.yielded_at_ns) |at| {
            runtime.pace.turned(turn_started_ns - at);
            runtime.yielded_at_ns = null;
        }
        notices.report(runtime);
        const has_work = runtime.record_count > 0 or runtime.ready_first != null or runtime.accept_again;
        var doze_ns: u64 = if (has_work) 0 else runtime.pace.first(runtime.now_ns, is_busy);
        return while (true) {
            const is_lively = runtime.turn(doze_ns);
            doze_ns = 0;
            if (runtime.record_count == 0) notices.report(runtime);
            if (runtime.record_count > 0) {
                runtime.pace.busy(runtime.now_ns);
                break @intCast(runtime.record_count);
            }
            runtime.input_used = 0;
            runtime.table_used = 0;
            runtime.values_used = 0;
            if (is_lively) runtime.pace.busy(runtime.now_ns);
            if (runtime.now_ns - turn_started_ns > limits.turn_us_max * std.time.ns_per_us) {
                runtime.yielded_at_ns = runtime.now_ns;
                break @backingInt(abi.Poll.yield);
            }
            if (is_lively or runtime.ready_first != null or runtime.accept_again) continue;
            if (runtime.connections.in_use == 0 and !runtime.isListening()) break @backingInt(abi.Poll.idle);
            const wait: Wait = runtime.pace.idle(runtime.now_ns, is_busy);
            switch (wait) {
                .look => std.atomic.spinLoopHint(),
                .doze => |ns| doze_ns = ns,
                .yield => {
                    runtime.yielded_at_ns = runtime.now_ns;
                    break @backingInt(abi.Poll.yield);
                },
                .sleep => {
                    runtime.is_asleep = true;
                    deadlines.setTimer(runtime);
                    runtime.bell.arm();
                    break @backingInt(abi.Poll.asleep);
                },
            }
        };
    }

    /// Looks once, for up to `wait_ns`, and does what there is to do. False when there was nothing.
    fn turn(runtime: *Runtime, wait_ns: u64) bool {
        var events: [limits.events_per_wait]loop_interface.Event = undefined;
        const arrived = runtime.loop.wait(&events, deadlines.timeout(runtime, wait_ns));
        runtime.updateClock();
        var has_work = false;
        for (arrived) |*event| {
            has_work = has_work or event.token != loop_interface.Loop.timer_token;
            runtime.take(event);
        }
        if (runtime.accept_again or runtime.now_ms >= runtime.accept_retry_at_ms) intake.acceptWaiting(runtime);
        if (runtime.now_ms >= runtime.room_retry_at_ms) intake.retryWaiting(runtime);
        has_work = has_work or runtime.ready_first != null;
        if (has_work) intake.readAll(runtime);
        // What is sent later arms the timer of its connection, which must not be one of those that fire.
        output.flush(runtime);
        if (runtime.hasSeenAll(arrived.len == events.len)) deadlines.fire(runtime);
        output.flush(runtime);
        runtime.sweep();
        return has_work;
    }

    /// Timers fire after reading: what arrived while JavaScript was busy has arrived in time. When more arrived than one
    /// wait reports, that takes several turns, but no more than there are connections to report.
    fn hasSeenAll(runtime: *Runtime, is_more: bool) bool {
        runtime.turns_behind = if (is_more) runtime.turns_behind + 1 else 0;
        if (runtime.turns_behind * limits.events_per_wait > runtime.connections.in_use + limits.events_per_wait) runtime.turns_behind = 0;
        return runtime.turns_behind == 0;
    }

    /// An event of the loop, or of a transport that the loop does not know of.
    pub fn take(runtime: *Runtime, event: *const loop_interface.Event) void {
        if (event.token == loop_interface.Loop.timer_token) {
            runtime.timer_at_ns = null;
            return;
        }
        const token: Token = @bitCast(event.token);
        switch (token.kind) {
            .listener => if (runtime.servers.get(token.handle)) |server| intake.acceptAll(runtime, server),
            .connection => {
                const connection = runtime.connections.get(token.handle) orelse return;
                if (connection.state == .closed) return;
                if (event.broken) return runtime.fail(connection);
                if (event.writable and !connection.outgoing.isEmpty()) output.resumeWriting(runtime, connection);
                if (connection.flags.input_ended) return;
                if (event.ended) {
                    connection.flags.end_expected = true;
                    // Also when what it sent before can't be read yet, because its handlers wait for just this.
                    runtime.protocols[connection.protocol].noticeEnd(runtime, connection);
                }
                if (event.readable or (event.writable and connection.transport.wantsWrite())) {
                    connection.flags.readable = true;
                    runtime.makeReady(connection);
                }
            },
            _ => {},
        }
    }

    fn updateClock(runtime: *Runtime) void {
        runtime.now_ns = runtime.clockNs();
        runtime.now_ms = runtime.now_ns / std.time.ns_per_ms;
        var time: std.c.timespec = undefined;
        if (std.c.clock_gettime(date_clock, &time) == 0) runtime.clock_date.update(time.sec);
    }

    /// While it is asleep no poll sees to the clock: what is done then would count as done when it fell asleep.
    pub fn catchUp(runtime: *Runtime) void {
        if (runtime.is_asleep) runtime.updateClock();
    }

    pub fn clockNs(runtime: *const Runtime) u64 {
        return runtime.loop.nowNs() + runtime.clock_ahead_ns;
    }

    /// Of this moment, made at most once a second.
    pub fn date(runtime: *Runtime) *const [@import("http/date.zig").text_bytes]u8 {
        return &runtime.clock_date.text;
    }

    // --- Answers ---

    /// Sends the first `count` answers that JavaScript wrote. True when there is more to poll at once.
    pub fn flush(runtime: *Runtime, count: u32) bool {
        assert(count <= limits.responses_max);
        runtime.catchUp();
        for (runtime.responses[0..count]) |*answer| {
            const headers = sliceOf(runtime, answer.headers, answer.headers_bytes);
            const body = sliceOf(runtime, answer.body, answer.body_bytes);
            runtime.respond(answer, headers, body);
        }
        output.flush(runtime);
        runtime.sweep();
        runtime.stir();
        return runtime.hasWork();
    }

    /// There is something to do that no socket will report.
    fn hasWork(runtime: *const Runtime) bool {
        return runtime.ready_first != null or runtime.noticed != null or runtime.links_to_tell != null or
            runtime.drained_unseen > 0 or runtime.accept_again;
    }

    /// Something changed while JavaScript waits for the bell: sees to it that it rings, now or when a timer is due.
    pub fn stir(runtime: *Runtime) void {
        if (!runtime.is_asleep) return;
        if (!runtime.hasWork()) return deadlines.setTimer(runtime);
        runtime.timer_at_ns = 0;
        runtime.loop.setTimer(1);
    }

    fn sliceOf(runtime: *const Runtime, offset: u32, bytes: u32) []const u8 {
        // JavaScript is not the network, but an offset that is wrong must not reach beyond the ring.
        if (@as(u64, offset) + bytes > limits.output_bytes) return "";
        return runtime.output[offset..][0..bytes];
    }

    pub fn respond(runtime: *Runtime, answer: *const abi.Response, headers: []const u8, body: []const u8) void {
        assert(headers.len <= limits.answer_header_bytes_max);
        const exchange = runtime.exchanges.get(answer.exchange) orelse return;
        // A stream that has begun is ended by `streams.end`, and by nothing else.
        if (!exchange.flags.is_handed_over or exchange.stream.state != .none) return;
        exchange.flags.is_handed_over = false;
        runtime.handed_over -= 1;
        const connection = exchange.connection orelse return runtime.releaseExchange(exchange);
        connection.write_ms = exchange.write_ms;
        runtime.protocols[connection.protocol].respond(runtime, connection, exchange, &.{
            .status = if (answer.status >= 100 and answer.status <= 999) answer.status else 500,
            .content_type = answer.content_type,
            .headers = headers,
            .body = body,
            .close = answer.flags.close,
            .has_length = answer.flags.has_length,
        });
        runtime.afterAnswer(connection);
    }

    /// A connection that was full may go on; one that is idle starts its clock.
    pub fn afterAnswer(runtime: *Runtime, connection: *Connection) void {
        runtime.progress(connection);
        if (connection.flags.is_stopped) return runtime.goOn(connection);
        // What is in the socket was left there for a handler to read, or because the connection is parting: nobody reports it
        // again.
        if (connection.flags.readable) runtime.makeReady(connection);
        runtime.armTimer(connection);
    }

    /// It was not read because something was full.
    pub fn goOn(runtime: *Runtime, connection: *Connection) void {
        connection.flags.is_stopped = false;
        connection.read_since_ms = runtime.now_ms;
        runtime.makeReady(connection);
    }

    /// What the connection waits for got ahead; only the time for a head counts from its first byte.
    pub fn progress(runtime: *Runtime, connection: *Connection) void {
        const waiting = runtime.protocols[connection.protocol].waiting(connection, connection.carriedBytes());
        if (waiting != .head) connection.read_since_ms = runtime.now_ms;
    }

    /// Like one answer of `flush`, with bytes from anywhere.
    pub fn respondNow(runtime: *Runtime, answer: *const abi.Response, headers: []const u8, body: []const u8) void {
        runtime.catchUp();
        runtime.respond(answer, headers, body);
        runtime.finishCall();
    }

    /// What JavaScript asked for outside of a batch leaves at once.
    pub fn finishCall(runtime: *Runtime) void {
        output.flush(runtime);
        runtime.sweep();
        runtime.stir();
    }

    /// JavaScript learns of it when the client of this exchange goes away.
    pub fn watch(runtime: *Runtime, handle: u32) error{StaleHandle}!void {
        const exchange = runtime.exchanges.get(handle) orelse return error.StaleHandle;
        if (exchange.flags.is_watched) return;
        exchange.flags.is_watched = true;
        const connection = exchange.connection;
        if (connection == null or connection.?.flags.input_ended or connection.?.flags.end_expected) notices.client(runtime, exchange);
        runtime.stir();
    }

    /// The peer's address as text; returns its length, 0 when there is none.
    pub fn peer(runtime: *Runtime, handle: u32, into: []u8) u32 {
        const exchange = runtime.exchanges.get(handle) orelse return 0;
        const connection = exchange.connection orelse return 0;
        return connection.peer.writeText(into);
    }

    /// Negative: as long as it pays.
    pub fn setSpin(runtime: *Runtime, spin_us: i32) void {
        runtime.pace.spin_ns = if (spin_us < 0) null else @as(u64, @intCast(spin_us)) * std.time.ns_per_us;
    }

    // --- What protocols ask of their host; the rest is in intake.zig and output.zig ---

    pub fn parse(
        runtime: *Runtime,
        p: *parser.Parser,
        bytes: [*]const u8,
        size: u32,
        slots: [*]parser.Slot,
        bounds: *const parser.Limits,
    ) parser.Outcome {
        return runtime.parse_function(p, bytes, size, slots, bounds);
    }

    pub const hasRoom = intake.hasRoom;
    pub const hasRoomForBody = intake.hasRoomForBody;
    pub const freeSlots = intake.freeSlots;
    pub const begin = intake.begin;
    pub const commit = intake.commit;
    pub const stash = intake.stash;
    pub const commitStashed = intake.commitStashed;
    pub const notice = notices.client;
    pub const tellRoom = notices.room;
    pub const tellBody = notices.body;
    pub const stopReading = intake.stop;
    pub const reserve = output.reserve;
    pub const advance = output.advance;
    pub const sendLarge = output.sendLarge;
    pub const armTimer = deadlines.arm;

    pub fn headLimits(runtime: *Runtime, connection: *const Connection) *const parser.Limits {
        return &runtime.serverOf(connection).head_limits;
    }

    pub fn chunkExtraBytesMax(runtime: *Runtime, connection: *const Connection) u32 {
        return runtime.serverOf(connection).options.chunk_extra_bytes;
    }

    pub fn countParseError(runtime: *Runtime, connection: *const Connection) void {
        runtime.serverOf(connection).stats.parse_errors += 1;
    }

    pub fn countResponse(runtime: *Runtime, connection: *const Connection, status: u16) void {
        runtime.serverOf(connection).stats.responses[@min(status / 100, 5) - 1] += 1;
    }

    /// The connection answers what it was asked and then ends.
    pub fn isLeaving(runtime: *Runtime, connection: *const Connection) bool {
        const flags = connection.flags;
        if (!flags.input_ended and runtime.serverOf(connection).state == .open) return false;
        // What has come but was not looked at may hold requests.
        if (flags.readable and !flags.is_parting) return false;
        const is_due = flags.is_ready or flags.is_stopped or flags.waits_for_room;
        return !is_due or connection.carriedBytes() == 0;
    }

    pub fn endAfterOutput(runtime: *Runtime, connection: *Connection, peer_then: enum { may_send, sends_no_more }) void {
        connection.flags.is_ending = true;
        connection.flags.lingers = peer_then == .may_send;
        runtime.touch(connection);
    }

    /// Nothing can be said on this connection any more; it is closed at the end of the turn.
    pub fn fail(runtime: *Runtime, connection: *Connection) void {
        connection.flags.is_failed = true;
        runtime.touch(connection);
    }

    pub fn acquireExchange(runtime: *Runtime, connection: *Connection) ?*Exchange {
        const exchange = runtime.exchanges.acquire() orelse return null;
        exchange.* = .{ .connection = connection };
        return exchange;
    }

    pub fn releaseExchange(runtime: *Runtime, exchange: *Exchange) void {
        if (exchange.stash) |buffer| runtime.buffers.release(buffer);
        exchange.body.release(&runtime.buffers);
        exchange.inlet.pipe.clear(&runtime.buffers);
        if (exchange.held) |held| {
            if (exchange.connection) |connection| connection.held_bytes -= held.buffer.capacity;
            runtime.buffers.release(held.buffer);
        }
        if (!exchange.flags.is_listed) return runtime.exchanges.release(exchange);
        exchange.* = .{ .connection = null, .next_noticed = exchange.next_noticed, .flags = .{ .is_listed = true, .is_released = true } };
    }

    /// What `hold` kept is sent.
    pub fn dropHeld(runtime: *Runtime, exchange: *Exchange) void {
        const held = exchange.held orelse return;
        exchange.connection.?.held_bytes -= held.buffer.capacity;
        runtime.buffers.release(held.buffer);
        exchange.held = null;
    }

    /// Its connection is gone. While JavaScript works on it the slot stays taken.
    pub fn abandon(runtime: *Runtime, exchange: *Exchange) void {
        exchange.connection = null;
        exchange.next = null;
        if (!exchange.flags.is_handed_over) return runtime.releaseExchange(exchange);
        if (exchange.inlet.state == .open) exchange.inlet.state = .cut;
        notices.body(runtime, exchange);
        notices.client(runtime, exchange);
    }

    /// Keeps a copy of an answer whose turn has not come. False when there is no room for it.
    pub fn hold(runtime: *Runtime, exchange: *Exchange, answer: *const Response) bool {
        const connection = exchange.connection.?;
        const is_full = runtime.buffers.budget.heldBytes() >= runtime.serverOf(connection).buffered_bytes_max;
        const kept = if (is_full) error.OutOfMemory else runtime.buffers.acquire(answer.headers.len + answer.body.len);
        const buffer = kept catch {
            connection.flags.resets = true;
            return false;
        };
        const bytes = buffer.bytes();
        @memcpy(bytes[0..answer.headers.len], answer.headers);
        @memcpy(bytes[answer.headers.len..][0..answer.body.len], answer.body);
        var copy = answer.*;
        copy.headers = bytes[0..answer.headers.len];
        copy.body = bytes[answer.headers.len..][0..answer.body.len];
        copy.prefix = "";
        exchange.held = .{ .response = copy, .buffer = buffer };
        connection.held_bytes += buffer.capacity;
        return true;
    }

    pub fn serverOf(runtime: *Runtime, connection: *const Connection) *Server {
        // A server outlives its connections.
        return runtime.servers.get(connection.server).?;
    }

    // --- Lists ---

    pub fn makeReady(runtime: *Runtime, connection: *Connection) void {
        if (connection.flags.is_ready or connection.state == .closed) return;
        connection.flags.is_ready = true;
        connection.next_ready = null;
        if (runtime.ready_last) |last| last.next_ready = connection else runtime.ready_first = connection;
        runtime.ready_last = connection;
    }

    pub fn popReady(runtime: *Runtime) ?*Connection {
        while (runtime.ready_first) |connection| {
            runtime.ready_first = connection.next_ready;
            if (runtime.ready_first == null) runtime.ready_last = null;
            connection.next_ready = null;
            connection.flags.is_ready = false;
            if (connection.state != .closed) return connection;
            runtime.connections.release(connection);
        }
        return null;
    }

    pub fn pushReadyFirst(runtime: *Runtime, connection: *Connection) void {
        assert(!connection.flags.is_ready);
        connection.flags.is_ready = true;
        connection.next_ready = runtime.ready_first;
        runtime.ready_first = connection;
        if (runtime.ready_last == null) runtime.ready_last = connection;
    }

    /// To be looked at by `sweep`.
    pub fn touch(runtime: *Runtime, connection: *Connection) void {
        if (connection.flags.is_touched) return;
        connection.flags.is_touched = true;
        connection.next_touched = runtime.touched;
        runtime.touched = connection;
    }

    /// Closes what failed, ends what is done. Only here are connections closed, so that pointers hold until here.
    pub fn sweep(runtime: *Runtime) void {
        while (runtime.touched) |connection| {
            runtime.touched = connection.next_touched;
            connection.flags.is_touched = false;
            connection.next_touched = null;
            if (connection.flags.is_failed) {
                runtime.closeConnection(connection);
            } else if (connection.flags.is_ending and connection.outgoing.isEmpty() and connection.state == .open) {
                runtime.finishConnection(connection);
            }
        }
    }

    /// The last byte is out. A close while the peer still sends would reset the connection and lose the answer.
    fn finishConnection(runtime: *Runtime, connection: *Connection) void {
        const protocol = &runtime.protocols[connection.protocol];
        protocol.close(runtime, connection);
        const is_over = !connection.flags.lingers and !connection.flags.readable;
        if (connection.flags.input_ended or is_over) return runtime.closeConnection(connection);
        connection.transport.finish();
        connection.state = .lingering;
        connection.read_since_ms = runtime.now_ms;
        intake.dropCarry(runtime, connection);
        if (connection.flags.readable) runtime.makeReady(connection);
        runtime.armTimer(connection);
    }

    pub fn closeConnection(runtime: *Runtime, connection: *Connection) void {
        assert(connection.state != .closed);
        const server = runtime.serverOf(connection);
        runtime.protocols[connection.protocol].close(runtime, connection);
        assert(runtime.outbox.owner == null);
        intake.dropCarry(runtime, connection);
        intake.stopWaiting(runtime, connection);
        connection.outgoing.clear(&runtime.buffers);
        runtime.wheel.disarm(&connection.timer);
        connection.transport.close(connection.flags.resets);
        connection.state = .closed;
        assert(!connection.flags.is_touched);
        // One that is queued is released when its turn comes: nobody searches the queue.
        if (!connection.flags.is_ready) runtime.connections.release(connection);
        server.connections_open -= 1;
        if (runtime.accept_waits) runtime.accept_again = true;
        runtime.checkDrained(server);
    }

    // --- Servers ---

    fn isListening(runtime: *Runtime) bool {
        var servers = runtime.servers.iterator();
        while (servers.next()) |server| if (server.listener != null) return true;
        return false;
    }

    pub fn checkDrained(runtime: *Runtime, server: *Server) void {
        if (server.state != .draining or server.connections_open > 0) return;
        server.state = .drained;
        notices.drained(runtime, server);
    }
};
