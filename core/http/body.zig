//! A request body that arrives in pieces: small ones in a pooled buffer, large ones in memory that changes hands.

const std = @import("std");
const limits = @import("../limits.zig");
const blob = @import("../memory/blob.zig");
const Buffer = @import("../memory/buffer_pool.zig").Buffer;
const BufferPool = @import("../memory/buffer_pool.zig").BufferPool;

const growth_bytes_min = 4096;

pub const Body = struct {
    bytes: u64 = 0,
    /// At most one of the two.
    pooled: ?*Buffer = null,
    apart: ?[*]u8 = null,

    /// `expected` is the length that was announced, else 0. Memory follows what arrives, not what is announced: a
    /// client that promises much and sends little holds little.
    pub fn append(body: *Body, pool: *BufferPool, data: []const u8, expected: u64) error{OutOfMemory}!void {
        if (data.len == 0) return;
        const needed = body.bytes + data.len;
        if (needed > body.capacity()) try body.grow(pool, needed, expected);
        const memory = if (body.pooled) |buffer| buffer.bytes().ptr else body.apart.?;
        @memcpy(memory[body.bytes..][0..data.len], data);
        body.bytes = needed;
    }

    fn capacity(body: *const Body) u64 {
        if (body.pooled) |buffer| return buffer.capacity;
        return if (body.apart) |memory| blob.capacityOf(memory) else 0;
    }

    fn grow(body: *Body, pool: *BufferPool, needed: u64, expected: u64) error{OutOfMemory}!void {
        const doubled = @max(needed, body.bytes * 2, growth_bytes_min);
        const wanted = if (expected >= needed) @min(doubled, expected) else doubled;
        if (wanted <= limits.ring_body_bytes) {
            body.pooled = if (body.pooled) |buffer|
                try pool.grow(buffer, body.bytes, wanted)
            else
                try pool.acquire(wanted);
            return;
        }
        if (body.apart) |memory| {
            body.apart = try blob.grow(memory, wanted);
            return;
        }
        const memory = try blob.create(pool.budget, wanted);
        if (body.pooled) |buffer| {
            @memcpy(memory[0..body.bytes], buffer.bytes()[0..body.bytes]);
            pool.release(buffer);
            body.pooled = null;
        }
        body.apart = memory;
    }

    /// What was appended. Valid until the next call.
    pub fn slice(body: *const Body) []const u8 {
        if (body.pooled) |buffer| return buffer.bytes()[0..body.bytes];
        return if (body.apart) |memory| memory[0..body.bytes] else "";
    }

    /// The memory of a large body; the caller frees it. Null when there is none.
    pub fn take(body: *Body) ?[*]u8 {
        const memory = body.apart;
        body.apart = null;
        return memory;
    }

    pub fn release(body: *Body, pool: *BufferPool) void {
        if (body.pooled) |buffer| pool.release(buffer);
        if (body.apart) |memory| blob.free(memory);
        body.* = .{};
    }
};

const testing = std.testing;
const Budget = @import("../memory/budget.zig").Budget;

test "grows from nothing over the pool to memory of its own" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    for ([_]u64{ 0, 1, 300_000, 1 << 40 }) |expected| {
        var body: Body = .{};
        var data: [7919]u8 = undefined;
        for (&data, 0..) |*byte, i| byte.* = @truncate(i *% 31);
        for (0..40) |_| try body.append(&pool, &data, expected);
        try testing.expectEqual(40 * data.len, body.slice().len);
        for (0..40) |i| try testing.expectEqualSlices(u8, &data, body.slice()[i * data.len ..][0..data.len]);
        try testing.expect(body.apart != null and body.pooled == null);
        try testing.expect(budget.heldBytes() < 4 * 40 * data.len);
        body.release(&pool);
        try testing.expectEqual(0, budget.heldBytes());
    }
}

test "a promise holds no memory" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var body: Body = .{};
    try body.append(&pool, "x", 10 << 20);
    try testing.expect(budget.heldBytes() <= growth_bytes_min);
    body.release(&pool);
}

test "what is taken is the caller's" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var body: Body = .{};
    try body.append(&pool, &@as([limits.ring_body_bytes + 1]u8, @splat('z')), 0);
    const memory = body.take().?;
    body.release(&pool);
    try testing.expectEqual('z', memory[limits.ring_body_bytes]);
    blob.free(memory);
    try testing.expectEqual(0, budget.heldBytes());
}
