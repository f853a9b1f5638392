//! The atomic operations of the queues under one name, so that a test can stand between any two of them.

const AtomicOrder = @import("std").builtin.AtomicOrder;

/// What is published. Tests put in its place one that lets a scheduler choose before each operation.
pub const Direct = struct {
    pub inline fn load(comptime T: type, word: *const T, comptime order: AtomicOrder) T {
        return @atomicLoad(T, word, order);
    }

    pub inline fn store(comptime T: type, word: *T, value: T, comptime order: AtomicOrder) void {
        @atomicStore(T, word, value, order);
    }

    pub inline fn swap(comptime T: type, word: *T, value: T, comptime order: AtomicOrder) T {
        return @atomicRmw(T, word, .Xchg, value, order);
    }

    pub inline fn setBits(comptime T: type, word: *T, bits: T, comptime order: AtomicOrder) T {
        return @atomicRmw(T, word, .Or, bits, order);
    }

    /// Null when it was done, else what was there.
    pub inline fn compareAndSwap(comptime T: type, word: *T, old: T, new: T, comptime order: AtomicOrder) ?T {
        return @cmpxchgStrong(T, word, old, new, order, .monotonic);
    }

    /// What is written after this is not written before it: not for other threads, which need more than that, but for who
    /// finds what a killed process had done.
    pub inline fn keepOrder() void {
        asm volatile ("" ::: .{ .memory = true });
    }
};
