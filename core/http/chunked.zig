//! Chunked bodies (RFC 9112, section 7.1), strictly; data is moved to the front of the bytes that it arrived in.
//!
//! Sizes are hexadecimal digits and nothing else, extensions follow the grammar without white space, lines end with
//! CRLF. Extensions and trailers are checked, counted and dropped.

const std = @import("std");
const assert = std.debug.assert;
const scan = @import("scan.zig");
const Fault = @import("fault.zig").Fault;

pub const Progress = struct {
    /// Bytes of the input that are understood, framing and data.
    consumed: usize,
    /// Bytes of data: the first so many bytes of the input.
    data: usize,
    state: union(enum) {
        /// The input is used up; the body goes on.
        more,
        /// The body ended at `consumed`.
        done,
        faulty: Fault,
    },
};

pub const Chunked = extern struct {
    state: State = .size_first,
    /// Of the current chunk: its size while that is read, then what is still to come.
    remaining: u64 = 0,
    /// Bytes of extensions and trailers so far.
    extra: u32 = 0,
    digits: u8 = 0,

    const State = enum(u8) {
        size_first,
        size,
        extension_name_first,
        extension_name,
        extension_value_first,
        extension_value,
        extension_quoted,
        extension_escaped,
        extension_end,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_first,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,
        done,
    };

    /// Not called again after `done` or `faulty`. `room` is how many bytes of data the body may still have.
    pub fn decode(c: *Chunked, bytes: []u8, room: u64, extra_bytes_max: u32) Progress {
        assert(c.state != .done);
        var at: usize = 0;
        var data: usize = 0;
        while (at < bytes.len) {
            if (c.state == .data) {
                const size = @min(c.remaining, bytes.len - at);
                if (data != at) @memmove(bytes[data..][0..size], bytes[at..][0..size]);
                data += size;
                at += size;
                c.remaining -= size;
                if (c.remaining == 0) c.state = .data_cr;
                continue;
            }
            if (c.step(bytes[at], room - data, extra_bytes_max)) |fault| {
                return .{ .consumed = at, .data = data, .state = .{ .faulty = fault } };
            }
            at += 1;
            if (c.state == .done) return .{ .consumed = at, .data = data, .state = .done };
        }
        return .{ .consumed = at, .data = data, .state = .more };
    }

    fn step(c: *Chunked, byte: u8, room: u64, extra_bytes_max: u32) ?Fault {
        switch (c.state) {
            .size_first, .size => {
                if (std.fmt.charToDigit(byte, 16)) |digit| {
                    // 16 digits fill the integer; more could only be zeros or too many.
                    if (c.digits == 16) return .chunk_size_invalid;
                    c.digits += 1;
                    c.remaining = c.remaining << 4 | digit;
                    c.state = .size;
                    return null;
                } else |err| switch (err) {
                    error.InvalidCharacter => if (c.state == .size_first) return .chunk_size_invalid,
                }
                if (c.remaining > room) return .body_too_large;
                switch (byte) {
                    '\r' => c.state = .size_lf,
                    ';' => c.state = .extension_name_first,
                    else => return .chunk_size_invalid,
                }
                return null;
            },
            .extension_name_first => {
                if (!scan.is_token[byte]) return .chunk_extension_invalid;
                c.state = .extension_name;
            },
            .extension_name => switch (byte) {
                '=' => c.state = .extension_value_first,
                ';' => c.state = .extension_name_first,
                '\r' => c.state = .size_lf,
                else => if (!scan.is_token[byte]) return .chunk_extension_invalid,
            },
            .extension_value_first => {
                if (byte == '"') {
                    c.state = .extension_quoted;
                } else {
                    if (!scan.is_token[byte]) return .chunk_extension_invalid;
                    c.state = .extension_value;
                }
            },
            .extension_value => switch (byte) {
                ';' => c.state = .extension_name_first,
                '\r' => c.state = .size_lf,
                else => if (!scan.is_token[byte]) return .chunk_extension_invalid,
            },
            .extension_quoted => switch (byte) {
                '"' => c.state = .extension_end,
                '\\' => c.state = .extension_escaped,
                else => if (isControl(byte)) return .chunk_extension_invalid,
            },
            .extension_escaped => {
                if (isControl(byte)) return .chunk_extension_invalid;
                c.state = .extension_quoted;
            },
            .extension_end => switch (byte) {
                ';' => c.state = .extension_name_first,
                '\r' => c.state = .size_lf,
                else => return .chunk_extension_invalid,
            },
            .size_lf => {
                if (byte != '\n') return .line_ending_invalid;
                c.state = if (c.remaining == 0) .trailer_first else .data;
                c.digits = 0;
                return null;
            },
            .data => unreachable,
            .data_cr => {
                if (byte != '\r') return .chunk_end_invalid;
                c.state = .data_lf;
                return null;
            },
            .data_lf => {
                if (byte != '\n') return .chunk_end_invalid;
                c.state = .size_first;
                return null;
            },
            .trailer_first => {
                if (byte == '\r') {
                    c.state = .last_lf;
                    return null;
                }
                if (!scan.is_token[byte]) return .trailer_invalid;
                c.state = .trailer_name;
            },
            .trailer_name => switch (byte) {
                ':' => c.state = .trailer_value,
                else => if (!scan.is_token[byte]) return .trailer_invalid,
            },
            .trailer_value => switch (byte) {
                '\r' => c.state = .trailer_lf,
                else => if (isControl(byte)) return .trailer_invalid,
            },
            .trailer_lf => {
                if (byte != '\n') return .line_ending_invalid;
                c.state = .trailer_first;
            },
            .last_lf => {
                if (byte != '\n') return .line_ending_invalid;
                c.state = .done;
                return null;
            },
            .done => unreachable,
        }
        c.extra += 1;
        return if (c.extra > extra_bytes_max) .chunk_extra_too_large else null;
    }
};

fn isControl(byte: u8) bool {
    return (byte < 0x20 and byte != '\t') or byte == 0x7f;
}

const testing = std.testing;

const Expected = union(enum) { data: []const u8, more: []const u8, fault: Fault };

/// Decodes in pieces that end at `splits`, each in memory of its own, and compares.
fn expectDecoded(expected: Expected, text: []const u8, rest: usize, splits: []const usize, room: u64, extra: u32) !void {
    var chunked: Chunked = .{};
    var body: std.ArrayList(u8) = .empty;
    defer body.deinit(testing.allocator);
    var start: usize = 0;
    for (0..splits.len + 1) |i| {
        const end = if (i < splits.len) splits[i] else text.len;
        const piece = try testing.allocator.dupe(u8, text[start..end]);
        defer testing.allocator.free(piece);
        const progress = chunked.decode(piece, room - body.items.len, extra);
        try body.appendSlice(testing.allocator, piece[0..progress.data]);
        switch (progress.state) {
            .more => try testing.expectEqual(piece.len, progress.consumed),
            .done => {
                try testing.expectEqualStrings(expected.data, body.items);
                return testing.expectEqual(text.len - rest, start + progress.consumed);
            },
            .faulty => |fault| return testing.expectEqual(expected.fault, fault),
        }
        start = end;
    }
    try testing.expectEqualStrings(expected.more, body.items);
}

fn expectAnyhow(expected: Expected, text: []const u8, rest: usize, room: u64, extra: u32) !void {
    errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(text)});
    try expectDecoded(expected, text, rest, &.{}, room, extra);
    for (0..text.len + 1) |split| try expectDecoded(expected, text, rest, &.{split}, room, extra);
    var all: [512]usize = undefined;
    for (all[0..text.len], 0..) |*place, i| place.* = i;
    try expectDecoded(expected, text, rest, all[0..text.len], room, extra);
}

test "bodies that are right, whole and in pieces" {
    const Case = struct { []const u8, []const u8, usize };
    const cases = [_]Case{
        .{ "5\r\nhello\r\n0\r\n\r\n", "hello", 0 },
        .{ "0\r\n\r\n", "", 0 },
        .{ "0\r\n\r\nGET / HTTP/1.1", "", 14 },
        .{ "A\r\n0123456789\r\n00b\r\nabcdefghijk\r\n000\r\n\r\n", "0123456789abcdefghijk", 0 },
        .{ "1;a\r\nx\r\n1;b=c;d=\"e; \\\" f\"\r\ny\r\n0;z\r\n\r\n", "xy", 0 },
        .{ "3\r\n\r\n0\r\n0\r\n\r\n", "\r\n0", 0 },
        .{ "1\r\nx\r\n0\r\nVary: *\r\nX-Sum:\t abc \r\n\r\n", "x", 0 },
    };
    for (cases) |case| try expectAnyhow(.{ .data = case[1] }, case[0], case[2], 1000, 100);
    try expectAnyhow(.{ .more = "hel" }, "5\r\nhel", 0, 1000, 100);
}

test "bodies that are wrong, whole and in pieces" {
    const Case = struct { Fault, []const u8 };
    const cases = [_]Case{
        .{ .chunk_size_invalid, "\r\nx" },
        .{ .chunk_size_invalid, "g\r\nx" },
        .{ .chunk_size_invalid, " 1\r\nx" },
        .{ .chunk_size_invalid, "1 \r\nx" },
        .{ .chunk_size_invalid, "0x1\r\nx" },
        .{ .chunk_size_invalid, "+1\r\nx" },
        .{ .chunk_size_invalid, "-1\r\nx" },
        .{ .chunk_size_invalid, "1_0\r\nx" },
        .{ .chunk_size_invalid, "1\nx" },
        .{ .chunk_size_invalid, "00000000000000001\r\nx" },
        .{ .chunk_size_invalid, "2 erfrferferf\r\naa\r\n" },
        .{ .chunk_extension_invalid, "2;\r\naa" },
        .{ .chunk_extension_invalid, "2; a\r\naa" },
        .{ .chunk_extension_invalid, "2;a=\r\naa" },
        .{ .chunk_extension_invalid, "2;a=\"b\r\naa" },
        .{ .chunk_extension_invalid, "2;a=\"b\"c\r\naa" },
        .{ .chunk_extension_invalid, "2;a\nb\r\naa" },
        .{ .line_ending_invalid, "2\rx" },
        .{ .line_ending_invalid, "2;a\rx" },
        .{ .chunk_end_invalid, "1\r\nxy" },
        .{ .chunk_end_invalid, "1\r\nx\n" },
        .{ .chunk_end_invalid, "1\r\nx\rX" },
        .{ .trailer_invalid, "0\r\n: x\r\n\r\n" },
        .{ .trailer_invalid, "0\r\na b: x\r\n\r\n" },
        .{ .trailer_invalid, "0\r\n a: x\r\n\r\n" },
        .{ .trailer_invalid, "0\r\na\r\n\r\n" },
        .{ .trailer_invalid, "0\r\na: \x00\r\n\r\n" },
        .{ .trailer_invalid, "0\r\n\n" },
        .{ .line_ending_invalid, "0\r\n\rx" },
        .{ .line_ending_invalid, "0\r\na: b\rx" },
    };
    for (cases) |case| try expectAnyhow(.{ .fault = case[0] }, case[1], 0, 1000, 100);
}

test "bounds" {
    try expectAnyhow(.{ .data = "hello" }, "5\r\nhello\r\n0\r\n\r\n", 0, 5, 0);
    try expectAnyhow(.{ .fault = .body_too_large }, "5\r\nhello\r\n0\r\n\r\n", 0, 4, 0);
    try expectAnyhow(.{ .fault = .body_too_large }, "3\r\nhel\r\n2\r\nlo\r\n", 0, 4, 0);
    try expectAnyhow(.{ .fault = .body_too_large }, "ffffffffffffffff\r\n", 0, 1 << 40, 0);
    try expectAnyhow(.{ .data = "x" }, "1;abc\r\nx\r\n0\r\nA: b\r\n\r\n", 0, 5, 10);
    try expectAnyhow(.{ .fault = .chunk_extra_too_large }, "1;abc\r\nx\r\n0\r\nA: b\r\n\r\n", 0, 5, 9);
}
