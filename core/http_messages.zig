//! Requests that JavaScript parses without a server, in memory of its own and in pieces of any size.

const std = @import("std");
const abi = @import("abi.zig");
const limits = @import("limits.zig");
const cpu = @import("http/cpu.zig");
const parser = @import("http/parser.zig");
const Fault = @import("http/fault.zig").Fault;
const Slot = parser.Slot;

/// So much of a piece is copied at first, and then twice as much: what is behind a head is seldom copied with it.
const first_copy_bytes = 1024;

pub const Result = union(enum) {
    partial,
    /// So many bytes of the piece belong to the head.
    complete: usize,
    faulty: Fault,
};

/// Slots and text follow the head in memory. `held` is 0 where a new head begins.
pub fn parse(run: *const cpu.Parse, head: *abi.HttpHead, piece: []const u8) Result {
    const slots: [*]Slot = @ptrCast(@alignCast(@as([*]u8, @ptrCast(head)) + @sizeOf(abi.HttpHead)));
    const text: [*]u8 = @ptrCast(slots + head.limits.headers);
    if (head.held == 0) head.parser = .{};
    const before = head.held;
    var copied: usize = 0;
    var step: usize = first_copy_bytes;
    const outcome = while (true) {
        const count = @min(piece.len - copied, step, head.limits.head_bytes - head.held);
        @memcpy(text[head.held..][0..count], piece[copied..][0..count]);
        copied += count;
        head.held += @intCast(count);
        text[head.held] = 0;
        const outcome = run(&head.parser, text, head.held, slots, &head.limits);
        if (outcome != .partial or copied == piece.len) break outcome;
        step *= 2;
    };
    switch (outcome) {
        .partial => return .partial,
        .faulty => return .{ .faulty = head.parser.fault },
        .complete => {},
    }
    if (head.parser.framing == .length and head.parser.content_length > limits.body_bytes_max) {
        return .{ .faulty = .body_too_large };
    }
    head.held = 0;
    return .{ .complete = head.parser.position - before };
}

/// Data is moved to the front of the piece, and counted in `chunks`.
pub fn decode(chunks: *abi.HttpChunks, piece: []u8) Result {
    const room: u64 = @intFromFloat(chunks.room);
    const progress = chunks.chunked.decode(piece, room, chunks.extra_bytes_max);
    chunks.data = @floatFromInt(progress.data);
    chunks.room = @floatFromInt(room - progress.data);
    return switch (progress.state) {
        .more => .partial,
        .done => .{ .complete = progress.consumed },
        .faulty => |fault| .{ .faulty = fault },
    };
}

const testing = std.testing;

fn Sample(comptime headers: u32, comptime bytes: u32) type {
    return extern struct {
        head: abi.HttpHead = .{ .limits = .{ .head_bytes = bytes, .headers = headers } },
        slots: [headers]Slot = undefined,
        text: [bytes + limits.slack_bytes]u8 = @splat('\n'),
    };
}

test "in one piece, in two, and byte by byte, the same" {
    const text = "\r\nPOST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
    const rest = "helloGET / HTTP/1.1\r\n";
    var sample: Sample(8, 512) = .{};
    for (0..text.len) |split| {
        if (split > 0) try testing.expectEqual(.partial, parse(cpu.parse(), &sample.head, text[0..split]));
        const result = parse(cpu.parse(), &sample.head, (text ++ rest)[split..]);
        try testing.expectEqual(Result{ .complete = text.len - split }, result);
        try testing.expectEqual(5, sample.head.parser.content_length);
        try testing.expectEqual(2, sample.head.parser.header_count);
    }
    for (text[0 .. text.len - 1]) |*byte| {
        try testing.expectEqual(.partial, parse(cpu.parse(), &sample.head, byte[0..1]));
    }
    try testing.expectEqual(Result{ .complete = 1 }, parse(cpu.parse(), &sample.head, "\n"));
    try testing.expectEqual(.partial, parse(cpu.parse(), &sample.head, ""));
}

test "bounds, with and without more behind them" {
    const begin = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
    const long: [4096]u8 = @splat('a');
    for ([_][]const u8{ begin ++ long, begin ++ long ++ "\r\n\r\n" }) |text| {
        var small: Sample(8, 2048) = .{};
        try testing.expectEqual(Result{ .faulty = .head_too_large }, parse(cpu.parse(), &small.head, text));
    }
    const text = begin ++ long ++ "\r\n\r\n";
    var exact: Sample(8, text.len) = .{};
    try testing.expectEqual(Result{ .complete = text.len }, parse(cpu.parse(), &exact.head, text));
    var few: Sample(1, 8192) = .{};
    try testing.expectEqual(Result{ .faulty = .headers_too_many }, parse(cpu.parse(), &few.head, text));
    const vast = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627777\r\n\r\n";
    var sample: Sample(8, 512) = .{};
    try testing.expectEqual(Result{ .faulty = .body_too_large }, parse(cpu.parse(), &sample.head, vast));
}

test "chunks are decoded where they lie, up to their bounds" {
    const text = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
    for (0..text.len) |split| {
        var bytes = (text ++ "GET").*;
        var chunks: abi.HttpChunks = .{ .room = 5, .extra_bytes_max = 10 };
        try testing.expectEqual(.partial, decode(&chunks, bytes[0..split]));
        const first: usize = @intFromFloat(chunks.data);
        try testing.expectEqual(Result{ .complete = text.len - split }, decode(&chunks, bytes[split..]));
        const second: usize = @intFromFloat(chunks.data);
        try testing.expectEqual(5, first + second);
        try testing.expectEqual(0, chunks.room);
        try testing.expectEqualStrings("abcde"[0..first], bytes[0..first]);
        try testing.expectEqualStrings("abcde"[first..], bytes[split..][0..second]);
    }
    var bytes = text.*;
    var chunks: abi.HttpChunks = .{ .room = 4, .extra_bytes_max = 10 };
    try testing.expectEqual(Result{ .faulty = .body_too_large }, decode(&chunks, &bytes));
}
