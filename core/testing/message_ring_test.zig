//! The message ring by one thread: every length at every place, what the dead leave, what nobody can have written.

const std = @import("std");
const testing = std.testing;
const layout = @import("../queue/layout.zig");
const Liveness = @import("../queue/endpoint.zig").Liveness;
const message_ring = @import("../queue/message_ring.zig");
const Producers = message_ring.Producers;
const MessageRing = message_ring.MessageRing;

fn Setup(comptime producers: Producers) type {
    return struct {
        const Ring = MessageRing(producers);
        region: layout.Region,
        ring: Ring,

        fn init(options: Ring.Options) !@This() {
            const bytes = try Ring.bytesFor(options);
            const region = try testing.allocator.alignedAlloc(u8, .fromByteUnits(layout.line_bytes), @intCast(bytes));
            return .{ .region = region, .ring = try .init(region, options) };
        }

        fn deinit(setup: *@This()) void {
            testing.allocator.free(setup.region);
        }
    };
}

/// Owners from 100 on are dead.
const below_100: Liveness = .{ .is_alive = struct {
    fn isAlive(_: ?*anyopaque, owner: u32) bool {
        return owner < 100;
    }
}.isAlive };

fn send(producer: anytype, text: []const u8) !bool {
    const room = try producer.claim(@intCast(text.len)) orelse return false;
    @memcpy(room, text);
    producer.commit(@intCast(text.len));
    return true;
}

/// So that every byte of a record depends on which it is.
fn fill(record: []u8, sequence: u32) void {
    for (record, 0..) |*byte, i| byte.* = @truncate(sequence +% i);
}

fn expectRecord(sequence: u32, size: u32, record: []const u8) !void {
    if (record.len != size) return error.WrongSize;
    for (record, 0..) |byte, i| if (byte != @as(u8, @truncate(sequence +% i))) return error.WrongByte;
}

test "a million wraps with records of every length, across the wrap of positions" {
    inline for (.{ Producers.one, Producers.many }) |producers| {
        const capacity = 128;
        const Position = if (producers == .many) u64 else u32;
        var setup: Setup(producers) = try .init(.{ .capacity = capacity, .first = std.math.maxInt(Position) - 1_000_007 });
        defer setup.deinit();
        var producer = try setup.ring.producer(1, null);
        var consumer = try setup.ring.consumer(2, null);
        const sizes = MessageRing(producers).recordBytesMax(capacity) + 1;
        var sent: u32 = 0;
        var received: u32 = 0;
        var bytes: u64 = 0;
        while (bytes < 1_000_000 * capacity) {
            // As many as fit, then some of them: the ring is met in every state.
            while (try producer.claim(sent *% 7 % sizes)) |room| {
                fill(room, sent);
                producer.commit(@intCast(room.len));
                bytes += room.len + 8;
                sent += 1;
            }
            const some = 1 + received % 3;
            for (0..some) |_| {
                const record = try consumer.read() orelse break;
                try expectRecord(received, received *% 7 % sizes, record);
                received += 1;
            }
            consumer.release();
        }
        while (try consumer.read()) |record| : (received += 1) try expectRecord(received, received *% 7 % sizes, record);
        try testing.expectEqual(sent, received);
    }
}

test "records are read in place, many before one release" {
    inline for (.{ Producers.one, Producers.many }) |producers| {
        var setup: Setup(producers) = try .init(.{ .capacity = 256 });
        defer setup.deinit();
        var producer = try setup.ring.producer(1, null);
        var consumer = try (try MessageRing(producers).open(setup.region)).consumer(2, null);
        try testing.expectEqual(null, try consumer.read());
        for ([_][]const u8{ "one", "", "three" }) |text| try testing.expect(try send(&producer, text));
        try testing.expectEqualStrings("one", (try consumer.read()).?);
        try testing.expectEqual(16 + 8 + 16, consumer.usedBytes());
        try testing.expectEqualStrings("", (try consumer.read()).?);
        const third = (try consumer.read()).?;
        try testing.expectEqual(null, try consumer.read());
        try testing.expectEqualStrings("three", third);
        try testing.expectEqual(40, producer.usedBytes());
        consumer.release();
        try testing.expectEqual(0, producer.usedBytes());
    }
}

test "what is too large, full, or committed in part" {
    inline for (.{ Producers.one, Producers.many }) |producers| {
        var setup: Setup(producers) = try .init(.{ .capacity = 64 });
        defer setup.deinit();
        var producer = try setup.ring.producer(1, null);
        var consumer = try setup.ring.consumer(2, null);
        for ([_]u32{ 25, 64, std.math.maxInt(u32) }) |size| try testing.expectError(error.TooLarge, producer.claim(size));
        // Again and again at another place, with padding and without.
        for (0..20) |round| {
            const room = (try producer.claim(24)).?;
            @memcpy(room[0..2], "ab");
            producer.commit(2);
            try testing.expectEqualStrings("ab", (try consumer.read()).?);
            try testing.expectEqual(null, try consumer.read());
            consumer.release();
            try testing.expectEqual(round, (try producer.claim(@intCast(round))).?.len);
            producer.abort();
            try testing.expectEqual(null, try consumer.read());
        }
        while (try send(&producer, "0123456789abcdef")) {}
        try testing.expectEqual(null, try producer.claim(16));
        try testing.expect(producer.side.line.full >= 2);
        try testing.expectEqualStrings("0123456789abcdef", (try consumer.read()).?);
    }
}

test "padding alone does not keep a producer waiting" {
    var setup: Setup(.many) = try .init(.{ .capacity = 64, .producers = 2, .first = 40 });
    defer setup.deinit();
    var producer = try setup.ring.producer(1, null);
    var consumer = try setup.ring.consumer(3, null);
    const room = (try producer.claim(24)).?;
    try testing.expectEqual(null, try consumer.read());
    try testing.expectEqual(32, consumer.usedBytes());
    @memset(room, 'x');
    producer.commit(24);
    try testing.expectEqual(24, (try consumer.read()).?.len);
}

test "closed by either side: no claims, what is left is read" {
    inline for (.{ Producers.one, Producers.many }) |producers| {
        for ([_]bool{ false, true }) |by_consumer| {
            var setup: Setup(producers) = try .init(.{ .capacity = 64 });
            defer setup.deinit();
            var producer = try setup.ring.producer(1, null);
            var consumer = try setup.ring.consumer(2, null);
            try testing.expect(try send(&producer, "last"));
            if (by_consumer) consumer.close() else producer.close();
            try testing.expectError(error.Closed, producer.claim(1));
            try testing.expect(producer.isClosed() and !consumer.isFinished());
            try testing.expectEqualStrings("last", (try consumer.read()).?);
            try testing.expectEqual(null, try consumer.read());
            try testing.expect(consumer.isFinished());
        }
    }
}

test "what dead producers claimed is skipped, what living ones claimed is waited for" {
    var setup: Setup(.many) = try .init(.{ .capacity = 256, .producers = 3 });
    defer setup.deinit();
    var consumer = try setup.ring.consumer(1, null);
    var alive = try setup.ring.producer(2, null);
    for (0..50) |_| {
        var dead = try setup.ring.producer(100, below_100);
        const room = (try dead.claim(30)).?;
        @memset(room, 0xFF);
        try testing.expect(try send(&alive, "alive"));
        const claimed = (try alive.claim(9)).?;
        try testing.expectEqual(null, try consumer.read());
        try testing.expectEqual(40, try consumer.recover(below_100));
        try testing.expectEqualStrings("alive", (try consumer.read()).?);
        try testing.expectEqual(null, try consumer.read());
        try testing.expectEqual(0, try consumer.recover(below_100));
        @memcpy(claimed, "committed");
        alive.commit(9);
        try testing.expectEqualStrings("committed", (try consumer.read()).?);
        consumer.release();
        try testing.expectEqual(0, consumer.usedBytes());
    }
    try testing.expectEqual(50, consumer.side.line.abandoned);
}

test "a consumer that takes over reads again what was not released, and finishes what was being freed" {
    var setup: Setup(.many) = try .init(.{ .capacity = 256 });
    defer setup.deinit();
    var producer = try setup.ring.producer(1, null);
    var first = try setup.ring.consumer(100, null);
    try testing.expect(try send(&producer, "first"));
    try testing.expect(try send(&producer, "second"));
    _ = try first.read();
    var second = try setup.ring.consumer(101, below_100);
    try testing.expectEqualStrings("first", (try second.read()).?);
    // As if killed in the middle of a release.
    setup.ring.shared.head.freeing = second.at;
    @memset(second.side.base[8..12], 0);
    var third = try setup.ring.consumer(3, below_100);
    try testing.expectEqualStrings("second", (try third.read()).?);
    third.release();
    try testing.expect(std.mem.allEqual(u8, setup.region[setup.ring.plan.data_offset..], 0));
}

test "bytes that no producer wrote are an error or a record, never a fault" {
    inline for (.{ Producers.one, Producers.many }) |producers| {
        var prng: std.Random.DefaultPrng = .init(1);
        const random = prng.random();
        var damaged: u32 = 0;
        for (0..3000) |round| {
            var setup: Setup(producers) = try .init(.{ .capacity = 64 });
            defer setup.deinit();
            var producer = try setup.ring.producer(1, null);
            var consumer = try setup.ring.consumer(2, null);
            _ = try send(&producer, "a record");
            const data = setup.region[setup.ring.plan.data_offset..];
            if (round % 2 == 0) random.bytes(data) else data[random.uintLessThan(usize, data.len)] = random.int(u8);
            if (round % 3 == 0) setup.ring.shared.tail.word = random.int(u64);
            if (round % 5 == 0) setup.ring.shared.head.word = random.int(u64);
            if (round % 7 == 0) setup.ring.shared.head.freeing = random.int(u64);
            for (0..20) |_| {
                if (producer.claim(5)) |room| {
                    if (room != null) producer.commit(5);
                } else |err| try testing.expectEqual(error.Closed, err);
                const record = consumer.read() catch |err| {
                    try testing.expectEqual(error.Damaged, err);
                    damaged += 1;
                    break;
                };
                if (record) |bytes| try testing.expect(bytes.len <= 64);
                if (round % 4 == 0) consumer.release();
                _ = consumer.recover(below_100) catch |err| try testing.expectEqual(error.Damaged, err);
            }
        }
        try testing.expect(damaged > 500);
    }
}
