//! A second opinion on request heads: one byte after the other, from the start each time, as the RFCs put it.
//!
//! Shares nothing with the core's parser but names and numbers. What is wrong is found in the order of the bytes, a
//! header line once it has ended, and what concerns several lines once all are there.

const std = @import("std");
const parts = @import("parts.zig");
const Fault = parts.Fault;
const Method = parts.Method;
const HeaderId = parts.HeaderId;

pub const Header = struct { name: usize, name_bytes: usize, value: usize, value_bytes: usize, id: HeaderId };

pub const Head = struct {
    method: Method = .get,
    minor_version: u8 = 1,
    framing: parts.Framing = .none,
    keep_alive: bool = true,
    expects_continue: bool = false,
    start: usize = 0,
    target: usize = 0,
    target_bytes: usize = 0,
    path: usize = 0,
    path_bytes: usize = 0,
    query: usize = 0,
    query_bytes: usize = 0,
    content_length: u64 = 0,
    position: usize = 0,
    header_count: usize = 0,
};

pub const Verdict = union(enum) { partial, complete: Head, faulty: Fault };

/// `headers` has room for `bounds.headers`.
pub fn parse(bytes: []const u8, bounds: parts.Bounds, headers: []Header) Verdict {
    var reader: Reader = .{
        .text = bytes[0..@min(bytes.len, bounds.head_bytes)],
        .bounds = bounds,
        .headers = headers,
    };
    reader.read() catch |err| return switch (err) {
        error.Faulty => .{ .faulty = reader.fault },
        error.Partial => if (reader.text.len == bounds.head_bytes) .{ .faulty = .head_too_large } else .partial,
    };
    return .{ .complete = reader.head };
}

const Error = error{ Partial, Faulty };

const Reader = struct {
    text: []const u8,
    bounds: parts.Bounds,
    headers: []Header,
    at: usize = 0,
    head: Head = .{},
    fault: Fault = undefined,

    fn read(r: *Reader) Error!void {
        while (try r.peek() == '\r') {
            r.at += 1;
            if (try r.peek() != '\n') return r.fail(.line_ending_invalid);
            r.at += 1;
        }
        r.head.start = r.at;
        try r.readMethod();
        try r.readTarget();
        try r.readVersion();
        try r.readTargetForm();
        while (try r.readHeader()) {}
        r.head.position = r.at;
        try r.decideHost();
        r.decideConnection();
        try r.decideFraming();
        try r.decideExpectation();
    }

    fn peek(r: *const Reader) error{Partial}!u8 {
        return if (r.at < r.text.len) r.text[r.at] else error.Partial;
    }

    fn fail(r: *Reader, fault: Fault) error{Faulty} {
        r.fault = fault;
        return error.Faulty;
    }

    fn readMethod(r: *Reader) Error!void {
        while (true) : (r.at += 1) {
            const byte = try r.peek();
            const size = r.at - r.head.start;
            if (size > parts.limits.method_bytes_max) return r.fail(.method_unknown);
            if (byte == ' ' and size > 0) break;
            if (!isTokenByte(byte)) return r.fail(.method_invalid);
        }
        const name = r.text[r.head.start..r.at];
        r.at += 1;
        for (std.enums.values(Method)) |method| {
            // Methods are case-sensitive, and all that are known are upper case.
            var upper: [16]u8 = undefined;
            if (!std.mem.eql(u8, name, std.ascii.upperString(&upper, @tagName(method)))) continue;
            r.head.method = method;
            return;
        }
        return r.fail(.method_unknown);
    }

    fn readTarget(r: *Reader) Error!void {
        r.head.target = r.at;
        while (true) : (r.at += 1) {
            r.head.target_bytes = r.at - r.head.target;
            if (r.head.target_bytes > r.bounds.target_bytes) return r.fail(.target_too_long);
            switch (try r.peek()) {
                '!'...'~' => {},
                ' ' => break,
                '\n' => return r.fail(.line_ending_invalid),
                else => return r.fail(.target_invalid),
            }
        }
        if (r.head.target_bytes == 0) return r.fail(.target_invalid);
        r.at += 1;
    }

    fn readVersion(r: *Reader) Error!void {
        for ("HTTP/") |wanted| try r.expect(wanted);
        const major = try r.readDigit();
        try r.expect('.');
        const minor = try r.readDigit();
        try r.expect('\r');
        try r.expect('\n');
        if (major != 1) return r.fail(.version_unsupported);
        r.head.minor_version = @min(minor, 1);
    }

    fn expect(r: *Reader, wanted: u8) Error!void {
        const byte = try r.peek();
        if (byte != wanted) return r.fail(if (byte == '\n' or wanted == '\n') .line_ending_invalid else .version_invalid);
        r.at += 1;
    }

    fn readDigit(r: *Reader) Error!u8 {
        const byte = try r.peek();
        if (byte == '\n') return r.fail(.line_ending_invalid);
        if (byte < '0' or byte > '9') return r.fail(.version_invalid);
        r.at += 1;
        return byte - '0';
    }

    fn readTargetForm(r: *Reader) Error!void {
        const head = &r.head;
        const target = r.text[head.target..][0..head.target_bytes];
        // RFC 9112, 3.2: origin-form, absolute-form, and asterisk-form for OPTIONS. Authority-form is for CONNECT.
        var path: usize = 0;
        if (target[0] != '/') {
            if (std.mem.eql(u8, target, "*")) {
                if (head.method != .options) return r.fail(.target_invalid);
            } else {
                path = schemeSize(target) orelse return r.fail(.target_invalid);
                const authority = path;
                while (path < target.len and target[path] != '/' and target[path] != '?' and target[path] != '#') path += 1;
                if (!isHostAndPort(target[authority..path])) return r.fail(.target_invalid);
            }
        }
        var path_end = path;
        while (path_end < target.len and target[path_end] != '?' and target[path_end] != '#') path_end += 1;
        head.path = head.target + path;
        head.path_bytes = path_end - path;
        // Without a query it is empty, behind what would have begun it.
        const query = @min(path_end + 1, target.len);
        var query_end = query;
        const has_query = path_end < target.len and target[path_end] == '?';
        while (has_query and query_end < target.len and target[query_end] != '#') query_end += 1;
        head.query = head.target + query;
        head.query_bytes = query_end - query;
    }

    /// False at the empty line.
    fn readHeader(r: *Reader) Error!bool {
        const start = r.at;
        var colon: ?usize = null;
        while (true) : (r.at += 1) {
            const byte = try r.peek();
            if (byte == ':' and colon == null) colon = r.at;
            if (byte != '\t' and (byte < ' ' or byte == 0x7f)) break;
        }
        switch (r.text[r.at]) {
            '\r' => {},
            '\n' => return r.fail(.line_ending_invalid),
            else => return r.fail(if (colon == null) .header_name_invalid else .header_value_invalid),
        }
        const end = r.at;
        r.at += 1;
        if (try r.peek() != '\n') return r.fail(.line_ending_invalid);
        r.at += 1;
        if (end == start) return false;

        if (r.head.header_count == r.bounds.headers) return r.fail(.headers_too_many);
        const name_end = colon orelse return r.fail(if (isSpace(r.text[start])) .header_folded else .header_name_invalid);
        const name = r.text[start..name_end];
        if (!isToken(name)) {
            if (isSpace(r.text[start])) return r.fail(.header_folded);
            const is_spaced = name.len > 0 and isSpace(name[name.len - 1]);
            return r.fail(if (is_spaced) .header_space_before_colon else .header_name_invalid);
        }
        var value = name_end + 1;
        while (value < end and isSpace(r.text[value])) value += 1;
        var value_end = end;
        while (value_end > value and isSpace(r.text[value_end - 1])) value_end -= 1;
        r.headers[r.head.header_count] = .{
            .name = start,
            .name_bytes = name.len,
            .value = value,
            .value_bytes = value_end - value,
            .id = idOf(name),
        };
        r.head.header_count += 1;
        return true;
    }

    fn decideHost(r: *Reader) Error!void {
        switch (r.countOf(.host)) {
            0 => if (r.head.minor_version == 1) return r.fail(.host_missing),
            1 => if (!isHostAndPort(r.firstOf(.host))) return r.fail(.host_invalid),
            else => return r.fail(.host_repeated),
        }
    }

    fn decideConnection(r: *Reader) void {
        var asks_close = false;
        var asks_keep_alive = false;
        for (r.headers[0..r.head.header_count]) |header| {
            if (header.id != .connection) continue;
            var options = std.mem.tokenizeAny(u8, r.valueOf(header), ",");
            while (options.next()) |option| {
                if (is(trim(option), "close")) asks_close = true;
                if (is(trim(option), "keep-alive")) asks_keep_alive = true;
            }
        }
        r.head.keep_alive = if (asks_close) false else asks_keep_alive or r.head.minor_version == 1;
    }

    fn decideFraming(r: *Reader) Error!void {
        const lengths = r.countOf(.content_length);
        const codings = r.countOf(.transfer_encoding);
        if (lengths > 1) return r.fail(.length_repeated);
        if (lengths == 1 and codings > 0) return r.fail(.length_with_coding);
        if (codings > 0) {
            if (r.head.minor_version == 0) return r.fail(.coding_before_http11);
            // One line is what any client sends; what several add up to is not asked.
            if (codings > 1) return r.fail(.coding_not_chunked_last);
            try r.decideCoding(r.firstOf(.transfer_encoding));
        } else if (lengths == 1) {
            r.head.framing = .length;
            r.head.content_length = try r.number(r.firstOf(.content_length));
        }
    }

    fn decideCoding(r: *Reader, list: []const u8) Error!void {
        var codings: [1024][]const u8 = undefined;
        var count: usize = 0;
        var rest = std.mem.splitScalar(u8, list, ',');
        while (rest.next()) |coding| : (count += 1) {
            if (count == codings.len) return r.fail(.coding_not_chunked_last);
            codings[count] = trim(coding);
        }
        if (!is(codings[count - 1], "chunked")) return r.fail(.coding_not_chunked_last);
        for (codings[0 .. count - 1]) |coding| {
            if (coding.len == 0 or is(coding, "chunked")) return r.fail(.coding_not_chunked_last);
        }
        if (count > 1) return r.fail(.coding_unknown);
        r.head.framing = .chunked;
    }

    fn number(r: *Reader, text: []const u8) Error!u64 {
        if (text.len == 0) return r.fail(.length_invalid);
        var value: u128 = 0;
        for (text) |byte| {
            if (byte < '0' or byte > '9') return r.fail(.length_invalid);
            value = value * 10 + (byte - '0');
            if (value > std.math.maxInt(u64)) return r.fail(.length_invalid);
        }
        return @intCast(value);
    }

    fn decideExpectation(r: *Reader) Error!void {
        // RFC 9110, 10.1.1: ignored in HTTP/1.0.
        if (r.countOf(.expect) == 0 or r.head.minor_version == 0) return;
        if (!is(r.firstOf(.expect), "100-continue")) return r.fail(.expectation_unknown);
        r.head.expects_continue = r.head.framing != .none;
    }

    fn countOf(r: *const Reader, id: HeaderId) usize {
        var count: usize = 0;
        for (r.headers[0..r.head.header_count]) |header| count += @intFromBool(header.id == id);
        return count;
    }

    fn firstOf(r: *const Reader, id: HeaderId) []const u8 {
        for (r.headers[0..r.head.header_count]) |header| {
            if (header.id == id) return r.valueOf(header);
        }
        unreachable;
    }

    fn valueOf(r: *const Reader, header: Header) []const u8 {
        return r.text[header.value..][0..header.value_bytes];
    }
};

pub fn isTokenByte(byte: u8) bool {
    return switch (byte) {
        '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~' => true,
        '0'...'9', 'a'...'z', 'A'...'Z' => true,
        else => false,
    };
}

fn isToken(text: []const u8) bool {
    for (text) |byte| if (!isTokenByte(byte)) return false;
    return text.len > 0;
}

fn isSpace(byte: u8) bool {
    return byte == ' ' or byte == '\t';
}

fn trim(text: []const u8) []const u8 {
    var start: usize = 0;
    var end = text.len;
    while (start < end and isSpace(text[start])) start += 1;
    while (end > start and isSpace(text[end - 1])) end -= 1;
    return text[start..end];
}

/// `wanted` is lower case.
fn is(text: []const u8, wanted: []const u8) bool {
    if (text.len != wanted.len) return false;
    for (text, wanted) |byte, other| if (std.ascii.toLower(byte) != other) return false;
    return true;
}

fn idOf(name: []const u8) HeaderId {
    for (std.enums.values(HeaderId)) |id| {
        const tag = @tagName(id);
        if (id == .other or tag.len != name.len) continue;
        for (tag, name) |wanted, byte| {
            if (std.ascii.toLower(byte) != if (wanted == '_') '-' else wanted) break;
        } else return id;
    }
    return .other;
}

fn schemeSize(target: []const u8) ?usize {
    if (target.len >= 7 and is(target[0..7], "http://")) return 7;
    if (target.len >= 8 and is(target[0..8], "https://")) return 8;
    return null;
}

/// RFC 3986, 3.2.2 and 3.2.3, without an empty host (RFC 9110, 4.2.1). The inside of an IP literal is checked for its
/// bytes only.
fn isHostAndPort(text: []const u8) bool {
    var at: usize = 0;
    if (text.len > 0 and text[0] == '[') {
        at = 1;
        while (at < text.len and (std.ascii.isHex(text[at]) or text[at] == ':' or text[at] == '.')) at += 1;
        if (at == 1 or at == text.len or text[at] != ']') return false;
        at += 1;
    } else {
        while (at < text.len and text[at] != ':') at += 1;
        if (!isRegisteredName(text[0..at])) return false;
    }
    if (at == text.len) return true;
    if (text[at] != ':') return false;
    for (text[at + 1 ..]) |byte| if (byte < '0' or byte > '9') return false;
    return true;
}

fn isRegisteredName(text: []const u8) bool {
    for (text, 0..) |byte, i| switch (byte) {
        '0'...'9', 'a'...'z', 'A'...'Z' => {},
        '-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=' => {},
        '%' => if (i + 2 >= text.len or !std.ascii.isHex(text[i + 1]) or !std.ascii.isHex(text[i + 2])) return false,
        else => return false,
    };
    return text.len > 0;
}
