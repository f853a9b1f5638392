//! What a socket did not take yet, in order: a chain of buffers that belongs to one connection.

const std = @import("std");
const assert = std.debug.assert;
const BufferPool = @import("../memory/buffer_pool.zig").BufferPool;
const Buffer = @import("../memory/buffer_pool.zig").Buffer;
const Transport = @import("transport.zig").Transport;
const transport_interface = @import("transport.zig");

const vectors_max = 16;
/// What a small rest is given, so that more can follow it in the same buffer.
const buffer_bytes_min = 4096;
const buffer_bytes_max = 256 * 1024;

pub const Outgoing = struct {
    first: ?*Buffer = null,
    last: ?*Buffer = null,
    bytes: u64 = 0,

    pub fn isEmpty(outgoing: *const Outgoing) bool {
        return outgoing.first == null;
    }

    /// Copies.
    pub fn append(outgoing: *Outgoing, pool: *BufferPool, data: []const u8) error{OutOfMemory}!void {
        var rest = data;
        while (rest.len > 0) {
            const buffer = room: {
                if (outgoing.last) |last| if (last.end < last.capacity) break :room last;
                break :room try outgoing.extend(pool, rest.len);
            };
            const size = @min(rest.len, buffer.capacity - buffer.end);
            @memcpy(buffer.bytes()[buffer.end..][0..size], rest[0..size]);
            buffer.end += @intCast(size);
            outgoing.bytes += size;
            rest = rest[size..];
        }
    }

    fn extend(outgoing: *Outgoing, pool: *BufferPool, wanted: usize) error{OutOfMemory}!*Buffer {
        const buffer = try pool.acquire(std.math.clamp(wanted, buffer_bytes_min, buffer_bytes_max));
        if (outgoing.last) |last| last.next = buffer else outgoing.first = buffer;
        outgoing.last = buffer;
        return buffer;
    }

    /// Writes as much as the transport takes. True when nothing is left.
    pub fn flush(outgoing: *Outgoing, pool: *BufferPool, transport: Transport) transport_interface.Error!bool {
        while (outgoing.first != null) {
            var vectors: [vectors_max]transport_interface.Vector = undefined;
            var count: usize = 0;
            var total: usize = 0;
            var next = outgoing.first;
            while (next) |buffer| : (next = buffer.next) {
                if (count == vectors.len) break;
                const data = buffer.bytes()[buffer.start..buffer.end];
                vectors[count] = .{ .base = data.ptr, .len = data.len };
                count += 1;
                total += data.len;
            }
            const written = transport.write(vectors[0..count]) catch |err| switch (err) {
                error.WouldBlock => return false,
                error.Broken => return error.Broken,
            };
            outgoing.drop(pool, written);
            if (written < total) return false;
        }
        return true;
    }

    fn drop(outgoing: *Outgoing, pool: *BufferPool, count: usize) void {
        assert(count <= outgoing.bytes);
        outgoing.bytes -= count;
        var rest = count;
        while (outgoing.first) |buffer| {
            const size = buffer.end - buffer.start;
            if (rest < size) {
                buffer.start += @intCast(rest);
                return;
            }
            rest -= size;
            outgoing.first = buffer.next;
            if (outgoing.first == null) outgoing.last = null;
            pool.release(buffer);
        }
    }

    pub fn clear(outgoing: *Outgoing, pool: *BufferPool) void {
        outgoing.drop(pool, outgoing.bytes);
        assert(outgoing.first == null and outgoing.last == null);
    }
};

const testing = std.testing;
const Budget = @import("../memory/budget.zig").Budget;

/// Takes what it has room for.
const Narrow = struct {
    room: usize,
    taken: std.ArrayList(u8) = .empty,

    const table: Transport.Table = .{
        .read = undefined,
        .write = write,
        .has_buffered = undefined,
        .wants_write = undefined,
        .finish = undefined,
        .close = undefined,
    };

    fn write(handle: usize, vectors: []const transport_interface.Vector) transport_interface.Error!usize {
        const narrow: *Narrow = @ptrFromInt(handle);
        if (narrow.room == 0) return error.WouldBlock;
        var written: usize = 0;
        for (vectors) |vector| {
            const size = @min(vector.len, narrow.room);
            narrow.taken.appendSlice(testing.allocator, vector.base[0..size]) catch return error.Broken;
            narrow.room -= size;
            written += size;
        }
        return written;
    }
};

test "keeps order and bytes through writes of every size" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var prng: std.Random.DefaultPrng = .init(5);
    const random = prng.random();
    var narrow: Narrow = .{ .room = 0 };
    defer narrow.taken.deinit(testing.allocator);
    const transport: Transport = .{ .table = &Narrow.table, .handle = @intFromPtr(&narrow) };
    var outgoing: Outgoing = .{};
    const data = try testing.allocator.alloc(u8, 700_000);
    defer testing.allocator.free(data);
    random.bytes(data);

    var appended: usize = 0;
    while (narrow.taken.items.len < data.len) {
        const size = @min(random.uintLessThan(usize, 40_000), data.len - appended);
        try outgoing.append(&pool, data[appended..][0..size]);
        appended += size;
        narrow.room = random.uintLessThan(usize, 60_000);
        const is_empty = try outgoing.flush(&pool, transport);
        try testing.expectEqual(outgoing.isEmpty(), is_empty);
        try testing.expectEqual(appended - narrow.taken.items.len, outgoing.bytes);
    }
    try testing.expectEqualSlices(u8, data, narrow.taken.items);
    try testing.expectEqual(0, budget.heldBytes());
}

test "cleared bytes are released" {
    var budget: Budget = .{};
    var pool: BufferPool = .init(testing.allocator, &budget);
    defer pool.deinit();
    var outgoing: Outgoing = .{};
    try outgoing.append(&pool, &@as([1000]u8, @splat('x')));
    try outgoing.append(&pool, &@as([100_000]u8, @splat('y')));
    outgoing.clear(&pool);
    try testing.expect(outgoing.isEmpty());
    try testing.expectEqual(0, budget.heldBytes());
}
