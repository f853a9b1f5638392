//! Bodies that the core checks by a schema: what is valid goes on, what is not is answered, in turn, wherever it came from.

const std = @import("std");
const testing = std.testing;
const limits = @import("../limits.zig");
const schemas = @import("../schemas.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;

const json = "Content-Type: application/json\r\n";
const schema_text =
    \\{"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":1},"pad":{"type":"string"}}}
;
const refused = "{\"detail\":[{\"loc\":[\"body\",\"n\"],\"msg\":\"Must be at least 1\",\"type\":\"greater_than_equal\",\"input\":0}]}";

/// All that is posted to /wide is checked.
fn open(refuses_alone: bool) !*Harness {
    const h = try Harness.open(.{});
    const handle = try schemas.open(h.runtime, schema_text);
    const table = h.runtime.servers.get(h.server).?.table;
    for (table.routes.items) |*route| {
        if (!std.mem.eql(u8, route.pattern, "/wide")) continue;
        route.schema = handle;
        route.refuses_alone = refuses_alone;
    }
    return h;
}

fn post(allocator: std.mem.Allocator, headers: []const u8, body: []const u8) ![]u8 {
    return std.fmt.allocPrint(allocator, "POST /wide HTTP/1.1\r\nHost: a\r\n{s}Content-Length: {d}\r\n\r\n{s}", .{ headers, body.len, body });
}

fn padded(allocator: std.mem.Allocator, n: u8, bytes: usize) ![]u8 {
    const pad = try allocator.alloc(u8, bytes);
    defer allocator.free(pad);
    @memset(pad, 'x');
    return std.fmt.allocPrint(allocator, "{{\"pad\":\"{s}\",\"n\":{d}}}", .{ pad, n });
}

test "small and large bodies, whole and in pieces" {
    for ([_]usize{ 1, 5_000, limits.ring_body_bytes + 100, 500_000 }) |bytes| {
        for ([_]u8{ 0, 1 }) |n| {
            for ([_]bool{ false, true }) |is_in_pieces| {
                const h = try open(true);
                defer h.deinit();
                const client = try h.connect();
                const body = try padded(testing.allocator, n, bytes);
                defer testing.allocator.free(body);
                const text = try post(testing.allocator, json, body);
                defer testing.allocator.free(text);
                var rest: []const u8 = text;
                while (rest.len > 0) {
                    const size = if (is_in_pieces) @min(rest.len, 9_001) else rest.len;
                    try client.send(rest[0..size]);
                    rest = rest[size..];
                    try h.pump();
                }
                try testing.expectEqual(@as(usize, n), h.requests.items.len);
                if (n == 1) try testing.expectEqual(.valid, h.requests.items[0].body_verdict);
                try h.serve(.as_they_came);
                try client.send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
                try h.serve(.as_they_came);
                var answers: Answers = .of(client.received.items);
                const answer = (try answers.next()).?;
                try testing.expectEqual(@as(u16, if (n == 1) 200 else 422), answer.status);
                if (n == 0) try testing.expectEqualStrings(refused, answer.body);
                try testing.expectEqualStrings("application/json", if (n == 0) answer.header("content-type").? else "application/json");
                try testing.expectEqual(200, (try answers.next()).?.status);
                try h.finish();
            }
        }
    }
}

test "refusals keep their turn, and end a connection that was to end" {
    const h = try open(true);
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    const bad = try post(testing.allocator, json, "{\"n\":0}");
    defer testing.allocator.free(bad);
    try client.send(bad);
    const last = try post(testing.allocator, json ++ "Connection: close\r\n", "{\"n\":0}");
    defer testing.allocator.free(last);
    try client.send(last);
    try h.pump();
    try testing.expectEqualStrings("", client.received.items);
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try testing.expectEqualStrings("GET /echo/slow? 0:", (try answers.next()).?.body);
    try testing.expectEqualStrings(refused, (try answers.next()).?.body);
    const end = (try answers.next()).?;
    try testing.expectEqualStrings(refused, end.body);
    try testing.expect(end.closes());
    try testing.expect(client.is_finished or client.is_closed);
    try h.finish();
}

test "who else has something to say gets the request and the verdict" {
    const h = try open(false);
    defer h.deinit();
    const client = try h.connect();
    const Case = struct { headers: []const u8, body: []const u8, verdict: @import("../abi.zig").BodyVerdict };
    const cases = [_]Case{
        .{ .headers = json, .body = "{\"n\":0}", .verdict = .invalid },
        .{ .headers = json, .body = "{\"n\":1}", .verdict = .valid },
        .{ .headers = "content-type: application/JSON ; charset=utf-8\r\n", .body = "{\"n\":1}", .verdict = .valid },
        .{ .headers = "Content-Type: application/problem+json\r\n", .body = "{\"n\":1}", .verdict = .valid },
        .{ .headers = "Content-Type: text/plain\r\n", .body = "{\"n\":1}", .verdict = .unchecked },
        .{ .headers = "", .body = "{\"n\":1}", .verdict = .unchecked },
        .{ .headers = json, .body = "{\"n\":1", .verdict = .malformed },
        .{ .headers = json, .body = "", .verdict = .malformed },
    };
    for (cases) |case| {
        const text = try post(testing.allocator, case.headers, case.body);
        defer testing.allocator.free(text);
        try client.send(text);
        try h.pump();
        try testing.expectEqual(case.verdict, h.requests.items[0].body_verdict);
        try h.serve(.as_they_came);
    }
    try h.finish();
}

test "a schema that was closed checks nothing" {
    const h = try open(true);
    defer h.deinit();
    const client = try h.connect();
    for (h.runtime.servers.get(h.server).?.table.routes.items) |*route| h.runtime.schemas.close(route.schema);
    const text = try post(testing.allocator, json, "{\"n\":0}");
    defer testing.allocator.free(text);
    try client.send(text);
    try h.pump();
    try testing.expectEqual(.unchecked, h.requests.items[0].body_verdict);
    try h.serve(.as_they_came);
    try h.finish();
}

test "what is no schema, and what only JavaScript can check" {
    const h = try Harness.open(.{});
    defer h.deinit();
    try testing.expectError(error.SchemaInvalid, schemas.open(h.runtime, "{\"type\":5}"));
    try testing.expectError(error.SchemaUnsupported, schemas.open(h.runtime, "{\"pattern\":\"(?=a)b\"}"));
    try testing.expectEqual(0, h.runtime.schemas.slots.in_use);
}
