//! What a queue looks like in memory: one region without pointers, the same for threads and for processes.
//!
//!        0  Header     what it is; written once, then only `closed` changes
//!      128  tail       where producers are; a line of 128 bytes, because processors fetch lines of 64 in pairs
//!      256  head       where consumers are
//!      384  items      the bell of who waits for an item
//!      512  room       the bell of who waits for room
//!      640  Endpoint   one line for each that may take part
//!       ⋮
//!     data  cells, or the bytes of the ring
//!
//! Spsc, words:         | value | value | …                              4 or 8 bytes each
//! Spsc, bytes:         | length u32, bytes … | length u32, bytes … |    each a multiple of 8
//! Mpmc, 4 bytes:       | turn u32, value u32 | …
//! Mpmc, 8 bytes:       | turn u32, 0, value u64 | …
//! Mpmc, bytes:         | turn u32, length u32, bytes … | …              each a multiple of 8
//! MessageRing:         | record | record | padding |                    none lies across the end
//! a record:            | size << 2 | state  u32, owner u32, bytes … to a multiple of 8 |
//!
//! Everything is little-endian, and positions are free-running: they are masked when used and may wrap. Those of 32 bits
//! can be used by JavaScript through `Atomics` on a `Uint32Array`. Only a ring of many producers has positions of 64
//! bits: a producer that slept while 4 GiB went through could take an old position for the present one.

const std = @import("std");
const assert = std.debug.assert;
const builtin = @import("builtin");
const limits = @import("../limits.zig");

pub const line_bytes = 128;
/// "FAQUEUE", and a byte that text would not have there.
pub const magic: u64 = 0x1A45_5545_5551_4146;
pub const version: u32 = 1;

pub const Region = []align(line_bytes) u8;

pub const Kind = enum(u32) { spsc = 1, mpmc = 2, ring_one = 3, ring_many = 4 };

/// How an item lies in its cell; a ring has none.
pub const Form = enum(u32) { none = 0, bytes = 1, word32 = 4, word64 = 8 };

/// What a push answers.
pub const Sent = enum(u8) { sent, full, closed };

/// What `Spsc` and `Mpmc` are given in the place of a word's type: items are byte strings of up to `item_bytes`.
pub const Bytes = struct {};

pub fn formOf(comptime Item: type) Form {
    return switch (Item) {
        u32 => .word32,
        u64, f64 => .word64,
        Bytes => .bytes,
        else => @compileError("items are u32, u64, f64 or Bytes, not " ++ @typeName(Item)),
    };
}

pub const Header = extern struct {
    /// Written last: who sees it sees the rest.
    magic: u64,
    version: u32,
    kind: u32,
    form: u32,
    /// The longest item, where items are bytes.
    item_bytes: u32,
    /// Items, or bytes of a ring; a power of two.
    capacity: u32,
    endpoints: u32,
    total_bytes: u64,
    data_offset: u32,
    cell_bytes: u32,
    /// Of queues with one producer; the others have it in the tail, where no push can pass it.
    closed: u32,
    unused: [line_bytes - 52]u8,
};

/// 32 bits of the word count, but in a ring of many producers.
pub const Position = extern struct {
    word: u64,
    /// Of a head: up to here a ring is being freed. A consumer that takes over goes on with that.
    freeing: u64,
    unused: [line_bytes - 16]u8,
};

pub const Bell = extern struct {
    armed: u32,
    unused: [line_bytes - 4]u8,
};

/// A line that only its owner writes, so that nobody waits for it.
pub const Endpoint = extern struct {
    /// 0 while nobody has it.
    owner: u32,
    /// How many cells from `intent` on.
    intent_cells: u32,
    /// What it is about to take, with bit 0 set: the position of a record, or, of 32 bits each, the ticket of an item to
    /// push and that of one to pop.
    intent: u64,
    /// How often the answer was "full", or "empty", modulo 2^32.
    full: u32,
    empty: u32,
    /// What dead owners had begun, and this endpoint stepped over.
    abandoned: u32,
    unused: [line_bytes - 28]u8,
};

/// What every queue begins with; `Endpoint`s follow.
pub const Shared = extern struct {
    header: Header,
    tail: Position,
    head: Position,
    items: Bell,
    room: Bell,

    pub fn endpoint(shared: *Shared, index: usize) *Endpoint {
        const base: [*]u8 = @ptrCast(shared);
        return @ptrCast(@alignCast(base + @sizeOf(Shared) + index * @sizeOf(Endpoint)));
    }

    pub fn data(shared: *Shared, plan: *const Plan) [*]align(line_bytes) u8 {
        const base: [*]align(line_bytes) u8 = @ptrCast(@alignCast(shared));
        return @alignCast(base + plan.data_offset);
    }
};

pub inline fn dataOffset(endpoints: u32) u32 {
    return @sizeOf(Shared) + endpoints * @sizeOf(Endpoint);
}

comptime {
    assert(builtin.cpu.arch.endian() == .little);
    for ([_]type{ Header, Position, Bell, Endpoint }) |Line| assert(@sizeOf(Line) == line_bytes);
    assert(@offsetOf(Header, "total_bytes") == 32 and @offsetOf(Header, "closed") == 48);
    assert(@offsetOf(Position, "freeing") == 8);
    assert(@offsetOf(Endpoint, "intent") == 8 and @offsetOf(Endpoint, "full") == 16 and @offsetOf(Endpoint, "abandoned") == 24);
    assert(@offsetOf(Shared, "tail") == 128 and @offsetOf(Shared, "head") == 256);
    assert(@offsetOf(Shared, "items") == 384 and @offsetOf(Shared, "room") == 512 and @sizeOf(Shared) == 640);
}

/// All numbers of one queue. Whoever takes part keeps a copy of its own and never believes the shared one again.
pub const Plan = struct {
    kind: Kind,
    form: Form,
    item_bytes: u32,
    capacity: u32,
    endpoints: u32,
    cell_bytes: u32,
    data_offset: u32,
    total_bytes: u64,

    pub const Options = struct {
        kind: Kind,
        form: Form = .none,
        item_bytes: u32 = 0,
        capacity: u32,
        endpoints: u32,
    };

    pub fn make(options: Options) error{OptionsInvalid}!Plan {
        const is_ring = options.form == .none;
        const capacity_min: u32 = if (is_ring) limits.ring_bytes_min else 1;
        const capacity_max: u32 = if (is_ring) limits.ring_bytes_max else limits.queue_items_max;
        if (options.capacity < capacity_min or options.capacity > capacity_max) return error.OptionsInvalid;
        if (!std.math.isPowerOfTwo(options.capacity)) return error.OptionsInvalid;
        if (options.endpoints < 2 or options.endpoints > limits.queue_endpoints_max) return error.OptionsInvalid;
        const has_length = options.form == .bytes;
        if (has_length != (options.item_bytes > 0) or options.item_bytes > limits.queue_item_bytes_max) return error.OptionsInvalid;
        const turn_bytes: u32 = if (options.kind == .mpmc) 4 else 0;
        const cell_bytes: u32 = switch (options.form) {
            .none => 1,
            .word32 => turn_bytes + 4,
            .word64 => 2 * turn_bytes + 8,
            .bytes => std.mem.alignForward(u32, turn_bytes + 4 + options.item_bytes, 8),
        };
        const data_offset = dataOffset(options.endpoints);
        return .{
            .kind = options.kind,
            .form = options.form,
            .item_bytes = options.item_bytes,
            .capacity = options.capacity,
            .endpoints = options.endpoints,
            .cell_bytes = cell_bytes,
            .data_offset = data_offset,
            .total_bytes = std.mem.alignForward(u64, data_offset + @as(u64, cell_bytes) * options.capacity, line_bytes),
        };
    }

    /// Zeroes the region, but leaves its header to `publish`.
    pub fn begin(plan: *const Plan, region: Region) error{RegionTooSmall}!*Shared {
        if (region.len < plan.total_bytes) return error.RegionTooSmall;
        @memset(region[0..@intCast(plan.total_bytes)], 0);
        return @ptrCast(region.ptr);
    }

    pub fn publish(plan: *const Plan, shared: *Shared) void {
        const header = &shared.header;
        header.version = version;
        header.kind = @backingInt(plan.kind);
        header.form = @backingInt(plan.form);
        header.item_bytes = plan.item_bytes;
        header.capacity = plan.capacity;
        header.endpoints = plan.endpoints;
        header.total_bytes = plan.total_bytes;
        header.data_offset = plan.data_offset;
        header.cell_bytes = plan.cell_bytes;
        @atomicStore(u64, &header.magic, magic, .release);
    }

    pub const OpenError = error{ NotAQueue, WrongVersion, WrongKind, Damaged };

    /// Of memory that somebody else prepared, or damaged: every number is checked against the others and the length.
    pub fn read(region: Region, kind: Kind, form: Form) OpenError!Plan {
        if (region.len < @sizeOf(Shared)) return error.NotAQueue;
        const shared: *Shared = @ptrCast(region.ptr);
        if (@atomicLoad(u64, &shared.header.magic, .acquire) != magic) return error.NotAQueue;
        // A copy: what is checked is what is used, whatever somebody writes meanwhile.
        const header = @as(*const volatile Header, &shared.header).*;
        if (header.version != version) return error.WrongVersion;
        if (header.kind != @backingInt(kind) or header.form != @backingInt(form)) return error.WrongKind;
        const plan = make(.{
            .kind = kind,
            .form = form,
            .item_bytes = header.item_bytes,
            .capacity = header.capacity,
            .endpoints = header.endpoints,
        }) catch |err| switch (err) {
            error.OptionsInvalid => return error.Damaged,
        };
        if (header.total_bytes != plan.total_bytes or header.data_offset != plan.data_offset) return error.Damaged;
        if (header.cell_bytes != plan.cell_bytes or region.len < plan.total_bytes) return error.Damaged;
        return plan;
    }
};

const testing = std.testing;

test "a plan survives its way through memory" {
    const plan: Plan = try .make(.{ .kind = .mpmc, .form = .bytes, .item_bytes = 5, .capacity = 4, .endpoints = 3 });
    try testing.expectEqual(16, plan.cell_bytes);
    const region = try testing.allocator.alignedAlloc(u8, .fromByteUnits(line_bytes), @intCast(plan.total_bytes));
    defer testing.allocator.free(region);
    const shared = try plan.begin(region);
    try testing.expectError(error.NotAQueue, Plan.read(region, .mpmc, .bytes));
    plan.publish(shared);
    try testing.expectEqual(plan, try Plan.read(region, .mpmc, .bytes));
    try testing.expectError(error.WrongKind, Plan.read(region, .spsc, .bytes));
    try testing.expectError(error.WrongKind, Plan.read(region, .mpmc, .word32));
    try testing.expectError(error.RegionTooSmall, plan.begin(region[0 .. region.len - 1]));
}

test "options that make no queue" {
    const fine: Plan.Options = .{ .kind = .spsc, .form = .word32, .capacity = 4, .endpoints = 2 };
    _ = try Plan.make(fine);
    for ([_]u32{ 0, 3, limits.queue_items_max * 2 }) |capacity| {
        var wrong = fine;
        wrong.capacity = capacity;
        try testing.expectError(error.OptionsInvalid, Plan.make(wrong));
    }
    var wrong = fine;
    wrong.item_bytes = 4;
    try testing.expectError(error.OptionsInvalid, Plan.make(wrong));
    wrong.form = .bytes;
    wrong.item_bytes = limits.queue_item_bytes_max + 1;
    try testing.expectError(error.OptionsInvalid, Plan.make(wrong));
    try testing.expectError(error.OptionsInvalid, Plan.make(.{ .kind = .ring_one, .capacity = 8, .endpoints = 2 }));
    try testing.expectError(error.OptionsInvalid, Plan.make(.{ .kind = .ring_many, .capacity = 1024, .endpoints = 1 << 20 }));
}

test "any damaged header is an error or a queue within the region" {
    const plan: Plan = try .make(.{ .kind = .spsc, .form = .word64, .capacity = 8, .endpoints = 2 });
    const region = try testing.allocator.alignedAlloc(u8, .fromByteUnits(line_bytes), @intCast(plan.total_bytes));
    defer testing.allocator.free(region);
    const shared = try plan.begin(region);
    plan.publish(shared);
    for (0..@offsetOf(Header, "closed")) |at| {
        const before = region[at];
        defer region[at] = before;
        for (0..256) |value| {
            region[at] = @intCast(value);
            const found = Plan.read(region, .spsc, .word64) catch continue;
            try testing.expect(found.data_offset + @as(u64, found.cell_bytes) * found.capacity <= region.len);
            try testing.expectEqual(plan.data_offset, found.data_offset);
        }
    }
    for (0..region.len) |length| {
        const found = Plan.read(region[0..length], .spsc, .word64);
        try testing.expectError(if (length < @sizeOf(Shared)) error.NotAQueue else error.Damaged, found);
    }
}
