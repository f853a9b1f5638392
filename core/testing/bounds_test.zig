//! Bounds that connections share or that keep one of them from taking too much, and what happens there.

const std = @import("std");
const testing = std.testing;
const limits = @import("../limits.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Exchanges = @import("../runtime.zig").Exchanges;
const Harness = harness_file.Harness;
const MemoryClient = @import("memory_transport.zig").MemoryClient;
const expectAnswer = answers_file.expectAnswer;
const expectStatuses = answers_file.expectStatuses;

const get_echo = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n";
const get_large = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";

test "a client that asks and does not read is not read" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.room = 0;
    const count = 2000;
    for (0..count) |_| try client.sent.appendSlice(testing.allocator, get_large);
    try client.send("");
    try h.pump();
    try testing.expect(h.budget.heldBytes() < limits.unsent_bytes_high + 4 * harness_file.large_constant.len + 128 * 1024);
    const read_calls = client.read_calls;
    try client.send(get_large);
    try h.pump();
    try testing.expectEqual(read_calls, client.read_calls);
    // It reads a little, and more is answered; then everything.
    client.makeRoom(1_000_000);
    try h.pump();
    try testing.expectEqual(1_000_000, client.received.items.len);
    try testing.expect(h.budget.heldBytes() < limits.unsent_bytes_high + 4 * harness_file.large_constant.len + 128 * 1024);
    client.makeRoom(1 << 40);
    try h.pump();
    var answers: Answers = .of(client.received.items);
    for (0..count + 1) |_| try expectAnswer(&answers, 200, &harness_file.large_constant);
    try testing.expectEqual(null, try answers.next());
    try testing.expectEqual(0, h.budget.heldBytes());
    try h.finish();
}

test "handlers' answers that the client does not read stop it, and go on with it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.room = 0;
    const body: [300_000]u8 = @splat('z');
    try client.send(get_echo);
    try h.pump();
    try h.answerAt(0, .{ .body = &body });
    const read_calls = client.read_calls;
    try client.send(get_echo);
    try h.pump();
    try testing.expectEqual(read_calls, client.read_calls);
    try testing.expectEqual(0, h.requests.items.len);
    try testing.expectEqual(1, (try h.stats()).reads_stopped);
    client.makeRoom(1 << 30);
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200 }, client.received.items);
    try h.finish();
}

test "answers that wait for one before them stop their client too" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.sent.appendSlice(testing.allocator, get_echo);
    for (0..50) |_| try client.sent.appendSlice(testing.allocator, get_large);
    try client.send("");
    try h.pump();
    try testing.expect(h.budget.heldBytes() < limits.unsent_bytes_high + 3 * 128 * 1024);
    try testing.expectEqual(1, (try h.stats()).reads_stopped);
    try h.serve(.as_they_came);
    try expectStatuses(&@as([51]u16, @splat(200)), client.received.items);
    try h.finish();
}

fn openNarrow() !*Harness {
    var options = harness_file.default_options;
    options.buffered_bytes = 256 * 1024;
    return Harness.open(.{ .server = options });
}

const long_body = "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 230000\r\n\r\n";

const begun_body = "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx";

test "near the bound of bytes bodies that must be kept wait, at the bound everybody" {
    const h = try openNarrow();
    defer h.deinit();
    h.leaves_bodies = true;
    const first = try h.connect();
    const second = try h.connect();
    const third = try h.connect();
    const body: [230_000]u8 = @splat('b');
    try first.send(long_body);
    try first.send(&body);
    try h.pump();
    try testing.expectEqual(1, h.requests.items.len);
    try testing.expect(h.budget.heldBytes() >= body.len);

    try second.send(begun_body);
    try third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    try h.pump();
    try testing.expectEqual(1, h.waiting());
    // What needs no memory is at work.
    try expectStatuses(&.{200}, third.received.items);
    try testing.expectEqual(2, h.requests.items.len);
    try testing.expectEqual(1, (try h.stats()).reads_stopped);
    try testing.expectEqual(h.budget.heldBytes(), @as(u64, @intFromFloat((try h.stats()).buffered_bytes)));
    for (0..5) |_| try h.pass(limits.body_start_ms / 20);
    try testing.expectEqual(1, h.waiting());
    try h.answerAt(1, null);

    h.budget.take(40 * 1024);
    const read_calls = third.read_calls;
    try third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (0..5) |_| try h.pass(limits.body_start_ms / 20);
    try testing.expectEqual(2, h.waiting());
    try testing.expectEqual(read_calls, third.read_calls);
    h.budget.give(40 * 1024);

    try h.answerAt(0, null);
    try h.pass(limits.room_retry_ms);
    const rest: [99]u8 = @splat('y');
    try second.send(&rest);
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, first.received.items);
    try expectStatuses(&.{200}, second.received.items);
    try expectStatuses(&.{ 200, 200, 200 }, third.received.items);
    try testing.expectEqual(2, (try h.stats()).reads_stopped);
    try h.finish();
}

test "what finds no room in time is answered with 503" {
    const h = try openNarrow();
    defer h.deinit();
    h.leaves_bodies = true;
    const first = try h.connect();
    const second = try h.connect();
    const body: [230_000]u8 = @splat('b');
    try first.send(long_body);
    try first.send(&body);
    try h.pump();
    try second.send(begun_body);
    try h.pump();
    // Trying again does not start the time anew.
    for (0..9) |_| {
        try h.pass(limits.body_start_ms / 10);
        try testing.expectEqualStrings("", second.received.items);
    }
    try h.pass(limits.body_start_ms / 10 + limits.body_start_ms / 7 + 2);
    var answers: Answers = .of(second.received.items);
    try expectAnswer(&answers, 503, "{\"detail\":\"The server has no room for this body at the moment\"}");
    try testing.expectEqual(0, h.waiting());
    try h.finish();
}

test "bodies that have begun may use the last of the room" {
    const h = try openNarrow();
    defer h.deinit();
    const client = try h.connect();
    try client.send(long_body);
    try h.pump();
    // What is left for others is used up; this one goes on up to the bound itself.
    h.budget.take(230 * 1024);
    defer h.budget.give(230 * 1024);
    try client.send("x");
    try h.pump();
    try testing.expect(client.read_calls > 0 and h.waiting() == 0);
    h.budget.take(40 * 1024);
    const read_calls = client.read_calls;
    try client.send("y");
    try h.pump();
    try testing.expectEqual(1, h.waiting());
    try testing.expectEqual(read_calls, client.read_calls);
    h.budget.give(40 * 1024);
    try h.pass(limits.room_retry_ms);
    try testing.expectEqual(0, h.waiting());
    try testing.expect(client.read_calls > read_calls);
    client.reset();
    try h.pump();
    try testing.expectEqual(230 * 1024, h.budget.heldBytes());
    try testing.expectEqual(0, h.runtime.exchanges.in_use);
}

test "without a free exchange connections wait for one" {
    const h = try Harness.open(.{});
    defer h.deinit();
    h.runtime.exchanges.deinit();
    h.runtime.exchanges = try Exchanges.init(4);
    const busy = try h.connect();
    try busy.send(get_echo ++ get_echo ++ get_echo ++ get_echo ++ get_echo);
    try h.pump();
    try testing.expectEqual(4, h.requests.items.len);
    const waiting = try h.connect();
    try waiting.send(get_echo);
    const leaving = try h.connect();
    try leaving.send(get_echo);
    try h.pump();
    try testing.expectEqual(3, h.waiting());
    try testing.expectEqual(0, waiting.read_calls);
    leaving.reset();
    try h.pump();
    try testing.expectEqual(2, h.waiting());
    try h.answerAll(.as_they_came);
    try h.pass(limits.room_retry_ms);
    try testing.expectEqual(2, h.requests.items.len);
    try testing.expectEqual(0, h.waiting());
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 200, 200, 200 }, busy.received.items);
    try expectStatuses(&.{200}, waiting.received.items);
    try testing.expect((try h.stats()).pool_misses > 0);
    try h.finish();
}

test "an answer of the core that must wait its turn waits for an exchange first" {
    const h = try Harness.open(.{});
    defer h.deinit();
    h.runtime.exchanges.deinit();
    h.runtime.exchanges = try Exchanges.init(1);
    const client = try h.connect();
    try client.send(get_echo ++ "BAD\r\n\r\n");
    try h.pump();
    try h.pass(limits.room_retry_ms);
    try testing.expectEqual(1, h.requests.items.len);
    try h.serve(.as_they_came);
    try h.pass(limits.room_retry_ms);
    try expectStatuses(&.{ 200, 400 }, client.received.items);
    try h.finish();
}

test "connections beyond the bound wait in the backlog and are taken when there is room" {
    var options = harness_file.default_options;
    options.connections = 2;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const port = try h.listen();
    const first = try h.connectTcp(port);
    const second = try h.connectTcp(port);
    const third = try h.connectTcp(port);
    const fourth = try h.connectTcp(port);
    for (h.sockets.items) |client| try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.receiveUntil(second, 1);
    try h.receiveUntil(first, 1);
    for (0..20) |_| try h.pump();
    try testing.expectEqual(2, (try h.stats()).connections_open);
    try testing.expect((try h.stats()).connections_refused > 0);
    try testing.expectEqual(0, third.received.items.len);
    // Nothing spins meanwhile: each poll looks once and sleeps.
    const refused = (try h.stats()).connections_refused;
    for (0..20) |_| try testing.expectEqual(0, try h.poll());
    try testing.expectEqual(refused, (try h.stats()).connections_refused);

    first.close();
    try h.receiveUntil(third, 1);
    try testing.expectEqual(0, fourth.received.items.len);
    second.reset();
    try h.receiveUntil(fourth, 1);
    try testing.expectEqual(4, (try h.stats()).connections_accepted);
    try h.finish();
}

test "without descriptors connections wait, and are taken later" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const port = try h.listen();
    const client = try h.connectTcp(port);
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    var before: std.c.rlimit = undefined;
    try testing.expectEqual(0, std.c.getrlimit(.NOFILE, &before));
    // The lowest number that is free is the first that is not allowed.
    const free = std.c.dup(0);
    _ = std.c.close(free);
    const lowered: std.c.rlimit = .{ .cur = @intCast(free), .max = before.max };
    try testing.expectEqual(0, std.c.setrlimit(.NOFILE, &lowered));
    for (0..20) |_| try h.pump();
    try testing.expectEqual(0, std.c.setrlimit(.NOFILE, &before));
    try testing.expectEqual(0, (try h.stats()).connections_accepted);
    try testing.expectEqual(1, (try h.stats()).connections_refused);
    try h.pass(limits.accept_retry_ms);
    try h.receiveUntil(client, 1);
    try expectStatuses(&.{200}, client.received.items);
    try h.finish();
}

test "more connections at once than one turn accepts" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const port = try h.listen();
    const count = 3 * limits.accepts_per_turn + 7;
    for (0..count) |_| _ = try h.connectTcp(port);
    for (h.sockets.items) |client| try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (h.sockets.items) |client| try h.receiveUntil(client, 1);
    try testing.expectEqual(count, (try h.stats()).connections_open);
    try h.finish();
}

test "who asks for much and reads nothing is reset when others have waited for a while" {
    const h = try openNarrow();
    defer h.deinit();
    const modest = try h.connect();
    const greedy = try h.connect();
    const other = try h.connect();
    const body: [270_000]u8 = @splat('z');
    modest.room = 0;
    greedy.room = 0;
    try modest.send(get_echo);
    try h.serve(.as_they_came);
    try greedy.send(get_echo);
    try h.pump();
    try h.answerAt(0, .{ .body = &body });
    try other.send(get_echo);
    try h.pump();
    try testing.expectEqual(1, h.waiting());
    try h.pass(limits.shed_after_ms - 50);
    try testing.expect(!greedy.is_closed);
    try h.pass(50);
    try testing.expect(greedy.is_closed and greedy.was_reset);
    try h.pass(limits.room_retry_ms);
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, other.received.items);
    modest.makeRoom(1000);
    try h.pump();
    try expectStatuses(&.{200}, modest.received.items);
    try h.finish();
}

test "answers that nobody reads do not go beyond the bound by more than one" {
    for ([_]usize{ 0, 1 }) |answered_first| {
        const h = try openNarrow();
        defer h.deinit();
        const body: [300_000]u8 = @splat('z');
        for (0..4) |_| {
            const client = try h.connect();
            client.room = 0;
            try client.send(get_echo ++ get_echo);
        }
        try h.pump();
        // Unsent in the first round; in the second they wait for the answer before them.
        for (0..4) |i| {
            const request = h.requests.items[2 * i + answered_first];
            try h.answer(&request, .{ .body = &body });
            h.flush();
        }
        try testing.expect(h.budget.heldBytes() < 2 * body.len);
        var resets: usize = 0;
        for (h.clients.items) |client| resets += @intFromBool(client.was_reset);
        try testing.expectEqual(3, resets);
        for (0..8) |i| if (i % 2 != answered_first) try h.answer(&h.requests.items[i], .{});
        h.requests.clearRetainingCapacity();
        h.flush();
        try h.finish();
    }
}

test "bodies that together need more than there is come to their ends one after the other" {
    var options = harness_file.default_options;
    options.buffered_bytes = 2 << 20;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const count = 20;
    const body: [200_000]u8 = @splat('b');
    var sent: usize = 0;
    for (0..count) |_| try (try h.connect()).send("POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
    while (sent < body.len) : (sent += 20_000) {
        for (h.clients.items) |client| try client.send(body[0..20_000]);
        try h.pump();
    }
    for (0..count) |_| {
        try h.serve(.as_they_came);
        try h.pass(limits.room_retry_ms);
    }
    for (h.clients.items) |client| try expectStatuses(&.{200}, client.received.items);
    try testing.expectEqual(0, h.waiting());
    try h.finish();
}

test "of those who have waited too long only as many are refused as must be" {
    const h = try openNarrow();
    defer h.deinit();
    h.budget.take(256 * 1024);
    const first = try h.connect();
    const second = try h.connect();
    try first.send(get_echo);
    try second.send(get_echo);
    try h.pump();
    try testing.expectEqual(2, h.waiting());
    // Room is made at the moment at which their time is over.
    h.budget.give(256 * 1024);
    h.runtime.room_retry_at_ms = std.math.maxInt(u64);
    try h.pass(limits.body_start_ms + limits.body_start_ms / 7 + 2);
    try h.serve(.as_they_came);
    for ([_]*MemoryClient{ first, second }) |client| try expectStatuses(&.{200}, client.received.items);
    try h.finish();
}
