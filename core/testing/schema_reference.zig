//! What a JSON Schema says of a value, in the plainest way and over parsed documents: a second opinion for tests.
//!
//! It knows what the core checks natively, but for formats, for patterns other than the four of `matches`, and for
//! references to anything but `#` and `#/$defs/d`. Where those would matter, and where a keyword is not what the
//! specification says that it is, the answer is `Unknown`.

const std = @import("std");
const Value = std.json.Value;

pub const Error = error{Unknown};

pub const Reference = struct {
    root: Value,

    pub fn isValid(reference: Reference, of: Value, value: Value) Error!bool {
        const object = switch (of) {
            .bool => |anything| return anything,
            .object => |object| object,
            else => return error.Unknown,
        };
        for (object.keys(), object.values()) |keyword, rule| {
            if (!try reference.keeps(object, keyword, rule, value)) return false;
        }
        return true;
    }

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
        format,
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
        @"$id",
    };

    fn keeps(reference: Reference, object: std.json.ObjectMap, keyword: []const u8, rule: Value, value: Value) Error!bool {
        const known = std.meta.stringToEnum(Keyword, keyword) orelse return true;
        switch (known) {
            .@"$id" => return error.Unknown,
            .type => {
                if (value == .null and isTrue(object.get("nullable"))) return true;
                if (rule == .string) return hasType(rule.string, value);
                for (try listOf(rule)) |name| {
                    if (hasType(try textOf(name), value)) return true;
                }
                return false;
            },
            .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf => {
                const number = numberOf(value) orelse return true;
                const bound = numberOf(rule) orelse return error.Unknown;
                return switch (known) {
                    .minimum => number >= bound,
                    .maximum => number <= bound,
                    .exclusiveMinimum => number > bound,
                    .exclusiveMaximum => number < bound,
                    else => isMultiple(number, bound),
                };
            },
            .minLength, .maxLength => {
                if (value != .string) return true;
                return isWithin(known == .minLength, characters(value.string), rule);
            },
            .pattern => return value != .string or try matches(try textOf(rule), value.string),
            .format => return if (value == .string) error.Unknown else true,
            .@"enum" => {
                for (try listOf(rule)) |item| {
                    if (equal(item, value)) return true;
                }
                return false;
            },
            .@"const" => return equal(rule, value),
            .allOf, .anyOf, .oneOf => {
                const branches = try listOf(rule);
                var count: usize = 0;
                for (branches) |branch| count += @intFromBool(try reference.isValid(branch, value));
                return switch (known) {
                    .allOf => count == branches.len,
                    .anyOf => count > 0,
                    else => count == 1,
                };
            },
            .not => return !try reference.isValid(rule, value),
            .@"if" => {
                // On its own it says nothing, even where it would lead back to itself.
                if (object.get("then") == null and object.get("else") == null) return true;
                const branch = object.get(if (try reference.isValid(rule, value)) "then" else "else") orelse return true;
                return reference.isValid(branch, value);
            },
            .@"$ref" => return reference.isValid(try reference.target(try textOf(rule)), value),
            .minItems, .maxItems, .uniqueItems, .items, .prefixItems, .contains => {
                return value != .array or try reference.keepsItems(object, known, rule, value.array.items);
            },
            else => return value != .object or try reference.keepsMembers(object, known, rule, value),
        }
    }

    /// Where a `$ref` leads.
    pub fn target(reference: Reference, name: []const u8) Error!Value {
        if (std.mem.eql(u8, name, "#")) return reference.root;
        if (!std.mem.eql(u8, name, "#/$defs/d") or reference.root != .object) return error.Unknown;
        const map = try mapOf(reference.root.object.get("$defs") orelse return error.Unknown);
        return map.get("d") orelse error.Unknown;
    }

    fn keepsItems(reference: Reference, object: std.json.ObjectMap, keyword: Keyword, rule: Value, items: []const Value) Error!bool {
        switch (keyword) {
            .minItems, .maxItems => return isWithin(keyword == .minItems, items.len, rule),
            .uniqueItems => {
                if (rule != .bool) return error.Unknown;
                if (!rule.bool) return true;
                for (items, 0..) |item, i| {
                    for (items[0..i]) |other| {
                        if (equal(item, other)) return false;
                    }
                }
                return true;
            },
            .items => {
                const prefix = if (object.get("prefixItems")) |list| (try listOf(list)).len else 0;
                for (items, 0..) |item, i| {
                    if (i >= prefix and !try reference.isValid(rule, item)) return false;
                }
                return true;
            },
            .prefixItems => {
                const prefix = try listOf(rule);
                const count = @min(items.len, prefix.len);
                for (items[0..count], prefix[0..count]) |item, part| {
                    if (!try reference.isValid(part, item)) return false;
                }
                return true;
            },
            else => {
                var count: usize = 0;
                for (items) |item| count += @intFromBool(try reference.isValid(rule, item));
                const is_enough = try isWithin(true, count, object.get("minContains") orelse .{ .integer = 1 });
                return is_enough and try isWithin(false, count, object.get("maxContains") orelse return true);
            },
        }
    }

    fn keepsMembers(reference: Reference, object: std.json.ObjectMap, keyword: Keyword, rule: Value, value: Value) Error!bool {
        const members = value.object;
        switch (keyword) {
            .minProperties, .maxProperties => return isWithin(keyword == .minProperties, members.count(), rule),
            .required => {
                for (try listOf(rule)) |name| {
                    if (members.get(try textOf(name)) == null) return false;
                }
            },
            .dependentRequired, .dependentSchemas => {
                const map = try mapOf(rule);
                for (map.keys(), map.values()) |owner, dependent| {
                    if (members.get(owner) == null) continue;
                    if (keyword == .dependentSchemas) {
                        if (!try reference.isValid(dependent, value)) return false;
                        continue;
                    }
                    for (try listOf(dependent)) |name| {
                        if (members.get(try textOf(name)) == null) return false;
                    }
                }
            },
            .properties => {
                const map = try mapOf(rule);
                for (map.keys(), map.values()) |name, part| {
                    if (members.get(name)) |member| {
                        if (!try reference.isValid(part, member)) return false;
                    }
                }
            },
            .patternProperties => {
                const map = try mapOf(rule);
                for (map.keys(), map.values()) |pattern, part| {
                    for (members.keys(), members.values()) |name, member| {
                        if (try matches(pattern, name) and !try reference.isValid(part, member)) return false;
                    }
                }
            },
            .additionalProperties => {
                next: for (members.keys(), members.values()) |name, member| {
                    if (object.get("properties")) |declared| {
                        if ((try mapOf(declared)).get(name) != null) continue;
                    }
                    if (object.get("patternProperties")) |patterns| {
                        for ((try mapOf(patterns)).keys()) |pattern| {
                            if (try matches(pattern, name)) continue :next;
                        }
                    }
                    if (!try reference.isValid(rule, member)) return false;
                }
            },
            else => {
                for (members.keys()) |name| {
                    if (!try reference.isValid(rule, .{ .string = name })) return false;
                }
            },
        }
        return true;
    }
};

/// Whether two values are the same JSON.
pub fn equal(a: Value, b: Value) bool {
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

fn isTrue(value: ?Value) bool {
    const given = value orelse return false;
    return given == .bool and given.bool;
}

fn listOf(value: Value) Error![]const Value {
    return if (value == .array) value.array.items else error.Unknown;
}

fn mapOf(value: Value) Error!std.json.ObjectMap {
    return if (value == .object) value.object else error.Unknown;
}

fn textOf(value: Value) Error![]const u8 {
    return if (value == .string) value.string else error.Unknown;
}

fn isWithin(is_min: bool, count: usize, bound: Value) Error!bool {
    const limit = numberOf(bound) orelse return error.Unknown;
    const number: f64 = @floatFromInt(count);
    return if (is_min) number >= limit else number <= limit;
}

fn characters(text: []const u8) usize {
    return std.unicode.utf8CountCodepoints(text) catch unreachable;
}

fn matches(pattern: []const u8, text: []const u8) Error!bool {
    if (std.mem.eql(u8, pattern, "a")) return std.mem.find(u8, text, "a") != null;
    if (std.mem.eql(u8, pattern, "^a")) return std.mem.startsWith(u8, text, "a");
    if (std.mem.eql(u8, pattern, "b$")) return std.mem.endsWith(u8, text, "b");
    if (!std.mem.eql(u8, pattern, "^.{2}$")) return error.Unknown;
    for ([_][]const u8{ "\n", "\r", "\u{2028}", "\u{2029}" }) |line_end| {
        if (std.mem.find(u8, text, line_end) != null) return false;
    }
    return characters(text) == 2;
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

/// Both as the shortest decimals that say them, written out as whole numbers of the smaller one's last digit.
fn isMultiple(number: f64, step: f64) bool {
    if (number == 0) return true;
    const a: Shortest = .of(number);
    const b: Shortest = .of(step);
    const unit = @min(a.exponent, b.exponent);
    return a.inUnits(unit) % b.inUnits(unit) == 0;
}

const Shortest = struct {
    digits: u64,
    exponent: i32,

    fn of(number: f64) Shortest {
        var buffer: [64]u8 = undefined;
        const text = std.fmt.bufPrint(&buffer, "{e}", .{@abs(number)}) catch unreachable;
        const e = std.mem.findScalar(u8, text, 'e').?;
        var shortest: Shortest = .{ .digits = 0, .exponent = std.fmt.parseInt(i32, text[e + 1 ..], 10) catch unreachable };
        for (text[0..e], 0..) |byte, i| {
            if (byte == '.') continue;
            shortest.digits = shortest.digits * 10 + byte - '0';
            if (i > 0) shortest.exponent -= 1;
        }
        return shortest;
    }

    /// As large as 10^650.
    fn inUnits(shortest: Shortest, unit: i32) u2304 {
        var value: u2304 = shortest.digits;
        for (0..@intCast(shortest.exponent - unit)) |_| value *= 10;
        return value;
    }
};
