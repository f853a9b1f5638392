//! A few bytes on their way from one end to the other, in order; an empty one holds no memory.

const std = @import("std");
const limits = @import("../limits.zig");
const Buffer = @import("buffer_pool.zig").Buffer;
const BufferPool = @import("buffer_pool.zig").BufferPool;

const bytes_min = 4096;

pub const Pipe = struct {
    buffer: ?*Buffer = null,

    /// How many are waiting to be read.
    pub fn size(pipe: *const Pipe) usize {
        const buffer = pipe.buffer orelse return 0;
        return buffer.end - buffer.start;
    }

    /// Copies; returns how many there was room for.
    pub fn write(pipe: *Pipe, pool: *BufferPool, data: []const u8) error{OutOfMemory}!usize {
        const held = pipe.size();
        const count = @min(data.len, limits.pipe_bytes - held);
        if (count == 0) return 0;
        const buffer = try pipe.reserve(pool, held + count);
        @memcpy(buffer.bytes()[buffer.end..][0..count], data[0..count]);
        buffer.end += @intCast(count);
        return count;
    }

    /// A buffer with room behind its end, `total` bytes in all.
    fn reserve(pipe: *Pipe, pool: *BufferPool, total: usize) error{OutOfMemory}!*Buffer {
        const old = pipe.buffer orelse {
            const fresh = try pool.acquire(@max(total, bytes_min));
            pipe.buffer = fresh;
            return fresh;
        };
        const held = old.end - old.start;
        if (old.start + total <= old.capacity) return old;
        if (total <= old.capacity) {
            std.mem.copyForwards(u8, old.bytes()[0..held], old.bytes()[old.start..old.end]);
            old.start = 0;
            old.end = held;
            return old;
        }
        const larger = try pool.acquire(total);
        @memcpy(larger.bytes()[0..held], old.bytes()[old.start..old.end]);
        larger.end = held;
        pool.release(old);
        pipe.buffer = larger;
        return larger;
    }

    pub fn read(pipe: *Pipe, pool: *BufferPool, into: []u8) usize {
        const buffer = pipe.buffer orelse return 0;
        const count = @min(into.len, buffer.end - buffer.start);
        @memcpy(into[0..count], buffer.bytes()[buffer.start..][0..count]);
        buffer.start += @intCast(count);
        if (buffer.start == buffer.end) pipe.clear(pool);
        return count;
    }

    pub fn clear(pipe: *Pipe, pool: *BufferPool) void {
        if (pipe.buffer) |buffer| pool.release(buffer);
        pipe.buffer = null;
    }
};

const testing = std.testing;
const Budget = @import("budget.zig").Budget;

test "bytes come out as they went in, whatever the pieces" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var pipe: Pipe = .{};
    var random: std.Random.DefaultPrng = .init(7);
    var written: u8 = 0;
    var expected: u8 = 0;
    for (0..5_000) |_| {
        var data: [3000]u8 = undefined;
        const wanted = data[0..random.random().uintLessThan(usize, data.len)];
        for (wanted, 0..) |*byte, i| byte.* = written +% @as(u8, @truncate(i));
        const taken = try pipe.write(&pool, wanted);
        written +%= @truncate(taken);
        var into: [3100]u8 = undefined;
        const got = pipe.read(&pool, into[0..random.random().uintLessThan(usize, into.len)]);
        for (into[0..got]) |byte| {
            try testing.expectEqual(expected, byte);
            expected +%= 1;
        }
    }
    pipe.clear(&pool);
    try testing.expectEqual(0, budget.heldBytes());
}

test "full is an answer, and an empty one holds nothing" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var pipe: Pipe = .{};
    const data: [limits.pipe_bytes + 1]u8 = @splat('x');
    try testing.expectEqual(limits.pipe_bytes, try pipe.write(&pool, &data));
    try testing.expectEqual(0, try pipe.write(&pool, "y"));
    var into: [limits.pipe_bytes]u8 = undefined;
    try testing.expectEqual(limits.pipe_bytes, pipe.read(&pool, &into));
    try testing.expectEqual(0, budget.heldBytes());
}
