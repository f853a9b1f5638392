//! One bound for all request and response bytes that the process holds outside the rings.

const std = @import("std");

/// Shared by every runtime of the process, which is why it is the only mutable global of the core.
pub var process: Budget = .{};

pub const Budget = struct {
    held: std.atomic.Value(u64) = .init(0),

    pub fn take(budget: *Budget, bytes: usize) void {
        // Monotonic: a count, it orders nothing.
        _ = budget.held.fetchAdd(bytes, .monotonic);
    }

    pub fn give(budget: *Budget, bytes: usize) void {
        const before = budget.held.fetchSub(bytes, .monotonic);
        std.debug.assert(before >= bytes);
    }

    pub fn heldBytes(budget: *const Budget) u64 {
        return budget.held.load(.monotonic);
    }
};

test "what was taken and given back leaves nothing held" {
    var budget: Budget = .{};
    budget.take(100);
    budget.take(50);
    budget.give(100);
    try std.testing.expectEqual(50, budget.heldBytes());
}
