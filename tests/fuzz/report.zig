//! What the core understands of a connection's bytes, as JSON: for tests that bring their own verdicts.

const std = @import("std");
const parts = @import("parts.zig");
const limits = parts.limits;

const Header = struct { name: []const u8, value: []const u8, id: parts.HeaderId };

const Body = struct {
    outcome: parts.Outcome,
    fault: ?[]const u8 = null,
    status: ?u16 = null,
    data: []const u8 = "",
    end: usize,
};

const Message = struct {
    outcome: parts.Outcome,
    fault: ?parts.Fault = null,
    status: ?u16 = null,
    start: usize = 0,
    end: usize = 0,
    method: []const u8 = "",
    target: []const u8 = "",
    path: []const u8 = "",
    query: []const u8 = "",
    minorVersion: u8 = 1,
    headers: []const Header = &.{},
    keepAlive: bool = true,
    expectsContinue: bool = false,
    framing: parts.Framing = .none,
    contentLength: u64 = 0,
    body: ?Body = null,
};

/// One entry for each request, up to what ends the connection. Texts are Latin-1: one character for each byte.
pub fn write(input: []const u8, arena: std.mem.Allocator, writer: *std.Io.Writer) !void {
    var messages: std.ArrayList(Message) = .empty;
    var at: usize = 0;
    while (at < input.len) {
        const message = try readMessage(input, at, arena);
        try messages.append(arena, message);
        const body = message.body orelse break;
        if (body.outcome != .complete or !message.keepAlive) break;
        at = body.end;
    }
    try std.json.Stringify.value(messages.items, .{}, writer);
    try writer.writeByte('\n');
}

fn readMessage(input: []const u8, at: usize, arena: std.mem.Allocator) !Message {
    const text = input[at..];
    const bytes = try arena.alloc(u8, text.len + limits.slack_bytes);
    @memset(bytes, 0);
    @memcpy(bytes[0..text.len], text);
    var slots: [limits.headers_default]parts.Slot = undefined;
    var p: parts.Parser = .{};
    switch (parts.cpu.parse()(&p, bytes.ptr, @intCast(text.len), &slots, &.{})) {
        .partial => return .{ .outcome = .partial },
        .faulty => return .{ .outcome = .faulty, .fault = p.fault, .status = p.fault.status() },
        .complete => {},
    }
    const headers = try arena.alloc(Header, p.header_count);
    for (headers, slots[0..headers.len]) |*header, *slot| header.* = .{
        .name = try latin1(arena, text[slot.name..][0..slot.tag.name_bytes]),
        .value = try latin1(arena, parts.parser.valueOf(bytes.ptr, slot)),
        .id = slot.tag.id,
    };
    return .{
        .outcome = .complete,
        .start = at + p.start,
        .end = at + p.position,
        .method = p.method.text(),
        .target = try latin1(arena, text[p.target..][0..p.target_bytes]),
        .path = try latin1(arena, text[p.path..][0..p.path_bytes]),
        .query = try latin1(arena, text[p.query..][0..p.query_bytes]),
        .minorVersion = p.minor_version,
        .headers = headers,
        .keepAlive = p.keep_alive,
        .expectsContinue = p.expects_continue,
        .framing = p.framing,
        .contentLength = p.content_length,
        .body = try readBody(&p, bytes[p.position..text.len], at + p.position, arena),
    };
}

fn readBody(p: *const parts.Parser, rest: []u8, at: usize, arena: std.mem.Allocator) !Body {
    switch (p.framing) {
        .none => return .{ .outcome = .complete, .end = at },
        .length => {
            const size: usize = @intCast(@min(p.content_length, rest.len));
            return .{
                .outcome = if (size == p.content_length) .complete else .partial,
                .data = try latin1(arena, rest[0..size]),
                .end = at + size,
            };
        },
        .chunked => {
            var chunked: parts.Chunked = .{};
            const progress = chunked.decode(rest, limits.body_bytes_default, limits.chunk_extra_bytes_default);
            const data = try latin1(arena, rest[0..progress.data]);
            const end = at + progress.consumed;
            return switch (progress.state) {
                .more => .{ .outcome = .partial, .data = data, .end = end },
                .done => .{ .outcome = .complete, .data = data, .end = end },
                .faulty => |fault| .{
                    .outcome = .faulty,
                    .fault = @tagName(fault),
                    .status = fault.status(),
                    .data = data,
                    .end = end,
                },
            };
        },
    }
}

fn latin1(arena: std.mem.Allocator, bytes: []const u8) ![]const u8 {
    var list: std.ArrayList(u8) = try .initCapacity(arena, 2 * bytes.len);
    for (bytes) |byte| {
        var buffer: [4]u8 = undefined;
        const size = std.unicode.utf8Encode(byte, &buffer) catch unreachable;
        list.appendSliceAssumeCapacity(buffer[0..size]);
    }
    return list.items;
}
