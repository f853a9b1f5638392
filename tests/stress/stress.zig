//! Threads that push and pop for a while: nothing is lost, doubled, torn, or out of its producer's order.
//!
//! usage: stress [--seconds N]
//!
//! `zig build stress-tsan` builds the same with ThreadSanitizer, which ends it at the first access that nothing orders.

const std = @import("std");
const core = @import("core");
const layout = core.queue.layout;
const Spsc = core.queue.spsc.Spsc(u64);
const Mpmc = core.queue.mpmc.Mpmc(u64);
const Bytes = core.queue.mpmc.Mpmc(layout.Bytes);
const ring = core.queue.message_ring;

const threads_max = 4;
/// Few, so that full, empty and wraps are met all the time.
const capacity = 16;
const item_bytes = 40;
const ring_bytes = 1024;
/// How many items a producer of one round sends.
const round_items = 20_000;

var memory: [64 * 1024]u8 align(layout.line_bytes) = undefined;

pub fn main(init: std.process.Init) !u8 {
    const seconds = readSeconds(init.minimal.args) orelse return 2;
    const until = now(init.io) + seconds * std.time.ns_per_s;
    var rounds: u64 = 0;
    while (true) : (rounds += 1) {
        try spsc(rounds);
        try mpmc(rounds);
        try bytes();
        try records(.one, 1);
        try records(.many, 3);
        if (now(init.io) >= until) break;
    }
    std.debug.print("stress: {d} rounds of {d} items, five queues each\n", .{ rounds + 1, round_items });
    return 0;
}

fn readSeconds(args: std.process.Args) ?u64 {
    var words = args.iterate();
    _ = words.skip();
    const word = words.next() orelse return 5;
    const value = words.next() orelse "";
    if (std.mem.eql(u8, word, "--seconds")) {
        if (std.fmt.parseInt(u64, value, 10)) |seconds| return seconds else |err| switch (err) {
            error.Overflow, error.InvalidCharacter => {},
        }
    }
    std.debug.print("usage: stress [--seconds N]\n", .{});
    return null;
}

fn now(io: std.Io) i96 {
    return std.Io.Timestamp.now(io, .awake).nanoseconds;
}

/// An item says who sent it, and as its how many-th.
fn itemOf(producer: usize, sequence: u64) u64 {
    return @as(u64, producer) << 32 | sequence;
}

/// What one consumer has seen.
const Seen = struct {
    /// Of each producer, one more than the last.
    next: [threads_max]u64 = @splat(0),
    count: u64 = 0,
    sum: u64 = 0,

    fn item(seen: *Seen, value: u64) void {
        const producer = value >> 32;
        const sequence = value & std.math.maxInt(u32);
        if (producer >= threads_max or sequence < seen.next[producer]) fail("{x} came after {d}", .{ value, seen.next[producer % threads_max] });
        seen.next[producer] = sequence + 1;
        seen.count += 1;
        seen.sum +%= value;
    }
};

fn fail(comptime text: []const u8, values: anytype) noreturn {
    std.debug.print("stress: " ++ text ++ "\n", values);
    std.process.exit(1);
}

fn check(name: []const u8, producers: usize, seen: []const Seen) void {
    var count: u64 = 0;
    var sum: u64 = 0;
    for (seen) |one| {
        count += one.count;
        sum +%= one.sum;
    }
    var expected: u64 = 0;
    for (0..producers) |producer| {
        for (0..round_items) |sequence| expected +%= itemOf(producer, sequence);
    }
    if (count != producers * round_items or sum != expected)
        fail("{s}: {d} of {d} items, sum {x} for {x}", .{ name, count, producers * round_items, sum, expected });
}

fn pause() void {
    std.Thread.yield() catch |err| fail("{t}", .{err});
}

fn spsc(round: u64) !void {
    const queue: Spsc = try .init(memory[0..], .{ .capacity = capacity, .first = 0 -% @as(u32, @truncate(round * 977)) });
    var seen: [1]Seen = .{.{}};
    const producer = try std.Thread.spawn(.{}, spscProduce, .{try queue.producer(1, null)});
    const consumer = try std.Thread.spawn(.{}, spscConsume, .{ try queue.consumer(2, null), &seen[0] });
    producer.join();
    consumer.join();
    check("spsc", 1, &seen);
}

fn spscProduce(endpoint: Spsc.Producer) void {
    var producer = endpoint;
    var sequence: u64 = 0;
    while (sequence < round_items) {
        if (sequence % 3 == 0) {
            var items: [5]u64 = undefined;
            for (&items, sequence..) |*item, value| item.* = itemOf(0, value);
            const n = producer.pushSlice(items[0..@min(items.len, round_items - sequence)]);
            sequence += n;
            if (n == 0) pause();
        } else if (producer.tryPush(itemOf(0, sequence)) == .sent) sequence += 1 else pause();
    }
    producer.close();
}

fn spscConsume(endpoint: Spsc.Consumer, seen: *Seen) void {
    var consumer = endpoint;
    while (!consumer.isFinished()) {
        var items: [7]u64 = undefined;
        const n: u32 = if (seen.count % 2 == 0) consumer.popSlice(&items) else if (consumer.tryPop()) |item| one: {
            items[0] = item;
            break :one 1;
        } else 0;
        for (items[0..n]) |item| seen.item(item);
        if (n == 0) pause();
    }
}

fn mpmc(round: u64) !void {
    const first = 0 -% @as(u32, @truncate(round * 2 * 977));
    const queue: Mpmc = try .init(memory[0..], .{ .capacity = capacity, .endpoints = threads_max, .first = first });
    var seen: [2]Seen = .{ .{}, .{} };
    var left: std.atomic.Value(u32) = .init(2);
    var threads: [threads_max]std.Thread = undefined;
    for (threads[0..2], 0..) |*thread, i| {
        thread.* = try .spawn(.{}, mpmcProduce, .{ try queue.attach(@intCast(i + 1), null), i, &left });
    }
    for (threads[2..], &seen, 3..) |*thread, *one, owner| {
        thread.* = try .spawn(.{}, mpmcConsume, .{ try queue.attach(@intCast(owner), null), one });
    }
    for (threads) |thread| thread.join();
    check("mpmc", 2, &seen);
}

/// Whoever is the last of them closes.
fn mpmcProduce(endpoint_: Mpmc.Endpoint, producer: usize, left: *std.atomic.Value(u32)) void {
    var endpoint = endpoint_;
    var sequence: u64 = 0;
    while (sequence < round_items) {
        if (sequence % 3 == 0) {
            var items: [5]u64 = undefined;
            for (&items, sequence..) |*item, value| item.* = itemOf(producer, value);
            const n = endpoint.pushSlice(items[0..@min(items.len, round_items - sequence)]);
            sequence += n;
            if (n == 0) pause();
        } else if (endpoint.tryPush(itemOf(producer, sequence)) == .sent) sequence += 1 else pause();
    }
    if (left.fetchSub(1, .acq_rel) == 1) endpoint.close();
}

/// Also steps over the dead all the time, of whom there are none.
fn mpmcConsume(endpoint_: Mpmc.Endpoint, seen: *Seen) void {
    var endpoint = endpoint_;
    while (!endpoint.isFinished()) {
        var items: [7]u64 = undefined;
        const n: u32 = if (seen.count % 2 == 0) endpoint.popSlice(&items) else if (endpoint.tryPop()) |item| one: {
            items[0] = item;
            break :one 1;
        } else 0;
        for (items[0..n]) |item| seen.item(item);
        if (n > 0) continue;
        if (endpoint.recover(all_alive) != 0) fail("mpmc: stepped over the living", .{});
        pause();
    }
}

const all_alive: core.queue.endpoint.Liveness = .{ .is_alive = struct {
    fn isAlive(_: ?*anyopaque, _: u32) bool {
        return true;
    }
}.isAlive };

/// Its first word is the item, its length and its other bytes follow from that.
fn write(room: []u8, item: u64) void {
    std.mem.writeInt(u64, room[0..8], item, .little);
    @memset(room[8..], @truncate(item));
}

fn sizeOf(item: u64, most: u32) u32 {
    return 8 + @as(u32, @truncate(item *% 7)) % (most - 7);
}

fn read(text: []const u8, most: u32, seen: *Seen) void {
    if (text.len < 8) fail("a record of {d} bytes", .{text.len});
    const item = std.mem.readInt(u64, text[0..8], .little);
    if (text.len != sizeOf(item, most) or !std.mem.allEqual(u8, text[8..], @truncate(item))) fail("{x} is torn", .{item});
    seen.item(item);
}

fn bytes() !void {
    const queue: Bytes = try .init(memory[0..], .{ .capacity = capacity, .endpoints = 3, .item_bytes = item_bytes });
    var seen: [1]Seen = .{.{}};
    var threads: [2]std.Thread = undefined;
    for (&threads, 0..) |*thread, i| {
        thread.* = try .spawn(.{}, bytesProduce, .{ try queue.attach(@intCast(i + 1), null), i });
    }
    var consumer = try queue.attach(3, null);
    while (seen[0].count < 2 * round_items) {
        var into: [item_bytes]u8 = undefined;
        if (consumer.tryPop(&into)) |text| read(text, item_bytes, &seen[0]) else pause();
    }
    for (threads) |thread| thread.join();
    check("bytes", 2, &seen);
}

fn bytesProduce(endpoint_: Bytes.Endpoint, producer: usize) void {
    var endpoint = endpoint_;
    var sequence: u64 = 0;
    while (sequence < round_items) {
        const item = itemOf(producer, sequence);
        var room: [item_bytes]u8 = undefined;
        const text = room[0..sizeOf(item, item_bytes)];
        write(text, item);
        if (endpoint.tryPush(text) == .sent) sequence += 1 else pause();
    }
}

fn records(comptime kind: ring.Producers, producers: u32) !void {
    const Ring = ring.MessageRing(kind);
    const made: Ring = try .init(memory[0..], .{ .capacity = ring_bytes, .producers = producers });
    const produce = struct {
        fn run(endpoint_: Ring.Producer, producer: usize) void {
            var endpoint = endpoint_;
            const most = Ring.recordBytesMax(ring_bytes);
            var sequence: u64 = 0;
            while (sequence < round_items) {
                const item = itemOf(producer, sequence);
                const size = sizeOf(item, most);
                // Some are claimed longer than they turn out to be, some are given up.
                const claimed = if (sequence % 5 == 0) most else size;
                const room = (endpoint.claim(claimed) catch |err| fail("{t}", .{err})) orelse {
                    pause();
                    continue;
                };
                write(room[0..size], item);
                endpoint.commit(size);
                sequence += 1;
                if (sequence % 11 != 0) continue;
                const given_up = (endpoint.claim(size) catch |err| fail("{t}", .{err})) orelse continue;
                @memset(given_up, 0xFF);
                endpoint.abort();
            }
        }
    }.run;
    var seen: [1]Seen = .{.{}};
    var threads: [threads_max]std.Thread = undefined;
    for (threads[0..producers], 0..) |*thread, i| {
        thread.* = try .spawn(.{}, produce, .{ try made.producer(@intCast(i + 2), null), i });
    }
    var consumer = try made.consumer(1, null);
    while (seen[0].count < producers * round_items) {
        // Batches of changing length.
        var n: u32 = 0;
        while (n < seen[0].count % 9 + 1) : (n += 1) {
            const record = (consumer.read() catch |err| fail("{t}", .{err})) orelse break;
            read(record, Ring.recordBytesMax(ring_bytes), &seen[0]);
        }
        consumer.release();
        if (n > 0) continue;
        const stepped_over = consumer.recover(all_alive) catch |err| fail("{t}", .{err});
        if (stepped_over != 0) fail("ring: stepped over the living", .{});
        pause();
    }
    for (threads[0..producers]) |thread| thread.join();
    check("ring", producers, &seen);
}
