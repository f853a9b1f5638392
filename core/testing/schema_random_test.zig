//! Random schemas and documents, against an interpreter that does what the specification says in the plainest way.

const std = @import("std");
const json_scan = @import("../codec/json_scan.zig");
const schema = @import("../codec/schema.zig");
const Document = @import("schema_document.zig").Document;
const Program = schema.Program;
const Random = std.Random;
const Value = std.json.Value;
const testing = std.testing;

/// Writes schemas, and documents that have something to do with them.
const Writer = struct {
    random: Random,
    out: std.ArrayList(u8) = .empty,

    const allocator = testing.allocator;
    const names = [_][]const u8{ "a", "b", "ab", "x\\u0061", "__proto__", "a longer name than sixteen" };
    const scalars = [_][]const u8{
        "null",    "true",                "false",  "0",           "1", "1.0", "2", "-1", "0.5", "3", "1e1", "12345678901234567890",
        "\"\"",    "\"a\"",               "\"ab\"", "\"\\u0061\"",
        "\"é\"",
        "\"bab\"", "\"abc\"",             "1.10",
        "\"😀b\"",
        "-0",      "0.30000000000000004",
    };

    fn deinit(writer: *Writer) void {
        writer.out.deinit(allocator);
    }

    fn put(writer: *Writer, text: []const u8) !void {
        try writer.out.appendSlice(allocator, text);
    }

    fn pick(writer: *Writer, words: []const []const u8) []const u8 {
        return words[writer.random.uintLessThan(usize, words.len)];
    }

    fn below(writer: *Writer, limit: usize) usize {
        return writer.random.uintLessThan(usize, limit);
    }

    fn name(writer: *Writer) !void {
        try writer.out.print(allocator, "\"{s}\"", .{writer.pick(&names)});
    }

    fn value(writer: *Writer, depth: usize) !void {
        switch (if (depth == 0) 0 else writer.below(4)) {
            0, 1 => try writer.put(writer.pick(&scalars)),
            2 => {
                try writer.put("[");
                for (0..writer.below(4)) |i| {
                    if (i > 0) try writer.put(" , ");
                    try writer.value(depth - 1);
                }
                try writer.put("]");
            },
            else => {
                try writer.put("{ ");
                for (0..writer.below(5)) |i| {
                    if (i > 0) try writer.put(",");
                    try writer.name();
                    try writer.put(" :");
                    try writer.value(depth - 1);
                }
                try writer.put("}");
            },
        }
    }

    fn list(writer: *Writer, depth: usize) !void {
        try writer.put("[");
        for (0..writer.below(3) + 1) |i| {
            if (i > 0) try writer.put(",");
            try writer.schema(depth);
        }
        try writer.put("]");
    }

    fn map(writer: *Writer, keys: []const []const u8, depth: usize) !void {
        try writer.put("{");
        for (0..writer.below(4)) |i| {
            if (i > 0) try writer.put(",");
            try writer.out.print(allocator, "\"{s}\":", .{writer.pick(keys)});
            try writer.schema(depth);
        }
        try writer.put("}");
    }

    fn nameList(writer: *Writer) !void {
        try writer.put("[");
        for (0..writer.below(3)) |i| {
            if (i > 0) try writer.put(",");
            try writer.name();
        }
        try writer.put("]");
    }

    fn schema(writer: *Writer, depth: usize) !void {
        if (writer.below(12) == 0) return writer.put(if (writer.random.boolean()) "true" else "false");
        try writer.put("{");
        for (0..writer.below(4) + @intFromBool(depth > 2)) |i| {
            if (i > 0) try writer.put(",");
            try writer.keyword(depth);
        }
        try writer.put("}");
    }

    fn keyword(writer: *Writer, depth: usize) anyerror!void {
        const types = [_][]const u8{ "null", "boolean", "integer", "number", "string", "array", "object" };
        const counts = [_][]const u8{ "0", "1", "2", "3" };
        const patterns = [_][]const u8{ "^a", "b$", "a", "^.{2}$" };
        const simple = [_][]const u8{
            "minimum",  "maximum",  "exclusiveMinimum", "exclusiveMaximum", "minLength",   "maxLength",
            "minItems", "maxItems", "minProperties",    "maxProperties",    "maxContains", "minContains",
        };
        const single = [_][]const u8{ "additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames" };
        switch (writer.below(if (depth == 0) 8 else 17)) {
            0, 1 => try writer.out.print(allocator, "\"type\":\"{s}\"", .{writer.pick(&types)}),
            2 => {
                try writer.out.print(allocator, "\"type\":[\"{s}\",\"{s}\"]", .{ writer.pick(&types), writer.pick(&types) });
                if (writer.random.boolean()) try writer.put(",\"nullable\":true");
            },
            3, 4 => try writer.out.print(allocator, "\"{s}\":{s}", .{ writer.pick(&simple), writer.pick(&counts) }),
            5 => switch (writer.below(5)) {
                0 => try writer.put("\"multipleOf\":0.1"),
                1 => try writer.put("\"uniqueItems\":true"),
                2 => try writer.out.print(allocator, "\"pattern\":\"{s}\"", .{writer.pick(&patterns)}),
                3 => {
                    try writer.put("\"required\":");
                    try writer.nameList();
                },
                else => {
                    try writer.put("\"dependentRequired\":{");
                    try writer.name();
                    try writer.put(":");
                    try writer.nameList();
                    try writer.put("}");
                },
            },
            6 => {
                try writer.put("\"enum\":[");
                for (0..writer.below(3)) |_| {
                    try writer.value(1);
                    try writer.put(",");
                }
                try writer.value(0);
                try writer.put("]");
            },
            7 => {
                try writer.put("\"const\":");
                try writer.value(1);
            },
            8, 9 => {
                try writer.put("\"properties\":");
                try writer.map(&names, depth - 1);
            },
            10 => {
                try writer.put("\"patternProperties\":");
                try writer.map(&patterns, depth - 1);
            },
            11 => {
                try writer.put("\"dependentSchemas\":");
                try writer.map(&names, depth - 1);
            },
            12, 13 => {
                try writer.out.print(allocator, "\"{s}\":", .{writer.pick(&single)});
                try writer.schema(depth - 1);
            },
            14 => {
                try writer.put("\"prefixItems\":");
                try writer.list(depth - 1);
            },
            15 => {
                try writer.out.print(allocator, "\"{s}\":", .{writer.pick(&.{ "allOf", "anyOf", "oneOf" })});
                try writer.list(depth - 1);
            },
            else => try writer.out.print(allocator, "\"$ref\":\"{s}\"", .{writer.pick(&.{ "#/$defs/d", "#/$defs/d", "#" })}),
        }
    }
};

const Naive = struct {
    root: Value,

    fn isValid(naive: Naive, of: Value, value: Value) bool {
        const object = switch (of) {
            .bool => |anything| return anything,
            .object => |object| object,
            else => unreachable,
        };
        for (object.keys(), object.values()) |keyword, rule| {
            if (!naive.keeps(object, keyword, rule, value)) return false;
        }
        return true;
    }

    fn keeps(naive: Naive, object: std.json.ObjectMap, keyword: []const u8, rule: Value, value: Value) bool {
        const Keyword = enum {
            type,
            minimum,
            maximum,
            exclusiveMinimum,
            exclusiveMaximum,
            multipleOf,
            minLength,
            maxLength,
            pattern,
            @"enum",
            @"const",
            minItems,
            maxItems,
            uniqueItems,
            items,
            prefixItems,
            contains,
            minProperties,
            maxProperties,
            required,
            dependentRequired,
            dependentSchemas,
            properties,
            patternProperties,
            additionalProperties,
            propertyNames,
            allOf,
            anyOf,
            oneOf,
            not,
            @"if",
            @"$ref",
        };
        const known = std.meta.stringToEnum(Keyword, keyword) orelse return true;
        switch (known) {
            .type => {
                if (object.get("nullable") != null and value == .null) return true;
                if (rule == .string) return hasType(rule.string, value);
                for (rule.array.items) |name| {
                    if (hasType(name.string, value)) return true;
                }
                return false;
            },
            .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum => {
                const number = numberOf(value) orelse return true;
                const bound = numberOf(rule).?;
                return switch (known) {
                    .minimum => number >= bound,
                    .maximum => number <= bound,
                    .exclusiveMinimum => number > bound,
                    else => number < bound,
                };
            },
            // All numbers of these tests have few digits, but for two.
            .multipleOf => {
                const number = numberOf(value) orelse return true;
                return number > 1e6 or @abs(number * 10 - @round(number * 10)) == 0;
            },
            .minLength, .maxLength => {
                if (value != .string) return true;
                const length = std.unicode.utf8CountCodepoints(value.string) catch unreachable;
                return isWithin(known == .minLength, length, rule);
            },
            .pattern => return value != .string or matches(rule.string, value.string),
            .@"enum" => {
                for (rule.array.items) |item| {
                    if (equal(item, value)) return true;
                }
                return false;
            },
            .@"const" => return equal(rule, value),
            .allOf, .anyOf, .oneOf => {
                var count: usize = 0;
                for (rule.array.items) |part| count += @intFromBool(naive.isValid(part, value));
                return switch (known) {
                    .allOf => count == rule.array.items.len,
                    .anyOf => count > 0,
                    else => count == 1,
                };
            },
            .not => return !naive.isValid(rule, value),
            .@"if" => {
                // On its own it says nothing, even where it would lead back to itself.
                if (object.get("then") == null and object.get("else") == null) return true;
                const branch = object.get(if (naive.isValid(rule, value)) "then" else "else") orelse return true;
                return naive.isValid(branch, value);
            },
            .@"$ref" => {
                const target = if (rule.string.len == 1) naive.root else naive.root.object.get("$defs").?.object.get("d").?;
                return naive.isValid(target, value);
            },
            .minItems, .maxItems, .uniqueItems, .items, .prefixItems, .contains => {
                return value != .array or naive.keepsItems(object, known, rule, value.array.items);
            },
            else => return value != .object or naive.keepsMembers(object, known, rule, value),
        }
    }

    fn keepsItems(naive: Naive, object: std.json.ObjectMap, keyword: anytype, rule: Value, items: []const Value) bool {
        switch (keyword) {
            .minItems, .maxItems => return isWithin(keyword == .minItems, items.len, rule),
            .uniqueItems => {
                for (items, 0..) |item, i| {
                    for (items[0..i]) |other| {
                        if (equal(item, other)) return false;
                    }
                }
                return true;
            },
            .items => {
                const prefix = if (object.get("prefixItems")) |list| list.array.items.len else 0;
                for (items, 0..) |item, i| {
                    if (i >= prefix and !naive.isValid(rule, item)) return false;
                }
                return true;
            },
            .prefixItems => {
                const count = @min(items.len, rule.array.items.len);
                for (items[0..count], rule.array.items[0..count]) |item, part| {
                    if (!naive.isValid(part, item)) return false;
                }
                return true;
            },
            else => {
                var count: usize = 0;
                for (items) |item| count += @intFromBool(naive.isValid(rule, item));
                const min = object.get("minContains") orelse Value{ .integer = 1 };
                return isWithin(true, count, min) and isWithin(false, count, object.get("maxContains") orelse .{ .integer = 99 });
            },
        }
    }

    fn keepsMembers(naive: Naive, object: std.json.ObjectMap, keyword: anytype, rule: Value, value: Value) bool {
        const members = value.object;
        switch (keyword) {
            .minProperties, .maxProperties => return isWithin(keyword == .minProperties, members.count(), rule),
            .required => {
                for (rule.array.items) |name| {
                    if (members.get(name.string) == null) return false;
                }
            },
            .dependentRequired, .dependentSchemas => {
                for (rule.object.keys(), rule.object.values()) |owner, dependent| {
                    if (members.get(owner) == null) continue;
                    if (keyword == .dependentSchemas) {
                        if (!naive.isValid(dependent, value)) return false;
                        continue;
                    }
                    for (dependent.array.items) |name| {
                        if (members.get(name.string) == null) return false;
                    }
                }
            },
            .properties => {
                for (rule.object.keys(), rule.object.values()) |name, part| {
                    if (members.get(name)) |member| {
                        if (!naive.isValid(part, member)) return false;
                    }
                }
            },
            .patternProperties => {
                for (rule.object.keys(), rule.object.values()) |pattern, part| {
                    for (members.keys(), members.values()) |name, member| {
                        if (matches(pattern, name) and !naive.isValid(part, member)) return false;
                    }
                }
            },
            .additionalProperties => {
                next: for (members.keys(), members.values()) |name, member| {
                    if (object.get("properties")) |declared| {
                        if (declared.object.get(name) != null) continue;
                    }
                    if (object.get("patternProperties")) |patterns| {
                        for (patterns.object.keys()) |pattern| {
                            if (matches(pattern, name)) continue :next;
                        }
                    }
                    if (!naive.isValid(rule, member)) return false;
                }
            },
            else => {
                for (members.keys()) |name| {
                    if (!naive.isValid(rule, .{ .string = name })) return false;
                }
            },
        }
        return true;
    }

    fn isWithin(is_min: bool, count: usize, bound: Value) bool {
        const limit: usize = @intCast(bound.integer);
        return if (is_min) count >= limit else count <= limit;
    }

    fn matches(pattern: []const u8, text: []const u8) bool {
        if (pattern[0] == 'b') return std.mem.endsWith(u8, text, "b");
        if (pattern[pattern.len - 1] == '$') return (std.unicode.utf8CountCodepoints(text) catch unreachable) == 2;
        return if (pattern[0] == '^') std.mem.startsWith(u8, text, "a") else std.mem.find(u8, text, "a") != null;
    }

    fn numberOf(value: Value) ?f64 {
        return switch (value) {
            .integer => |number| @floatFromInt(number),
            .float => |number| number,
            .number_string => |text| std.fmt.parseFloat(f64, text) catch unreachable,
            else => null,
        };
    }

    fn hasType(name: []const u8, value: Value) bool {
        if (std.mem.eql(u8, name, "number")) return numberOf(value) != null;
        if (std.mem.eql(u8, name, "integer")) return if (numberOf(value)) |number| @trunc(number) == number else false;
        const own = switch (value) {
            .null => "null",
            .bool => "boolean",
            .string => "string",
            .array => "array",
            .object => "object",
            else => "",
        };
        return std.mem.eql(u8, name, own);
    }

    fn equal(a: Value, b: Value) bool {
        if (numberOf(a)) |number| return if (numberOf(b)) |other| number == other else false;
        if (std.meta.activeTag(a) != std.meta.activeTag(b)) return false;
        switch (a) {
            .null => return true,
            .bool => |value| return value == b.bool,
            .string => |text| return std.mem.eql(u8, text, b.string),
            .array => |list| {
                if (list.items.len != b.array.items.len) return false;
                for (list.items, b.array.items) |item, other| {
                    if (!equal(item, other)) return false;
                }
                return true;
            },
            .object => |members| {
                if (members.count() != b.object.count()) return false;
                for (members.keys(), members.values()) |name, member| {
                    if (!equal(member, b.object.get(name) orelse return false)) return false;
                }
                return true;
            },
            else => unreachable,
        }
    }
};

test "random schemas judge random documents as the specification says" {
    var prng: Random.DefaultPrng = .init(testing.random_seed);
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    const options: std.json.ParseOptions = .{ .duplicate_field_behavior = .use_last };
    var counts: [2]u32 = @splat(0);
    var refused: u32 = 0;
    for (0..6_000) |_| {
        _ = arena.reset(.retain_capacity);
        var writer: Writer = .{ .random = prng.random() };
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
        const naive: Naive = .{ .root = root };
        for (0..8) |_| {
            writer.out.clearRetainingCapacity();
            try writer.value(3);
            const value = try std.json.parseFromSliceLeaky(Value, arena.allocator(), writer.out.items, options);
            const expected = naive.isValid(root, value);
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
