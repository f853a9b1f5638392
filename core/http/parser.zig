//! Request heads of HTTP/1.1 (RFC 9112), strictly, in one pass of vector compares; can stop and go on at any byte.
//!
//! The caller hands over all bytes of the head that it has, each time from the head's start. What was understood is
//! kept, so that going on costs at most one line. Names, values and target stay where they are: the result is offsets.

const std = @import("std");
const assert = std.debug.assert;
const limits = @import("../limits.zig");
const scan = @import("scan.zig");
const Fault = @import("fault.zig").Fault;
const HeaderId = @import("header_id.zig").HeaderId;
const header_id = @import("header_id.zig");
const Method = @import("method.zig").Method;

/// Where one header is, from the start of the head. JavaScript reads it as four words.
pub const Slot = extern struct {
    name: u32,
    value: u32,
    value_bytes: u32,
    tag: Tag,

    /// One store.
    pub const Tag = packed struct(u32) { name_bytes: u16, id: HeaderId, reserved: u8 = 0 };

    pub const words = @sizeOf(Slot) / 4;

    comptime {
        assert(@sizeOf(Slot) == 16);
    }
};

pub const Limits = extern struct {
    target_bytes: u32 = limits.target_bytes_default,
    head_bytes: u32 = limits.head_bytes_default,
    headers: u32 = limits.headers_default,
};

pub const Outcome = enum(u8) {
    /// More bytes are needed.
    partial,
    /// `Parser` describes the head; the body or the next request begins at `Parser.position`.
    complete,
    /// `Parser.fault` says what is wrong.
    faulty,
};

pub const Framing = enum(u8) { none, length, chunked };

pub const Parser = extern struct {
    // --- The result ---
    method: Method = .get,
    minor_version: u8 = 1,
    framing: Framing = .none,
    /// The client asked for the connection to go on after this request, or HTTP/1.1 implies it.
    keep_alive: bool = true,
    expects_continue: bool = false,
    fault: Fault = .method_invalid,
    phase: Phase = .request_line,
    header_count: u32 = 0,
    /// Where the method starts: after empty lines that came before it.
    start: u32 = 0,
    target: u32 = 0,
    target_bytes: u32 = 0,
    /// Of the target, the part routes are matched against. For absolute-form the path inside it.
    path: u32 = 0,
    path_bytes: u32 = 0,
    /// Behind the question mark; 0 bytes without one.
    query: u32 = 0,
    query_bytes: u32 = 0,
    /// Valid with `Framing.length`.
    content_length: u64 = 0,
    /// The start of the first byte that is not understood yet.
    position: u32 = 0,
    /// A bit for each `HeaderId` that was seen, and for each that was seen again.
    known: u64 = 0,
    repeated: u64 = 0,
    /// Up to here the line at `position` holds nothing that ends it.
    scanned: u32 = 0,

    const no_mark = std.math.maxInt(usize);
    const Phase = enum(u8) { request_line, headers, done };

    /// `bytes[0..size]` is the head so far. A zero byte follows it (it stops every search), and `limits.slack_bytes` can
    /// be read behind it. `slots` has room for `bounds.headers` and holds what earlier calls for this head wrote there.
    pub fn parse(p: *Parser, bytes: [*]const u8, size: u32, slots: [*]Slot, bounds: *const Limits) Outcome {
        assert(p.phase != .done);
        assert(p.position <= size);
        assert(bytes[size] == 0);
        // What lies beyond the bound is not looked at: the verdict is the same however the bytes arrive.
        const visible = @min(size, bounds.head_bytes);
        const outcome = p.run(bytes, visible, slots, bounds);
        if (outcome == .partial and size >= bounds.head_bytes) return p.fail(.head_too_large);
        return outcome;
    }

    inline fn run(p: *Parser, bytes: [*]const u8, visible: usize, slots: [*]Slot, bounds: *const Limits) Outcome {
        var block: usize = p.position;
        var block_bytes = scan.load(scan.Block, bytes + block);
        if (p.phase == .request_line) {
            if (!p.plainRequestLine(bytes, block_bytes, visible, bounds)) {
                @branchHint(.unlikely);
                const outcome = p.requestLine(bytes, @intCast(visible), bounds);
                if (outcome != .complete) return outcome;
                block = p.position;
                block_bytes = scan.load(scan.Block, bytes + block);
            }
            p.phase = .headers;
        }
        return p.headers(bytes, block, scan.lineStops(block_bytes), visible, slots, bounds);
    }

    /// What nearly every request line is. False, and nothing is decided, for any other.
    inline fn plainRequestLine(p: *Parser, bytes: [*]const u8, first: scan.Block, visible: usize, bounds: *const Limits) bool {
        const start: usize = p.position;
        const method = Method.fromWord(scan.load(u64, bytes + start)) orelse return false;
        const target = start + method.text().len + 1;
        var at = start;
        var stops = scan.targetStops(first) & scan.from(target - start);
        var marks = scan.equal(first, '?');
        var path_end: usize = no_mark;
        while (stops == 0) {
            if (marks != 0 and path_end == no_mark) path_end = at + @ctz(marks);
            at += scan.block_bytes;
            const block = scan.load(scan.Block, bytes + at);
            stops = scan.targetStops(block);
            marks = scan.equal(block, '?');
        }
        const target_end = at + @ctz(stops);
        marks &= stops - 1;
        if (path_end == no_mark) path_end = if (marks == 0) target_end else at + @ctz(marks);

        // Two words that overlap cover what must follow.
        const different = (scan.load(u64, bytes + target_end) ^ line_rest[0]) |
            (scan.load(u64, bytes + target_end + 3) ^ line_rest[1]);
        if (different != 0 or bytes[target] != '/') return false;
        if (target_end + line_rest_bytes > visible or target_end - target > bounds.target_bytes) return false;

        p.method = method;
        p.minor_version = 1;
        p.start = @intCast(start);
        p.target = @intCast(target);
        p.target_bytes = @intCast(target_end - target);
        p.path = @intCast(target);
        p.path_bytes = @intCast(path_end - target);
        p.query = @intCast(@min(path_end + 1, target_end));
        p.query_bytes = @intCast(target_end - @min(path_end + 1, target_end));
        p.position = @intCast(target_end + line_rest_bytes);
        return true;
    }

    /// Any request line, byte by byte where that is needed to say what is wrong with it.
    noinline fn requestLine(p: *Parser, bytes: [*]const u8, size: u32, bounds: *const Limits) Outcome {
        var at = p.position;
        // RFC 9112, 2.2: a server should ignore empty lines before the request line.
        while (true) {
            if (at >= size) return .partial;
            if (bytes[at] != '\r') break;
            if (at + 1 >= size) return .partial;
            if (bytes[at + 1] != '\n') return p.fail(.line_ending_invalid);
            at += 2;
            p.position = at;
        }
        p.start = at;

        switch (p.readMethod(bytes, size)) {
            .partial => return .partial,
            .faulty => return .faulty,
            .complete => at += @intCast(p.method.text().len),
        }
        at += 1;

        p.target = at;
        while (at < size and bytes[at] > ' ' and bytes[at] < 0x7f) at += 1;
        p.target_bytes = at - p.target;
        if (p.target_bytes > bounds.target_bytes) return p.fail(.target_too_long);
        if (at >= size) return .partial;
        if (bytes[at] != ' ' or p.target_bytes == 0) {
            return p.fail(if (bytes[at] == '\n') .line_ending_invalid else .target_invalid);
        }
        at += 1;
        switch (p.version(bytes, at, size)) {
            .partial => return .partial,
            .faulty => return .faulty,
            .complete => {},
        }
        if (!p.splitTarget(bytes)) return p.fail(.target_invalid);
        p.position = at + 10;
        return .complete;
    }

    fn readMethod(p: *Parser, bytes: [*]const u8, size: u32) Outcome {
        var at = p.start;
        while (at < size and at - p.start <= limits.method_bytes_max) : (at += 1) {
            if (bytes[at] == ' ' and at > p.start) break;
            if (!scan.is_token[bytes[at]]) return p.fail(.method_invalid);
        } else {
            return if (at == size) .partial else p.fail(.method_unknown);
        }
        p.method = Method.fromText(bytes[p.start..at]) orelse return p.fail(.method_unknown);
        return .complete;
    }

    fn version(p: *Parser, bytes: [*]const u8, start: u32, size: u32) Outcome {
        const pattern = "HTTP/d.d\r\n";
        const have = @min(size - start, pattern.len);
        for (bytes[start..][0..have], pattern[0..have]) |byte, wanted| {
            const fits = if (wanted == 'd') std.ascii.isDigit(byte) else byte == wanted;
            if (fits) continue;
            const bare = byte == '\n' or wanted == '\n';
            return p.fail(if (bare) .line_ending_invalid else .version_invalid);
        }
        if (have < pattern.len) return .partial;
        if (bytes[start + 5] != '1') return p.fail(.version_unsupported);
        // A higher minor version is answered as the highest that is known (RFC 9110, 2.5).
        p.minor_version = if (bytes[start + 7] == '0') 0 else 1;
        return .complete;
    }

    /// Finds path and query. False when the target has no form that is allowed here.
    fn splitTarget(p: *Parser, bytes: [*]const u8) bool {
        const target_end = p.target + p.target_bytes;
        // A fragment has no business in a request; it is cut off rather than routed.
        const mark = std.mem.findAny(u8, bytes[p.target..target_end], "?#") orelse p.target_bytes;
        const path_end = p.target + @as(u32, @intCast(mark));
        p.path = p.target;
        if (bytes[p.target] != '/' and !p.unusualTarget(bytes, path_end)) return false;
        p.path_bytes = path_end - p.path;
        p.query = path_end;
        p.query_bytes = 0;
        if (path_end < target_end) {
            p.query = path_end + 1;
            const rest = bytes[p.query..target_end];
            if (bytes[path_end] == '?') p.query_bytes = @intCast(std.mem.findScalar(u8, rest, '#') orelse rest.len);
        }
        return true;
    }

    /// Absolute-form, whose path begins behind the authority, and `OPTIONS *`.
    fn unusualTarget(p: *Parser, bytes: [*]const u8, path_end: u32) bool {
        const target = bytes[p.target..][0..p.target_bytes];
        if (target.len == 1 and target[0] == '*') return p.method == .options;
        inline for (.{ "http://", "https://" }) |scheme| {
            if (std.ascii.startsWithIgnoreCase(target, scheme)) {
                const host = p.target + @as(u32, scheme.len);
                if (host >= path_end) return false;
                const rest = bytes[host..path_end];
                const slash: u32 = @intCast(std.mem.findScalar(u8, rest, '/') orelse rest.len);
                if (!isHost(rest[0..slash])) return false;
                p.path = host + slash;
                return true;
            }
        }
        return false;
    }

    /// The authority of an absolute-form target, which takes the place of Host (RFC 9112, 3.2.2); else null.
    pub fn authority(p: *const Parser, bytes: [*]const u8) ?struct { offset: u32, bytes: u32 } {
        if (bytes[p.target] == '/' or bytes[p.target] == '*') return null;
        const target = bytes[p.target..][0..p.target_bytes];
        const scheme: u32 = @intCast((std.mem.find(u8, target, "://") orelse return null) + 3);
        return .{ .offset = p.target + scheme, .bytes = p.path - p.target - scheme };
    }

    /// Plain lines go by at once; `anyLine` decides about all others. `stops` is of the block at `first_block`.
    inline fn headers(
        p: *Parser,
        bytes: [*]const u8,
        first_block: usize,
        first_stops: u64,
        visible: usize,
        slots: [*]Slot,
        bounds: *const Limits,
    ) Outcome {
        var block = first_block;
        var stops = first_stops;
        var at: usize = p.position;
        var count: usize = p.header_count;
        var known = p.known;
        var repeated = p.repeated;
        while (true) {
            // A request line may end in a later block, a header's CRLF just behind this one.
            while (at - block >= scan.block_bytes) {
                block += scan.block_bytes;
                stops = scan.lineStops(scan.load(scan.Block, bytes + block));
            }
            stops &= scan.from(at - block);
            while (stops == 0) {
                block += scan.block_bytes;
                stops = scan.lineStops(scan.load(scan.Block, bytes + block));
            }
            const end = block + @ctz(stops);
            const text = scan.load(scan.Half, bytes + at);
            if (scan.load(u16, bytes + end) == crlf and end + 2 <= visible) plain: {
                @branchHint(.likely);
                if (end == at) break;
                // Where the name ends is found beside the line's end, not after it: neither waits for the other.
                const colons = scan.equalHalf(text, ':');
                const name_bytes: usize = @ctz(colons);
                const colon = at + name_bytes;
                // One space before the value and none behind it is what everybody sends.
                if (colons == 0 or colon >= end or count == bounds.headers) break :plain;
                if (bytes[colon + 1] != ' ' or bytes[colon + 2] <= ' ' or bytes[end - 1] <= ' ') break :plain;
                const id = header_id.find(bytes + at, text, name_bytes) orelse unknown: {
                    if (!isPlainName(text, name_bytes)) break :plain;
                    break :unknown .other;
                };
                slots[count] = .{
                    .name = @intCast(at),
                    .value = @intCast(colon + 2),
                    .value_bytes = @intCast(end - colon - 2),
                    .tag = .{ .name_bytes = @intCast(name_bytes), .id = id },
                };
                repeated |= known & id.bit();
                known |= id.bit();
                count += 1;
                at = end + 2;
                continue;
            }
            p.position = @intCast(at);
            p.header_count = @intCast(count);
            p.known = known;
            p.repeated = repeated;
            const outcome = p.anyLine(bytes, visible, slots, bounds);
            if (outcome != .complete) return outcome;
            at = p.position;
            count = p.header_count;
            known = p.known;
            repeated = p.repeated;
            block = at;
            stops = scan.lineStops(scan.load(scan.Block, bytes + block));
        }
        p.position = @intCast(at + 2);
        p.header_count = @intCast(count);
        p.known = known;
        p.repeated = repeated;
        return p.finish(bytes, slots[0..count]);
    }

    /// Any header line, whatever it looks like; complete when it was a good one.
    noinline fn anyLine(p: *Parser, bytes: [*]const u8, visible: usize, slots: [*]Slot, bounds: *const Limits) Outcome {
        const at = p.position;
        const end = p.lineEnd(bytes, @intCast(visible)) orelse return .partial;
        if (bytes[end] != '\r') return p.badLine(bytes, at, end);
        if (end + 1 == visible) return .partial;
        if (bytes[end + 1] != '\n') return p.fail(.line_ending_invalid);
        assert(end > at);
        if (p.header_count == bounds.headers) return p.fail(.headers_too_many);

        const line = bytes[at..end];
        const name_bytes: u32 = @intCast(std.mem.findScalar(u8, line, ':') orelse return p.badName(line, line.len));
        if (name_bytes == 0 or !scan.allIn(&scan.is_token, line[0..name_bytes])) return p.badName(line, name_bytes);
        var value = at + name_bytes + 1;
        while (bytes[value] == ' ' or bytes[value] == '\t') value += 1;
        var value_end = end;
        while (value_end > value and (bytes[value_end - 1] == ' ' or bytes[value_end - 1] == '\t')) value_end -= 1;

        const id = header_id.find(bytes + at, scan.load(scan.Half, bytes + at), name_bytes) orelse .other;
        slots[p.header_count] = .{
            .name = at,
            .value = value,
            .value_bytes = value_end - value,
            .tag = .{ .name_bytes = @intCast(name_bytes), .id = id },
        };
        p.repeated |= p.known & id.bit();
        p.known |= id.bit();
        p.header_count += 1;
        p.position = end + 2;
        return .complete;
    }

    /// Of the line at `position`: its carriage return, or the first control that may not be in it.
    fn lineEnd(p: *Parser, bytes: [*]const u8, visible: u32) ?u32 {
        var at = @max(p.position, p.scanned);
        while (at < visible) {
            const stops = scan.lineStops(scan.load(scan.Block, bytes + at));
            if (stops == 0) {
                at += scan.block_bytes;
                continue;
            }
            at += @ctz(stops);
            if (at >= visible) break;
            if (bytes[at] != '\t' and bytes[at] < 0x80) return at;
            at += 1;
        }
        p.scanned = visible;
        return null;
    }

    /// All lines are in: do they make one message?
    inline fn finish(p: *Parser, bytes: [*]const u8, slots: []const Slot) Outcome {
        p.phase = .done;
        p.keep_alive = p.minor_version >= 1;
        if (p.known & HeaderId.host.bit() == 0) {
            if (p.minor_version >= 1) return p.fail(.host_missing);
        } else {
            if (p.repeated & HeaderId.host.bit() != 0) return p.fail(.host_repeated);
            if (!isHost(valueOf(bytes, find(slots, .host)))) return p.fail(.host_invalid);
        }
        if (p.known & HeaderId.connection.bit() != 0) {
            const value = valueOf(bytes, find(slots, .connection));
            if (p.repeated & HeaderId.connection.bit() != 0 or !equalsIgnoreCase(value, "keep-alive")) {
                p.connection(bytes, slots);
            } else {
                p.keep_alive = true;
            }
        }
        if (p.known & framing_bits == 0) return .complete;
        return p.finishFraming(bytes, slots);
    }

    const framing_bits = HeaderId.content_length.bit() | HeaderId.transfer_encoding.bit() | HeaderId.expect.bit();

    /// Several Connection headers act as one list; `close` anywhere wins.
    noinline fn connection(p: *Parser, bytes: [*]const u8, slots: []const Slot) void {
        var asks_close = false;
        var asks_keep_alive = false;
        for (slots) |*slot| {
            if (slot.tag.id != .connection) continue;
            var tokens = std.mem.splitScalar(u8, valueOf(bytes, slot), ',');
            while (tokens.next()) |part| {
                const token = std.mem.trim(u8, part, " \t");
                asks_close = asks_close or std.ascii.eqlIgnoreCase(token, "close");
                asks_keep_alive = asks_keep_alive or std.ascii.eqlIgnoreCase(token, "keep-alive");
            }
        }
        p.keep_alive = !asks_close and (p.minor_version >= 1 or asks_keep_alive);
    }

    noinline fn finishFraming(p: *Parser, bytes: [*]const u8, slots: []const Slot) Outcome {
        const has_length = p.known & HeaderId.content_length.bit() != 0;
        if (p.repeated & HeaderId.content_length.bit() != 0) return p.fail(.length_repeated);
        if (p.known & HeaderId.transfer_encoding.bit() != 0) {
            if (has_length) return p.fail(.length_with_coding);
            if (p.minor_version == 0) return p.fail(.coding_before_http11);
            // Two headers are one list, in which chunked stands twice or not last.
            if (p.repeated & HeaderId.transfer_encoding.bit() != 0) return p.fail(.coding_not_chunked_last);
            const coding = valueOf(bytes, find(slots, .transfer_encoding));
            if (std.ascii.eqlIgnoreCase(coding, "chunked")) {
                p.framing = .chunked;
            } else {
                return p.fail(codingFault(coding));
            }
        } else if (has_length) {
            const value = valueOf(bytes, find(slots, .content_length));
            p.content_length = parseLength(value) orelse return p.fail(.length_invalid);
            p.framing = .length;
        }
        if (p.known & HeaderId.expect.bit() != 0 and p.minor_version >= 1) {
            const value = valueOf(bytes, find(slots, .expect));
            if (!std.ascii.eqlIgnoreCase(value, "100-continue")) return p.fail(.expectation_unknown);
            p.expects_continue = p.framing != .none;
        }
        return .complete;
    }

    /// The line has no colon, or what is before the one at `colon` is no name.
    fn badName(p: *Parser, line: []const u8, colon: usize) Outcome {
        if (line[0] == ' ' or line[0] == '\t') return p.fail(.header_folded);
        const is_spaced = colon > 0 and colon < line.len and (line[colon - 1] == ' ' or line[colon - 1] == '\t');
        return p.fail(if (is_spaced) .header_space_before_colon else .header_name_invalid);
    }

    /// The line at `at` is stopped by a control that is not its end.
    fn badLine(p: *Parser, bytes: [*]const u8, at: usize, stop: usize) Outcome {
        if (bytes[stop] == '\r' or bytes[stop] == '\n') return p.fail(.line_ending_invalid);
        const in_value = std.mem.findScalar(u8, bytes[at..stop], ':') != null;
        return p.fail(if (in_value) .header_value_invalid else .header_name_invalid);
    }

    fn fail(p: *Parser, fault: Fault) Outcome {
        p.fault = fault;
        return .faulty;
    }
};

/// The first of an id that was seen.
inline fn find(slots: []const Slot, id: HeaderId) *const Slot {
    var index: usize = 0;
    while (slots[index].tag.id != id) index += 1;
    return &slots[index];
}

pub fn valueOf(bytes: [*]const u8, slot: *const Slot) []const u8 {
    return bytes[slot.value..][0..slot.value_bytes];
}

/// False for some that are valid.
inline fn isPlainName(text: scan.Half, bytes: usize) bool {
    const plain = scan.plainNameBytes(text);
    return bytes != 0 and ~plain & ((@as(u32, 1) << @intCast(bytes)) - 1) == 0;
}

/// `uri-host [":" port]`. Has slack behind it.
inline fn isHost(host: []const u8) bool {
    if (host.len -% 1 >= 31) return isUnusualHost(host);
    const text = scan.load(scan.Half, host.ptr);
    const mask = (@as(u32, 1) << @intCast(host.len)) - 1;
    if (~scan.plainHostBytes(text) & mask != 0) return isUnusualHost(host);
    const colon = scan.equalHalf(text, ':') & mask;
    if (colon == 0) return true;
    // One colon, not at the start, and digits behind it.
    const behind = mask & ~(colon | (colon - 1));
    return colon & (colon - 1) == 0 and colon != 1 and ~scan.digits(text) & behind == 0;
}

fn isNameAndPort(host: []const u8) bool {
    const colon = std.mem.findScalarLast(u8, host, ':') orelse return true;
    for (host[colon + 1 ..]) |byte| if (!std.ascii.isDigit(byte)) return false;
    return colon > 0 and std.mem.findScalar(u8, host[0..colon], ':') == null;
}

noinline fn isUnusualHost(host: []const u8) bool {
    if (host.len == 0 or !scan.allIn(&scan.is_host, host) or !isEscapedWell(host)) return false;
    if (host[0] != '[') return std.mem.findAny(u8, host, "[]") == null and isNameAndPort(host);
    const close = std.mem.findScalar(u8, host, ']') orelse return false;
    if (close == 1) return false;
    for (host[1..close]) |byte| {
        if (!std.ascii.isHex(byte) and byte != ':' and byte != '.') return false;
    }
    const port = host[close + 1 ..];
    if (port.len == 0) return true;
    for (port[1..]) |byte| if (!std.ascii.isDigit(byte)) return false;
    return port[0] == ':';
}

/// Two hexadecimal digits follow each percent sign.
fn isEscapedWell(text: []const u8) bool {
    for (text, 0..) |byte, i| {
        if (byte != '%') continue;
        if (text.len - i < 3 or !std.ascii.isHex(text[i + 1]) or !std.ascii.isHex(text[i + 2])) return false;
    }
    return true;
}

/// Digits only: no sign, no space, no list.
pub fn parseLength(text: []const u8) ?u64 {
    if (text.len == 0) return null;
    var value: u64 = 0;
    for (text) |byte| {
        if (!std.ascii.isDigit(byte)) return null;
        value = std.math.mul(u64, value, 10) catch return null;
        value = std.math.add(u64, value, byte - '0') catch return null;
    }
    return value;
}

fn codingFault(value: []const u8) Fault {
    var codings = std.mem.splitBackwardsScalar(u8, value, ',');
    const last = std.mem.trim(u8, codings.first(), " \t");
    if (!std.ascii.eqlIgnoreCase(last, "chunked")) return .coding_not_chunked_last;
    while (codings.next()) |part| {
        const coding = std.mem.trim(u8, part, " \t");
        if (std.ascii.eqlIgnoreCase(coding, "chunked")) return .coding_not_chunked_last;
        if (coding.len == 0) return .coding_not_chunked_last;
    }
    return .coding_unknown;
}

/// `text` is lower case and has no byte that differs from a control in bit 5 only.
inline fn equalsIgnoreCase(value: []const u8, comptime text: []const u8) bool {
    if (value.len != text.len) return false;
    var different: u8 = 0;
    inline for (text, 0..) |char, i| different |= (value[i] | 0x20) ^ char;
    return different == 0;
}

const line_rest_bytes = " HTTP/1.1\r\n".len;
const line_rest = [2]u64{ std.mem.readInt(u64, " HTTP/1.", .little), std.mem.readInt(u64, "TP/1.1\r\n", .little) };
const crlf = std.mem.readInt(u16, "\r\n", .little);

const testing = std.testing;

/// A head in memory as the server has it: with slack behind.
const Sample = struct {
    bytes: [8192 + limits.slack_bytes]u8,
    size: u32,
    slots: [limits.headers_default]Slot = undefined,

    fn init(text: []const u8) Sample {
        // The slack is as unhelpful as it can be: it would complete what is not complete.
        var sample: Sample = .{ .bytes = undefined, .size = @intCast(text.len) };
        for (&sample.bytes, 0..) |*byte, i| byte.* = if (i % 2 == 0) '\r' else '\n';
        @memcpy(sample.bytes[0..text.len], text);
        sample.bytes[text.len] = 0;
        return sample;
    }

    fn parse(sample: *Sample, bounds: Limits) struct { Outcome, Parser } {
        var p: Parser = .{};
        const outcome = p.parse(&sample.bytes, sample.size, &sample.slots, &bounds);
        return .{ outcome, p };
    }
};

const Expectation = union(enum) { complete, partial, fault: Fault };

fn expectOutcome(expected: Expectation, text: []const u8, bounds: Limits) !void {
    var whole: Sample = .init(text);
    const outcome, const parser = whole.parse(bounds);
    errdefer std.debug.print("for {f}\n", .{std.zig.fmtString(text)});
    switch (expected) {
        .complete => {
            if (outcome == .faulty) std.debug.print("{t}\n", .{parser.fault});
            try testing.expectEqual(.complete, outcome);
        },
        .partial => try testing.expectEqual(.partial, outcome),
        .fault => |fault| {
            try testing.expectEqual(.faulty, outcome);
            try testing.expectEqual(fault, parser.fault);
        },
    }
    // Split at every byte, and one byte at a time: the same.
    for (0..text.len) |split| try expectSame(text, bounds, outcome, &parser, &whole, &.{split});
    var all: [8192]usize = undefined;
    for (all[0..text.len], 0..) |*place, i| place.* = i;
    try expectSame(text, bounds, outcome, &parser, &whole, all[0..text.len]);
}

fn expectSame(
    text: []const u8,
    bounds: Limits,
    outcome: Outcome,
    whole: *const Parser,
    sample: *const Sample,
    splits: []const usize,
) !void {
    var pieces: Sample = .init("");
    var p: Parser = .{};
    const result = result: {
        for (splits) |split| {
            @memcpy(pieces.bytes[0..split], text[0..split]);
            pieces.bytes[split] = 0;
            const early = p.parse(&pieces.bytes, @intCast(split), &pieces.slots, &bounds);
            // An error is seen as soon as it can be; it is never another one.
            if (early != .partial) break :result early;
        }
        @memcpy(pieces.bytes[0..text.len], text);
        pieces.bytes[text.len] = 0;
        break :result p.parse(&pieces.bytes, @intCast(text.len), &pieces.slots, &bounds);
    };
    try testing.expectEqual(outcome, result);
    if (outcome == .faulty) return testing.expectEqual(whole.fault, p.fault);
    if (outcome == .partial) return;
    p.scanned = whole.scanned;
    try testing.expectEqual(whole.*, p);
    try testing.expectEqualSlices(Slot, sample.slots[0..p.header_count], pieces.slots[0..p.header_count]);
}

test "a plain request" {
    const text = "GET /users/42?full=1&x=%20 HTTP/1.1\r\nHost: example.com\r\nUser-Agent:  curl/8 \r\nX-Empty:\r\n\r\nrest";
    var sample: Sample = .init(text);
    const outcome, const p = sample.parse(.{});
    try testing.expectEqual(.complete, outcome);
    try testing.expectEqual(.get, p.method);
    try testing.expectEqualStrings("/users/42?full=1&x=%20", text[p.target..][0..p.target_bytes]);
    try testing.expectEqualStrings("/users/42", text[p.path..][0..p.path_bytes]);
    try testing.expectEqualStrings("full=1&x=%20", text[p.query..][0..p.query_bytes]);
    try testing.expectEqual(3, p.header_count);
    try testing.expectEqual(.host, sample.slots[0].tag.id);
    try testing.expectEqualStrings("example.com", valueOf(text, &sample.slots[0]));
    try testing.expectEqual(.user_agent, sample.slots[1].tag.id);
    try testing.expectEqualStrings("curl/8", valueOf(text, &sample.slots[1]));
    try testing.expectEqual(.other, sample.slots[2].tag.id);
    try testing.expectEqualStrings("", valueOf(text, &sample.slots[2]));
    try testing.expectEqualStrings("rest", text[p.position..]);
    try testing.expect(p.keep_alive);
}

test "heads that are right, whole and in pieces" {
    const cases = [_][]const u8{
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.7\r\nHost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: x:80\r\n\r\n",
        "GET http://example.com/a?b HTTP/1.1\r\nHost: other\r\n\r\n",
        "GET HTTPS://example.com HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0012\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n!#$%&'*+-.^_`|~09azAZ: \t v\tw \xff\x80\t \r\n\r\n",
        "PATCH /" ++ @as([200]u8, @splat('p')) ++ " HTTP/1.1\r\nHost: x\r\nX-Long: " ++ @as([500]u8, @splat('v')) ++ "\r\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" ++ @as([70]u8, @splat('n')) ++ ": 1\r\nB:2\r\n\r\n",
        "DELETE /a%2Fb HTTP/1.1\r\nHost: a_b%2f.example\r\nConnection: foo , close\r\n\r\n",
        "GET /?a#b HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    for (cases) |text| try expectOutcome(.complete, text, .{});
}

test "heads that are not complete" {
    const text = "GET /a/b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
    for (0..text.len) |size| {
        var sample: Sample = .init(text[0..size]);
        const outcome, _ = sample.parse(.{});
        try testing.expectEqual(.partial, outcome);
    }
}

test "heads that are wrong, whole and in pieces" {
    const host = "Host: x\r\n";
    const line = "GET / HTTP/1.1\r\n";
    const Case = struct { Fault, []const u8 };
    const cases = [_]Case{
        .{ .method_invalid, "G@T / HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .method_invalid, " GET / HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .method_invalid, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03" },
        .{ .line_ending_invalid, "\rGET / HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .method_invalid, "\nGET / HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .method_unknown, "get / HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .method_unknown, "CONNECT x:80 HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .method_unknown, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
        .{ .method_unknown, &@as([40]u8, @splat('A')) },
        .{ .target_invalid, "GET  / HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET /a\tb HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET /\xc3\xa9 HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET x HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET * HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET http:///a HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET http://a@b/ HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET http:// HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .target_invalid, "GET /\r\n" ++ host ++ "\r\n" },
        .{ .line_ending_invalid, "GET /\n" ++ host ++ "\r\n" },
        .{ .version_invalid, "GET / HTTX/1.1\r\n" ++ host ++ "\r\n" },
        .{ .version_invalid, "GET / http/1.1\r\n" ++ host ++ "\r\n" },
        .{ .version_invalid, "GET / HTTP/1.1 \r\n" ++ host ++ "\r\n" },
        .{ .version_invalid, "GET / HTTP/11\r\n" ++ host ++ "\r\n" },
        .{ .version_invalid, "GET / a HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .version_unsupported, "GET / HTTP/2.0\r\n" ++ host ++ "\r\n" },
        .{ .version_unsupported, "GET / HTTP/0.9\r\n" ++ host ++ "\r\n" },
        .{ .line_ending_invalid, "GET / HTTP/1.1\n" ++ host ++ "\r\n" },
        .{ .line_ending_invalid, "GET / HTTP/1.1\rHost: x\r\n\r\n" },
        .{ .line_ending_invalid, line ++ "Host: x\n\r\n" },
        .{ .line_ending_invalid, line ++ "Host: x\rY: z\r\n\r\n" },
        .{ .line_ending_invalid, line ++ host ++ "\rX\r\n" },
        .{ .line_ending_invalid, line ++ host ++ "\n" },
        .{ .line_ending_invalid, line ++ host ++ "X\n: a\r\n\r\n" },
        .{ .header_name_invalid, line ++ host ++ ": a\r\n\r\n" },
        .{ .header_name_invalid, line ++ host ++ "X Y: a\r\n\r\n" },
        .{ .header_name_invalid, line ++ host ++ "X\x00Y: a\r\n\r\n" },
        .{ .header_name_invalid, line ++ host ++ "X\xc3\xa9: a\r\n\r\n" },
        .{ .header_name_invalid, line ++ host ++ "X(Y): a\r\n\r\n" },
        .{ .header_name_invalid, line ++ host ++ "X\r\nY: a\r\n\r\n" },
        .{ .header_space_before_colon, line ++ host ++ "X : a\r\n\r\n" },
        .{ .header_space_before_colon, line ++ host ++ "X\t: a\r\n\r\n" },
        .{ .header_folded, line ++ " " ++ host ++ "\r\n" },
        .{ .header_folded, line ++ host ++ "X: a\r\n b\r\n\r\n" },
        .{ .header_folded, line ++ host ++ "X: a\r\n\tb: c\r\n\r\n" },
        .{ .header_value_invalid, line ++ host ++ "X: a\x00b\r\n\r\n" },
        .{ .header_value_invalid, line ++ host ++ "X: a\x7fb\r\n\r\n" },
        .{ .header_value_invalid, line ++ host ++ "X: \x0b\r\n\r\n" },
        .{ .host_missing, line ++ "X: a\r\n\r\n" },
        .{ .host_repeated, line ++ host ++ host ++ "\r\n" },
        .{ .host_repeated, line ++ host ++ host ++ host ++ "\r\n" },
        .{ .host_invalid, line ++ "Host:\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a b\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a/b\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: u@b\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a:b\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: :80\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a:1:2\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: [::1\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: [::1]a\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a[b\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a%zz\r\n\r\n" },
        .{ .host_invalid, line ++ "Host: a%4\r\n\r\n" },
        .{ .target_invalid, "GET http://a%zz/ HTTP/1.1\r\n" ++ host ++ "\r\n" },
        .{ .length_invalid, line ++ host ++ "Content-Length: +1\r\n\r\n" },
        .{ .length_invalid, line ++ host ++ "Content-Length: 1 1\r\n\r\n" },
        .{ .length_invalid, line ++ host ++ "Content-Length: 1, 1\r\n\r\n" },
        .{ .length_invalid, line ++ host ++ "Content-Length: 0x10\r\n\r\n" },
        .{ .length_invalid, line ++ host ++ "Content-Length:\r\n\r\n" },
        .{ .length_invalid, line ++ host ++ "Content-Length: 99999999999999999999\r\n\r\n" },
        .{ .length_repeated, line ++ host ++ "Content-Length: 1\r\nContent-Length: 2\r\n\r\n" },
        .{ .length_repeated, line ++ host ++ "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" },
        .{ .length_with_coding, line ++ host ++ "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
        .{ .coding_before_http11, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
        .{ .coding_not_chunked_last, line ++ host ++ "Transfer-Encoding: chunked, identity\r\n\r\n" },
        .{ .coding_not_chunked_last, line ++ host ++ "Transfer-Encoding: chunked, chunked\r\n\r\n" },
        .{ .coding_not_chunked_last, line ++ host ++ "Transfer-Encoding: xchunked\r\n\r\n" },
        .{ .coding_not_chunked_last, line ++ host ++ "Transfer-Encoding:\r\n\r\n" },
        .{ .coding_not_chunked_last, line ++ host ++ "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" },
        .{ .coding_unknown, line ++ host ++ "Transfer-Encoding: gzip, chunked\r\n\r\n" },
        .{ .expectation_unknown, line ++ host ++ "Expect: 200-ok\r\n\r\n" },
    };
    for (cases) |case| try expectOutcome(.{ .fault = case[0] }, case[1], .{});
}

test "bounds, whole and in pieces" {
    const line = "GET /12345678 HTTP/1.1\r\nHost: x\r\n";
    const text = line ++ "A: 1\r\nB: 2\r\n\r\n";
    try expectOutcome(.complete, text, .{ .target_bytes = 9, .head_bytes = text.len, .headers = 3 });
    try expectOutcome(.{ .fault = .target_too_long }, text, .{ .target_bytes = 8 });
    try expectOutcome(.{ .fault = .head_too_large }, text, .{ .head_bytes = text.len - 1 });
    try expectOutcome(.{ .fault = .head_too_large }, text, .{ .head_bytes = 10 });
    try expectOutcome(.{ .fault = .headers_too_many }, text, .{ .headers = 2 });
    // What is wrong behind the bound is not seen.
    try expectOutcome(.{ .fault = .head_too_large }, line ++ "\x00: 1\r\n\r\n", .{ .head_bytes = line.len });
}

test "connection options" {
    const Case = struct { []const u8, bool };
    const cases = [_]Case{
        .{ "1.1\r\nHost: x\r\n", true },
        .{ "1.1\r\nHost: x\r\nConnection: close\r\n", false },
        .{ "1.1\r\nHost: x\r\nConnection: Upgrade, CLOSE\r\n", false },
        .{ "1.1\r\nHost: x\r\nConnection: closed\r\n", true },
        .{ "1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: close\r\n", false },
        .{ "1.0\r\n", false },
        .{ "1.0\r\nConnection: Keep-Alive\r\n", true },
        .{ "1.0\r\nConnection: keep-alive, close\r\n", false },
    };
    inline for (cases) |case| {
        var sample: Sample = .init("GET / HTTP/" ++ case[0] ++ "\r\n");
        const outcome, const p = sample.parse(.{});
        try testing.expectEqual(.complete, outcome);
        try testing.expectEqual(case[1], p.keep_alive);
    }
}

test "absolute-form: path and authority come from the target" {
    const text = "GET http://example.com:8080/a/b?c HTTP/1.1\r\nHost: other\r\n\r\n";
    var sample: Sample = .init(text);
    _, const p = sample.parse(.{});
    try testing.expectEqualStrings("/a/b", text[p.path..][0..p.path_bytes]);
    const found = p.authority(text).?;
    try testing.expectEqualStrings("example.com:8080", text[found.offset..][0..found.bytes]);
}
