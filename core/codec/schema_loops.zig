//! Refuses schemas with which a document could make checking endless, or slower than in step with its length.
//!
//! A schema that leads back to itself without going into the value never ends. One that leads back to itself by two
//! ways into the same place of a value (a union of recursive branches, say) doubles the work with each level, and
//! documents have 512. What has no way back to itself has a cost that is the schema's own.

const std = @import("std");
const rules = @import("schema_rules.zig");
const Node = rules.Node;

pub const Finding = struct { node: *const Node, reason: []const u8 };

/// Schemas applied to one value, one inside the other: each takes a frame of the stack.
const chain_max = 32;
/// The same where a document decides how deep that goes: 512 levels of so many frames are 2 MB.
const recursive_chain_max = 4;
/// Nodes looked at around one recursive node.
const closure_max = 4096;

pub fn find(arena: std.mem.Allocator, nodes: []const *const Node) error{OutOfMemory}!?Finding {
    var search: Search = .{ .arena = arena, .nodes = nodes, .marks = try arena.alloc(Mark, nodes.len) };
    @memset(search.marks, .{});
    for (nodes) |node| {
        if (try search.chain(node) == null) {
            return .{ .node = node, .reason = "a schema that leads back to itself without going into the value" };
        }
    }
    for (nodes) |node| {
        if (search.marks[node.number_in_program].order == 0) try search.connect(node);
    }
    for (nodes) |node| {
        const mark = &search.marks[node.number_in_program];
        const limit: u32 = if (mark.is_recursive) recursive_chain_max else chain_max;
        if (mark.chain.? > limit) return .{ .node = node, .reason = "too many schemas for one value, one inside the other" };
        if (mark.is_recursive and !try search.hasOneWay(node)) {
            return .{ .node = node, .reason = "a recursive schema that is applied to the same value in several ways" };
        }
    }
    return null;
}

const Mark = struct {
    visiting: bool = false,
    chain: ?u32 = null,
    order: u32 = 0,
    low: u32 = 0,
    on_stack: bool = false,
    component: u32 = 0,
    is_recursive: bool = false,
};

const Search = struct {
    arena: std.mem.Allocator,
    nodes: []const *const Node,
    marks: []Mark,
    stack: std.ArrayList(*const Node) = .empty,
    order: u32 = 0,
    components: u32 = 0,

    /// The longest chain of schemas on one value, or null where it has no end.
    fn chain(search: *Search, node: *const Node) error{OutOfMemory}!?u32 {
        const mark = &search.marks[node.number_in_program];
        if (mark.chain) |length| return length;
        if (mark.visiting) return null;
        mark.visiting = true;
        defer mark.visiting = false;
        var length: u32 = 0;
        var targets: std.ArrayList(*const Node) = .empty;
        try sameValue(search.arena, node, &targets);
        for (targets.items) |target| length = @max(length, try search.chain(target) orelse return null);
        mark.chain = length + 1;
        return mark.chain;
    }

    /// R. Tarjan, "Depth-first search and linear graph algorithms".
    fn connect(search: *Search, node: *const Node) error{OutOfMemory}!void {
        const mark = &search.marks[node.number_in_program];
        search.order += 1;
        mark.order = search.order;
        mark.low = search.order;
        mark.on_stack = true;
        try search.stack.append(search.arena, node);
        var targets: std.ArrayList(*const Node) = .empty;
        try sameValue(search.arena, node, &targets);
        try inside(search.arena, node, &targets);
        for (targets.items) |target| {
            const other = &search.marks[target.number_in_program];
            if (target == node) mark.is_recursive = true;
            if (other.order == 0) {
                try search.connect(target);
                mark.low = @min(mark.low, other.low);
            } else if (other.on_stack) mark.low = @min(mark.low, other.order);
        }
        if (mark.low != mark.order) return;
        search.components += 1;
        const is_alone = search.stack.items[search.stack.items.len - 1] == node;
        while (search.stack.pop()) |member| {
            const other = &search.marks[member.number_in_program];
            other.on_stack = false;
            other.component = search.components;
            if (!is_alone) other.is_recursive = true;
            if (member == node) break;
        }
    }

    /// Whether each place inside of a value is reached at most once by what leads back to the node.
    fn hasOneWay(search: *Search, node: *const Node) error{OutOfMemory}!bool {
        const component = search.marks[node.number_in_program].component;
        var closure: std.ArrayList(*const Node) = .empty;
        try closure.append(search.arena, node);
        var i: usize = 0;
        while (i < closure.items.len) : (i += 1) {
            if (closure.items.len > closure_max) return false;
            try sameValue(search.arena, closure.items[i], &closure);
        }
        const members = closure.items;
        // A member that no schema names, an item that none counts, then each that one does.
        if (search.waysToMember(members, null, component) > 1) return false;
        var longest: usize = 0;
        for (members) |member| {
            if (member.array) |array| longest = @max(longest, array.prefix.len);
            for ((member.object orelse continue).names.list) |name| {
                if (search.waysToMember(members, name, component) > 1) return false;
            }
        }
        for (0..longest + 1) |place| {
            if (search.waysToItem(members, place, component) > 1) return false;
        }
        return true;
    }

    fn waysToMember(search: *const Search, members: []const *const Node, name: ?[]const u8, component: u32) u32 {
        var ways: u32 = 0;
        for (members) |member| {
            const object = member.object orelse continue;
            const declared = for (object.properties, object.names.list) |property, known| {
                if (name != null and std.mem.eql(u8, known, name.?)) break property.node;
            } else null;
            ways += search.leadsBack(declared orelse object.additional, component);
            for (object.patterns) |pattern| ways += search.leadsBack(pattern.node, component);
        }
        return ways;
    }

    fn waysToItem(search: *const Search, members: []const *const Node, place: usize, component: u32) u32 {
        var ways: u32 = 0;
        for (members) |member| {
            const array = member.array orelse continue;
            ways += search.leadsBack(if (place < array.prefix.len) array.prefix[place] else array.items, component);
            ways += search.leadsBack(array.contains, component);
        }
        return ways;
    }

    fn leadsBack(search: *const Search, node: ?*const Node, component: u32) u32 {
        return @intFromBool(node != null and search.marks[node.?.number_in_program].component == component);
    }
};

const List = std.ArrayList(*const Node);

/// The schemas that a schema applies to the value that it is applied to itself.
fn sameValue(arena: std.mem.Allocator, node: *const Node, list: *List) error{OutOfMemory}!void {
    if (node.logic) |logic| {
        inline for (.{ logic.ref, logic.not, logic.@"if", logic.then, logic.@"else" }) |part| {
            if (part) |target| try list.append(arena, target);
        }
        inline for (.{ logic.all_of, logic.any_of, logic.one_of }) |parts| try list.appendSlice(arena, parts);
    }
    const object = node.object orelse return;
    for (object.properties) |property| {
        if (property.dependent_schema) |target| try list.append(arena, target);
    }
}

/// Those that it applies to what the value holds, and to names.
fn inside(arena: std.mem.Allocator, node: *const Node, list: *List) error{OutOfMemory}!void {
    if (node.array) |array| {
        try list.appendSlice(arena, array.prefix);
        if (array.items) |target| try list.append(arena, target);
        if (array.contains) |target| try list.append(arena, target);
    }
    const object = node.object orelse return;
    for (object.properties) |property| {
        if (property.node) |target| try list.append(arena, target);
    }
    for (object.patterns) |pattern| try list.append(arena, pattern.node);
    if (object.additional) |target| try list.append(arena, target);
    if (object.property_names) |target| try list.append(arena, target);
}
