//! Where requests go through the whole runtime: records, constants of the core, the fallback.

const std = @import("std");
const testing = std.testing;
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const expectAnswer = answers_file.expectAnswer;
const expectStatuses = answers_file.expectStatuses;

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
    const h = try Harness.open(.{ .fallback_route = 77 });
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" ++
        "OPTIONS /narrow HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    try testing.expectEqual(4, h.requests.items.len);
    for (h.requests.items) |request| try testing.expectEqual(77, request.route);
    try testing.expectEqual(.not_found, h.requests.items[0].unrouted);
    try testing.expectEqual(.method_not_allowed, h.requests.items[1].unrouted);
    try testing.expectEqualStrings("hi", h.requests.items[1].body);
    try testing.expectEqual(0b1000011, h.requests.items[1].allowed_methods);
    try testing.expectEqual(.options, h.requests.items[2].unrouted);
    try testing.expectEqual(.options, h.requests.items[3].unrouted);
    try testing.expectEqual(0, h.requests.items[3].allowed_methods);
    try h.answerAll(.as_they_came);
    try expectStatuses(&.{ 200, 200, 200, 200 }, client.received.items);
    try h.finish();
}
