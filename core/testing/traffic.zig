//! Random requests, legal and not, with the answers that they must get.

const std = @import("std");
const harness_file = @import("harness.zig");

pub const Expected = struct {
    status: u16,
    is_head: bool = false,
    /// Null: not looked at.
    body: ?[]const u8 = null,
};

/// All that one client says, and all that it must hear.
pub const Script = struct {
    text: []const u8,
    answers: []const Expected,
    /// The client ends its side too early for its last request.
    is_truncated: bool,
};

const Writer = struct {
    arena: std.mem.Allocator,
    random: std.Random,
    text: std.ArrayList(u8) = .empty,
    answers: std.ArrayList(Expected) = .empty,

    fn print(writer: *Writer, comptime format: []const u8, values: anytype) !void {
        try writer.text.appendSlice(writer.arena, try std.fmt.allocPrint(writer.arena, format, values));
    }

    fn expect(writer: *Writer, expected: Expected) !void {
        try writer.answers.append(writer.arena, expected);
    }

    fn body(writer: *Writer) ![]u8 {
        const random = writer.random;
        const max: usize = switch (random.uintLessThan(u8, 20)) {
            0...11 => 50,
            12...17 => 950,
            18 => 20_000,
            else => 100_000,
        };
        const bytes = try writer.arena.alloc(u8, random.uintAtMost(usize, max));
        for (bytes) |*byte| byte.* = random.intRangeAtMost(u8, ' ', '~');
        return bytes;
    }

    fn expectEcho(writer: *Writer, method: []const u8, path: []const u8, query: []const u8, bytes: []const u8) !void {
        const text = try harness_file.echoText(writer.arena, method, path, query, bytes);
        try writer.expect(.{ .status = 200, .body = text, .is_head = std.mem.eql(u8, method, "HEAD") });
    }

    fn head(writer: *Writer, method: []const u8, path: []const u8, version: []const u8) !void {
        try writer.print("{s} {s} HTTP/{s}\r\nHost: a\r\n", .{ method, path, version });
        for (0..writer.random.uintLessThan(usize, 3)) |_| try writer.print("X-Some-Header: {x}\r\n", .{writer.random.int(u64)});
    }

    /// One that goes on.
    fn good(writer: *Writer, number: usize) !void {
        const arena = writer.arena;
        const random = writer.random;
        switch (random.uintLessThan(u8, 12)) {
            0 => {
                try writer.head("GET", "/", "1.1");
                try writer.print("\r\n", .{});
                try writer.expect(.{ .status = 200, .body = harness_file.constant_text });
            },
            1 => {
                try writer.head("HEAD", "/", "1.1");
                try writer.print("\r\n", .{});
                try writer.expect(.{ .status = 200, .is_head = true });
            },
            2 => {
                try writer.head("GET", "/nowhere", "1.1");
                try writer.print("\r\n", .{});
                try writer.expect(.{ .status = 404 });
            },
            3 => {
                try writer.head("DELETE", "/large", "1.1");
                try writer.print("\r\n", .{});
                try writer.expect(.{ .status = 405 });
            },
            4 => {
                const is_large = random.uintLessThan(u8, 8) == 0;
                try writer.head("GET", if (is_large) "/large" else "/decked", "1.1");
                try writer.print("\r\n", .{});
                try writer.expect(.{ .status = if (is_large) 200 else 404, .body = if (is_large) &harness_file.large_constant else "{}" });
            },
            5 => {
                const bytes = try writer.body();
                try writer.head("POST", "/decked", "1.1");
                const size = @min(bytes.len, 1000);
                try writer.print("Content-Length: {d}\r\n\r\n{s}", .{ size, bytes[0..size] });
                try writer.expect(.{ .status = 404, .body = "{}" });
            },
            6, 7 => try writer.posted(.length),
            8 => try writer.posted(.chunked),
            9 => {
                const path = try std.fmt.allocPrint(arena, "/echo/{d}", .{number});
                try writer.head("HEAD", path, "1.1");
                try writer.print("\r\n", .{});
                try writer.expectEcho("HEAD", path, "", "");
            },
            10 => {
                const path = try std.fmt.allocPrint(arena, "/users/{d}", .{number});
                try writer.head("GET", path, "1.0");
                try writer.print("Connection: keep-alive\r\n\r\n", .{});
                try writer.expectEcho("GET", path, "", "");
            },
            else => {
                const path = try std.fmt.allocPrint(arena, "/echo/{d}", .{number});
                try writer.print("GET {s}?n={d} HTTP/1.1\r\nHost: a\r\n\r\n", .{ path, number });
                try writer.expectEcho("GET", path, try std.fmt.allocPrint(arena, "n={d}", .{number}), "");
            },
        }
    }

    fn posted(writer: *Writer, framing: enum { length, chunked }) !void {
        const random = writer.random;
        const bytes = try writer.body();
        try writer.head("POST", "/wide", "1.1");
        if (random.uintLessThan(u8, 6) == 0) try writer.print("Expect: 100-continue\r\n", .{});
        switch (framing) {
            .length => try writer.print("Content-Length: {d}\r\n\r\n{s}", .{ bytes.len, bytes }),
            .chunked => {
                try writer.print("Transfer-Encoding: chunked\r\n\r\n", .{});
                var rest: []const u8 = bytes;
                while (rest.len > 0) {
                    const size = @min(rest.len, random.intRangeAtMost(usize, 1, 1 + bytes.len / 2));
                    const extension = if (random.uintLessThan(u8, 8) == 0) ";a=b" else "";
                    try writer.print("{x}{s}\r\n{s}\r\n", .{ size, extension, rest[0..size] });
                    rest = rest[size..];
                }
                try writer.print("0\r\n{s}\r\n", .{if (random.boolean()) "X-Trailer: x\r\n" else ""});
            },
        }
        try writer.expectEcho("POST", "/wide", "", bytes);
    }

    /// One behind which nothing is processed.
    fn last(writer: *Writer) !bool {
        const Bad = struct { []const u8, u16 };
        const bad = [_]Bad{
            .{ "GET / HTTP/1.1\r\n\r\n", 400 },
            .{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
            .{ "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505 },
            .{ "MAKE / HTTP/1.1\r\nHost: a\r\n\r\n", 501 },
            .{ "GET /\n", 400 },
            .{ "\x00\x01\x02", 400 },
            .{ "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
            .{ "POST /wide HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400 },
            .{ "POST /wide HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400 },
            .{ "POST /narrow HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413 },
            .{ "POST /narrow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", 413 },
            .{ "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 404 },
            .{ "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n", 404 },
            .{ "GET /decked HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404 },
            .{ "GET / HTTP/1.0\r\n\r\n", 200 },
            .{ "GET /echo/ HTTP/1.0\r\n\r\n", 200 },
            .{ "GET /echo/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200 },
        };
        const truncated = [_][]const u8{
            "GET /echo/ HTTP/1.1\r\nHost: a\r\n",
            "POST /wide HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nxyz",
            "POST /wide HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
            "G",
        };
        switch (writer.random.uintLessThan(u8, 4)) {
            0 => return false,
            1 => {
                try writer.print("{s}", .{truncated[writer.random.uintLessThan(usize, truncated.len)]});
                return true;
            },
            else => {
                const one = bad[writer.random.uintLessThan(usize, bad.len)];
                try writer.print("{s}", .{one[0]});
                try writer.expect(.{ .status = one[1] });
                // Nobody may look at this.
                for (0..writer.random.uintLessThan(usize, 4)) |_| try writer.print("GET /echo/never HTTP/1.1\r\nHost: a\r\n\r\n", .{});
                return false;
            },
        }
    }
};

/// Lives as long as the arena.
pub fn script(arena: std.mem.Allocator, random: std.Random) !Script {
    var writer: Writer = .{ .arena = arena, .random = random };
    const count = random.uintLessThan(usize, 12);
    for (0..count) |number| try writer.good(number);
    const is_truncated = try writer.last();
    return .{ .text = writer.text.items, .answers = writer.answers.items, .is_truncated = is_truncated };
}
