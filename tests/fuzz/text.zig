//! Text in the making, and random parts for it.

const std = @import("std");

pub const Text = struct {
    arena: std.mem.Allocator,
    bytes: std.ArrayList(u8) = .empty,

    pub fn add(text: *Text, bytes: []const u8) !void {
        try text.bytes.appendSlice(text.arena, bytes);
    }

    pub fn print(text: *Text, comptime format: []const u8, args: anytype) !void {
        try text.bytes.print(text.arena, format, args);
    }

    /// `count` bytes out of `alphabet`.
    pub fn of(text: *Text, random: std.Random, alphabet: []const u8, count: usize) !void {
        for (try text.bytes.addManyAsSlice(text.arena, count)) |*byte| byte.* = pick(u8, random, alphabet);
    }

    pub fn token(text: *Text, random: std.Random, count: usize) !void {
        try text.of(random, "abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789--_.!#$%&'*+^`|~", count);
    }
};

pub fn pick(comptime T: type, random: std.Random, list: []const T) T {
    return list[random.uintLessThan(usize, list.len)];
}

/// True once in so many times.
pub fn odd(random: std.Random, one_in: usize) bool {
    return random.uintLessThan(usize, one_in) == 0;
}
