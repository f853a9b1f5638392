//! Takes the chunks' framing off an answer's body, wherever what arrives is cut.

const std = @import("std");
const client = @import("client.zig");

pub const Chunks = struct {
    state: enum { size, data, after_data, last, end } = .size,
    /// Of the chunk's data.
    left: u64 = 0,

    /// The next run of data in `bytes`, which is moved behind it; null when there is no more.
    pub fn next(c: *Chunks, bytes: *[]const u8) !?[]const u8 {
        while (bytes.len > 0) {
            if (c.state == .data) {
                const run = bytes.*[0..@min(c.left, bytes.len)];
                bytes.* = bytes.*[run.len..];
                c.left -= run.len;
                if (c.left == 0) c.state = .after_data;
                return run;
            }
            const byte = bytes.*[0];
            bytes.* = bytes.*[1..];
            try c.step(byte);
        }
        return null;
    }

    fn step(c: *Chunks, byte: u8) !void {
        if (byte == '\r' and c.state != .end) return;
        switch (c.state) {
            .size => if (byte == '\n') {
                c.state = if (c.left == 0) .last else .data;
            } else {
                const digit = std.fmt.charToDigit(byte, 16) catch |err| switch (err) {
                    error.InvalidCharacter => return client.fail("the size of a chunk has a byte {d}", .{byte}),
                };
                if (c.left >> 56 != 0) return client.fail("the size of a chunk is too large", .{});
                c.left = c.left * 16 + digit;
            },
            .after_data, .last => {
                if (byte != '\n') return client.fail("a byte {d} behind a chunk", .{byte});
                c.state = if (c.state == .last) .end else .size;
            },
            .data, .end => return client.fail("bytes after the last chunk", .{}),
        }
    }
};
