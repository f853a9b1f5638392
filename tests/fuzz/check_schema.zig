//! The oracle for schemas: what is compiled says of a body what the plain reference says of the parsed one, tells of
//! failures that are there, and gives all of its memory back.

const std = @import("std");
const parts = @import("parts.zig");
const crash = @import("crash.zig");
const check_json = @import("check_json.zig");
const Guarded = @import("guarded.zig").Guarded;
const reference = parts.reference_schema;
const schema = parts.schema;
const Counting = std.testing.FailingAllocator;
const Program = schema.Program;
const Value = std.json.Value;

/// More than any message says, what the schema and the body put into it aside.
const message_bytes_max = 8 * 1024;
const parsing: std.json.ParseOptions = .{ .duplicate_field_behavior = .use_last };

const Failure = error{ Mismatch, OutOfMemory };

/// A schema that compiled. One at a time.
pub const Subject = struct {
    text: []const u8,
    program: *Program,
    /// Null where the standard library doesn't take what we take.
    tree: ?Value,
};

pub const Checker = struct {
    gpa: std.mem.Allocator,
    text: Guarded,
    counting: Counting,
    counts: Counts = .{},

    pub const Counts = struct {
        refused: u64 = 0,
        compiled: u64 = 0,
        malformed: u64 = 0,
        invalid: u64 = 0,
        valid: u64 = 0,
        /// Of the valid and the invalid, those on which the reference has an opinion.
        compared: u64 = 0,

        pub fn print(counts: *const Counts) void {
            std.debug.print("fuzz: {d} schemas and {d} refused; bodies: {d} valid, {d} invalid, {d} malformed, {d} compared\n", .{
                counts.compiled, counts.refused, counts.valid, counts.invalid, counts.malformed, counts.compared,
            });
        }
    };

    pub fn init(gpa: std.mem.Allocator) error{OutOfMemory}!Checker {
        return .{ .gpa = gpa, .text = try .init(check_json.Checker.text_bytes_max), .counting = undefined };
    }

    /// Null for a schema that is refused. With `fails` compiling is tried with memory that ends at every place, too.
    pub fn open(c: *Checker, text: []const u8, fails: bool, arena: std.mem.Allocator) Failure!?Subject {
        crash.begin(.{ .schema = .{ .schema = text, .body = "" } });
        const exact = c.text.tail(text.len);
        @memcpy(exact, text);
        c.counting = .init(c.gpa, .{});
        const program = try c.compile(exact);
        if (fails) try c.compileWithout(exact, c.counting.alloc_index);
        // It keeps nothing of what it was given.
        @memset(exact, 0xaa);
        crash.end();
        if (program == null) {
            c.counts.refused += 1;
            return null;
        }
        c.counts.compiled += 1;
        const tree = std.json.parseFromSliceLeaky(Value, arena, text, parsing) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            else => null,
        };
        return .{ .text = text, .program = program.?, .tree = tree };
    }

    pub fn close(c: *Checker, subject: *Subject) Failure!void {
        subject.program.destroy();
        try c.expectFreed();
    }

    fn compile(c: *Checker, text: []const u8) Failure!?*Program {
        var diagnostic: schema.Diagnostic = .{};
        return Program.compile(c.counting.allocator(), text, &diagnostic) catch |err| switch (err) {
            error.OutOfMemory => {
                try c.expectFreed();
                return error.OutOfMemory;
            },
            error.SchemaInvalid, error.Unsupported => {
                try c.expectFreed();
                if (diagnostic.reason.len > 0 and diagnostic.pointer().len <= diagnostic.pointer_buffer.len) return null;
                std.debug.print("fuzz: refused without a reason\n", .{});
                return error.Mismatch;
            },
        };
    }

    fn compileWithout(c: *Checker, text: []const u8, allocations: usize) Failure!void {
        const kept = c.counting;
        defer c.counting = kept;
        for (0..allocations) |fail_index| {
            c.counting = .init(c.gpa, .{ .fail_index = fail_index, .resize_fail_index = fail_index });
            const program = c.compile(text) catch |err| switch (err) {
                error.OutOfMemory => continue,
                error.Mismatch => return error.Mismatch,
            };
            // Without the memory to grow it may do with fewer allocations.
            if (program) |made| made.destroy();
            try c.expectFreed();
            if (!c.counting.has_induced_failure) continue;
            std.debug.print("fuzz: compiled although allocation {d} failed\n", .{fail_index});
            return error.Mismatch;
        }
    }

    fn expectFreed(c: *const Checker) error{Mismatch}!void {
        if (c.counting.allocated_bytes == c.counting.freed_bytes) return;
        std.debug.print("fuzz: {d} bytes taken, {d} given back\n", .{ c.counting.allocated_bytes, c.counting.freed_bytes });
        return error.Mismatch;
    }

    pub fn check(
        c: *Checker,
        subject: *const Subject,
        body: []const u8,
        json: *check_json.Checker,
        arena: std.mem.Allocator,
        random: std.Random,
    ) Failure!void {
        crash.begin(.{ .schema = .{ .schema = subject.text, .body = body } });
        defer crash.end();
        errdefer crash.begin(.{ .schema = .{ .schema = subject.text, .body = body } });
        const placed = try json.place(body, arena, random);
        const positions = placed.positions orelse {
            c.counts.malformed += 1;
            return;
        };
        const verdict = subject.program.check(placed.bytes, positions);
        switch (verdict) {
            .malformed => c.counts.malformed += 1,
            .invalid => c.counts.invalid += 1,
            .valid => c.counts.valid += 1,
        }
        if ((verdict == .malformed) == placed.is_good) return mismatch("malformed or not", verdict);
        if (!placed.is_good) return;
        const value: ?Value = std.json.parseFromSliceLeaky(Value, arena, body, parsing) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            else => null,
        };
        try expectErrors(subject, placed.bytes, positions, verdict, value, arena, random);
        const tree = subject.tree orelse return;
        const plain: reference.Reference = .{ .root = tree };
        const is_valid = plain.isValid(tree, value orelse return) catch |err| switch (err) {
            error.Unknown => return,
        };
        c.counts.compared += 1;
        if (is_valid != (verdict == .valid)) return mismatch("not what the reference says", verdict);
    }
};

fn mismatch(what: []const u8, verdict: schema.Verdict) error{Mismatch} {
    std.debug.print("fuzz: {s}: {t}\n", .{ what, verdict });
    return error.Mismatch;
}

fn expectErrors(
    subject: *const Subject,
    bytes: []const u8,
    positions: []const u32,
    verdict: schema.Verdict,
    value: ?Value,
    arena: std.mem.Allocator,
    random: std.Random,
) Failure!void {
    const prefix = if (random.boolean()) "\"body\"" else "";
    for ([_]u32{ 1, random.intRangeAtMost(u32, 1, 40) }) |max| {
        var out: std.Io.Writer.Allocating = .init(arena);
        const count = subject.program.writeErrors(bytes, positions, prefix, &out.writer, max) catch return error.OutOfMemory;
        const text = out.written();
        errdefer std.debug.print("fuzz: {s}\n", .{text});
        if (count > @min(max, schema.failures_max)) return mismatch("too many failures", verdict);
        if ((count == 0) != (verdict == .valid)) return mismatch("failures or none", verdict);
        // A control character in a name takes six bytes.
        const bytes_max = 2 + count * (6 * (bytes.len + subject.text.len) + message_bytes_max);
        if (text.len > bytes_max) return mismatch("much text", verdict);
        if (parts.json_scan.scan(text).fault != .none) return mismatch("errors that are no JSON", verdict);
        const failures = std.json.parseFromSliceLeaky(Value, arena, text, .{}) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            // A lone surrogate in a name.
            else => continue,
        };
        if (failures.array.items.len != count) return mismatch("another number of failures", verdict);
        const whole = value orelse continue;
        for (failures.array.items) |failure| {
            const object = failure.object;
            const loc = object.get("loc").?.array.items[@intFromBool(prefix.len > 0)..];
            if (!isThere(whole, loc, object.get("type").?.string, object.get("input"))) return mismatch("a failure of nothing", verdict);
        }
    }
}

/// Whether the body has such a value there, or the place where one is missing.
fn isThere(whole: Value, loc: []const Value, kind: []const u8, input: ?Value) bool {
    const is_missing = std.mem.eql(u8, kind, "missing") or std.mem.eql(u8, kind, "dependent_required");
    var at = whole;
    for (loc, 1..) |step, depth| {
        const next: ?Value = switch (step) {
            .string => |name| if (at == .object) at.object.get(name) else return false,
            .integer => |place| if (at == .array and place < at.array.items.len) at.array.items[@intCast(place)] else null,
            else => return false,
        };
        if (is_missing and depth == loc.len) return next == null;
        at = next orelse return false;
    }
    // Of a name that is not allowed, the name may be shown.
    if (std.mem.eql(u8, kind, "property_name")) return true;
    const shown = input orelse return true;
    // A string may stand for a longer one, or for anything large.
    return shown == .string and at != .null and at != .bool or reference.equal(shown, at);
}
