//! Cases with verdicts that a person gave, beside those in the parser's own tests: where vectors end, where rules meet.

const parts = @import("parts.zig");
const Fault = parts.Fault;

pub const Expected = union(enum) { complete, partial, fault: Fault };

pub const Case = struct { Expected, []const u8, parts.Bounds };

const line = "GET / HTTP/1.1\r\n";
const host = "Host: x\r\n";
const start = line ++ host;

fn of(comptime byte: u8, comptime count: usize) [count]u8 {
    return @splat(byte);
}

fn good(text: []const u8) Case {
    return .{ .complete, text, .{} };
}

fn bad(fault: Fault, text: []const u8) Case {
    return .{ .{ .fault = fault }, text, .{} };
}

/// A header whose name, value or both end where a vector does, and a target that does.
fn atEdges() []const Case {
    @setEvalBranchQuota(100_000);
    comptime var list: []const Case = &.{};
    const sizes = .{ 1, 2, 3, 4, 5 } ++ .{ 13, 14, 15, 16, 17 } ++ .{ 29, 30, 31, 32, 33, 34 } ++
        .{ 46, 47, 48, 49 } ++ .{ 61, 62, 63, 64, 65, 66 } ++ .{ 126, 127, 128, 129 };
    inline for (sizes) |size| {
        list = list ++ &[_]Case{
            good(start ++ of('n', size) ++ ": v\r\n\r\n"),
            good(start ++ of('_', size) ++ ": v\r\n\r\n"),
            good(start ++ "N: " ++ of('v', size) ++ "\r\nContent-Length: 1\r\n\r\n"),
            good(start ++ "N:" ++ of(' ', size) ++ "v\r\n\r\n"),
            good(start ++ "N: v" ++ of('\t', size) ++ "\r\n\r\n"),
            good(start ++ "N: " ++ of(0x80, size) ++ "\r\n\r\n"),
            good("GET /" ++ of('p', size) ++ " HTTP/1.1\r\n" ++ host ++ "\r\n"),
            good("GET /" ++ of('p', size) ++ "?" ++ of('q', size) ++ " HTTP/1.1\r\n" ++ host ++ "\r\n"),
            good("GET /" ++ of('!', size) ++ "#f HTTP/1.1\r\n" ++ host ++ "\r\n"),
            good(line ++ "Host: " ++ of('h', size) ++ ":8080\r\n\r\n"),
            bad(.host_invalid, line ++ "Host: " ++ of('h', size) ++ "@\r\n\r\n"),
            bad(.header_value_invalid, start ++ "N: " ++ of('v', size) ++ "\x00\r\n\r\n"),
            bad(.header_name_invalid, start ++ of('n', size) ++ "(: v\r\n\r\n"),
            bad(.header_name_invalid, start ++ of('n', size) ++ "\x00: v\r\n\r\n"),
            bad(.header_name_invalid, start ++ of('n', size) ++ "\r\n\r\n"),
            bad(.header_space_before_colon, start ++ of('n', size) ++ " : v\r\n\r\n"),
            bad(.line_ending_invalid, start ++ "N: " ++ of('v', size) ++ "\n\r\n"),
            bad(.line_ending_invalid, start ++ "N: " ++ of('v', size) ++ "\rX: y\r\n\r\n"),
            bad(.target_invalid, "GET /" ++ of('p', size) ++ "\x7f HTTP/1.1\r\n" ++ host ++ "\r\n"),
            bad(.version_invalid, "GET /" ++ of('p', size) ++ " x HTTP/1.1\r\n" ++ host ++ "\r\n"),
        };
    }
    return list;
}

pub const cases = atEdges() ++ [_]Case{
    .{ .partial, "", .{} },
    .{ .partial, "\r", .{} },
    .{ .partial, "\r\n\r\n", .{} },
    .{ .partial, &of('A', 33), .{} },
    bad(.method_unknown, &of('A', 34)),
    bad(.method_unknown, of('A', 32) ++ " / HTTP/1.1\r\n"),
    bad(.method_invalid, of('A', 32) ++ "\x00"),
    bad(.method_invalid, "GET\t/ HTTP/1.1\r\n"),
    bad(.method_invalid, "GET\r\n"),
    bad(.method_unknown, "GETGET / HTTP/1.1\r\n"),
    bad(.method_unknown, "TRACE / HTTP/1.1\r\n"),
    bad(.line_ending_invalid, "\r\n\rGET / HTTP/1.1\r\n"),
    bad(.method_invalid, "\r\n GET / HTTP/1.1\r\n"),

    good("GET // HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("GET /? HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("GET /?? HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("GET /# HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("GET /#a?b HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("GET /a?b#c?d#e HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("GET /\"<>\\^`{|} HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("HEAD http://x?a HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("PUT http://x# HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("PUT hTtPs://[::1]:8443/a HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good("OPTIONS http://x HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "OPTIONS *? HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "OPTIONS ** HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET ?a HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET http:// HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET http://?a HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET http://:80/ HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET http:/x HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET ftp://x/ HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET x:80 HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.target_invalid, "GET \r\n"),
    bad(.line_ending_invalid, "GET \n"),

    good("GET / HTTP/1.9\r\n" ++ host ++ "\r\n"),
    bad(.version_invalid, "GET / HTTP/1.10\r\n" ++ host ++ "\r\n"),
    bad(.version_invalid, "GET / HTTP/1.1\x00\n" ++ host ++ "\r\n"),
    bad(.version_invalid, "GET /  HTTP/1.1\r\n" ++ host ++ "\r\n"),
    bad(.version_invalid, "GET / \r\n" ++ host ++ "\r\n"),
    bad(.line_ending_invalid, "GET / \n" ++ host ++ "\r\n"),
    bad(.line_ending_invalid, "GET / HTTP/1.\n" ++ host ++ "\r\n"),
    bad(.version_unsupported, "GET / HTTP/3.1\r\n" ++ host ++ "\r\n"),
    // What is wrong first in the order of bytes is what is said.
    bad(.version_unsupported, "GET x HTTP/2.0\r\n"),
    .{ .partial, "GET x HTTP/2.0\r", .{} },

    bad(.host_missing, line ++ "\r\n"),
    bad(.host_missing, line ++ "Hosts: x\r\n\r\n"),
    bad(.host_missing, line ++ "Hos: x\r\n\r\n"),
    good(line ++ "HOST:x\r\n\r\n"),
    good(line ++ "hOsT:\t x \t\r\n\r\n"),
    good("GET / HTTP/1.0\r\nHost: x\r\n\r\n"),
    bad(.host_repeated, "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"),
    bad(.host_invalid, "GET / HTTP/1.0\r\nHost: /\r\n\r\n"),
    good(line ++ "Host: x:\r\n\r\n"),
    good(line ++ "Host: [::ffff:1.2.3.4]:\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: a%zz\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: a%4\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: %:80\r\n\r\n"),
    bad(.target_invalid, "GET http://a%/ HTTP/1.1\r\n" ++ host ++ "\r\n"),
    good(line ++ "Host: a%20b(c)!~\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: x, y\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: []\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: [g]\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: [::1]80\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: [::1]:a\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: ]\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: :\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: \xff\r\n\r\n"),
    bad(.host_invalid, line ++ "Host: " ++ of('h', 40) ++ ":1:2\r\n\r\n"),

    good(start ++ "A:\r\nB: \r\nC:\t\r\nD:x\r\n\r\n"),
    good(start ++ "A::\r\nB: :\r\n\r\n"),
    good(start ++ "A: \x80\xff\t\xc3\xa9\r\n\r\n"),
    bad(.header_folded, start ++ "\t\r\n\r\n"),
    bad(.header_folded, start ++ " : v\r\n\r\n"),
    bad(.header_folded, start ++ "A: b\r\n \r\n\r\n"),
    bad(.header_name_invalid, start ++ "A\r\n\r\n"),
    bad(.header_name_invalid, start ++ "A B\r\n\r\n"),
    bad(.header_name_invalid, start ++ "A,B: v\r\n\r\n"),
    bad(.header_name_invalid, start ++ "Content\x01: 1\r\n\r\n"),
    bad(.line_ending_invalid, start ++ "Content\rLength: 1\r\n\r\n"),
    bad(.line_ending_invalid, start ++ "\r\r\n"),
    bad(.line_ending_invalid, start ++ "A: b\r\r\n\r\n"),
    bad(.line_ending_invalid, start ++ "A: b\r\n\n"),
    .{ .partial, start ++ "\r", .{} },
    .{ .partial, start ++ "A: b\r", .{} },
    .{ .partial, start ++ "A B", .{} },

    good(start ++ "Content-Length: 18446744073709551615\r\n\r\n"),
    good(start ++ "Content-Length:\t0 \r\n\r\n"),
    good(start ++ "content_length: x\r\n\r\n"),
    bad(.length_invalid, start ++ "Content-Length: 18446744073709551616\r\n\r\n"),
    bad(.length_invalid, start ++ "Content-Length: -1\r\n\r\n"),
    bad(.length_invalid, start ++ "Content-Length: 1.0\r\n\r\n"),
    bad(.length_invalid, start ++ "Content-Length: \xd9\xa1\r\n\r\n"),
    bad(.length_invalid, "GET / HTTP/1.0\r\nContent-Length: x\r\n\r\n"),
    bad(.length_repeated, start ++ "Content-Length: 1\r\nA: b\r\nContent-length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    bad(.length_with_coding, start ++ "Transfer-Encoding: identity\r\nContent-Length: x\r\n\r\n"),
    bad(.coding_before_http11, "GET / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n"),
    bad(.coding_not_chunked_last, start ++ "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
    bad(.coding_not_chunked_last, start ++ "Transfer-Encoding: chunked;q=1\r\n\r\n"),
    bad(.coding_not_chunked_last, start ++ "Transfer-Encoding: chunked,\r\n\r\n"),
    bad(.coding_not_chunked_last, start ++ "Transfer-Encoding: , chunked\r\n\r\n"),
    bad(.coding_not_chunked_last, start ++ "Transfer-Encoding: \"chunked\"\r\n\r\n"),
    bad(.coding_unknown, start ++ "Transfer-Encoding: gzip\t,\tchunked\r\n\r\n"),
    good(start ++ "Transfer-Encoding:\tchunked\t\r\n\r\n"),
    good(start ++ "transfer_encoding: chunked\r\n\r\n"),

    good(start ++ "Expect: 100-continue\r\n\r\n"),
    good("GET / HTTP/1.0\r\nExpect: nothing\r\n\r\n"),
    bad(.expectation_unknown, start ++ "Expect:\r\n\r\n"),
    bad(.expectation_unknown, start ++ "Expect: 100-continue, x\r\n\r\n"),
    bad(.length_invalid, start ++ "Expect: x\r\nContent-Length: x\r\n\r\n"),

    .{ .{ .fault = .head_too_large }, "GET / ", .{ .head_bytes = 6 } },
    .{ .partial, "GET / ", .{ .head_bytes = 7 } },
    .{ .{ .fault = .method_invalid }, "\x00", .{ .head_bytes = 1 } },
    .{ .{ .fault = .target_too_long }, "GET /a", .{ .target_bytes = 1 } },
    .{ .complete, "GET / HTTP/1.1\r\n" ++ host ++ "\r\n", .{ .target_bytes = 1, .headers = 1 } },
    .{ .{ .fault = .headers_too_many }, "GET / HTTP/1.1\r\n" ++ host ++ "\r\n", .{ .headers = 0 } },
    .{ .{ .fault = .host_missing }, line ++ "\r\n", .{ .headers = 0 } },
    // The count is looked at before the line is.
    .{ .{ .fault = .headers_too_many }, start ++ "A B: c\r\n\r\n", .{ .headers = 1 } },
    .{ .{ .fault = .header_value_invalid }, start ++ "A: \x00\r\n\r\n", .{ .headers = 1 } },
};
