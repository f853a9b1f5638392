//! The members of an object of the schema by their names.

const std = @import("std");
const Text = @import("schema_text.zig").Text;

pub const Keywords = struct {
    map: std.array_hash_map.String(u32),

    /// Of members with one name the last counts.
    pub fn init(arena: std.mem.Allocator, text: Text, at: u32) error{OutOfMemory}!Keywords {
        var map: std.array_hash_map.String(u32) = .empty;
        var members = text.members(at);
        while (members.next()) |value| : (members.ended(text.next(value))) {
            try map.put(arena, try unescape(arena, text, members.key), value);
        }
        return .{ .map = map };
    }

    pub fn get(keywords: Keywords, name: []const u8) ?u32 {
        return keywords.map.get(name);
    }

    /// Whether there is more that could matter where `name` is applied.
    pub fn hasOthersThan(keywords: Keywords, name: []const u8) bool {
        for (keywords.map.keys()) |key| {
            if (std.mem.eql(u8, key, name)) continue;
            for (annotations) |annotation| {
                if (std.mem.eql(u8, key, annotation)) break;
            } else return true;
        }
        return false;
    }

    const annotations = [_][]const u8{ "title", "description", "default", "examples", "deprecated", "readOnly", "$comment", "$defs" };

    /// With 16 bytes readable behind it.
    pub fn unescape(arena: std.mem.Allocator, text: Text, at: u32) error{OutOfMemory}![]const u8 {
        const string = text.string(at);
        const buffer = try arena.alloc(u8, string.raw.len + 16);
        var bytes = string.reader();
        var len: usize = 0;
        while (bytes.next()) |byte| : (len += 1) buffer[len] = byte;
        @memset(buffer[len..], 0);
        return buffer[0..len];
    }
};
