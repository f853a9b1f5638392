//! The thorough check of a good JSON text: exact where members come twice or names are escaped, and for every keyword.
//!
//! It stops at the first failure, or notes each up to a bound. An object of which a member fails looks for a later
//! member of that name, which would count instead; an object that does this often finds out first which members count.

const std = @import("std");
const assert = std.debug.assert;
const equality = @import("schema_equal.zig");
const Decimal = @import("schema_number.zig").Decimal;
const rules = @import("schema_rules.zig");
const schema_text = @import("schema_text.zig");
const Node = rules.Node;
const Text = schema_text.Text;
const none = schema_text.none;

pub const Failing = enum(u8) {
    missing,
    string_type,
    integer_type,
    number_type,
    boolean_type,
    null_type,
    array_type,
    object_type,
    type,
    string_too_short,
    string_too_long,
    string_pattern_mismatch,
    string_format,
    greater_than_equal,
    greater_than,
    less_than_equal,
    less_than,
    multiple_of,
    too_short,
    too_long,
    not_unique,
    contains,
    too_few_properties,
    too_many_properties,
    extra_forbidden,
    property_name,
    @"enum",
    @"const",
    any_of,
    one_of,
    not,
    false_schema,
    dependent_required,
};

pub const Failure = struct {
    failing: Failing,
    /// The place of the missing name among the object's names.
    missing: u16 = 0,
    /// The place of the name that it depends on.
    owner: u16 = 0,
    /// The value that fails; for what is missing, the object.
    at: u32,
    node: *const Node,
};

pub const failures_max = 32;

pub const Failures = struct {
    list: [failures_max]Failure = undefined,
    count: u32 = 0,
    max: u32,

    fn isFull(failures: *const Failures) bool {
        return failures.count == failures.max;
    }
};

pub const Checker = Check(false);
pub const Collector = Check(true);

/// Members that failed but did not count, after which an object finds out first which do.
const overridden_max = 16;

fn Check(comptime collects: bool) type {
    return struct {
        const Self = @This();

        text: Text,
        failures: if (collects) *Failures else void,

        pub fn isValid(text: Text, node: *const Node, i: u32) bool {
            comptime assert(!collects);
            const self: Self = .{ .text = text, .failures = {} };
            return self.check(node, i) != none;
        }

        pub fn collect(text: Text, node: *const Node, failures: *Failures) void {
            comptime assert(collects);
            assert(failures.max >= 1 and failures.max <= failures_max);
            const self: Self = .{ .text = text, .failures = failures };
            _ = self.check(node, 0);
        }

        inline fn count(self: Self) u32 {
            return if (collects) self.failures.count else 0;
        }

        /// Whether that was enough.
        fn fail(self: Self, failure: Failure) bool {
            if (!collects) return true;
            if (self.failures.isFull()) return true;
            self.failures.list[self.failures.count] = failure;
            self.failures.count += 1;
            return self.failures.isFull();
        }

        fn failAt(self: Self, failing: Failing, node: *const Node, i: u32) bool {
            return self.fail(.{ .failing = failing, .at = i, .node = node });
        }

        /// The token behind the value at `i`; `none` where it fails, or when collecting, where enough has failed.
        fn check(self: Self, node: *const Node, i: u32) u32 {
            const text = self.text;
            switch (node.kind) {
                .any => return text.next(i),
                .never => return if (self.failAt(.false_schema, node, i)) none else text.next(i),
                else => {},
            }
            const first = text.byte(i);
            if (!hasType(text, node.types, i)) {
                return if (self.failAt(typeFailing(node.types), node, i)) none else text.next(i);
            }
            if (node.values) |values| {
                if (!isAmong(text, i, values)) {
                    if (self.failAt(if (values.is_const) .@"const" else .@"enum", node, i)) return none;
                }
            }
            var end: u32 = none;
            switch (first) {
                '"' => if (node.string != null and self.checkString(node, i)) return none,
                '-', '0'...'9' => if (node.number != null and self.checkNumber(node, i)) return none,
                '[' => if (node.array != null) {
                    end = self.checkArray(node, i);
                    if (end == none) return none;
                },
                '{' => if (node.object != null) {
                    end = self.checkObject(node, i);
                    if (end == none) return none;
                },
                else => {},
            }
            if (node.logic != null and self.checkLogic(node, i, &end)) return none;
            return if (end == none) text.next(i) else end;
        }

        noinline fn checkString(self: Self, node: *const Node, i: u32) bool {
            const bounds = node.string.?;
            const string = self.text.string(i);
            if (bounds.min > 0 or bounds.max < std.math.maxInt(u32)) {
                const length = string.length();
                if (length < bounds.min and self.failAt(.string_too_short, node, i)) return true;
                if (length > bounds.max and self.failAt(.string_too_long, node, i)) return true;
            }
            if (bounds.pattern) |pattern| {
                if (!pattern.matches(string) and self.failAt(.string_pattern_mismatch, node, i)) return true;
            }
            return !bounds.format.matches(string) and self.failAt(.string_format, node, i);
        }

        noinline fn checkNumber(self: Self, node: *const Node, i: u32) bool {
            const bounds = node.number.?;
            const value = self.text.number(i);
            if (value < bounds.min and self.failAt(.greater_than_equal, node, i)) return true;
            if (value <= bounds.above and self.failAt(.greater_than, node, i)) return true;
            if (value > bounds.max and self.failAt(.less_than_equal, node, i)) return true;
            if (value >= bounds.below and self.failAt(.less_than, node, i)) return true;
            const step = bounds.step orelse return false;
            return !Decimal.of(self.text.scalar(i), value).isMultipleOf(step) and self.failAt(.multiple_of, node, i);
        }

        noinline fn checkArray(self: Self, node: *const Node, array: u32) u32 {
            const text = self.text;
            const bounds = node.array.?;
            var item_count: u32 = 0;
            var contained: u32 = 0;
            var items = text.items(array);
            while (items.next()) |item| : (item_count += 1) {
                if (item_count == bounds.max and !collects) return none;
                const of = if (item_count < bounds.prefix.len) bounds.prefix[item_count] else bounds.items;
                var end: u32 = none;
                // Of what is too long, what is too much is not looked at.
                if (of != null and item_count < bounds.max) {
                    end = self.check(of.?, item);
                    if (end == none) return none;
                }
                if (bounds.contains) |contains| {
                    const checker: Checker = .{ .text = text, .failures = {} };
                    const contained_end = checker.check(contains, item);
                    contained += @intFromBool(contained_end != none);
                    if (end == none) end = contained_end;
                }
                items.ended(if (end == none) text.next(item) else end);
            }
            if (item_count < bounds.min and self.failAt(.too_short, node, array)) return none;
            if (item_count > bounds.max and self.failAt(.too_long, node, array)) return none;
            if (bounds.contains != null and (contained < bounds.contains_min or contained > bounds.contains_max)) {
                if (self.failAt(.contains, node, array)) return none;
            }
            if (bounds.is_unique and !equality.isUnique(text, array) and self.failAt(.not_unique, node, array)) return none;
            return items.i;
        }

        noinline fn checkObject(self: Self, node: *const Node, object: u32) u32 {
            const text = self.text;
            const bounds = node.object.?;
            var seen: rules.Seen = .empty;
            var overridden: u32 = 0;
            var members = text.members(object);
            while (members.next()) |value| {
                const before = self.count();
                var end = self.checkMember(node, members.key, value, &seen);
                if (end == none or self.count() > before) {
                    const is_enough = end == none;
                    if (is_enough) end = text.next(value);
                    if (equality.isOverridden(text, members.key, end)) {
                        if (collects) self.failures.count = before;
                        overridden += 1;
                    } else if (is_enough) return none;
                }
                members.ended(end);
                if (overridden == overridden_max) {
                    members.i = self.checkRest(node, members.i, &seen);
                    if (members.i == none) return none;
                    break;
                }
            }
            for (bounds.required) |number| {
                if (seen.isSet(number)) continue;
                if (self.fail(.{ .failing = .missing, .missing = number, .at = object, .node = node })) return none;
            }
            if (bounds.min > 0 or bounds.max < std.math.maxInt(u32)) {
                const names = equality.nameCount(text, object);
                if (names < bounds.min and self.failAt(.too_few_properties, node, object)) return none;
                if (names > bounds.max and self.failAt(.too_many_properties, node, object)) return none;
            }
            if (bounds.has_dependents and self.checkDependents(node, object, &seen)) return none;
            return members.i;
        }

        /// The members from a token on of which none is overridden.
        noinline fn checkRest(self: Self, node: *const Node, from: u32, seen: *rules.Seen) u32 {
            var live: equality.Live = undefined;
            var members: equality.LiveMembers = .init(self.text, from, &live);
            while (members.next()) |value| {
                const end = self.checkMember(node, members.members.key, value, seen);
                if (end == none) return none;
                members.ended(end);
            }
            return members.members.i;
        }

        fn checkMember(self: Self, node: *const Node, key: u32, value: u32, seen: *rules.Seen) u32 {
            const bounds = node.object.?;
            const name = self.text.string(key);
            var end: u32 = none;
            var is_additional = true;
            if (bounds.names.find(name)) |number| {
                seen.set(number);
                if (bounds.properties[number].node) |declared| {
                    end = self.check(declared, value);
                    if (end == none) return none;
                    is_additional = false;
                }
            }
            for (bounds.patterns) |pattern| {
                if (!pattern.pattern.matches(name)) continue;
                end = self.check(pattern.node, value);
                if (end == none) return none;
                is_additional = false;
            }
            if (is_additional) {
                if (bounds.additional) |additional| {
                    if (additional.kind == .never) {
                        if (self.failAt(.extra_forbidden, node, value)) return none;
                    } else {
                        end = self.check(additional, value);
                        if (end == none) return none;
                    }
                }
            }
            if (bounds.property_names) |names| {
                if (!Checker.isValid(self.text, names, key) and self.failAt(.property_name, node, value)) return none;
            }
            return if (end == none) self.text.next(value) else end;
        }

        noinline fn checkDependents(self: Self, node: *const Node, object: u32, seen: *const rules.Seen) bool {
            for (node.object.?.properties, 0..) |property, owner| {
                if (!seen.isSet(owner)) continue;
                for (property.dependent_required) |number| {
                    if (seen.isSet(number)) continue;
                    const failure: Failure = .{
                        .failing = .dependent_required,
                        .missing = number,
                        .owner = @intCast(owner),
                        .at = object,
                        .node = node,
                    };
                    if (self.fail(failure)) return true;
                }
                if (property.dependent_schema) |schema| {
                    if (self.check(schema, object) == none) return true;
                }
            }
            return false;
        }

        /// Whether that is enough; sets `end` where something found the end of the value.
        noinline fn checkLogic(self: Self, node: *const Node, i: u32, end: *u32) bool {
            const logic = node.logic.?;
            const checker: Checker = .{ .text = self.text, .failures = {} };
            if (logic.ref) |ref| {
                end.* = self.check(ref, i);
                if (end.* == none) return true;
            }
            for (logic.all_of) |part| {
                end.* = self.check(part, i);
                if (end.* == none) return true;
            }
            if (logic.any_of.len > 0) {
                const is_valid = for (logic.any_of) |branch| {
                    if (checker.check(branch, i) != none) break true;
                } else false;
                if (!is_valid and self.failUnion(.any_of, node, logic.any_of, i)) return true;
            }
            if (logic.one_of.len > 0) {
                var valid: u32 = 0;
                for (logic.one_of) |branch| {
                    valid += @intFromBool(checker.check(branch, i) != none);
                    if (valid == 2) break;
                }
                if (valid == 2 and self.failAt(.one_of, node, i)) return true;
                if (valid == 0 and self.failUnion(.one_of, node, logic.one_of, i)) return true;
            }
            if (logic.not) |not| {
                if (checker.check(not, i) != none and self.failAt(.not, node, i)) return true;
            }
            if (logic.@"if") |condition| {
                const branch = if (checker.check(condition, i) != none) logic.then else logic.@"else";
                if (branch) |schema| {
                    end.* = self.check(schema, i);
                    if (end.* == none) return true;
                }
            }
            return false;
        }

        /// Says what is wrong in the one branch that was meant, if that can be told.
        fn failUnion(self: Self, failing: Failing, node: *const Node, branches: []const *const Node, i: u32) bool {
            if (!collects) return true;
            var meant: ?*const Node = null;
            for (branches) |branch| {
                if (!isMeant(self.text, branch, i)) continue;
                if (meant != null) return self.failAt(failing, node, i);
                meant = branch;
            }
            const branch = meant orelse return self.failAt(failing, node, i);
            const before = self.failures.count;
            if (self.check(branch, i) == none) return true;
            return self.failures.count == before and self.failAt(failing, node, i);
        }
    };
}

fn hasType(text: Text, types: rules.Types, i: u32) bool {
    return switch (text.byte(i)) {
        '"' => types.string,
        '{' => types.object,
        '[' => types.array,
        't', 'f' => types.boolean,
        'n' => types.null,
        else => types.number or (types.integer and isInteger(text.number(i))),
    };
}

fn isInteger(value: f64) bool {
    return @trunc(value) == value;
}

fn typeFailing(types: rules.Types) Failing {
    if (types.number) {
        var others = types;
        others.number = false;
        others.integer = false;
        return if (others.eql(.{})) .number_type else .type;
    }
    inline for (.{ .null, .boolean, .integer, .string, .array, .object }) |name| {
        var only: rules.Types = .{};
        @field(only, @tagName(name)) = true;
        if (types.eql(only)) return @field(Failing, @tagName(name) ++ "_type");
    }
    return .type;
}

fn isAmong(text: Text, i: u32, values: *const rules.Values) bool {
    if (values.strings) |names| return text.byte(i) == '"' and names.find(text.string(i)) != null;
    for (values.list) |value| {
        if (equality.equal(values.text, value, text, i)) return true;
    }
    return false;
}

/// Whether a branch of a union has the type of the value and, where its members are constants, the same constants.
fn isMeant(text: Text, node: *const Node, i: u32) bool {
    if (node.kind == .never or !hasType(text, node.types, i)) return false;
    if (node.values) |values| {
        if (!isAmong(text, i, values)) return false;
    }
    if (node.logic) |logic| {
        if (logic.ref) |ref| {
            if (!isMeant(text, ref, i)) return false;
        }
        for (logic.all_of) |part| {
            if (!isMeant(text, part, i)) return false;
        }
    }
    const bounds = node.object orelse return true;
    if (text.byte(i) != '{') return true;
    for (bounds.properties, bounds.names.list, 0..) |property, name, number| {
        const values = (property.node orelse continue).values orelse continue;
        if (equality.find(text, i, .plain(name.text))) |value| {
            if (!isAmong(text, value, values)) return false;
        } else if (std.mem.findScalar(u16, bounds.required, @intCast(number)) != null) return false;
    }
    return true;
}
