//! Stopping, aborting and closing servers, and what their handles and clashes say.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const limits = @import("../limits.zig");
const servers = @import("../servers.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const expectAnswer = answers_file.expectAnswer;
const expectStatuses = answers_file.expectStatuses;

const get_echo = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n";
const get_constant = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn stop(h: *Harness) !void {
    try servers.stop(h.runtime, h.server);
}

fn expectDrained(h: *Harness) !void {
    try testing.expectEqualSlices(u32, &.{h.server}, h.drained.items);
}

test "a server without connections has drained at once, and says so once" {
    const h = try Harness.open(.{});
    defer h.deinit();
    _ = try h.listen();
    try testing.expectEqual(@backingInt(abi.Poll.asleep), try h.poll());
    try stop(h);
    try stop(h);
    try h.pump();
    try expectDrained(h);
    try testing.expectEqual(@backingInt(abi.Poll.idle), try h.poll());
    try servers.abort(h.runtime, h.server);
    try h.pump();
    try expectDrained(h);
    try servers.close(h.runtime, h.server);
    try h.finish();
}

test "idle connections are closed at once, those that work after their last answer" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const idle = try h.connect();
    const used = try h.connect();
    const partial = try h.connect();
    const busy = try h.connect();
    try used.send(get_constant);
    try partial.send("GET / HTTP/1.1\r\nHo");
    try busy.send(get_echo ++ get_constant ++ get_echo);
    try h.pump();
    try stop(h);
    try h.pump();
    try testing.expect(idle.is_closed and !idle.was_reset);
    try testing.expect(used.is_closed and !used.was_reset);
    // The peer was in the middle of something: it may be sending still.
    try testing.expect(partial.is_finished);
    try testing.expect(!busy.is_closed and !busy.is_finished);
    partial.end();
    try h.pump();
    try testing.expectEqual(0, h.drained.items.len);

    try h.serve(.reversed);
    var answers: Answers = .of(busy.received.items);
    try testing.expect(!(try answers.next()).?.closes());
    try testing.expect(!(try answers.next()).?.closes());
    try testing.expect((try answers.next()).?.closes());
    try testing.expectEqual(null, try answers.next());
    try testing.expect(busy.is_finished);
    busy.end();
    try h.pump();
    try expectDrained(h);
    try h.finish();
}

test "a handler that stops its server says in its answer that it is the last" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo);
    try testing.expectEqual(1, try h.poll());
    try stop(h);
    try h.answerAt(0, null);
    var answers: Answers = .of(client.received.items);
    try testing.expect((try answers.next()).?.closes());
    client.end();
    try h.pump();
    try expectDrained(h);
    try h.finish();
}

test "requests that had come before the stop are answered" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const quiet = try h.connect();
    const stuck = try h.connect();
    try h.pump();
    // One's bytes are in the system, the other's wait because too much is unanswered.
    try quiet.send(get_echo ++ get_constant);
    for (0..limits.pipelined_default + 10) |_| try stuck.sent.appendSlice(testing.allocator, get_echo);
    try stuck.send("");
    try testing.expect(try h.poll() > 0);
    const later = try h.connect();
    try later.send(get_echo);
    try stop(h);
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200 }, quiet.received.items);
    try expectStatuses(&@as([limits.pipelined_default + 10]u16, @splat(200)), stuck.received.items);
    try expectStatuses(&.{200}, later.received.items);
    for (h.clients.items) |client| {
        try testing.expect(client.is_closed or client.is_finished);
        client.end();
    }
    try h.pump();
    try expectDrained(h);
    try h.finish();
}

test "requests that a transport has in pieces are answered as well" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.reads = .{ .fixed = get_constant.len };
    try h.pump();
    for (0..5) |_| try client.sent.appendSlice(testing.allocator, get_constant);
    try client.send("");
    try stop(h);
    try h.pump();
    var answers: Answers = .of(client.received.items);
    for (0..5) |i| try testing.expectEqual(i == 4, (try answers.next()).?.closes());
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "more sockets than are reported at once are read before they are closed" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const port = try h.listen();
    const count = 2 * limits.events_per_wait + 50;
    for (0..count) |_| _ = try h.connectTcp(port);
    for (0..100) |_| try h.pump();
    try testing.expectEqual(count, (try h.stats()).connections_open);
    // Those that are looked at first are reported last.
    for (0..count) |i| try h.sockets.items[count - 1 - i].send(get_echo);
    try stop(h);
    try h.serve(.as_they_came);
    for (h.sockets.items) |client| {
        try h.receiveUntil(client, 1);
        try expectStatuses(&.{200}, client.received.items);
    }
    try h.finish();
}

test "a body that has begun is still taken" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\na");
    try h.pump();
    try stop(h);
    for ("bcdef") |*byte| {
        try h.pump();
        try testing.expectEqual(0, h.requests.items.len);
        try client.send(byte[0..1]);
    }
    try client.send(get_echo);
    try h.serve(.as_they_came);
    // What came along with its end was asked too.
    var answers: Answers = .of(client.received.items);
    try testing.expect(!(try answers.next()).?.closes());
    try testing.expect((try answers.next()).?.closes());
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "a client that asks without end does not keep a server from stopping" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    for (0..100_000) |_| try client.sent.appendSlice(testing.allocator, get_constant);
    try client.send("");
    try testing.expectEqual(@backingInt(abi.Poll.yield), try h.poll());
    const read = client.sent_read;
    try stop(h);
    while (!client.is_finished) _ = try h.poll();
    try testing.expect(client.sent_read <= read + 2 * limits.read_bytes);
    try h.finish();
}

test "those who wait to be accepted are served before a server stops" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const port = try h.listen();
    const count = limits.accepts_per_turn + 20;
    for (0..count) |_| {
        const client = try h.connectTcp(port);
        try client.send(get_echo);
    }
    try stop(h);
    try testing.expectError(error.ConnectFailed, h.connectTcp(port));
    try h.serve(.as_they_came);
    for (h.sockets.items) |client| {
        try h.receiveUntil(client, 1);
        try expectStatuses(&.{200}, client.received.items);
        client.close();
    }
    for (0..100) |_| try h.pump();
    try expectDrained(h);
    try h.finish();
}

test "an abort closes all there is, with a reset where something is missing" {
    const h = try Harness.open(.{});
    defer h.deinit();
    _ = try h.listen();
    const idle = try h.connect();
    const busy = try h.connect();
    const lingering = try h.connect();
    try busy.send(get_echo);
    try lingering.send("BAD\r\n\r\n");
    try h.pump();
    try h.runtime.watch(h.requests.items[0].exchange);
    try servers.abort(h.runtime, h.server);
    try testing.expect(idle.is_closed and !idle.was_reset);
    try testing.expect(busy.is_closed and busy.was_reset);
    try testing.expect(lingering.is_closed and !lingering.was_reset);
    try h.pump();
    try expectDrained(h);
    try testing.expectEqual(1, h.aborted.items.len);
    // The handler's answer goes nowhere.
    try h.serve(.as_they_came);
    try testing.expectEqualStrings("", busy.received.items);
    try h.finish();
}

test "a server that is closed is a stale handle, and its handlers' answers go nowhere" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo);
    try h.pump();
    try servers.stop(h.runtime, h.server);
    try servers.close(h.runtime, h.server);
    try testing.expect(client.is_closed);
    try h.serve(.as_they_came);
    try testing.expectEqual(0, h.drained.items.len);
    const runtime = h.runtime;
    try testing.expectError(error.StaleHandle, servers.stop(runtime, h.server));
    try testing.expectError(error.StaleHandle, servers.abort(runtime, h.server));
    try testing.expectError(error.StaleHandle, servers.close(runtime, h.server));
    try testing.expectError(error.StaleHandle, servers.clear(runtime, h.server));
    try testing.expectError(error.StaleHandle, servers.commit(runtime, h.server));
    try testing.expectError(error.StaleHandle, servers.stats(runtime, h.server));
    try testing.expectError(error.StaleHandle, servers.listen(runtime, h.server, "127.0.0.1", 0, .{}));
    try testing.expectError(error.StaleHandle, servers.listenUnix(runtime, h.server, "x"));
    try testing.expectError(error.StaleHandle, servers.setConstant(runtime, h.server, .{ .status = 200 }));
    for ([_]u32{ 0, 1, 12345, std.math.maxInt(u32) }) |handle| {
        try testing.expectError(error.StaleHandle, servers.stop(runtime, handle));
        try testing.expectError(error.StaleHandle, runtime.watch(handle));
        var text: [46]u8 = undefined;
        try testing.expectEqual(0, runtime.peer(handle, &text));
    }
    try h.finish();
}

test "stale exchanges" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo);
    try h.pump();
    const handle = h.requests.items[0].exchange;
    const request = h.requests.items[0];
    try h.answerAt(0, null);
    try client.send(get_echo);
    try h.pump();
    // The slot is in use again, but this is not its handle.
    try testing.expectError(error.StaleHandle, h.runtime.watch(handle));
    try h.answer(&request, .{ .body = "for somebody else" });
    h.flush();
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "GET /echo/? 0:");
    try expectAnswer(&answers, 200, "GET /echo/? 0:");
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "errors of listening come through, and leave the server as it was" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const other = try h.openServer(&harness_file.default_options);
    const port = try h.listen();
    try testing.expectError(error.AddressInUse, servers.listen(h.runtime, other, "127.0.0.1", port, .{}));
    try testing.expectError(error.HostUnknown, servers.listen(h.runtime, other, "no such host", 0, .{}));
    try testing.expectError(error.PathInvalid, servers.listenUnix(h.runtime, other, "/no/such/folder/socket"));
    try testing.expectError(error.AlreadyListening, servers.listen(h.runtime, h.server, "127.0.0.1", 0, .{}));
    try testing.expectError(error.AlreadyListening, servers.listenUnix(h.runtime, h.server, "fa-test-2.sock"));
    try testing.expect(try servers.listen(h.runtime, other, "127.0.0.1", 0, .{}) != port);
    try servers.stop(h.runtime, other);
    try testing.expectError(error.AlreadyListening, servers.listen(h.runtime, other, "127.0.0.1", 0, .{}));
    try h.pump();
    try testing.expectEqualSlices(u32, &.{other}, h.drained.items);
    try servers.close(h.runtime, other);
    try h.finish();
}

test "options that make no sense are refused" {
    const h = try Harness.open(.{});
    defer h.deinit();
    inline for (.{
        .{ "head_bytes", limits.head_bytes_max + 1 }, .{ "head_bytes", 0 },
        .{ "headers", limits.headers_max + 1 },       .{ "pipelined", 0 },
        .{ "body_bytes", -1.0 },                      .{ "buffered_bytes", std.math.nan(f64) },
    }) |case| {
        var options = harness_file.default_options;
        @field(options, case[0]) = case[1];
        const in_use = h.runtime.servers.in_use;
        try testing.expectError(error.OptionInvalid, servers.open(h.runtime, &options));
        try testing.expectEqual(in_use, h.runtime.servers.in_use);
    }
    for (1..limits.servers_max) |_| _ = try servers.open(h.runtime, &harness_file.default_options);
    try testing.expectError(error.TooManyServers, servers.open(h.runtime, &harness_file.default_options));
    try h.finish();
}

test "routes that clash are named, and the routes before stay" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const get = 1;
    try servers.clear(h.runtime, h.server);
    try servers.addRoute(h.runtime, h.server, .{ .id = 5, .pattern = "/a/:x", .methods = get, .is_all = false, .body_bytes_max = 0 });
    try servers.addRoute(h.runtime, h.server, .{ .id = 9, .pattern = "/a/:y", .methods = get, .is_all = false, .body_bytes_max = 0 });
    try testing.expectEqual([2]u32{ 5, 9 }, (try servers.commit(h.runtime, h.server)).?);
    try testing.expectError(error.WildcardNotLast, servers.addRoute(h.runtime, h.server, .{
        .id = 1,
        .pattern = "/*a/b",
        .methods = get,
        .is_all = false,
        .body_bytes_max = 0,
    }));
    const client = try h.connect();
    try client.send(get_echo);
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, client.received.items);
    // A new table takes the old one's place while requests of the old one are at work.
    try client.send(get_echo ++ "GET /new HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    try h.pump();
    try servers.clear(h.runtime, h.server);
    try servers.addRoute(h.runtime, h.server, .{ .id = 6, .pattern = "/new", .methods = get, .is_all = false, .body_bytes_max = 0 });
    try testing.expectEqual(null, try servers.commit(h.runtime, h.server));
    try client.send("x" ++ "GET /new HTTP/1.1\r\nHost: a\r\n\r\n" ++ get_echo);
    try h.pump();
    try testing.expectEqual(harness_file.routes.echo, h.requests.items[0].route);
    try testing.expectEqual(harness_file.routes.echo, h.requests.items[1].route);
    try testing.expectEqual(6, h.requests.items[2].route);
    try h.serve(.reversed);
    try expectStatuses(&.{ 200, 200, 404, 200, 200, 404 }, client.received.items);
    try h.finish();
}

test "several servers share a runtime and stop one by one" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const other = try h.openServer(&harness_file.default_options);
    const port = try h.listen();
    const other_port = try servers.listen(h.runtime, other, "127.0.0.1", 0, .{});
    const client = try h.connectTcp(port);
    const other_client = try h.connectTcp(other_port);
    try client.send(get_constant);
    try other_client.send(get_constant);
    try h.receiveUntil(client, 1);
    try h.receiveUntil(other_client, 1);
    try servers.stop(h.runtime, other);
    try h.receiveUntil(other_client, 10_000);
    try testing.expect(other_client.is_finished and !client.is_finished);
    try h.pump();
    try testing.expectEqualSlices(u32, &.{other}, h.drained.items);
    try servers.close(h.runtime, other);
    client.received.clearRetainingCapacity();
    try client.send(get_constant);
    try h.receiveUntil(client, 1);
    try h.finish();
}
