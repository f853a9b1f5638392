//! The oracle for JSON: every kernel finds the same tokens, the scan agrees with the standard library's parser, and
//! nobody reads further than is promised.

const std = @import("std");
const parts = @import("parts.zig");
const crash = @import("crash.zig");
const Guarded = @import("guarded.zig").Guarded;
const Indexer = parts.Indexer;
const limits = parts.limits;

/// A text as a checker of schemas gets it. As long as the next one isn't placed.
pub const Placed = struct {
    is_good: bool,
    bytes: []const u8,
    /// Null where the indexer has refused the text.
    positions: ?[]const u32,
};

pub const Checker = struct {
    text: Guarded,
    positions: Guarded,
    indexers: [4]Indexer,
    kernels: usize,

    pub const text_bytes_max = 256 * 1024;

    pub fn init() error{OutOfMemory}!Checker {
        var c: Checker = .{
            .text = try .init(text_bytes_max + limits.slack_bytes),
            .positions = try .init(text_bytes_max * @sizeOf(u32)),
            .indexers = undefined,
            .kernels = 0,
        };
        while (Indexer.initSlower(@intCast(c.kernels))) |indexer| : (c.kernels += 1) c.indexers[c.kernels] = indexer;
        return if (c.kernels == 0) error.OutOfMemory else c;
    }

    pub fn check(c: *Checker, text: []const u8, arena: std.mem.Allocator, random: std.Random) error{ Mismatch, OutOfMemory }!void {
        crash.begin(.{ .json = .{ .text = text } });
        _ = try c.place(text, arena, random);
        crash.end();
    }

    pub fn place(c: *Checker, text: []const u8, arena: std.mem.Allocator, random: std.Random) error{ Mismatch, OutOfMemory }!Placed {
        const is_good = try c.scan(text, arena);
        try c.expectIndex(text, is_good);
        const memory = c.text.tail(text.len + limits.slack_bytes);
        @memcpy(memory[0..text.len], text);
        // What would go on with a number, a literal, a string; what would end one.
        @memset(memory[text.len..], "7e\"\\]}, \x00\xff"[random.uintLessThan(usize, 10)]);
        const bytes = memory[0..text.len];
        const indexer = &c.indexers[random.uintLessThan(usize, c.kernels)];
        const found = indexer.index(bytes) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            error.Malformed => return .{ .is_good = is_good, .bytes = bytes, .positions = null },
        };
        const positions = std.mem.bytesAsSlice(u32, @as([]align(4) u8, @alignCast(c.positions.tail(found.len * @sizeOf(u32)))));
        @memcpy(positions, found);
        return .{ .is_good = is_good, .bytes = bytes, .positions = positions };
    }

    /// With nothing behind the text.
    fn scan(c: *Checker, text: []const u8, arena: std.mem.Allocator) error{ Mismatch, OutOfMemory }!bool {
        const exact = c.text.tail(text.len);
        @memcpy(exact, text);
        const result = parts.json_scan.scan(exact);
        const is_accepted = try std.json.validate(arena, exact);
        const is_right = switch (result.fault) {
            // Lone surrogates are no text to the other.
            .none => result.offset == text.len and (is_accepted or std.ascii.findIgnoreCase(text, "\\ud") != null),
            // Our own rules.
            .bom, .number_too_large, .too_deep => result.offset < text.len,
            else => result.offset <= text.len and !is_accepted,
        };
        if (is_right) return result.fault == .none;
        std.debug.print("fuzz: the scan says {t} at {d}, the parser {}\n", .{ result.fault, result.offset, is_accepted });
        return error.Mismatch;
    }

    /// With the one byte behind the text that may be read.
    fn expectIndex(c: *Checker, text: []const u8, is_good: bool) error{ Mismatch, OutOfMemory }!void {
        const memory = c.text.tail(text.len + 1);
        @memcpy(memory[0..text.len], text);
        memory[text.len] = '"';
        var first: ?[]const u32 = null;
        for (c.indexers[0..c.kernels], 0..) |*indexer, nth| {
            const found = indexer.index(memory[0..text.len]) catch |err| switch (err) {
                error.OutOfMemory => return error.OutOfMemory,
                error.Malformed => {
                    if (!is_good) continue;
                    std.debug.print("fuzz: kernel {d} refuses what is JSON\n", .{nth});
                    return error.Mismatch;
                },
            };
            // Of what is no JSON, they may differ.
            if (!is_good) continue;
            if (first == null) first = found;
            if (std.mem.eql(u32, first.?, found)) continue;
            std.debug.print("fuzz: kernel {d} finds other tokens\n", .{nth});
            return error.Mismatch;
        }
    }
};
