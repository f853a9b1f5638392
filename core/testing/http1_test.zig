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

test "what records say of a request" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /users/a%20b?x=1&y HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nAccept: *\r\n\r\n" ++
        "DELETE /echo/a/b/ HTTP/1.0\r\n\r\n");
    try h.pump();
    const user, const deleted = h.requests.items[0..2].*;
    try testing.expectEqual(harness_file.routes.user, user.route);
    try testing.expectEqualStrings("/users/a%20b", user.path);
    try testing.expectEqualStrings("x=1&y", user.query);
    try testing.expectEqualStrings("a%20b", user.params[0]);
    try testing.expectEqual(1, user.params.len);
    const headers = [_][]const u8{ "Host", "a", "X-Empty", "", "Accept", "*" };
    for (headers, user.headers) |expected, actual| try testing.expectEqualStrings(expected, actual);
    try testing.expectEqual(headers.len, user.headers.len);
    try testing.expectEqual(1, user.minor_version);
    try testing.expect(!user.has_body);

    try testing.expectEqual(.delete, deleted.method);
    try testing.expectEqual(0, deleted.minor_version);
    try testing.expectEqualStrings("a/b/", deleted.params[0]);
    try h.finish();
}

test "a path inside an absolute target" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET http://other:80/echo/1?q HTTP/1.1\r\nHost: a\r\n\r\nGET http://other HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, "GET /echo/1?q 0:");
    try expectAnswer(&answers, 200, harness_file.constant_text);
    try h.finish();
}

test "what has no route: 404, 405, OPTIONS and HEAD" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /narrow HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" ++
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\nHEAD /users/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 404, "{\"detail\":\"Not Found\"}");
    const refused = (try answers.next()).?;
    try testing.expectEqual(405, refused.status);
    try testing.expectEqualStrings("GET, HEAD, OPTIONS", refused.header("allow").?);
    try testing.expectEqualStrings("{\"detail\":\"Method Not Allowed\"}", refused.body);
    const root_options = (try answers.next()).?;
    try testing.expectEqual(204, root_options.status);
    try testing.expectEqualStrings("GET, HEAD, OPTIONS", root_options.header("allow").?);
    const narrow_options = (try answers.next()).?;
    try testing.expectEqualStrings("POST, OPTIONS", narrow_options.header("allow").?);
    const asterisk = (try answers.next()).?;
    try testing.expectEqual(204, asterisk.status);
    try testing.expectEqual(null, asterisk.header("allow"));
    try expectAnswer(&answers, 404, "{\"detail\":\"Not Found\"}");
    const head = (try answers.nextTo(.head)).?;
    try testing.expectEqual(200, head.status);
    try testing.expectEqualStrings("13", head.header("content-length").?);
    try testing.expectEqual(404, (try answers.nextTo(.head)).?.status);
    const user = (try answers.nextTo(.head)).?;
    try testing.expectEqualStrings("17", user.header("content-length").?);
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}

test "with a fallback JavaScript answers what has no route" {
    var options = harness_file.default_options;
    options.fallback_route = 77;
    const h = try Harness.open(.{ .server = options });
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" ++
        "OPTIONS /narrow HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(3, h.requests.items.len);
    for (h.requests.items) |request| try testing.expectEqual(77, request.route);
    try testing.expectEqual(.not_found, h.requests.items[0].unrouted);
    try testing.expectEqual(.method_not_allowed, h.requests.items[1].unrouted);
    try testing.expectEqualStrings("hi", h.requests.items[1].body);
    try testing.expectEqual(0b1000011, h.requests.items[1].allowed_methods);
    try testing.expectEqual(.options, h.requests.items[2].unrouted);
    try h.answerAll(.as_they_came);
    try expectStatuses(&.{ 200, 200, 200, 204 }, client.received.items);
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
