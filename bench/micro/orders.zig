//! JSON as a server reads it: tokens, grammar and schema of an order, its fields taken on the way, and a refusal.

const std = @import("std");
const core = @import("core");
const Indexer = core.codec.simdjson.Indexer;
const Failures = core.codec.schema.Failures;
const Program = core.codec.schema.Program;
const String = core.codec.schema_text.String;
const Text = core.codec.schema_text.Text;

const schema =
    \\{"type":"object","required":["id","name","express","items"],"properties":{"id":{"type":"integer","minimum":1},
    \\"name":{"type":"string","minLength":1,"maxLength":64},"email":{"type":"string","pattern":"^[^@\\s]+@[^@\\s]+$"},
    \\"express":{"type":"boolean"},"items":{"type":"array","minItems":1,"items":{"type":"object",
    \\"required":["sku","qty","price"],"properties":{"sku":{"type":"string"},"qty":{"type":"integer","minimum":1},
    \\"price":{"type":"number","minimum":0}}}}}}
;

/// Compiled once, at run time, as a server does when it starts.
var program: *const Program = undefined;
var price: u32 = undefined;
var is_open = false;

pub fn open() void {
    if (is_open) return;
    var diagnostic: core.codec.schema.Diagnostic = .{};
    program = Program.compile(std.heap.c_allocator, schema, &diagnostic) catch @panic("the schema was refused");
    price = program.slotOf(&.{ "items", null, "price" }) orelse @panic("the schema says nothing of prices");
    is_open = true;
}

/// Adds up each field as it is found good.
const Sum = struct {
    total: u64 = 0,
    has_all: bool = false,

    pub inline fn null_(_: *Sum, _: u32) void {}
    pub inline fn boolean(sum: *Sum, _: u32, value: bool) void {
        sum.total += @intFromBool(value);
    }
    pub inline fn number(sum: *Sum, slot: u32, value: f64) void {
        sum.total += @intFromFloat(if (slot == price) value * 100 + 0.5 else value);
    }
    pub inline fn string(sum: *Sum, _: u32, value: String, _: bool) void {
        sum.total += if (value.is_escaped) unescapedBytes(value) else value.raw.len;
    }
    pub inline fn begin(_: *Sum, _: u32) u32 {
        return 0;
    }
    pub inline fn end(sum: *Sum, slot: u32, _: u32, _: u64) void {
        sum.has_all = slot == 0;
    }
    pub inline fn stray(_: *Sum, _: u32) void {}
    pub inline fn raw(_: *Sum, _: u32, _: Text, _: u32, _: u32) void {}
};

noinline fn unescapedBytes(string: String) u64 {
    var bytes = string.reader();
    var count: u64 = 0;
    while (bytes.next() != null) count += 1;
    return count;
}

/// The sum of numbers, prices in cents, lengths of strings and what is true, of each order that is valid.
pub fn readMany(bytes: [*]const u8, size: usize, n: u64) callconv(.c) u64 {
    var indexer = Indexer.init() catch return 0;
    defer indexer.deinit();
    var total: u64 = 0;
    for (0..n) |_| {
        const structurals = indexer.index(bytes[0..size]) catch continue;
        var sum: Sum = .{};
        if (program.walk(bytes[0..size], structurals, Sum, &sum, null) != .valid or !sum.has_all) continue;
        total += sum.total;
    }
    return total;
}

/// The number of those that are valid.
pub fn checkMany(bytes: [*]const u8, size: usize, n: u64) callconv(.c) u64 {
    var indexer = Indexer.init() catch return 0;
    defer indexer.deinit();
    var valid: u64 = 0;
    for (0..n) |_| {
        const structurals = indexer.index(bytes[0..size]) catch continue;
        valid += @intFromBool(program.check(bytes[0..size], structurals) == .valid);
    }
    return valid;
}

/// The sum of the bytes of what is told, as the body of a 422 has it.
pub fn refuseMany(bytes: [*]const u8, size: usize, n: u64) callconv(.c) u64 {
    var indexer = Indexer.init() catch return 0;
    defer indexer.deinit();
    var sum: u64 = 0;
    var buffer: [16 * 1024]u8 = undefined;
    for (0..n) |_| {
        const structurals = indexer.index(bytes[0..size]) catch continue;
        var failures: Failures = .{ .max = core.codec.schema.failures_max };
        var nothing: core.codec.schema.Nothing = .{};
        if (program.walk(bytes[0..size], structurals, core.codec.schema.Nothing, &nothing, &failures) != .invalid) continue;
        var writer: std.Io.Writer = .fixed(&buffer);
        Program.writeFailures(bytes[0..size], structurals, &failures, "\"body\"", &writer) catch continue;
        sum += writer.buffered().len;
    }
    return sum;
}

/// The sum of how many positions were found.
pub fn indexMany(bytes: [*]const u8, size: usize, n: u64) callconv(.c) u64 {
    var indexer = Indexer.init() catch return 0;
    defer indexer.deinit();
    var sum: u64 = 0;
    for (0..n) |_| sum += (indexer.index(bytes[0..size]) catch return 0).len;
    return sum;
}

/// The sum of the bytes that were found good.
pub fn scanMany(bytes: [*]const u8, size: usize, n: u64) callconv(.c) u64 {
    var sum: u64 = 0;
    for (0..n) |_| sum += core.codec.json_scan.scan(bytes[0..size]).offset;
    return sum;
}
