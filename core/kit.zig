//! What a JavaScript heap uses of the core without a server: building blocks by their handles, closed with the heap.

const std = @import("std");
const cpu = @import("http/cpu.zig");
const limits = @import("limits.zig");
const thread_stack = @import("thread_stack.zig");
const Indexer = @import("codec/simdjson.zig").Indexer;
const Programs = @import("programs.zig").Programs;
const SlotPool = @import("memory/slot_pool.zig").SlotPool;
const Table = @import("server.zig").Table;

pub const Routers = SlotPool(*Table, 16);

/// Belongs to the thread that opens it.
pub const Kit = struct {
    allocator: std.mem.Allocator,
    schemas: Programs,
    routers: Routers,
    /// Asking the CPU what it can do takes long.
    parse: *const cpu.Parse,
    /// The tokens of one text; made with the first.
    indexer: ?Indexer = null,
    /// For texts that are copied before they are looked at.
    copy: [limits.copied_json_bytes_max + limits.slack_bytes]u8 = undefined,
    /// The lowest address that the thread's stack may grow to.
    stack_end: usize,

    pub fn open(allocator: std.mem.Allocator) error{OutOfMemory}!*Kit {
        const kit = try allocator.create(Kit);
        errdefer allocator.destroy(kit);
        var schemas: Programs = try .init();
        errdefer schemas.deinit();
        kit.* = .{
            .allocator = allocator,
            .schemas = schemas,
            .routers = try .init(limits.routers_max),
            .parse = cpu.parse(),
            .stack_end = thread_stack.end(),
        };
        return kit;
    }

    pub fn close(kit: *Kit) void {
        kit.schemas.deinit();
        var tables = kit.routers.iterator();
        while (tables.next()) |table| table.*.destroy();
        kit.routers.deinit();
        if (kit.indexer) |*indexer| indexer.deinit();
        kit.allocator.destroy(kit);
    }

    /// Bytes of the stack below the caller.
    pub inline fn stackBytes(kit: *const Kit) usize {
        return @frameAddress() -| kit.stack_end;
    }
};
