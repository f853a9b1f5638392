//! One producer, one consumer; neither ever waits, and neither reads the other's position while its own copy will do.
//!
//! A producer that dies has sent what it was told was sent; a consumer, taken what it was given. Whoever takes over (`producer`,
//! `consumer` with a `Liveness`) goes on from there.

const std = @import("std");
const assert = std.debug.assert;
const layout = @import("layout.zig");
const endpoint = @import("endpoint.zig");
const bell = @import("bell.zig");
const Sent = layout.Sent;
const Direct = @import("atomics.zig").Direct;

/// Of `u32`, `u64`, `f64` or `layout.Bytes`.
pub fn Spsc(comptime Item: type) type {
    return SpscOver(Item, Direct);
}

pub fn SpscOver(comptime Item: type, comptime Atomics: type) type {
    return struct {
        const Self = @This();
        const form = layout.formOf(Item);
        const is_bytes = Item == layout.Bytes;
        const Argument = if (is_bytes) []const u8 else Item;
        const endpoints = 2;
        const producer_line = 0;
        const consumer_line = 1;
        const Cells = if (is_bytes) [*]align(8) u8 else [*]Item;

        shared: *layout.Shared,
        plan: layout.Plan,

        pub const Options = struct {
            /// A power of two.
            capacity: u32,
            /// The longest item, where items are bytes.
            item_bytes: u32 = 0,
            /// Where positions begin; they may wrap.
            first: u32 = 0,
        };

        fn planFor(options: Options) error{OptionsInvalid}!layout.Plan {
            return .make(.{
                .kind = .spsc,
                .form = form,
                .item_bytes = options.item_bytes,
                .capacity = options.capacity,
                .endpoints = endpoints,
            });
        }

        pub fn bytesFor(options: Options) error{OptionsInvalid}!u64 {
            return (try planFor(options)).total_bytes;
        }

        /// The region stays the caller's, and must outlive every endpoint.
        pub fn init(region: layout.Region, options: Options) error{ OptionsInvalid, RegionTooSmall }!Self {
            const plan = try planFor(options);
            const shared = try plan.begin(region);
            shared.tail.word = options.first;
            shared.head.word = options.first;
            plan.publish(shared);
            return .{ .shared = shared, .plan = plan };
        }

        /// A queue that somebody else made there.
        pub fn open(region: layout.Region) layout.Plan.OpenError!Self {
            const plan: layout.Plan = try .read(region, .spsc, form);
            return .{ .shared = @ptrCast(region.ptr), .plan = plan };
        }

        pub const AttachError = error{ OwnerInvalid, EndpointTaken };

        /// At most one at a time; with `liveness` it may take over from a dead one.
        pub fn producer(queue: *const Self, owner: u32, liveness: ?endpoint.Liveness) AttachError!Producer {
            _ = try endpoint.attach(Atomics, queue.shared, producer_line, producer_line + 1, owner, liveness);
            var result: Producer = .{ .side = .init(queue), .limit = undefined };
            result.side.at = Atomics.load(u32, result.side.tail(), .acquire);
            result.limit = result.side.at;
            return result;
        }

        /// At most one at a time; with `liveness` it may take over from a dead one.
        pub fn consumer(queue: *const Self, owner: u32, liveness: ?endpoint.Liveness) AttachError!Consumer {
            _ = try endpoint.attach(Atomics, queue.shared, consumer_line, consumer_line + 1, owner, liveness);
            var result: Consumer = .{ .side = .init(queue), .limit = undefined };
            result.side.at = Atomics.load(u32, result.side.head(), .acquire);
            result.limit = result.side.at;
            return result;
        }

        /// What both have at hand, so that the shared header is not read again. As little as will do: a loop keeps it in
        /// registers. Lines and cells are where they are in every queue of two.
        const Side = struct {
            shared: *layout.Shared,
            mask: u32,
            /// The own position.
            at: u32,
            cell_bytes: if (is_bytes) u32 else void,
            item_bytes: if (is_bytes) u32 else void,

            fn init(queue: *const Self) Side {
                assert(queue.plan.data_offset == layout.dataOffset(endpoints));
                return .{
                    .shared = queue.shared,
                    .mask = queue.plan.capacity - 1,
                    .at = undefined,
                    .cell_bytes = if (is_bytes) queue.plan.cell_bytes,
                    .item_bytes = if (is_bytes) queue.plan.item_bytes,
                };
            }

            inline fn cells(side: *const Side) Cells {
                const base: [*]align(layout.line_bytes) u8 = @ptrCast(@alignCast(side.shared));
                return @ptrCast(@alignCast(base + layout.dataOffset(endpoints)));
            }

            inline fn tail(side: *const Side) *u32 {
                return @ptrCast(&side.shared.tail.word);
            }

            inline fn head(side: *const Side) *u32 {
                return @ptrCast(&side.shared.head.word);
            }

            inline fn isClosed(side: *const Side) bool {
                return Atomics.load(u32, &side.shared.header.closed, .acquire) != 0;
            }

            fn close(side: *const Side) void {
                Atomics.store(u32, &side.shared.header.closed, 1, .release);
            }

            /// Between 0 and capacity, whatever the other side wrote.
            fn length(side: *const Side) u32 {
                const first = Atomics.load(u32, side.head(), .acquire);
                return @min(Atomics.load(u32, side.tail(), .acquire) -% first, side.mask + 1);
            }

            inline fn bytesAt(side: *const Side, at: u32) [*]align(8) u8 {
                return @alignCast(side.cells() + @as(usize, at & side.mask) * side.cell_bytes);
            }

            inline fn put(side: *const Side, at: u32, item: Argument) void {
                if (!is_bytes) {
                    side.cells()[at & side.mask] = item;
                    return;
                }
                assert(item.len <= side.item_bytes);
                const cell = side.bytesAt(at);
                @as(*u32, @ptrCast(cell)).* = @intCast(item.len);
                @memcpy(cell[4..][0..item.len], item);
            }
        };

        pub const Producer = struct {
            side: Side,
            /// The position at which the queue is full, by what was last seen of the consumer.
            limit: u32,

            /// `full` is an answer: the caller says what it means. An item of more than `item_bytes` is a programmer's error.
            pub inline fn tryPush(p: *Producer, item: Argument) Sent {
                if (p.side.isClosed()) return .closed;
                if (p.side.at == p.limit and p.roomAfterLook() == 0) {
                    endpoint.count(&p.side.shared.endpoint(producer_line).full);
                    return .full;
                }
                p.side.put(p.side.at, item);
                p.publish(p.side.at +% 1);
                return .sent;
            }

            /// How many of them were pushed, the first ones: all at once, by one publication. 0 when full or closed.
            pub fn pushSlice(p: *Producer, items: []const Argument) u32 {
                if (items.len == 0 or p.side.isClosed()) return 0;
                var room = p.limit -% p.side.at;
                if (room < items.len) room = p.roomAfterLook();
                if (room == 0) {
                    endpoint.count(&p.side.shared.endpoint(producer_line).full);
                    return 0;
                }
                const n: u32 = @intCast(@min(items.len, room));
                if (is_bytes) {
                    for (items[0..n], 0..) |item, i| p.side.put(p.side.at +% @as(u32, @intCast(i)), item);
                } else {
                    const start = p.side.at & p.side.mask;
                    const first = @min(n, p.side.mask + 1 - start);
                    @memcpy(p.side.cells()[start..][0..first], items[0..first]);
                    @memcpy(p.side.cells()[0 .. n - first], items[first..n]);
                }
                p.publish(p.side.at +% n);
                return n;
            }

            inline fn publish(p: *Producer, at: u32) void {
                p.side.at = at;
                // Release: the items must be visible before the position.
                Atomics.store(u32, p.side.tail(), at, .release);
            }

            inline fn roomAfterLook(p: *Producer) u32 {
                const capacity = p.side.mask + 1;
                // Acquire: the consumer has read what was in the cells that are free now.
                const used = p.side.at -% Atomics.load(u32, p.side.head(), .acquire);
                // More than all is what only a damaged head says.
                const room = if (used > capacity) 0 else capacity - used;
                p.limit = p.side.at +% room;
                return room;
            }

            pub fn length(p: *const Producer) u32 {
                return p.side.length();
            }

            /// Nothing can be pushed any more, by whichever side it was closed.
            pub fn isClosed(p: *const Producer) bool {
                return p.side.isClosed();
            }

            /// What was pushed can still be popped.
            pub fn close(p: *Producer) void {
                p.side.close();
            }

            /// Leaves the place to another producer.
            pub fn detach(p: *Producer) void {
                endpoint.detach(Atomics, p.side.shared.endpoint(producer_line));
                p.* = undefined;
            }

            /// After pushing: is a consumer asleep, or about to be?
            pub fn wakeNeeded(p: *const Producer) bool {
                return bell.wakeNeeded(Atomics, &p.side.shared.items);
            }

            /// Before sleeping until there is room: look once more after this.
            pub fn arm(p: *const Producer) void {
                bell.arm(Atomics, &p.side.shared.room);
            }
        };

        pub const Consumer = struct {
            side: Side,
            /// The position at which the queue is empty, by what was last seen of the producer.
            limit: u32,

            pub const tryPop = if (is_bytes) tryPopBytes else tryPopWord;

            inline fn tryPopWord(c: *Consumer) ?Item {
                if (c.side.at == c.limit and !c.look()) return null;
                const item = c.side.cells()[c.side.at & c.side.mask];
                c.publish(c.side.at +% 1);
                return item;
            }

            /// Copies the item to the start of `into`, which must have `item_bytes`.
            inline fn tryPopBytes(c: *Consumer, into: []u8) ?[]u8 {
                assert(into.len >= c.side.item_bytes);
                if (c.side.at == c.limit and !c.look()) return null;
                const cell = c.side.bytesAt(c.side.at);
                // A damaged length is cut to what a cell has.
                const size = @min(@as(*const volatile u32, @ptrCast(cell)).*, c.side.item_bytes);
                @memcpy(into[0..size], cell[4..][0..size]);
                c.publish(c.side.at +% 1);
                return into[0..size];
            }

            /// How many items were popped to the start of `into`, by one publication.
            pub fn popSlice(c: *Consumer, into: []Item) u32 {
                comptime assert(!is_bytes);
                if (into.len == 0) return 0;
                if (c.limit -% c.side.at < into.len and !c.look()) return 0;
                // More than all is what only a damaged tail says.
                const n: u32 = @intCast(@min(into.len, c.limit -% c.side.at, c.side.mask + 1));
                const start = c.side.at & c.side.mask;
                const first = @min(n, c.side.mask + 1 - start);
                @memcpy(into[0..first], c.side.cells()[start..][0..first]);
                @memcpy(into[first..n], c.side.cells()[0 .. n - first]);
                c.publish(c.side.at +% n);
                return n;
            }

            inline fn publish(c: *Consumer, at: u32) void {
                c.side.at = at;
                // Release: the items must have been read before their cells are free.
                Atomics.store(u32, c.side.head(), at, .release);
            }

            /// Is there an item? What a damaged tail says is only masked.
            inline fn look(c: *Consumer) bool {
                // Acquire: what was pushed before this position is there.
                c.limit = Atomics.load(u32, c.side.tail(), .acquire);
                if (c.limit != c.side.at) return true;
                endpoint.count(&c.side.shared.endpoint(consumer_line).empty);
                return false;
            }

            pub fn length(c: *const Consumer) u32 {
                return c.side.length();
            }

            /// Closed, and nothing is left.
            pub fn isFinished(c: *const Consumer) bool {
                // In this order: what was pushed before it was closed is seen.
                return c.side.isClosed() and Atomics.load(u32, c.side.tail(), .acquire) == c.side.at;
            }

            /// The producer is told `closed` from now on; what it pushes in this moment may stay in the queue.
            pub fn close(c: *Consumer) void {
                c.side.close();
            }

            /// Leaves the place to another consumer.
            pub fn detach(c: *Consumer) void {
                endpoint.detach(Atomics, c.side.shared.endpoint(consumer_line));
                c.* = undefined;
            }

            /// After popping: is a producer asleep, or about to be?
            pub fn wakeNeeded(c: *const Consumer) bool {
                return bell.wakeNeeded(Atomics, &c.side.shared.room);
            }

            /// Before sleeping until there is an item: look once more after this.
            pub fn arm(c: *const Consumer) void {
                bell.arm(Atomics, &c.side.shared.items);
            }
        };
    };
}

const testing = std.testing;

fn testRegion(bytes: u64) !layout.Region {
    return testing.allocator.alignedAlloc(u8, .fromByteUnits(layout.line_bytes), @intCast(bytes));
}

test "items come in order, through wraps of queue and positions" {
    inline for (.{ u32, u64, f64 }) |Item| {
        const options: Spsc(Item).Options = .{ .capacity = 8, .first = std.math.maxInt(u32) - 20 };
        const region = try testRegion(try Spsc(Item).bytesFor(options));
        defer testing.allocator.free(region);
        const queue: Spsc(Item) = try .init(region, options);
        var producer = try queue.producer(1, null);
        var consumer = try (try Spsc(Item).open(region)).consumer(2, null);
        var sent: u32 = 0;
        var received: u32 = 0;
        for (0..100) |round| {
            for (0..round % 11) |_| {
                const item: Item = if (Item == f64) @floatFromInt(sent) else sent;
                const answer = producer.tryPush(item);
                try testing.expectEqual(if (sent - received == 8) Sent.full else .sent, answer);
                if (answer == .sent) sent += 1;
            }
            try testing.expectEqual(sent - received, consumer.length());
            for (0..round % 7) |_| {
                const item = consumer.tryPop() orelse break;
                try testing.expectEqual(if (Item == f64) @as(f64, @floatFromInt(received)) else received, item);
                received += 1;
            }
        }
        try testing.expect(sent > 200);
        try testing.expect(queue.shared.endpoint(0).full > 0);
    }
}

test "slices of any length at any place" {
    const Queue = Spsc(u64);
    const region = try testRegion(try Queue.bytesFor(.{ .capacity = 16 }));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, .{ .capacity = 16, .first = std.math.maxInt(u32) - 1000 });
    var producer = try queue.producer(1, null);
    var consumer = try queue.consumer(2, null);
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
    const Queue = Spsc(layout.Bytes);
    const options: Queue.Options = .{ .capacity = 4, .item_bytes = 37 };
    const region = try testRegion(try Queue.bytesFor(options));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, options);
    var producer = try queue.producer(1, null);
    var consumer = try queue.consumer(2, null);
    var into: [37]u8 = undefined;
    for (0..38) |size| {
        var item: [37]u8 = undefined;
        @memset(item[0..size], @intCast(size));
        try testing.expectEqual(.sent, producer.tryPush(item[0..size]));
        try testing.expectEqual(3, producer.pushSlice(&.{ "", item[0..size], "last", "too many" }));
        try testing.expectEqualStrings(item[0..size], consumer.tryPop(&into).?);
        try testing.expectEqualStrings("", consumer.tryPop(&into).?);
        try testing.expectEqualStrings(item[0..size], consumer.tryPop(&into).?);
        try testing.expectEqualStrings("last", consumer.tryPop(&into).?);
        try testing.expectEqual(null, consumer.tryPop(&into));
    }
    // A length that no producer wrote is cut.
    try testing.expectEqual(.sent, producer.tryPush("abc"));
    @memset(region[queue.plan.data_offset..], 0xFF);
    try testing.expectEqual(37, consumer.tryPop(&into).?.len);
}

test "closed by either side: no pushes, what is left is drained" {
    const Queue = Spsc(u32);
    const region = try testRegion(try Queue.bytesFor(.{ .capacity = 2 }));
    defer testing.allocator.free(region);
    for ([_]bool{ false, true }) |by_consumer| {
        const queue: Queue = try .init(region, .{ .capacity = 2 });
        var producer = try queue.producer(1, null);
        var consumer = try queue.consumer(2, null);
        try testing.expectEqual(.sent, producer.tryPush(7));
        try testing.expect(!consumer.isFinished());
        if (by_consumer) consumer.close() else producer.close();
        try testing.expectEqual(.closed, producer.tryPush(8));
        try testing.expectEqual(0, producer.pushSlice(&.{8}));
        try testing.expect(producer.isClosed() and !consumer.isFinished());
        try testing.expectEqual(7, consumer.tryPop());
        try testing.expectEqual(null, consumer.tryPop());
        try testing.expect(consumer.isFinished());
    }
}

test "a side is taken once, and taken over from the dead" {
    const Queue = Spsc(u32);
    const region = try testRegion(try Queue.bytesFor(.{ .capacity = 4 }));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, .{ .capacity = 4 });
    var producer = try queue.producer(1, null);
    try testing.expectError(error.EndpointTaken, queue.producer(3, null));
    try testing.expectError(error.OwnerInvalid, queue.consumer(0, null));
    _ = producer.tryPush(10);
    const only_two: endpoint.Liveness = .{ .is_alive = struct {
        fn isAlive(_: ?*anyopaque, owner: u32) bool {
            return owner == 2;
        }
    }.isAlive };
    var second = try queue.producer(2, only_two);
    try testing.expectError(error.EndpointTaken, queue.producer(3, only_two));
    _ = second.tryPush(11);
    var consumer = try queue.consumer(4, null);
    try testing.expectEqual(10, consumer.tryPop());
    consumer.detach();
    consumer = try queue.consumer(5, null);
    try testing.expectEqual(11, consumer.tryPop());
}

test "the bell rings once for who armed it" {
    const Queue = Spsc(u32);
    const region = try testRegion(try Queue.bytesFor(.{ .capacity = 1 }));
    defer testing.allocator.free(region);
    const queue: Queue = try .init(region, .{ .capacity = 1 });
    var producer = try queue.producer(1, null);
    var consumer = try queue.consumer(2, null);
    try testing.expect(!producer.wakeNeeded());
    consumer.arm();
    try testing.expectEqual(null, consumer.tryPop());
    try testing.expectEqual(.sent, producer.tryPush(1));
    try testing.expect(producer.wakeNeeded());
    try testing.expect(!producer.wakeNeeded());
    producer.arm();
    try testing.expectEqual(.full, producer.tryPush(2));
    try testing.expectEqual(1, consumer.tryPop());
    try testing.expect(consumer.wakeNeeded());
}

test "positions that nobody wrote harm nobody" {
    const Queue = Spsc(u32);
    const region = try testRegion(try Queue.bytesFor(.{ .capacity = 4 }));
    defer testing.allocator.free(region);
    for ([_]u32{ 1, 5, 1 << 31, std.math.maxInt(u32) }) |position| {
        const queue: Queue = try .init(region, .{ .capacity = 4 });
        var producer = try queue.producer(1, null);
        var consumer = try queue.consumer(2, null);
        queue.shared.head.word = position;
        for (0..9) |i| _ = producer.tryPush(@intCast(i));
        queue.shared.tail.word = position;
        try testing.expect(consumer.length() <= 4);
        for (0..9) |_| _ = consumer.tryPop();
    }
}
