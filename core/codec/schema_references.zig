//! Where the `$ref`s of a schema lead: to places within it, by pointer, by anchor, by the URI of a part with an `$id`.

const std = @import("std");
const Keywords = @import("schema_keywords.zig").Keywords;
const schema_text = @import("schema_text.zig");
const uris = @import("schema_uri.zig");
const Text = schema_text.Text;

pub const References = struct {
    arena: std.mem.Allocator,
    text: Text,
    /// The base URI of each schema.
    bases: std.array_hash_map.Auto(u32, []const u8) = .empty,
    /// Schemas by URI, anchors with their hash.
    targets: std.array_hash_map.String(u32) = .empty,

    pub fn init(arena: std.mem.Allocator, text: Text) error{OutOfMemory}!References {
        var references: References = .{ .arena = arena, .text = text };
        try references.targets.put(arena, "", 0);
        try references.enter(0, "");
        return references;
    }

    /// The schema that a reference in the schema at `from` is to.
    pub fn find(references: *References, from: u32, reference: []const u8) error{OutOfMemory}!?u32 {
        const base = references.bases.get(from) orelse "";
        const resolved = try uris.resolve(references.arena, base, reference);
        const fragment = try uris.decode(references.arena, resolved.fragment) orelse return null;
        if (fragment.len > 0 and fragment[0] != '/') {
            return references.targets.get(try std.mem.concat(references.arena, u8, &.{ resolved.uri, "#", fragment }));
        }
        var at = references.targets.get(resolved.uri) orelse return null;
        var own_base = references.bases.get(at) orelse resolved.uri;
        if (fragment.len == 0) return at;
        var steps = std.mem.splitScalar(u8, fragment[1..], '/');
        while (steps.next()) |step| {
            at = try references.inside(at, step) orelse return null;
            own_base = references.bases.get(at) orelse own_base;
        }
        // A place that no keyword says is a schema becomes one by being referred to.
        if (references.bases.get(at) == null) try references.enter(at, own_base);
        return at;
    }

    fn inside(references: *References, at: u32, name: []const u8) error{OutOfMemory}!?u32 {
        const text = references.text;
        switch (text.byte(at)) {
            '{' => {
                const slash = try std.mem.replaceOwned(u8, references.arena, name, "~1", "/");
                const tilde = try std.mem.replaceOwned(u8, references.arena, slash, "~0", "~");
                const keywords: Keywords = try .init(references.arena, text, at);
                return keywords.get(tilde);
            },
            '[' => {
                const place = std.fmt.parseInt(u32, name, 10) catch return null;
                var count: u32 = 0;
                var items = text.items(at);
                while (items.next()) |item| : (count += 1) {
                    if (count == place) return item;
                    items.ended(text.next(item));
                }
                return null;
            },
            else => return null,
        }
    }

    const single = [_][]const u8{
        "additionalProperties", "propertyNames", "items",                 "contains", "not", "if", "then", "else",
        "unevaluatedItems",     "contentSchema", "unevaluatedProperties",
    };
    const maps = [_][]const u8{ "properties", "patternProperties", "$defs", "definitions", "dependentSchemas" };
    const lists = [_][]const u8{ "allOf", "anyOf", "oneOf", "prefixItems" };

    /// Notes what the schema at a place and those inside of it are called.
    fn enter(references: *References, at: u32, outer: []const u8) error{OutOfMemory}!void {
        const text = references.text;
        const arena = references.arena;
        if (text.byte(at) != '{') return;
        const keywords: Keywords = try .init(arena, text, at);
        var base = outer;
        if (keywords.get("$id")) |id| {
            if (text.byte(id) == '"') {
                base = (try uris.resolve(arena, outer, try Keywords.unescape(arena, text, id))).uri;
                try references.targets.put(arena, base, at);
            }
        }
        try references.bases.put(arena, at, base);
        for ([_][]const u8{ "$anchor", "$dynamicAnchor" }) |name| {
            const anchor = keywords.get(name) orelse continue;
            if (text.byte(anchor) != '"') continue;
            const uri = try std.mem.concat(arena, u8, &.{ base, "#", try Keywords.unescape(arena, text, anchor) });
            try references.targets.put(arena, uri, at);
        }
        for (single) |name| {
            if (keywords.get(name)) |schema| try references.enter(schema, base);
        }
        for (maps) |name| {
            const map = keywords.get(name) orelse continue;
            if (text.byte(map) != '{') continue;
            var members = text.members(map);
            while (members.next()) |schema| : (members.ended(text.next(schema))) try references.enter(schema, base);
        }
        for (lists) |name| {
            const list = keywords.get(name) orelse continue;
            if (text.byte(list) != '[') continue;
            var items = text.items(list);
            while (items.next()) |schema| : (items.ended(text.next(schema))) try references.enter(schema, base);
        }
    }
};
