//! Looks for bytes over which the core stumbles: requests, chunked bodies and routes, held against second opinions.
//!
//! usage: fuzz [--seconds N] [--seed N] [--cases FOLDER]
//!        fuzz --parse < FILE
//!
//! First all cases of the folder and those written by hand are asked again, then random ones until the time is over.
//! What fails is kept in the folder. With `--parse` it prints instead how the core understands its input.

const std = @import("std");
const Case = @import("case.zig").Case;
const check_parser = @import("check_parser.zig");
const check_chunked = @import("check_chunked.zig");
const check_router = @import("check_router.zig");
const crash = @import("crash.zig");
const generate_chunked = @import("generate_chunked.zig");
const generate_request = @import("generate_request.zig");
const generate_routes = @import("generate_routes.zig");
const handwritten = @import("handwritten.zig");
const report = @import("report.zig");
const Text = @import("text.zig").Text;
const odd = @import("text.zig").odd;

/// Our own handlers keep the input first.
pub const std_options: std.Options = .{ .enable_segfault_handler = false };

const input_bytes_max = 16 * 1024 * 1024;
const progress_s = 3;
/// Longer ones are split in some places only.
const every_split_bytes_max = 400;

const Options = struct {
    seconds: u64 = 10,
    seed: ?u64 = null,
    cases: []const u8 = "tests/fuzz/cases",
    parse: bool = false,
};

pub fn main(init: std.process.Init) !u8 {
    const options = readOptions(init.minimal.args) orelse return 2;
    if (options.parse) {
        try parseInput(init);
        return 0;
    }
    const seed = options.seed orelse @as(u64, @truncate(@as(u96, @bitCast(now(init.io)))));
    std.debug.print("fuzz: seed {d}, parsers", .{seed});
    for (check_parser.kinds()) |kind| std.debug.print(" {s}", .{kind.name});
    std.debug.print("\n", .{});
    crash.install(options.cases);

    var fuzzer: Fuzzer = try .init(init, seed);
    fuzzer.run(&options) catch |err| switch (err) {
        error.Mismatch => {
            std.debug.print("fuzz: mismatch, seed {d}\n", .{seed});
            crash.keep();
            // Not by returning: what is still allocated is of no interest now.
            std.process.exit(1);
        },
        else => return err,
    };
    std.process.exit(0);
}

fn readOptions(args: std.process.Args) ?Options {
    var options: Options = .{};
    var words = args.iterate();
    _ = words.skip();
    while (words.next()) |word| {
        if (std.mem.eql(u8, word, "--parse")) {
            options.parse = true;
            continue;
        }
        const value = words.next() orelse return usage(word);
        if (std.mem.eql(u8, word, "--seconds")) {
            options.seconds = std.fmt.parseInt(u64, value, 10) catch return usage(value);
        } else if (std.mem.eql(u8, word, "--seed")) {
            options.seed = std.fmt.parseInt(u64, value, 10) catch return usage(value);
        } else if (std.mem.eql(u8, word, "--cases")) {
            options.cases = value;
        } else return usage(word);
    }
    return options;
}

fn usage(word: []const u8) ?Options {
    std.debug.print("fuzz: what is {s}?\nusage: fuzz [--seconds N] [--seed N] [--cases FOLDER] | fuzz --parse < FILE\n", .{word});
    return null;
}

fn now(io: std.Io) i96 {
    return std.Io.Timestamp.now(io, .awake).nanoseconds;
}

fn parseInput(init: std.process.Init) !void {
    const arena = init.arena.allocator();
    var in_buffer: [4096]u8 = undefined;
    var reader = std.Io.File.stdin().readerStreaming(init.io, &in_buffer);
    const input = try reader.interface.allocRemaining(arena, .limited(input_bytes_max));
    var out_buffer: [4096]u8 = undefined;
    var writer = std.Io.File.stdout().writerStreaming(init.io, &out_buffer);
    try report.write(input, arena, &writer.interface);
    try writer.interface.flush();
}

const Fuzzer = struct {
    io: std.Io,
    gpa: std.mem.Allocator,
    /// For what lives as long as one input.
    arena: std.heap.ArenaAllocator,
    prng: std.Random.DefaultPrng,
    parser: check_parser.Checker,
    chunked: check_chunked.Checker,
    router: check_router.Checker,
    /// Heads that were understood to the end, to be damaged.
    corpus: std.ArrayList([]const u8) = .empty,
    /// Of the corpus, what was written by hand and stays.
    by_hand: usize = 0,

    const corpus_max = 2048;

    fn init(process: std.process.Init, seed: u64) !Fuzzer {
        return .{
            .io = process.io,
            .gpa = process.gpa,
            .arena = .init(process.gpa),
            .prng = .init(seed),
            .parser = try .init(process.arena.allocator()),
            .chunked = try .init(process.arena.allocator()),
            .router = try .init(process.gpa),
        };
    }

    fn run(f: *Fuzzer, options: *const Options) !void {
        try f.replayHandwritten();
        try f.replayFolder(options.cases);
        const started = now(f.io);
        const until = started + @as(i96, options.seconds) * std.time.ns_per_s;
        var report_at = started + progress_s * std.time.ns_per_s;
        var counts: struct { heads: u64 = 0, bodies: u64 = 0, paths: u64 = 0 } = .{};
        while (true) {
            const time = now(f.io);
            if (time >= report_at or time >= until) {
                const elapsed_s = @divTrunc(time - started, std.time.ns_per_s);
                std.debug.print("fuzz: {d} s, {d} heads, {d} bodies, {d} paths\n", .{ elapsed_s, counts.heads, counts.bodies, counts.paths });
                report_at = time + progress_s * std.time.ns_per_s;
            }
            if (time >= until) return;
            for (0..8) |_| try f.tryHead();
            for (0..2) |_| try f.tryBody();
            counts.heads += 8;
            counts.bodies += 2;
            counts.paths += try f.tryRoutes();
        }
    }

    fn replayHandwritten(f: *Fuzzer) !void {
        const random = f.prng.random();
        for (handwritten.cases) |case| {
            const expected, const text, const bounds = case;
            errdefer std.debug.print("fuzz: by hand, expected {any}: {f}\n", .{ expected, std.zig.fmtString(text) });
            try f.parser.check(text, bounds, .every, random);
            const is_right = switch (f.parser.verdict(text, bounds)) {
                .complete => expected == .complete,
                .partial => expected == .partial,
                .faulty => |fault| expected == .fault and expected.fault == fault,
            };
            if (!is_right) return error.Mismatch;
            if (expected == .complete) try f.corpus.append(f.gpa, text);
        }
        f.by_hand = f.corpus.items.len;
        std.debug.print("fuzz: {d} cases by hand\n", .{handwritten.cases.len});
    }

    fn replayFolder(f: *Fuzzer, path: []const u8) !void {
        // Git keeps no empty folders, and what is found will be put there.
        var folder = try std.Io.Dir.cwd().createDirPathOpen(f.io, path, .{ .open_options = .{ .iterate = true } });
        defer folder.close(f.io);
        var count: usize = 0;
        var entries = folder.iterate();
        while (try entries.next(f.io)) |entry| {
            if (!std.mem.endsWith(u8, entry.name, ".case")) continue;
            errdefer std.debug.print("fuzz: in {s}\n", .{entry.name});
            const arena = f.freshArena();
            const text = try folder.readFileAlloc(f.io, entry.name, arena, .limited(input_bytes_max));
            try f.replay(try Case.read(text, arena));
            count += 1;
        }
        std.debug.print("fuzz: {d} cases of {s}\n", .{ count, path });
    }

    fn replay(f: *Fuzzer, case: Case) !void {
        const random = f.prng.random();
        switch (case) {
            .head => |head| try f.parser.check(head.text, head.bounds, .every, random),
            .chunked => |body| try f.chunked.check(body.text, body.bounds, random),
            .route => |route| try f.router.check(route.patterns, &.{route.path}),
        }
    }

    fn tryHead(f: *Fuzzer) !void {
        const random = f.prng.random();
        var text: Text = .{ .arena = f.freshArena() };
        const is_new = random.boolean();
        if (is_new) {
            try generate_request.request(&text, random);
            if (odd(random, 3)) try generate_request.damage(&text, random);
        } else {
            try text.add(f.corpus.items[random.uintLessThan(usize, f.corpus.items.len)]);
            try generate_request.damage(&text, random);
        }
        const bytes = text.bytes.items;
        const bounds = generate_request.bounds(bytes, random);
        try f.parser.check(bytes, bounds, if (bytes.len <= every_split_bytes_max) .every else .some, random);
        if (is_new and f.parser.verdict(bytes, bounds) == .complete) try f.remember(bytes);
    }

    fn remember(f: *Fuzzer, bytes: []const u8) !void {
        const copy = try f.gpa.dupe(u8, bytes);
        if (f.corpus.items.len < corpus_max) return f.corpus.append(f.gpa, copy);
        const place = &f.corpus.items[f.by_hand + f.prng.random().uintLessThan(usize, corpus_max - f.by_hand)];
        f.gpa.free(place.*);
        place.* = copy;
    }

    fn tryBody(f: *Fuzzer) !void {
        const random = f.prng.random();
        var text: Text = .{ .arena = f.freshArena() };
        try generate_chunked.body(&text, random);
        if (odd(random, 3)) try generate_request.damage(&text, random);
        const bytes = text.bytes.items;
        try f.chunked.check(bytes, generate_chunked.bounds(bytes, random), random);
    }

    /// How many paths were asked for.
    fn tryRoutes(f: *Fuzzer) !u64 {
        const random = f.prng.random();
        const arena = f.freshArena();
        const word_count = generate_routes.wordCount(random);
        const pattern_count = if (odd(random, 10)) check_router.Checker.patterns_max else random.intRangeAtMost(usize, 1, 24);
        const patterns = try arena.alloc([]const u8, pattern_count);
        for (patterns) |*pattern| {
            var text: Text = .{ .arena = arena };
            try generate_routes.pattern(&text, random, word_count);
            pattern.* = text.bytes.items;
        }
        const paths = try arena.alloc([]const u8, 32);
        for (paths) |*path| {
            var text: Text = .{ .arena = arena };
            try generate_routes.path(&text, random, patterns, word_count);
            path.* = text.bytes.items;
        }
        try f.router.check(patterns, paths);
        return paths.len;
    }

    fn freshArena(f: *Fuzzer) std.mem.Allocator {
        _ = f.arena.reset(.retain_capacity);
        return f.arena.allocator();
    }
};
