//! The pools of the core behind `micro.h`.

const std = @import("std");
const core = @import("core");
const buffer_pool = core.memory.buffer_pool;
const BufferPool = buffer_pool.BufferPool;
const SlotPool = core.memory.slot_pool.SlotPool;
const Budget = core.memory.budget.Budget;

pub const Pool = extern struct {
    impl: ?[*:0]const u8 = null,
    open: ?*const fn (usize) callconv(.c) ?*anyopaque = null,
    close: ?*const fn (*anyopaque) callconv(.c) void = null,
    cycle: ?*const fn (*anyopaque, u64) callconv(.c) u64 = null,
};

pub const list = [_]Pool{
    .{ .impl = "fasterapi BufferPool", .open = &Buffers.open, .close = &Buffers.close, .cycle = &Buffers.cycle },
    .{ .impl = "fasterapi SlotPool", .open = &Slots.open, .close = &Slots.close, .cycle = &Slots.cycle },
    .{},
};

const allocator = std.heap.c_allocator;
const slot_bytes = 8 * 1024;

/// Leaves a mark and reads it back, so that the bytes must be there.
inline fn touch(bytes: *[8]u8, mark: u64) u64 {
    std.mem.writeInt(u64, bytes, mark, .little);
    std.mem.doNotOptimizeAway(bytes);
    return std.mem.readInt(u64, bytes, .little);
}

/// With a budget that counts what is held, as a server has it.
const Buffers = struct {
    budget: Budget = .{},
    pool: BufferPool,

    fn open(slots: usize) callconv(.c) ?*anyopaque {
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

    fn close(handle: *anyopaque) callconv(.c) void {
        const buffers: *Buffers = @ptrCast(@alignCast(handle));
        buffers.pool.deinit();
        allocator.destroy(buffers);
    }

    fn cycle(handle: *anyopaque, n: u64) callconv(.c) u64 {
        const buffers: *Buffers = @ptrCast(@alignCast(handle));
        var sum: u64 = 0;
        for (0..n) |i| {
            const buffer = buffers.pool.acquire(slot_bytes) catch return 0;
            sum +%= touch(buffer.bytes()[0..8], i);
            buffers.pool.release(buffer);
        }
        return sum;
    }
};

/// Of one size, bounded, and with handles that go stale.
const Slots = struct {
    const Slot = SlotPool([slot_bytes]u8, 16);

    pool: Slot,

    fn open(slots: usize) callconv(.c) ?*anyopaque {
        const opened = allocator.create(Slots) catch return null;
        opened.* = .{ .pool = Slot.init(@intCast(slots)) catch return null };
        return opened;
    }

    fn close(handle: *anyopaque) callconv(.c) void {
        const slots: *Slots = @ptrCast(@alignCast(handle));
        slots.pool.deinit();
        allocator.destroy(slots);
    }

    fn cycle(handle: *anyopaque, n: u64) callconv(.c) u64 {
        const slots: *Slots = @ptrCast(@alignCast(handle));
        var sum: u64 = 0;
        for (0..n) |i| {
            const slot = slots.pool.acquire() orelse return 0;
            sum +%= touch(slot[0..8], i);
            slots.pool.release(slot);
        }
        return sum;
    }
};
