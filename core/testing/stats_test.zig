//! Every counter moves when what it counts happens, and only then.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const harness_file = @import("harness.zig");
const Harness = harness_file.Harness;

const names = @typeInfo(abi.ServerStats).@"struct".field_names;

/// Runs `act` and expects that exactly the counters named in `expected` differ, by so much.
fn expectMoved(h: *Harness, expected: anytype, act: *const fn (*Harness) anyerror!void) !void {
    const before = try h.stats();
    try act(h);
    const after = try h.stats();
    inline for (names) |name| {
        const moved = @field(after, name) - @field(before, name);
        errdefer std.debug.print("{s} moved by {d}\n", .{ name, moved });
        if (comptime std.mem.eql(u8, name, "bytes_in") or std.mem.eql(u8, name, "bytes_out") or std.mem.eql(u8, name, "pool_misses")) {
            // These say little about what happened; the test below looks at them.
        } else if (@hasField(@TypeOf(expected), name)) {
            try testing.expectEqual(@as(f64, @field(expected, name)), moved);
        } else {
            try testing.expectEqual(0, moved);
        }
    }
}

test "each counter moves when it should" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const act = struct {
        fn last(of: *Harness) *@import("memory_transport.zig").MemoryClient {
            return of.clients.items[of.clients.items.len - 1];
        }
        fn connect(of: *Harness) !void {
            _ = try of.connect();
        }
        fn constant(of: *Harness) !void {
            try last(of).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            try of.pump();
        }
        fn missing(of: *Harness) !void {
            try last(of).send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
            try of.pump();
        }
        fn ask(of: *Harness) !void {
            try last(of).send("GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
            try of.pump();
        }
        fn answer302(of: *Harness) !void {
            try of.answerAt(0, .{ .status = 302 });
        }
        fn answer500(of: *Harness) !void {
            try of.answerAt(0, .{ .status = 500 });
        }
        fn expectation(of: *Harness) !void {
            try last(of).send("POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
            try of.pump();
        }
        fn part(of: *Harness) !void {
            try last(of).send("GET / HT");
            try of.pump();
        }
        fn reset(of: *Harness) !void {
            last(of).reset();
            try of.pump();
        }
        fn bad(of: *Harness) !void {
            try last(of).send("BAD\r\n\r\n");
            try of.pump();
        }
        fn stall(of: *Harness) !void {
            last(of).room = 0;
            try last(of).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            try of.pump();
        }
    };
    // A slot of the connection, then of the batch's memory, and so on, are new only once.
    try expectMoved(h, .{ .connections_open = 1, .connections_accepted = 1 }, act.connect);
    try expectMoved(h, .{ .requests = 1, .responses_2xx = 1 }, act.constant);
    try expectMoved(h, .{ .requests = 1, .responses_4xx = 1 }, act.missing);
    try expectMoved(h, .{ .requests = 1 }, act.ask);
    try expectMoved(h, .{ .responses_3xx = 1 }, act.answer302);
    try expectMoved(h, .{ .requests = 1 }, act.ask);
    try expectMoved(h, .{ .responses_5xx = 1 }, act.answer500);
    // The head waits for its body, in the smallest buffer.
    try expectMoved(h, .{ .requests = 1, .responses_1xx = 1, .buffered_bytes = 1024 }, act.expectation);
    try expectMoved(h, .{ .connections_open = -1, .buffered_bytes = -1024 }, act.reset);
    try expectMoved(h, .{ .connections_open = 1, .connections_accepted = 1 }, act.connect);
    // Eight bytes, and what the parser knows with room for all header slots.
    try expectMoved(h, .{ .buffered_bytes = 1024 + 2048 }, act.part);
    try expectMoved(h, .{ .connections_open = -1, .buffered_bytes = -1024 - 2048 }, act.reset);
    try expectMoved(h, .{ .connections_open = 1, .connections_accepted = 1 }, act.connect);
    try expectMoved(h, .{ .parse_errors = 1, .responses_4xx = 1 }, act.bad);
    try expectMoved(h, .{ .connections_open = 1, .connections_accepted = 1 }, act.connect);
    try expectMoved(h, .{ .requests = 1, .responses_2xx = 1, .buffered_bytes = 4096 }, act.stall);
    try h.finish();
}

test "bytes in and out are those of the wire, and misses are of the pools" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    const stats = try h.stats();
    try testing.expectEqual(client.sent.items.len, @as(usize, @intFromFloat(stats.bytes_in)));
    try testing.expectEqual(client.received.items.len, @as(usize, @intFromFloat(stats.bytes_out)));
    const misses = stats.pool_misses;
    try client.send("GET /echo/");
    try h.pump();
    // For the bytes, and for the parser; the next ones find these free again.
    try testing.expectEqual(misses + 2, (try h.stats()).pool_misses);
    try client.send(" HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/");
    try h.serve(.as_they_came);
    try testing.expectEqual(misses + 2, (try h.stats()).pool_misses);
    try h.finish();
}
