//! The pools of the core behind `micro.h`.

const std = @import("std");
const core = @import("core");
const buffer_pool = core.memory.buffer_pool;
const BufferPool = buffer_pool.BufferPool;
const Budget = core.memory.budget.Budget;

pub const Pool = extern struct {
    impl: ?[*:0]const u8 = null,
    open: ?*const fn (usize) callconv(.c) ?*Buffers = null,
    close: ?*const fn (*Buffers) callconv(.c) void = null,
    cycle: ?*const fn (*Buffers, u64) callconv(.c) u64 = null,
};

pub const list = [_]Pool{
    .{ .impl = "fasterapi BufferPool", .open = &open, .close = &close, .cycle = &cycle },
    .{},
};

const allocator = std.heap.c_allocator;
const slot_bytes = 8 * 1024;

/// With a budget that counts what is held, as a server has it.
const Buffers = struct {
    budget: Budget = .{},
    pool: BufferPool,
};

fn open(slots: usize) callconv(.c) ?*Buffers {
    const buffers = allocator.create(Buffers) catch return null;
    buffers.* = .{ .pool = undefined };
    buffers.pool = .init(allocator, &buffers.budget);
    fill(&buffers.pool, slots) catch |err| {
        std.debug.print("plugin: {t}\n", .{err});
        return null;
    };
    return buffers;
}

/// So many were in use at once before; the pool keeps of them what its bound allows.
fn fill(pool: *BufferPool, slots: usize) error{OutOfMemory}!void {
    var used: ?*buffer_pool.Buffer = null;
    defer while (used) |buffer| {
        used = buffer.next;
        pool.release(buffer);
    };
    for (0..slots) |_| {
        const buffer = try pool.acquire(slot_bytes);
        buffer.next = used;
        used = buffer;
    }
}

fn close(buffers: *Buffers) callconv(.c) void {
    buffers.pool.deinit();
    allocator.destroy(buffers);
}

fn cycle(buffers: *Buffers, n: u64) callconv(.c) u64 {
    var sum: u64 = 0;
    for (0..n) |i| {
        const buffer = buffers.pool.acquire(slot_bytes) catch return 0;
        const bytes = buffer.bytes();
        std.mem.writeInt(u64, bytes[0..8], i, .little);
        std.mem.doNotOptimizeAway(bytes.ptr);
        sum +%= std.mem.readInt(u64, bytes[0..8], .little);
        buffers.pool.release(buffer);
    }
    return sum;
}
