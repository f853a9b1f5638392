//! Answers whose bodies come in pieces: framing, turns, back-pressure, and clients that leave.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const limits = @import("../limits.zig");
const servers = @import("../servers.zig");
const streams = @import("../streams.zig");
const harness_file = @import("harness.zig");
const Answers = @import("answers.zig").Answers;
const Harness = harness_file.Harness;
const MemoryClient = @import("memory_transport.zig").MemoryClient;

fn begin(h: *Harness, exchange: u32, bytes: ?u64) i64 {
    var answer = std.mem.zeroes(abi.Response);
    answer.exchange = exchange;
    answer.status = 200;
    answer.content_type = .text;
    return streams.begin(h.runtime, &answer, "X-Kind\x00stream\x00", bytes);
}

/// The exchange of the one request that waits for its handler.
fn asked(h: *Harness, client: *MemoryClient, request: []const u8) !u32 {
    try client.send(request);
    try h.pump();
    try testing.expectEqual(1, h.requests.items.len);
    return h.requests.pop().?.exchange;
}

const get = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n";

fn headOf(client: *const MemoryClient) []const u8 {
    const received = client.received.items;
    return received[0 .. std.mem.find(u8, received, "\r\n\r\n").? + 4];
}

fn bodyOf(client: *const MemoryClient) []const u8 {
    return client.received.items[headOf(client).len..];
}

test "pieces become chunks, and the connection goes on" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const exchange = try asked(h, client, get);
    try testing.expect(begin(h, exchange, null) > 0);
    try testing.expect(std.mem.find(u8, headOf(client), "Transfer-Encoding: chunked\r\n") != null);
    try testing.expect(std.mem.find(u8, headOf(client), "X-Kind: stream\r\n") != null);
    try testing.expect(streams.write(h.runtime, exchange, "hello") > 0);
    // Sent at once.
    try testing.expectEqualStrings("5\r\nhello\r\n", bodyOf(client));
    try testing.expect(streams.write(h.runtime, exchange, "") > 0);
    const large: [20_000]u8 = @splat('x');
    try testing.expect(streams.write(h.runtime, exchange, &large) > 0);
    streams.end(h.runtime, exchange, true);
    try testing.expectEqualStrings("5\r\nhello\r\n4e20\r\n" ++ large ++ "\r\n0\r\n\r\n", bodyOf(client));
    // The exchange is over.
    try testing.expectEqual(-1, streams.write(h.runtime, exchange, "more"));
    streams.end(h.runtime, exchange, true);

    client.received.clearRetainingCapacity();
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    try testing.expectEqualStrings(harness_file.constant_text, bodyOf(client));
    try testing.expectEqual(2, @as(usize, @intFromFloat((try h.stats()).responses_2xx)));
    try h.finish();
}

test "a body whose length is known is framed by it, neither more nor less" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const exact = try h.connect();
    const first = try asked(h, exact, get);
    try testing.expect(begin(h, first, 5) > 0);
    try testing.expect(streams.write(h.runtime, first, "hel") > 0);
    try testing.expectEqual(-2, streams.write(h.runtime, first, "lo!"));
    try testing.expect(streams.write(h.runtime, first, "lo") > 0);
    streams.end(h.runtime, first, true);
    var answers: Answers = .of(exact.received.items);
    try testing.expectEqualStrings("hello", (try answers.next()).?.body);
    try testing.expect(!exact.is_finished);

    const short = try h.connect();
    const second = try asked(h, short, get);
    _ = begin(h, second, 5);
    _ = streams.write(h.runtime, second, "hel");
    streams.end(h.runtime, second, true);
    try testing.expectEqualStrings("hel", bodyOf(short));
    try testing.expect(short.is_finished);
    try h.finish();
}

test "HEAD and HTTP/1.0" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const head = try h.connect();
    const first = try asked(h, head, "HEAD /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    _ = begin(h, first, 1000);
    try testing.expect(streams.write(h.runtime, first, "nobody sees this") > 0);
    streams.end(h.runtime, first, true);
    try testing.expect(std.mem.find(u8, headOf(head), "Content-Length: 1000\r\n") != null);
    try testing.expectEqualStrings("", bodyOf(head));
    try testing.expect(!head.is_finished);

    // Without chunks the end of the body is the end of the connection.
    const old = try h.connect();
    const second = try asked(h, old, "GET /echo/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    _ = begin(h, second, null);
    _ = streams.write(h.runtime, second, "old");
    streams.end(h.runtime, second, true);
    try testing.expect(std.mem.find(u8, headOf(old), "Connection: close\r\n") != null);
    try testing.expectEqualStrings("old", bodyOf(old));
    try testing.expect(old.is_finished and !old.was_reset);

    const broken = try h.connect();
    const third = try asked(h, broken, "GET /echo/ HTTP/1.0\r\n\r\n");
    _ = begin(h, third, null);
    _ = streams.write(h.runtime, third, "half");
    streams.end(h.runtime, third, false);
    try testing.expect(broken.is_closed and broken.was_reset);
    try h.finish();
}

test "what breaks off has no end that a client could take for whole" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const exchange = try asked(h, client, get ++ "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    _ = begin(h, exchange, null);
    _ = streams.write(h.runtime, exchange, "half");
    streams.end(h.runtime, exchange, false);
    try testing.expectEqualStrings("4\r\nhalf\r\n", bodyOf(client));
    try testing.expect(client.is_finished);
    try h.finish();
}

test "a stream waits for its turn, and what is asked behind it for its end" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get ++ get ++ "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    const first = h.requests.items[0].exchange;
    const second = h.requests.items[1].exchange;
    h.requests.clearRetainingCapacity();
    try testing.expectEqual(0, begin(h, second, null));
    // Nobody may write yet.
    try testing.expectEqual(0, streams.write(h.runtime, second, "too early"));
    try testing.expectEqualStrings("", client.received.items);

    try testing.expect(begin(h, first, 2) > 0);
    _ = streams.write(h.runtime, first, "1!");
    streams.end(h.runtime, first, true);
    try h.pump();
    try testing.expectEqualSlices(u32, &.{second}, h.roomy.items);
    try testing.expect(streams.write(h.runtime, second, "2!") > 0);
    try testing.expect(std.mem.find(u8, client.received.items, harness_file.constant_text) == null);
    streams.end(h.runtime, second, true);
    try testing.expect(std.mem.find(u8, client.received.items, "2\r\n2!\r\n0\r\n\r\nHTTP/1.1 200 OK") != null);
    try testing.expect(std.mem.endsWith(u8, client.received.items, harness_file.constant_text));
    try h.finish();
}

test "a slow reader holds a bounded number of bytes, and its writer is told when to go on" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.room = 1000;
    const exchange = try asked(h, client, get);
    var credit = begin(h, exchange, null);
    const piece: [10_000]u8 = @splat('p');
    var written: usize = 0;
    while (credit > 0) : (written += piece.len) credit = streams.write(h.runtime, exchange, &piece);
    try testing.expectEqual(0, credit);
    try testing.expect(written >= limits.unsent_bytes_high and written < limits.unsent_bytes_high + 2 * piece.len);
    try testing.expect(h.budget.heldBytes() < 2 * limits.unsent_bytes_high);

    client.makeRoom(1000);
    try h.pump();
    try testing.expectEqual(0, h.roomy.items.len);
    client.makeRoom(limits.unsent_bytes_high - limits.unsent_bytes_low + piece.len);
    try h.pump();
    try testing.expectEqualSlices(u32, &.{exchange}, h.roomy.items);
    try testing.expect(streams.write(h.runtime, exchange, &piece) > 0);
    client.makeRoom(1 << 30);
    streams.end(h.runtime, exchange, true);
    try h.pump();
    try testing.expect(std.mem.endsWith(u8, client.received.items, "\r\n0\r\n\r\n"));
    try testing.expectEqual(0, h.budget.heldBytes());
    try h.finish();
}

test "who writes a stream learns that its client ended its side, and that it is gone" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const exchange = try asked(h, client, get);
    _ = begin(h, exchange, null);
    client.end();
    try h.pump();
    try testing.expectEqualSlices(u32, &.{exchange}, h.aborted.items);
    // It still reads.
    try testing.expect(streams.write(h.runtime, exchange, "still") > 0);
    client.reset();
    try h.pump();
    try testing.expectEqualSlices(u32, &.{ exchange, exchange }, h.aborted.items);
    try testing.expectEqual(-1, streams.write(h.runtime, exchange, "gone"));
    streams.end(h.runtime, exchange, false);
    try h.finish();
}

test "one whose head waits is gone with its connection" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(get ++ get);
    try h.pump();
    const second = h.requests.items[1].exchange;
    _ = h.requests.orderedRemove(1);
    try testing.expectEqual(0, begin(h, second, null));
    client.reset();
    try h.pump();
    try testing.expectEqual(-1, streams.write(h.runtime, second, "gone"));
    streams.end(h.runtime, second, true);
    try h.serve(.as_they_came);
    try testing.expectEqual(0, h.budget.heldBytes());
    try h.finish();
}

test "no idle time ends a stream, and a server that stops waits for it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const exchange = try asked(h, client, get);
    _ = begin(h, exchange, null);
    try h.pass(10 * limits.idle_ms_default);
    try testing.expect(streams.write(h.runtime, exchange, "late") > 0);
    try servers.stop(h.runtime, h.server);
    try h.pump();
    try testing.expectEqual(0, h.drained.items.len);
    try testing.expect(streams.write(h.runtime, exchange, "later") > 0);
    streams.end(h.runtime, exchange, true);
    try h.pump();
    client.end();
    try h.pump();
    try testing.expectEqual(1, h.drained.items.len);
    try testing.expect(std.mem.endsWith(u8, client.received.items, "5\r\nlater\r\n0\r\n\r\n"));
    try h.finish();
}

test "an answer that does not get ahead is reset in the middle of its stream" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.room = 300;
    const exchange = try asked(h, client, get);
    _ = begin(h, exchange, null);
    const piece: [10_000]u8 = @splat('p');
    _ = streams.write(h.runtime, exchange, &piece);
    try h.pass(2 * limits.write_ms_default);
    try testing.expect(client.was_reset);
    try testing.expectEqual(-1, streams.write(h.runtime, exchange, &piece));
    streams.end(h.runtime, exchange, false);
    try testing.expectEqual(1, (try h.stats()).timeouts_write);
    try h.finish();
}
