//! The official tests of JSON Schema, draft 2020-12, and of JSON parsers, where they lie beside the repository.

const std = @import("std");
const json_scan = @import("../codec/json_scan.zig");
const schema_text = @import("../codec/schema_text.zig");
const Diagnostic = @import("../codec/schema.zig").Diagnostic;
const Document = @import("schema_document.zig").Document;
const Program = @import("../codec/schema.zig").Program;
const testing = std.testing;

const suite = "../shared/vectors/json-schema/tests/draft2020-12/";
const parsing = "../shared/vectors/json-parsing/test_parsing";

const files = [_][]const u8{
    "additionalProperties",         "allOf",                    "anchor",                    "anyOf",                  "boolean_schema",
    "const",                        "contains",                 "default",                   "defs",                   "dependentRequired",
    "dependentSchemas",             "enum",                     "exclusiveMaximum",          "exclusiveMinimum",       "if-then-else",
    "infinite-loop-detection",      "items",                    "maxContains",               "maxItems",               "maxLength",
    "maxProperties",                "maximum",                  "minContains",               "minItems",               "minLength",
    "minProperties",                "minimum",                  "multipleOf",                "not",                    "oneOf",
    "pattern",                      "patternProperties",        "prefixItems",               "properties",             "propertyNames",
    "ref",                          "required",                 "type",                      "uniqueItems",            "optional/bignum",
    "optional/float-overflow",      "optional/id",              "optional/no-schema",        "optional/non-bmp-regex", "optional/anchor",
    "optional/refOfUnknownKeyword", "optional/unknownKeyword",  "optional/ecmascript-regex", "optional/format/date",   "optional/format/date-time",
    "optional/format/email",        "optional/format/hostname", "optional/format/ipv4",      "optional/format/ipv6",   "optional/format/time",
    "optional/format/uri",          "optional/format/uuid",
};

const Left = struct { file: []const u8, group: []const u8, reason: []const u8 };

/// Groups of cases that need what is refused, or where the suite asks for more than the format promises. Of keywords and
/// formats that are not native there are files that are not listed above.
const left_out = [_]Left{
    .{ .file = "defs", .group = "validate definition against metaschema", .reason = "the metaschema is another document" },
    .{ .file = "ref", .group = "remote ref, containing refs itself", .reason = "the metaschema is another document" },
    .{ .file = "ref", .group = "ref creates new scope when adjacent to keywords", .reason = "unevaluatedProperties" },
    .{ .file = "not", .group = "collect annotations inside a 'not', even if collection is disabled", .reason = "unevaluatedProperties" },
    .{ .file = "pattern", .group = "pattern with Unicode property escape requires unicode mode", .reason = "Unicode properties in a pattern" },
    .{ .file = "patternProperties", .group = "patternProperties with Unicode property escape", .reason = "Unicode properties in a pattern" },
    .{ .file = "optional/ecmascript-regex", .group = "patterns always use unicode semantics with pattern", .reason = "Unicode properties in a pattern" },
    .{ .file = "optional/ecmascript-regex", .group = "pattern with non-ASCII digits", .reason = "Unicode properties in a pattern" },
    .{ .file = "optional/ecmascript-regex", .group = "patterns always use unicode semantics with patternProperties", .reason = "Unicode properties in a pattern" },
    .{ .file = "optional/ecmascript-regex", .group = "patternProperties with non-ASCII digits", .reason = "Unicode properties in a pattern" },
    .{ .file = "optional/format/hostname", .group = "validation of A-label (punycode) host names", .reason = "what an A-label decodes to is not looked at (IDNA 2008)" },
};

fn isLeftOut(file: []const u8, group: []const u8) bool {
    for (left_out) |left| {
        if (std.mem.eql(u8, left.file, file) and std.mem.eql(u8, left.group, group)) return true;
    }
    return false;
}

const Counts = struct { agreed: u32 = 0, left: u32 = 0, wrong: u32 = 0 };

fn member(text: schema_text.Text, object: u32, name: []const u8) u32 {
    return @import("../codec/schema_equal.zig").find(text, object, .plain(name)).?;
}

test "the official tests of JSON Schema" {
    const io = testing.io;
    const allocator = testing.allocator;
    std.Io.Dir.cwd().access(io, suite ++ "type.json", .{}) catch {
        std.debug.print("not there, left out: {s}\n", .{suite});
        return;
    };
    var counts: Counts = .{};
    for (files) |file| {
        var path: [256]u8 = undefined;
        const name = try std.fmt.bufPrint(&path, "{s}{s}.json", .{ suite, file });
        const bytes = try std.Io.Dir.cwd().readFileAlloc(io, name, allocator, .limited(1 << 20));
        defer allocator.free(bytes);
        var document: Document = try .init(bytes);
        defer document.deinit();
        try runFile(document.text(), file, &counts);
    }
    try testing.expectEqual(0, counts.wrong);
    try testing.expect(counts.agreed > 1_000);
}

fn runFile(text: schema_text.Text, file: []const u8, counts: *Counts) !void {
    var groups = text.items(0);
    while (groups.next()) |group| : (groups.ended(text.next(group))) {
        const title = text.string(member(text, group, "description")).raw;
        const schema = text.raw(member(text, group, "schema"));
        var diagnostic: Diagnostic = .{};
        const program: ?*Program = Program.compile(testing.allocator, schema, &diagnostic) catch |err| refused: {
            if (err == error.OutOfMemory) return err;
            break :refused null;
        };
        defer if (program) |made| made.destroy();
        var cases = text.items(member(text, group, "tests"));
        while (cases.next()) |case| : (cases.ended(text.next(case))) {
            const name = text.string(member(text, case, "description")).raw;
            const is_valid = text.byte(member(text, case, "valid")) == 't';
            if (isLeftOut(file, title)) {
                counts.left += 1;
                continue;
            }
            const made = program orelse {
                std.debug.print("refused: {s} | {s} | {s} | {s}\n", .{ file, title, diagnostic.pointer(), diagnostic.reason });
                counts.wrong += 1;
                break;
            };
            var document: Document = try .init(text.raw(member(text, case, "data")));
            defer document.deinit();
            const expected: @TypeOf(made.check("", &.{})) = if (is_valid) .valid else .invalid;
            const verdict = made.check(document.bytes(), document.at.items);
            var buffer: [1 << 16]u8 = undefined;
            var writer: std.Io.Writer = .fixed(&buffer);
            const failures = try made.writeErrors(document.bytes(), document.at.items, "", &writer, 32);
            const errors_are_good = json_scan.scan(writer.buffered()).fault == .none;
            if (verdict == expected and (failures == 0) == is_valid and errors_are_good) {
                counts.agreed += 1;
                continue;
            }
            std.debug.print("wrong: {s} | {s} | {s} | {t}, {d} failures\n", .{ file, title, name, verdict, failures });
            counts.wrong += 1;
        }
    }
}

test "texts of the JSON parsing suite are malformed where they have to be" {
    const io = testing.io;
    const allocator = testing.allocator;
    var directory = std.Io.Dir.cwd().openDir(io, parsing, .{ .iterate = true }) catch {
        std.debug.print("not there, left out: {s}\n", .{parsing});
        return;
    };
    defer directory.close(io);
    var diagnostic: Diagnostic = .{};
    const anything: *Program = try .compile(allocator, "true", &diagnostic);
    defer anything.destroy();
    const something: *Program = try .compile(allocator, "{\"type\":\"array\",\"items\":{\"type\":\"number\"}}", &diagnostic);
    defer something.destroy();
    var count: u32 = 0;
    var entries = directory.iterate();
    while (try entries.next(io)) |entry| {
        if (!std.mem.endsWith(u8, entry.name, ".json")) continue;
        const bytes = try directory.readFileAlloc(io, entry.name, allocator, .limited(1 << 20));
        defer allocator.free(bytes);
        errdefer std.debug.print("for {s}\n", .{entry.name});
        const is_good = json_scan.scan(bytes).fault == .none;
        if (entry.name[0] == 'y') try testing.expect(is_good);
        if (entry.name[0] == 'n') try testing.expect(!is_good);
        count += 1;
        var document = Document.init(bytes) catch |err| switch (err) {
            // What the first stage refuses.
            error.NotIndexed => {
                try testing.expect(!is_good);
                continue;
            },
            else => return err,
        };
        defer document.deinit();
        for ([_]*Program{ anything, something }) |program| {
            const verdict = program.check(document.bytes(), document.at.items);
            try testing.expectEqual(!is_good, verdict == .malformed);
        }
        try testing.expectEqual(is_good, anything.check(document.bytes(), document.at.items) == .valid);
    }
    try testing.expect(count > 300);
}
