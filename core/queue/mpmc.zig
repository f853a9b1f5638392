//! Many producers, many consumers, a bound: each cell has a turn that says whose it is (D. Vyukov's bounded MPMC queue).
//!
//! A ticket is an even number; its cell is `ticket / 2` modulo the capacity. The turn of a cell is the ticket of the
//! producer that may fill it, plus one when it is filled, and a lap more when it is free again. Bit 0 of the tail says
//! closed, so that no ticket is given after that: `isFinished` is certain.
//!
//! **Owners that die.** Whoever dies between taking a ticket and changing the turn leaves a cell that nobody may touch: a
//! consumer sees "empty" though the tail is further, a producer sees "full". So every endpoint announces in its line which
//! ticket it is about to take, before it takes it, and announces nothing else before the turn was changed. `recover` then
//! needs no trace of the dead: a ticket that is taken, whose cell has not turned, and that nobody alive has announced,
//! belongs to the dead. (An announcement stays after success, because clearing it costs as much as making it; the next
//! replaces it, and who gets no ticket clears it. What is announced for pushing and for popping is therefore kept apart:
//! a ticket has a producer and later a consumer, and only the one who has the turn may hold it up.) A producer's cell is
//! stepped over; of a consumer's, the item went with it. Who waits for long, or heard that somebody died, calls `recover`.
//!
//! Tickets wrap after 2^31. A thread that stands still between reading a ticket and taking it, until just so many were
//! taken, would take a wrong one: it would have to sleep for ten seconds in a window of nanoseconds, and wake at the one
//! moment of two thousand million.

const std = @import("std");
const assert = std.debug.assert;
const layout = @import("layout.zig");
const endpoint = @import("endpoint.zig");
const bell = @import("bell.zig");
const Direct = @import("atomics.zig").Direct;
const Sent = layout.Sent;

/// Of `u32`, `u64`, `f64` or `layout.Bytes`.
pub fn Mpmc(comptime Item: type) type {
    return MpmcOver(Item, Direct);
}

pub fn MpmcOver(comptime Item: type, comptime Atomics: type) type {
    return struct {
        const Self = @This();
        const form = layout.formOf(Item);
        const is_bytes = Item == layout.Bytes;
        const Argument = if (is_bytes) []const u8 else Item;
        const step = 2;
        const closed_bit = 1;
        const filled_bit = 1;
        const announced_bit = 1;

        const Cell = if (is_bytes) extern struct { turn: u32, length: u32 } else extern struct { turn: u32, item: Item };

        shared: *layout.Shared,
        plan: layout.Plan,

        pub const Options = struct {
            /// A power of two.
            capacity: u32,
            /// The longest item, where items are bytes.
            item_bytes: u32 = 0,
            /// How many may take part at once.
            endpoints: u32,
            /// Where tickets begin, an even number; they may wrap.
            first: u32 = 0,
        };

        fn planFor(options: Options) error{OptionsInvalid}!layout.Plan {
            if (options.first % step != 0) return error.OptionsInvalid;
            return .make(.{
                .kind = .mpmc,
                .form = form,
                .item_bytes = options.item_bytes,
                .capacity = options.capacity,
                .endpoints = options.endpoints,
            });
        }

        pub fn bytesFor(options: Options) error{OptionsInvalid}!u64 {
            return (try planFor(options)).total_bytes;
        }

        /// The region stays the caller's, and must outlive every endpoint.
        pub fn init(region: layout.Region, options: Options) error{ OptionsInvalid, RegionTooSmall }!Self {
            const plan = try planFor(options);
            const queue: Self = .{ .shared = try plan.begin(region), .plan = plan };
            queue.shared.tail.word = options.first;
            queue.shared.head.word = options.first;
            const cells: Cells = .of(&queue);
            for (0..plan.capacity) |i| {
                const ticket = options.first +% @as(u32, @intCast(i)) * step;
                cells.at(ticket).turn = ticket;
            }
            plan.publish(queue.shared);
            return queue;
        }

        /// A queue that somebody else made there.
        pub fn open(region: layout.Region) layout.Plan.OpenError!Self {
            const plan: layout.Plan = try .read(region, .mpmc, form);
            return .{ .shared = @ptrCast(region.ptr), .plan = plan };
        }

        /// One for each thread that pushes or pops; with `liveness` it may be that of a dead one.
        pub fn attach(queue: *const Self, owner: u32, liveness: ?endpoint.Liveness) error{ OwnerInvalid, EndpointTaken }!Endpoint {
            const line = try endpoint.attach(Atomics, queue.shared, 0, queue.plan.endpoints, owner, liveness);
            return .{ .cells = .of(queue), .shared = queue.shared, .line = line, .endpoints = queue.plan.endpoints };
        }

        const Cells = struct {
            base: [*]align(8) u8,
            mask: u32,
            cell_bytes: u32,
            item_bytes: u32,

            fn of(queue: *const Self) Cells {
                return .{
                    .base = queue.shared.data(&queue.plan),
                    .mask = queue.plan.capacity - 1,
                    .cell_bytes = queue.plan.cell_bytes,
                    .item_bytes = queue.plan.item_bytes,
                };
            }

            inline fn at(cells: *const Cells, ticket: u32) *Cell {
                const index: usize = (ticket / step) & cells.mask;
                // The size of a word's cell is known here, so that this is a shift.
                return @ptrCast(@alignCast(cells.base + index * if (is_bytes) cells.cell_bytes else @sizeOf(Cell)));
            }

            inline fn lap(cells: *const Cells) u32 {
                return (cells.mask + 1) * step;
            }

            inline fn put(cells: *const Cells, cell: *Cell, item: Argument) void {
                if (!is_bytes) {
                    cell.item = item;
                    return;
                }
                assert(item.len <= cells.item_bytes);
                cell.length = @intCast(item.len);
                const bytes: [*]u8 = @ptrCast(cell);
                @memcpy(bytes[@sizeOf(Cell)..][0..item.len], item);
            }

            inline fn take(cells: *const Cells, cell: *Cell, into: []u8) []u8 {
                // A damaged length is cut to what a cell has.
                const size = @min(@as(*const volatile u32, &cell.length).*, cells.item_bytes);
                const bytes: [*]const u8 = @ptrCast(cell);
                @memcpy(into[0..size], bytes[@sizeOf(Cell)..][0..size]);
                return into[0..size];
            }
        };

        const Side = enum(u1) { push, pop };

        pub const Endpoint = struct {
            cells: Cells,
            shared: *layout.Shared,
            line: *layout.Endpoint,
            endpoints: u32,

            inline fn tail(e: *const Endpoint) *u32 {
                return @ptrCast(&e.shared.tail.word);
            }

            inline fn head(e: *const Endpoint) *u32 {
                return @ptrCast(&e.shared.head.word);
            }

            /// `full` is an answer: the caller says what it means. An item of more than `item_bytes` is a programmer's error.
            pub inline fn tryPush(e: *Endpoint, item: Argument) Sent {
                const ticket = e.takeTicket(.push) orelse return e.refused();
                const cell = e.cells.at(ticket);
                e.cells.put(cell, item);
                e.turn(cell, ticket | filled_bit);
                return .sent;
            }

            pub const tryPop = if (is_bytes) tryPopBytes else tryPopWord;

            inline fn tryPopWord(e: *Endpoint) ?Item {
                const ticket = e.takeTicket(.pop) orelse return e.foundNone();
                const cell = e.cells.at(ticket);
                const item = cell.item;
                e.turn(cell, ticket +% e.cells.lap());
                return item;
            }

            /// Copies the item to the start of `into`, which must have `item_bytes`.
            inline fn tryPopBytes(e: *Endpoint, into: []u8) ?[]u8 {
                assert(into.len >= e.cells.item_bytes);
                const ticket = e.takeTicket(.pop) orelse {
                    _ = e.foundNone();
                    return null;
                };
                const cell = e.cells.at(ticket);
                const item = e.cells.take(cell, into);
                e.turn(cell, ticket +% e.cells.lap());
                return item;
            }

            /// How many of them were pushed, the first ones, in a row: nobody else's item is between. 0 when full or closed.
            pub fn pushSlice(e: *Endpoint, items: []const Argument) u32 {
                const claim = e.takeTickets(.push, items.len) orelse {
                    e.forgetAll(.push);
                    if (items.len > 0) _ = e.refused();
                    return 0;
                };
                for (items[0..claim.n], 0..) |item, i| {
                    const ticket = claim.first +% @as(u32, @intCast(i)) * step;
                    const cell = e.cells.at(ticket);
                    e.cells.put(cell, item);
                    e.turn(cell, ticket | filled_bit);
                }
                e.forgetAll(.push);
                return claim.n;
            }

            /// How many items were popped to the start of `into`, in a row.
            pub fn popSlice(e: *Endpoint, into: []Item) u32 {
                comptime assert(!is_bytes);
                const claim = e.takeTickets(.pop, into.len) orelse {
                    e.forgetAll(.pop);
                    if (into.len > 0) _ = e.foundNone();
                    return 0;
                };
                for (into[0..claim.n], 0..) |*item, i| {
                    const ticket = claim.first +% @as(u32, @intCast(i)) * step;
                    const cell = e.cells.at(ticket);
                    item.* = cell.item;
                    e.turn(cell, ticket +% e.cells.lap());
                }
                e.forgetAll(.pop);
                return claim.n;
            }

            /// The next ticket whose cell is ready; null when the cell lags or no more tickets are given.
            inline fn takeTicket(e: *Endpoint, comptime side: Side) ?u32 {
                const counter = e.counterOf(side);
                var ticket = Atomics.load(u32, counter, .monotonic);
                while (true) {
                    const ahead = e.aheadOf(ticket, side);
                    if (ahead < 0) return null;
                    if (ahead > 0) {
                        const now = Atomics.load(u32, counter, .monotonic);
                        // Who turned the cell had moved the counter: only damage says otherwise.
                        if (now == ticket) return null;
                        ticket = now;
                        continue;
                    }
                    e.announce(side, ticket);
                    // Release: who sees the ticket taken sees it announced. The turn has acquired the cell.
                    ticket = Atomics.compareAndSwap(u32, counter, ticket, ticket +% step, .acq_rel) orelse return ticket;
                }
            }

            const Claim = struct { first: u32, n: u32 };

            /// As many tickets in a row as have their cells ready, up to `wanted`. What is ready stays so until its ticket is
            /// taken, and the counter says that none was.
            fn takeTickets(e: *Endpoint, comptime side: Side, wanted: usize) ?Claim {
                if (wanted == 0) return null;
                const counter = e.counterOf(side);
                const most: u32 = @intCast(@min(wanted, e.cells.mask + 1));
                var first = Atomics.load(u32, counter, .monotonic);
                while (true) {
                    var n: u32 = 0;
                    var ahead: i32 = 0;
                    while (n < most) : (n += 1) {
                        ahead = e.aheadOf(first +% n * step, side);
                        if (ahead != 0) break;
                    }
                    if (n > 0) {
                        Atomics.store(u32, &e.line.intent_cells, n, .monotonic);
                        e.announce(side, first);
                        first = Atomics.compareAndSwap(u32, counter, first, first +% n * step, .acq_rel) orelse
                            return .{ .first = first, .n = n };
                        continue;
                    }
                    const now = Atomics.load(u32, counter, .monotonic);
                    if (ahead < 0 or now == first) return null;
                    first = now;
                }
            }

            /// How far the cell's turn is from what this side waits for: 0 is ready, less lags, more was passed. A producer's
            /// ticket with the closed bit is never ready: while a cell waits for its producer, its turn is even and not more.
            inline fn aheadOf(e: *const Endpoint, ticket: u32, comptime side: Side) i32 {
                const offset = if (side == .push) 0 else filled_bit;
                return @bitCast(Atomics.load(u32, &e.cells.at(ticket).turn, .acquire) -% (ticket +% offset));
            }

            inline fn announce(e: *Endpoint, comptime side: Side, ticket: u32) void {
                // Release: with the number of cells, which batches write before, and the turn of the cell that was announced.
                Atomics.store(u32, intentOf(e.line, side), ticket | announced_bit, .release);
            }

            /// Release: who sees it cleared sees the cell turned.
            inline fn forget(e: *Endpoint, comptime side: Side) void {
                Atomics.store(u32, intentOf(e.line, side), 0, .release);
            }

            fn forgetAll(e: *Endpoint, comptime side: Side) void {
                e.forget(side);
                Atomics.store(u32, &e.line.intent_cells, 1, .release);
            }

            inline fn intentOf(line: *layout.Endpoint, comptime side: Side) *u32 {
                const halves: *[2]u32 = @ptrCast(&line.intent);
                return &halves[@backingInt(side)];
            }

            inline fn counterOf(e: *const Endpoint, comptime side: Side) *u32 {
                return if (side == .push) e.tail() else e.head();
            }

            inline fn turn(e: *const Endpoint, cell: *Cell, to: u32) void {
                _ = e;
                // Release: the item must be there, or have been read, before the cell is somebody else's.
                Atomics.store(u32, &cell.turn, to, .release);
            }

            inline fn refused(e: *Endpoint) Sent {
                e.forget(.push);
                if (e.isClosed()) return .closed;
                endpoint.count(&e.line.full);
                return .full;
            }

            inline fn foundNone(e: *Endpoint) ?Item {
                e.forget(.pop);
                endpoint.count(&e.line.empty);
                return null;
            }

            /// Tickets given to producers and not yet to consumers; already out of date when others are at work.
            pub fn length(e: *const Endpoint) u32 {
                const first = Atomics.load(u32, e.head(), .acquire);
                const last = Atomics.load(u32, e.tail(), .acquire) & ~@as(u32, closed_bit);
                return @min((last -% first) / step, e.cells.mask + 1);
            }

            pub fn isClosed(e: *const Endpoint) bool {
                return Atomics.load(u32, e.tail(), .acquire) & closed_bit != 0;
            }

            /// Closed, and every ticket of a producer was taken by a consumer.
            pub fn isFinished(e: *const Endpoint) bool {
                return Atomics.load(u32, e.tail(), .acquire) == Atomics.load(u32, e.head(), .acquire) | closed_bit;
            }

            /// For all: nobody can push any more, what is there can still be popped.
            pub fn close(e: *Endpoint) void {
                _ = Atomics.setBits(u32, e.tail(), closed_bit, .acq_rel);
            }

            /// Leaves the place to another.
            pub fn detach(e: *Endpoint) void {
                endpoint.detach(Atomics, e.line);
                e.* = undefined;
            }

            /// After pushing: is a consumer asleep, or about to be? True for one, who wakes all.
            pub fn wakeConsumerNeeded(e: *const Endpoint) bool {
                return bell.wakeNeeded(Atomics, &e.shared.items);
            }

            /// After popping: is a producer asleep, or about to be? True for one, who wakes all.
            pub fn wakeProducerNeeded(e: *const Endpoint) bool {
                return bell.wakeNeeded(Atomics, &e.shared.room);
            }

            /// Before sleeping until there is an item: look once more after this.
            pub fn armForItem(e: *const Endpoint) void {
                bell.arm(Atomics, &e.shared.items);
            }

            /// Before sleeping until there is room: look once more after this.
            pub fn armForRoom(e: *const Endpoint) void {
                bell.arm(Atomics, &e.shared.room);
            }

            /// Steps over what the dead left where the queue goes on; says over how many cells. Harmless at any time.
            pub fn recover(e: *Endpoint, liveness: endpoint.Liveness) u32 {
                var cells: u32 = 0;
                while (e.stepOverUnfilled(liveness) or e.freeUnturned(liveness)) {
                    endpoint.count(&e.line.abandoned);
                    cells += 1;
                    // A queue that is damaged has no more than this either.
                    if (cells > e.cells.mask) break;
                }
                return cells;
            }

            /// At the head: a ticket that a producer took and did not fill.
            fn stepOverUnfilled(e: *Endpoint, liveness: endpoint.Liveness) bool {
                const ticket = Atomics.load(u32, e.head(), .acquire);
                const cell = e.cells.at(ticket);
                // Acquire, and before the lines are read: who took the ticket has announced it.
                if (Atomics.load(u32, e.tail(), .acquire) & ~@as(u32, closed_bit) == ticket) return false;
                if (e.isAnnounced(.push, ticket, liveness)) return false;
                // After the lines: who has cleared its line has turned the cell.
                if (Atomics.load(u32, &cell.turn, .acquire) != ticket) return false;
                // As a consumer does, so that somebody can step over us.
                e.announce(.pop, ticket);
                defer e.forget(.pop);
                if (Atomics.compareAndSwap(u32, e.head(), ticket, ticket +% step, .acq_rel) != null) return false;
                e.turn(cell, ticket +% e.cells.lap());
                return true;
            }

            /// At the tail: a cell whose ticket was taken on both sides, a lap ago, and that is not free yet.
            fn freeUnturned(e: *Endpoint, liveness: endpoint.Liveness) bool {
                const next = Atomics.load(u32, e.tail(), .acquire) & ~@as(u32, closed_bit);
                const ticket = next -% e.cells.lap();
                const taken = Atomics.load(u32, e.head(), .acquire) -% ticket;
                if (taken == 0 or taken > e.cells.lap()) return false;
                if (e.isAnnounced(.pop, ticket, liveness)) return false;
                const cell = e.cells.at(ticket);
                const found = Atomics.load(u32, &cell.turn, .acquire);
                if (found & ~@as(u32, filled_bit) != ticket) return false;
                return Atomics.compareAndSwap(u32, &cell.turn, found, next, .acq_rel) == null;
            }

            /// By somebody alive: it has the ticket, or is about to notice that it has not.
            fn isAnnounced(e: *const Endpoint, comptime side: Side, ticket: u32, liveness: endpoint.Liveness) bool {
                for (0..e.endpoints) |index| {
                    const line = e.shared.endpoint(index);
                    const word = Atomics.load(u32, intentOf(line, side), .acquire);
                    if (word & announced_bit == 0) continue;
                    // Written before the intent: it belongs to it, or the intent is over and the cell has turned.
                    const cells = Atomics.load(u32, &line.intent_cells, .acquire);
                    if (ticket -% (word & ~@as(u32, announced_bit)) >= @max(cells, 1) *| step) continue;
                    const owner = Atomics.load(u32, &line.owner, .acquire);
                    if (owner != 0 and liveness.isAlive(owner)) return true;
                }
                return false;
            }
        };
    };
}

const testing = std.testing;

fn testRegion(bytes: u64) !layout.Region {
    return testing.allocator.alignedAlloc(u8, .fromByteUnits(layout.line_bytes), @intCast(bytes));
}

/// Owners from 100 on are dead.
const below_100: endpoint.Liveness = .{ .is_alive = struct {
    fn isAlive(_: ?*anyopaque, owner: u32) bool {
        return owner < 100;
    }
}.isAlive };

test "items come in order, through wraps of queue and tickets" {
    inline for (.{ u32, u64, f64 }) |Item| {
        for ([_]u32{ 1, 2, 8 }) |capacity| {
            const options: Mpmc(Item).Options = .{ .capacity = capacity, .endpoints = 2, .first = std.math.maxInt(u32) - 21 };
            const region = try testRegion(try Mpmc(Item).bytesFor(options));
            defer testing.allocator.free(region);
            const queue: Mpmc(Item) = try .init(region, options);
            var producer = try queue.attach(1, null);
            var consumer = try (try Mpmc(Item).open(region)).attach(2, null);
            try testing.expectError(error.EndpointTaken, queue.attach(3, null));
            var sent: u32 = 0;
            var received: u32 = 0;
            for (0..100) |round| {
                for (0..round % 11) |_| {
                    const item: Item = if (Item == f64) @floatFromInt(sent) else sent;
                    const answer = producer.tryPush(item);
                    try testing.expectEqual(if (sent - received == capacity) Sent.full else .sent, answer);
                    if (answer == .sent) sent += 1;
                }
                try testing.expectEqual(sent - received, consumer.length());
                for (0..round % 7) |_| {
                    const item = consumer.tryPop() orelse break;
                    try testing.expectEqual(if (Item == f64) @as(f64, @floatFromInt(received)) else received, item);
                    received += 1;
                }
                try testing.expectEqual(0, consumer.recover(below_100));
            }
            try testing.expect(sent > 50);
        }
    }
}

test "slices of any length at any place" {
    const Queue = Mpmc(u64);
    const options: Queue.Options = .{ .capacity = 16, .endpoints = 2, .first = std.math.maxInt(u32) - 1001 };
    const region = try testRegion(try Queue.bytesFor(options));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, options);
    var producer = try queue.attach(1, null);
    var consumer = try queue.attach(2, null);
    var sent: u64 = 0;
    var received: u64 = 0;
    for (0..400) |round| {
        var items: [24]u64 = undefined;
        for (&items, sent..) |*item, value| item.* = value;
        const n = producer.pushSlice(items[0 .. round * 7 % 25]);
        try testing.expectEqual(@min(round * 7 % 25, 16 - (sent - received)), n);
        sent += n;
        var into: [20]u64 = undefined;
        const m = consumer.popSlice(into[0 .. round * 5 % 21]);
        for (into[0..m]) |item| {
            try testing.expectEqual(received, item);
            received += 1;
        }
    }
    try testing.expect(sent > 1500);
}

test "byte strings of every length" {
    const Queue = Mpmc(layout.Bytes);
    const options: Queue.Options = .{ .capacity = 4, .item_bytes = 37, .endpoints = 2 };
    const region = try testRegion(try Queue.bytesFor(options));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, options);
    var endpoint_ = try queue.attach(1, null);
    var into: [37]u8 = undefined;
    for (0..38) |size| {
        var item: [37]u8 = undefined;
        @memset(item[0..size], @intCast(size));
        try testing.expectEqual(.sent, endpoint_.tryPush(item[0..size]));
        try testing.expectEqual(3, endpoint_.pushSlice(&.{ "", item[0..size], "last", "too many" }));
        try testing.expectEqualStrings(item[0..size], endpoint_.tryPop(&into).?);
        try testing.expectEqualStrings("", endpoint_.tryPop(&into).?);
        try testing.expectEqualStrings(item[0..size], endpoint_.tryPop(&into).?);
        try testing.expectEqualStrings("last", endpoint_.tryPop(&into).?);
        try testing.expectEqual(null, endpoint_.tryPop(&into));
    }
}

test "closed: no pushes, what is left is drained, then finished" {
    const Queue = Mpmc(u32);
    const options: Queue.Options = .{ .capacity = 2, .endpoints = 2 };
    const region = try testRegion(try Queue.bytesFor(options));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, options);
    var producer = try queue.attach(1, null);
    var consumer = try queue.attach(2, null);
    try testing.expectEqual(.sent, producer.tryPush(7));
    consumer.close();
    try testing.expectEqual(.closed, producer.tryPush(8));
    try testing.expectEqual(0, producer.pushSlice(&.{8}));
    try testing.expect(producer.isClosed() and !consumer.isFinished());
    try testing.expectEqual(7, consumer.tryPop());
    try testing.expectEqual(null, consumer.tryPop());
    try testing.expect(consumer.isFinished());
}

test "cells of the dead are stepped over, those of the living are not" {
    const Queue = Mpmc(u32);
    const options: Queue.Options = .{ .capacity = 4, .endpoints = 3 };
    const region = try testRegion(try Queue.bytesFor(options));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, options);
    var other = try queue.attach(1, null);
    for ([_]u32{ 2, 100 }) |owner| {
        var victim = try queue.attach(owner, below_100);
        const dies = owner >= 100;
        // Between ticket and turn, as a producer of two cells.
        const claim = victim.takeTickets(.push, 2).?;
        try testing.expectEqual(.sent, other.tryPush(5));
        try testing.expectEqual(null, other.tryPop());
        try testing.expectEqual(@as(u32, if (dies) 2 else 0), other.recover(below_100));
        if (!dies) {
            victim.turn(victim.cells.at(claim.first), claim.first | 1);
            victim.turn(victim.cells.at(claim.first +% 2), (claim.first +% 2) | 1);
            victim.forgetAll(.push);
            try testing.expect(other.tryPop() != null);
            try testing.expect(other.tryPop() != null);
        }
        try testing.expectEqual(5, other.tryPop());

        // As a consumer.
        try testing.expectEqual(.sent, other.tryPush(6));
        const ticket = victim.takeTicket(.pop).?;
        for (0..3) |_| try testing.expectEqual(.sent, other.tryPush(7));
        try testing.expectEqual(.full, other.tryPush(8));
        try testing.expectEqual(@intFromBool(dies), other.recover(below_100));
        if (!dies) {
            victim.turn(victim.cells.at(ticket), ticket +% victim.cells.lap());
            victim.forget(.pop);
        }
        try testing.expectEqual(.sent, other.tryPush(8));
        for ([_]u32{ 7, 7, 7, 8 }) |item| try testing.expectEqual(item, other.tryPop());
    }
    try testing.expectEqual(3, other.line.abandoned);
}

test "positions and turns that nobody wrote harm nobody" {
    const Queue = Mpmc(u32);
    const options: Queue.Options = .{ .capacity = 4, .endpoints = 2 };
    const region = try testRegion(try Queue.bytesFor(options));
    defer testing.allocator.free(region);
    var prng: std.Random.DefaultPrng = .init(1);
    for (0..1000) |_| {
        const queue: Queue = try .init(region, options);
        var e = try queue.attach(1, null);
        prng.random().bytes(region[queue.plan.data_offset..]);
        queue.shared.tail.word = prng.random().int(u32);
        queue.shared.head.word = prng.random().int(u32);
        var into: [8]u32 = undefined;
        for (0..8) |_| {
            _ = e.tryPush(1);
            _ = e.tryPop();
            _ = e.pushSlice(&.{ 1, 2, 3 });
            _ = e.popSlice(&into);
            _ = e.recover(below_100);
            try testing.expect(e.length() <= 4);
        }
    }
}
