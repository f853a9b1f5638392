//! The oracle for chunked bodies: however the bytes arrive, the decoder says what the reference says.

const std = @import("std");
const parts = @import("parts.zig");
const crash = @import("crash.zig");
const Guarded = @import("guarded.zig").Guarded;
const reference = @import("reference_chunked.zig");

pub const Checker = struct {
    piece: Guarded,
    expected: []u8,
    data: []u8,

    pub const text_bytes_max = 256 * 1024;

    pub fn init(arena: std.mem.Allocator) error{OutOfMemory}!Checker {
        return .{
            .piece = try .init(text_bytes_max),
            .expected = try arena.alloc(u8, text_bytes_max),
            .data = try arena.alloc(u8, text_bytes_max),
        };
    }

    /// What the reference says about the whole text.
    pub fn verdict(c: *Checker, text: []const u8, bounds: reference.Bounds) reference.Verdict {
        return reference.decode(text, bounds, c.expected);
    }

    pub fn check(c: *Checker, text: []const u8, bounds: reference.Bounds, random: std.Random) error{Mismatch}!void {
        crash.begin(.{ .chunked = .{ .bounds = bounds, .text = text } });
        const whole = c.verdict(text, bounds);
        try c.expectSame(text, bounds, whole, &.{});
        for (0..text.len) |split| try c.expectSame(text, bounds, whole, &.{split});
        var cuts: [32]usize = undefined;
        for (0..4) |_| {
            const count = random.intRangeAtMost(usize, 2, cuts.len);
            for (cuts[0..count]) |*cut| cut.* = random.uintAtMost(usize, text.len);
            std.mem.sort(usize, cuts[0..count], {}, std.sort.asc(usize));
            try c.expectSame(text, bounds, whole, cuts[0..count]);
        }
        try c.checkDrops(text, bounds, whole);
        crash.end();
    }

    fn expectSame(c: *Checker, text: []const u8, bounds: reference.Bounds, whole: reference.Verdict, cuts: []const usize) !void {
        errdefer std.debug.print("fuzz: chunked, in pieces that end at {any}\n", .{cuts});
        var decoding: Decoding = .{ .checker = c, .bounds = bounds };
        var start: usize = 0;
        for (0..cuts.len + 1) |i| {
            const end = if (i < cuts.len) cuts[i] else text.len;
            if (try decoding.take(text[start..end])) break;
            start = end;
        }
        try decoding.expect(whole);
    }

    /// One byte at a time.
    fn checkDrops(c: *Checker, text: []const u8, bounds: reference.Bounds, whole: reference.Verdict) !void {
        errdefer std.debug.print("fuzz: chunked, one byte at a time\n", .{});
        var decoding: Decoding = .{ .checker = c, .bounds = bounds };
        for (0..text.len) |at| if (try decoding.take(text[at..][0..1])) break;
        try decoding.expect(whole);
    }
};

const Decoding = struct {
    checker: *Checker,
    bounds: reference.Bounds,
    chunked: parts.Chunked = .{},
    consumed: usize = 0,
    data: usize = 0,
    state: @FieldType(reference.Verdict, "state") = .more,

    /// True at the end. Each piece ends where memory ends.
    fn take(d: *Decoding, text: []const u8) error{Mismatch}!bool {
        const piece = d.checker.piece.tail(text.len);
        @memcpy(piece, text);
        const progress = d.chunked.decode(piece, d.bounds.room - d.data, d.bounds.extra_bytes);
        if (progress.data > progress.consumed or progress.consumed > piece.len) {
            std.debug.print("fuzz: of {d} bytes {d} are consumed, {d} are data\n", .{ piece.len, progress.consumed, progress.data });
            return error.Mismatch;
        }
        @memcpy(d.checker.data[d.data..][0..progress.data], piece[0..progress.data]);
        d.data += progress.data;
        d.consumed += progress.consumed;
        switch (progress.state) {
            .more => return if (progress.consumed == piece.len) false else error.Mismatch,
            .done => d.state = .{ .done = d.consumed },
            // The decoder comes with its own copy of the type.
            .faulty => |fault| d.state = .{ .faulty = std.meta.stringToEnum(parts.Fault, @tagName(fault)).? },
        }
        return true;
    }

    fn expect(d: *const Decoding, whole: reference.Verdict) error{Mismatch}!void {
        const is_same_data = std.mem.eql(u8, d.checker.data[0..d.data], d.checker.expected[0..whole.data]);
        if (is_same_data and std.meta.eql(d.state, whole.state)) return;
        std.debug.print("fuzz: expected {any}, got {d} bytes of data and {any}\n", .{ whole, d.data, d.state });
        return error.Mismatch;
    }
};
