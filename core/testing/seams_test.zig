//! The two seams: any transport makes the same answers of the same bytes, any protocol fits the same runtime.

const std = @import("std");
const testing = std.testing;
const runtime_file = @import("../runtime.zig");
const harness_file = @import("harness.zig");
const memory_transport = @import("memory_transport.zig");
const out_of_order = @import("out_of_order.zig");
const answers_file = @import("answers.zig");
const Harness = harness_file.Harness;
const Pieces = memory_transport.Pieces;

// --- Transport ---

const cases = [_][]const u8{
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /echo/?x HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nHEAD /users/7 HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello worldGET /echo/2 HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS / HTTP/1.1\r\nHost: a\r\n\r\nDELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /echo/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\nGET /echo/never HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /echo/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /echo/never HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /narrow HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
    "POST /narrow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
    "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\nGET /echo/never HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
    "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: " ++ @as([17_000]u8, @splat('x')) ++ "\r\n\r\n",
    "GET /" ++ @as([9_000]u8, @splat('t')) ++ " HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX",
    "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" ++ @as([70_000]u8, @splat('w')) ++ "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /wide HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n" ++ @as([70_000]u8, @splat('w')) ++ "\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
};

/// The answers to `text` through a transport of this kind, dates blanked. The caller frees.
fn converse(h: *Harness, text: []const u8, reads: Pieces, writes: Pieces, room: usize) ![]u8 {
    const client = try h.connect();
    client.reads = reads;
    client.writes = writes;
    client.room = if (room == 0) std.math.maxInt(usize) else room;
    try client.send(text);
    try h.serve(.as_they_came);
    var rounds: usize = 0;
    while (client.serverEnd() != null and !client.serverEnd().?.outgoing.isEmpty()) : (rounds += 1) {
        try testing.expect(rounds < 1_000_000);
        client.makeRoom(room);
        try h.serve(.as_they_came);
    }
    client.end();
    try h.serve(.as_they_came);
    try testing.expect(client.is_closed);
    const copy = try testing.allocator.dupe(u8, client.received.items);
    answers_file.blankDates(copy);
    return copy;
}

test "the same bytes get the same answers, however they and the answers travel" {
    const h = try Harness.open(.{});
    defer h.deinit();
    var prng: std.Random.DefaultPrng = .init(1);
    const random = prng.random();
    for (cases) |text| {
        const expected = try converse(h, text, .whole, .whole, 0);
        defer testing.allocator.free(expected);
        const Way = struct { Pieces, Pieces, usize };
        const ways = [_]Way{
            .{ .{ .fixed = 1 }, .whole, 0 },
            .{ .{ .fixed = 2 }, .{ .fixed = 1000 }, 0 },
            .{ .{ .fixed = 7 }, .whole, 1000 },
            .{ .whole, .{ .fixed = 777 }, 0 },
            .{ .{ .random = .{ .source = random, .max = 5 } }, .{ .random = .{ .source = random, .max = 5000 } }, 3000 },
            .{ .{ .random = .{ .source = random, .max = 100 } }, .whole, 20_000 },
            .{ .{ .random = .{ .source = random, .max = 40_000 } }, .whole, 0 },
        };
        for (ways) |way| {
            // Large answers byte by byte take long and show nothing new.
            errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(text[0..@min(text.len, 200)])});
            const actual = try converse(h, text, way[0], way[1], way[2]);
            defer testing.allocator.free(actual);
            try testing.expectEqualStrings(expected, actual);
        }
        if (expected.len > 2000) continue;
        for ([_]usize{ 1, 2, 3, 50 }) |size| {
            const actual = try converse(h, text, .whole, .{ .fixed = size }, size);
            defer testing.allocator.free(actual);
            try testing.expectEqualStrings(expected, actual);
        }
    }
    try h.finish();
}

test "what the cases are answered with" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const expected = [cases.len][]const u16{
        &.{200},             &.{ 200, 200 },           &.{ 200, 200, 404 }, &.{ 200, 200 }, &.{ 200, 200 },
        &.{ 404, 405, 200 }, &.{ 200, 204, 204, 405 }, &.{ 200, 200 },      &.{200},        &.{413},
        &.{413},             &.{ 200, 400 },           &.{400},             &.{501},        &.{505},
        &.{431},             &.{414},                  &.{400},             &.{400},        &.{ 200, 200, 200 },
        &.{ 200, 200 },      &.{ 200, 200 },
    };
    for (cases, expected) |text, statuses| {
        const bytes = try converse(h, text, .whole, .whole, 0);
        defer testing.allocator.free(bytes);
        var answers: answers_file.Answers = .of(bytes);
        for (statuses) |status| try testing.expectEqual(status, (try answers.next()).?.status);
        // A last one may be to HEAD.
        _ = try answers.nextTo(.head);
        try testing.expectEqualStrings("", answers.rest);
    }
    try h.finish();
}

test "bytes that a transport holds are read without an event" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.reads = .{ .fixed = 10 };
    try client.send("GET ");
    // Decrypted along with those, say: nothing announces them.
    try client.sent.appendSlice(testing.allocator, "/ HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    try answers_file.expectStatuses(&.{ 200, 200 }, client.received.items);
    try h.finish();
}

test "a transport that must write before it can read is read when it can write" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    client.room = 0;
    client.wants_write = true;
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(0, client.sent_read);
    client.makeRoom(1 << 20);
    try h.pump();
    try answers_file.expectStatuses(&.{200}, client.received.items);
    try h.finish();
}

// --- Protocol ---

const protocols = [_]runtime_file.Protocol{.of(out_of_order.OutOfOrder(runtime_file.Runtime))};

fn openOutOfOrder() !*Harness {
    var options = harness_file.default_options;
    options.pipelined = out_of_order.pipelined_max;
    const h = try Harness.open(.{ .server = options });
    h.runtime.protocols = &protocols;
    return h;
}

test "a protocol may answer in any order" {
    const h = try openOutOfOrder();
    defer h.deinit();
    const client = try h.connect();
    try client.send("1 /echo/a\n2 /\n3 /echo/b\n4 /nowhere\n5 /echo/c\n");
    try h.pump();
    try testing.expectEqualStrings("2 200 Hello, World!\n4 404 {\"detail\":\"Not Found\"}\n", client.received.items);
    client.received.clearRetainingCapacity();
    try h.answerAt(1, null);
    try h.answerAt(1, null);
    try testing.expectEqualStrings("3 200 GET /echo/b? 0:\n5 200 GET /echo/c? 0:\n", client.received.items);
    client.end();
    try h.pump();
    try testing.expect(!client.is_closed);
    client.received.clearRetainingCapacity();
    try h.answerAt(0, null);
    try testing.expectEqualStrings("1 200 GET /echo/a? 0:\n", client.received.items);
    try testing.expect(client.is_closed);
    try h.finish();
}

test "another protocol has the same bounds, notices and ends" {
    const h = try openOutOfOrder();
    defer h.deinit();
    const client = try h.connect();
    for (0..20) |i| {
        var line: [32]u8 = undefined;
        try client.send(try std.fmt.bufPrint(&line, "{d} /echo/{d}\n", .{ i, i }));
    }
    try h.pump();
    try testing.expectEqual(out_of_order.pipelined_max, h.requests.items.len);
    for (h.requests.items) |request| try h.runtime.watch(request.exchange);
    try h.serve(.reversed);
    var lines = std.mem.splitScalar(u8, client.received.items, '\n');
    var seen: [20]bool = @splat(false);
    while (lines.next()) |line| {
        if (line.len == 0) continue;
        const id = try std.fmt.parseInt(usize, line[0..std.mem.findScalar(u8, line, ' ').?], 10);
        try testing.expect(!seen[id]);
        seen[id] = true;
        var text: [64]u8 = undefined;
        try testing.expectEqualStrings(try std.fmt.bufPrint(&text, "{d} 200 GET /echo/{d}? 0:", .{ id, id }), line);
    }
    try testing.expect(std.mem.allEqual(bool, &seen, true));

    const leaving = try h.connect();
    try leaving.send("1 /echo/\n2 /echo/\n");
    try h.pump();
    try h.runtime.watch(h.requests.items[0].exchange);
    leaving.reset();
    try h.pump();
    try testing.expectEqual(1, h.aborted.items.len);
    try h.serve(.reversed);

    const bad = try h.connect();
    try bad.send("1 /echo/\nnonsense\n2 /echo/\n");
    try h.serve(.as_they_came);
    try testing.expectEqualStrings("0 400 Malformed request line: the request target is not valid\n", bad.received.items);
    try testing.expect(bad.is_finished);

    const slow = try h.connect();
    slow.reads = .{ .fixed = 1 };
    try slow.send("7 /users/x\n8 /");
    try h.serve(.as_they_came);
    try testing.expectEqualStrings("7 200 GET /users/x? 0:\n", slow.received.items);
    try h.pass(2 * harness_file.default_options.head_ms);
    try testing.expectEqual(1, (try h.stats()).timeouts_head);
    try h.finish();
}
