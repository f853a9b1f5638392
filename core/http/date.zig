//! The Date header's value, made once a second.

const std = @import("std");

/// IMF-fixdate of RFC 9110, section 5.6.7: `Tue, 24 Nov 2026 12:00:00 GMT`.
pub const text_bytes = 29;

pub const Date = struct {
    second: i64 = -1,
    text: [text_bytes]u8 = undefined,

    /// Seconds since 1970; cheap when the second is still the same.
    pub fn update(date: *Date, second: i64) void {
        if (second == date.second) return;
        date.second = second;
        date.text = format(@intCast(@max(second, 0)));
    }
};

const weekdays = [_]*const [3]u8{ "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
const months = [_]*const [3]u8{ "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

fn format(second: u64) [text_bytes]u8 {
    const epoch: std.time.epoch.EpochSeconds = .{ .secs = second };
    const day = epoch.getEpochDay();
    const year = day.calculateYearDay();
    const month = year.calculateMonthDay();
    const time = epoch.getDaySeconds();
    var text: [text_bytes]u8 = "Thu, 01 Jan 1970 00:00:00 GMT".*;
    text[0..3].* = weekdays[day.day % 7].*;
    writeTwo(text[5..7], month.day_index + 1);
    text[8..11].* = months[@backingInt(month.month) - 1].*;
    writeTwo(text[12..14], @intCast(year.year / 100));
    writeTwo(text[14..16], @intCast(year.year % 100));
    writeTwo(text[17..19], time.getHoursIntoDay());
    writeTwo(text[20..22], time.getMinutesIntoHour());
    writeTwo(text[23..25], time.getSecondsIntoMinute());
    return text;
}

fn writeTwo(out: *[2]u8, value: u32) void {
    out.* = .{ @intCast('0' + value / 10), @intCast('0' + value % 10) };
}

test "known dates" {
    var date: Date = .{};
    date.update(784111777);
    try std.testing.expectEqualStrings("Sun, 06 Nov 1994 08:49:37 GMT", &date.text);
    date.update(0);
    try std.testing.expectEqualStrings("Thu, 01 Jan 1970 00:00:00 GMT", &date.text);
    date.update(1709164799);
    try std.testing.expectEqualStrings("Wed, 28 Feb 2024 23:59:59 GMT", &date.text);
    date.update(1709164800);
    try std.testing.expectEqualStrings("Thu, 29 Feb 2024 00:00:00 GMT", &date.text);
}
