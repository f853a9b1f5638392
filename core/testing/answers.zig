//! Reads what a server sent the way a client does: one answer after another.

const std = @import("std");

pub const Answer = struct {
    status: u16,
    /// Status line and fields, with the empty line.
    head: []const u8,
    body: []const u8,

    /// A field's value; null without it.
    pub fn header(answer: *const Answer, name: []const u8) ?[]const u8 {
        var lines = std.mem.splitSequence(u8, answer.head, "\r\n");
        _ = lines.next();
        while (lines.next()) |line| {
            const colon = std.mem.findScalar(u8, line, ':') orelse continue;
            if (std.ascii.eqlIgnoreCase(line[0..colon], name)) return std.mem.trim(u8, line[colon + 1 ..], " ");
        }
        return null;
    }

    pub fn closes(answer: *const Answer) bool {
        return std.mem.eql(u8, answer.header("connection") orelse "", "close");
    }
};

pub const Answers = struct {
    rest: []const u8,

    pub fn of(bytes: []const u8) Answers {
        return .{ .rest = bytes };
    }

    /// Null when nothing is left, an error when what is left is no whole answer.
    pub fn next(answers: *Answers) !?Answer {
        return answers.nextTo(.get);
    }

    pub fn nextTo(answers: *Answers, method: enum { get, head }) !?Answer {
        if (answers.rest.len == 0) return null;
        const head_bytes = (std.mem.find(u8, answers.rest, "\r\n\r\n") orelse return error.HeadIncomplete) + 4;
        const head = answers.rest[0..head_bytes];
        if (!std.mem.startsWith(u8, head, "HTTP/1.1 ")) return error.NoStatusLine;
        const status = try std.fmt.parseInt(u16, head[9..12], 10);
        var answer: Answer = .{ .status = status, .head = head, .body = "" };
        const has_body = method == .get and status >= 200 and status != 204 and status != 304;
        const length = if (answer.header("content-length")) |text| try std.fmt.parseInt(usize, text, 10) else 0;
        const body_bytes = if (has_body) length else 0;
        if (has_body and answer.header("content-length") == null) return error.LengthMissing;
        if (!has_body and (status < 200 or status == 204) and answer.header("content-length") != null) return error.LengthForbidden;
        if (answer.header("date") == null and status >= 200) return error.DateMissing;
        if (answers.rest.len < head_bytes + body_bytes) return error.BodyIncomplete;
        answer.body = answers.rest[head_bytes..][0..body_bytes];
        answers.rest = answers.rest[head_bytes + body_bytes ..];
        return answer;
    }
};

/// Dates differ from run to run: their values become dashes.
pub fn blankDates(bytes: []u8) void {
    const name = "\r\nDate: ";
    var at: usize = 0;
    while (std.mem.findPos(u8, bytes, at, name)) |found| {
        at = found + name.len;
        @memset(bytes[at..][0..@import("../http/date.zig").text_bytes], '-');
    }
}

const testing = std.testing;

pub fn expectAnswer(answers: *Answers, status: u16, body: []const u8) !void {
    const answer = try answers.next() orelse return error.AnswerMissing;
    errdefer std.debug.print("in {s}{s}\n", .{ answer.head, answer.body });
    try testing.expectEqual(status, answer.status);
    try testing.expectEqualStrings(body, answer.body);
}

/// The statuses of all answers in `bytes`, in their order.
pub fn expectStatuses(expected: []const u16, bytes: []const u8) !void {
    errdefer std.debug.print("in {s}\n", .{bytes});
    var answers: Answers = .of(bytes);
    for (expected) |status| {
        const answer = try answers.next() orelse return error.AnswerMissing;
        try testing.expectEqual(status, answer.status);
    }
    try testing.expectEqualStrings("", answers.rest);
}
