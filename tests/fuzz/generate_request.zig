//! Requests that are nearly right: by grammar, with a wrong turn now and then, and by damage to others.

const std = @import("std");
const parts = @import("parts.zig");
const Text = @import("text.zig").Text;
const odd = @import("text.zig").odd;
const pick = @import("text.zig").pick;

/// Around these sizes vectors end.
const edges = [_]usize{ 1, 15, 16, 17, 30, 31, 32, 33, 62, 63, 64, 65, 66, 95, 96, 127, 128, 129, 200 };

pub fn size(random: std.Random) usize {
    if (random.boolean()) return random.intRangeAtMost(usize, 1, 12);
    return pick(usize, random, &edges) + random.uintAtMost(usize, 2);
}

pub fn request(text: *Text, random: std.Random) !void {
    if (odd(random, 20)) try text.add(pick([]const u8, random, &.{ "\r\n", "\r\n\r\n", "\r", "\n", " ", "\r\n\r" }));
    try method(text, random);
    try text.add(if (odd(random, 60)) pick([]const u8, random, &.{ "", "  ", "\t", "\r\n" }) else " ");
    try target(text, random);
    try text.add(if (odd(random, 60)) pick([]const u8, random, &.{ "", "  ", "\t", "\r\n", "\n" }) else " ");
    try text.add(if (odd(random, 8)) pick([]const u8, random, &versions) else "HTTP/1.1");
    try lineEnd(text, random);
    if (!odd(random, 20)) try text.print("{s}: {s}\r\n", .{ try anyCase(text, random, "host"), pick([]const u8, random, &hosts) });
    const count = if (odd(random, 30)) random.uintAtMost(usize, 120) else random.uintAtMost(usize, 8);
    for (0..count) |_| try header(text, random);
    try lineEnd(text, random);
    if (odd(random, 3)) try text.add(pick([]const u8, random, &.{ "body", "GET / HTTP/1.1\r\n", "\r\n", "\x00", "5\r\nhello\r\n0\r\n\r\n" }));
}

fn method(text: *Text, random: std.Random) !void {
    if (odd(random, 30)) return text.token(random, random.intRangeAtMost(usize, 1, 36));
    if (odd(random, 30)) return text.add(pick([]const u8, random, &.{ "get", "CONNECT", "TRACE", "GETS", "GE", "G\x00T", "", "PRI", "OPTIONSX" }));
    const names = comptime names: {
        var list: [parts.Method.count][]const u8 = undefined;
        for (std.enums.values(parts.Method), &list) |value, *name| name.* = value.text();
        break :names list;
    };
    try text.add(pick([]const u8, random, &names));
}

fn target(text: *Text, random: std.Random) !void {
    switch (random.uintLessThan(u8, 20)) {
        0 => try text.add("*"),
        1 => try text.add(pick([]const u8, random, &.{ "", "x", "?a", "#", "//", "*a", "*?a", "/\xc3\xa9", "/a\tb", "/\x7f", "/\x00" })),
        2...4 => {
            try text.add(pick([]const u8, random, &.{ "http://", "https://", "HTTP://", "hTTpS://", "http:/", "ftp://", "http//" }));
            try text.add(if (odd(random, 8)) "" else pick([]const u8, random, &hosts));
            if (random.boolean()) try path(text, random);
        },
        else => try path(text, random),
    }
    if (odd(random, 3)) {
        try text.add("?");
        try text.of(random, visible, size(random));
    }
    if (odd(random, 30)) try text.add(pick([]const u8, random, &.{ "#", "#f", "?", "#a?b", "?a#b", "!", "\"" }));
}

fn path(text: *Text, random: std.Random) !void {
    for (0..random.intRangeAtMost(usize, 1, 4)) |_| {
        try text.add("/");
        if (!odd(random, 6)) try text.of(random, visible, size(random));
    }
}

fn header(text: *Text, random: std.Random) !void {
    switch (random.uintLessThan(u8, 12)) {
        0 => return framed(text, random, "content-length", &lengths),
        1 => return framed(text, random, "transfer-encoding", &codings),
        2 => return framed(text, random, "connection", &connections),
        3 => return framed(text, random, "expect", &expectations),
        4 => return framed(text, random, "host", &hosts),
        5...8 => {
            const id = random.enumValue(parts.HeaderId);
            const name = if (id == .other) "x" else id.name();
            try text.add(try anyCase(text, random, name));
            // A name that is nearly known.
            if (odd(random, 8)) try text.token(random, 1);
        },
        else => try text.token(random, size(random)),
    }
    try colon(text, random);
    if (odd(random, 4)) {
        try text.of(random, "abc \t\x80\xff,;=\"", size(random));
    } else {
        try text.of(random, visible, size(random));
    }
    if (odd(random, 40)) try text.add(&.{random.int(u8)});
    try lineEnd(text, random);
}

/// A header that decides about the message, mostly with a value that has a meaning.
fn framed(text: *Text, random: std.Random, name: []const u8, values: []const []const u8) !void {
    try text.add(try anyCase(text, random, name));
    try colon(text, random);
    try text.add(pick([]const u8, random, values));
    if (odd(random, 10)) try text.add(pick([]const u8, random, &.{ " ", "\t", ",", ", ", "0", "\x00" }));
    if (odd(random, 10)) try text.add(pick([]const u8, random, values));
    try lineEnd(text, random);
}

fn colon(text: *Text, random: std.Random) !void {
    try text.add(if (odd(random, 5)) pick([]const u8, random, &.{ ":", ":  ", ":\t", ": \t ", " : ", "\t:", "", "::", " " }) else ": ");
}

fn lineEnd(text: *Text, random: std.Random) !void {
    try text.add(if (odd(random, 100)) pick([]const u8, random, &.{ "\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\r\n\t", "\x00\r\n", "" }) else "\r\n");
}

fn anyCase(text: *Text, random: std.Random, name: []const u8) ![]const u8 {
    const copy = try text.arena.dupe(u8, name);
    switch (random.uintLessThan(u8, 4)) {
        0 => for (copy) |*byte| {
            if (random.boolean()) byte.* = std.ascii.toUpper(byte.*);
        },
        1 => {},
        else => for (copy, 0..) |*byte, i| {
            if (i == 0 or copy[i - 1] == '-') byte.* = std.ascii.toUpper(byte.*);
        },
    }
    return copy;
}

/// Changes what is there in one to four places.
pub fn damage(text: *Text, random: std.Random) !void {
    for (0..random.intRangeAtMost(usize, 1, 4)) |_| {
        const bytes = text.bytes.items;
        if (bytes.len == 0) return text.add(pick([]const u8, random, &pieces));
        const at = random.uintLessThan(usize, bytes.len);
        const count = random.uintAtMost(usize, @min(bytes.len - at, size(random)));
        switch (random.uintLessThan(u8, 8)) {
            0 => bytes[at] = random.int(u8),
            1 => bytes[at] ^= @as(u8, 1) << random.int(u3),
            2 => bytes[at] = pick(u8, random, "\r\n\t :\x00\x7f\x80,;/?#"),
            3 => try text.bytes.insertSlice(text.arena, at, pick([]const u8, random, &pieces)),
            4 => try text.bytes.replaceRange(text.arena, at, count, ""),
            5 => try text.bytes.insertSlice(text.arena, at, try text.arena.dupe(u8, bytes[at..][0..count])),
            6 => {
                const to = random.uintAtMost(usize, bytes.len);
                try text.bytes.insertSlice(text.arena, to, try text.arena.dupe(u8, bytes[at..][0..count]));
            },
            else => text.bytes.shrinkRetainingCapacity(at),
        }
    }
}

/// Mostly what a server has by default, sometimes what the text just about fits into.
pub fn bounds(text: []const u8, random: std.Random) parts.Bounds {
    var result: parts.Bounds = .{};
    if (!odd(random, 3)) return result;
    if (random.boolean()) result.target_bytes = random.uintAtMost(u32, 80);
    if (random.boolean()) result.headers = random.uintAtMost(u32, 10);
    if (random.boolean()) result.head_bytes = random.intRangeAtMost(u32, 1, @intCast(text.len + 4));
    return result;
}

const visible = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-._~%/:=&+,;'\"!()[]{}|\\^`<>@$*";

const versions = [_][]const u8{
    "HTTP/1.0", "HTTP/1.0",  "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/0.9", "HTTP/1.",   "HTTP/11",   "http/1.1",
    "HTTP/1,1", "HTTP/1.1 ", "HTTP/a.1", "HTTP/1.b", "HTTP",     "",         "HTTP/1.10", "HTTPS/1.1",
};

const hosts = [_][]const u8{
    "x",                                                      "example.com",                    "example.com:8080",                "127.0.0.1",  "localhost:3000", "[::1]",              "[::1]:80", "a_b.example",
    "a%20b",                                                  "a%2",                            "a%zz",                            "x:",         "x:a",            ":80",                "x:1:2",    "[::1",
    "[]",                                                     "[::1]a",                         "[g]",                             "u@x",        "a/b",            "a b",                "",         "a[b",
    "(a)!$&'*+",                                              "a,b",                            "x;y=z~",                          "%41%42:007", "xn--bcher-kva",  "[::ffff:1.2.3.4]:9", "[::1]:",   "a]",
    "a-host-name-that-is-longer-than-32-bytes.example:65536", "exactly-thirty-bytes-long.exam", "exactly-thirtyone-bytes.exam:80",
};

const lengths = [_][]const u8{
    "0", "1", "5", "42", "007", "+1", "-1", "1 1", "1,1", "0x1", "", "18446744073709551615", "18446744073709551616", "99999999999999999999999", "1.0", "1e3",
    "١",
};

const codings = [_][]const u8{
    "chunked",                "Chunked",  "CHUNKED",        "gzip, chunked", "gzip,chunked", "chunked, gzip", "chunked, chunked", "identity",
    "chunked;q=1",            "xchunked", "chunkedchunked", "",              ", chunked",    "chunked,",      "gzip,,chunked",    "gzip,\tchunked",
    "deflate, gzip, chunked", "chun ked",
};

const connections = [_][]const u8{
    "close", "keep-alive", "Keep-Alive", "CLOSE", "upgrade", "close, keep-alive", "keep-alive , foo", "closed", "", ",", "foo,close,", "\tclose", "keep\x0dalive", "keepalive",
};

const expectations = [_][]const u8{ "100-continue", "100-Continue", "200-ok", "", "100-continue, 100-continue", "100-continue;a", "100\x0dcontinue" };

const pieces = [_][]const u8{
    "\r\n",                  "\r",                       "\n",      "\r\n\r\n",      ":",                  " ",                                                   "\t",                    "\x00",
    "\x7f",                  "\x80",                     "\r\n ",   " HTTP/1.1\r\n", "GET / HTTP/1.1\r\n", "Host: y\r\n",                                         "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n", "Expect: 100-continue\r\n", "http://", "?",             "#",                  "Content-Length:3\r\nTransfer-Encoding:\tchunked\r\n",
};
