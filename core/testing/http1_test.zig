//! HTTP/1.1 through the whole runtime: order, framing, persistence, bodies.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const limits = @import("../limits.zig");
const harness_file = @import("harness.zig");
const Answers = @import("answers.zig").Answers;
const Harness = harness_file.Harness;
const MemoryClient = @import("memory_transport.zig").MemoryClient;

fn expectAnswer(answers: *Answers, status: u16, body: []const u8) !void {
    const answer = try answers.next() orelse return error.AnswerMissing;
    errdefer std.debug.print("in {s}{s}\n", .{ answer.head, answer.body });
    try testing.expectEqual(status, answer.status);
    try testing.expectEqualStrings(body, answer.body);
}

test "a constant and a handler" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/x?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try expectAnswer(&answers, 200, harness_file.constant_text);
    try expectAnswer(&answers, 200, "GET /echo/x?q=1 0:");
    try testing.expectEqual(null, try answers.next());
    try h.finish();
}
