//! The oracle for request heads: however the bytes arrive, every build of the parser says what the reference says.

const std = @import("std");
const builtin = @import("builtin");
const parts = @import("parts.zig");
const crash = @import("crash.zig");
const Guarded = @import("guarded.zig").Guarded;
const reference = @import("reference_parser.zig");
const Header = reference.Header;
const Parser = parts.Parser;
const Slot = parts.Slot;

extern fn fa_parse_baseline(*Parser, [*]const u8, u32, [*]Slot, *const parts.Bounds) callconv(.c) parts.Outcome;
extern fn fa_parse_x86_64_v3(*Parser, [*]const u8, u32, [*]Slot, *const parts.Bounds) callconv(.c) parts.Outcome;

pub const Kind = struct { name: []const u8, parse: *const parts.cpu.Parse };

const baseline: Kind = .{ .name = "baseline", .parse = &fa_parse_baseline };
const all_kinds = if (builtin.cpu.arch == .x86_64)
    [_]Kind{ baseline, .{ .name = "x86_64_v3", .parse = &fa_parse_x86_64_v3 } }
else
    [_]Kind{baseline};

/// The builds of the parser that this CPU can run.
pub fn kinds() []const Kind {
    return if (parts.cpu.parse() == baseline.parse) all_kinds[0..1] else &all_kinds;
}

/// What may lie behind the input and its zero, to mislead: it goes on with the input, or ends what has no end.
const slacks = slacks: {
    @setEvalBranchQuota(10_000);
    const texts = [_][]const u8{ "\r\n", "x", ": y\r\n", " HTTP/1.1\r\n", "/", "?", "\x00", "\xff\t", "\r\nHost: x\r\n\r\n" };
    var list: [texts.len][parts.limits.slack_bytes - 1]u8 = undefined;
    for (texts, &list) |text, *slack| {
        for (slack, 0..) |*byte, i| byte.* = text[i % text.len];
    }
    break :slacks list;
};

pub const Splits = enum { some, every };

pub const Checker = struct {
    bytes: Guarded,
    slots: Guarded,
    /// What a parser in the middle of a head keeps: one for each build.
    kept: [all_kinds.len][]Slot,
    fresh: []Slot,
    headers: []Header,
    headers_early: []Header,

    pub const text_bytes_max = 4 * parts.limits.head_bytes_max;
    const headers_max = parts.limits.headers_max;

    pub fn init(arena: std.mem.Allocator) error{OutOfMemory}!Checker {
        var checker: Checker = .{
            .bytes = try .init(text_bytes_max + parts.limits.slack_bytes),
            .slots = try .init(headers_max * @sizeOf(Slot)),
            .kept = undefined,
            .fresh = try arena.alloc(Slot, headers_max),
            .headers = try arena.alloc(Header, headers_max),
            .headers_early = try arena.alloc(Header, headers_max),
        };
        for (&checker.kept) |*kept| kept.* = try arena.alloc(Slot, headers_max);
        return checker;
    }

    /// What the reference says about the whole text.
    pub fn verdict(c: *Checker, text: []const u8, bounds: parts.Bounds) reference.Verdict {
        return reference.parse(text, bounds, c.headers);
    }

    pub fn check(c: *Checker, text: []const u8, bounds: parts.Bounds, splits: Splits, random: std.Random) error{Mismatch}!void {
        crash.begin(.{ .head = .{ .bounds = bounds, .text = text } });
        const whole = c.verdict(text, bounds);
        switch (splits) {
            .every => try c.checkEveryByte(text, bounds, whole, random),
            .some => for (kinds()) |kind| {
                try c.expectWhole(kind, text, bounds, whole, random);
                for (0..4) |_| try c.checkPieces(kind, text, bounds, whole, random);
            },
        }
        crash.end();
    }

    fn expectWhole(c: *Checker, kind: Kind, text: []const u8, bounds: parts.Bounds, whole: reference.Verdict, random: std.Random) !void {
        var p: Parser = .{};
        const outcome = c.parse(kind, &p, text, c.fresh, bounds, random);
        errdefer std.debug.print("fuzz: {s}, in one go\n", .{kind.name});
        try expectSame(whole, c.headers, outcome, &p, c.fresh);
    }

    /// In two pieces, wherever they meet; and one byte at a time.
    fn checkEveryByte(c: *Checker, text: []const u8, bounds: parts.Bounds, whole: reference.Verdict, random: std.Random) !void {
        var dripping: [all_kinds.len]Parser = @splat(.{});
        var is_over = false;
        for (0..text.len + 1) |size| {
            const early = reference.parse(text[0..size], bounds, c.headers_early);
            if (early != .partial and !std.meta.eql(early, whole)) {
                std.debug.print("fuzz: the reference itself says of {d} bytes {any}, of all {any}\n", .{ size, early, whole });
                return error.Mismatch;
            }
            for (kinds(), 0..) |kind, i| {
                errdefer std.debug.print("fuzz: {s}, split at {d}\n", .{ kind.name, size });
                var p: Parser = .{};
                const outcome = c.parse(kind, &p, text[0..size], c.fresh, bounds, random);
                try expectSame(early, c.headers_early, outcome, &p, c.fresh);
                if (outcome == .partial) {
                    const resumed = c.parse(kind, &p, text, c.fresh, bounds, random);
                    try expectSame(whole, c.headers, resumed, &p, c.fresh);
                }
                if (is_over) continue;
                errdefer std.debug.print("fuzz: one byte at a time\n", .{});
                const drop = c.parse(kind, &dripping[i], text[0..size], c.kept[i], bounds, random);
                try expectSame(early, c.headers_early, drop, &dripping[i], c.kept[i]);
            }
            is_over = is_over or early != .partial;
        }
    }

    fn checkPieces(c: *Checker, kind: Kind, text: []const u8, bounds: parts.Bounds, whole: reference.Verdict, random: std.Random) !void {
        var cuts: [32]usize = undefined;
        var cut_count: usize = 0;
        errdefer std.debug.print("fuzz: {s}, in pieces that end at {any}\n", .{ kind.name, cuts[0..cut_count] });
        const piece_bytes_max = random.intRangeAtMost(usize, 1, text.len + 1);
        var p: Parser = .{};
        var size: usize = 0;
        while (true) {
            size = @min(text.len, size + random.uintAtMost(usize, piece_bytes_max));
            if (cut_count == cuts.len - 1) size = text.len;
            cuts[cut_count] = size;
            cut_count += 1;
            const outcome = c.parse(kind, &p, text[0..size], c.fresh, bounds, random);
            if (outcome != .partial or size == text.len) return expectSame(whole, c.headers, outcome, &p, c.fresh);
        }
    }

    /// Each call finds the bytes in another place, and only the slots that were written before.
    fn parse(c: *Checker, kind: Kind, p: *Parser, text: []const u8, kept: []Slot, bounds: parts.Bounds, random: std.Random) parts.Outcome {
        const bytes = c.bytes.tail(text.len + parts.limits.slack_bytes);
        @memcpy(bytes[0..text.len], text);
        bytes[text.len] = 0;
        @memcpy(bytes[text.len + 1 ..], &slacks[random.uintLessThan(usize, slacks.len)]);

        const slot_bytes = c.slots.tail(bounds.headers * @sizeOf(Slot));
        @memset(slot_bytes, 0xaa);
        const slots: [*]Slot = @ptrCast(@alignCast(slot_bytes.ptr));
        @memcpy(slots[0..p.header_count], kept[0..p.header_count]);
        const outcome = kind.parse(p, bytes.ptr, @intCast(text.len), slots, &bounds);
        @memcpy(kept[0..p.header_count], slots[0..p.header_count]);
        return outcome;
    }
};

fn expectSame(
    expected: reference.Verdict,
    headers: []const Header,
    outcome: parts.Outcome,
    p: *const Parser,
    slots: []const Slot,
) error{Mismatch}!void {
    switch (expected) {
        .partial => if (outcome == .partial) return,
        .faulty => |fault| if (outcome == .faulty and p.fault == fault) return,
        .complete => |head| if (outcome == .complete) {
            if (isSameHead(&head, headers[0..head.header_count], p, slots)) return;
        },
    }
    std.debug.print("fuzz: expected {any}, got {t}", .{ expected, outcome });
    switch (outcome) {
        .partial => {},
        .faulty => std.debug.print(" {t}", .{p.fault}),
        .complete => std.debug.print(" {any}", .{p.*}),
    }
    std.debug.print("\n", .{});
    return error.Mismatch;
}

fn isSameHead(head: *const reference.Head, headers: []const Header, p: *const Parser, slots: []const Slot) bool {
    inline for (comptime std.meta.fieldNames(reference.Head)) |name| {
        if (@field(head, name) != @field(p, name)) {
            std.debug.print("fuzz: {s} is {any}, expected {any}\n", .{ name, @field(p, name), @field(head, name) });
            return false;
        }
    }
    var known: u64 = 0;
    var repeated: u64 = 0;
    for (headers, slots[0..headers.len], 0..) |header, slot, i| {
        const expected: Slot = .{
            .name = @intCast(header.name),
            .value = @intCast(header.value),
            .value_bytes = @intCast(header.value_bytes),
            .tag = .{ .name_bytes = @intCast(header.name_bytes), .id = header.id },
        };
        if (!std.meta.eql(slot, expected)) {
            std.debug.print("fuzz: header {d} is {any}, expected {any}\n", .{ i, slot, expected });
            return false;
        }
        const bit = @as(u64, 1) << @intCast(@backingInt(header.id));
        repeated |= known & bit;
        known |= bit;
    }
    if (p.known == known and p.repeated == repeated) return true;
    std.debug.print("fuzz: the sets of header names are wrong\n", .{});
    return false;
}
