//! Memory whose last byte lies before a page that nobody may touch: who reads or writes too far crashes.

const std = @import("std");

pub const Guarded = struct {
    bytes: []u8,

    /// Never given back.
    pub fn init(size_max: usize) error{OutOfMemory}!Guarded {
        const page = std.heap.pageSize();
        const usable = std.mem.alignForward(usize, size_max, page);
        const region = std.posix.mmap(
            null,
            usable + page,
            .{ .READ = true, .WRITE = true },
            .{ .TYPE = .PRIVATE, .ANONYMOUS = true },
            -1,
            0,
        ) catch return error.OutOfMemory;
        if (std.c.mprotect(@ptrCast(@alignCast(region[usable..].ptr)), page, .{}) != 0) return error.OutOfMemory;
        return .{ .bytes = region[0..usable] };
    }

    /// The last `size` bytes: as long as the next call, since that gives out the same.
    pub fn tail(guarded: *const Guarded, size: usize) []u8 {
        return guarded.bytes[guarded.bytes.len - size ..];
    }
};
