//! The runtime over real sockets, and how it sleeps and is woken.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const servers = @import("../servers.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const Runtime = @import("../runtime.zig").Runtime;
const SocketClient = @import("socket_client.zig").SocketClient;
const expectStatuses = answers_file.expectStatuses;

const get_echo = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n";
const get_constant = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Serves until the client has an end.
fn serveUntilFinished(h: *Harness, client: *SocketClient) !void {
    for (0..1000) |_| {
        try h.serve(.as_they_came);
        try client.receive();
        if (client.is_finished) return;
        try std.Thread.yield();
    }
    return error.NoEnd;
}

test "requests over TCP, whole, in pieces, and many at once" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connectTcp(try h.listen());
    for ([_][]const u8{ get_constant, "GET /ec", "ho/ HTTP/1.1\r\nHost: a\r\n\r\n", get_echo ++ get_constant ++ get_echo }) |piece| {
        try client.send(piece);
        for (0..20) |_| try h.serve(.as_they_came);
    }
    client.end();
    try serveUntilFinished(h, client);
    try expectStatuses(&.{ 200, 200, 200, 200, 200 }, client.received.items);
    try testing.expect(!client.was_reset);
    try h.finish();
}

test "more than a socket holds goes both ways" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connectTcp(try h.listen());
    const count = 40_000;
    var text: std.ArrayList(u8) = .empty;
    defer text.deinit(testing.allocator);
    for (0..count) |i| try text.appendSlice(testing.allocator, if (i % 100 == 0) "GET /large HTTP/1.1\r\nHost: a\r\n\r\n" else get_echo);
    var sent: usize = 0;
    var rounds: usize = 0;
    // It reads only once it can send no more.
    while (sent < text.items.len) : (rounds += 1) {
        try testing.expect(rounds < 100_000);
        const taken = try client.sendSome(text.items[sent..]);
        sent += taken;
        try h.serve(.as_they_came);
        if (taken == 0) try client.receive();
    }
    client.end();
    try serveUntilFinished(h, client);
    var answers: Answers = .of(client.received.items);
    for (0..count) |i| {
        const answer = (try answers.next()).?;
        try testing.expectEqual(@as(usize, if (i % 100 == 0) harness_file.large_constant.len else "GET /echo/? 0:".len), answer.body.len);
    }
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "an early answer reaches a client that is still sending" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const port = try h.listen();
    for (0..20) |_| {
        const client = try h.connectTcp(port);
        try client.send("POST /narrow HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n");
        const piece: [20_000]u8 = @splat('x');
        for (0..20) |_| {
            _ = try client.sendSome(&piece);
            try h.pump();
        }
        client.end();
        try serveUntilFinished(h, client);
        try testing.expect(!client.was_reset);
        try expectStatuses(&.{413}, client.received.items);
    }
    try h.finish();
}

test "a reset is noticed while a handler works" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connectTcp(try h.listen());
    try client.send(get_echo);
    try h.awaitCount(.requests, 1);
    try h.runtime.watch(h.requests.items[0].exchange);
    client.reset();
    try h.awaitCount(.aborted, 1);
    try testing.expectEqual(0, h.runtime.connections.in_use);
    try h.finish();
}

test "a client that ends and one that only half ends" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const port = try h.listen();
    const half = try h.connectTcp(port);
    const whole = try h.connectTcp(port);
    try half.send(get_echo);
    half.end();
    try whole.send(get_echo);
    whole.close();
    try h.awaitCount(.requests, 2);
    try serveUntilFinished(h, half);
    try expectStatuses(&.{200}, half.received.items);
    try h.awaitCount(.connections, 0);
    try h.finish();
}

test "over a unix socket, whose file goes when the server stops" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const path = "fa-runtime-test.sock";
    try servers.listenUnix(h.runtime, h.server, path);
    var client: SocketClient = try .connectUnix(testing.allocator, path);
    defer client.deinit();
    try client.send(get_constant ++ get_echo);
    try h.awaitCount(.requests, 1);
    var text: [46]u8 = undefined;
    try testing.expectEqual(0, h.runtime.peer(h.requests.items[0].exchange, &text));
    client.end();
    try serveUntilFinished(h, &client);
    try expectStatuses(&.{ 200, 200 }, client.received.items);
    try servers.stop(h.runtime, h.server);
    try testing.expectError(error.ConnectFailed, SocketClient.connectUnix(testing.allocator, path));
    try testing.expectEqual(-1, std.c.access(path, 0));
    try h.finish();
}

test "the peer's address" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connectTcp(try h.listen());
    try client.send(get_echo);
    try h.awaitCount(.requests, 1);
    var text: [46]u8 = undefined;
    const exchange = h.requests.items[0].exchange;
    try testing.expectEqualStrings("127.0.0.1", text[0..h.runtime.peer(exchange, &text)]);
    client.reset();
    try h.awaitCount(.connections, 0);
    try testing.expectEqual(0, h.runtime.peer(exchange, &text));
    try h.finish();
}

test "polls without anything to come, and with" {
    const h = try Harness.open(.{});
    defer h.deinit();
    try testing.expectEqual(@backingInt(abi.Poll.idle), try h.poll());
    const client = try h.connect();
    try testing.expectEqual(@backingInt(abi.Poll.asleep), try h.poll());
    try client.send(get_echo);
    try testing.expectEqual(1, try h.poll());
    try testing.expectEqual(@backingInt(abi.Poll.asleep), try h.poll());
    try h.finish();
}

test "constants without end let other work have its turn" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    for (0..200_000) |_| try client.sent.appendSlice(testing.allocator, get_constant);
    try client.send("");
    const before = h.runtime.clockNs();
    try testing.expectEqual(@backingInt(abi.Poll.yield), try h.poll());
    // One read of many requests at the least, in a debug build.
    try testing.expect(h.runtime.clockNs() - before < 100 * std.time.ns_per_ms);
    try h.pump();
    try h.finish();
}

/// Rings once.
const Sleeper = struct {
    runtime: *Runtime,
    has_rung: std.atomic.Value(bool) = .init(false),

    fn run(sleeper: *Sleeper) void {
        if (sleeper.runtime.bell.sleep()) sleeper.has_rung.store(true, .release);
    }
};

/// What `change` does while JavaScript sleeps must ring the bell.
fn expectWoken(h: *Harness, comptime change: fn (*Harness) anyerror!void) !void {
    try h.pump();
    return expectRung(h, change);
}

fn expectRung(h: *Harness, comptime change: fn (*Harness) anyerror!void) !void {
    try testing.expectEqual(@backingInt(abi.Poll.asleep), h.result);
    var sleeper: Sleeper = .{ .runtime = h.runtime };
    const thread = try std.Thread.spawn(.{}, Sleeper.run, .{&sleeper});
    try change(h);
    const until = h.runtime.clockNs() + 5 * std.time.ns_per_s;
    while (!sleeper.has_rung.load(.acquire) and h.runtime.clockNs() < until) try std.Thread.yield();
    const has_rung = sleeper.has_rung.load(.acquire);
    if (!has_rung) h.runtime.bell.stop();
    thread.join();
    try testing.expect(has_rung);
}

/// The server's end of the only socket.
fn connectionOf(h: *Harness) u32 {
    var connections = h.runtime.connections.iterator();
    while (connections.next()) |connection| if (connection.peer.family == .ipv4) return h.runtime.connections.handle(connection);
    unreachable;
}

test "what happens while JavaScript sleeps wakes it" {
    var options = harness_file.default_options;
    options.idle_ms = 20;
    options.pipelined = 2;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const client = try h.connectTcp(try h.listen());
    const idle = try h.connect();
    try client.send(get_echo);
    try h.awaitCount(.requests, 1);

    try expectWoken(h, struct {
        fn sendMore(of: *Harness) !void {
            try of.sockets.items[0].send(get_echo ++ get_echo);
        }
    }.sendMore);
    try h.awaitCount(.requests, 2);

    // An answer makes room for a request that is here already.
    try expectWoken(h, struct {
        fn answerOne(of: *Harness) !void {
            try of.answerAt(0, null);
        }
    }.answerOne);
    try h.awaitCount(.requests, 2);

    // The idle connection is closed in time; then nothing is due.
    client.end();
    while (!idle.is_closed or !h.runtime.connections.get(connectionOf(h)).?.flags.input_ended) try h.pump();
    try expectWoken(h, struct {
        fn watchTheGone(of: *Harness) !void {
            for (of.requests.items) |request| try of.runtime.watch(request.exchange);
        }
    }.watchTheGone);
    try h.awaitCount(.aborted, 2);

    try expectWoken(h, struct {
        fn stop(of: *Harness) !void {
            for (of.requests.items) |request| {
                var answer = std.mem.zeroes(abi.Response);
                answer.exchange = request.exchange;
                answer.status = 200;
                of.runtime.respondNow(&answer, "", "");
            }
            of.requests.clearRetainingCapacity();
            try servers.stop(of.runtime, of.server);
        }
    }.stop);
    try h.pump();
    try testing.expectEqual(1, h.drained.items.len);
    try h.finish();
}

test "a timer that an answer starts wakes JavaScript too" {
    var options = harness_file.default_options;
    options.idle_ms = 20;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo);
    try h.pump();
    // The timer from before has gone off and found nothing to wait for.
    while (h.runtime.wheel.armed > 0 or h.runtime.timer_at_ns != null) try h.pump();
    try expectWoken(h, struct {
        fn answer(of: *Harness) !void {
            try of.answerAt(0, null);
        }
    }.answer);
    // The timer may have been set for an earlier time; then it is set anew.
    while (true) {
        try h.pump();
        if (client.is_closed) break;
        try expectRung(h, struct {
            fn nothing(_: *Harness) !void {}
        }.nothing);
    }
    try h.finish();
}

test "a runtime may close with everything open" {
    const free = std.c.dup(0);
    _ = std.c.close(free);
    {
        const h = try Harness.open(.{});
        defer h.deinit();
        const port = try h.listen();
        const client = try h.connectTcp(port);
        try client.send(get_echo ++ get_echo ++ "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
        _ = try h.connectTcp(port);
        const stalled = try h.connect();
        stalled.room = 1000;
        try stalled.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
        const partial = try h.connect();
        try partial.send("GET / HT");
        try h.awaitCount(.requests, 2);
        try h.runtime.watch(h.requests.items[0].exchange);
        try h.answerAt(1, null);
    }
    // No descriptor is left either.
    const again = std.c.dup(0);
    _ = std.c.close(again);
    try testing.expectEqual(free, again);
}

test "an idle thread dozes for as long as it may and no longer" {
    const h = try Harness.open(.{});
    defer h.deinit();
    _ = try h.listen();
    const before = h.runtime.clockNs();
    // After a doze the event loop has its turn; when that found nothing either, it is time to sleep.
    try testing.expectEqual(@backingInt(abi.Poll.yield), h.runtime.poll(false));
    try testing.expectEqual(@backingInt(abi.Poll.asleep), h.runtime.poll(false));
    try testing.expect(h.runtime.clockNs() - before < 500 * std.time.ns_per_ms);
    try h.finish();
}
