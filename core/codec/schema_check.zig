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

/// Where a check ended with a failure, so that the end of what is around it is looked for from there on, not from its
/// own beginning: that would take as many walks as there are levels.
const Stop = struct {
    at: u32,
    depth: u32,

    /// The end of the value at `depth` which the failure is in.
    fn endAt(stop: Stop, text: Text, depth: u32) u32 {
        assert(stop.depth >= depth);
        if (stop.depth == depth) return text.next(stop.at);
        var open = stop.depth - depth;
        var i = stop.at;
        while (true) : (i += 1) {
            switch (text.byte(i)) {
                '{', '[' => open += 1,
                '}', ']' => open -= 1,
                else => {},
            }
            if (open == 0) return i + 1;
        }
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
        stop: *Stop,
        /// Of the arrays and objects around the value, from where the check began.
        depth: u32 = 0,

        pub fn isValid(text: Text, node: *const Node, i: u32) bool {
            comptime assert(!collects);
            return end(text, node, i) != none;
        }

        /// The token behind a valid value, or `none`.
        fn end(text: Text, node: *const Node, i: u32) u32 {
            comptime assert(!collects);
            var stop: Stop = undefined;
            const self: Self = .{ .text = text, .failures = {}, .stop = &stop };
            return self.check(node, i);
        }

        pub fn collect(text: Text, node: *const Node, failures: *Failures) void {
            comptime assert(collects);
            assert(failures.max >= 1 and failures.max <= failures_max);
            var stop: Stop = undefined;
            const self: Self = .{ .text = text, .failures = failures, .stop = &stop };
            _ = self.check(node, 0);
        }

        fn inside(self: Self) Self {
            var other = self;
            other.depth += 1;
            return other;
        }

        inline fn count(self: Self) u32 {
            return if (collects) self.failures.count else 0;
        }

        /// Whether that was enough.
        fn fail(self: Self, failure: Failure) bool {
            self.stop.* = .{ .at = failure.at, .depth = self.depth };
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
                // As with a value of another type, there is nothing more to say.
                if (!isAmong(text, i, values)) {
                    return if (self.failAt(if (values.is_const) .@"const" else .@"enum", node, i)) none else text.next(i);
                }
            }
            var behind: u32 = none;
            switch (first) {
                '"' => if (node.string != null and self.checkString(node, i)) return none,
                '-', '0'...'9' => if (node.number != null and self.checkNumber(node, i)) return none,
                '[' => if (node.array != null) {
                    behind = self.checkArray(node, i);
                    if (behind == none) return none;
                },
                '{' => if (node.object != null) {
                    behind = self.checkObject(node, i);
                    if (behind == none) return none;
                },
                else => {},
            }
            if (node.logic != null and self.checkLogic(node, i, &behind)) return none;
            return if (behind == none) text.next(i) else behind;
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
                if (item_count == bounds.max and !collects) {
                    _ = self.failAt(.too_long, node, array);
                    return none;
                }
                const of = if (item_count < bounds.prefix.len) bounds.prefix[item_count] else bounds.items;
                var behind: u32 = none;
                if (of != null) {
                    behind = self.inside().check(of.?, item);
                    if (behind == none) return none;
                }
                if (bounds.contains) |contains| {
                    const contained_behind = Checker.end(text, contains, item);
                    contained += @intFromBool(contained_behind != none);
                    if (behind == none) behind = contained_behind;
                }
                items.ended(if (behind == none) text.next(item) else behind);
            }
            if (item_count < bounds.min and self.failAt(.too_short, node, array)) return none;
            if (item_count > bounds.max and self.failAt(.too_long, node, array)) return none;
            if (bounds.contains != null and (contained < bounds.contains_min or contained > bounds.contains_max)) {
                if (self.failAt(.contains, node, array)) return none;
            }
            if (bounds.is_unique and !equality.isUnique(text, array)) {
                if (self.failAt(.not_unique, node, array)) return none;
            }
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
                var behind = self.inside().checkMember(node, members.key, value, &seen);
                if (behind == none or self.count() > before) {
                    const is_enough = behind == none;
                    if (is_enough) behind = self.stop.endAt(text, self.depth + 1);
                    if (equality.endUnlessOverridden(text, members.key, behind)) |object_end| {
                        // On from the bracket that closes the object.
                        if (is_enough) {
                            self.stop.* = .{ .at = object_end - 1, .depth = self.depth + 1 };
                            return none;
                        }
                    } else {
                        if (collects) self.failures.count = before;
                        overridden += 1;
                    }
                }
                members.ended(behind);
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
                const behind = self.inside().checkMember(node, members.members.key, value, seen);
                if (behind == none) return none;
                members.ended(behind);
            }
            return members.members.i;
        }

        noinline fn checkMember(self: Self, node: *const Node, key: u32, value: u32, seen: *rules.Seen) u32 {
            const bounds = node.object.?;
            const name = self.text.string(key);
            var behind: u32 = none;
            var is_additional = true;
            if (bounds.names.find(name)) |number| {
                seen.set(number);
                if (bounds.properties[number].node) |declared| {
                    behind = self.check(declared, value);
                    if (behind == none) return none;
                    is_additional = false;
                }
            }
            for (bounds.patterns) |pattern| {
                if (!pattern.pattern.matches(name)) continue;
                behind = self.check(pattern.node, value);
                if (behind == none) return none;
                is_additional = false;
            }
            if (is_additional) {
                if (bounds.additional) |additional| {
                    if (additional.kind == .never) {
                        if (self.failAt(.extra_forbidden, node, value)) return none;
                    } else {
                        behind = self.check(additional, value);
                        if (behind == none) return none;
                    }
                }
            }
            if (bounds.property_names) |names| {
                if (!Checker.isValid(self.text, names, key) and self.failAt(.property_name, node, value)) return none;
            }
            return if (behind == none) self.text.next(value) else behind;
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

        /// Whether that is enough; sets `behind` where something found the end of the value.
        noinline fn checkLogic(self: Self, node: *const Node, i: u32, behind: *u32) bool {
            const logic = node.logic.?;
            if (logic.ref) |ref| {
                behind.* = self.check(ref, i);
                if (behind.* == none) return true;
            }
            for (logic.all_of) |part| {
                behind.* = self.check(part, i);
                if (behind.* == none) return true;
            }
            if (logic.any_of.len > 0 and self.checkUnion(.any_of, node, logic.any_of, i, behind)) return true;
            if (logic.one_of.len > 0 and self.checkUnion(.one_of, node, logic.one_of, i, behind)) return true;
            if (logic.not) |not| {
                if (Checker.isValid(self.text, not, i) and self.failAt(.not, node, i)) return true;
            }
            if (logic.@"if") |condition| {
                const branch = if (Checker.isValid(self.text, condition, i)) logic.then else logic.@"else";
                if (branch) |schema| {
                    behind.* = self.check(schema, i);
                    if (behind.* == none) return true;
                }
            }
            return false;
        }

        /// Where one branch only can have been meant, that is the one which is checked, and which fails.
        noinline fn checkUnion(
            self: Self,
            comptime failing: Failing,
            node: *const Node,
            branches: []const *const Node,
            i: u32,
            behind: *u32,
        ) bool {
            const meant = switch (oneMeant(self.text, branches, i)) {
                .one => |branch| {
                    behind.* = self.check(branch, i);
                    return behind.* == none;
                },
                .none => return self.failAt(failing, node, i),
                .several => |how| how,
            };
            var valid: u32 = 0;
            for (branches) |branch| {
                if (!isMeant(self.text, branch, i, meant)) continue;
                const branch_end = Checker.end(self.text, branch, i);
                if (branch_end == none) continue;
                behind.* = branch_end;
                valid += 1;
                if (failing == .any_of or valid == 2) break;
            }
            return valid != 1 and self.failAt(failing, node, i);
        }
    };
}

const By = enum { type, constants };

const Meant = union(enum) { none, one: *const Node, several: By };

/// Members are looked at only where types don't tell.
noinline fn oneMeant(text: Text, branches: []const *const Node, i: u32) Meant {
    for ([_]By{ .type, .constants }) |by| {
        var meant: Meant = .none;
        for (branches) |branch| {
            if (!isMeant(text, branch, i, by)) continue;
            meant = if (meant == .none) .{ .one = branch } else .{ .several = by };
        }
        if (meant != .several) return meant;
    }
    return .{ .several = .constants };
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
    switch (text.byte(i)) {
        '-', '0'...'9' => return std.sort.binarySearch(f64, values.numbers, text.number(i), orderOf) != null,
        '"' => {
            const string = text.string(i);
            return for (values.names) |names| {
                if (names.find(string) != null) break true;
            } else false;
        },
        else => {},
    }
    for (values.others) |value| {
        if (equality.equal(values.text, value, text, i)) return true;
    }
    return false;
}

/// The zeros are equal.
fn orderOf(wanted: f64, value: f64) std.math.Order {
    if (wanted == value) return .eq;
    return if (wanted < value) .lt else .gt;
}

/// Whether a branch of a union has the type of the value and, where its members are constants, the same constants. One
/// that has not is not valid.
noinline fn isMeant(text: Text, node: *const Node, i: u32, by: By) bool {
    if (node.kind == .never or !hasType(text, node.types, i)) return false;
    if (node.logic) |logic| {
        if (logic.ref) |ref| {
            if (!isMeant(text, ref, i, by)) return false;
        }
        for (logic.all_of) |part| {
            if (!isMeant(text, part, i, by)) return false;
        }
    }
    if (by == .type) return true;
    if (node.values) |values| {
        if (!isAmong(text, i, values)) return false;
    }
    const bounds = node.object orelse return true;
    if (text.byte(i) != '{') return true;
    for (bounds.properties, bounds.names.list, 0..) |property, name, number| {
        const values = (property.node orelse continue).values orelse continue;
        if (equality.find(text, i, .plain(name))) |value| {
            if (!isAmong(text, value, values)) return false;
        } else if (std.mem.findScalar(u16, bounds.required, @intCast(number)) != null) return false;
    }
    return true;
}
