//! JSON Schemas that JavaScript has opened, by their handles: a server's bodies are checked by them, or texts of its own.

const std = @import("std");
const limits = @import("limits.zig");
const schema = @import("codec/schema.zig");
const SlotPool = @import("memory/slot_pool.zig").SlotPool;

pub const OpenError = error{ OutOfMemory, SchemaInvalid, SchemaUnsupported, SchemasTooMany };

/// Belongs to one thread.
pub const Programs = struct {
    slots: SlotPool(*schema.Program, 16),

    pub fn init() error{OutOfMemory}!Programs {
        return .{ .slots = try .init(limits.schemas_max) };
    }

    /// Closes those that are open.
    pub fn deinit(programs: *Programs) void {
        var open_ones = programs.slots.iterator();
        while (open_ones.next()) |program| program.*.destroy();
        programs.slots.deinit();
    }

    /// The new one's handle. Where the schema is at fault, the diagnostic says why.
    pub fn open(programs: *Programs, allocator: std.mem.Allocator, text: []const u8, diagnostic: *schema.Diagnostic) OpenError!u32 {
        const slot = programs.slots.acquire() orelse return error.SchemasTooMany;
        errdefer programs.slots.release(slot);
        slot.* = schema.Program.compile(allocator, text, diagnostic) catch |err| return switch (err) {
            error.OutOfMemory => error.OutOfMemory,
            error.SchemaInvalid => error.SchemaInvalid,
            error.Unsupported => error.SchemaUnsupported,
        };
        return programs.slots.handle(slot);
    }

    /// Of one that is closed nothing happens.
    pub fn close(programs: *Programs, handle: u32) void {
        const slot = programs.slots.get(handle) orelse return;
        slot.*.destroy();
        programs.slots.release(slot);
    }

    /// Null where it was closed, or never was one.
    pub fn get(programs: *const Programs, handle: u32) ?*const schema.Program {
        const slot = programs.slots.get(handle) orelse return null;
        return slot.*;
    }
};
