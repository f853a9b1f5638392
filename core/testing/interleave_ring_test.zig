//! The message ring in every interleaving of a few records, and with one of the threads killed at every step of it.

const std = @import("std");
const testing = std.testing;
const interleave = @import("interleave.zig");
const layout = @import("../queue/layout.zig");
const Liveness = @import("../queue/endpoint.zig").Liveness;
const message_ring = @import("../queue/message_ring.zig");

/// Owner n + 1 is fiber n; others are the test itself.
const liveness: Liveness = .{ .is_alive = struct {
    fn isAlive(_: ?*anyopaque, owner: u32) bool {
        return owner > 8 or interleave.isAlive(owner - 1);
    }
}.isAlive };

const Role = enum { send, send_long, abort, shrink, read, read_kept, recover };

/// Records as their first word, and what a thread knows of them.
const Record = struct {
    fn fill(room: []u8, sequence: u64) void {
        std.mem.writeInt(u64, room[0..8], sequence, .little);
        @memset(room[8..], @truncate(sequence));
    }

    fn read(record: []const u8) !u32 {
        const sequence = std.mem.readInt(u64, record[0..8], .little);
        try testing.expect(std.mem.allEqual(u8, record[8..], @truncate(sequence)));
        return @intCast(sequence);
    }
};

const List = struct {
    items: [16]u32 = undefined,
    n: usize = 0,

    fn add(list: *List, item: u32) void {
        list.items[list.n] = item;
        list.n += 1;
    }

    fn all(list: *const List) []const u32 {
        return list.items[0..list.n];
    }
};

/// Thread 0 consumes; `start_at` is how many bytes before the end of the ring it begins.
fn Run(comptime producers: message_ring.Producers, comptime before_end: u32, comptime roles: []const []const Role) type {
    return struct {
        const Self = @This();
        const Ring = message_ring.MessageRingOver(producers, interleave.Stepped);
        const many = producers == .many;
        const capacity = 64;
        pub const threads = roles.len;
        pub const victims = (1 << threads) - 1;

        bytes: [2048]u8 align(layout.line_bytes) = undefined,
        ring: Ring = undefined,
        consumer: Ring.Consumer = undefined,
        producers: [threads]Ring.Producer = undefined,
        committed: [threads]List = undefined,
        tried: [threads]u32 = undefined,
        received: List = .{},
        /// Read and released: a consumer that takes over does not see them again.
        released: usize = 0,

        pub fn start(run_: *Self) !void {
            const first = 0 -% @as(if (many) u64 else u32, before_end);
            const options: Ring.Options = .{ .capacity = capacity, .producers = threads - 1, .first = first };
            run_.ring = try .init(run_.bytes[0..], options);
            run_.consumer = try run_.ring.consumer(1, null);
            for (run_.producers[1..], 2..) |*producer, owner| producer.* = try run_.ring.producer(@intCast(owner), null);
            run_.committed = @splat(.{});
            run_.tried = @splat(0);
            run_.received = .{};
            run_.released = 0;
        }

        pub fn memory(run_: *Self) []const u8 {
            return run_.bytes[@sizeOf(layout.Header) - 16 .. @intCast(run_.ring.plan.total_bytes)];
        }

        pub fn run(run_: *Self, index: usize) !void {
            inline for (roles, 0..) |list, thread| {
                if (thread == index) for (list) |role| try run_.do(index, role);
            }
        }

        fn do(run_: *Self, index: usize, role: Role) !void {
            const sequence = @as(u32, @intCast(index)) * 100 + run_.tried[index];
            switch (role) {
                .read, .read_kept => {
                    if (try run_.consumer.read()) |record| run_.received.add(try Record.read(record));
                    if (role == .read_kept) return;
                    run_.consumer.release();
                    run_.released = run_.received.n;
                },
                .recover => _ = try run_.consumer.recover(liveness),
                .send, .send_long, .shrink, .abort => {
                    const producer = &run_.producers[index];
                    const size: u32 = if (role == .send) 8 else 24;
                    const room = try producer.claim(size) orelse return;
                    if (role == .abort) return producer.abort();
                    run_.tried[index] += 1;
                    Record.fill(room, sequence);
                    if (role == .shrink) producer.commit(8) else producer.commit(size);
                    run_.committed[index].add(sequence);
                },
            }
        }

        pub fn end(run_: *Self) !void {
            // What was not released is read again by who takes over.
            const is_new = interleave.wasKilled(0);
            if (is_new) run_.consumer = try run_.ring.consumer(9, .{ .is_alive = nobody });
            const kept = run_.received.n;
            for (0..8) |_| {
                while (try run_.consumer.read()) |record| run_.received.add(try Record.read(record));
                _ = try run_.consumer.recover(liveness);
            }
            run_.consumer.release();
            try testing.expectEqual(0, run_.consumer.usedBytes());
            if (many) try testing.expect(std.mem.allEqual(u8, run_.bytes[run_.ring.plan.data_offset..][0..capacity], 0));

            for (0..threads) |thread| {
                // In order, none twice, none lost; of a killed producer one more may have been committed.
                var next: u32 = 0;
                for (run_.received.all(), 0..) |sequence, i| {
                    if (sequence / 100 != thread) continue;
                    if (is_new and i >= kept and sequence % 100 < next) {
                        // Read twice: only what the old one had not told that it released.
                        try testing.expect(std.mem.indexOfScalar(u32, run_.received.items[0..run_.released], sequence) == null);
                        continue;
                    }
                    try testing.expectEqual(next, sequence % 100);
                    next += 1;
                }
                const told = run_.committed[thread].n;
                const untold: usize = @intFromBool(interleave.wasKilled(thread));
                const unseen: usize = if (is_new) run_.committed[thread].n else 0;
                try testing.expect(next <= told + untold and next + unseen >= told);
            }

            // All works again, some laps around.
            var producer = try run_.ring.producer(10, .{ .is_alive = nobody });
            for (0..20) |i| {
                Record.fill((try producer.claim(24)).?, i);
                producer.commit(24);
                try testing.expectEqual(i, try Record.read((try run_.consumer.read()).?));
                run_.consumer.release();
            }
        }
    };
}

fn nobody(_: ?*anyopaque, _: u32) bool {
    return false;
}

fn every(comptime producers: message_ring.Producers, comptime before_end: u32, comptime roles: []const []const Role) !void {
    const Scenario = Run(producers, before_end, roles);
    var run: Scenario = .{};
    const counts = interleave.every(Scenario, &run) catch |err| {
        std.debug.print("received {any}\n", .{run.received.all()});
        return err;
    };
    try testing.expect(counts.states > 200);
}

test "one producer: every interleaving, every place to be killed" {
    try every(.one, 16, &.{ &.{ .read, .read_kept, .read, .read }, &.{ .send, .send_long, .abort, .shrink, .send } });
    try every(.one, 24, &.{ &.{ .read_kept, .read, .read }, &.{ .send_long, .send_long, .send } });
}

test "many producers: two of them" {
    try every(.many, 32, &.{ &.{ .read, .read }, &.{.send}, &.{.send_long} });
    try every(.many, 64, &.{ &.{ .read_kept, .read }, &.{ .shrink, .abort }, &.{.send} });
}

test "many producers: padding at the end" {
    try every(.many, 8, &.{ &.{.read}, &.{.send}, &.{.send} });
    try every(.many, 24, &.{ &.{.read}, &.{.send_long}, &.{.send_long} });
}

test "many producers: the dead are skipped while the living go on" {
    try every(.many, 32, &.{ &.{ .recover, .read }, &.{.send}, &.{.send_long} });
    try every(.many, 8, &.{ &.{.recover}, &.{.send}, &.{.send} });
    try every(.many, 24, &.{ &.{ .recover, .read, .recover, .read }, &.{ .send_long, .send } });
}
