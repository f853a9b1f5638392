//! JSON Schemas by which bodies are checked before JavaScript hears of them.

const std = @import("std");
const abi = @import("abi.zig");
const check_room = @import("check_room.zig");
const limits = @import("limits.zig");
const programs = @import("programs.zig");
const schema = @import("codec/schema.zig");
const thread_stack = @import("thread_stack.zig");
const Exchange = @import("exchange.zig").Exchange;
const Indexer = @import("codec/simdjson.zig").Indexer;
const Response = @import("http/response.zig").Response;
const Runtime = @import("runtime.zig").Runtime;
const Slot = @import("http/parser.zig").Slot;
const Values = @import("codec/schema_values.zig").Values;

/// What checking needs, made with the first schema: the tokens of one body, and room for one refusal.
pub const Desk = struct {
    indexer: Indexer,
    text: []u8,
    /// Of the thread that polls.
    stack_end: usize,
    answer: Response = undefined,

    fn open(allocator: std.mem.Allocator) error{OutOfMemory}!Desk {
        const text = try allocator.alloc(u8, limits.refusal_bytes);
        errdefer allocator.free(text);
        return .{ .indexer = try .init(), .text = text, .stack_end = thread_stack.end() };
    }

    pub fn close(desk: *Desk, allocator: std.mem.Allocator) void {
        desk.indexer.deinit();
        allocator.free(desk.text);
    }
};

/// The new schema's handle.
pub fn open(runtime: *Runtime, text: []const u8) programs.OpenError!u32 {
    if (runtime.desk == null) runtime.desk = try .open(runtime.allocator);
    var diagnostic: schema.Diagnostic = .{};
    return runtime.schemas.open(runtime.allocator, text, &diagnostic);
}

/// Looks at the body of a record that is about to be handed over, and notes what it found. When the core may refuse it
/// alone, and must, the answer is returned, which is valid until the next call.
pub fn judge(runtime: *Runtime, exchange: *const Exchange, record: *abi.Record) ?*const Response {
    const program = runtime.schemas.get(exchange.schema) orelse return null;
    if (!record.flags.has_body or record.flags.body_is_streamed or !isJson(runtime, record)) return null;
    const bytes = if (record.flags.body_is_apart) exchange.body.slice() else runtime.input[record.body..][0..record.body_bytes];
    if (bytes.len > limits.checked_body_bytes_max) return null;
    const desk = &runtime.desk.?;
    const structurals = desk.indexer.index(bytes) catch |err| switch (err) {
        error.Malformed => {
            record.flags.body_verdict = .malformed;
            return null;
        },
        // Unchecked: JavaScript has a checker too.
        error.OutOfMemory => return null,
    };
    defer if (bytes.len > limits.json_index_bytes_kept) desk.indexer.trim();
    // A handler that turns the event loop may be deep inside of a recursion. JavaScript has a stack that it watches.
    if (!check_room.has(desk.stack_end, bytes, structurals)) return null;
    const refuses = exchange.flags.refuses_alone;
    var failures: schema.Failures = .{ .max = schema.failures_max };
    const into = if (refuses) &failures else null;
    var nothing: schema.Nothing = .{};
    const verdict = if (exchange.flags.takes_values)
        checkAndTake(runtime, program, bytes, structurals, record, into)
    else
        program.walk(bytes, structurals, schema.Nothing, &nothing, into);
    record.flags.body_verdict = switch (verdict) {
        .valid => .valid,
        .malformed => .malformed,
        .invalid => .invalid,
    };
    if (verdict != .invalid or !refuses) return null;
    return refusal(desk, bytes, structurals, &failures);
}

/// Where its values can be told, the record gets their place.
fn checkAndTake(
    runtime: *Runtime,
    program: *const schema.Program,
    bytes: []const u8,
    structurals: []const u32,
    record: *abi.Record,
    failures: ?*schema.Failures,
) schema.Verdict {
    var values: Values = .{ .words = runtime.values[runtime.values_used..limits.values_words], .base = bytes.ptr };
    const verdict = program.walk(bytes, structurals, Values, &values, failures);
    if (verdict != .valid) return verdict;
    const words = values.taken() orelse return verdict;
    record.flags.values = @intCast(runtime.values_used + 1);
    runtime.values_used += @intCast(words.len);
    return verdict;
}

/// Null when there is no room for it: then JavaScript refuses.
fn refusal(desk: *Desk, bytes: []const u8, structurals: []const u32, failures: *schema.Failures) ?*const Response {
    var writer: std.Io.Writer = .fixed(desk.text);
    writeRefusal(&writer, bytes, structurals, failures) catch return null;
    desk.answer = .{ .status = 422, .content_type = .json, .body = writer.buffered() };
    return &desk.answer;
}

/// The body of a 422.
fn writeRefusal(
    writer: *std.Io.Writer,
    bytes: []const u8,
    structurals: []const u32,
    failures: *schema.Failures,
) std.Io.Writer.Error!void {
    try writer.writeAll("{\"detail\":");
    try schema.Program.writeFailures(bytes, structurals, failures, "\"body\"", writer);
    try writer.writeByte('}');
}

/// `application/json` or a type that ends with `+json`, whatever parameters follow.
fn isJson(runtime: *const Runtime, record: *const abi.Record) bool {
    const slots: [*]const Slot = @ptrCast(@alignCast(runtime.table + record.slots));
    for (slots[0..record.slot_count]) |slot| {
        if (slot.tag.id != .content_type) continue;
        const value = runtime.input[record.head + slot.value ..][0..slot.value_bytes];
        const end = std.mem.findScalar(u8, value, ';') orelse value.len;
        const media_type = std.mem.trim(u8, value[0..end], " \t");
        return std.ascii.eqlIgnoreCase(media_type, "application/json") or
            (media_type.len >= 5 and std.ascii.eqlIgnoreCase(media_type[media_type.len - 5 ..], "+json"));
    }
    return false;
}
