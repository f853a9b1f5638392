//! Clients that go away, half or whole, early or late, and what is left of them.

const std = @import("std");
const testing = std.testing;
const limits = @import("../limits.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const expectStatuses = answers_file.expectStatuses;

const get_echo = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n";
const get_constant = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test "whoever watches learns that the client is gone, once" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo ++ get_echo ++ get_echo);
    try h.pump();
    const watched = h.requests.items[1].exchange;
    try h.runtime.watch(watched);
    try h.runtime.watch(watched);
    client.reset();
    try h.pump();
    try testing.expectEqualSlices(u32, &.{watched}, h.aborted.items);
    // Handlers still have them.
    try testing.expectEqual(0, h.runtime.connections.in_use);
    try testing.expectEqual(3, h.runtime.exchanges.in_use);
    try h.answerAll(.reversed);
    try testing.expectEqual(0, h.runtime.exchanges.in_use);
    try h.pump();
    try testing.expectEqual(1, h.aborted.items.len);
    try testing.expectEqualStrings("", client.received.items);
    try h.finish();
}

test "who watches too late learns it at the next poll" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo);
    try h.pump();
    client.reset();
    try h.pump();
    try testing.expectEqual(0, h.aborted.items.len);
    const exchange = h.requests.items[0].exchange;
    try h.runtime.watch(exchange);
    try h.pump();
    try testing.expectEqualSlices(u32, &.{exchange}, h.aborted.items);
    try h.finish();
}

test "an answer before the notice makes the notice void, and its slot is nobody else's meanwhile" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const other = try h.connect();
    try client.send(get_echo ++ get_echo);
    try other.send(get_echo);
    try h.pump();
    for (h.requests.items) |request| try h.runtime.watch(request.exchange);
    // Two are listed; all are answered before the next poll.
    h.runtime.fail(client.serverEnd().?);
    h.flush();
    try testing.expectEqual(3, h.runtime.exchanges.in_use);
    try h.answerAll(.as_they_came);
    try testing.expectEqual(2, h.runtime.exchanges.in_use);
    try h.pump();
    try testing.expectEqual(0, h.aborted.items.len);
    try testing.expectEqual(0, h.runtime.exchanges.in_use);
    try expectStatuses(&.{200}, other.received.items);
    try h.finish();
}

test "handlers that were cut off hear of it when another answer ends their connection" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo ++ get_echo);
    try h.pump();
    const cut = h.requests.items[1].exchange;
    try h.runtime.watch(cut);
    try h.answerAt(0, .{ .close = true });
    try h.pump();
    try testing.expectEqualSlices(u32, &.{cut}, h.aborted.items);
    try h.finish();
}

test "a client that ends its side after a whole request is answered, and its handler knows" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo ++ get_echo);
    try h.pump();
    const first = h.requests.items[0].exchange;
    const second = h.requests.items[1].exchange;
    try h.runtime.watch(first);
    client.end();
    try h.pump();
    try testing.expectEqualSlices(u32, &.{first}, h.aborted.items);
    // It has ended already when this one asks.
    try h.runtime.watch(second);
    try h.pump();
    try testing.expectEqualSlices(u32, &.{ first, second }, h.aborted.items);
    try testing.expect(!client.is_closed);
    try h.serve(.reversed);
    var answers: Answers = .of(client.received.items);
    try testing.expect(!(try answers.next()).?.closes());
    try testing.expect((try answers.next()).?.closes());
    try testing.expect(client.is_closed and !client.was_reset);
    try testing.expectEqual(2, h.aborted.items.len);
    try h.finish();
}

test "a client that ends its side and then breaks off is one notice" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo);
    try h.pump();
    try h.runtime.watch(h.requests.items[0].exchange);
    client.end();
    try h.pump();
    client.reset();
    try h.pump();
    try testing.expectEqual(1, h.aborted.items.len);
    try testing.expectEqual(0, h.runtime.connections.in_use);
    try testing.expectEqual(1, h.runtime.exchanges.in_use);
    try h.finish();
}

test "more notices than a batch has records" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const count = limits.records_max + 100;
    for (0..count) |_| try (try h.connect()).send(get_echo);
    try h.pump();
    for (h.requests.items) |request| try h.runtime.watch(request.exchange);
    for (h.clients.items) |client| client.reset();
    try h.pump();
    try testing.expectEqual(count, h.aborted.items.len);
    try h.finish();
}

test "an end behind requests that wait for their turn comes after them" {
    var options = harness_file.default_options;
    options.pipelined = 2;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const client = try h.connect();
    try client.send(get_echo ++ get_echo ++ get_echo ++ get_constant ++ get_echo ++ get_constant);
    client.end();
    try h.pump();
    try testing.expectEqual(2, h.requests.items.len);
    // Both are answered before the rest is looked at: neither is the last.
    try h.answerAll(.as_they_came);
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 200, 200, 200, 200 }, client.received.items);
    try testing.expect(client.is_closed);
    try h.finish();
}

test "an end behind more than a batch holds comes after all of it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    // Fills the batch, so that the second client's requests wait where they are.
    const count = limits.records_max / limits.pipelined_default;
    for (0..count) |_| {
        const client = try h.connect();
        for (0..limits.pipelined_default) |_| try client.sent.appendSlice(testing.allocator, get_echo);
        try client.send("");
    }
    const last = try h.connect();
    try last.send(get_echo ++ get_echo ++ get_echo);
    last.end();
    for (0..limits.records_max + 3) |_| {
        if (try h.poll() <= 0) break;
        try h.answerAll(.as_they_came);
    }
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 200 }, last.received.items);
    try testing.expect(last.is_closed);
    try h.finish();
}

test "a client that only connects and ends is gone" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.end();
    try h.pump();
    try testing.expect(client.is_closed);
    const partial = try h.connect();
    try partial.send("GET / HT");
    partial.end();
    try h.pump();
    try testing.expect(partial.is_closed);
    try testing.expectEqualStrings("", partial.received.items);
    try h.finish();
}

test "an early answer survives what the client still sends" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /narrow HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
    try h.pump();
    try testing.expect(client.is_finished);
    const piece: [50_000]u8 = @splat('x');
    for (0..10) |_| {
        try client.send(&piece);
        try h.pump();
        try testing.expect(!client.is_closed);
    }
    client.end();
    try h.pump();
    try testing.expect(client.is_closed and !client.was_reset);
    try expectStatuses(&.{413}, client.received.items);
    try h.finish();
}

test "a client that sends on after its last answer is read so far and no farther" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("BAD\r\n\r\n");
    try h.pump();
    const piece: [50_000]u8 = @splat('x');
    var sent: usize = 0;
    while (!client.is_closed) : (sent += piece.len) {
        try testing.expect(sent < limits.linger_bytes + 2 * limits.read_bytes);
        try client.send(&piece);
        try h.pump();
    }
    try testing.expect(sent >= limits.linger_bytes - piece.len);
    try h.finish();
}

test "a client that neither sends nor ends after its last answer is closed in time" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("BAD\r\n\r\n");
    try h.pump();
    try h.pass(limits.linger_ms - 100);
    try testing.expect(client.is_finished and !client.is_closed);
    try h.pass(limits.linger_ms / 7 + 102);
    try testing.expect(client.is_closed);
    try h.finish();
}

test "a client that does not read its last answer is not read either" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.room = 10;
    try client.send("BAD\r\n\r\n");
    try h.pump();
    const read_calls = client.read_calls;
    for (0..5) |_| {
        try client.send(&@as([10_000]u8, @splat('x')));
        try h.pump();
    }
    try testing.expectEqual(read_calls, client.read_calls);
    try testing.expect(!client.is_finished);
    client.makeRoom(100_000);
    try h.pump();
    try testing.expect(client.is_finished);
    try expectStatuses(&.{400}, client.received.items);
    client.end();
    try h.pump();
    try testing.expect(client.is_closed and !client.was_reset);
    try h.finish();
}

test "slots and memory of clients that vanish anywhere are given back" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const text = get_echo ++ "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" ++ @as([69_000]u8, @splat('b'));
    const small = get_constant ++ get_echo ++ "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    inline for (.{ text, small }) |bytes| {
        for (0..60) |i| {
            const client = try h.connect();
            try client.send(bytes[0 .. bytes.len * i / 60]);
            try h.pump();
            client.reset();
            try h.pump();
            try testing.expectEqual(0, h.runtime.connections.in_use);
        }
    }
    try h.answerAll(.as_they_came);
    try testing.expectEqual(0, h.runtime.exchanges.in_use);
    try testing.expectEqual(0, h.budget.heldBytes());
    try h.finish();
}

test "an end is noticed although its connection has too many requests to be read" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const count = limits.pipelined_default;
    for (0..count + 5) |_| try client.sent.appendSlice(testing.allocator, get_echo);
    try client.send("");
    try h.pump();
    try testing.expectEqual(count, h.requests.items.len);
    try h.runtime.watch(h.requests.items[0].exchange);
    client.end();
    try h.pump();
    try testing.expectEqualSlices(u32, &.{h.requests.items[0].exchange}, h.aborted.items);
    // Who asks later learns it too.
    try h.runtime.watch(h.requests.items[1].exchange);
    try h.pump();
    try testing.expectEqual(2, h.aborted.items.len);
    try h.serve(.as_they_came);
    try expectStatuses(&@as([count + 5]u16, @splat(200)), client.received.items);
    try h.finish();
}
