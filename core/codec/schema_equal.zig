//! Whether JSON values are equal, in a time that no value makes quadratic, and which members of an object count.
//!
//! Of members with one name the last counts. Large things are compared by hashes with seeds that differ from process
//! to process, in tables of a fixed size on the stack: what doesn't fit makes for another pass.

const std = @import("std");
const assert = std.debug.assert;
const schema_text = @import("schema_text.zig");
const Text = schema_text.Text;

/// Where both have no more tokens, what hashes alike is compared as well; beyond, two hashes of 64 bits are enough.
const compared_tokens_max = 4096;

/// Numbers by value, strings after unescaping, objects in any order. In time that grows with the product of the
/// members of the two.
pub fn equal(a: Text, i: u32, b: Text, j: u32) bool {
    const first = a.byte(i);
    switch (first) {
        '"' => return b.byte(j) == '"' and a.string(i).eql(b.string(j)),
        't', 'f', 'n' => return b.byte(j) == first,
        '[' => {
            if (b.byte(j) != '[') return false;
            var left = a.items(i);
            var right = b.items(j);
            while (left.next()) |item| {
                const other = right.next() orelse return false;
                if (!equal(a, item, b, other)) return false;
                left.ended(a.next(item));
                right.ended(b.next(other));
            }
            return right.next() == null;
        },
        '{' => return b.byte(j) == '{' and equalObjects(a, i, b, j),
        else => {
            const other = b.byte(j);
            return (other == '-' or std.ascii.isDigit(other)) and a.number(i) == b.number(j);
        },
    }
}

fn equalObjects(a: Text, i: u32, b: Text, j: u32) bool {
    var right = b.members(j);
    while (right.next()) |value| {
        if (find(a, i, b.string(right.key)) == null) return false;
        right.ended(b.next(value));
    }
    var left = a.members(i);
    while (left.next()) |value| {
        const other = find(b, j, a.string(left.key)) orelse return false;
        const end = a.next(value);
        if (endUnlessOverridden(a, left.key, end) != null and !equal(a, value, b, other)) return false;
        left.ended(end);
    }
    return true;
}

/// The value that counts.
pub fn find(text: Text, object: u32, name: schema_text.String) ?u32 {
    var found: ?u32 = null;
    var members = text.members(object);
    while (members.next()) |value| {
        if (text.string(members.key).eql(name)) found = value;
        members.ended(text.next(value));
    }
    return found;
}

/// Null where a member with the same name comes after `end`, where the one with `key` ends; else the object's end.
pub fn endUnlessOverridden(text: Text, key: u32, end: u32) ?u32 {
    const name = text.string(key);
    var members: schema_text.Members = .{ .text = text, .i = end };
    while (members.next()) |value| {
        if (text.string(members.key).eql(name)) return null;
        members.ended(text.next(value));
    }
    return members.i;
}

/// Differs from process to process where the system places memory at random, so that nobody can aim at the tables.
fn seedOf(text: Text) u64 {
    return std.hash.int(@as(u64, @intFromPtr(&text)) ^ @intFromPtr(text.bytes.ptr) ^ @intFromPtr(&seedOf));
}

/// More make fewer passes and larger frames, of which documents nest 512.
pub const live_max = 8 * 1024;

/// For members one after another, whether each is the last of its name.
pub const Live = struct {
    bits: std.bit_set.Static(live_max),
    /// How many members the bits are for.
    count: u32,

    const Entry = struct { hash: u32, key: u32, member: u32 };
    const table_len = 2 * live_max;
    const later = live_max;

    /// From the token in front of a member's key to the end of its object; the first `live_max` get their bit.
    pub noinline fn init(live: *Live, text: Text, from: u32) void {
        live.bits = .empty;
        live.count = 0;
        var table: [table_len]Entry = undefined;
        // Small objects are the rule, and a large table takes its time to clear.
        var mask: u32 = 63;
        @memset(table[0 .. mask + 1], .{ .hash = 0, .key = 0, .member = 0 });
        const seed = seedOf(text);
        var members: schema_text.Members = .{ .text = text, .i = from };
        while (members.next()) |value| {
            if (live.count == 32 and mask == 63) {
                mask = table_len - 1;
                live.grow(&table);
            }
            const name = text.string(members.key);
            const hash: u32 = @truncate(name.hash(seed));
            var place = hash & mask;
            while (table[place].key != 0) : (place = (place + 1) & mask) {
                const entry = &table[place];
                if (entry.hash != hash or !text.string(entry.key).eql(name)) continue;
                if (entry.member != later) live.bits.unset(entry.member);
                break;
            }
            const entry = &table[place];
            if (live.count < live_max) {
                entry.* = .{ .hash = hash, .key = members.key, .member = live.count };
                live.bits.set(live.count);
                live.count += 1;
            } else if (entry.key != 0) entry.member = later;
            members.ended(text.next(value));
        }
    }

    fn grow(live: *const Live, table: *[table_len]Entry) void {
        var old: [64]Entry = table[0..64].*;
        @memset(table, .{ .hash = 0, .key = 0, .member = 0 });
        assert(live.count <= old.len);
        for (&old) |entry| {
            if (entry.key == 0) continue;
            var place = entry.hash & (table_len - 1);
            while (table[place].key != 0) place = (place + 1) & (table_len - 1);
            table[place] = entry;
        }
    }
};

/// Goes through the members that count, with the names that are different.
pub const LiveMembers = struct {
    members: schema_text.Members,
    live: *Live,
    passed: u32 = 0,

    pub fn init(text: Text, from: u32, live: *Live) LiveMembers {
        live.init(text, from);
        return .{ .members = .{ .text = text, .i = from }, .live = live };
    }

    pub fn next(list: *LiveMembers) ?u32 {
        while (true) {
            if (list.passed == live_max) {
                list.live.init(list.members.text, list.members.i);
                list.passed = 0;
            }
            const value = list.members.next() orelse return null;
            list.passed += 1;
            if (list.live.bits.isSet(list.passed - 1)) return value;
            list.members.ended(list.members.text.next(value));
        }
    }

    pub fn ended(list: *LiveMembers, at: u32) void {
        list.members.ended(at);
    }
};

/// How many different names an object has.
pub noinline fn nameCount(text: Text, object: u32) u32 {
    var live: Live = undefined;
    var members: LiveMembers = .init(text, object, &live);
    var count: u32 = 0;
    while (members.next()) |value| : (count += 1) members.ended(text.next(value));
    return count;
}

fn mix(a: u64, b: u64) u64 {
    return std.hash.int(a *% 0x9e37_79b9_7f4a_7c15 +% b);
}

/// Equal values have equal hashes. `end` is set to the token behind the value.
fn hashOf(text: Text, i: u32, seed: u64, end: *u32) u64 {
    end.* = i + 1;
    switch (text.byte(i)) {
        '"' => return text.string(i).hash(seed),
        't', 'f', 'n' => |first| return mix(seed, first),
        '[' => {
            var hash = mix(seed, '[');
            var items = text.items(i);
            while (items.next()) |item| {
                var item_end: u32 = undefined;
                hash = mix(hash, hashOf(text, item, seed, &item_end));
                items.ended(item_end);
            }
            end.* = items.i;
            return hash;
        },
        '{' => return hashObject(text, i, seed, end),
        else => {
            // The zeros are equal.
            const value = text.number(i) + 0.0;
            return mix(seed ^ 1, @bitCast(if (value == 0) @as(f64, 0) else value));
        },
    }
}

/// The hashes of an object's first members, which are most objects' only ones: no table is cleared for those.
const Few = struct {
    const max = 8;

    names: [max]u64 = undefined,
    members: [max]u64 = undefined,
    count: u32 = 0,

    /// Of one name the last counts.
    fn put(few: *Few, name: u64, member: u64) void {
        few.forget(name);
        few.names[few.count] = name;
        few.members[few.count] = member;
        few.count += 1;
    }

    fn forget(few: *Few, name: u64) void {
        for (few.names[0..few.count], 0..) |other, i| {
            if (other != name) continue;
            few.count -= 1;
            few.names[i] = few.names[few.count];
            few.members[i] = few.members[few.count];
            return;
        }
    }
};

noinline fn hashObject(text: Text, object: u32, seed: u64, end: *u32) u64 {
    var hash = mix(seed, '{');
    var few: Few = .{};
    var members = text.members(object);
    while (members.next()) |value| {
        const name = text.string(members.key).hash(seed);
        var value_end: u32 = undefined;
        few.put(name, mix(name, hashOf(text, value, seed, &value_end)));
        members.ended(value_end);
        if (few.count < Few.max) continue;
        hash +%= hashRest(text, &members, seed, &few);
        break;
    }
    // A sum, so that the order is no matter.
    for (few.members[0..few.count]) |member| hash +%= member;
    end.* = members.i;
    return hash;
}

/// The sum of the members that follow those few.
noinline fn hashRest(text: Text, before: *schema_text.Members, seed: u64, few: *Few) u64 {
    var hash: u64 = 0;
    var live: Live = undefined;
    var members: LiveMembers = .init(text, before.i, &live);
    while (members.next()) |value| {
        const name = text.string(members.members.key).hash(seed);
        few.forget(name);
        var value_end: u32 = undefined;
        hash +%= mix(name, hashOf(text, value, seed, &value_end));
        members.ended(value_end);
    }
    before.ended(members.members.i);
    return hash;
}

/// Whether no two items of an array are equal.
pub fn isUnique(text: Text, array: u32) bool {
    const first = array + 1;
    var second = first;
    var count: u32 = 0;
    var items = text.items(array);
    while (items.next()) |item| : (count += 1) {
        if (count == 1) second = item;
        if (count == 256) break;
        items.ended(text.next(item));
    }
    if (count < 2) return true;
    if (count == 2) return !equalItems(text, first, second);
    return if (count < 256) isUniqueIn(512, text, array) else isUniqueIn(32 * 1024, text, array);
}

noinline fn isUniqueIn(comptime table_len: u32, text: Text, array: u32) bool {
    const Entry = struct { hash: u32, item: u32 };
    const seed = seedOf(text);
    var table: [table_len]Entry = undefined;
    var start = array;
    while (true) {
        // Item 0 is none: an item has a token in front.
        @memset(&table, .{ .hash = 0, .item = 0 });
        var filled: u32 = 0;
        var rest: ?u32 = null;
        var items: schema_text.Items = .{ .text = text, .i = start };
        while (items.next()) |item| {
            var end: u32 = undefined;
            const hash: u32 = @truncate(hashOf(text, item, seed, &end));
            var place = hash % table_len;
            while (table[place].item != 0) : (place = (place + 1) % table_len) {
                if (table[place].hash == hash and equalItems(text, table[place].item, item)) return false;
            }
            if (filled < table_len / 2) {
                table[place] = .{ .hash = hash, .item = item };
                filled += 1;
            } else if (rest == null) rest = items.i;
            items.ended(end);
        }
        start = rest orelse return true;
    }
}

fn equalItems(text: Text, a: u32, b: u32) bool {
    if (text.byte(a) != '{' and text.byte(a) != '[') return equal(text, a, text, b);
    var ends: [2]u32 = undefined;
    const seed = seedOf(text) +% 0x5851_f42d_4c95_7f2d;
    if (hashOf(text, a, seed, &ends[0]) != hashOf(text, b, seed, &ends[1])) return false;
    if (ends[0] - a > compared_tokens_max or ends[1] - b > compared_tokens_max) {
        return hashOf(text, a, ~seed, &ends[0]) == hashOf(text, b, ~seed, &ends[1]);
    }
    return equal(text, a, text, b);
}

const testing = std.testing;

fn indexed(bytes: []const u8, at: *std.ArrayList(u32)) !Text {
    try testing.expect(try schema_text.index(bytes, at, testing.allocator));
    return .{ .bytes = bytes, .at = at.items };
}

test "values are equal as JSON.parse makes them" {
    const cases = [_]struct { bool, []const u8 }{
        .{ true, "[1,1.0]" },                             .{ true, "[{\"a\":1,\"b\":[2]},{\"b\":[2e0],\"\\u0061\":1}]" },
        .{ true, "[0,-0.0]" },                            .{ true, "[{\"a\":0,\"a\":1},{\"a\":1}]" },
        .{ false, "[{\"a\":1,\"a\":0},{\"a\":1}]" },      .{ false, "[{\"a\":1},{\"a\":1,\"b\":2}]" },
        .{ false, "[1,true]" },                           .{ false, "[\"1\",1]" },
        .{ false, "[[1],[1,2]]" },                        .{ false, "[{},[]]" },
        .{ true, "[9007199254740993,9007199254740992]" },
        .{ true, "[\"\\ud83d\\ude00\",\"😀\"]" },
        .{ false, "[null,false]" },                       .{ false, "[[],{}]" },
        .{ true, "[null,null]" },                         .{ false, "[1]" },
    };
    var at: std.ArrayList(u32) = .empty;
    defer at.deinit(testing.allocator);
    for (cases) |case| {
        errdefer std.debug.print("for {s}\n", .{case[1]});
        try testing.expectEqual(case[0], !isUnique(try indexed(case[1], &at), 0));
        // The long way too: with others in front.
        const longer = try std.mem.concat(testing.allocator, u8, &.{ "[7,8,9,", case[1][1..] });
        defer testing.allocator.free(longer);
        try testing.expectEqual(case[0], !isUnique(try indexed(longer, &at), 0));
    }
}

test "of members with one name the last counts, be there few or many of them" {
    var bytes: std.ArrayList(u8) = .empty;
    defer bytes.deinit(testing.allocator);
    var at: std.ArrayList(u32) = .empty;
    defer at.deinit(testing.allocator);
    for (1..3 * Few.max) |count| {
        for (0..count) |twice| {
            for ([_]bool{ true, false }) |is_equal| {
                bytes.clearRetainingCapacity();
                // Backwards and, with a member that counts or doesn't, forwards.
                try bytes.appendSlice(testing.allocator, "[1,{");
                for (0..count) |i| try bytes.print(testing.allocator, "\"{d}\":[{d}],", .{ count - i, count - i });
                bytes.items[bytes.items.len - 1] = '}';
                try bytes.appendSlice(testing.allocator, ",{");
                for (0..count) |i| try bytes.print(testing.allocator, "\"{d}\":[{d}],", .{ i + 1, if (i == twice) 0 else i + 1 });
                try bytes.print(testing.allocator, "\"{d}\":[{d}]}}]", .{ twice + 1, if (is_equal) twice + 1 else 0 });
                errdefer std.debug.print("for {s}\n", .{bytes.items});
                try testing.expectEqual(!is_equal, isUnique(try indexed(bytes.items, &at), 0));
            }
        }
    }
}

test "many items and members take more than one pass" {
    var bytes: std.ArrayList(u8) = .empty;
    defer bytes.deinit(testing.allocator);
    var at: std.ArrayList(u32) = .empty;
    defer at.deinit(testing.allocator);
    try bytes.append(testing.allocator, '[');
    for (0..40_000) |i| try bytes.print(testing.allocator, "{d},", .{i});
    for ([_][]const u8{ "40000]", "20000]", "39999]" }, 0..) |last, i| {
        const end = bytes.items.len;
        try bytes.appendSlice(testing.allocator, last);
        defer bytes.shrinkRetainingCapacity(end);
        try testing.expectEqual(i == 0, isUnique(try indexed(bytes.items, &at), 0));
    }
    bytes.clearRetainingCapacity();
    try bytes.append(testing.allocator, '{');
    for (0..10_000) |i| try bytes.print(testing.allocator, "\"{d}\":{d},", .{ i % 9_000, i });
    bytes.items[bytes.items.len - 1] = '}';
    const text = try indexed(bytes.items, &at);
    try testing.expectEqual(9_000, nameCount(text, 0));
    var live: Live = undefined;
    var members: LiveMembers = .init(text, 0, &live);
    var expected: u32 = 1_000;
    while (members.next()) |value| : (expected += 1) {
        try testing.expectEqual(@as(f64, @floatFromInt(expected)), text.number(value));
        members.ended(text.next(value));
    }
    try testing.expectEqual(10_000, expected);
}
