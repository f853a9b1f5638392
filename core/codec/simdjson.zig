//! Where the tokens of a JSON text are, by the first stage of simdjson, which reads 32 or 64 bytes at once.
//!
//! Which of its kernels runs is chosen by asking the CPU: AVX-512, AVX2, SSE4.2 (with PCLMUL), NEON, or the *plain* one,
//! which runs on any x86-64 and is the only one that looks at bytes one by one.
//!
//! Of each text that is JSON the positions are exact. A text that is refused is no JSON. One that is not refused may be
//! none either; this much is known of it:
//!  - it is not empty, and not white space alone;
//!  - in strings, all bytes are UTF-8 (no surrogates, nothing overlong) and none is below 0x20, but for the byte behind a
//!    backslash, at which the plain kernel does not look; no string is open at the end.
//!
//! Nobody has looked at: which tokens follow which, whether brackets match, what scalars say, escapes (`"\x"`), a BOM
//! (it is the beginning of a scalar), and bytes outside strings; there, only the other kernels refuse what is not UTF-8,
//! and on x86-64 they take 0x0C and 0x1A for structural characters. So who goes through the positions looks at the byte
//! at each, reads a scalar to its end, and accepts behind scalar or string only white space or a structural character.
//! Whoever does finds the same, whichever kernel it was. (`a"b"` and `a"` differ: only the plain kernel lets a quote that
//! follows a scalar be part of it. The `a` is wrong in both.)

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");

const Parser = opaque {};

extern fn fa_simdjson_create(skip: u32) callconv(.c) ?*Parser;
extern fn fa_simdjson_destroy(*Parser) callconv(.c) void;
extern fn fa_simdjson_reserve(*Parser, size: usize) callconv(.c) bool;
extern fn fa_simdjson_index(*Parser, bytes: [*]const u8, size: usize, positions: *[*]const u32) callconv(.c) i64;

/// One per runtime: not for two threads at once. Its memory is four bytes for each byte of the largest text, taken when
/// that comes; what is beyond a text of `limits.json_index_bytes_kept` is given back by `trim`, or by the next smaller text.
pub const Indexer = struct {
    parser: *Parser,
    /// The largest text that there is room for.
    capacity: usize = 0,

    pub fn init() error{OutOfMemory}!Indexer {
        return initSlower(0) orelse error.OutOfMemory;
    }

    /// Without the fastest `skip` kernels; null when there are no more. For tests.
    pub fn initSlower(skip: u32) ?Indexer {
        return .{ .parser = fa_simdjson_create(skip) orelse return null };
    }

    pub fn deinit(indexer: *Indexer) void {
        fa_simdjson_destroy(indexer.parser);
        indexer.* = undefined;
    }

    /// Positions of `{`, `}`, `[`, `]`, `:` and `,` outside strings, of opening quotes and of the first bytes of other
    /// scalars, ascending; at least one. Valid until the next call of anything here. The two behind the last are readable
    /// and are the length of the text, then again.
    ///
    /// One byte behind the text may be read (by the plain kernel, in a character that breaks off), whatever it is.
    ///
    /// `Malformed` says neither what nor where: `json_scan.zig` does. A text longer than `limits.json_index_bytes_max`
    /// is `OutOfMemory`; so is one that no memory is found for, after which the indexer is as good as before.
    pub fn index(indexer: *Indexer, bytes: []const u8) error{ OutOfMemory, Malformed }![]const u32 {
        if (bytes.len == 0) return error.Malformed;
        if (bytes.len <= limits.json_index_bytes_kept) indexer.trim();
        if (bytes.len > indexer.capacity) try indexer.reserve(bytes.len);
        var positions: [*]const u32 = undefined;
        const count = fa_simdjson_index(indexer.parser, bytes.ptr, bytes.len, &positions);
        if (count < 0) return error.Malformed;
        assert(count > 0 and count <= bytes.len);
        return positions[0..@intCast(count)];
    }

    /// When the positions of a large text are no longer needed, and it is not known when the next text comes.
    pub fn trim(indexer: *Indexer) void {
        if (indexer.capacity <= limits.json_index_bytes_kept) return;
        // The memory is given back in either case; what there is none for then is a few words.
        _ = fa_simdjson_reserve(indexer.parser, 0);
        indexer.capacity = 0;
    }

    fn reserve(indexer: *Indexer, size: usize) error{OutOfMemory}!void {
        if (size > limits.json_index_bytes_max) return error.OutOfMemory;
        const rounded = std.math.ceilPowerOfTwoAssert(usize, @max(size, limits.json_index_bytes_min));
        const capacity = @min(rounded, limits.json_index_bytes_max);
        indexer.capacity = 0;
        if (!fa_simdjson_reserve(indexer.parser, capacity)) return error.OutOfMemory;
        indexer.capacity = capacity;
    }
};
