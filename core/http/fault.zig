//! What can be wrong with a message, and what the client is told.

const std = @import("std");
const limits = @import("../limits.zig");

comptime {
    for (std.enums.values(Fault)) |fault| std.debug.assert(fault.detail().len <= limits.fault_bytes_max);
}

pub const Fault = enum(u8) {
    method_invalid,
    method_unknown,
    target_invalid,
    target_too_long,
    version_invalid,
    version_unsupported,
    line_ending_invalid,
    header_name_invalid,
    header_space_before_colon,
    header_folded,
    header_value_invalid,
    headers_too_many,
    head_too_large,
    host_missing,
    host_repeated,
    host_invalid,
    length_invalid,
    length_repeated,
    length_with_coding,
    coding_before_http11,
    coding_not_chunked_last,
    coding_unknown,
    expectation_unknown,
    chunk_size_invalid,
    chunk_extension_invalid,
    chunk_end_invalid,
    chunk_extra_too_large,
    trailer_invalid,
    body_too_large,
    head_timeout,
    body_timeout,
    body_cut,
    no_room,

    pub fn status(fault: Fault) u16 {
        return switch (fault) {
            .method_unknown, .coding_unknown => 501,
            .version_unsupported => 505,
            .target_too_long => 414,
            .headers_too_many, .head_too_large => 431,
            .expectation_unknown => 417,
            .body_too_large => 413,
            .head_timeout, .body_timeout => 408,
            .no_room => 503,
            .method_invalid,
            .target_invalid,
            .version_invalid,
            .line_ending_invalid,
            .header_name_invalid,
            .header_space_before_colon,
            .header_folded,
            .header_value_invalid,
            .host_missing,
            .host_repeated,
            .host_invalid,
            .length_invalid,
            .length_repeated,
            .length_with_coding,
            .coding_before_http11,
            .coding_not_chunked_last,
            .chunk_size_invalid,
            .chunk_extension_invalid,
            .chunk_end_invalid,
            .chunk_extra_too_large,
            .trailer_invalid,
            .body_cut,
            => 400,
        };
    }

    /// The rule that was broken, for people. Contains nothing that JSON would have to escape.
    pub fn detail(fault: Fault) []const u8 {
        return switch (fault) {
            .method_invalid => "Malformed request line: the method is not a token",
            .method_unknown => "Method not implemented",
            .target_invalid => "Malformed request line: the request target is not valid",
            .target_too_long => "The request target is too long",
            .version_invalid => "Malformed request line: the HTTP version is not valid",
            .version_unsupported => "HTTP version not supported",
            .line_ending_invalid => "Lines must end with CRLF",
            .header_name_invalid => "Malformed header: the field name is not a token",
            .header_space_before_colon => "Malformed header: white space before the colon",
            .header_folded => "Malformed header: folded lines are not allowed",
            .header_value_invalid => "Malformed header: the field value holds a control character",
            .headers_too_many => "Too many header fields",
            .head_too_large => "The request head is too large",
            .host_missing => "The Host header is missing",
            .host_repeated => "More than one Host header",
            .host_invalid => "The Host header is not valid",
            .length_invalid => "The Content-Length header is not a number",
            .length_repeated => "More than one Content-Length header",
            .length_with_coding => "Content-Length together with Transfer-Encoding",
            .coding_before_http11 => "Transfer-Encoding needs HTTP/1.1",
            .coding_not_chunked_last => "The last transfer coding must be chunked, and only once",
            .coding_unknown => "Transfer coding not implemented",
            .expectation_unknown => "Only the expectation 100-continue is supported",
            .chunk_size_invalid => "Malformed chunk: the size is not a hexadecimal number",
            .chunk_extension_invalid => "Malformed chunk: the extension is not valid",
            .chunk_end_invalid => "Malformed chunk: its data does not end with CRLF",
            .chunk_extra_too_large => "Chunk extensions and trailers are too large",
            .trailer_invalid => "Malformed trailer field",
            .body_too_large => "The request body is too large",
            .head_timeout => "The request head took too long to arrive",
            .body_timeout => "The request body took too long to arrive",
            .body_cut => "The request body ended too early",
            .no_room => "The server has no room for this body at the moment",
        };
    }
};

test "details need no escaping and statuses are errors" {
    for (std.enums.values(Fault)) |fault| {
        try std.testing.expect(fault.status() >= 400);
        for (fault.detail()) |c| try std.testing.expect(c >= ' ' and c < 0x7f and c != '"' and c != '\\');
    }
}
