//! Request bodies through the whole runtime: where they go, how large they may be, and when they are asked for.

const std = @import("std");
const testing = std.testing;
const limits = @import("../limits.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const expectAnswer = answers_file.expectAnswer;
const expectStatuses = answers_file.expectStatuses;

const too_large = "{\"detail\":\"The request body is too large\"}";

/// Bytes that differ from place to place.
fn pattern(into: []u8) []u8 {
    for (into, 0..) |*byte, i| byte.* = @truncate((i *% 31) ^ (i >> 8));
    return into;
}

fn postWide(allocator: std.mem.Allocator, body: []const u8) ![]u8 {
    return std.fmt.allocPrint(allocator, "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: {d}\r\n\r\n{s}", .{ body.len, body });
}

test "a small body is read where it arrived, and the next request behind it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" ++
        "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqualStrings("abc", h.requests.items[0].body);
    try testing.expect(h.requests.items[0].has_body and !h.requests.items[0].body_is_apart);
    try testing.expectEqualStrings("", h.requests.items[1].body);
    try testing.expect(h.requests.items[1].has_body);
    try testing.expectEqual(0, h.budget.heldBytes());
    try h.serve(.reversed);
    try expectStatuses(&.{ 200, 200, 200 }, client.received.items);
    try h.finish();
}

test "bodies around the size that travels apart" {
    const h = try Harness.open(.{});
    defer h.deinit();
    var memory: [limits.ring_body_bytes + 2]u8 = undefined;
    const bytes = pattern(&memory);
    for ([_]usize{ 1, 4095, 4096, 4097, limits.ring_body_bytes - 1, limits.ring_body_bytes, limits.ring_body_bytes + 1 }) |size| {
        for ([_]bool{ false, true }) |in_pieces| {
            const client = try h.connect();
            const text = try postWide(testing.allocator, bytes[0..size]);
            defer testing.allocator.free(text);
            if (in_pieces) {
                var rest: []const u8 = text;
                while (rest.len > 0) {
                    const piece = @min(rest.len, 10_007);
                    try client.send(rest[0..piece]);
                    rest = rest[piece..];
                    try h.pump();
                }
            } else {
                try client.send(text);
                try h.pump();
            }
            const request = &h.requests.items[0];
            try testing.expectEqualSlices(u8, bytes[0..size], request.body);
            try testing.expectEqual(size > limits.ring_body_bytes, request.body_is_apart);
            // What was handed over is the handler's, what was not is in the ring.
            try testing.expectEqual(0, h.budget.heldBytes());
            try h.serve(.as_they_came);
            try expectStatuses(&.{200}, client.received.items);
        }
    }
    try h.finish();
}

test "a large body that no handler takes is given back with the answer" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const bytes = try testing.allocator.alloc(u8, 300_000);
    defer testing.allocator.free(bytes);
    const text = try postWide(testing.allocator, pattern(bytes));
    defer testing.allocator.free(text);
    h.leaves_bodies = true;
    try client.send(text);
    try h.pump();
    try testing.expect(h.requests.items[0].body_is_apart);
    try testing.expect(h.budget.heldBytes() >= bytes.len);
    const handle = h.requests.items[0].exchange;
    try testing.expect(h.runtime.exchanges.get(handle) != null);
    try h.answerAt(0, .{ .status = 204 });
    try testing.expectEqual(0, h.budget.heldBytes());
    try testing.expectEqual(null, h.runtime.exchanges.get(handle));
    try h.finish();
}

test "a body that was taken lives longer than its request" {
    const blob = @import("../memory/blob.zig");
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const bytes = try testing.allocator.alloc(u8, 100_000);
    defer testing.allocator.free(bytes);
    const text = try postWide(testing.allocator, pattern(bytes));
    defer testing.allocator.free(text);
    h.leaves_bodies = true;
    try client.send(text);
    try h.pump();
    const exchange = h.runtime.exchanges.get(h.requests.items[0].exchange).?;
    const memory = exchange.body.take().?;
    try testing.expectEqual(null, exchange.body.take());
    try h.answerAt(0, null);
    client.reset();
    try h.pump();
    try testing.expectEqualSlices(u8, bytes, memory[0..bytes.len]);
    try testing.expect(h.budget.heldBytes() >= bytes.len);
    blob.free(memory);
    try testing.expectEqual(0, h.budget.heldBytes());
    try h.finish();
}

test "chunked bodies with extensions and trailers" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /echo/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" ++
        "4;x=\"y\"\r\nWiki\r\n5\r\npedia\r\n0\r\nX-Sum: 1\r\n\r\n" ++
        "POST /echo/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "POST /echo/1? 9:Wikipedia");
    try expectAnswer(&answers, 200, "POST /echo/2? 0:");
    try expectAnswer(&answers, 200, harness_file.constant_text);
    try h.finish();
}

test "a body that its head says is too large is refused before it comes" {
    const h = try Harness.open(.{});
    defer h.deinit();
    inline for (.{ "/narrow", "/decked", "/nowhere" }) |path| {
        const client = try h.connect();
        try client.send("POST " ++ path ++ " HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
        try h.pump();
        var answers: Answers = .of(client.received.items);
        const answer = (try answers.next()).?;
        try testing.expectEqual(413, answer.status);
        try testing.expectEqualStrings(too_large, answer.body);
        try testing.expect(answer.closes());
        try testing.expect(client.is_finished and !client.is_closed);
        try testing.expectEqual(0, h.requests.items.len);
    }
    try h.finish();
}

test "a chunked body is refused when it becomes too large" {
    const h = try Harness.open(.{});
    defer h.deinit();
    inline for (.{ "b\r\n", "8\r\n01234567\r\n3\r\nabc", "ffffffffffffffff\r\n" }) |chunks| {
        const client = try h.connect();
        try client.send("GET /echo/first HTTP/1.1\r\nHost: a\r\n\r\n" ++
            "POST /narrow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" ++ chunks);
        try h.serve(.as_they_came);
        var answers: Answers = .of(client.received.items);
        try expectAnswer(&answers, 200, "GET /echo/first? 0:");
        try expectAnswer(&answers, 413, too_large);
        try testing.expectEqual(null, try answers.next());
    }
    try h.finish();
}

test "a malformed chunk is a bad request" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nz\r\n");
    try h.pump();
    try testing.expectEqual(0, h.requests.items.len);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 400, "{\"detail\":\"Malformed chunk: the size is not a hexadecimal number\"}");
    try testing.expectEqual(1, (try h.stats()).parse_errors);
    try h.finish();
}

test "a body that nobody wants is skipped" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /decked HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET " ++
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n" ++
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" ++
        "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 404, 404, 200, 200 }, client.received.items);
    try h.finish();
}

test "one request gets one answer, whatever its unwanted body turns out to be" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const bad_chunk = "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n";
    const large_chunk = "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n";
    inline for (.{ bad_chunk, large_chunk }) |text| {
        const client = try h.connect();
        try client.send(text);
        try h.pump();
        try expectStatuses(&.{404}, client.received.items);
        try testing.expect(client.is_finished and !client.is_closed);

        const other = try h.connect();
        try other.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n" ++ text ++ "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        try h.serve(.as_they_came);
        var answers: Answers = .of(other.received.items);
        try expectAnswer(&answers, 200, "GET /echo/? 0:");
        try testing.expect((try answers.next()).?.closes());
        try testing.expectEqual(null, try answers.next());
        try testing.expect(other.is_finished);
    }
    try h.finish();
}

test "a client that asks before it sends is told to go on" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    try h.pump();
    try testing.expectEqualStrings("HTTP/1.1 100 Continue\r\n\r\n", client.received.items);
    try client.send("hi");
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 100, 200 }, client.received.items);
    try testing.expectEqual(1, (try h.stats()).responses_1xx);
    try h.finish();
}

test "a client that asks behind unanswered requests is told after them" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    try h.pump();
    try testing.expectEqualStrings("", client.received.items);
    // The client waits for the handler, so nobody can blame it for the body.
    try h.pass(10 * limits.body_ms_default);
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 100 }, client.received.items);
    try client.send("2\r\nhi\r\n0\r\n\r\n");
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 100, 200 }, client.received.items);
    try h.finish();
}

test "a client that sends what it asked about is not told" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, client.received.items);
    const eager = try h.connect();
    try eager.send("POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nh");
    try h.serve(.as_they_came);
    try testing.expectEqualStrings("", eager.received.items);
    try eager.send("i");
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, eager.received.items);
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    try h.pump();
    try client.send("h");
    try h.pump();
    try h.serve(.as_they_came);
    try client.send("i");
    try h.serve(.as_they_came);
    try expectStatuses(&.{ 200, 200, 200 }, client.received.items);
    try h.finish();
}

test "a client that asks and is refused keeps its body" {
    const h = try Harness.open(.{});
    defer h.deinit();
    inline for (.{ .{ "/narrow", 413 }, .{ "/decked", 404 }, .{ "/nowhere", 404 }, .{ "/", 405 } }) |case| {
        const client = try h.connect();
        try client.send("POST " ++ case[0] ++ " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n");
        try h.pump();
        var answers: Answers = .of(client.received.items);
        const answer = (try answers.next()).?;
        try testing.expectEqual(case[1], answer.status);
        try testing.expect(answer.closes());
        try testing.expect(client.is_finished and !client.is_closed);
    }
    try h.finish();
}

test "a body that ends too early is no request" {
    const h = try Harness.open(.{});
    defer h.deinit();
    inline for (.{ "Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" }) |rest| {
        const client = try h.connect();
        try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo/ HTTP/1.1\r\nHost: a\r\n" ++ rest);
        try h.pump();
        client.end();
        try h.serve(.as_they_came);
        try expectStatuses(&.{200}, client.received.items);
        try testing.expect(client.is_closed);
    }
    try h.finish();
}
