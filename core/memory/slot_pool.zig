//! Fixed slots with generations: a handle that outlived its slot is recognised, never followed.

const std = @import("std");
const assert = std.debug.assert;
const pages = @import("pages.zig");

/// A pool of up to `capacity` items. Memory is reserved once and touched as slots come into use; the slot freed last
/// is the next one given, because it is still in the cache. Not for several threads.
///
/// A handle is an index in the low `index_bits` and a generation above; 0 is never a handle.
pub fn SlotPool(comptime Item: type, comptime index_bits: u5) type {
    return struct {
        const Self = @This();

        pub const Handle = u32;
        pub const none: Handle = 0;
        const generation_bits = 32 - @as(u6, index_bits);
        const index_mask: u32 = (1 << index_bits) - 1;
        const generation_mask: u32 = (1 << generation_bits) - 1;
        const free_end: u32 = std.math.maxInt(u32);

        const Slot = struct {
            item: Item,
            /// Odd while in use.
            generation: u32,
            next_free: u32,
        };

        slots: []Slot,
        memory: pages.Region,
        /// Slots from here on were never used.
        fresh: u32 = 0,
        free: u32 = free_end,
        in_use: u32 = 0,
        /// How often `acquire` found no slot.
        misses: u64 = 0,

        pub fn init(capacity: u32) error{OutOfMemory}!Self {
            assert(capacity > 0 and capacity <= index_mask);
            const memory = try pages.reserve(@sizeOf(Slot) * @as(usize, capacity));
            const slots: [*]Slot = @ptrCast(@alignCast(memory.ptr));
            return .{ .slots = slots[0..capacity], .memory = memory };
        }

        pub fn deinit(pool: *Self) void {
            pages.release(pool.memory);
            pool.* = undefined;
        }

        /// The item is undefined: the caller fills it.
        pub fn acquire(pool: *Self) ?*Item {
            const slot = if (pool.free != free_end) slot: {
                const slot = &pool.slots[pool.free];
                pool.free = slot.next_free;
                break :slot slot;
            } else slot: {
                if (pool.fresh == pool.slots.len) {
                    pool.misses += 1;
                    return null;
                }
                const slot = &pool.slots[pool.fresh];
                slot.generation = 0;
                pool.fresh += 1;
                break :slot slot;
            };
            assert(slot.generation & 1 == 0);
            slot.generation = (slot.generation + 1) & generation_mask;
            pool.in_use += 1;
            return &slot.item;
        }

        pub fn release(pool: *Self, item: *Item) void {
            const slot: *Slot = @alignCast(@fieldParentPtr("item", item));
            assert(slot.generation & 1 == 1);
            slot.generation = (slot.generation + 1) & generation_mask;
            slot.next_free = pool.free;
            pool.free = pool.indexOf(slot);
            pool.in_use -= 1;
        }

        pub fn handle(pool: *const Self, item: *const Item) Handle {
            const slot: *const Slot = @alignCast(@fieldParentPtr("item", item));
            assert(slot.generation & 1 == 1);
            return (slot.generation << index_bits) | pool.indexOf(slot);
        }

        /// Null when the slot was released since the handle was made, or never was one.
        pub fn get(pool: *const Self, of: Handle) ?*Item {
            const index = of & index_mask;
            if (index >= pool.fresh) return null;
            const slot = &pool.slots[index];
            if (slot.generation != of >> index_bits or slot.generation & 1 == 0) return null;
            return &slot.item;
        }

        pub fn isFull(pool: *const Self) bool {
            return pool.in_use == pool.slots.len;
        }

        /// Every item in use, in no particular order. The item just returned may be released meanwhile.
        pub fn iterator(pool: *Self) Iterator {
            return .{ .pool = pool };
        }

        pub const Iterator = struct {
            pool: *Self,
            index: u32 = 0,

            pub fn next(it: *Iterator) ?*Item {
                while (it.index < it.pool.fresh) {
                    const slot = &it.pool.slots[it.index];
                    it.index += 1;
                    if (slot.generation & 1 == 1) return &slot.item;
                }
                return null;
            }
        };

        fn indexOf(pool: *const Self, slot: *const Slot) u32 {
            return @intCast((@intFromPtr(slot) - @intFromPtr(pool.slots.ptr)) / @sizeOf(Slot));
        }
    };
}

const testing = std.testing;

test "a stale handle finds nothing" {
    var pool: SlotPool(u64, 8) = try .init(4);
    defer pool.deinit();
    const item = pool.acquire().?;
    item.* = 42;
    const handle = pool.handle(item);
    try testing.expectEqual(42, pool.get(handle).?.*);
    pool.release(item);
    try testing.expectEqual(null, pool.get(handle));
    const again = pool.acquire().?;
    try testing.expectEqual(item, again);
    try testing.expectEqual(null, pool.get(handle));
    try testing.expect(pool.handle(again) != handle);
}

test "full is an answer, and is counted" {
    var pool: SlotPool(u8, 4) = try .init(2);
    defer pool.deinit();
    const first = pool.acquire().?;
    _ = pool.acquire().?;
    try testing.expect(pool.isFull());
    try testing.expectEqual(null, pool.acquire());
    try testing.expectEqual(1, pool.misses);
    pool.release(first);
    try testing.expect(pool.acquire() != null);
}

test "made-up handles find nothing" {
    var pool: SlotPool(u8, 4) = try .init(15);
    defer pool.deinit();
    _ = pool.acquire().?;
    try testing.expectEqual(null, pool.get(0));
    try testing.expectEqual(null, pool.get(std.math.maxInt(u32)));
    for (1..1000) |n| _ = pool.get(@intCast(n));
}

test "generations wrap without coming to zero in use" {
    var pool: SlotPool(u8, 28) = try .init(1);
    defer pool.deinit();
    for (0..100) |_| {
        const item = pool.acquire().?;
        const handle = pool.handle(item);
        try testing.expect(handle != 0);
        try testing.expectEqual(item, pool.get(handle).?);
        pool.release(item);
    }
}
