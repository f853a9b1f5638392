//! Chunked bodies that are nearly right.

const std = @import("std");
const Text = @import("text.zig").Text;
const odd = @import("text.zig").odd;
const pick = @import("text.zig").pick;
const Bounds = @import("reference_chunked.zig").Bounds;

pub fn body(text: *Text, random: std.Random) !void {
    for (0..random.uintAtMost(usize, 4)) |_| {
        const size = random.intRangeAtMost(usize, 1, if (odd(random, 10)) 300 else 20);
        if (odd(random, 10)) try text.of(random, "0", random.uintAtMost(usize, 16));
        if (random.boolean()) try text.print("{x}", .{size}) else try text.print("{X}", .{size});
        try extensions(text, random);
        try lineEnd(text, random);
        try text.of(random, "abc\r\n0;\x00\xff", size);
        if (odd(random, 30)) try text.add("x");
        try lineEnd(text, random);
    }
    if (odd(random, 20)) try text.add(pick([]const u8, random, &odd_sizes));
    try text.of(random, "0", if (odd(random, 10)) random.uintAtMost(usize, 18) else 1);
    try extensions(text, random);
    try lineEnd(text, random);
    if (odd(random, 3)) for (0..random.intRangeAtMost(usize, 1, 3)) |_| try trailer(text, random);
    try lineEnd(text, random);
    if (odd(random, 3)) try text.add("GET / HTTP/1.1\r\n");
}

fn extensions(text: *Text, random: std.Random) !void {
    if (!odd(random, 4)) return;
    for (0..random.intRangeAtMost(usize, 1, 3)) |_| {
        try text.add(";");
        if (odd(random, 15)) try text.add(pick([]const u8, random, &.{ " ", "", "=", ";", "\t" })) else try text.token(random, 3);
        switch (random.uintLessThan(u8, 4)) {
            0 => {
                try text.add("=");
                try text.token(random, random.intRangeAtMost(usize, 1, 5));
            },
            1 => {
                try text.add("=\"");
                try text.of(random, "ab;= \t\x80\\\\", random.uintAtMost(usize, 6));
                if (odd(random, 10)) try text.of(random, "\r\n\x00\"", 1);
                try text.add("\"");
            },
            else => {},
        }
    }
}

fn trailer(text: *Text, random: std.Random) !void {
    if (odd(random, 15)) try text.add(pick([]const u8, random, &.{ " ", ":", "\n", "\x80" })) else try text.token(random, 4);
    try text.add(if (odd(random, 10)) pick([]const u8, random, &.{ "", " :", "::", "\t" }) else ":");
    try text.of(random, "ab \t\xff,", random.uintAtMost(usize, 8));
    if (odd(random, 20)) try text.of(random, "\x00\x7f\n\r", 1);
    try lineEnd(text, random);
}

fn lineEnd(text: *Text, random: std.Random) !void {
    try text.add(if (odd(random, 60)) pick([]const u8, random, &.{ "\n", "\r", "\r\r\n", "", " \r\n", "\r\n " }) else "\r\n");
}

pub fn bounds(text: []const u8, random: std.Random) Bounds {
    return .{
        .room = if (odd(random, 3)) random.uintAtMost(u64, text.len) else 1 << 20,
        .extra_bytes = if (odd(random, 3)) random.uintAtMost(u32, 40) else 4096,
    };
}

const odd_sizes = [_][]const u8{
    "ffffffffffffffff\r\n", "fffffffffffffffff\r\n", "0000000000000000\r\n", "00000000000000000\r\n", "8000000000000000\r\n",
    "0x1\r\nx\r\n",         "+1\r\nx\r\n",           "-1\r\nx\r\n",          " 1\r\nx\r\n",           "1 \r\nx\r\n",
    "1g\r\nx\r\n",          "\r\n",                  "1_0\r\n",
};
