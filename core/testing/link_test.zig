//! Connections in memory with clients in JavaScript's place: the same answers as over a socket, and full is an answer.

const std = @import("std");
const testing = std.testing;
const limits = @import("../limits.zig");
const links = @import("../links.zig");
const servers = @import("../servers.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;

const get = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n";

/// All that there is, and what came then.
fn readAll(h: *Harness, link: u32, into: *std.ArrayList(u8)) !i32 {
    var piece: [7_001]u8 = undefined;
    while (true) {
        const count = links.read(h.runtime, link, &piece);
        if (count <= 0) return count;
        try into.appendSlice(testing.allocator, piece[0..@intCast(count)]);
    }
}

/// Reads, polls and answers until the server has nothing more to say.
fn exchange(h: *Harness, link: u32, into: *std.ArrayList(u8)) !i32 {
    for (0..1_000) |_| {
        try h.serve(.as_they_came);
        const result = try readAll(h, link, into);
        try h.pump();
        if (result < 0) return result;
        if (h.told.items.len == 0) return result;
        h.told.clearRetainingCapacity();
    }
    return error.NeverEnds;
}

test "requests go in and answers come out, and a record says that there are some" {
    const h = try Harness.open(.{});
    defer h.deinit();
    var received: std.ArrayList(u8) = .empty;
    defer received.deinit(testing.allocator);
    const link = try links.open(h.runtime, h.server);
    try testing.expectEqual(0, try readAll(h, link, &received));
    try testing.expectEqual(10, links.write(h.runtime, link, get[0..10]));
    try testing.expectEqual(@as(i64, get.len - 10), links.write(h.runtime, link, get[10..]));
    try h.serve(.as_they_came);
    try h.pump();
    try testing.expectEqualSlices(u32, &.{link}, h.told.items);
    try testing.expectEqual(0, try readAll(h, link, &received));
    var answers: Answers = .of(received.items);
    try testing.expectEqualStrings("GET /echo/? 0:", (try answers.next()).?.body);
    links.end(h.runtime, link);
    try h.pump();
    try testing.expectEqual(-1, try readAll(h, link, &received));
    try testing.expectEqual(-1, links.write(h.runtime, link, "more"));
    links.close(h.runtime, link);
    try testing.expectEqual(-2, links.read(h.runtime, link, received.items));
    try testing.expectEqual(0, h.runtime.links.in_use);
    try h.finish();
}

test "large answers and bodies go through in pieces" {
    const h = try Harness.open(.{});
    defer h.deinit();
    var received: std.ArrayList(u8) = .empty;
    defer received.deinit(testing.allocator);
    const link = try links.open(h.runtime, h.server);
    const body = try testing.allocator.alloc(u8, 900_000);
    defer testing.allocator.free(body);
    @memset(body, 'b');
    const head = "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n";
    try testing.expectEqual(@as(i64, head.len), links.write(h.runtime, link, head));
    var sent: usize = 0;
    var full: usize = 0;
    while (sent < body.len) {
        const taken = links.write(h.runtime, link, body[sent..]);
        try testing.expect(taken >= 0);
        if (taken == 0) full += 1;
        sent += @intCast(taken);
        try h.pump();
    }
    try testing.expect(full <= body.len / limits.pipe_bytes + 1);
    for (0..6) |_| _ = links.write(h.runtime, link, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    try testing.expectEqual(0, try exchange(h, link, &received));
    var answers: Answers = .of(received.items);
    try testing.expectEqual(200, (try answers.next()).?.status);
    for (0..6) |_| try testing.expectEqual(harness_file.large_constant.len, (try answers.next()).?.body.len);
    links.close(h.runtime, link);
    try h.finish();
}

test "a client that goes leaves nothing, whatever is on its way" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const unread = try links.open(h.runtime, h.server);
    for (0..6) |_| _ = links.write(h.runtime, unread, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
    const asked = try links.open(h.runtime, h.server);
    _ = links.write(h.runtime, asked, get);
    try h.pump();
    const fresh = try links.open(h.runtime, h.server);
    for ([_]u32{ unread, asked, fresh }) |link| links.close(h.runtime, link);
    try h.pump();
    try testing.expectEqual(0, h.runtime.links.in_use);
    try h.finish();
}

test "a server that is aborted resets, one that stops ends" {
    const h = try Harness.open(.{});
    defer h.deinit();
    var received: std.ArrayList(u8) = .empty;
    defer received.deinit(testing.allocator);
    const idle = try links.open(h.runtime, h.server);
    const busy = try links.open(h.runtime, h.server);
    _ = links.write(h.runtime, busy, get);
    try h.pump();
    try servers.stop(h.runtime, h.server);
    try h.pump();
    try testing.expectEqual(-1, try readAll(h, idle, &received));
    try testing.expectEqual(0, try readAll(h, busy, &received));
    try servers.abort(h.runtime, h.server);
    try testing.expectEqual(-2, try readAll(h, busy, &received));
    try testing.expectError(error.StaleHandle, links.open(h.runtime, h.server));
    links.close(h.runtime, idle);
    links.close(h.runtime, busy);
    try h.pump();
    try testing.expectEqual(0, h.runtime.links.in_use);
    try h.finish();
}

test "what clients leave is given back with the runtime" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const link = try links.open(h.runtime, h.server);
    _ = links.write(h.runtime, link, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.pump();
}
