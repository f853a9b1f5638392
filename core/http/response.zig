//! Response heads of HTTP/1.1, written in one go.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const date = @import("date.zig");

/// Media types that have a number, so that their line is copied instead of written.
pub const ContentType = enum(u8) { other, text, json, bytes };

/// An answer before any protocol has given it a form.
pub const Response = struct {
    status: u16,
    content_type: ContentType = .other,
    /// `name NUL value NUL` again and again.
    headers: []const u8 = "",
    body: []const u8 = "",
    /// The connection ends with it.
    close: bool = false,
    /// The headers hold a Content-Length that is to stand: for HEAD and 304.
    has_length: bool = false,
    /// Made by `prefix` when the answer is given often: the head up to the date.
    prefix: []const u8 = "",
    /// Set when this is only the head: the body comes in pieces. Null for a length that nobody knows.
    stream: ?Stream = null,

    pub const Stream = struct { bytes: ?u64 };
};

pub const Length = union(enum) {
    /// The message has no body and says nothing of one: 1xx, 204, 304.
    none,
    known: u64,
    /// The headers say it.
    given,
    chunked,
    /// The body ends with the connection.
    until_close,
};

/// What the connection's fate is, as far as it has to be said.
pub const Persistence = enum { implied, close, keep_alive };

pub const Head = struct {
    status: u16,
    content_type: ContentType = .other,
    /// `name NUL value NUL` again and again.
    headers: []const u8 = "",
    length: Length,
    persistence: Persistence = .implied,
};

/// No head needs more than this and twice its headers.
pub const fixed_bytes_max = 512;

comptime {
    assert(bytesMaxOf(limits.answer_header_bytes_max) + limits.inline_body_bytes <= limits.outbox_bytes);
}

fn bytesMaxOf(headers_bytes: usize) usize {
    return fixed_bytes_max + 2 * headers_bytes;
}

pub fn bytesMax(headers: []const u8) usize {
    return bytesMaxOf(headers.len);
}

/// Writes the head with its empty line; returns how many bytes it has. `out` has at least `bytesMax`.
pub fn write(out: []u8, head: *const Head, now: *const [date.text_bytes]u8) usize {
    assert(out.len >= bytesMax(head.headers));
    assert(head.status >= 100 and head.status <= 999);
    var at: usize = 0;
    if (head.status == 200) {
        at = put(out, at, ok_lines[@backingInt(head.content_type)]);
    } else {
        at = putStatus(out, at, head.status);
        at = put(out, at, type_lines[@backingInt(head.content_type)]);
    }
    switch (head.length) {
        .none, .given, .until_close => {},
        .known => |bytes| {
            at = put(out, at, "Content-Length: ");
            at = putNumber(out, at, bytes);
            at = put(out, at, "\r\n");
        },
        .chunked => at = put(out, at, "Transfer-Encoding: chunked\r\n"),
    }
    var has_date = false;
    if (head.headers.len > 0) at = putHeaders(out, at, head.headers, &has_date);
    if (!has_date) {
        at = put(out, at, "Date: ");
        at = put(out, at, now);
        at = put(out, at, "\r\n");
    }
    switch (head.persistence) {
        .implied => {},
        .close => at = put(out, at, "Connection: close\r\n"),
        .keep_alive => at = put(out, at, "Connection: keep-alive\r\n"),
    }
    return put(out, at, "\r\n");
}

/// The head of a constant answer up to the date's value. `out` has at least `bytesMax`; null when the headers hold a
/// date of their own.
pub fn writePrefix(out: []u8, head: *const Head) ?[]u8 {
    const no_date: [date.text_bytes]u8 = @splat('?');
    const size = write(out, head, &no_date);
    const rest = no_date ++ "\r\n\r\n";
    if (!std.mem.endsWith(u8, out[0..size], "\r\nDate: " ++ rest)) return null;
    return out[0 .. size - rest.len];
}

fn putHeaders(out: []u8, start: usize, headers: []const u8, has_date: *bool) usize {
    var at = start;
    var parts = std.mem.splitScalar(u8, headers, 0);
    while (parts.next()) |name| {
        const value = parts.next() orelse break;
        if (std.ascii.eqlIgnoreCase(name, "date")) has_date.* = true;
        at = put(out, at, name);
        at = put(out, at, ": ");
        at = put(out, at, value);
        at = put(out, at, "\r\n");
    }
    return at;
}

inline fn put(out: []u8, at: usize, text: []const u8) usize {
    @memcpy(out[at..][0..text.len], text);
    return at + text.len;
}

pub fn putNumber(out: []u8, at: usize, value: u64) usize {
    var digits: [20]u8 = undefined;
    var start: usize = digits.len;
    var rest = value;
    while (true) {
        start -= 1;
        digits[start] = @intCast('0' + rest % 10);
        rest /= 10;
        if (rest == 0) break;
    }
    return put(out, at, digits[start..]);
}

fn putStatus(out: []u8, start: usize, status: u16) usize {
    var at = put(out, start, "HTTP/1.1 ");
    at = putNumber(out, at, status);
    at = put(out, at, " ");
    at = put(out, at, phrase(status));
    return put(out, at, "\r\n");
}

const type_lines = [_][]const u8{
    "",
    "Content-Type: text/plain; charset=utf-8\r\n",
    "Content-Type: application/json\r\n",
    "Content-Type: application/octet-stream\r\n",
};

const ok_lines = lines: {
    var list: [type_lines.len][]const u8 = undefined;
    for (&list, type_lines) |*line, type_line| line.* = "HTTP/1.1 200 OK\r\n" ++ type_line;
    break :lines list;
};

/// RFC 9110, section 15, and the registry; empty for what is in neither.
fn phrase(status: u16) []const u8 {
    return switch (status) {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a Teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        else => "",
    };
}

/// Statuses whose messages never have a body (RFC 9110, section 6.4.1).
pub fn hasNoBody(status: u16) bool {
    return status < 200 or status == 204 or status == 304;
}

const testing = std.testing;
const noon = "Tue, 24 Nov 2026 12:00:00 GMT";

fn expectHead(expected: []const u8, head: Head) !void {
    var out: [2048]u8 = undefined;
    const size = write(&out, &head, noon);
    try testing.expectEqualStrings(expected, out[0..size]);
}

test "heads" {
    try expectHead("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nDate: " ++ noon ++ "\r\n\r\n", .{
        .status = 200,
        .content_type = .json,
        .length = .{ .known = 13 },
    });
    try expectHead("HTTP/1.1 204 No Content\r\nDate: " ++ noon ++ "\r\nConnection: close\r\n\r\n", .{
        .status = 204,
        .length = .none,
        .persistence = .close,
    });
    try expectHead("HTTP/1.1 299 \r\nContent-Length: 18446744073709551615\r\nX-A: b\r\nx-c: \r\nDate: " ++ noon ++ "\r\n\r\n", .{
        .status = 299,
        .length = .{ .known = std.math.maxInt(u64) },
        .headers = "X-A\x00b\x00x-c\x00\x00",
    });
    try expectHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\ndate: never\r\nConnection: keep-alive\r\n\r\n", .{
        .status = 200,
        .length = .chunked,
        .headers = "date\x00never\x00",
        .persistence = .keep_alive,
    });
}

test "no head is longer than was promised" {
    for (100..1000) |status| {
        var out: [fixed_bytes_max]u8 = undefined;
        for (std.enums.values(ContentType)) |content_type| {
            const head: Head = .{
                .status = @intCast(status),
                .content_type = content_type,
                .length = .{ .known = std.math.maxInt(u64) },
                .persistence = .keep_alive,
            };
            try testing.expect(write(&out, &head, noon) < fixed_bytes_max);
        }
    }
}
