//! Looks for bytes over which the core stumbles: requests, chunked bodies, routes, JSON and schemas, held against second
//! opinions.
//!
//! usage: fuzz [--seconds N] [--seed N] [--cases FOLDER] [--only heads|bodies|routes|json|schemas]
//!        fuzz --parse < FILE
//!
//! First all cases of the folder and those written by hand are asked again, then random ones until the time is over.
//! What fails is kept in the folder. With `--parse` it prints instead how the core understands its input.

const std = @import("std");
const Case = @import("case.zig").Case;
const check_parser = @import("check_parser.zig");
const check_chunked = @import("check_chunked.zig");
const check_json = @import("check_json.zig");
const check_router = @import("check_router.zig");
const check_schema = @import("check_schema.zig");
const crash = @import("crash.zig");
const generate_chunked = @import("generate_chunked.zig");
const generate_json = @import("generate_json.zig");
const generate_request = @import("generate_request.zig");
const generate_routes = @import("generate_routes.zig");
const generate_schema = @import("generate_schema.zig");
const handwritten = @import("handwritten.zig");
const report = @import("report.zig");
const Text = @import("text.zig").Text;
const Writer = @import("parts.zig").Writer;
const odd = @import("text.zig").odd;

/// Our own handlers keep the input first.
pub const std_options: std.Options = .{ .enable_segfault_handler = false };

const input_bytes_max = 16 * 1024 * 1024;
const progress_s = 3;
/// Longer ones are split in some places only.
const every_split_bytes_max = 400;
const bodies_per_schema = 12;

const Options = struct {
    seconds: u64 = 10,
    seed: ?u64 = null,
    cases: []const u8 = "tests/fuzz/cases",
    parse: bool = false,
    only: ?Part = null,

    fn has(options: *const Options, part: Part) bool {
        return options.only == null or options.only == part;
    }
};

const Part = enum { heads, bodies, routes, json, schemas };

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
        } else if (std.mem.eql(u8, word, "--only")) {
            options.only = std.meta.stringToEnum(Part, value) orelse return usage(value);
        } else return usage(word);
    }
    return options;
}

fn usage(word: []const u8) ?Options {
    std.debug.print("fuzz: what is {s}?\nusage: fuzz [--seconds N] [--seed N] [--cases FOLDER] [--only PART] | fuzz --parse < FILE\n", .{word});
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
    json: check_json.Checker,
    schema: check_schema.Checker,
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
            .json = try .init(),
            .schema = try .init(process.gpa),
        };
    }

    fn run(f: *Fuzzer, options: *const Options) !void {
        try f.replayHandwritten();
        try f.replayFolder(options.cases);
        const started = now(f.io);
        const until = started + @as(i96, options.seconds) * std.time.ns_per_s;
        var report_at = started + progress_s * std.time.ns_per_s;
        var counts: struct { heads: u64 = 0, bodies: u64 = 0, paths: u64 = 0, jsons: u64 = 0 } = .{};
        while (true) {
            const time = now(f.io);
            if (time >= report_at or time >= until) {
                const elapsed_s = @divTrunc(time - started, std.time.ns_per_s);
                std.debug.print("fuzz: {d} s, {d} heads, {d} bodies, {d} paths, {d} JSON texts\n", .{
                    elapsed_s, counts.heads, counts.bodies, counts.paths, counts.jsons,
                });
                f.schema.counts.print();
                report_at = time + progress_s * std.time.ns_per_s;
            }
            if (time >= until) return;
            if (options.has(.heads)) {
                for (0..8) |_| try f.tryHead();
                counts.heads += 8;
            }
            if (options.has(.bodies)) {
                for (0..2) |_| try f.tryBody();
                counts.bodies += 2;
            }
            if (options.has(.routes)) counts.paths += try f.tryRoutes();
            if (options.has(.json)) {
                for (0..64) |_| try f.tryJson();
                counts.jsons += 64;
            }
            if (options.has(.schemas)) {
                for (0..48) |_| try f.trySchema();
            }
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
            .json => |json| try f.json.check(json.text, f.arena.allocator(), random),
            .schema => |pair| {
                // What it reads lives there already.
                const arena = f.arena.allocator();
                var subject = try f.schema.open(pair.schema, true, arena) orelse return;
                try f.schema.check(&subject, pair.body, &f.json, arena, random);
                try f.schema.close(&subject);
            },
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

    fn tryJson(f: *Fuzzer) !void {
        const random = f.prng.random();
        var writer: Writer = .{ .random = random, .allocator = f.freshArena() };
        try generate_json.text(&writer);
        if (!odd(random, 4)) try generate_json.damage(&writer);
        try f.json.check(clipped(&writer), writer.allocator, random);
    }

    /// A schema, and bodies that mean it more or less well.
    fn trySchema(f: *Fuzzer) !void {
        const random = f.prng.random();
        const arena = f.freshArena();
        var writer: Writer = .{ .random = random, .allocator = arena };
        try generate_schema.schema(&writer);
        const text = clipped(&writer);
        var subject = try f.schema.open(text, odd(random, 8), arena) orelse return;
        for (0..bodies_per_schema) |_| {
            writer.out = .empty;
            try generate_json.body(&writer, subject.tree);
            if (odd(random, 3)) try generate_json.damage(&writer);
            try f.schema.check(&subject, clipped(&writer), &f.json, arena, random);
        }
        try f.schema.close(&subject);
    }

    /// What there is room for.
    fn clipped(writer: *const Writer) []const u8 {
        return writer.out.items[0..@min(writer.out.items.len, check_json.Checker.text_bytes_max)];
    }

    fn freshArena(f: *Fuzzer) std.mem.Allocator {
        _ = f.arena.reset(.retain_capacity);
        return f.arena.allocator();
    }
};
