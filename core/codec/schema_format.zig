//! The formats of strings that are checked: dates and times, mail, addresses of machines and things.
//!
//! date, time, date-time: RFC 3339, leap seconds where UTC may have them. email: a mailbox of RFC 5321 in ASCII.
//! hostname: RFC 1123; an A-label (`xn--…`) is taken as it is. ipv4, ipv6: RFC 2673 and 4291, no zones. uri: RFC 3986
//! with a scheme. uuid: RFC 9562. A string is read through its escapes and never copied whole.

const std = @import("std");
const schema_text = @import("schema_text.zig");
const String = schema_text.String;
const Bytes = schema_text.Bytes;

pub const Format = enum(u8) {
    none,
    date,
    time,
    @"date-time",
    email,
    uuid,
    uri,
    ipv4,
    ipv6,
    hostname,

    /// As people call a value of it.
    pub fn title(format: Format) []const u8 {
        return switch (format) {
            .none => "string",
            .date => "date",
            .time => "time",
            .@"date-time" => "date and time",
            .email => "email address",
            .uuid => "UUID",
            .uri => "URI",
            .ipv4 => "IPv4 address",
            .ipv6 => "IPv6 address",
            .hostname => "host name",
        };
    }

    pub fn matches(format: Format, string: String) bool {
        var bytes = string.reader();
        switch (format) {
            .none => return true,
            .date => return date(&bytes) and bytes.next() == null,
            .time => return time(&bytes) and bytes.next() == null,
            .@"date-time" => {
                if (!date(&bytes)) return false;
                const separator = bytes.next() orelse return false;
                return separator | 0x20 == 't' and time(&bytes) and bytes.next() == null;
            },
            .email => return email(&bytes),
            .uri => return uri(&bytes),
            .uuid, .ipv4, .ipv6, .hostname => {},
        }
        var buffer: [short_bytes_max]u8 = undefined;
        const short = rest(&bytes, &buffer) orelse return false;
        return switch (format) {
            .uuid => uuid(short),
            .ipv4 => ipv4(short),
            .ipv6 => ipv6(short),
            .hostname => hostname(short),
            else => unreachable,
        };
    }
};

/// More than any address or name of a machine.
const short_bytes_max = 256;

/// What is left, or null if that is longer than the buffer.
fn rest(bytes: *Bytes, buffer: *[short_bytes_max]u8) ?[]const u8 {
    var len: usize = 0;
    while (bytes.next()) |byte| : (len += 1) {
        if (len == buffer.len) return null;
        buffer[len] = byte;
    }
    return buffer[0..len];
}

/// A number of so many digits.
fn number(bytes: *Bytes, size: usize) ?u32 {
    var value: u32 = 0;
    for (0..size) |_| {
        const byte = bytes.next() orelse return null;
        if (!std.ascii.isDigit(byte)) return null;
        value = value * 10 + byte - '0';
    }
    return value;
}

fn date(bytes: *Bytes) bool {
    const year = number(bytes, 4) orelse return false;
    if (bytes.next() != '-') return false;
    const month = number(bytes, 2) orelse return false;
    if (bytes.next() != '-') return false;
    const day = number(bytes, 2) orelse return false;
    const is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0);
    const days: u32 = switch (month) {
        1, 3, 5, 7, 8, 10, 12 => 31,
        4, 6, 9, 11 => 30,
        2 => if (is_leap) 29 else 28,
        else => return false,
    };
    return day >= 1 and day <= days;
}

fn time(bytes: *Bytes) bool {
    const hour = number(bytes, 2) orelse return false;
    if (bytes.next() != ':') return false;
    const minute = number(bytes, 2) orelse return false;
    if (bytes.next() != ':') return false;
    const second = number(bytes, 2) orelse return false;
    if (hour > 23 or minute > 59 or second > 60) return false;
    if (bytes.peek() == '.') {
        _ = bytes.next();
        _ = number(bytes, 1) orelse return false;
        while (bytes.peek()) |byte| {
            if (!std.ascii.isDigit(byte)) break;
            _ = bytes.next();
        }
    }
    const day_minutes = 24 * 60;
    var utc = hour * 60 + minute;
    const zone = bytes.next() orelse return false;
    switch (zone) {
        'z', 'Z' => {},
        '+', '-' => {
            const zone_hour = number(bytes, 2) orelse return false;
            if (bytes.next() != ':') return false;
            const zone_minute = number(bytes, 2) orelse return false;
            if (zone_hour > 23 or zone_minute > 59) return false;
            const offset = zone_hour * 60 + zone_minute;
            utc = (utc + (if (zone == '-') offset else day_minutes - offset)) % day_minutes;
        },
        else => return false,
    }
    return second < 60 or utc == day_minutes - 1;
}

fn isAtom(byte: u8) bool {
    return std.ascii.isAlphanumeric(byte) or std.mem.findScalar(u8, "!#$%&'*+-/=?^_`{|}~", byte) != null;
}

fn email(bytes: *Bytes) bool {
    if (bytes.peek() == '"') {
        _ = bytes.next();
        while (true) {
            switch (bytes.next() orelse return false) {
                '"' => break,
                '\\' => switch (bytes.next() orelse return false) {
                    0...0x1f, 0x7f...0xff => return false,
                    else => {},
                },
                0...0x1f, 0x7f...0xff => return false,
                else => {},
            }
        }
        if (bytes.next() != '@') return false;
    } else {
        // Nothing in front of it is as a dot is.
        var last: u8 = '.';
        while (true) {
            const byte = bytes.next() orelse return false;
            if (byte == '@' or byte == '.') {
                if (last == '.') return false;
                if (byte == '@') break;
            } else if (!isAtom(byte)) return false;
            last = byte;
        }
    }
    var buffer: [short_bytes_max]u8 = undefined;
    const domain = rest(bytes, &buffer) orelse return false;
    if (domain.len > 2 and domain[0] == '[' and domain[domain.len - 1] == ']') {
        const literal = domain[1 .. domain.len - 1];
        return if (std.ascii.startsWithIgnoreCase(literal, "ipv6:")) ipv6(literal[5..]) else ipv4(literal);
    }
    return hostname(domain);
}

fn hostname(name: []const u8) bool {
    if (name.len == 0 or name.len > 253) return false;
    var labels = std.mem.splitScalar(u8, name, '.');
    while (labels.next()) |label| {
        if (label.len == 0 or label.len > 63) return false;
        if (label[0] == '-' or label[label.len - 1] == '-') return false;
        for (label) |byte| {
            if (!std.ascii.isAlphanumeric(byte) and byte != '-') return false;
        }
    }
    return true;
}

fn ipv4(address: []const u8) bool {
    var parts = std.mem.splitScalar(u8, address, '.');
    var count: usize = 0;
    while (parts.next()) |part| : (count += 1) {
        if (part.len == 0 or part.len > 3 or (part.len > 1 and part[0] == '0')) return false;
        var value: u32 = 0;
        for (part) |byte| {
            if (!std.ascii.isDigit(byte)) return false;
            value = value * 10 + byte - '0';
        }
        if (value > 255) return false;
    }
    return count == 4;
}

fn ipv6(address: []const u8) bool {
    if (std.mem.find(u8, address, "::")) |gap| {
        const before = groups(address[0..gap], false) orelse return false;
        const after = groups(address[gap + 2 ..], true) orelse return false;
        return before + after < 8;
    }
    return address.len > 0 and groups(address, true) == 8;
}

/// How many groups of 16 bits stand between colons; null where something else does.
fn groups(address: []const u8, may_end_in_ipv4: bool) ?usize {
    if (address.len == 0) return 0;
    var count: usize = 0;
    var parts = std.mem.splitScalar(u8, address, ':');
    while (parts.next()) |part| {
        if (may_end_in_ipv4 and parts.peek() == null and ipv4(part)) return count + 2;
        if (part.len == 0 or part.len > 4) return null;
        for (part) |byte| {
            if (!std.ascii.isHex(byte)) return null;
        }
        count += 1;
    }
    return count;
}

fn uuid(string: []const u8) bool {
    if (string.len != 36) return false;
    for (string, 0..) |byte, i| {
        switch (i) {
            8, 13, 18, 23 => if (byte != '-') return false,
            else => if (!std.ascii.isHex(byte)) return false,
        }
    }
    return true;
}

fn isUnreservedOrSubDelimiter(byte: u8) bool {
    return std.ascii.isAlphanumeric(byte) or std.mem.findScalar(u8, "-._~!$&'()*+,;=", byte) != null;
}

/// Takes the two digits behind a percent sign.
fn percent(bytes: *Bytes) bool {
    for (0..2) |_| {
        if (!std.ascii.isHex(bytes.next() orelse return false)) return false;
    }
    return true;
}

fn uri(bytes: *Bytes) bool {
    if (!std.ascii.isAlphabetic(bytes.next() orelse return false)) return false;
    while (true) {
        const byte = bytes.next() orelse return false;
        if (byte == ':') break;
        if (!std.ascii.isAlphanumeric(byte) and byte != '+' and byte != '-' and byte != '.') return false;
    }
    if (bytes.peek() == '/') {
        _ = bytes.next();
        if (bytes.peek() == '/') {
            _ = bytes.next();
            if (!authority(bytes)) return false;
        }
    }
    var part: enum { path, query, fragment } = .path;
    while (bytes.next()) |byte| {
        switch (byte) {
            '%' => if (!percent(bytes)) return false,
            '/', ':', '@' => {},
            '?' => if (part == .path) {
                part = .query;
            },
            '#' => {
                if (part == .fragment) return false;
                part = .fragment;
            },
            else => if (!isUnreservedOrSubDelimiter(byte)) return false,
        }
    }
    return true;
}

/// Up to the slash, question or hash behind it. Whether what was read is a user or a host is known at an `@` only.
fn authority(bytes: *Bytes) bool {
    var has_user = false;
    var is_empty = true;
    var colons: u32 = 0;
    var port_is_number = true;
    while (bytes.peek()) |byte| {
        switch (byte) {
            '/', '?', '#' => break,
            '@' => {
                if (has_user) return false;
                has_user = true;
                colons = 0;
                port_is_number = true;
                is_empty = true;
                _ = bytes.next();
                continue;
            },
            '[' => {
                if (!is_empty) return false;
                _ = bytes.next();
                return literalHost(bytes);
            },
            ':' => colons += 1,
            '%' => {
                _ = bytes.next();
                if (!percent(bytes)) return false;
                is_empty = false;
                if (colons > 0) port_is_number = false;
                continue;
            },
            else => {
                if (!isUnreservedOrSubDelimiter(byte)) return false;
                if (colons > 0 and !std.ascii.isDigit(byte)) port_is_number = false;
            },
        }
        is_empty = false;
        _ = bytes.next();
    }
    return colons == 0 or (colons == 1 and port_is_number);
}

/// From behind the opening bracket: an address, and perhaps a port.
fn literalHost(bytes: *Bytes) bool {
    var buffer: [short_bytes_max]u8 = undefined;
    var len: usize = 0;
    while (true) : (len += 1) {
        const byte = bytes.next() orelse return false;
        if (byte == ']') break;
        if (len == buffer.len) return false;
        buffer[len] = byte;
    }
    const literal = buffer[0..len];
    if (len > 0 and literal[0] | 0x20 == 'v') {
        const dot = std.mem.findScalar(u8, literal, '.') orelse return false;
        if (dot == 1 or dot + 1 == len) return false;
        for (literal[1..dot]) |byte| {
            if (!std.ascii.isHex(byte)) return false;
        }
        for (literal[dot + 1 ..]) |byte| {
            if (!isUnreservedOrSubDelimiter(byte) and byte != ':') return false;
        }
    } else if (!ipv6(literal)) return false;
    if (bytes.peek() == ':') {
        _ = bytes.next();
        while (bytes.peek()) |byte| {
            if (!std.ascii.isDigit(byte)) break;
            _ = bytes.next();
        }
    }
    return switch (bytes.peek() orelse return true) {
        '/', '?', '#' => true,
        else => false,
    };
}

const testing = std.testing;

test "formats are read through escapes" {
    const cases = [_]struct { bool, Format, []const u8 }{
        .{ true, .uri, "http:\\/\\/example.com\\/a" },            .{ true, .@"date-time", "2024-02-29T23:59:60\\u005a" },
        .{ false, .date, "2023-02-29" },                          .{ true, .email, "ada\\u0040example.com" },
        .{ true, .uuid, "2EB8AA08-aa98-11ea-b4aa-73b441d16380" }, .{ false, .uuid, "2EB8AA08-aa98-11ea-b4aa-73b441d1638" },
        .{ true, .ipv6, "::" },                                   .{ false, .ipv6, "1::2::3" },
        .{ true, .uri, "a:" },                                    .{ false, .uri, "a://b:c" },
        .{ true, .uri, "a://u:p@[v1.x]:80?#" },                   .{ false, .ipv4, "1.2.3.04" },
        .{ false, .email, "\\ud800@example.com" },                .{ false, .hostname, "a..b" },
    };
    for (cases) |case| {
        errdefer std.debug.print("for {s}\n", .{case[2]});
        const is_escaped = std.mem.findScalar(u8, case[2], '\\') != null;
        try testing.expectEqual(case[0], case[1].matches(.{ .raw = case[2], .is_escaped = is_escaped }));
    }
}
