//! Large byte strings that change hands: made here, freed by whoever ends up with them, on any thread.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const Budget = @import("budget.zig").Budget;

/// In front of the bytes, which stay as aligned as malloc made them.
const Head = extern struct {
    capacity: u64,
    budget: *Budget,

    comptime {
        assert(@sizeOf(Head) % 16 == 0);
    }
};

/// Uninitialised; vector code may read a little beyond.
pub fn create(budget: *Budget, capacity: usize) error{OutOfMemory}![*]u8 {
    const memory: ?*anyopaque = std.c.malloc(@sizeOf(Head) + capacity + limits.slack_bytes);
    return finish(memory orelse return error.OutOfMemory, budget, capacity);
}

/// Keeps what was written; the old bytes are gone.
pub fn grow(bytes: [*]u8, capacity: usize) error{OutOfMemory}![*]u8 {
    const head = headOf(bytes);
    assert(capacity > head.capacity);
    const budget = head.budget;
    const before = head.capacity;
    const memory = std.c.realloc(head, @sizeOf(Head) + capacity + limits.slack_bytes) orelse return error.OutOfMemory;
    budget.give(before);
    return finish(memory, budget, capacity);
}

pub fn capacityOf(bytes: [*]u8) usize {
    return headOf(bytes).capacity;
}

pub fn free(bytes: [*]u8) void {
    const head = headOf(bytes);
    head.budget.give(head.capacity);
    std.c.free(head);
}

fn finish(memory: *anyopaque, budget: *Budget, capacity: usize) [*]u8 {
    const head: *Head = @ptrCast(@alignCast(memory));
    head.capacity = capacity;
    head.budget = budget;
    budget.take(capacity);
    return @as([*]u8, @ptrCast(memory)) + @sizeOf(Head);
}

fn headOf(bytes: [*]u8) *Head {
    return @ptrCast(@alignCast(bytes - @sizeOf(Head)));
}

test "grows, keeps, and gives back what it took" {
    var budget: Budget = .{};
    var bytes = try create(&budget, 3);
    @memcpy(bytes[0..3], "abc");
    bytes = try grow(bytes, 1 << 20);
    try std.testing.expectEqualStrings("abc", bytes[0..3]);
    try std.testing.expectEqual(1 << 20, capacityOf(bytes));
    try std.testing.expectEqual(1 << 20, budget.heldBytes());
    free(bytes);
    try std.testing.expectEqual(0, budget.heldBytes());
}
