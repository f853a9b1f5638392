//! JSON Schemas by which JavaScript checks bytes of its own, without a server.

const std = @import("std");
const check_room = @import("check_room.zig");
const limits = @import("limits.zig");
const programs = @import("programs.zig");
const schema = @import("codec/schema.zig");
const Kit = @import("kit.zig").Kit;

pub const Verdict = schema.Verdict;
pub const Diagnostic = schema.Diagnostic;

const OpenError = programs.OpenError || error{StackShort};
const CheckError = error{ OutOfMemory, StaleHandle, TextTooLarge, StackShort };

/// The new schema's handle. Where the schema is at fault, the diagnostic says why.
pub fn open(kit: *Kit, text: []const u8, diagnostic: *Diagnostic) OpenError!u32 {
    if (kit.stackBytes() < limits.compile_stack_bytes) return error.StackShort;
    if (kit.indexer == null) kit.indexer = try .init();
    return kit.schemas.open(kit.allocator, text, diagnostic);
}

pub fn check(kit: *Kit, handle: u32, bytes: []const u8) CheckError!Verdict {
    const program = kit.schemas.get(handle) orelse return error.StaleHandle;
    var text = Text.open(kit, bytes) catch |err| switch (err) {
        error.Malformed => return .malformed,
        else => |other| return other,
    };
    defer text.close(kit);
    return program.check(text.bytes, text.structurals);
}

/// Writes what is wrong as a JSON array, as far as there is room for it. Returns how many bytes it has: with more than
/// `into` has room for, nothing of that is of use. Null where the text is malformed.
pub fn writeErrors(kit: *Kit, handle: u32, bytes: []const u8, into: []u8) CheckError!?usize {
    const program = kit.schemas.get(handle) orelse return error.StaleHandle;
    var text = Text.open(kit, bytes) catch |err| switch (err) {
        error.Malformed => return null,
        else => |other| return other,
    };
    defer text.close(kit);
    if (program.check(text.bytes, text.structurals) == .malformed) return null;
    var writer: std.Io.Writer = .fixed(into);
    if (write(program, text, &writer)) return writer.end else |_| {
        // There is no room for it: how much would have been?
        var counter: std.Io.Writer.Discarding = .init(&.{});
        // It takes all there is; were it otherwise, nothing could be said.
        write(program, text, &counter.writer) catch return error.OutOfMemory;
        return @intCast(counter.fullCount());
    }
}

fn write(program: *const schema.Program, text: Text, writer: *std.Io.Writer) std.Io.Writer.Error!void {
    _ = try program.writeErrors(text.bytes, text.structurals, "", writer, schema.failures_max);
}

/// A text and its tokens, until it is closed or the next one is opened.
const Text = struct {
    bytes: []const u8,
    structurals: []const u32,
    /// What was taken to copy it.
    copy: []u8,

    fn open(kit: *Kit, bytes: []const u8) error{ OutOfMemory, Malformed, TextTooLarge, StackShort }!Text {
        if (bytes.len > limits.json_index_bytes_max) return error.TextTooLarge;
        var text: Text = .{ .bytes = bytes, .structurals = &.{}, .copy = &.{} };
        if (bytes.len <= limits.copied_json_bytes_max) {
            @memcpy(kit.copy[0..bytes.len], bytes);
            text.bytes = kit.copy[0..bytes.len];
        } else if (!isReadableBehind(bytes)) {
            text.copy = try kit.allocator.alloc(u8, bytes.len + limits.slack_bytes);
            @memcpy(text.copy[0..bytes.len], bytes);
            text.bytes = text.copy[0..bytes.len];
        }
        errdefer text.close(kit);
        text.structurals = try kit.indexer.?.index(text.bytes);
        if (!check_room.has(kit.stack_end, text.bytes, text.structurals)) return error.StackShort;
        return text;
    }

    fn close(text: *Text, kit: *Kit) void {
        if (text.bytes.len > limits.json_index_bytes_kept) kit.indexer.?.trim();
        kit.allocator.free(text.copy);
    }

    /// Of JavaScript's memory only the pages are known: what is behind the text on its last page can be read.
    fn isReadableBehind(bytes: []const u8) bool {
        const last = @intFromPtr(bytes.ptr) + bytes.len - 1;
        return last / std.heap.page_size_min == (last + limits.slack_bytes) / std.heap.page_size_min;
    }
};

const testing = std.testing;

fn opened(kit: *Kit, text: []const u8) !u32 {
    var diagnostic: Diagnostic = .{};
    return open(kit, text, &diagnostic);
}

test "texts of all sizes are checked where they lie, up to the end of readable memory" {
    const kit: *Kit = try .open(testing.allocator);
    defer kit.close();
    const handle = try opened(kit, "{\"items\":{\"type\":\"integer\"}}");
    const page = std.heap.page_size_min;
    // What is behind the last page can't be read.
    const memory = try std.posix.mmap(null, 16 * page, .{ .READ = true, .WRITE = true }, .{ .TYPE = .PRIVATE, .ANONYMOUS = true }, -1, 0);
    defer std.posix.munmap(memory);
    try testing.expectEqual(0, std.c.mprotect(@ptrCast(@alignCast(memory.ptr + 15 * page)), page, .{}));
    for ([_]usize{ 1, 64, limits.copied_json_bytes_max, limits.copied_json_bytes_max + 2, 4 * page + 1 }) |size| {
        for ([_]usize{ 0, 1, limits.slack_bytes - 1, limits.slack_bytes, limits.slack_bytes + 1 }) |behind| {
            const end = 15 * page - behind;
            const text = memory[end - size - 2 .. end];
            @memset(text, ' ');
            text[0] = '[';
            text[size / 2 + 1] = '7';
            text[text.len - 1] = ']';
            try testing.expectEqual(.valid, try check(kit, handle, text));
            text[size / 2 + 1] = '"';
            try testing.expectEqual(.malformed, try check(kit, handle, text));
        }
    }
}

test "what is wrong is told, and how much room it needs" {
    const kit: *Kit = try .open(testing.allocator);
    defer kit.close();
    const handle = try opened(kit, "{\"additionalProperties\":{\"type\":\"integer\"}}");
    var into: [256]u8 = undefined;
    const expected = "[{\"loc\":[\"a\"],\"msg\":\"Must be an integer\",\"type\":\"integer_type\",\"input\":\"\"}]";
    for ([_]usize{ 0, 1, expected.len - 1, expected.len, into.len }) |room| {
        try testing.expectEqual(expected.len, try writeErrors(kit, handle, "{\"a\":\"\"}", into[0..room]));
    }
    try testing.expectEqualStrings(expected, into[0..expected.len]);
    try testing.expectEqual(2, try writeErrors(kit, handle, "{\"a\":1}", &into));
    for ([_][]const u8{ "", "{\"a\":", "{\"a\":1}}", "\"" }) |text| {
        try testing.expectEqual(null, try writeErrors(kit, handle, text, &into));
        try testing.expectEqual(.malformed, try check(kit, handle, text));
    }
}

test "a closed schema is stale, and what is left open ends with the kit" {
    const kit: *Kit = try .open(testing.allocator);
    defer kit.close();
    const first = try opened(kit, "true");
    kit.schemas.close(first);
    kit.schemas.close(first);
    const second = try opened(kit, "false");
    try testing.expectError(error.StaleHandle, check(kit, first, "1"));
    try testing.expectError(error.StaleHandle, writeErrors(kit, first, "1", &.{}));
    try testing.expectError(error.StaleHandle, check(kit, 0, "1"));
    try testing.expectEqual(.invalid, try check(kit, second, "1"));
    try testing.expectError(error.SchemaUnsupported, opened(kit, "{\"$dynamicRef\":\"#\"}"));
    try testing.expectError(error.SchemaInvalid, opened(kit, "{\"type\":1}"));
    try testing.expectEqual(1, kit.schemas.slots.in_use);
}

test "where the stack is short, shallow texts are checked and deep ones are not" {
    const kit: *Kit = try .open(testing.allocator);
    defer kit.close();
    const handle = try opened(kit, "{}");
    const begin: [500]u8 = @splat('[');
    const end: [500]u8 = @splat(']');
    const deep = begin ++ end;
    try testing.expectEqual(.valid, try check(kit, handle, &deep));
    kit.stack_end = @frameAddress() - limits.check_stack_bytes - 64 * limits.check_stack_bytes_each;
    try testing.expectError(error.StackShort, check(kit, handle, &deep));
    try testing.expectEqual(.valid, try check(kit, handle, deep[480..520]));
    kit.stack_end = @frameAddress();
    try testing.expectError(error.StackShort, check(kit, handle, "1"));
    try testing.expectError(error.StackShort, opened(kit, "true"));
}
