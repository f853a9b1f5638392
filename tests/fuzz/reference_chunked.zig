//! A second opinion on chunked bodies: reads the whole text from the start, line by line (RFC 9112, section 7.1).

const std = @import("std");
const parts = @import("parts.zig");
const isTokenByte = @import("reference_parser.zig").isTokenByte;

pub const Bounds = struct { room: u64, extra_bytes: u32 };

pub const Verdict = struct {
    /// Of the data, as much as was there.
    data: usize = 0,
    state: union(enum) {
        more,
        /// Where the body ends.
        done: usize,
        faulty: parts.Fault,
    } = .more,
};

/// `data` has room for as much as there is in `text`.
pub fn decode(text: []const u8, bounds: Bounds, data: []u8) Verdict {
    var reader: Reader = .{ .text = text, .bounds = bounds, .data = data };
    reader.read() catch |err| return .{
        .data = reader.filled,
        .state = switch (err) {
            error.Partial => .more,
            error.Faulty => .{ .faulty = reader.fault },
        },
    };
    return .{ .data = reader.filled, .state = .{ .done = reader.at } };
}

const Error = error{ Partial, Faulty };

const Reader = struct {
    text: []const u8,
    bounds: Bounds,
    data: []u8,
    at: usize = 0,
    filled: usize = 0,
    extra: usize = 0,
    fault: parts.Fault = undefined,

    fn read(r: *Reader) Error!void {
        while (true) {
            const size = try r.readSize();
            while (try r.peek() == ';') {
                r.at += 1;
                try r.readExtension();
            }
            try r.readLineEnd();
            if (size == 0) break;
            try r.readData(size);
        }
        while (try r.peek() != '\r') try r.readTrailer();
        r.at += 1;
        if (try r.peek() != '\n') return r.fail(.line_ending_invalid);
        r.at += 1;
    }

    fn peek(r: *const Reader) error{Partial}!u8 {
        return if (r.at < r.text.len) r.text[r.at] else error.Partial;
    }

    fn fail(r: *Reader, fault: parts.Fault) error{Faulty} {
        r.fault = fault;
        return error.Faulty;
    }

    fn take(r: *Reader) Error!void {
        r.at += 1;
        try r.count();
    }

    /// Of what is neither data nor what every chunk needs there is a bound.
    fn count(r: *Reader) Error!void {
        r.extra += 1;
        if (r.extra > r.bounds.extra_bytes) return r.fail(.chunk_extra_too_large);
    }

    fn readSize(r: *Reader) Error!u64 {
        const start = r.at;
        var size: u128 = 0;
        while (true) : (r.at += 1) {
            const byte = try r.peek();
            if (!std.ascii.isHex(byte)) {
                if (r.at == start) return r.fail(.chunk_size_invalid);
                if (size > r.bounds.room - r.filled) return r.fail(.body_too_large);
                if (byte != ';' and byte != '\r') return r.fail(.chunk_size_invalid);
                return @intCast(size);
            }
            if (r.at - start == 16) return r.fail(.chunk_size_invalid);
            size = size * 16 + (std.fmt.charToDigit(byte, 16) catch unreachable);
        }
    }

    fn readExtension(r: *Reader) Error!void {
        try r.readExtensionToken();
        if (try r.peek() == '=') {
            try r.take();
            if (try r.peek() == '"') try r.readQuoted() else try r.readExtensionToken();
        }
        switch (try r.peek()) {
            // Counts, and is taken where lines end and extensions begin.
            '\r', ';' => try r.count(),
            else => return r.fail(.chunk_extension_invalid),
        }
    }

    fn readExtensionToken(r: *Reader) Error!void {
        if (!isTokenByte(try r.peek())) return r.fail(.chunk_extension_invalid);
        while (isTokenByte(try r.peek())) try r.take();
    }

    fn readQuoted(r: *Reader) Error!void {
        try r.take();
        while (try r.peek() != '"') {
            if (try r.peek() == '\\') try r.take();
            if (!isText(try r.peek())) return r.fail(.chunk_extension_invalid);
            try r.take();
        }
        try r.take();
    }

    fn readLineEnd(r: *Reader) Error!void {
        r.at += 1;
        if (try r.peek() != '\n') return r.fail(.line_ending_invalid);
        r.at += 1;
    }

    fn readData(r: *Reader, size: u64) Error!void {
        const here: usize = @intCast(@min(size, r.text.len - r.at));
        @memcpy(r.data[r.filled..][0..here], r.text[r.at..][0..here]);
        r.filled += here;
        r.at += here;
        for ("\r\n") |wanted| {
            if (try r.peek() != wanted) return r.fail(.chunk_end_invalid);
            r.at += 1;
        }
    }

    fn readTrailer(r: *Reader) Error!void {
        const start = r.at;
        while (isTokenByte(try r.peek())) try r.take();
        if (r.at == start or try r.peek() != ':') return r.fail(.trailer_invalid);
        try r.take();
        while (isText(try r.peek())) try r.take();
        if (try r.peek() != '\r') return r.fail(.trailer_invalid);
        try r.take();
        if (try r.peek() != '\n') return r.fail(.line_ending_invalid);
        try r.take();
    }
};

fn isText(byte: u8) bool {
    return byte == '\t' or (byte >= ' ' and byte != 0x7f);
}
