//! From the text of a JSON Schema (draft 2020-12) to rules, once, at start; what can't be kept exactly is refused.

const std = @import("std");
const Format = @import("schema_format.zig").Format;
const loops = @import("schema_loops.zig");
const Names = @import("schema_names.zig").Names;
const numbers = @import("schema_number.zig");
const Pattern = @import("schema_pattern.zig").Pattern;
const References = @import("schema_references.zig").References;
const rules = @import("schema_rules.zig");
const schema_text = @import("schema_text.zig");
const Keywords = @import("schema_keywords.zig").Keywords;
const Node = rules.Node;
const Text = schema_text.Text;

pub const Error = error{ OutOfMemory, SchemaInvalid, Unsupported };

/// Why a schema was not compiled, and where.
pub const Diagnostic = struct {
    reason: []const u8 = "",
    pointer_buffer: [512]u8 = undefined,
    pointer_bytes: u32 = 0,

    /// A JSON pointer to the schema, or to the keyword in it; cut off where it is longer than the buffer.
    pub fn pointer(diagnostic: *const Diagnostic) []const u8 {
        return diagnostic.pointer_buffer[0..diagnostic.pointer_bytes];
    }

    fn set(diagnostic: *Diagnostic, text: Text, at: u32, reason: []const u8) void {
        diagnostic.reason = reason;
        var writer: std.Io.Writer = .fixed(&diagnostic.pointer_buffer);
        if (text.at.len > 0) {
            var place: schema_text.Place = .{ .text = text };
            writePointer(&writer, text, place.of(at)) catch |err| switch (err) {
                // Cut off, as is said above.
                error.WriteFailed => {},
            };
        }
        diagnostic.pointer_bytes = @intCast(writer.end);
    }
};

fn writePointer(writer: *std.Io.Writer, text: Text, steps: []const schema_text.Place.Step) !void {
    for (steps) |step| {
        try writer.writeByte('/');
        if (!step.is_key) {
            try writer.print("{d}", .{step.value});
            continue;
        }
        var bytes = text.string(step.value).reader();
        while (bytes.next()) |byte| switch (byte) {
            '~' => try writer.writeAll("~0"),
            '/' => try writer.writeAll("~1"),
            else => try writer.writeByte(byte),
        };
    }
}

pub const Compiled = struct { text: Text, nodes: []const *const Node, root: *const Node, slots: u32 };

/// `arena` keeps everything, the text of the schema too.
pub fn compile(arena: std.mem.Allocator, source: []const u8, diagnostic: *Diagnostic) Error!Compiled {
    const slack_bytes = 64;
    const bytes = try arena.alloc(u8, source.len + slack_bytes);
    @memcpy(bytes[0..source.len], source);
    @memset(bytes[source.len..], 0);
    var at: std.ArrayList(u32) = .empty;
    const is_indexed = source.len < std.math.maxInt(u32) and try schema_text.index(bytes[0..source.len], &at, arena);
    const text: Text = .{ .bytes = bytes[0..source.len], .at = at.items };
    if (!is_indexed or !text.isGood()) {
        diagnostic.set(.{ .bytes = "", .at = &.{} }, 0, "the schema is no JSON text");
        return error.SchemaInvalid;
    }
    var compiler: Compiler = .{ .arena = arena, .text = text, .diagnostic = diagnostic };
    compiler.references = try .init(arena, text);
    const root = try compiler.node(0);
    if (try loops.find(arena, compiler.nodes.items)) |finding| {
        diagnostic.set(text, finding.node.source, finding.reason);
        return error.Unsupported;
    }
    return .{ .text = text, .nodes = compiler.nodes.items, .root = root, .slots = compiler.slots };
}

const Compiler = struct {
    arena: std.mem.Allocator,
    text: Text,
    diagnostic: *Diagnostic,
    references: References = undefined,
    nodes: std.ArrayList(*const Node) = .empty,
    /// By the place of the schema; null while a schema that is only a reference is followed.
    known: std.array_hash_map.Auto(u32, ?*const Node) = .empty,
    slots: u32 = 1,
    properties: u32 = 0,

    fn refuse(compiler: *Compiler, at: u32, reason: []const u8) error{Unsupported} {
        compiler.diagnostic.set(compiler.text, at, reason);
        return error.Unsupported;
    }

    fn invalid(compiler: *Compiler, at: u32, reason: []const u8) error{SchemaInvalid} {
        compiler.diagnostic.set(compiler.text, at, reason);
        return error.SchemaInvalid;
    }

    fn slot(compiler: *Compiler) u32 {
        compiler.slots += 1;
        return compiler.slots - 1;
    }

    fn node(compiler: *Compiler, at: u32) Error!*const Node {
        if (compiler.known.get(at)) |found| {
            return found orelse compiler.refuse(at, "a reference that leads back to itself");
        }
        const first = compiler.text.byte(at);
        if (first != '{' and first != 't' and first != 'f') return compiler.invalid(at, "a schema is an object or a boolean");
        if (first == '{') {
            const keywords: Keywords = try .init(compiler.arena, compiler.text, at);
            if (keywords.get("$ref")) |ref| {
                if (!keywords.hasOthersThan("$ref")) {
                    try compiler.known.put(compiler.arena, at, null);
                    const meant = try compiler.node(try compiler.target(at, ref));
                    try compiler.known.put(compiler.arena, at, meant);
                    return meant;
                }
            }
        }
        const made = try compiler.arena.create(Node);
        made.* = .{ .source = at, .number_in_program = @intCast(compiler.nodes.items.len) };
        try compiler.nodes.append(compiler.arena, made);
        try compiler.known.put(compiler.arena, at, made);
        switch (first) {
            't' => made.kind = .any,
            'f' => {
                made.kind = .never;
                made.types = .{};
            },
            else => try compiler.fill(made, try .init(compiler.arena, compiler.text, at)),
        }
        return made;
    }

    fn target(compiler: *Compiler, schema: u32, ref: u32) Error!u32 {
        if (compiler.text.byte(ref) != '"') return compiler.invalid(ref, "a reference is a string");
        const reference = try Keywords.unescape(compiler.arena, compiler.text, ref);
        return try compiler.references.find(schema, reference) orelse
            compiler.refuse(ref, "a reference to what is not in the schema");
    }

    fn fill(compiler: *Compiler, made: *Node, keywords: Keywords) Error!void {
        for (refused) |name| {
            if (keywords.get(name)) |at| return compiler.refuse(at, "a keyword that is not checked natively");
        }
        for ([_][]const u8{ "unevaluatedProperties", "unevaluatedItems" }) |name| {
            const at = keywords.get(name) orelse continue;
            if (compiler.text.byte(at) != 't') return compiler.refuse(at, "a keyword that is not checked natively");
        }
        if (keywords.get("$schema")) |at| {
            const dialect = try Keywords.unescape(compiler.arena, compiler.text, at);
            if (!std.mem.startsWith(u8, dialect, "https://json-schema.org/draft/2020-12/schema")) {
                return compiler.refuse(at, "another dialect than draft 2020-12");
            }
        }
        if (keywords.get("writeOnly")) |at| made.write_only = compiler.text.byte(at) == 't';
        made.has_secrets = compiler.hasSecrets(made.source);
        try compiler.fillTypes(made, keywords);
        made.values = try compiler.values(keywords);
        made.number = try compiler.numberRules(keywords);
        made.string = try compiler.stringRules(keywords);
        made.logic = try compiler.logic(made, keywords);
        made.array = try compiler.arrayRules(keywords);
        made.object = try compiler.objectRules(keywords);
        try compiler.classify(made);
    }

    /// Where a reference leads is not looked at: there may be some.
    fn hasSecrets(compiler: *const Compiler, at: u32) bool {
        if (std.mem.find(u8, compiler.text.bytes, "\"writeOnly\"") == null) return false;
        const own = compiler.text.raw(at);
        return std.mem.find(u8, own, "\"writeOnly\"") != null or std.mem.find(u8, own, "\"$ref\"") != null;
    }

    const refused = [_][]const u8{ "$dynamicRef", "$recursiveRef", "dependencies", "additionalItems" };

    fn fillTypes(compiler: *Compiler, made: *Node, keywords: Keywords) Error!void {
        const at = keywords.get("type") orelse return;
        made.types = .{};
        switch (compiler.text.byte(at)) {
            '"' => try compiler.addType(made, at),
            '[' => {
                var items = compiler.text.items(at);
                while (items.next()) |item| : (items.ended(compiler.text.next(item))) try compiler.addType(made, item);
            },
            else => return compiler.invalid(at, "a type is a string, or a list of strings"),
        }
        if (keywords.get("nullable")) |nullable| {
            if (compiler.text.byte(nullable) == 't') made.types.null = true;
        }
    }

    fn addType(compiler: *Compiler, made: *Node, at: u32) Error!void {
        if (compiler.text.byte(at) != '"') return compiler.invalid(at, "a type is a string, or a list of strings");
        const name = compiler.text.string(at);
        inline for (.{ "null", "boolean", "integer", "number", "string", "array", "object" }) |known| {
            if (name.eql(.plain(known))) {
                @field(made.types, known) = true;
                if (comptime std.mem.eql(u8, known, "number")) made.types.integer = true;
                return;
            }
        }
        return compiler.refuse(at, "a type that JSON doesn't have");
    }

    fn values(compiler: *Compiler, keywords: Keywords) Error!?*const rules.Values {
        const constant = keywords.get("const");
        const list_at = keywords.get("enum");
        if (constant == null and list_at == null) return null;
        if (constant != null and list_at != null) return compiler.refuse(constant.?, "const beside enum");
        var list: std.ArrayList(u32) = .empty;
        if (constant) |at| try list.append(compiler.arena, at);
        if (list_at) |at| {
            if (compiler.text.byte(at) != '[') return compiler.invalid(at, "enum is a list");
            var items = compiler.text.items(at);
            while (items.next()) |item| : (items.ended(compiler.text.next(item))) try list.append(compiler.arena, item);
        }
        var texts: std.ArrayList([]const u8) = .empty;
        var found: std.ArrayList(f64) = .empty;
        var others: std.ArrayList(u32) = .empty;
        for (list.items) |item| {
            const first = compiler.text.byte(item);
            if (isNumber(first)) {
                try found.append(compiler.arena, compiler.text.number(item));
            } else if (first == '"') {
                try texts.append(compiler.arena, try Keywords.unescape(compiler.arena, compiler.text, item));
            } else try others.append(compiler.arena, item);
        }
        std.sort.pdq(f64, found.items, {}, std.sort.asc(f64));
        const names = try compiler.arena.alloc(Names, (texts.items.len + Names.names_max - 1) / Names.names_max);
        for (names, 0..) |*table, i| {
            const rest = texts.items[i * Names.names_max ..];
            table.* = try .init(compiler.arena, rest[0..@min(rest.len, Names.names_max)]);
        }
        const are_few_strings = names.len == 1 and texts.items.len == list.items.len;
        return try compiler.keep(rules.Values, .{
            .text = compiler.text,
            .list = list.items,
            .is_const = constant != null,
            .strings = if (are_few_strings) names[0] else null,
            .numbers = found.items,
            .names = names,
            .others = others.items,
        });
    }

    fn numberRules(compiler: *Compiler, keywords: Keywords) Error!?*const numbers.NumberRules {
        var made: numbers.NumberRules = .{};
        var has_any = false;
        inline for (.{
            .{ "minimum", "min" },
            .{ "maximum", "max" },
            .{ "exclusiveMinimum", "above" },
            .{ "exclusiveMaximum", "below" },
        }) |pair| {
            if (keywords.get(pair[0])) |at| {
                if (!isNumber(compiler.text.byte(at))) return compiler.invalid(at, "a bound is a number");
                @field(made, pair[1]) = compiler.text.number(at);
                has_any = true;
            }
        }
        if (keywords.get("multipleOf")) |at| {
            if (!isNumber(compiler.text.byte(at))) return compiler.invalid(at, "multipleOf is a number");
            const step = compiler.text.number(at);
            if (step <= 0) return compiler.invalid(at, "multipleOf is greater than zero");
            made.step_value = step;
            made.step = .of(compiler.text.scalar(at), step);
            has_any = true;
        }
        made.settle();
        return if (has_any) try compiler.keep(numbers.NumberRules, made) else null;
    }

    fn keep(compiler: *Compiler, comptime T: type, value: T) error{OutOfMemory}!*const T {
        const made = try compiler.arena.create(T);
        made.* = value;
        return made;
    }

    /// Numbers beyond what any document reaches are cut to that.
    fn count(compiler: *Compiler, keywords: Keywords, name: []const u8) Error!?u32 {
        const at = keywords.get(name) orelse return null;
        const value = if (isNumber(compiler.text.byte(at))) compiler.text.number(at) else -1;
        if (value < 0 or @trunc(value) != value) return compiler.invalid(at, "a count is a whole number from 0");
        return if (value >= std.math.maxInt(u32)) std.math.maxInt(u32) else @intFromFloat(value);
    }

    fn pattern(compiler: *Compiler, at: u32, source: []const u8) Error!*const Pattern {
        var reason: []const u8 = "";
        return Pattern.compile(compiler.arena, source, &reason) catch |err| switch (err) {
            error.OutOfMemory => error.OutOfMemory,
            error.Unsupported => compiler.refuse(at, reason),
        };
    }

    fn stringRules(compiler: *Compiler, keywords: Keywords) Error!?*const rules.StringRules {
        var made: rules.StringRules = .{};
        if (try compiler.count(keywords, "minLength")) |value| made.min = value;
        if (try compiler.count(keywords, "maxLength")) |value| made.max = value;
        if (keywords.get("pattern")) |at| {
            if (compiler.text.byte(at) != '"') return compiler.invalid(at, "a pattern is a string");
            made.pattern = try compiler.pattern(at, try Keywords.unescape(compiler.arena, compiler.text, at));
        }
        if (keywords.get("format")) |at| {
            if (compiler.text.byte(at) != '"') return compiler.invalid(at, "a format is a string");
            const name = try Keywords.unescape(compiler.arena, compiler.text, at);
            const format = std.meta.stringToEnum(Format, name) orelse .none;
            if (format == .none) return compiler.refuse(at, "a format that is not checked natively");
            made.format = format;
        }
        const has_any = made.min > 0 or made.max < std.math.maxInt(u32) or made.pattern != null or made.format != .none;
        return if (has_any) try compiler.keep(rules.StringRules, made) else null;
    }

    fn part(compiler: *Compiler, keywords: Keywords, name: []const u8) Error!?*const Node {
        const at = keywords.get(name) orelse return null;
        return try compiler.node(at);
    }

    fn parts(compiler: *Compiler, keywords: Keywords, name: []const u8) Error![]const *const Node {
        const at = keywords.get(name) orelse return &.{};
        if (compiler.text.byte(at) != '[') return compiler.invalid(at, "a list of schemas");
        var list: std.ArrayList(*const Node) = .empty;
        var items = compiler.text.items(at);
        while (items.next()) |item| : (items.ended(compiler.text.next(item))) {
            try list.append(compiler.arena, try compiler.node(item));
        }
        if (list.items.len == 0 and name[0] != 'p') return compiler.invalid(at, "a list of at least one schema");
        return list.items;
    }

    fn logic(compiler: *Compiler, made: *const Node, keywords: Keywords) Error!?*const rules.Logic {
        var all: rules.Logic = .{};
        if (keywords.get("$ref")) |ref| all.ref = try compiler.node(try compiler.target(made.source, ref));
        all.all_of = try compiler.parts(keywords, "allOf");
        all.any_of = try compiler.parts(keywords, "anyOf");
        all.one_of = try compiler.parts(keywords, "oneOf");
        all.not = try compiler.part(keywords, "not");
        if (keywords.get("if") != null) {
            all.then = try compiler.part(keywords, "then");
            all.@"else" = try compiler.part(keywords, "else");
            if (all.then != null or all.@"else" != null) all.@"if" = try compiler.part(keywords, "if");
        }
        const lists = all.all_of.len + all.any_of.len + all.one_of.len;
        if (lists == 0 and all.ref == null and all.not == null and all.@"if" == null) return null;
        return try compiler.keep(rules.Logic, all);
    }

    fn arrayRules(compiler: *Compiler, keywords: Keywords) Error!?*const rules.ArrayRules {
        var made: rules.ArrayRules = .{};
        if (try compiler.count(keywords, "minItems")) |value| made.min = value;
        if (try compiler.count(keywords, "maxItems")) |value| made.max = value;
        if (keywords.get("uniqueItems")) |at| made.is_unique = compiler.text.byte(at) == 't';
        made.prefix = try compiler.parts(keywords, "prefixItems");
        if (keywords.get("items")) |at| {
            if (compiler.text.byte(at) == '[') return compiler.refuse(at, "a list of items, as in earlier drafts");
            made.items = try compiler.node(at);
        }
        made.contains = try compiler.part(keywords, "contains");
        if (try compiler.count(keywords, "minContains")) |value| made.contains_min = value;
        if (try compiler.count(keywords, "maxContains")) |value| made.contains_max = value;
        const has_bounds = made.min > 0 or made.max < std.math.maxInt(u32) or made.is_unique;
        if (!has_bounds and made.prefix.len == 0 and made.items == null and made.contains == null) return null;
        made.slot = compiler.slot();
        return try compiler.keep(rules.ArrayRules, made);
    }

    fn objectRules(compiler: *Compiler, keywords: Keywords) Error!?*const rules.ObjectRules {
        var made: rules.ObjectRules = .{ .names = undefined, .properties = &.{} };
        var table: Table = .{ .compiler = compiler };
        try table.read(keywords);
        made.names = try .init(compiler.arena, table.map.keys());
        made.properties = table.map.values();
        made.required = table.required.items;
        made.has_dependents = table.has_dependents;
        for (made.required) |number| {
            if (number < rules.quick_properties_max) made.required_bits |= @as(u64, 1) << @intCast(number);
        }
        made.patterns = try compiler.patternProperties(keywords);
        made.additional = try compiler.part(keywords, "additionalProperties");
        made.property_names = try compiler.part(keywords, "propertyNames");
        if (try compiler.count(keywords, "minProperties")) |value| made.min = value;
        if (try compiler.count(keywords, "maxProperties")) |value| made.max = value;
        const has_bounds = made.min > 0 or made.max < std.math.maxInt(u32);
        const has_others = made.additional != null or made.property_names != null or made.patterns.len > 0;
        if (!has_bounds and !has_others and made.properties.len == 0) return null;
        made.additional_slot = compiler.slot();
        return try compiler.keep(rules.ObjectRules, made);
    }

    fn patternProperties(compiler: *Compiler, keywords: Keywords) Error![]const rules.PatternProperty {
        const at = keywords.get("patternProperties") orelse return &.{};
        const entries = try compiler.object(at);
        const list = try compiler.arena.alloc(rules.PatternProperty, entries.map.count());
        for (list, entries.map.keys(), entries.map.values()) |*entry, source, schema| {
            entry.* = .{ .pattern = try compiler.pattern(schema, source), .node = try compiler.node(schema) };
        }
        return list;
    }

    fn object(compiler: *Compiler, at: u32) Error!Keywords {
        if (compiler.text.byte(at) != '{') return compiler.invalid(at, "an object");
        return .init(compiler.arena, compiler.text, at);
    }

    /// Which rules can be kept on the way: those of one type, in simple terms.
    fn classify(compiler: *Compiler, made: *Node) Error!void {
        if (made.logic != null) return;
        var one = made.types;
        one.null = false;
        const has_null = made.types.null;
        if (made.values) |list| {
            if (list.strings == null or !one.string or made.string != null) return;
            made.kind = .string_of;
            return;
        }
        if (made.types.eql(.all)) {
            const has_rules = made.number != null or made.string != null or made.array != null or made.object != null;
            if (!has_rules) made.kind = .any;
            return;
        }
        made.kind = kindOf(one, has_null);
        switch (made.kind) {
            .string => if (made.string) |bounds| {
                if (bounds.format != .none) made.kind = .general;
            },
            .integer, .number => if (made.number) |bounds| {
                if (bounds.step != null) made.kind = .general;
            },
            .array => {
                const bounds = made.array orelse {
                    made.array = try compiler.keep(rules.ArrayRules, .{ .items = try compiler.anything(made), .slot = compiler.slot() });
                    return;
                };
                if (bounds.is_unique or bounds.prefix.len > 0 or bounds.contains != null) {
                    made.kind = .general;
                } else if (bounds.items == null) {
                    var copy = bounds.*;
                    copy.items = try compiler.anything(made);
                    made.array = try compiler.keep(rules.ArrayRules, copy);
                }
            },
            .object => {
                const bounds = made.object orelse {
                    made.object = try compiler.keep(rules.ObjectRules, .{ .names = try .init(compiler.arena, &.{}), .properties = &.{} });
                    return;
                };
                const is_simple = bounds.patterns.len == 0 and bounds.property_names == null and bounds.min == 0 and
                    bounds.max == std.math.maxInt(u32) and !bounds.has_dependents;
                if (!is_simple or bounds.properties.len > rules.quick_properties_max) {
                    made.kind = .general;
                    return;
                }
                var copy = bounds.*;
                copy.members = try compiler.members(bounds);
                made.object = try compiler.keep(rules.ObjectRules, copy);
            },
            else => {},
        }
    }

    fn members(compiler: *Compiler, bounds: *const rules.ObjectRules) error{OutOfMemory}![]const rules.Member {
        const list = try compiler.arena.alloc(rules.Member, bounds.properties.len);
        for (list, bounds.properties, bounds.names.list) |*member, property, name| {
            const is_declared = property.node != null;
            member.* = .{
                .key = .init(name),
                .node = if (is_declared) property.node else bounds.additional,
                .slot = if (is_declared) property.slot else bounds.additional_slot,
            };
        }
        return list;
    }

    /// A schema that takes anything, where none is written.
    fn anything(compiler: *Compiler, near: *const Node) Error!*const Node {
        const made = try compiler.arena.create(Node);
        made.* = .{ .kind = .any, .source = near.source, .number_in_program = @intCast(compiler.nodes.items.len) };
        try compiler.nodes.append(compiler.arena, made);
        return made;
    }
};

fn kindOf(one: rules.Types, has_null: bool) rules.Kind {
    if (one.eql(.{})) return if (has_null) .null else .general;
    if (one.eql(.{ .integer = true, .number = true })) return .number;
    inline for (.{ .boolean, .integer, .string, .array, .object }) |name| {
        var only: rules.Types = .{};
        @field(only, @tagName(name)) = true;
        if (one.eql(only)) return name;
    }
    return .general;
}

fn isNumber(byte: u8) bool {
    return byte == '-' or std.ascii.isDigit(byte);
}

/// Every name that the keywords for objects speak of.
const Table = struct {
    compiler: *Compiler,
    map: std.array_hash_map.String(rules.Property) = .empty,
    required: std.ArrayList(u16) = .empty,
    has_dependents: bool = false,

    fn read(table: *Table, keywords: Keywords) Error!void {
        const compiler = table.compiler;
        if (keywords.get("properties")) |at| {
            const entries = try compiler.object(at);
            for (entries.map.keys(), entries.map.values()) |name, schema| {
                const number = try table.numberOf(schema, name);
                const declared = try compiler.node(schema);
                table.map.values()[number].node = declared;
                table.map.values()[number].slot = compiler.slot();
            }
        }
        if (keywords.get("required")) |at| table.required.items = try table.list(at);
        if (keywords.get("dependentRequired")) |at| {
            const entries = try compiler.object(at);
            for (entries.map.keys(), entries.map.values()) |name, others| {
                const number = try table.numberOf(others, name);
                const numbers_of_others = try table.list(others);
                table.map.values()[number].dependent_required = numbers_of_others;
                table.has_dependents = true;
            }
        }
        if (keywords.get("dependentSchemas")) |at| {
            const entries = try compiler.object(at);
            for (entries.map.keys(), entries.map.values()) |name, schema| {
                const number = try table.numberOf(schema, name);
                const dependent = try compiler.node(schema);
                table.map.values()[number].dependent_schema = dependent;
                table.has_dependents = true;
            }
        }
    }

    fn numberOf(table: *Table, at: u32, name: []const u8) Error!u16 {
        const found = try table.map.getOrPut(table.compiler.arena, name);
        if (!found.found_existing) found.value_ptr.* = .{};
        if (table.map.count() > rules.properties_max) return table.compiler.refuse(at, "more properties than 1024");
        return @intCast(found.index);
    }

    fn list(table: *Table, at: u32) Error![]u16 {
        const text = table.compiler.text;
        if (text.byte(at) != '[') return table.compiler.invalid(at, "a list of names");
        var found: std.ArrayList(u16) = .empty;
        var items = text.items(at);
        while (items.next()) |item| : (items.ended(text.next(item))) {
            if (text.byte(item) != '"') return table.compiler.invalid(item, "a list of names");
            const number = try table.numberOf(item, try Keywords.unescape(table.compiler.arena, text, item));
            if (std.mem.findScalar(u16, found.items, number) == null) try found.append(table.compiler.arena, number);
        }
        return found.items;
    }
};
