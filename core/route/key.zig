//! A text of up to 16 bytes as two words and a length: compared and hashed without a loop.

const std = @import("std");

pub const Key = struct {
    low: u64,
    high: u64,
    bytes: u32,

    pub const text_bytes = 16;
    /// Equals no text's.
    pub const none: Key = .{ .low = 0, .high = 0, .bytes = std.math.maxInt(u32) };

    /// Of a longer text, its first 16 bytes and its length. 16 bytes can be read from `start` in any case.
    pub inline fn of(start: [*]const u8, bytes: usize) Key {
        const mask = &masks[@min(bytes, text_bytes)];
        const words: *align(1) const [2]u64 = @ptrCast(start);
        return .{ .low = words[0] & mask[0], .high = words[1] & mask[1], .bytes = @intCast(bytes) };
    }

    pub inline fn equals(a: Key, b: Key) bool {
        return (a.low ^ b.low) | (a.high ^ b.high) | (a.bytes ^ b.bytes) == 0;
    }

    pub inline fn hash(key: Key) u32 {
        return @truncate(mix(key.low ^ key.bytes, key.high) >> 32);
    }

    /// Its upper half depends on every bit of both.
    pub inline fn mix(a: u64, b: u64) u64 {
        return a *% 0x9E37_79B9_7F4A_7C15 +% b *% 0xC2B2_AE3D_27D4_EB4F;
    }

    const masks = masks: {
        var list: [text_bytes + 1][2]u64 = undefined;
        for (&list, 0..) |*mask, bytes| {
            const bits: u128 = if (bytes == text_bytes) std.math.maxInt(u128) else (1 << (8 * bytes)) - 1;
            mask.* = .{ @truncate(bits), @truncate(bits >> 64) };
        }
        break :masks list;
    };
};

test "a key is its text and nothing behind it" {
    const text = "0123456789abcdefXYZ";
    const other = "0123456789abcdefxyz";
    for (0..Key.text_bytes + 1) |bytes| {
        var padded: [Key.text_bytes]u8 = @splat('!');
        @memcpy(padded[0..bytes], text[0..bytes]);
        try std.testing.expect(Key.of(&padded, bytes).equals(.of(text, bytes)));
        if (bytes > 0) try std.testing.expect(!Key.of(&padded, bytes).equals(.of(text, bytes - 1)));
    }
    try std.testing.expect(Key.of(text, text.len).equals(.of(other, other.len)));
}
