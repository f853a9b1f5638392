//! Spsc and Mpmc in every interleaving of a few operations, and with one of the threads killed at every step of it.

const std = @import("std");
const testing = std.testing;
const interleave = @import("interleave.zig");
const layout = @import("../queue/layout.zig");
const Liveness = @import("../queue/endpoint.zig").Liveness;
const SpscOver = @import("../queue/spsc.zig").SpscOver;
const MpmcOver = @import("../queue/mpmc.zig").MpmcOver;

const Spsc = SpscOver(u32, interleave.Stepped);
const Mpmc = MpmcOver(u32, interleave.Stepped);

/// Owner n + 1 is fiber n; others are the test itself.
const liveness: Liveness = .{ .is_alive = struct {
    fn isAlive(_: ?*anyopaque, owner: u32) bool {
        return owner > 8 or interleave.isAlive(owner - 1);
    }
}.isAlive };

/// What came out, in order.
const Received = struct {
    items: [16]u32 = undefined,
    n: usize = 0,

    fn add(received: *Received, item: u32) void {
        received.items[received.n] = item;
        received.n += 1;
    }

    fn all(received: *const Received) []const u32 {
        return received.items[0..received.n];
    }
};

const Memory = struct {
    bytes: [4096]u8 align(layout.line_bytes) = undefined,

    fn shared(memory: *Memory, plan: layout.Plan) []const u8 {
        return memory.bytes[@sizeOf(layout.Header) - 16 .. @intCast(plan.total_bytes)];
    }
};

fn expectPrefix(sent: []const u32, received: []const u32) !void {
    try testing.expect(received.len <= sent.len);
    try testing.expectEqualSlices(u32, sent[0..received.len], received);
}

/// 1, 2, 3, singly or two at once, then closed; popped singly or two at once.
fn SpscRun(comptime slices: bool) type {
    return struct {
        pub const threads = 2;
        pub const victims = 0b11;
        region: Memory = .{},
        queue: Spsc = undefined,
        producer: Spsc.Producer = undefined,
        consumer: Spsc.Consumer = undefined,
        /// What `tryPush` said was sent; one more may have been when the producer was killed.
        sent: u32 = 0,
        received: Received = .{},

        pub fn start(run_: *@This()) !void {
            const options: Spsc.Options = .{ .capacity = 2, .first = std.math.maxInt(u32) };
            run_.queue = try .init(run_.region.bytes[0..], options);
            run_.producer = try run_.queue.producer(1, null);
            run_.consumer = try run_.queue.consumer(2, null);
            run_.sent = 0;
            run_.received = .{};
        }

        pub fn memory(run_: *@This()) []const u8 {
            return run_.region.shared(run_.queue.plan);
        }

        pub fn run(run_: *@This(), index: usize) !void {
            if (index == 1) return run_.consume();
            for (0..3) |_| {
                const items = [_]u32{ run_.sent + 1, run_.sent + 2 };
                if (slices) {
                    run_.sent += run_.producer.pushSlice(items[0..@min(2, 3 - run_.sent)]);
                } else if (run_.sent < 3 and run_.producer.tryPush(items[0]) == .sent) run_.sent += 1;
            }
            run_.producer.close();
            try testing.expectEqual(.closed, run_.producer.tryPush(9));
        }

        fn consume(run_: *@This()) !void {
            for (0..3) |_| {
                const finished = run_.consumer.isFinished();
                run_.pop(&run_.consumer);
                // Who said finished had nothing more.
                if (finished) try testing.expectEqual(run_.sent, run_.received.n);
            }
        }

        fn pop(run_: *@This(), consumer: *Spsc.Consumer) void {
            if (slices) {
                var into: [2]u32 = undefined;
                for (into[0..consumer.popSlice(&into)]) |item| run_.received.add(item);
            } else if (consumer.tryPop()) |item| run_.received.add(item);
        }

        pub fn end(run_: *@This()) !void {
            const before = run_.received.n;
            // Whoever is left, or takes over, goes on.
            var consumer = try run_.queue.consumer(9, .{ .is_alive = nobody });
            for (0..3) |_| run_.pop(&consumer);
            const items = run_.received.all();
            if (interleave.wasKilled(1)) {
                // What it took last it may not have told.
                try expectPrefix(&.{ 1, 2, 3 }, items[0..before]);
                const untold = if (items.len > before) items[before] - before - 1 else run_.sent - before;
                try testing.expect(untold <= if (slices) 2 else 1);
                for (items[before..], 0..) |item, i| try testing.expectEqual(before + untold + i + 1, item);
            } else {
                try expectPrefix(&.{ 1, 2, 3, 4, 5 }, items);
                const more: usize = if (interleave.wasKilled(0)) 2 else 0;
                try testing.expect(items.len >= run_.sent and items.len <= run_.sent + more);
            }
            try testing.expectEqual(0, consumer.length());
            run_.queue.shared.header.closed = 0;
            var producer = try run_.queue.producer(10, .{ .is_alive = nobody });
            for ([_]layout.Sent{ .sent, .sent, .full }) |answer| try testing.expectEqual(answer, producer.tryPush(7));
        }
    };
}

fn nobody(_: ?*anyopaque, _: u32) bool {
    return false;
}

test "Spsc: every interleaving, every place to be killed" {
    inline for (.{ false, true }) |slices| {
        var run: SpscRun(slices) = .{};
        const counts = try interleave.every(SpscRun(slices), &run);
        try testing.expect(counts.states > 500);
    }
}

/// A consumer that goes to sleep, and a producer that asks whether it has to wake.
const Sleep = struct {
    pub const threads = 2;
    pub const victims = 0;
    region: Memory = .{},
    queue: Spsc = undefined,
    producer: Spsc.Producer = undefined,
    consumer: Spsc.Consumer = undefined,
    asleep: bool = false,
    woken: bool = false,
    slept: u32 = 0,

    pub fn start(sleep: *Sleep) !void {
        sleep.queue = try .init(sleep.region.bytes[0..], .{ .capacity = 2 });
        sleep.producer = try sleep.queue.producer(1, null);
        sleep.consumer = try sleep.queue.consumer(2, null);
        sleep.asleep = false;
        sleep.woken = false;
    }

    pub fn memory(sleep: *Sleep) []const u8 {
        return sleep.region.shared(sleep.queue.plan);
    }

    pub fn run(sleep: *Sleep, index: usize) !void {
        if (index == 0) {
            try testing.expectEqual(.sent, sleep.producer.tryPush(1));
            sleep.woken = sleep.producer.wakeNeeded();
            return;
        }
        if (sleep.consumer.tryPop() != null) return;
        sleep.consumer.arm();
        sleep.asleep = sleep.consumer.tryPop() == null;
    }

    pub fn end(sleep: *Sleep) !void {
        sleep.slept += @intFromBool(sleep.asleep);
        try testing.expect(!sleep.asleep or sleep.woken);
    }
};

test "nobody sleeps through an item" {
    var sleep: Sleep = .{};
    const counts = try interleave.every(Sleep, &sleep);
    try testing.expect(sleep.slept > 0 and sleep.slept < counts.runs);
}

const Role = enum { push, push_two, pop, pop_two, recover, close };

/// Threads that each do a few of these on one queue.
fn MpmcRun(comptime capacity: u32, comptime roles: []const []const Role) type {
    return struct {
        pub const threads = roles.len;
        pub const victims = (1 << threads) - 1;
        region: Memory = .{},
        queue: Mpmc = undefined,
        endpoints: [threads]Mpmc.Endpoint = undefined,
        /// Of each thread: what it was told was sent, and what it received.
        sent: [threads]Received = undefined,
        received: [threads]Received = undefined,
        /// Items that it was about to send.
        tried: [threads]u32 = undefined,
        finished: bool = false,

        pub fn start(run_: *@This()) !void {
            const options: Mpmc.Options = .{ .capacity = capacity, .endpoints = threads + 1, .first = std.math.maxInt(u32) - 1 };
            run_.queue = try .init(run_.region.bytes[0..], options);
            for (&run_.endpoints, 1..) |*endpoint, owner| endpoint.* = try run_.queue.attach(@intCast(owner), null);
            run_.sent = @splat(.{});
            run_.received = @splat(.{});
            run_.tried = @splat(0);
            run_.finished = false;
        }

        pub fn memory(run_: *@This()) []const u8 {
            return run_.region.shared(run_.queue.plan);
        }

        pub fn run(run_: *@This(), index: usize) !void {
            const endpoint = &run_.endpoints[index];
            inline for (roles, 0..) |list, thread| {
                if (thread == index) for (list) |role| try run_.do(endpoint, index, role);
            }
        }

        fn do(run_: *@This(), endpoint: *Mpmc.Endpoint, index: usize, role: Role) !void {
            const first = @as(u32, @intCast(index)) * 100 + run_.tried[index];
            switch (role) {
                .push, .push_two => {
                    const n: u32 = if (role == .push) 1 else 2;
                    run_.tried[index] += n;
                    const items = [_]u32{ first, first + 1 };
                    const sent = if (role == .push_two)
                        endpoint.pushSlice(&items)
                    else
                        @intFromBool(endpoint.tryPush(first) == .sent);
                    // What was refused is not tried again.
                    for (items[0..sent]) |item| run_.sent[index].add(item);
                },
                .pop, .pop_two => {
                    const finished = endpoint.isFinished();
                    run_.finished = run_.finished or finished;
                    var into: [2]u32 = undefined;
                    const before = run_.received[index].n;
                    if (role == .pop_two) {
                        for (into[0..endpoint.popSlice(&into)]) |item| run_.received[index].add(item);
                    } else if (endpoint.tryPop()) |item| run_.received[index].add(item);
                    if (finished) try testing.expectEqual(before, run_.received[index].n);
                },
                .recover => _ = endpoint.recover(liveness),
                .close => endpoint.close(),
            }
        }

        pub fn end(run_: *@This()) !void {
            var last: Received = .{};
            var endpoint = try run_.queue.attach(9, null);
            // What is left, over what the dead have left.
            for (0..2 * capacity) |_| {
                while (endpoint.tryPop()) |item| last.add(item);
                _ = endpoint.recover(liveness);
            }
            try testing.expectEqual(0, endpoint.length());
            if (run_.finished) try testing.expectEqual(0, last.n);
            var lost: usize = 0;
            for (0..threads) |thread| {
                for (run_.sent[thread].all()) |item| {
                    const times = run_.countOf(&last, item);
                    try testing.expect(times <= 1);
                    lost += 1 - times;
                }
            }
            // Killed with what it had taken: as much as it asked for at once.
            var may_be_lost: usize = 0;
            inline for (roles, 0..) |list, thread| {
                const most: usize = if (comptime std.mem.indexOfScalar(Role, list, .pop_two) != null) 2 else 1;
                if (interleave.wasKilled(thread)) may_be_lost = most;
            }
            try testing.expect(lost <= may_be_lost);
            try run_.expectOrder(&last);

            // All works again, a lap around.
            run_.queue.shared.tail.word &= ~@as(u64, 1);
            for (0..3) |_| {
                for (0..capacity) |i| {
                    if (endpoint.tryPush(@intCast(i)) == .sent) continue;
                    try testing.expectEqual(1, endpoint.recover(liveness));
                    try testing.expectEqual(.sent, endpoint.tryPush(@intCast(i)));
                }
                try testing.expectEqual(.full, endpoint.tryPush(0));
                for (0..capacity) |i| try testing.expectEqual(@as(u32, @intCast(i)), endpoint.tryPop());
            }
        }

        fn countOf(run_: *const @This(), last: *const Received, item: u32) usize {
            var n = std.mem.countScalar(u32, last.all(), item);
            for (&run_.received) |*received| n += std.mem.countScalar(u32, received.all(), item);
            return n;
        }

        /// What one consumer got of one producer came in its order; and nothing came that nobody sent.
        fn expectOrder(run_: *const @This(), last: *const Received) !void {
            for (0..threads + 1) |consumer| {
                const received = if (consumer == threads) last.all() else run_.received[consumer].all();
                for (received, 0..) |item, i| {
                    try testing.expect(item / 100 < threads and item % 100 < run_.tried[item / 100]);
                    for (received[0..i]) |before| try testing.expect(before / 100 != item / 100 or before < item);
                }
            }
        }
    };
}

fn everyMpmc(comptime capacity: u32, comptime roles: []const []const Role) !void {
    var run: MpmcRun(capacity, roles) = .{};
    const counts = interleave.every(MpmcRun(capacity, roles), &run) catch |err| {
        std.debug.print("received {any}, sent {any}\n", .{ run.received[0].all(), run.sent[0].all() });
        return err;
    };
    try testing.expect(counts.states > 500);
}

test "Mpmc: two producers and a consumer, every interleaving, every place to be killed" {
    try everyMpmc(1, &.{ &.{.push}, &.{.push}, &.{ .pop, .pop } });
    try everyMpmc(2, &.{ &.{.push}, &.{.push}, &.{ .pop, .pop } });
}

test "Mpmc: two consumers and a producer" {
    try everyMpmc(1, &.{ &.{ .push, .push }, &.{.pop}, &.{.pop} });
}

test "Mpmc: several cells at once" {
    try everyMpmc(2, &.{ &.{ .push_two, .push_two }, &.{ .pop_two, .pop_two } });
    try everyMpmc(2, &.{ &.{.push_two}, &.{.push}, &.{.pop_two} });
}

test "Mpmc: the living are not stepped over while the dead are" {
    try everyMpmc(1, &.{ &.{.push}, &.{.push}, &.{ .recover, .pop } });
    try everyMpmc(1, &.{ &.{ .push, .push }, &.{ .recover, .pop } });
    try everyMpmc(1, &.{ &.{.push}, &.{ .pop, .recover }, &.{.recover} });
}

test "Mpmc: finished is certain" {
    try everyMpmc(2, &.{ &.{.push}, &.{.close}, &.{ .pop, .pop } });
}
