//! Regular expressions of a schema as tables that are walked once per byte: no input makes them slow.
//!
//! The subset of ECMAScript (with its `u` flag, searched anywhere in the text) that is a regular language: characters,
//! `.`, classes with ranges, `\d \w \s` and their negations, `\t \n \v \f \r \0 \cX \xHH \uHHHH \u{…}`, `^ $`, groups
//! (named too), `|`, `* + ? {m} {m,} {m,n}` and their lazy forms, which find the same. Not: lookaround, back references,
//! `\b`, `\p{…}`, flags in a group. Automata on bytes (R. Cox, "Regular Expression Matching in the Wild"; the split of
//! ranges into UTF-8 is that of utf8-ranges), made deterministic when compiled; what grows beyond the bounds is refused.

const std = @import("std");
const assert = std.debug.assert;
const text = @import("schema_text.zig");

const instructions_max = 20_000;
const states_max = 8_192;
const table_max = 1 << 19;
/// Steps of the subset construction.
const work_max = 30_000_000;
const groups_max = 64;
const repeat_max = 5_000;
const point_max = 0x10ffff;

pub const Error = error{ OutOfMemory, Unsupported };

pub const Pattern = struct {
    /// Its source, for messages.
    source: []const u8,
    class_of: [256]u8,
    /// Where each state's row begins, one for each state and class. Row 0 fails for ever, the next matches for ever.
    table: []const u32,
    classes: u32,
    /// Whether a text may end in the state.
    accepts: []const bool,

    const first: u32 = 2;

    pub fn matches(pattern: *const Pattern, string: text.String) bool {
        var row = first * pattern.classes;
        if (string.is_escaped) {
            var bytes = string.reader();
            while (bytes.next()) |byte| row = pattern.step(row, byte);
        } else {
            for (string.raw) |byte| {
                row = pattern.step(row, byte);
                if (row <= pattern.classes) break;
            }
        }
        return pattern.accepts[row / pattern.classes];
    }

    inline fn step(pattern: *const Pattern, row: u32, byte: u8) u32 {
        return pattern.table[row + pattern.class_of[byte]];
    }

    /// `arena` keeps what is left and what is not needed any more. Where it is `Unsupported`, `reason` says why.
    pub fn compile(arena: std.mem.Allocator, source: []const u8, reason: *[]const u8) Error!*const Pattern {
        var parser: Parser = .{ .arena = arena, .source = source, .reason = reason };
        const tree = try parser.alternatives();
        if (parser.i != source.len) return parser.fail("a ) that closes nothing");
        var machine: Machine = .{ .arena = arena, .reason = reason };
        const match = try machine.add(.match);
        const root = try machine.compile(tree, match);
        return Builder.build(arena, source, machine.code.items, root, reason);
    }
};

const Range = struct { low: u21, high: u21 };

const Tree = union(enum) {
    start,
    end,
    class: []const Range,
    sequence: []const Tree,
    alternatives: []const Tree,
    repeat: struct { tree: *const Tree, min: u32, max: ?u32 },
};

const digits = [_]Range{.{ .low = '0', .high = '9' }};
const words = [_]Range{ digits[0], .{ .low = 'A', .high = 'Z' }, .{ .low = '_', .high = '_' }, .{ .low = 'a', .high = 'z' } };
const spaces = [_]Range{
    .{ .low = 9, .high = 13 },          .{ .low = ' ', .high = ' ' },       .{ .low = 0xa0, .high = 0xa0 },
    .{ .low = 0x1680, .high = 0x1680 }, .{ .low = 0x2000, .high = 0x200a }, .{ .low = 0x2028, .high = 0x2029 },
    .{ .low = 0x202f, .high = 0x202f }, .{ .low = 0x205f, .high = 0x205f }, .{ .low = 0x3000, .high = 0x3000 },
    .{ .low = 0xfeff, .high = 0xfeff },
};
const line_ends = [_]Range{
    .{ .low = '\n', .high = '\n' }, .{ .low = '\r', .high = '\r' }, .{ .low = 0x2028, .high = 0x2029 },
};

const Parser = struct {
    arena: std.mem.Allocator,
    source: []const u8,
    reason: *[]const u8,
    i: usize = 0,
    groups: u32 = 0,

    fn fail(parser: *Parser, reason: []const u8) error{Unsupported} {
        parser.reason.* = reason;
        return error.Unsupported;
    }

    fn peek(parser: *const Parser) u8 {
        return if (parser.i < parser.source.len) parser.source[parser.i] else 0;
    }

    fn take(parser: *Parser, expected: u8) bool {
        if (parser.i == parser.source.len or parser.source[parser.i] != expected) return false;
        parser.i += 1;
        return true;
    }

    fn alternatives(parser: *Parser) Error!Tree {
        var list: std.ArrayList(Tree) = .empty;
        while (true) {
            try list.append(parser.arena, try parser.sequence());
            if (!parser.take('|')) break;
        }
        return if (list.items.len == 1) list.items[0] else .{ .alternatives = list.items };
    }

    fn sequence(parser: *Parser) Error!Tree {
        var list: std.ArrayList(Tree) = .empty;
        while (parser.i < parser.source.len and parser.peek() != '|' and parser.peek() != ')') {
            const term = try parser.atom();
            try list.append(parser.arena, try parser.quantified(term));
        }
        return .{ .sequence = list.items };
    }

    fn atom(parser: *Parser) Error!Tree {
        switch (parser.peek()) {
            '^' => {
                parser.i += 1;
                return .start;
            },
            '$' => {
                parser.i += 1;
                return .end;
            },
            '.' => {
                parser.i += 1;
                return .{ .class = try parser.negated(&line_ends) };
            },
            '(' => return parser.group(),
            '[' => return .{ .class = try parser.class() },
            '\\' => {
                parser.i += 1;
                if (try parser.set()) |set_class| return .{ .class = set_class };
                switch (parser.peek()) {
                    'b', 'B' => return parser.fail("word boundaries"),
                    'k', '1'...'9' => return parser.fail("back references"),
                    else => {},
                }
                return parser.single(try parser.escape(false));
            },
            '*', '+', '?', '{', '}', ']' => return parser.fail("a character that has to be escaped"),
            else => return parser.single(try parser.character()),
        }
    }

    fn single(parser: *Parser, point: u21) Error!Tree {
        return .{ .class = try parser.arena.dupe(Range, &.{.{ .low = point, .high = point }}) };
    }

    fn group(parser: *Parser) Error!Tree {
        parser.groups += 1;
        if (parser.groups > groups_max) return parser.fail("too many groups");
        parser.i += 1;
        if (parser.take('?')) {
            if (parser.take('<')) {
                if (parser.peek() == '=' or parser.peek() == '!') return parser.fail("look-behind");
                const from = parser.i;
                while (std.ascii.isAlphanumeric(parser.peek()) or parser.peek() == '_') parser.i += 1;
                if (parser.i == from or !parser.take('>')) return parser.fail("the name of a group");
            } else if (!parser.take(':')) {
                const is_look = parser.peek() == '=' or parser.peek() == '!';
                return parser.fail(if (is_look) "look-ahead" else "flags in a group");
            }
        }
        const tree = try parser.alternatives();
        if (!parser.take(')')) return parser.fail("a group that is not closed");
        return tree;
    }

    fn quantified(parser: *Parser, term: Tree) Error!Tree {
        var min: u32 = 0;
        var max: ?u32 = null;
        switch (parser.peek()) {
            '*' => {},
            '+' => min = 1,
            '?' => max = 1,
            '{' => {
                parser.i += 1;
                min = try parser.count();
                max = min;
                if (parser.take(',')) max = if (parser.peek() == '}') null else try parser.count();
                if (parser.peek() != '}') return parser.fail("a repetition that is not closed");
                if (max) |most| {
                    if (most < min) return parser.fail("a repetition from more to less");
                }
            },
            else => return term,
        }
        if (parser.i == parser.source.len) return term;
        parser.i += 1;
        if (term == .start or term == .end) return parser.fail("an anchor that is repeated");
        _ = parser.take('?');
        const tree = try parser.arena.create(Tree);
        tree.* = term;
        return .{ .repeat = .{ .tree = tree, .min = min, .max = max } };
    }

    fn count(parser: *Parser) Error!u32 {
        const from = parser.i;
        var value: u32 = 0;
        while (std.ascii.isDigit(parser.peek())) : (parser.i += 1) {
            value = value * 10 + parser.peek() - '0';
            if (value > repeat_max) return parser.fail("more repetitions than 5000");
        }
        return if (parser.i == from) parser.fail("a repetition without a number") else value;
    }

    fn character(parser: *Parser) Error!u21 {
        const size = std.unicode.utf8ByteSequenceLength(parser.source[parser.i]) catch 1;
        const bytes = parser.source[parser.i..@min(parser.source.len, parser.i + size)];
        parser.i += bytes.len;
        return std.unicode.utf8Decode(bytes) catch parser.fail("a lone surrogate");
    }

    /// From behind a backslash: `\d` and its like.
    fn set(parser: *Parser) Error!?[]const Range {
        const kind = parser.peek();
        const ranges: []const Range = switch (kind | 0x20) {
            'd' => &digits,
            'w' => &words,
            's' => &spaces,
            'p' => return parser.fail("Unicode properties"),
            else => return null,
        };
        if (!std.ascii.isAlphabetic(kind)) return null;
        parser.i += 1;
        return if (std.ascii.isUpper(kind)) try parser.negated(ranges) else ranges;
    }

    /// From behind a backslash: a single character.
    fn escape(parser: *Parser, in_class: bool) Error!u21 {
        const kind = parser.peek();
        parser.i += 1;
        switch (kind) {
            't' => return '\t',
            'n' => return '\n',
            'v' => return 11,
            'f' => return 12,
            'r' => return '\r',
            '0' => return if (std.ascii.isDigit(parser.peek())) parser.fail("octal escapes") else 0,
            'c' => {
                const letter = parser.peek();
                if (!std.ascii.isAlphabetic(letter)) return parser.fail("an escape of ECMAScript that is not known");
                parser.i += 1;
                return letter & 31;
            },
            'x' => return parser.hex(2),
            'u' => return parser.unicode(),
            'b' => if (in_class) return 8,
            '-' => if (in_class) return '-',
            '^', '$', '\\', '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '/' => return kind,
            else => {},
        }
        return parser.fail("an escape of ECMAScript that is not known");
    }

    fn hex(parser: *Parser, size: usize) Error!u21 {
        if (parser.source.len - parser.i < size) return parser.fail("an escape that is cut off");
        const value = std.fmt.parseInt(u21, parser.source[parser.i..][0..size], 16) catch return parser.fail("hexadecimal digits");
        for (parser.source[parser.i..][0..size]) |digit| {
            if (!std.ascii.isHex(digit)) return parser.fail("hexadecimal digits");
        }
        parser.i += size;
        return value;
    }

    fn unicode(parser: *Parser) Error!u21 {
        if (parser.take('{')) {
            const end = std.mem.findScalarPos(u8, parser.source, parser.i, '}') orelse return parser.fail("an escape that is cut off");
            if (end - parser.i == 0 or end - parser.i > 6) return parser.fail("hexadecimal digits");
            const value = std.fmt.parseInt(u32, parser.source[parser.i..end], 16) catch return parser.fail("hexadecimal digits");
            if (value > point_max or !std.ascii.isHex(parser.source[parser.i])) return parser.fail("hexadecimal digits");
            parser.i = end + 1;
            return @intCast(value);
        }
        const high = try parser.hex(4);
        if (high & 0x1ffc00 != 0xd800 or !std.mem.startsWith(u8, parser.source[parser.i..], "\\u")) return high;
        const back = parser.i;
        parser.i += 2;
        const low = parser.hex(4) catch 0;
        if (low & 0x1ffc00 == 0xdc00) return 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
        parser.i = back;
        return high;
    }

    fn class(parser: *Parser) Error![]const Range {
        parser.i += 1;
        const is_negated = parser.take('^');
        var list: std.ArrayList(Range) = .empty;
        while (!parser.take(']')) {
            if (parser.i == parser.source.len) return parser.fail("a class that is not closed");
            const low = try parser.member(&list);
            const has_range = parser.peek() == '-' and parser.i + 1 < parser.source.len and parser.source[parser.i + 1] != ']';
            if (!has_range) {
                if (low) |point| try list.append(parser.arena, .{ .low = point, .high = point });
                continue;
            }
            parser.i += 1;
            const high = try parser.member(&list);
            if (low == null or high == null or low.? > high.?) return parser.fail("a range that is none");
            try list.append(parser.arena, .{ .low = low.?, .high = high.? });
        }
        return if (is_negated) parser.negated(list.items) else list.items;
    }

    /// A character, or null where it was a set, which is in the list then.
    fn member(parser: *Parser, list: *std.ArrayList(Range)) Error!?u21 {
        if (!parser.take('\\')) return try parser.character();
        if (try parser.set()) |ranges| {
            try list.appendSlice(parser.arena, ranges);
            return null;
        }
        return try parser.escape(true);
    }

    fn negated(parser: *Parser, ranges: []const Range) Error![]const Range {
        const sorted = try parser.arena.dupe(Range, ranges);
        std.mem.sort(Range, sorted, {}, struct {
            fn less(_: void, a: Range, b: Range) bool {
                return a.low < b.low;
            }
        }.less);
        var list: std.ArrayList(Range) = .empty;
        var from: u32 = 0;
        for (sorted) |range| {
            if (range.low > from) try list.append(parser.arena, .{ .low = @intCast(from), .high = range.low - 1 });
            from = @max(from, @as(u32, range.high) + 1);
        }
        if (from <= point_max) try list.append(parser.arena, .{ .low = @intCast(from), .high = point_max });
        return list.items;
    }
};

const Instruction = union(enum) {
    match,
    bytes: struct { low: u8, high: u8, next: u32 },
    split: [2]u32,
    start: u32,
    end: u32,
    /// To be filled in.
    hole,
};

/// Trees to instructions, from the end to the start.
const Machine = struct {
    arena: std.mem.Allocator,
    reason: *[]const u8,
    code: std.ArrayList(Instruction) = .empty,

    fn add(machine: *Machine, instruction: Instruction) Error!u32 {
        if (machine.code.items.len == instructions_max) {
            machine.reason.* = "a pattern that is too large";
            return error.Unsupported;
        }
        try machine.code.append(machine.arena, instruction);
        return @intCast(machine.code.items.len - 1);
    }

    fn compile(machine: *Machine, tree: Tree, next: u32) Error!u32 {
        switch (tree) {
            .start => return machine.add(.{ .start = next }),
            .end => return machine.add(.{ .end = next }),
            .sequence => |list| {
                var at = next;
                var i = list.len;
                while (i > 0) : (i -= 1) at = try machine.compile(list[i - 1], at);
                return at;
            },
            .alternatives => |list| {
                var at = try machine.compile(list[list.len - 1], next);
                var i = list.len - 1;
                while (i > 0) : (i -= 1) {
                    at = try machine.add(.{ .split = .{ try machine.compile(list[i - 1], next), at } });
                }
                return at;
            },
            .class => |ranges| {
                // A class of nothing leads nowhere.
                var at = try machine.add(.hole);
                for (ranges) |range| try machine.characters(range.low, range.high, next, &at);
                return at;
            },
            .repeat => |repeat| {
                var at = next;
                if (repeat.max) |max| {
                    for (repeat.min..max) |_| {
                        at = try machine.add(.{ .split = .{ try machine.compile(repeat.tree.*, at), next } });
                    }
                } else {
                    at = try machine.add(.hole);
                    const body = try machine.compile(repeat.tree.*, at);
                    machine.code.items[at] = .{ .split = .{ body, next } };
                }
                for (0..repeat.min) |_| at = try machine.compile(repeat.tree.*, at);
                return at;
            },
        }
    }

    /// Puts the ranges of bytes of a range of characters in front of the alternatives at `at`.
    fn characters(machine: *Machine, low: u32, high: u32, next: u32, at: *u32) Error!void {
        for ([_]u32{ 0x7f, 0x7ff, 0xffff }) |border| {
            if (low <= border and high > border) {
                try machine.characters(low, border, next, at);
                return machine.characters(border + 1, high, next, at);
            }
        }
        var buffers: [2][4]u8 = undefined;
        const size = text.encode(@intCast(low), &buffers[0]);
        assert(text.encode(@intCast(high), &buffers[1]) == size);
        for (1..size) |i| {
            const mask = (@as(u32, 1) << @intCast(6 * i)) - 1;
            if (low & ~mask == high & ~mask) continue;
            if (low & mask != 0) {
                try machine.characters(low, low | mask, next, at);
                return machine.characters((low | mask) + 1, high, next, at);
            }
            if (high & mask != mask) {
                try machine.characters(low, (high & ~mask) - 1, next, at);
                return machine.characters(high & ~mask, high, next, at);
            }
        }
        var chain = next;
        var i = size;
        while (i > 0) : (i -= 1) {
            chain = try machine.add(.{ .bytes = .{ .low = buffers[0][i - 1], .high = buffers[1][i - 1], .next = chain } });
        }
        at.* = try machine.add(.{ .split = .{ chain, at.* } });
    }
};

/// Instructions to states: a state is the set of instructions that wait for a byte, for the end, or have matched.
const Builder = struct {
    arena: std.mem.Allocator,
    code: []const Instruction,
    reason: *[]const u8,
    seen: []u32,
    round: u32 = 0,
    set: std.ArrayList(u32) = .empty,
    stack: std.ArrayList(u32) = .empty,
    sets: std.ArrayList([]const u32) = .empty,
    numbers: std.array_hash_map.Auto(u128, u32) = .empty,
    work: u64 = 0,

    const dead = 0;
    const matched = 1;

    fn build(
        arena: std.mem.Allocator,
        source: []const u8,
        code: []const Instruction,
        root: u32,
        reason: *[]const u8,
    ) Error!*const Pattern {
        var builder: Builder = .{ .arena = arena, .code = code, .reason = reason, .seen = try arena.alloc(u32, code.len) };
        @memset(builder.seen, 0);
        const pattern = try arena.create(Pattern);
        pattern.* = .{ .source = source, .class_of = undefined, .table = &.{}, .classes = 0, .accepts = &.{} };
        const samples = classes(code, &pattern.class_of, &pattern.classes);
        var table: std.ArrayList(u32) = .empty;
        var accepts: std.ArrayList(bool) = .empty;
        for ([_]u32{ dead, matched }) |state| {
            try builder.sets.append(arena, &.{});
            try table.appendNTimes(arena, state * pattern.classes, pattern.classes);
            try accepts.append(arena, state == matched);
        }
        builder.begin();
        try builder.follow(root, true, false);
        try builder.sets.append(arena, try arena.dupe(u32, builder.set.items));
        var state: u32 = Pattern.first;
        while (state < builder.sets.items.len) : (state += 1) {
            const members = builder.sets.items[state];
            const is_first = state == Pattern.first;
            try accepts.append(arena, try builder.acceptsEnd(members, is_first));
            const has_matched = for (members) |i| {
                if (code[i] == .match) break true;
            } else false;
            for (samples[0..pattern.classes]) |byte| {
                const target = if (has_matched) matched else try builder.move(members, byte, root);
                try table.append(arena, target * pattern.classes);
            }
            if (builder.sets.items.len > states_max or table.items.len > table_max or builder.work > work_max) {
                reason.* = "a pattern that needs too many states";
                return error.Unsupported;
            }
        }
        pattern.table = table.items;
        pattern.accepts = accepts.items;
        return pattern;
    }

    /// Bytes that no instruction tells apart share a class; gives one byte of each.
    fn classes(code: []const Instruction, class_of: *[256]u8, count: *u32) [256]u8 {
        var begins: [257]bool = @splat(false);
        for (code) |instruction| switch (instruction) {
            .bytes => |range| {
                begins[range.low] = true;
                begins[@as(usize, range.high) + 1] = true;
            },
            else => {},
        };
        var samples: [256]u8 = undefined;
        var last: usize = 0;
        samples[0] = 0;
        for (class_of, 0..) |*class, byte| {
            if (byte > 0 and begins[byte]) {
                last += 1;
                samples[last] = @intCast(byte);
            }
            class.* = @intCast(last);
        }
        count.* = @intCast(last + 1);
        return samples;
    }

    fn begin(builder: *Builder) void {
        builder.round += 1;
        builder.set.clearRetainingCapacity();
    }

    /// Adds what is reached without a byte.
    fn follow(builder: *Builder, from: u32, at_start: bool, at_end: bool) Error!void {
        try builder.stack.append(builder.arena, from);
        while (builder.stack.pop()) |i| {
            if (builder.seen[i] == builder.round) continue;
            builder.seen[i] = builder.round;
            builder.work += 1;
            switch (builder.code[i]) {
                .match, .bytes => try builder.set.append(builder.arena, i),
                .split => |targets| {
                    try builder.stack.append(builder.arena, targets[1]);
                    try builder.stack.append(builder.arena, targets[0]);
                },
                .start => |next| if (at_start) try builder.stack.append(builder.arena, next),
                .end => |next| {
                    if (at_end) try builder.stack.append(builder.arena, next) else try builder.set.append(builder.arena, i);
                },
                .hole => {},
            }
        }
    }

    fn acceptsEnd(builder: *Builder, members: []const u32, at_start: bool) Error!bool {
        builder.begin();
        for (members) |i| try builder.follow(i, at_start, true);
        for (builder.set.items) |i| {
            if (builder.code[i] == .match) return true;
        }
        return false;
    }

    fn move(builder: *Builder, members: []const u32, byte: u8, root: u32) Error!u32 {
        builder.begin();
        for (members) |i| switch (builder.code[i]) {
            .bytes => |range| if (byte >= range.low and byte <= range.high) try builder.follow(range.next, false, false),
            else => {},
        };
        builder.work += members.len;
        // The search may begin at any byte.
        try builder.follow(root, false, false);
        if (builder.set.items.len == 0) return dead;
        for (builder.set.items) |i| {
            if (builder.code[i] == .match) return matched;
        }
        std.mem.sort(u32, builder.set.items, {}, std.sort.asc(u32));
        return builder.numberOf(builder.set.items);
    }

    fn numberOf(builder: *Builder, members: []const u32) Error!u32 {
        const bytes = std.mem.sliceAsBytes(members);
        var key: u128 = std.hash.Wyhash.hash(1, bytes);
        key = key << 64 | std.hash.Wyhash.hash(2, bytes);
        while (true) : (key +%= 1) {
            const found = try builder.numbers.getOrPut(builder.arena, key);
            if (!found.found_existing) {
                found.value_ptr.* = @intCast(builder.sets.items.len);
                try builder.sets.append(builder.arena, try builder.arena.dupe(u32, members));
                return found.value_ptr.*;
            }
            if (std.mem.eql(u32, builder.sets.items[found.value_ptr.*], members)) return found.value_ptr.*;
        }
    }
};

const testing = std.testing;

fn expectMatch(expected: bool, source: []const u8, subject: []const u8) !void {
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    var reason: []const u8 = "";
    errdefer std.debug.print("for {s} in {s}: {s}\n", .{ source, subject, reason });
    const pattern = try Pattern.compile(arena.allocator(), source, &reason);
    const is_escaped = std.mem.findScalar(u8, subject, '\\') != null;
    try testing.expectEqual(expected, pattern.matches(.{ .raw = subject, .is_escaped = is_escaped }));
}

test "patterns find what ECMAScript finds" {
    const cases = [_]struct { bool, []const u8, []const u8 }{
        .{ true, "^a*$", "aaa" },                    .{ false, "^a*$", "abc" },
        .{ true, "a+", "xxaayy" },                   .{ false, "a+", "xxyy" },
        .{ true, "", "" },                           .{ true, "^$", "" },
        .{ false, "^$", "a" },                       .{ true, "^[^@\\s]+@[^@\\s]+$", "ada@example.com" },
        .{ false, "^[^@\\s]+@[^@\\s]+$", "ada@@x" }, .{ false, "^[^@\\s]+@[^@\\s]+$", "a@b c" },
        .{ true, "^.$", "😀" },
        .{ false, "^.$", "a\\n" },                   .{ true, "^.$", "\\ud83d\\ude00" },
        .{ true, "^.$", "\\ud83d" },
        .{ true, "^[à-ü]{2}$", "éè" },
        .{ false, "^[à-ü]{2}$", "ée" },
        .{ true, "^(a|bc)+?d{2,3}$", "abcadd" },     .{ false, "^(a|bc)+?d{2,3}$", "abcadddd" },
        .{ true, "^\\d{4}-\\d\\d$", "2024-01" },     .{ false, "^\\d{4}-\\d\\d$", "2024-1" },
        .{ true, "^\\w+$", "aZ_9" },                 .{ false, "^\\W+$", "a" },
        .{ true, "^\\S\\s$", "x\u{feff}" },          .{ true, "x$|^y", "yz" },
        .{ false, "a^b", "ab" },                     .{ false, "a$b", "ab" },
        .{ true, "(^|x)a", "za xa" },                .{ false, "^(?:x|)a$", "xxa" },
        .{ true, "^[\\w.-]+$", "a.b-c" },            .{ true, "^[-a]+$", "-a-" },
        .{ true, "^\\u{1F600}\\x41\\u0042$", "😀AB" },
        .{ true, "^\\ud83d\\ude00$", "😀" },
        .{ false, "[]", "a" },                       .{ true, "^[^]$", "a" },
        .{ true, "(?<year>a)b", "ab" },              .{ true, "^\\/\\.$", "/." },
        .{ true, "^(a*)*$", "aaaa" },                .{ false, "^(a*)*$", "aab" },
        .{ true, "^(a+|b{0}){3}c$", "aac" },         .{ true, "$^", "" },
        .{ true, "é", "caf\\u00e9" },
        .{ true, "^[^a]$", "\\udead" },
    };
    for (cases) |case| try expectMatch(case[0], case[1], case[2]);
}

test "what is no regular language, or too large, is refused" {
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    for ([_][]const u8{
        "(?=a)", "(?!a)",   "(?<=a)",      "(?<!a)", "\\bword",           "(a)\\1",            "\\p{L}",   "(?i:a)", "a**",   "^*",
        "(",     ")",       "[",           "a{",     "a{2",               "a{3,2}",            "a{99999}", "\\",     "\\-",   "}",
        "[b-a]", "[a-\\d]", "\\u{110000}", "\\k<a>", "(a|b)*a(a|b){16}c", "((a{99}){99}){99}", "]",        "\\c1",   "\\xg0", "\\u00g0",
    }) |source| {
        var reason: []const u8 = "";
        errdefer std.debug.print("for {s}\n", .{source});
        try testing.expectError(error.Unsupported, Pattern.compile(arena.allocator(), source, &reason));
        try testing.expect(reason.len > 0);
    }
}

test "random patterns find what a search that tries everything finds" {
    var prng: std.Random.DefaultPrng = .init(5);
    const random = prng.random();
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    const parts = [_][]const u8{ "a", "b", ".", "[ab]", "[^a]", "(", ")", "|", "*", "+", "?", "{1,2}", "^", "$", "\\w", "(?:" };
    var compiled: usize = 0;
    for (0..20_000) |_| {
        _ = arena.reset(.retain_capacity);
        var source: std.ArrayList(u8) = .empty;
        for (0..random.uintAtMost(usize, 9)) |_| {
            try source.appendSlice(arena.allocator(), parts[random.uintLessThan(usize, parts.len)]);
        }
        var reason: []const u8 = "";
        const pattern = Pattern.compile(arena.allocator(), source.items, &reason) catch |err| switch (err) {
            error.Unsupported => continue,
            else => return err,
        };
        compiled += 1;
        var parser: Parser = .{ .arena = arena.allocator(), .source = source.items, .reason = &reason };
        const tree = try parser.alternatives();
        for (0..4) |_| {
            var subject: [6]u8 = undefined;
            for (&subject) |*byte| byte.* = "abc\n"[random.uintLessThan(usize, 4)];
            const part = subject[0..random.uintAtMost(usize, subject.len)];
            var expected = false;
            for (0..part.len + 1) |from| expected = expected or tryAll(tree, part, from) != 0;
            errdefer std.debug.print("for {s} in {f}\n", .{ source.items, std.zig.fmtString(part) });
            try testing.expectEqual(expected, pattern.matches(.plain(part)));
        }
    }
    try testing.expect(compiled > 3_000);
}

/// A bit for each place at which a match that begins at `from` may end.
fn tryAll(tree: Tree, subject: []const u8, from: usize) u8 {
    const bit = @as(u8, 1) << @intCast(from);
    switch (tree) {
        .start => return if (from == 0) bit else 0,
        .end => return if (from == subject.len) bit else 0,
        .class => |ranges| {
            if (from == subject.len) return 0;
            for (ranges) |range| {
                if (subject[from] >= range.low and subject[from] <= range.high) return bit << 1;
            }
            return 0;
        },
        .sequence => |list| {
            var ends = bit;
            for (list) |part| ends = tryEach(part, subject, ends);
            return ends;
        },
        .alternatives => |list| {
            var ends: u8 = 0;
            for (list) |part| ends |= tryAll(part, subject, from);
            return ends;
        },
        .repeat => |repeat| {
            var ends = bit;
            for (0..repeat.min) |_| ends = tryEach(repeat.tree.*, subject, ends);
            const more = if (repeat.max) |max| max - repeat.min else subject.len + 1;
            for (0..more) |_| ends |= tryEach(repeat.tree.*, subject, ends);
            return ends;
        },
    }
}

fn tryEach(tree: Tree, subject: []const u8, starts: u8) u8 {
    var ends: u8 = 0;
    for (0..subject.len + 1) |from| {
        if (starts >> @intCast(from) & 1 != 0) ends |= tryAll(tree, subject, from);
    }
    return ends;
}
