//! Small numbers for the header names that matter, by perfect hash: nothing later compares strings.

const std = @import("std");
const assert = std.debug.assert;
const scan = @import("scan.zig");

pub const HeaderId = enum(u8) {
    other,
    // What decides about the message itself.
    host,
    content_length,
    transfer_encoding,
    connection,
    expect,
    upgrade,
    // What handlers and later stages ask for.
    accept,
    accept_charset,
    accept_encoding,
    accept_language,
    access_control_request_headers,
    access_control_request_method,
    authorization,
    cache_control,
    content_encoding,
    content_type,
    cookie,
    date,
    etag,
    forwarded,
    from,
    if_match,
    if_modified_since,
    if_none_match,
    if_range,
    if_unmodified_since,
    keep_alive,
    last_event_id,
    origin,
    pragma,
    priority,
    range,
    referer,
    sec_ch_ua,
    sec_ch_ua_mobile,
    sec_ch_ua_platform,
    sec_fetch_dest,
    sec_fetch_mode,
    sec_fetch_site,
    sec_fetch_user,
    sec_websocket_key,
    sec_websocket_protocol,
    sec_websocket_version,
    traceparent,
    upgrade_insecure_requests,
    user_agent,
    x_api_key,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_proto,
    x_real_ip,
    x_request_id,
    x_requested_with,

    /// Its place in a set of ids.
    pub inline fn bit(id: HeaderId) u64 {
        return @as(u64, 1) << @intCast(@backingInt(id));
    }

    comptime {
        assert(@typeInfo(HeaderId).@"enum".field_names.len <= 64);
    }

    /// Lower case; empty for `other`.
    pub fn name(id: HeaderId) []const u8 {
        return names[@backingInt(id)];
    }
};

const names = names: {
    @setEvalBranchQuota(20_000);
    const tags = @typeInfo(HeaderId).@"enum".field_names;
    var list: [tags.len][]const u8 = undefined;
    list[0] = "";
    for (tags[1..], list[1..]) |tag, *text| {
        var chars: [tag.len]u8 = undefined;
        for (tag, &chars) |c, *char| char.* = if (c == '_') '-' else c;
        const final = chars;
        text.* = &final;
    }
    break :names list;
};

/// No known name is shorter, or longer.
const name_bytes_min = 4;
const name_bytes_max = 31;
pub const Text = scan.Half;
const lower_bit: Text = @splat(0x20);

const table_size = 256;

const Candidate = struct {
    /// The name and its colon, so that a match has the right length too.
    line: Text = @splat(0),
    /// One bit for each byte of that; where there is no candidate, a bit that never matches.
    mask: u32 = 1,
    id: HeaderId = .other,
};

/// Under which no two names share a place: found by trying random odd numbers. The table below checks it.
const multiplier: u32 = 0x6BAF_71D7;

/// Of the length and the last four bytes.
inline fn hash(start: [*]const u8, bytes: usize) u8 {
    const last = scan.load(u32, start + bytes - 4) | 0x2020_2020;
    return @truncate(((last +% @as(u32, @intCast(bytes)) *% 0x9E37_79B1) *% multiplier) >> 24);
}

const table = table: {
    @setEvalBranchQuota(200_000);
    var list: [table_size]Candidate = @splat(.{});
    for (names[1..], 1..) |text, id| {
        assert(text.len >= name_bytes_min and text.len <= name_bytes_max);
        var line: [scan.half_bytes]u8 = @splat(0);
        for (text ++ ":", line[0 .. text.len + 1]) |c, *byte| byte.* = c | 0x20;
        const place = &list[hash(text.ptr, text.len)];
        if (place.id != .other) @compileError("two header names share a place: choose another multiplier");
        place.* = .{ .line = line, .mask = std.math.maxInt(u32) >> (31 - text.len), .id = @fromBackingInt(id) };
    }
    break :table list;
};

/// Of the name of `bytes` bytes at `start`, behind which there is a colon. `text` is what is at `start`.
/// A name that is found is a valid token, as long as it has no control characters: nothing else becomes a known
/// name's byte by setting bit 5.
pub inline fn find(start: [*]const u8, text: Text, bytes: usize) ?HeaderId {
    // Shorter names read bytes of the line before, and match nothing.
    const candidate = &table[hash(start, bytes)];
    const equal: u32 = @bitCast((text | lower_bit) == candidate.line);
    return if (~equal & candidate.mask == 0) candidate.id else null;
}

const testing = std.testing;

fn findText(text: []const u8) HeaderId {
    var padded: [400]u8 = @splat('x');
    @memcpy(padded[8..][0..text.len], text);
    padded[8 + text.len] = ':';
    return find(padded[8..].ptr, padded[8..][0..scan.half_bytes].*, text.len) orelse .other;
}

test "known names are found in any case" {
    for (std.enums.values(HeaderId)[1..]) |id| {
        try testing.expectEqual(id, findText(id.name()));
        var upper: [32]u8 = undefined;
        try testing.expectEqual(id, findText(std.ascii.upperString(&upper, id.name())));
    }
}

test "names that differ in one byte are other" {
    for (std.enums.values(HeaderId)[1..]) |id| {
        var text: [33]u8 = undefined;
        const known = id.name();
        for (0..known.len) |at| {
            // Control characters never get here: they end a line. A colon ends the name.
            for (0x20..256) |byte| {
                if (byte == ':') continue;
                @memcpy(text[0..known.len], known);
                text[at] = @intCast(byte);
                const found = findText(text[0..known.len]);
                if (found != .other) try testing.expect(std.ascii.eqlIgnoreCase(found.name(), text[0..known.len]));
            }
        }
        @memcpy(text[0..known.len], known);
        text[known.len] = 'x';
        try testing.expectEqual(.other, findText(text[0 .. known.len + 1]));
        try testing.expectEqual(.other, findText(known[1..]));
    }
    for (0..300) |size| try testing.expectEqual(.other, findText(@as([300]u8, @splat('x'))[0..size]));
}
