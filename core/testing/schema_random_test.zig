//! Random schemas and documents: what the core finds is what the plain reference does.

const std = @import("std");
const json_scan = @import("../codec/json_scan.zig");
const schema = @import("../codec/schema.zig");
const Document = @import("schema_document.zig").Document;
const Reference = @import("schema_reference.zig").Reference;
const Writer = @import("schema_writer.zig").Writer;
const Program = schema.Program;
const Random = std.Random;
const Value = std.json.Value;
const testing = std.testing;

test "random schemas judge random documents as the specification says" {
    var prng: Random.DefaultPrng = .init(testing.random_seed);
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    const options: std.json.ParseOptions = .{ .duplicate_field_behavior = .use_last };
    var counts: [2]u32 = @splat(0);
    var refused: u32 = 0;
    for (0..6_000) |_| {
        _ = arena.reset(.retain_capacity);
        var writer: Writer = .{ .random = prng.random(), .allocator = testing.allocator };
        defer writer.deinit();
        try writer.put("{\"allOf\":[");
        try writer.schema(3);
        try writer.put("],\"$defs\":{\"d\":");
        try writer.schema(2);
        try writer.put("}}");
        const source = try arena.allocator().dupe(u8, writer.out.items);
        const tree = try std.json.parseFromSliceLeaky(Value, arena.allocator(), source, options);
        var diagnostic: schema.Diagnostic = .{};
        // An array or an object as `allOf`'s only part is not what the quick walk takes, so it is the root every other time.
        const root = if (writer.random.boolean()) tree else tree.object.get("allOf").?.array.items[0];
        const is_whole = root == .object and root.object.get("$defs") != null;
        const text = if (is_whole) source else source[10..std.mem.find(u8, source, "],\"$defs\"").?];
        if (!is_whole and std.mem.find(u8, text, "$ref") != null) continue;
        const program = Program.compile(testing.allocator, text, &diagnostic) catch |err| switch (err) {
            error.Unsupported => {
                refused += 1;
                continue;
            },
            else => return err,
        };
        defer program.destroy();
        const reference: Reference = .{ .root = root };
        for (0..8) |_| {
            writer.out.clearRetainingCapacity();
            try writer.value(3);
            const value = try std.json.parseFromSliceLeaky(Value, arena.allocator(), writer.out.items, options);
            const expected = try reference.isValid(root, value);
            errdefer std.debug.print("for {s}\n in {s}\n", .{ writer.out.items, text });
            var document: Document = try .init(writer.out.items);
            defer document.deinit();
            const verdict = program.check(document.bytes(), document.at.items);
            try testing.expectEqual(@as(schema.Verdict, if (expected) .valid else .invalid), verdict);
            try expectErrors(program, &document, expected);
            counts[@intFromBool(expected)] += 1;
        }
    }
    try testing.expect(counts[0] > 3_000 and counts[1] > 3_000 and refused < 3_000);
}

/// As many as there are, up to each bound, in an array that is good JSON and in the document's order.
fn expectErrors(program: *const Program, document: *const Document, is_valid: bool) !void {
    var buffer: [64 * 1024]u8 = undefined;
    var found: [2]u32 = undefined;
    for ([_]u32{ 1, schema.failures_max }, &found) |max, *count| {
        var out: std.Io.Writer = .fixed(&buffer);
        count.* = try program.writeErrors(document.bytes(), document.at.items, "", &out, max);
        try testing.expectEqual(.none, json_scan.scan(out.buffered()).fault);
    }
    try testing.expectEqual(is_valid, found[0] == 0);
    var failures: schema.Failures = .{ .max = schema.failures_max };
    var nothing: schema.Nothing = .{};
    const verdict = program.walk(document.bytes(), document.at.items, schema.Nothing, &nothing, &failures);
    try testing.expectEqual(@as(schema.Verdict, if (is_valid) .valid else .invalid), verdict);
    try testing.expectEqual(found[1], failures.count);
    try testing.expectEqual(is_valid, found[1] == 0);
    try testing.expect(found[0] <= 1 and found[1] >= found[0]);
}

const order_schema =
    \\{"type":"object","properties":{"id":{"type":"integer","minimum":1},"name":{"type":["string","null"],"maxLength":9},
    \\"tags":{"type":"array","items":{"enum":["a","b"]},"uniqueItems":true},"price":{"type":"number","multipleOf":0.01},
    \\"at":{"format":"date-time"},"is":{"type":"boolean"},"next":{"$ref":"#"},"un":{"anyOf":[{"type":"null"},{"const":{"a":[1]}}]}},
    \\"required":["id"],"additionalProperties":{"type":"string"}}
;

test "random changes are malformed where the scan finds a fault" {
    const seeds = [_][]const u8{
        "{\"id\":7,\"name\":\"Ada\",\"tags\":[\"a\",\"b\"],\"price\":9.99,\"is\":true,\"next\":{\"id\":1e2,\"name\":null},\"x\":\"y\"}",
        " { \"id\" : 12 , \"at\" : \"2024-01-01T00:00:00Z\" , \"un\" : { \"a\" : [ 1.0 ] } , \"is\" : false, \"id\":3 } ",
        "[1,-0.5e-3,\"\\u00e9\\n\",null,true,false,[],{},[[{\"a\":{\"b\":\"c\"}}]],123456789012345678]",
    };
    const bytes = " \t\n\"\\{}[]:,019.-+eEtrufalsn\x00\x0c\x1a/ud\xc3";
    var prng: Random.DefaultPrng = .init(testing.random_seed);
    const random = prng.random();
    var diagnostic: schema.Diagnostic = .{};
    const programs = [_]*Program{
        try .compile(testing.allocator, order_schema, &diagnostic),
        try .compile(testing.allocator, "true", &diagnostic),
        try .compile(testing.allocator, "{\"type\":\"array\",\"items\":{\"type\":[\"number\",\"null\"]}}", &diagnostic),
        try .compile(testing.allocator, "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\"}}", &diagnostic),
    };
    defer for (programs) |program| program.destroy();
    var text: std.ArrayList(u8) = .empty;
    defer text.deinit(testing.allocator);
    var good: u32 = 0;
    for (0..60_000) |round| {
        text.clearRetainingCapacity();
        try text.appendSlice(testing.allocator, seeds[round % seeds.len]);
        for (0..random.uintAtMost(usize, 3)) |_| {
            if (text.items.len == 0) break;
            const place = random.uintLessThan(usize, text.items.len);
            switch (random.uintLessThan(u8, 4)) {
                0 => text.items[place] = bytes[random.uintLessThan(usize, bytes.len)],
                1 => try text.insert(testing.allocator, place, bytes[random.uintLessThan(usize, bytes.len)]),
                2 => _ = text.orderedRemove(place),
                else => if (random.uintLessThan(u8, 6) == 0) text.shrinkRetainingCapacity(place),
            }
        }
        errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(text.items)});
        const is_good = json_scan.scan(text.items).fault == .none;
        good += @intFromBool(is_good);
        var document = Document.init(text.items) catch |err| switch (err) {
            error.NotIndexed => {
                try testing.expect(!is_good);
                continue;
            },
            else => return err,
        };
        defer document.deinit();
        for (programs) |program| {
            const verdict = program.check(document.bytes(), document.at.items);
            try testing.expectEqual(!is_good, verdict == .malformed);
            if (is_good) try expectErrors(program, &document, verdict == .valid);
        }
    }
    try testing.expect(good > 10_000);
}

test "schemas of any bytes compile or are refused" {
    const words = [_][]const u8{
        "{",               "}",         "[",             "]",                      ":",          ",",          "\"type\":",  "\"string\"", "\"properties\":", "\"$ref\":",      "\"#\"",         "\"#/a\"", "\"pattern\":",
        "\"(a|b)*\"",      "\"enum\":", "1",             "-1",                     "true",       "null",       "\"items\":", "\"$id\":",   "\"allOf\":",      "\"minLength\":", "\"required\":", "\"a\"",   "\"format\":",
        "\"multipleOf\":", "0.1",       "\"contains\":", "\"dependentRequired\":", "\"$defs\":", "\"const\":", "{}",         "[]",
    };
    var prng: Random.DefaultPrng = .init(testing.random_seed);
    const random = prng.random();
    var text: std.ArrayList(u8) = .empty;
    defer text.deinit(testing.allocator);
    var document: Document = try .init("{\"a\":[1,\"b\",{\"a\":null}]}");
    defer document.deinit();
    for (0..40_000) |_| {
        text.clearRetainingCapacity();
        // Mostly an object, of which a value is wrong.
        const is_object = random.uintLessThan(u8, 4) > 0;
        if (is_object) try text.append(testing.allocator, '{');
        for (0..random.uintAtMost(usize, 6)) |i| {
            if (is_object and i > 0 and i % 2 == 0) try text.append(testing.allocator, ',');
            const word = words[random.uintLessThan(usize, words.len)];
            try text.appendSlice(testing.allocator, word);
        }
        if (is_object) try text.append(testing.allocator, '}');
        errdefer std.debug.print("for {s}\n", .{text.items});
        var diagnostic: schema.Diagnostic = .{};
        const program = Program.compile(testing.allocator, text.items, &diagnostic) catch |err| switch (err) {
            error.OutOfMemory => return err,
            error.SchemaInvalid, error.Unsupported => {
                try testing.expect(diagnostic.reason.len > 0);
                continue;
            },
        };
        defer program.destroy();
        const verdict = program.check(document.bytes(), document.at.items);
        try expectErrors(program, &document, verdict == .valid);
    }
}
