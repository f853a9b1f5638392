//! Buffers in size classes, counted by reference: the last release returns a buffer to its class.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const Budget = @import("budget.zig").Budget;

const class_count = std.math.log2_int(usize, limits.buffer_class_bytes_max / limits.buffer_class_bytes_min) + 1;
const class_large = class_count;

/// The head of a block; its bytes follow it.
pub const Buffer = struct {
    /// Of its class's free buffers while in the pool; whoever holds it may chain it otherwise.
    next: ?*Buffer,
    capacity: u32,
    /// 0 while in the pool: a release too many is caught there.
    references: u32,
    /// For the holder: which bytes count.
    start: u32,
    end: u32,
    class: u8,

    const alignment = 64;
    const head_bytes = std.mem.alignForward(usize, @sizeOf(Buffer), alignment);

    /// Valid until the last release.
    pub fn bytes(buffer: *Buffer) []u8 {
        const base: [*]u8 = @ptrCast(buffer);
        return base[head_bytes..][0..buffer.capacity];
    }

    pub fn fromBytes(pointer: [*]u8) *Buffer {
        return @ptrCast(@alignCast(pointer - head_bytes));
    }

    fn block(buffer: *Buffer) []align(alignment) u8 {
        const base: [*]align(alignment) u8 = @ptrCast(@alignCast(buffer));
        return base[0 .. head_bytes + buffer.capacity];
    }
};

pub const Statistics = struct {
    acquired: u64 = 0,
    /// Acquisitions that found their class empty and asked the allocator.
    misses: u64 = 0,
    /// Bytes of free buffers kept.
    idle_bytes: u64 = 0,
};

/// Not for several threads. Buffers larger than the largest class go to the allocator and back.
pub const BufferPool = struct {
    allocator: std.mem.Allocator,
    budget: *Budget,
    free: [class_count]?*Buffer = @splat(null),
    idle_bytes: [class_count]u32 = @splat(0),
    statistics: Statistics = .{},

    pub fn init(allocator: std.mem.Allocator, budget: *Budget) BufferPool {
        return .{ .allocator = allocator, .budget = budget };
    }

    /// Buffers that are still referenced become invalid.
    pub fn deinit(pool: *BufferPool) void {
        for (&pool.free) |*list| {
            while (list.*) |buffer| {
                list.* = buffer.next;
                pool.allocator.free(buffer.block());
            }
        }
        pool.* = undefined;
    }

    /// At least `size` bytes, uninitialised, with one reference.
    pub fn acquire(pool: *BufferPool, size: usize) error{OutOfMemory}!*Buffer {
        pool.statistics.acquired += 1;
        const class = classOf(size);
        const buffer = if (class != class_large and pool.free[class] != null) buffer: {
            const buffer = pool.free[class].?;
            pool.free[class] = buffer.next;
            pool.idle_bytes[class] -= buffer.capacity;
            pool.statistics.idle_bytes -= buffer.capacity;
            break :buffer buffer;
        } else try pool.create(class, size);
        assert(buffer.references == 0);
        buffer.references = 1;
        buffer.next = null;
        buffer.start = 0;
        buffer.end = 0;
        pool.budget.take(buffer.capacity);
        return buffer;
    }

    pub fn retain(pool: *BufferPool, buffer: *Buffer) void {
        _ = pool;
        assert(buffer.references > 0);
        buffer.references += 1;
    }

    pub fn release(pool: *BufferPool, buffer: *Buffer) void {
        assert(buffer.references > 0);
        buffer.references -= 1;
        if (buffer.references > 0) return;
        pool.budget.give(buffer.capacity);
        const class = buffer.class;
        if (class == class_large or pool.idle_bytes[class] >= limits.buffer_idle_bytes_max) {
            pool.allocator.free(buffer.block());
            return;
        }
        buffer.next = pool.free[class];
        pool.free[class] = buffer;
        pool.idle_bytes[class] += buffer.capacity;
        pool.statistics.idle_bytes += buffer.capacity;
    }

    /// A buffer of at least `size` bytes that starts with the first `keep` of the old one, which is released.
    pub fn grow(pool: *BufferPool, old: *Buffer, keep: usize, size: usize) error{OutOfMemory}!*Buffer {
        assert(size > old.capacity and keep <= old.capacity);
        const larger = try pool.acquire(size);
        @memcpy(larger.bytes()[0..keep], old.bytes()[0..keep]);
        pool.release(old);
        return larger;
    }

    fn create(pool: *BufferPool, class: u8, size: usize) error{OutOfMemory}!*Buffer {
        pool.statistics.misses += 1;
        const capacity = if (class == class_large) std.mem.alignForward(usize, size, 4096) else classBytes(class);
        if (capacity > std.math.maxInt(u32)) return error.OutOfMemory;
        // rawAlloc: the bytes are not filled in safe builds, so that a large buffer is resident where it is used.
        const total = Buffer.head_bytes + capacity;
        const memory = pool.allocator.rawAlloc(total, .fromByteUnits(Buffer.alignment), @returnAddress()) orelse
            return error.OutOfMemory;
        const buffer: *Buffer = @ptrCast(@alignCast(memory));
        buffer.* = .{
            .next = null,
            .capacity = @intCast(capacity),
            .references = 0,
            .start = 0,
            .end = 0,
            .class = class,
        };
        return buffer;
    }
};

fn classOf(size: usize) u8 {
    if (size > limits.buffer_class_bytes_max) return class_large;
    const rounded = std.math.ceilPowerOfTwoAssert(usize, @max(size, limits.buffer_class_bytes_min));
    return @intCast(std.math.log2_int(usize, rounded / limits.buffer_class_bytes_min));
}

fn classBytes(class: u8) usize {
    return @as(usize, limits.buffer_class_bytes_min) << @intCast(class);
}

const testing = std.testing;

test "a released buffer is the next one given" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    const first = try pool.acquire(1500);
    try testing.expectEqual(2048, first.bytes().len);
    @memset(first.bytes(), 7);
    try testing.expectEqual(2048, budget.heldBytes());
    pool.release(first);
    try testing.expectEqual(0, budget.heldBytes());
    try testing.expectEqual(first, try pool.acquire(2048));
    try testing.expectEqual(1, pool.statistics.misses);
    pool.release(first);
}

test "only the last release returns a buffer" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    const buffer = try pool.acquire(10);
    pool.retain(buffer);
    pool.release(buffer);
    const other = try pool.acquire(10);
    try testing.expect(other != buffer);
    pool.release(buffer);
    pool.release(other);
}

test "sizes beyond the largest class" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    const buffer = try pool.acquire(limits.buffer_class_bytes_max + 1);
    try testing.expect(buffer.bytes().len > limits.buffer_class_bytes_max);
    try testing.expectEqual(buffer, Buffer.fromBytes(buffer.bytes().ptr));
    pool.release(buffer);
    try testing.expectEqual(0, pool.statistics.idle_bytes);
}

test "growing keeps what was written" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var buffer = try pool.acquire(4);
    @memcpy(buffer.bytes()[0..4], "abcd");
    buffer = try pool.grow(buffer, 4, 100_000);
    try testing.expectEqualStrings("abcd", buffer.bytes()[0..4]);
    pool.release(buffer);
    try testing.expectEqual(0, budget.heldBytes());
}

test "every size has the smallest class that holds it" {
    for (0..limits.buffer_class_bytes_max + 1) |size| {
        const class = classOf(size);
        try testing.expect(classBytes(class) >= size);
        if (class > 0) try testing.expect(classBytes(class - 1) < size);
    }
}
