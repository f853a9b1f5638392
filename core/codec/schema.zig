//! JSON Schema (draft 2020-12) compiled once and checked against the bytes of a document, without building it.
//!
//! Takes the text and the tokens that simdjson's first stage finds in it; everything that stage doesn't look at is
//! looked at here, so that a document is `malformed` exactly where `json_scan` finds a fault. Nothing is allocated while
//! checking; the stack grows with the document's depth, to about 1 MB for schemas that lead back to themselves and to
//! 3 MB for the worst of them that are taken.
//!
//! Native: boolean schemas, type, nullable; enum, const; properties, required, additionalProperties,
//! patternProperties, propertyNames, minProperties, maxProperties, dependentRequired, dependentSchemas; items,
//! prefixItems, contains, minContains, maxContains, minItems, maxItems, uniqueItems; minLength, maxLength, pattern
//! (`schema_pattern.zig`), format (`schema_format.zig`); minimum, maximum, exclusiveMinimum, exclusiveMaximum,
//! multipleOf (`schema_number.zig`); allOf, anyOf, oneOf, not, if, then, else; $ref, $defs, $anchor, $id in one text.
//! What is not native and would matter is `error.Unsupported`; what no keyword is is ignored.

const std = @import("std");
const assert = std.debug.assert;
const Checker = @import("schema_check.zig").Checker;
const checking = @import("schema_check.zig");
const compiling = @import("schema_compile.zig");
const errors = @import("schema_errors.zig");
const rules = @import("schema_rules.zig");
const schema_text = @import("schema_text.zig");
const walking = @import("schema_walk.zig");
const Text = schema_text.Text;

pub const Diagnostic = compiling.Diagnostic;
pub const Verdict = enum(u8) { valid, invalid, malformed };
/// The most failures that are told.
pub const failures_max = checking.failures_max;
pub const Failures = checking.Failures;
/// A sink that receives nothing, as an example of one that does.
pub const Nothing = walking.Nothing;

pub const Program = struct {
    arena: std.heap.ArenaAllocator,
    root: *const rules.Node,
    /// How many numbers of places there are for a sink.
    slots: u32,

    /// The text is copied. On error the diagnostic says where and why; what it says lives as long as the program's code.
    pub fn compile(allocator: std.mem.Allocator, schema: []const u8, diagnostic: *Diagnostic) compiling.Error!*Program {
        const program = try allocator.create(Program);
        errdefer allocator.destroy(program);
        program.arena = .init(allocator);
        errdefer program.arena.deinit();
        const compiled = try compiling.compile(program.arena.allocator(), schema, diagnostic);
        program.root = compiled.root;
        program.slots = compiled.slots;
        return program;
    }

    pub fn destroy(program: *Program) void {
        const allocator = program.arena.child_allocator;
        program.arena.deinit();
        allocator.destroy(program);
    }

    /// `bytes` has 64 readable bytes behind it; `structurals` are the places of its tokens, in order, as simdjson's first
    /// stage gives them, which has looked at UTF-8, at control characters in strings and that strings are closed.
    pub fn check(program: *const Program, bytes: []const u8, structurals: []const u32) Verdict {
        var nothing: Nothing = .{};
        return program.walk(bytes, structurals, Nothing, &nothing, null);
    }

    /// Tells a sink what it sees on the way. What the sink was told counts only where the verdict is `valid`, and not
    /// even then where `Sink.end` of the root wasn't among it: the thorough check tells nothing. What fails is collected
    /// for those who tell of it.
    pub fn walk(
        program: *const Program,
        bytes: []const u8,
        structurals: []const u32,
        comptime Sink: type,
        sink: *Sink,
        failures: ?*Failures,
    ) Verdict {
        assert(bytes.len < std.math.maxInt(u32) and structurals.len <= bytes.len);
        const text: Text = .{ .bytes = bytes, .at = structurals };
        if (walking.Walk(Sink).isValid(text, program.root, sink)) return .valid;
        return program.checkThoroughly(text, failures);
    }

    /// The number by which a sink is told of the value that names lead to; null in their place stands for an array's items.
    /// Null where the schema doesn't describe it, or not in simple terms.
    pub fn slotOf(program: *const Program, path: []const ?[]const u8) ?u32 {
        var node = program.root;
        var slot: u32 = 0;
        for (path) |step| {
            if (step) |name| {
                if (node.kind != .object) return null;
                const number = node.object.?.names.numberOf(name) orelse return null;
                slot = node.object.?.properties[number].slot;
                node = node.object.?.properties[number].node orelse return null;
            } else {
                if (node.kind != .array) return null;
                slot = node.array.?.slot;
                node = node.array.?.items.?;
            }
        }
        return slot;
    }

    noinline fn checkThoroughly(program: *const Program, text: Text, failures: ?*Failures) Verdict {
        if (!text.isGood()) return .malformed;
        const into = failures orelse return if (Checker.isValid(text, program.root, 0)) .valid else .invalid;
        checking.Collector.collect(text, program.root, into);
        return if (into.count == 0) .valid else .invalid;
    }

    /// Writes failures, which are sorted for that, as a JSON array.
    pub fn writeFailures(
        bytes: []const u8,
        structurals: []const u32,
        failures: *Failures,
        prefix: []const u8,
        writer: *std.Io.Writer,
    ) std.Io.Writer.Error!void {
        return errors.write(.{ .bytes = bytes, .at = structurals }, failures, prefix, writer);
    }

    /// Writes the failures of a document that is not malformed, at most `max` of them, as a JSON array; returns how many.
    /// `prefix` is JSON that stands before each place, or nothing.
    /// `[{"loc":["items",0,"qty"],"msg":"Must be at least 1","type":"greater_than_equal","input":0}]`
    pub fn writeErrors(
        program: *const Program,
        bytes: []const u8,
        structurals: []const u32,
        prefix: []const u8,
        writer: *std.Io.Writer,
        max: u32,
    ) std.Io.Writer.Error!u32 {
        assert(max >= 1);
        const text: Text = .{ .bytes = bytes, .at = structurals };
        var failures: Failures = .{ .max = @min(max, failures_max) };
        checking.Collector.collect(text, program.root, &failures);
        try errors.write(text, &failures, prefix, writer);
        return failures.count;
    }
};

const testing = std.testing;

/// A document with slack behind it and its tokens.
const Document = struct {
    memory: []u8,
    at: std.ArrayList(u32),

    fn init(text: []const u8) !Document {
        const memory = try testing.allocator.alloc(u8, text.len + 64);
        errdefer testing.allocator.free(memory);
        @memcpy(memory[0..text.len], text);
        // What would change a number or a literal, were it read.
        @memset(memory[text.len..], '7');
        var at: std.ArrayList(u32) = .empty;
        errdefer at.deinit(testing.allocator);
        try testing.expect(try schema_text.index(text, &at, testing.allocator));
        return .{ .memory = memory, .at = at };
    }

    fn bytes(document: *const Document) []const u8 {
        return document.memory[0 .. document.memory.len - 64];
    }

    fn deinit(document: *Document) void {
        testing.allocator.free(document.memory);
        document.at.deinit(testing.allocator);
    }
};

fn expectErrors(expected: []const u8, schema: []const u8, text: []const u8) !void {
    var diagnostic: Diagnostic = .{};
    errdefer std.debug.print("for {s} in {s}: {s} {s}\n", .{ text, schema, diagnostic.pointer(), diagnostic.reason });
    const program: *Program = try .compile(testing.allocator, schema, &diagnostic);
    defer program.destroy();
    var document: Document = try .init(text);
    defer document.deinit();
    const verdict = program.check(document.bytes(), document.at.items);
    if (std.mem.eql(u8, expected, "malformed")) return testing.expectEqual(.malformed, verdict);
    try testing.expectEqual(@as(Verdict, if (expected.len == 0) .valid else .invalid), verdict);
    var buffer: [16 * 1024]u8 = undefined;
    var writer: std.Io.Writer = .fixed(&buffer);
    const count = try program.writeErrors(document.bytes(), document.at.items, "", &writer, failures_max);
    try testing.expectEqual(expected.len > 0, count > 0);
    const written = writer.buffered();
    try testing.expectEqualStrings(expected, written[1 .. written.len - 1]);
}

const order_schema =
    \\{"type":"object","properties":{"id":{"type":"integer","minimum":1},
    \\"name":{"type":"string","minLength":1,"maxLength":64},
    \\"email":{"type":"string","pattern":"^[^@\\s]+@[^@\\s]+$"},"express":{"type":"boolean"},
    \\"items":{"type":"array","minItems":1,"items":{"type":"object","properties":{"sku":{"type":"string"},
    \\"qty":{"type":"integer","minimum":1},"price":{"type":"number","minimum":0}},"required":["sku","qty","price"]}}},
    \\"required":["id","name","express","items"]}
;
const order =
    \\{"id":7,"name":"Ada","email":"ada@example.com","express":true,"items":[{"sku":"A-1","qty":2,"price":9.99},
++
    \\{"sku":"B-2","qty":1,"price":24.5}]}
;

test "an order is valid, and what is wrong with others is told" {
    try expectErrors("", order_schema, order);
    try expectErrors(
        \\{"loc":["express"],"msg":"Field required","type":"missing"},
    ++
        \\{"loc":["id"],"msg":"Must be at least 1","type":"greater_than_equal","input":0},
    ++
        \\{"loc":["name"],"msg":"Must have at least 1 character","type":"string_too_short","input":""},
    ++
        \\{"loc":["items"],"msg":"Must have at least 1 item","type":"too_short","input":[]}
    , order_schema, "{\"id\":0,\"name\":\"\",\"items\":[]}");
    try expectErrors(
        \\{"loc":["items",1,"qty"],"msg":"Must be an integer","type":"integer_type","input":1.5}
    , order_schema,
        \\{"express":false,"items":[{"qty":1,"sku":"","price":0},{"sku":"é","q\u0074y":1.5,"price":0}],"name":"x","id":1.0}
    );
}

test "of members with one name the last counts" {
    try expectErrors("", order_schema,
        \\{"id":"bad","items":[],"id":7,"name":"Ada","express":true,"items":[{"sku":"","qty":0,"qty":2,"price":1}]}
    );
    try expectErrors(
        \\{"loc":["id"],"msg":"Must be an integer","type":"integer_type","input":"bad"}
    , order_schema,
        \\{"id":7,"i\u0064":"bad","name":"Ada","express":true,"items":[{"sku":"","qty":2,"price":1}]}
    );
    var many: std.ArrayList(u8) = .empty;
    defer many.deinit(testing.allocator);
    try many.append(testing.allocator, '{');
    for (0..10_000) |i| try many.print(testing.allocator, "\"k{d}\":{s},", .{ i % 5_000, if (i < 5_000) "\"\"" else "1" });
    try many.appendSlice(testing.allocator, "\"__proto__\":2}");
    const schema = "{\"additionalProperties\":{\"type\":\"integer\"},\"minProperties\":5001,\"maxProperties\":5001}";
    try expectErrors("", schema, many.items);
    many.items[many.items.len - 2] = '"';
    try many.insert(testing.allocator, many.items.len - 2, '"');
    try expectErrors(
        \\{"loc":["__proto__"],"msg":"Must be an integer","type":"integer_type","input":""}
    , schema, many.items);
}

test "malformed is not invalid" {
    for ([_][]const u8{
        "{\"id\":0",           "{\"id\":0}}",    "{\"id\":01}",        "{\"id\":\"x\",}", "{\"id\":tru}", "",
        "{\"express\":true7}", "{\"id\":1e999}", "{\"name\":\"\\x\"}", "{,}",             "[1 2]",        "7 7",
        "{\"id\":-.5}",
    }) |text| try expectErrors("malformed", order_schema, text);
    try expectErrors("malformed", "{\"type\":\"boolean\"}", "tru");
    try expectErrors("malformed", "{\"type\":[\"boolean\",\"null\"]}", "nul");
    try expectErrors("malformed", "{\"type\":\"integer\"}", "-");
    try expectErrors("", "{\"type\":\"integer\"}", "12");
    try expectErrors("", "{\"type\":\"boolean\"}", "true");
    try expectErrors("", "{\"type\":\"string\"}", "\"a\"");
}

test "each failure has its message" {
    const cases = [_][3][]const u8{
        .{ "{\"type\":[\"string\",\"null\"]}", "1", "Must be a string or null\",\"type\":\"type" },
        .{ "{\"type\":\"number\",\"nullable\":true}", "{}", "Must be a number or null\",\"type\":\"type" },
        .{ "{\"maxLength\":1}", "\"ab\"", "Must have at most 1 character\",\"type\":\"string_too_long" },
        .{ "{\"pattern\":\"^a+\\\"$\"}", "\"\"", "Must match the pattern ^a+\\\"$\",\"type\":\"string_pattern_mismatch" },
        .{ "{\"format\":\"email\"}", "\"\"", "Must be a valid email address\",\"type\":\"string_format" },
        .{ "{\"exclusiveMinimum\":1}", "1", "Must be greater than 1\",\"type\":\"greater_than" },
        .{ "{\"maximum\":1.5}", "2", "Must be at most 1.5\",\"type\":\"less_than_equal" },
        .{ "{\"exclusiveMaximum\":1e30}", "1e30", "Must be less than 1e+30\",\"type\":\"less_than" },
        .{ "{\"multipleOf\":0.05}", "1.01", "Must be a multiple of 0.05\",\"type\":\"multiple_of" },
        .{ "{\"maxItems\":1}", "[1,2]", "Must have at most 1 item\",\"type\":\"too_long" },
        .{ "{\"uniqueItems\":true}", "[1,1.0]", "Items must be unique\",\"type\":\"not_unique" },
        .{ "{\"contains\":{\"const\":1}}", "[2]", "Must have at least 1 item of a certain kind\",\"type\":\"contains" },
        .{ "{\"minProperties\":1}", "{}", "Must have at least 1 field\",\"type\":\"too_few_properties" },
        .{ "{\"maxProperties\":0}", "{\"a\":1}", "Must have at most 0 fields\",\"type\":\"too_many_properties" },
        .{ "{\"enum\":[\"a\",\"b\"]}", "1", "Must be one of \\\"a\\\", \\\"b\\\"\",\"type\":\"enum" },
        .{ "{\"const\":[1, 2]}", "1", "Must be [1, 2]\",\"type\":\"const" },
        .{ "{\"not\":{}}", "1", "Must not be of this form\",\"type\":\"not" },
        .{ "false", "1", "No value is allowed here\",\"type\":\"false_schema" },
    };
    for (cases) |case| {
        const expected = try std.fmt.allocPrint(testing.allocator, "{{\"loc\":[],\"msg\":\"{s}\",\"input\":{s}}}", .{ case[2], case[1] });
        defer testing.allocator.free(expected);
        try expectErrors(expected, case[0], case[1]);
    }
    try expectErrors(
        \\{"loc":["b"],"msg":"Field required beside \"a\"","type":"dependent_required"},
    ++
        \\{"loc":["a"],"msg":"Unknown field","type":"extra_forbidden","input":1}
    , "{\"dependentRequired\":{\"a\":[\"b\"]},\"additionalProperties\":false}", "{\"a\":1}");
    try expectErrors(
        \\{"loc":["long\n"],"msg":"The name of this field is not allowed","type":"property_name","input":"long\u000a"}
    , "{\"propertyNames\":{\"maxLength\":2}}", "{\"long\\u000a\":1}");
}

test "values of an enum are found, however many there are and of whatever kind" {
    var schema: std.Io.Writer.Allocating = .init(testing.allocator);
    defer schema.deinit();
    try schema.writer.writeAll("{\"enum\":[null,[1],{\"a\":1},0,1e300");
    for (1..1500) |i| try schema.writer.print(",\"{d}\",{d}.5,-{d}", .{ i, i, i });
    try schema.writer.writeAll("]}");
    var diagnostic: Diagnostic = .{};
    const program: *Program = try .compile(testing.allocator, schema.written(), &diagnostic);
    defer program.destroy();
    for ([_][]const u8{
        "null",  "[1.0]",  "{\"a\":1}", "0",       "-0", "1e300", "\"1\"", "\"1499\"", "\"\\u0031\"", "1.5",
        "15e-1", "1499.5", "-1",        "-1499.0",
    }) |text| {
        var document: Document = try .init(text);
        defer document.deinit();
        errdefer std.debug.print("for {s}\n", .{text});
        try testing.expectEqual(.valid, program.check(document.bytes(), document.at.items));
    }
    for ([_][]const u8{ "true", "[2]", "[]", "{}", "1", "1e301", "-1e301", "\"\"", "\"1500\"", "0.5", "1500.5", "-1500", "-0.5" }) |text| {
        var document: Document = try .init(text);
        defer document.deinit();
        errdefer std.debug.print("for {s}\n", .{text});
        try testing.expectEqual(.invalid, program.check(document.bytes(), document.at.items));
    }
}

test "a union tells of the branch that was meant" {
    const union_schema =
        \\{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["kind","x"]},
        \\{"type":"object","properties":{"kind":{"const":"b"},"y":{"type":"integer"}},"required":["kind","y"]},{"type":"null"}]}
    ;
    try expectErrors(
        \\{"loc":["y"],"msg":"Must be an integer","type":"integer_type","input":"1"}
    , union_schema, "{\"kind\":\"b\",\"y\":\"1\"}");
    try expectErrors(
        \\{"loc":[],"msg":"Must match exactly one of the allowed forms","type":"one_of","input":{"kind":"c"}}
    , union_schema, "{\"kind\":\"c\"}");
    try expectErrors("", union_schema, "{\"kind\":\"c\",\"kind\":\"b\",\"y\":1}");
    try expectErrors("", union_schema, "null");
}

test "inputs are short, and those that are written only are kept to oneself" {
    try expectErrors(
        \\{"loc":["p"],"msg":"Must be a string","type":"string_type"}
    , "{\"properties\":{\"p\":{\"type\":\"string\",\"writeOnly\":true}}}", "{\"p\":1}");
    const long: [300]u8 = @splat('1');
    const expected = "{\"loc\":[],\"msg\":\"Must be null\",\"type\":\"null_type\",\"input\":\"" ++ long[0..128] ++ "…\"}";
    try expectErrors(expected, "{\"type\":\"null\"}", "\"" ++ long ++ "\"");
    try expectErrors(
        \\{"loc":[],"msg":"Must be null","type":"null_type","input":"array of 2 items"}
    , "{\"type\":\"null\"}", "[\"" ++ long ++ "\",{\"a\":[1,2]}]");
    try expectErrors(
        \\{"loc":["\ud800"],"msg":"Must be null","type":"null_type","input":"object of 1 member"}
    , "{\"additionalProperties\":{\"type\":\"null\"}}", "{\"\\ud800\":{\"a\":\"" ++ long ++ "\"}}");
}

test "what is not native is refused, and where is told" {
    const cases = [_]struct { anyerror, []const u8, []const u8 }{
        .{ error.Unsupported, "/properties/a~1b/pattern", "{\"properties\":{\"a/b\":{\"pattern\":\"(?=a)\"}}}" },
        .{ error.Unsupported, "/allOf/1/format", "{\"allOf\":[true,{\"format\":\"duration\"}]}" },
        .{ error.Unsupported, "/$ref", "{\"$ref\":\"http://elsewhere/\"}" },
        .{ error.Unsupported, "", "{\"$ref\":\"#\"}" },
        .{ error.Unsupported, "", "{\"allOf\":[{\"anyOf\":[{\"$ref\":\"#\"}]}]}" },
        .{ error.Unsupported, "", "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"}},{\"items\":{\"$ref\":\"#\"},\"minItems\":1}]}" },
        .{ error.Unsupported, "/unevaluatedProperties", "{\"unevaluatedProperties\":false}" },
        .{ error.Unsupported, "/type", "{\"type\":\"Date\"}" },
        .{ error.SchemaInvalid, "", "{" },
        .{ error.SchemaInvalid, "", "1" },
        .{ error.SchemaInvalid, "/items/minLength", "{\"items\":{\"minLength\":-1}}" },
    };
    for (cases) |case| {
        var diagnostic: Diagnostic = .{};
        errdefer std.debug.print("for {s}: {s}\n", .{ case[2], diagnostic.reason });
        try testing.expectError(case[0], Program.compile(testing.allocator, case[2], &diagnostic));
        try testing.expectEqualStrings(case[1], diagnostic.pointer());
        try testing.expect(diagnostic.reason.len > 0);
    }
}

test "recursion ends with the document" {
    const schema = "{\"properties\":{\"a\":{\"$ref\":\"#\"},\"l\":{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#\"}]}},\"additionalProperties\":false}";
    var deep: std.ArrayList(u8) = .empty;
    defer deep.deinit(testing.allocator);
    for (0..511) |i| try deep.appendSlice(testing.allocator, if (i % 2 == 0) "{\"a\":" else "{\"l\":");
    try deep.appendSlice(testing.allocator, "{\"b\":1}");
    try deep.appendNTimes(testing.allocator, '}', 511);
    var diagnostic: Diagnostic = .{};
    const program: *Program = try .compile(testing.allocator, schema, &diagnostic);
    defer program.destroy();
    var document: Document = try .init(deep.items);
    defer document.deinit();
    try testing.expectEqual(.invalid, program.check(document.bytes(), document.at.items));
    deep.items[std.mem.find(u8, deep.items, "\"b\"").? + 1] = 'a';
    deep.items[std.mem.find(u8, deep.items, "\"a\":1").? + 4] = '{';
    try deep.insert(testing.allocator, std.mem.find(u8, deep.items, "\"a\":{}").? + 5, '}');
    var deeper: Document = try .init(deep.items);
    defer deeper.deinit();
    try testing.expectEqual(.malformed, program.check(deeper.bytes(), deeper.at.items));
}
