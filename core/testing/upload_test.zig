//! Bodies that handlers read as they arrive: order, back-pressure, and every way in which they can end.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const limits = @import("../limits.zig");
const servers = @import("../servers.zig");
const streams = @import("../streams.zig");
const harness_file = @import("harness.zig");
const answers_file = @import("answers.zig");
const Answers = answers_file.Answers;
const Harness = harness_file.Harness;
const MemoryClient = @import("memory_transport.zig").MemoryClient;

fn pattern(at: usize) u8 {
    return @truncate((at *% 31) ^ (at >> 8));
}

const start = "POST /upload HTTP/1.1\r\nHost: a\r\n";

inline fn head(comptime framing: []const u8) *const [start.len + framing.len + 4:0]u8 {
    return start ++ framing ++ "\r\n\r\n";
}

/// A handler that reads: what it got, and how it ended.
const Reader = struct {
    exchange: u32,
    got: usize = 0,
    end: ?i32 = null,

    /// Until there is nothing for now.
    fn read(reader: *Reader, h: *Harness, into: []u8) !void {
        while (reader.end == null) {
            const count = streams.readBody(h.runtime, reader.exchange, into);
            if (count == 0) return;
            if (count < 0) {
                reader.end = count;
                return;
            }
            for (into[0..@intCast(count)], reader.got..) |byte, at| try testing.expectEqual(pattern(at), byte);
            reader.got += @intCast(count);
        }
    }
};

fn plainAnswer(exchange: u32) abi.Response {
    return .{
        .exchange = exchange,
        .status = 200,
        .content_type = .bytes,
        .headers = 0,
        .headers_bytes = 0,
        .body = 0,
        .body_bytes = 0,
    };
}

fn begin(h: *Harness, client: *MemoryClient, text: []const u8) !Reader {
    try client.send(text);
    try h.pump();
    return .{ .exchange = h.requests.items[h.requests.items.len - 1].exchange };
}

test "whatever the pieces and the framing, the bytes arrive in order, and the next request behind them" {
    var random: std.Random.DefaultPrng = .init(3);
    for ([_]bool{ false, true }) |is_chunked| {
        for ([_]usize{ 1, 300, 70_000, 1_000_000 }) |total| {
            const h = try Harness.open(.{});
            defer h.deinit();
            const client = try h.connect();
            var text: std.ArrayList(u8) = .empty;
            defer text.deinit(testing.allocator);
            if (is_chunked) {
                try text.appendSlice(testing.allocator, head("Transfer-Encoding: chunked"));
            } else {
                try text.print(testing.allocator, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: {d}\r\n\r\n", .{total});
            }
            const head_bytes = text.items.len;
            var at: usize = 0;
            while (at < total) {
                const size = @min(total - at, random.random().intRangeAtMost(usize, 1, 9_000));
                if (is_chunked) try text.print(testing.allocator, "{x}\r\n", .{size});
                for (at..at + size) |place| try text.append(testing.allocator, pattern(place));
                if (is_chunked) try text.appendSlice(testing.allocator, "\r\n");
                at += size;
            }
            if (is_chunked) try text.appendSlice(testing.allocator, "0\r\n\r\n");
            try text.appendSlice(testing.allocator, "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");

            var reader = try begin(h, client, text.items[0..head_bytes]);
            var sent = head_bytes;
            var into: [100_000]u8 = undefined;
            while (sent < text.items.len) {
                const size = @min(text.items.len - sent, random.random().intRangeAtMost(usize, 1, 200_000));
                try client.send(text.items[sent..][0..size]);
                sent += size;
                try h.pump();
                if (random.random().boolean()) try reader.read(h, into[0..random.random().intRangeAtMost(usize, 1, into.len)]);
            }
            for (0..100) |_| {
                try reader.read(h, &into);
                try h.pump();
            }
            try testing.expectEqual(total, reader.got);
            try testing.expectEqual(-1, reader.end.?);
            try testing.expectEqual(2, h.requests.items.len);
            try h.serve(.as_they_came);
            var answers: Answers = .of(client.received.items);
            for (0..2) |_| {
                const answer = (try answers.next()).?;
                try testing.expectEqual(200, answer.status);
                try testing.expect(!answer.closes());
            }
            try testing.expectEqual(null, try answers.next());
            try h.finish();
        }
    }
}

test "a body that came with its head is handed over with it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(head("Content-Length: 3") ++ "abc");
    try h.pump();
    try testing.expectEqualStrings("abc", h.requests.items[0].body);
    try h.serve(.as_they_came);
    try h.finish();
}

test "who does not read holds back the client, and little of what it sent" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    const total = 8 << 20;
    var reader = try begin(h, client, head(std.fmt.comptimePrint("Content-Length: {d}", .{total})));
    var piece: [64 * 1024]u8 = undefined;
    for (0..total / piece.len) |i| {
        for (&piece, i * piece.len..) |*byte, at| byte.* = pattern(at);
        try client.send(&piece);
        try h.pump();
    }
    try testing.expect(client.sent_read < limits.pipe_bytes + 2 * limits.read_bytes + 100);
    try testing.expect(h.budget.heldBytes() < 1 << 20);
    // Time does not matter while the server does not read.
    try h.pass(100_000);
    try testing.expectEqual(0, (try h.stats()).timeouts_body);
    var into: [50_000]u8 = undefined;
    for (0..10_000) |_| {
        if (reader.end != null) break;
        try reader.read(h, &into);
        try h.pump();
    }
    try testing.expectEqual(total, reader.got);
    try testing.expectEqual(-1, reader.end.?);
    try h.serve(.as_they_came);
    try h.finish();
}

test "100-continue is sent when the handler reads, and never if it does not" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const expecting = head("Content-Length: 1000000\r\nExpect: 100-continue");
    const reading = try h.connect();
    var reader = try begin(h, reading, expecting);
    try testing.expectEqualStrings("", reading.received.items);
    var into: [10]u8 = undefined;
    try reader.read(h, &into);
    try testing.expectEqualStrings("HTTP/1.1 100 Continue\r\n\r\n", reading.received.items);
    reading.received.clearRetainingCapacity();

    const refused = try h.connect();
    _ = try begin(h, refused, expecting);
    try h.answerAt(1, .{ .status = 401 });
    try h.pump();
    var answers: Answers = .of(refused.received.items);
    const answer = (try answers.next()).?;
    try testing.expectEqual(401, answer.status);
    try testing.expect(answer.closes());
    try testing.expect(refused.is_finished);
    reading.reset();
    try h.finish();
}

test "an answer before the body's end: a short rest is skipped, a long one ends the connection" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const short = try h.connect();
    _ = try begin(h, short, head("Content-Length: 5") ++ "ab");
    try h.answerAt(0, .{ .status = 401 });
    try short.send("cdeGET /echo/next HTTP/1.1\r\nHost: a\r\n\r\n");
    try h.serve(.as_they_came);
    var answers: Answers = .of(short.received.items);
    try testing.expect(!(try answers.next()).?.closes());
    try testing.expectEqualStrings("GET /echo/next? 0:", (try answers.next()).?.body);

    for ([_][]const u8{ head("Content-Length: 9000000"), head("Transfer-Encoding: chunked") }) |text| {
        const long = try h.connect();
        _ = try begin(h, long, text);
        try h.answerAt(0, .{ .status = 401 });
        answers = .of(long.received.items);
        try testing.expect((try answers.next()).?.closes());
        try h.pump();
        try testing.expect(long.is_finished and !long.is_closed);
        try h.pass(2 * limits.linger_ms);
        try testing.expect(long.is_closed);
    }
    try h.finish();
}

test "an answer before the end of a body that waits in the socket, and a request behind it" {
    for ([_]usize{ 200_000, 900_000 }) |total| {
        for ([_]bool{ false, true }) |is_behind| {
            const h = try Harness.open(.{});
            defer h.deinit();
            const client = try h.connect();
            client.reads = .{ .fixed = 64 * 1024 };
            if (is_behind) try client.send("GET /echo/slow HTTP/1.1\r\nHost: a\r\n\r\n");
            const body = try testing.allocator.alloc(u8, total);
            defer testing.allocator.free(body);
            @memset(body, 'x');
            var text: [100]u8 = undefined;
            try client.send(try std.fmt.bufPrint(&text, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: {d}\r\n\r\n", .{total}));
            try client.send(body);
            try client.send("GET /echo/next HTTP/1.1\r\nHost: a\r\n\r\n");
            try h.pump();
            if (is_behind) try h.answerAt(1, .{ .status = 401 });
            try h.answerAt(0, .{ .status = if (is_behind) 200 else 401 });
            try h.serve(.as_they_came);
            var answers: Answers = .of(client.received.items);
            if (is_behind) try testing.expectEqual(200, (try answers.next()).?.status);
            try testing.expectEqual(401, (try answers.next()).?.status);
            try testing.expectEqualStrings("GET /echo/next? 0:", (try answers.next()).?.body);
            try h.finish();
        }
    }
}

test "a body that is cut ends the connection behind the stream that answers it" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    var reader = try begin(h, client, head("Transfer-Encoding: chunked"));
    const request = h.requests.orderedRemove(0);
    try testing.expect(streams.begin(h.runtime, &plainAnswer(request.exchange), "", null) > 0);
    try client.send("zz\r\n");
    try h.pump();
    var into: [100]u8 = undefined;
    try reader.read(h, &into);
    try testing.expectEqual(-3, reader.end.?);
    streams.end(h.runtime, request.exchange, true);
    try h.pump();
    try testing.expect(client.is_finished);
    try h.finish();
}

test "a body that is read as it comes needs no room that others have taken" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    var reader = try begin(h, client, head("Content-Length: 200000"));
    h.budget.take(limits.buffered_bytes_default);
    var body: [200_000]u8 = undefined;
    for (&body, 0..) |*byte, at| byte.* = pattern(at);
    try client.send(&body);
    try h.pump();
    var into: [100_000]u8 = undefined;
    for (0..10) |_| {
        try reader.read(h, &into);
        try h.pump();
    }
    try testing.expectEqual(-1, reader.end.?);
    h.budget.give(limits.buffered_bytes_default);
    try h.serve(.as_they_came);
    try h.finish();
}

test "what goes wrong with a body is told where it is read, and the answer ends the connection" {
    const h = try Harness.open(.{});
    defer h.deinit();
    var into: [100]u8 = undefined;
    const Case = struct { text: []const u8, then: enum { nothing, end, time }, status: u16 };
    const chunked = head("Transfer-Encoding: chunked");
    const cases = [_]Case{
        .{ .text = chunked ++ "2\r\n\x00\x1f\r\nx\r\n", .then = .nothing, .status = 400 },
        .{ .text = chunked ++ "2\r\n\x00\x1f\r\n1000001\r\n", .then = .nothing, .status = 413 },
        .{ .text = head("Content-Length: 10") ++ "\x00\x1f", .then = .end, .status = 400 },
        .{ .text = head("Content-Length: 10") ++ "\x00\x1f", .then = .time, .status = 408 },
    };
    for (cases) |case| {
        const client = try h.connect();
        var reader = try begin(h, client, case.text);
        if (case.then == .end) client.end();
        if (case.then == .time) try h.pass(limits.body_ms_default * 2);
        try h.pump();
        try reader.read(h, &into);
        try testing.expectEqual(2, reader.got);
        try testing.expectEqual(-3, reader.end.?);
        try testing.expectEqual(case.status, streams.bodyFault(h.runtime, reader.exchange).?.status());
        try h.answerAt(0, .{ .status = case.status });
        try h.pump();
        var answers: Answers = .of(client.received.items);
        const answer = (try answers.next()).?;
        try testing.expectEqual(case.status, answer.status);
        try testing.expect(answer.closes());
        try testing.expect(client.is_finished or client.is_closed);
    }
    try h.finish();
}

test "one that is too large by its length never reaches the handler" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send(head("Content-Length: 16777217"));
    try h.pump();
    try testing.expectEqual(0, h.requests.items.len);
    var answers: Answers = .of(client.received.items);
    try testing.expectEqual(413, (try answers.next()).?.status);
    try h.finish();
}

test "a client that is gone: what had come can be read, then that it is gone" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    var reader = try begin(h, client, head("Content-Length: 10") ++ "\x00\x1f");
    var into: [1]u8 = undefined;
    client.reset();
    try h.pump();
    try reader.read(h, &into);
    try testing.expectEqual(2, reader.got);
    try testing.expectEqual(-2, reader.end.?);
    try h.answerAt(0, .{});
    try testing.expectEqual(-2, streams.readBody(h.runtime, reader.exchange, &into));
    try h.finish();
}

test "behind a slow one, a body waits for its turn neither to be read nor to be answered" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    try client.send("GET /echo/slow HTTP/1.1\r\nHost: a\r\n\r\n");
    var reader = try begin(h, client, head("Content-Length: 1000000\r\nExpect: 100-continue"));
    var into: [100_000]u8 = undefined;
    try reader.read(h, &into);
    try testing.expectEqualStrings("", client.received.items);
    // The second is answered unread: its turn comes with the first one's answer.
    try h.answerAt(1, .{ .status = 401 });
    try testing.expectEqualStrings("", client.received.items);
    try h.answerAt(0, .{ .body = "slow" });
    try h.pump();
    var answers: Answers = .of(client.received.items);
    try testing.expectEqualStrings("slow", (try answers.next()).?.body);
    const second = (try answers.next()).?;
    try testing.expectEqual(401, second.status);
    try testing.expect(second.closes());
    try h.finish();
}

test "a body comes back as an answer while it arrives" {
    const h = try Harness.open(.{});
    defer h.deinit();
    for ([_]bool{ false, true }) |is_last| {
        const client = try h.connect();
        var reader = try begin(h, client, head("Transfer-Encoding: chunked"));
        const request = h.requests.orderedRemove(0);
        var answer = plainAnswer(request.exchange);
        answer.flags.close = is_last;
        try testing.expect(streams.begin(h.runtime, &answer, "", null) > 0);
        var into: [100]u8 = undefined;
        try reader.read(h, &into);
        h.bodies.clearRetainingCapacity();
        try client.send("2\r\n\x00\x1f\r\n");
        try h.pump();
        try testing.expectEqualSlices(u32, &.{request.exchange}, h.bodies.items);
        try testing.expectEqual(2, streams.readBody(h.runtime, request.exchange, &into));
        try testing.expect(streams.write(h.runtime, request.exchange, into[0..2]) > 0);
        try client.send("0\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n");
        try h.pump();
        try testing.expectEqual(-1, streams.readBody(h.runtime, request.exchange, &into));
        streams.end(h.runtime, request.exchange, true);
        try h.serve(.as_they_came);
        try testing.expect(std.mem.find(u8, client.received.items, "2\r\n\x00\x1f\r\n0\r\n\r\n") != null);
        const has_second = std.mem.find(u8, client.received.items, "GET /echo/? 0:") != null;
        try testing.expectEqual(!is_last, has_second);
    }
    try h.finish();
}

test "a server that stops waits for a body that has begun" {
    const h = try Harness.open(.{});
    defer h.deinit();
    const client = try h.connect();
    var reader = try begin(h, client, head("Content-Length: 3") ++ "\x00\x1f");
    try servers.stop(h.runtime, h.server);
    try h.pump();
    try client.send(&.{pattern(2)});
    try h.pump();
    var into: [10]u8 = undefined;
    try reader.read(h, &into);
    try testing.expectEqual(3, reader.got);
    try testing.expectEqual(-1, reader.end.?);
    try h.serve(.as_they_came);
    var answers: Answers = .of(client.received.items);
    try testing.expect((try answers.next()).?.closes());
    client.end();
    try h.pump();
    try testing.expectEqual(1, h.drained.items.len);
    try h.finish();
}
