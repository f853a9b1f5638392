//! Memory straight from the system: reserved at once, resident only where it was touched.

const std = @import("std");
const posix = std.posix;

pub const Region = []align(std.heap.page_size_min) u8;

/// Zeroed. Unlike an allocator's memory it is not filled in safe builds, so that a large pool costs what it uses.
pub fn reserve(bytes: usize) error{OutOfMemory}!Region {
    return posix.mmap(
        null,
        std.mem.alignForward(usize, bytes, std.heap.pageSize()),
        .{ .READ = true, .WRITE = true },
        // A small machine would refuse address space for pools that it could never fill.
        .{ .TYPE = .PRIVATE, .ANONYMOUS = true, .NORESERVE = true },
        -1,
        0,
    ) catch return error.OutOfMemory;
}

pub fn release(region: Region) void {
    posix.munmap(region);
}

test "reserved memory is zeroed and writable" {
    const region = try reserve(100);
    defer release(region);
    try std.testing.expect(region.len >= 100);
    try std.testing.expect(std.mem.allEqual(u8, region, 0));
    region[99] = 1;
}
