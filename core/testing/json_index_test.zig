//! The slow way to the positions of JSON tokens, and that every kernel of simdjson finds the same.

const std = @import("std");
const builtin = @import("builtin");
const testing = std.testing;
const json_scan = @import("../codec/json_scan.zig");
const limits = @import("../limits.zig");
const Indexer = @import("../codec/simdjson.zig").Indexer;

const Positions = std.ArrayList(u32);

/// What vector kernels do, byte by byte.
fn indexSlowly(bytes: []const u8, positions: *Positions) error{ OutOfMemory, Malformed }!void {
    positions.clearRetainingCapacity();
    if (!std.unicode.utf8ValidateSlice(bytes)) return error.Malformed;
    var in_string = false;
    var is_escaped = false;
    var follows_scalar = false;
    for (bytes, 0..) |byte, i| {
        const is_quote = byte == '"' and !is_escaped;
        is_escaped = byte == '\\' and !is_escaped;
        if (in_string and byte < 0x20) return error.Malformed;
        const is_scalar = !isSpace(byte) and !isStructural(byte);
        if (!in_string and (isStructural(byte) or is_scalar and !follows_scalar)) {
            try positions.append(testing.allocator, @intCast(i));
        }
        follows_scalar = is_scalar and !is_quote;
        if (is_quote) in_string = !in_string;
    }
    if (in_string or positions.items.len == 0) return error.Malformed;
}

fn isSpace(byte: u8) bool {
    return std.mem.findScalar(u8, " \t\r\n", byte) != null;
}

fn isStructural(byte: u8) bool {
    const structural = if (builtin.cpu.arch == .x86_64) "{}[]:,\x0c\x1a" else "{}[]:,";
    return std.mem.findScalar(u8, structural, byte) != null;
}

fn run(comptime byte: u8, comptime count: usize) []const u8 {
    const bytes: [count]u8 = @splat(byte);
    return &bytes;
}

/// All that this CPU can run, the fastest first.
const Kernels = struct {
    indexers: [4]Indexer,
    count: usize,
    expected: Positions = .empty,

    fn init() !Kernels {
        var kernels: Kernels = .{ .indexers = undefined, .count = 0 };
        while (Indexer.initSlower(@intCast(kernels.count))) |indexer| : (kernels.count += 1) {
            kernels.indexers[kernels.count] = indexer;
        }
        try testing.expect(kernels.count >= if (builtin.cpu.arch == .x86_64) 2 else 1);
        return kernels;
    }

    fn deinit(kernels: *Kernels) void {
        for (kernels.indexers[0..kernels.count]) |*indexer| indexer.deinit();
        kernels.expected.deinit(testing.allocator);
    }

    /// Whether the text was refused.
    fn check(kernels: *Kernels, bytes: []const u8) !bool {
        errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(bytes)});
        const is_json = json_scan.scan(bytes).fault == .none;
        const refused = if (indexSlowly(bytes, &kernels.expected)) false else |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            error.Malformed => true,
        };
        try testing.expect(!(refused and is_json));
        for (kernels.indexers[0..kernels.count], 1..) |*indexer, nth| {
            errdefer std.debug.print("kernel {}\n", .{nth});
            const is_plain = builtin.cpu.arch == .x86_64 and nth == kernels.count;
            const found = indexer.index(bytes) catch |err| switch (err) {
                error.OutOfMemory => return error.OutOfMemory,
                error.Malformed => {
                    try testing.expect(if (is_plain) !is_json else refused);
                    continue;
                },
            };
            // Of what isn't JSON, the plain kernel has its own opinion.
            if (is_plain and !is_json) continue;
            try testing.expect(!refused);
            try testing.expectEqualSlices(u32, kernels.expected.items, found);
            try testing.expectEqual(bytes.len, found.ptr[found.len]);
            try testing.expectEqual(bytes.len, found.ptr[found.len + 1]);
        }
        return refused;
    }
};

test "positions of tokens" {
    var indexer: Indexer = try .init();
    defer indexer.deinit();
    const cases = [_]struct { []const u8, []const u32 }{
        .{ "{\"a\": [1, true,\n\"b\\\"c\"]}", &.{ 0, 1, 4, 6, 7, 8, 10, 14, 16, 22, 23 } },
        .{ "12", &.{0} },
        .{ " \"{\" ", &.{1} },
        .{ "{}x", &.{ 0, 1, 2 } },
        .{ "\"a\"true", &.{ 0, 3 } },
        .{ "]]", &.{ 0, 1 } },
        .{ "\xef\xbb\xbf1", &.{0} },
        .{ "\xef\xbb\xbf{}", &.{ 0, 3, 4 } },
        .{ "1\x00", &.{0} },
    };
    for (cases) |case| try testing.expectEqualSlices(u32, case[1], try indexer.index(case[0]));
    const refused = [_][]const u8{
        "",         " ",                "\r\n\t ",    run(' ', 200),    "\"",     "{\"a",     "\"\\\"",       "\"\\",
        "\"\x1f\"", "\"\xff\"",         "\"\xc3\"",   "\"\xc3",         "\"\xe2", "\"\x80\"", "\"\xc0\xaf\"", "\"\xf4\x90\x80\x80\"",
        "\"\x00\"", "\"\xed\xa0\x80\"", "\"\xe2\x82", "\"\xf0\x9f\x98",
    };
    for (refused) |text| try testing.expectError(error.Malformed, indexer.index(text));
}

test "every kernel finds what is found slowly" {
    var kernels: Kernels = try .init();
    defer kernels.deinit();
    const tame = [_][]const u8{
        "\"",   "\"",         "\"",         "\"",         "{",           "}",           "[",           "]", ":", ",", " ", "\\", "\\\"", "\\\\", "true", "-1.5", "null", "\\u00", "x",
        "é",
        "天",
        "😀",
        "\x7f", run(' ', 61), run('a', 63), run('\\', 7), run('\\', 63), run('\\', 64), run('\\', 65),
    };
    // These make most texts malformed.
    const pieces = tame ++ [_][]const u8{ "\n", "\x1f", "\x0c", "\x1a", "\x00", "\x80", "\xc3", "\xf0\x9f", "\xed\xa0\x80" };
    var prng: std.Random.DefaultPrng = .init(41);
    const random = prng.random();
    var text: std.ArrayList(u8) = .empty;
    defer text.deinit(testing.allocator);
    var good: usize = 0;
    for (0..10_000) |_| {
        text.clearRetainingCapacity();
        const from: []const []const u8 = if (random.uintLessThan(u8, 4) > 0) &tame else &pieces;
        for (0..random.uintAtMost(usize, 80)) |_| {
            try text.appendSlice(testing.allocator, from[random.uintLessThan(usize, from.len)]);
        }
        if (random.boolean()) try text.appendNTimes(testing.allocator, ' ', random.uintLessThan(usize, 130));
        if (!try kernels.check(text.items)) {
            good += 1;
            continue;
        }
        // Most are refused for a string that is open.
        try text.append(testing.allocator, '"');
        if (!try kernels.check(text.items)) good += 1;
    }
    try testing.expect(good > 5_000);
}

test "every kernel finds the tokens of JSON, wherever it lies across blocks" {
    var kernels: Kernels = try .init();
    defer kernels.deinit();
    const document =
        "[{\"id\":-12.5e3,\"na\\\\\\\"me\":\"съешь 天地 😀\\u00e9\\n\\\\\",\"tags\":[\"\",true ,null],\"in\" : {\"\":{}}},\"\\\\\\\\\\\\\\\\\"]";
    try testing.expectEqual(.none, json_scan.scan(document).fault);
    for (0..140) |before| {
        const text = try std.mem.concat(testing.allocator, u8, &.{ run(' ', 140)[0..before], document });
        defer testing.allocator.free(text);
        try testing.expect(!try kernels.check(text));
        // And broken at any place.
        for (before + 1..text.len) |end| _ = try kernels.check(text[0..end]);
    }
}

test "the memory of large texts is given back" {
    var indexer: Indexer = try .init();
    defer indexer.deinit();
    const large = try testing.allocator.alloc(u8, limits.json_index_bytes_kept + 1);
    defer testing.allocator.free(large);
    @memset(large, '[');
    try testing.expectEqual(large.len, (try indexer.index(large)).len);
    try testing.expect(indexer.capacity >= large.len);
    try testing.expectEqual(1, (try indexer.index("1")).len);
    try testing.expectEqual(limits.json_index_bytes_min, indexer.capacity);

    try testing.expectEqual(limits.json_index_bytes_kept, (try indexer.index(large[1..])).len);
    indexer.trim();
    try testing.expectEqual(limits.json_index_bytes_kept, indexer.capacity);
    _ = try indexer.index(large);
    indexer.trim();
    try testing.expectEqual(0, indexer.capacity);
    try testing.expectError(error.Malformed, indexer.index(""));
    // Not looked at: it is not there.
    try testing.expectError(error.OutOfMemory, indexer.index(large.ptr[0 .. limits.json_index_bytes_max + 1]));
    try testing.expectEqual(1, (try indexer.index("1")).len);
}

/// Data by others, which is not part of the project; the tests run in the project's folder.
const vectors = "../shared/vectors/json-parsing/test_parsing";

test "JSONTestSuite, skipped where it is not beside the project: JSON is indexed, what is not UTF-8 is refused" {
    const io = testing.io;
    var folder = std.Io.Dir.cwd().openDir(io, vectors, .{ .iterate = true }) catch |err| switch (err) {
        error.FileNotFound => return error.SkipZigTest,
        else => return err,
    };
    defer folder.close(io);
    var kernels: Kernels = try .init();
    defer kernels.deinit();
    var count: usize = 0;
    var files = folder.iterate();
    while (try files.next(io)) |file| : (count += 1) {
        errdefer std.debug.print("{s}\n", .{file.name});
        const text = try folder.readFileAlloc(io, file.name, testing.allocator, .limited(1024 * 1024));
        defer testing.allocator.free(text);
        const refused = try kernels.check(text);
        if (file.name[0] == 'y') try testing.expect(!refused);
        if (!std.unicode.utf8ValidateSlice(text)) try testing.expect(refused);
    }
    try testing.expect(count > 300);
}
