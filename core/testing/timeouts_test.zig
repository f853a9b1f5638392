//! Time: what each kind of waiting may last, and what ends it. Timers may be late by a seventh.

const std = @import("std");
const testing = std.testing;
const limits = @import("../limits.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const MemoryClient = @import("memory_transport.zig").MemoryClient;
const expectAnswer = answers_file.expectAnswer;
const expectStatuses = answers_file.expectStatuses;

const head_ms = 1000;
const body_ms = 2000;
const idle_ms = 4000;
const write_ms = 8000;

fn open() !*Harness {
    var options = harness_file.default_options;
    options.head_ms = head_ms;
    options.body_ms = body_ms;
    options.idle_ms = idle_ms;
    options.write_ms = write_ms;
    return Harness.open(.{ .server = options });
}

fn late(ms: u64) u64 {
    return ms / 7 + 2;
}

test "a head must be complete in time, however it drips" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    // The time before its first byte does not count.
    try h.pass(idle_ms - 100);
    for ("GET /echo") |*byte| {
        try client.send(byte[0..1]);
        try h.pump();
        try h.pass(head_ms / 10);
        try testing.expectEqualStrings("", client.received.items);
    }
    try h.pass(head_ms / 10 + late(head_ms));
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 408, "{\"detail\":\"The request head took too long to arrive\"}");
    try testing.expect(client.is_finished);
    try testing.expectEqual(1, (try h.stats()).timeouts_head);
    try h.finish();
}

test "a second head has its own time, and answers before it don't lengthen that" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/ HTTP/1.1\r\nHo");
    try h.pump();
    try h.pass(head_ms * 6 / 10);
    try h.answerAt(0, null);
    try h.pass(head_ms * 6 / 10 + late(head_ms));
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 408 }, client.received.items);
    try h.finish();
}

test "a body must get ahead in time" {
    const h = try open();
    defer h.deinit();
    inline for (.{ .{ "Content-Length: 100\r\n\r\n", "x" }, .{ "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n" } }) |case| {
        const client = try h.connect();
        try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\n" ++ case[0]);
        try h.pump();
        for (0..10) |_| {
            try h.pass(body_ms - 100);
            try testing.expectEqualStrings("", client.received.items);
            try client.send(case[1]);
            try h.pump();
        }
        try h.pass(body_ms + late(body_ms));
        var answers: Answers = .of(client.received.items);
        try expectAnswer(&answers, 408, "{\"detail\":\"The request body took too long to arrive\"}");
        try testing.expect(client.is_finished);
    }
    try testing.expectEqual(2, (try h.stats()).timeouts_body);
    try h.finish();
}

test "an unwanted body that stays away ends the connection without a second answer" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    try h.pump();
    try h.pass(body_ms + late(body_ms));
    try expectStatuses(&.{404}, client.received.items);
    try testing.expect(client.is_finished);
    try testing.expectEqual(1, (try h.stats()).timeouts_body);
    try h.finish();
}

test "an idle connection is closed in time, from its last answer on" {
    const h = try open();
    defer h.deinit();
    const silent = try h.connect();
    const client = try h.connect();
    try h.pass(idle_ms - 100);
    try client.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pass(100 + late(idle_ms));
    try testing.expect(silent.is_closed);
    // A handler may take as long as it likes.
    try h.pass(10 * idle_ms);
    try testing.expect(!client.is_closed);
    try h.serve(.as_they_came);
    try h.pass(idle_ms - 100);
    try testing.expect(!client.is_closed);
    try h.pass(100 + late(idle_ms));
    try testing.expect(client.is_closed and !client.was_reset);
    try expectStatuses(&.{200}, client.received.items);
    try testing.expectEqual(2, (try h.stats()).timeouts_idle);
    try h.finish();
}

test "what arrived while JavaScript was busy arrived in time" {
    const h = try open();
    defer h.deinit();
    const idle = try h.connect();
    const body = try h.connect();
    const head = try h.connect();
    try body.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
    try head.send("GET / HTTP/1.1\r\n");
    try h.pump();
    for ([_]*MemoryClient{ idle, body, head }) |client| {
        try client.send(if (client == idle) "GET / HTTP/1.1\r\nHost: a\r\n\r\n" else if (client == body) "y" else "Host: a\r\n\r\n");
    }
    try h.pass(10 * write_ms);
    try h.serve(.as_they_came);
    for ([_]*MemoryClient{ idle, body, head }) |client| try expectStatuses(&.{200}, client.received.items);
    try h.finish();
}

test "who is not read because the batch is full is not blamed" {
    const h = try open();
    defer h.deinit();
    const late_one = try h.connect();
    try late_one.send("GET / HTTP/1.1\r\n");
    try h.pump();
    for (0..limits.records_max / limits.pipelined_default) |_| {
        const client = try h.connect();
        for (0..limits.pipelined_default) |_| try client.sent.appendSlice(testing.allocator, "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
        try client.send("");
    }
    try late_one.send("Host: a\r\n\r\n");
    h.runtime.clock_ahead_ns += 10 * head_ms * std.time.ns_per_ms;
    try testing.expectEqual(limits.records_max, try h.poll());
    try testing.expectEqualStrings("", late_one.received.items);
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, late_one.received.items);
    try h.finish();
}

test "requests keep a connection alive" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    for (0..10) |_| {
        try h.pass(idle_ms - 100);
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        try h.pump();
    }
    try expectStatuses(&@as([10]u16, @splat(200)), client.received.items);
    try h.finish();
}

test "an answer must get ahead in time, or the client learns that it is not whole" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    client.room = 1000;
    try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(1000, client.received.items.len);
    for (0..10) |_| {
        try h.pass(write_ms - 100);
        try testing.expect(!client.is_closed);
        client.makeRoom(1000);
        try h.pump();
    }
    try testing.expectEqual(11_000, client.received.items.len);
    // Writing is possible again and again, but nothing is taken.
    try h.pass(write_ms - 100);
    client.makeRoom(0);
    try h.pass(100 + late(write_ms));
    try testing.expect(client.is_closed and client.was_reset);
    try testing.expectEqual(1, (try h.stats()).timeouts_write);
    try testing.expectEqual(0, (try h.stats()).timeouts_idle);
    try h.finish();
}

test "the clock of an idle connection starts when its answer is out" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    client.room = 1000;
    try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try h.pass(write_ms - 100);
    client.makeRoom(1 << 30);
    try h.pass(idle_ms - 100);
    try testing.expect(!client.is_closed);
    try h.pass(100 + late(idle_ms));
    try testing.expect(client.is_closed and !client.was_reset);
    try h.finish();
}

test "an answer that comes while the loop sleeps is of that moment" {
    const h = try open();
    defer h.deinit();
    for ([_][]const u8{ "x", &harness_file.large_constant }) |body| {
        const client = try h.connect();
        if (body.len > 1) client.room = 100;
        try client.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
        try h.pump();
        // Nobody polls meanwhile.
        h.runtime.clock_ahead_ns += 2 * write_ms * std.time.ns_per_ms;
        try h.answerAt(0, .{ .body = body });
        try h.pass(idle_ms - 100);
        try testing.expect(!client.is_closed);
        client.makeRoom(1 << 30);
        try h.pump();
        try expectStatuses(&.{200}, client.received.items);
        try h.pass(idle_ms + late(idle_ms));
        try testing.expect(client.is_closed and !client.was_reset);
    }
    try testing.expectEqual(2, (try h.stats()).timeouts_idle);
    try h.finish();
}

test "a route's own times are its own" {
    const h = try open();
    defer h.deinit();
    const slow = try h.connect();
    try slow.send("POST /hasty HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    try h.pump();
    try h.pass(harness_file.hasty_body_ms + late(harness_file.hasty_body_ms));
    try expectStatuses(&.{408}, slow.received.items);

    // The next request of the same connection has the server's times again.
    const client = try h.connect();
    try client.send("POST /hasty HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    try h.serve(.as_they_came);
    try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    try h.pump();
    try h.pass(body_ms - 100);
    try expectStatuses(&.{200}, client.received.items);
    try h.pass(100 + late(body_ms));
    try expectStatuses(&.{ 200, 408 }, client.received.items);

    const reader = try h.connect();
    reader.room = 10;
    try reader.send("POST /hasty HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    try h.serve(.as_they_came);
    try h.pass(harness_file.hasty_write_ms + late(harness_file.hasty_write_ms));
    try testing.expect(reader.is_closed and reader.was_reset);
    try h.finish();
}

test "an answer that is sent while timers fire leaves the timers of others alone" {
    var options = harness_file.default_options;
    options.head_ms = head_ms;
    options.write_ms = body_ms;
    options.idle_ms = idle_ms;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const slow = try h.connect();
    const busy = try h.connect();
    const others = [_]*MemoryClient{ try h.connect(), try h.connect() };
    const stuck = [_]*MemoryClient{ others[0], others[1], busy };
    for (stuck) |client| client.room = 0;
    try slow.send("GET /");
    try busy.send("GET /");
    try h.pump();
    try h.pass(head_ms - 100);
    // Three answers that nobody takes. The last of them is under way when the time of `slow` is over.
    for (others) |client| try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try busy.send(" HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pass(100 + late(head_ms));
    try expectStatuses(&.{408}, slow.received.items);
    try h.pass(body_ms + late(body_ms));
    for (stuck) |client| try testing.expect(client.was_reset);
    try testing.expectEqual(stuck.len, (try h.stats()).timeouts_write);
    try h.finish();
}

test "many timers at once" {
    const h = try open();
    defer h.deinit();
    var prng: std.Random.DefaultPrng = .init(11);
    for (0..500) |i| {
        const client = try h.connect();
        switch (i % 4) {
            0 => {},
            1 => try client.send("GET /nowhere"),
            2 => try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"),
            else => {
                client.room = i;
                try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
            },
        }
        try h.pass(prng.random().uintLessThan(u64, 10));
    }
    try h.pass(2 * write_ms);
    try h.pass(2 * write_ms);
    const stats = try h.stats();
    try testing.expectEqual(125, stats.timeouts_idle);
    try testing.expectEqual(125, stats.timeouts_head);
    try testing.expectEqual(125, stats.timeouts_body);
    try testing.expectEqual(125, stats.timeouts_write);
    try testing.expectEqual(0, h.runtime.connections.in_use);
    try h.finish();
}

test "a head has its own time, though every read brings the beginning of the next" {
    const h = try open();
    defer h.deinit();
    const client = try h.connect();
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    try client.send(request[0..10]);
    for (0..20) |_| {
        try h.pass(head_ms / 5);
        try client.send(request[10..] ++ request[0..10]);
        try h.pump();
    }
    try expectStatuses(&@as([20]u16, @splat(200)), client.received.items);
    try h.pass(head_ms + late(head_ms));
    try expectStatuses(&(@as([20]u16, @splat(200)) ++ .{408}), client.received.items);
    try h.finish();
}

test "what arrived in time is seen before anybody is blamed, however many they are" {
    const h = try open();
    defer h.deinit();
    const port = try h.listen();
    const count = 2 * limits.events_per_wait + 50;
    for (0..count) |_| _ = try h.connectTcp(port);
    try h.awaitCount(.connections, count);
    for (h.sockets.items) |client| try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pass(10 * idle_ms);
    for (h.sockets.items) |client| {
        try h.receiveUntil(client, 1);
        try expectStatuses(&.{200}, client.received.items);
    }
    try testing.expectEqual(0, (try h.stats()).timeouts_idle);
    try h.finish();
}
