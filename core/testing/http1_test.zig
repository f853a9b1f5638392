//! HTTP/1.1 through the whole runtime: order, routing, persistence.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const servers = @import("../servers.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const expectAnswer = answers_file.expectAnswer;
const expectStatuses = answers_file.expectStatuses;

test "answers come in the order of the requests, however handlers finish" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "GET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/3 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(4, h.requests.items.len);
    try testing.expectEqualStrings("", client.received.items);
    // The last, then those in the middle; nothing is sent before the first is answered.
    try h.answerAt(3, null);
    try h.answerAt(1, null);
    try h.answerAt(1, null);
    try testing.expectEqualStrings("", client.received.items);
    try h.answerAt(0, null);

    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "GET /echo/0? 0:");
    try expectAnswer(&answers, 200, harness_file.constant_text);
    try expectAnswer(&answers, 200, "GET /echo/1? 0:");
    try expectAnswer(&answers, 404, "{\"detail\":\"Not Found\"}");
    try expectAnswer(&answers, 200, &harness_file.large_constant);
    try expectAnswer(&answers, 200, "GET /echo/2? 0:");
    try expectAnswer(&answers, 200, harness_file.constant_text);
    try expectAnswer(&answers, 200, "GET /echo/3? 0:");
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "an answer that waits keeps its bytes, headers and large bodies too" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    const large: [200_000]u8 = @splat('b');
    try h.answerAt(1, .{ .status = 201, .headers = "X-One\x001\x00X-Two\x00\x00", .content_type = .other, .body = &large });
    @memset(h.runtime.output[0..300_000], '!');
    try h.answerAt(0, null);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "GET /echo/0? 0:");
    const second = (try answers.next()).?;
    try testing.expectEqual(201, second.status);
    try testing.expectEqualStrings("1", second.header("x-one").?);
    try testing.expectEqualStrings("", second.header("x-two").?);
    try testing.expectEqual(null, second.header("content-type"));
    try testing.expectEqualSlices(u8, &large, second.body);
    try h.finish();
}

test "an answer with bytes from anywhere is sent at once" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    const large: [3_000_000]u8 = @splat('b');
    var response = std.mem.zeroes(abi.Response);
    response.exchange = h.requests.items[0].exchange;
    response.status = 200;
    h.runtime.respondNow(&response, "X\x00y\x00", &large);
    h.requests.clearRetainingCapacity();
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, &large);
    // Twice is once.
    h.runtime.respondNow(&response, "", "again");
    try testing.expectEqual(answers.rest.len, 0);
    try h.finish();
}

test "constants with headers of their own, whatever is in them" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /decked HTTP/1.1\r\nHost: a\r\n\r\nPOST /decked HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    for ([_]bool{ false, true }) |closes| {
        const answer = (try answers.next()).?;
        try testing.expectEqual(404, answer.status);
        try testing.expectEqualStrings("????????????????????????????????????????", answer.header("x-marks").?);
        try testing.expectEqualStrings("{}", answer.body);
        try testing.expectEqual(closes, answer.closes());
        try testing.expect(std.mem.endsWith(u8, answer.header("date").?, " GMT"));
    }
    try h.finish();
}

test "a constant may have a date of its own" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /dated HTTP/1.1\r\nHost: a\r\n\r\nGET /dated HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    for (0..2) |_| {
        const answer = (try answers.next()).?;
        try testing.expectEqualStrings("long ago", answer.header("date").?);
        try testing.expectEqual(null, std.mem.find(u8, answer.head, "Date"));
        try testing.expectEqualStrings("old", answer.body);
    }
    try h.finish();
}

test "an answer that waits is the only one, and comes as it was" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /decked HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    const second = h.requests.items[1];
    try h.answer(&second, .{ .body = "first" });
    try h.answer(&second, .{ .body = "again" });
    h.flush();
    _ = h.requests.orderedRemove(1);
    // The constant's table goes; its answer was promised already.
    try servers.clear(h.runtime, h.server);
    try testing.expectEqual(null, try servers.commit(h.runtime, h.server));
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "GET /echo/0? 0:");
    try expectAnswer(&answers, 200, "first");
    try expectAnswer(&answers, 404, "{}");
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "what a connection's persistence is, and what its client is told" {
    const Case = struct { []const u8, enum { goes_on, goes_on_and_says_so, closes } };
    const cases = [_]Case{
        .{ "GET {s} HTTP/1.1\r\nHost: a\r\n\r\n", .goes_on },
        .{ "GET {s} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", .closes },
        .{ "GET {s} HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", .closes },
        .{ "GET {s} HTTP/1.0\r\n\r\n", .closes },
        .{ "GET {s} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", .goes_on_and_says_so },
        .{ "GET {s} HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", .closes },
    };
    inline for (cases) |case| {
        inline for (.{ "/", "/echo/", "/nowhere" }) |path| {
            const h = try Harness.open(.{});
            defer h.deinit();
            const client = try h.connect();
            try client.send(comptime std.fmt.comptimePrint(case[0], .{path}));
            try h.serve(.as_they_came);
            var answers: Answers = .of(client.received.items);
            const answer = (try answers.next()).?;
            const connection = answer.header("connection");
            switch (case[1]) {
                .goes_on => try testing.expectEqual(null, connection),
                .goes_on_and_says_so => try testing.expectEqualStrings("keep-alive", connection.?),
                .closes => try testing.expectEqualStrings("close", connection.?),
            }
            try testing.expectEqual(case[1] == .closes, client.is_closed);
            // A second request is answered where the connection goes on.
            if (case[1] != .closes) {
                const before = client.received.items.len;
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                try h.serve(.as_they_came);
                answers = .of(client.received.items[before..]);
                try expectAnswer(&answers, 200, harness_file.constant_text);
            }
            try h.finish();
        }
    }
}

test "a handler may end the connection; what was asked behind gets no answer" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try h.answerAt(0, .{ .close = true });
    try testing.expect(client.is_finished and !client.is_closed);
    try h.answerAt(0, null);
    try h.pump();
    var answers: Answers = .of(client.received.items);
    try testing.expect((try answers.next()).?.closes());
    try testing.expectEqual(null, try answers.next());
    client.end();
    try h.pump();
    try testing.expect(client.is_closed and !client.was_reset);
    try h.finish();
}

test "answers without a body, and lengths of handlers' own" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    for (0..5) |_| try client.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    for (0..2) |_| try client.send("HEAD /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try h.answerAt(0, .{ .status = 204, .body = "never" });
    try h.answerAt(0, .{ .status = 304, .body = "never", .headers = "Content-Length\x00123\x00", .has_length = true });
    try h.answerAt(0, .{ .status = 304, .body = "never" });
    // What no status is.
    try h.answerAt(0, .{ .status = 0 });
    try h.answerAt(0, .{ .status = 1000 });
    try h.answerAt(0, .{ .body = "seven b" });
    try h.answerAt(0, .{ .headers = "Content-Length\x00123\x00", .has_length = true });
    var answers: Answers = .of(client.received.items);
    const Case = struct { u16, ?[]const u8, enum { get, head } };
    for ([_]Case{
        .{ 204, null, .get },
        .{ 304, "123", .get },
        .{ 304, null, .get },
        .{ 500, "0", .get },
        .{ 500, "0", .get },
        .{ 200, "7", .head },
        .{ 200, "123", .head },
    }) |case| {
        const answer = (try answers.nextTo(if (case[2] == .head) .head else .get)).?;
        try testing.expectEqual(case[0], answer.status);
        if (case[1]) |length| {
            try testing.expectEqualStrings(length, answer.header("content-length").?);
        } else {
            try testing.expectEqual(null, answer.header("content-length"));
        }
        try testing.expectEqualStrings("", answer.body);
    }
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "offsets that lead out of the output are nothing" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    h.runtime.responses[0] = std.mem.zeroes(abi.Response);
    h.runtime.responses[0].exchange = h.requests.items[0].exchange;
    h.runtime.responses[0].status = 200;
    h.runtime.responses[0].body = std.math.maxInt(u32);
    h.runtime.responses[0].body_bytes = std.math.maxInt(u32);
    h.requests.clearRetainingCapacity();
    _ = h.runtime.flush(1);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "");
    try h.finish();
}

test "requests behind one that closes are not processed" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(1, h.requests.items.len);
    try client.send("GET /echo/2 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    try expectStatuses(&.{200}, client.received.items);
    try testing.expectEqual(1, (try h.stats()).requests);
    try h.finish();
}

test "a bad request is answered after the good ones, and nothing behind it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/0 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "GET /echo/1 HTTP/1.1\r\nHost : a\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(1, h.requests.items.len);
    try testing.expectEqualStrings("", client.received.items);
    try client.send("GET /echo/3 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "GET /echo/0? 0:");
    try expectAnswer(&answers, 200, harness_file.constant_text);
    const bad = (try answers.next()).?;
    try testing.expectEqual(400, bad.status);
    try testing.expectEqualStrings("{\"detail\":\"Malformed header: white space before the colon\"}", bad.body);
    try testing.expect(bad.closes());
    try testing.expectEqual(null, try answers.next());
    try testing.expect(client.is_finished and !client.is_closed);
    try h.finish();
}

test "no more than the bound of requests is taken before some are answered" {
    var options = harness_file.default_options;
    options.pipelined = 3;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const client = try h.connect();
    const count = 20;
    for (0..count) |i| {
        var line: [64]u8 = undefined;
        try client.sent.appendSlice(testing.allocator, try std.fmt.bufPrint(&line, "GET /echo/{d} HTTP/1.1\r\nHost: a\r\n\r\n", .{i}));
    }
    try client.send("");
    try h.pump();
    try testing.expectEqual(3, h.requests.items.len);
    const read_calls = client.read_calls;
    try client.send("GET /echo/20 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(read_calls, client.read_calls);
    try testing.expectEqual(3, h.requests.items.len);
    // One answer makes room for one request.
    try h.answerAt(0, null);
    try h.pump();
    try testing.expectEqual(3, h.requests.items.len);
    try testing.expectEqualStrings("/echo/3", h.requests.items[2].path);
    try h.serve(.reversed);
    var answers: Answers = .of(client.received.items);
    for (0..count + 1) |i| {
        var text: [64]u8 = undefined;
        try expectAnswer(&answers, 200, try std.fmt.bufPrint(&text, "GET /echo/{d}? 0:", .{i}));
    }
    try testing.expectEqual(null, try answers.next());
    try testing.expect((try h.stats()).reads_stopped >= 6);
    try h.finish();
}

test "more than a batch's records from one client, without end" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    var text: std.ArrayList(u8) = .empty;
    defer text.deinit(testing.allocator);
    const count = 12_000;
    for (0..count) |i| {
        var line: [64]u8 = undefined;
        const path = if (i % 3 == 0) "" else "echo/";
        const suffix = if (i % 3 == 0) 0 else i;
        const request = if (i % 3 == 0)
            try std.fmt.bufPrint(&line, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .{})
        else
            try std.fmt.bufPrint(&line, "GET /{s}{d} HTTP/1.1\r\nHost: a\r\n\r\n", .{ path, suffix });
        try text.appendSlice(testing.allocator, request);
    }
    try client.send(text.items);
    // Each time one answer: what waits unread must not pile up.
    for (0..50) |_| {
        try h.pump();
        try h.answerAt(0, null);
        try testing.expect(h.budget.heldBytes() < 512 * 1024);
    }
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    for (0..count) |i| {
        var expected: [64]u8 = undefined;
        const body = if (i % 3 == 0) harness_file.constant_text else try std.fmt.bufPrint(&expected, "GET /echo/{d}? 0:", .{i});
        try expectAnswer(&answers, 200, body);
    }
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "many clients at once share batches" {
    const h = try Harness.open(.{});
    defer h.deinit();
    for (0..300) |i| {
        const client = try h.connect();
        for (0..7) |k| {
            var line: [64]u8 = undefined;
            try client.send(try std.fmt.bufPrint(&line, "GET /echo/{d}/{d} HTTP/1.1\r\nHost: a\r\n\r\n", .{ i, k }));
        }
    }
    try h.serve(.reversed);
    for (h.clients.items, 0..) |client, i| {
        var answers: Answers = .of(client.received.items);
        for (0..7) |k| {
            var text: [64]u8 = undefined;
            try expectAnswer(&answers, 200, try std.fmt.bufPrint(&text, "GET /echo/{d}/{d}? 0:", .{ i, k }));
        }
        try testing.expectEqual(null, try answers.next());
    }
    try h.finish();
}
