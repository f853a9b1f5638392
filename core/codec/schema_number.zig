//! The rules of a number: bounds, compared as doubles, and steps, divided as decimals.

const std = @import("std");

/// Without trailing zeros: `digits * 10^exponent`, the sign left out.
///
/// A number is taken as it is written where it has up to 15 significant digits, which a double keeps, and else as the
/// shortest decimal that rounds to the same double, which is what JavaScript would print. So 19.99 is 1999 hundredths,
/// and 0.30000000000000004 is not 3 tenths.
pub const Decimal = struct {
    digits: u64,
    exponent: i64,

    const exact_max = 15;

    /// Of a good JSON number and the double that it rounds to.
    pub fn of(text: []const u8, value: f64) Decimal {
        if (value == 0) return .{ .digits = 0, .exponent = 0 };
        if (parse(text, exact_max)) |decimal| return decimal;
        var buffer: [64]u8 = undefined;
        var writer: std.Io.Writer = .fixed(&buffer);
        // 17 digits, a point, an exponent: less than the buffer.
        writer.print("{e}", .{value}) catch return .{ .digits = 1, .exponent = std.math.minInt(i32) };
        return parse(writer.buffered(), 18) orelse .{ .digits = 1, .exponent = std.math.minInt(i32) };
    }

    fn parse(text: []const u8, digits_max: usize) ?Decimal {
        var digits: u64 = 0;
        var exponent: i64 = 0;
        var count: usize = 0;
        // Zeros that count only if another digit follows.
        var zeros: usize = 0;
        var has_point = false;
        for (text, 0..) |byte, i| {
            switch (byte) {
                '0'...'9' => {
                    if (has_point) exponent -= 1;
                    if (byte == '0') {
                        if (count > 0) zeros += 1;
                        continue;
                    }
                    count += zeros + 1;
                    if (count > digits_max) return null;
                    for (0..zeros + 1) |_| digits *= 10;
                    digits += byte - '0';
                    zeros = 0;
                },
                '.' => has_point = true,
                'e', 'E' => {
                    const power = std.fmt.parseInt(i32, text[i + 1 ..], 10) catch return null;
                    exponent += power;
                    break;
                },
                else => {},
            }
        }
        return .{ .digits = digits, .exponent = exponent + @as(i64, @intCast(zeros)) };
    }

    pub fn isMultipleOf(decimal: Decimal, step: Decimal) bool {
        if (decimal.digits == 0) return true;
        const power = decimal.exponent - step.exponent;
        // Digits that don't end in zero are no multiple of ten.
        if (power < 0) return false;
        const modulus: u128 = step.digits;
        var result: u128 = decimal.digits % modulus;
        var factor: u128 = 10 % modulus;
        var rest: u64 = @intCast(power);
        while (rest > 0) : (rest >>= 1) {
            if (rest & 1 != 0) result = result * factor % modulus;
            factor = factor * factor % modulus;
        }
        return result == 0;
    }
};

pub const NumberRules = struct {
    min: f64 = -std.math.inf(f64),
    max: f64 = std.math.inf(f64),
    above: f64 = -std.math.inf(f64),
    below: f64 = std.math.inf(f64),
    step: ?Decimal = null,
    /// The same, for messages.
    step_value: f64 = 0,
    /// The least and the greatest double that all four let pass.
    low: f64 = -std.math.inf(f64),
    high: f64 = std.math.inf(f64),

    pub fn settle(rules: *NumberRules) void {
        rules.low = @max(rules.min, std.math.nextAfter(f64, rules.above, std.math.inf(f64)));
        rules.high = @min(rules.max, std.math.nextAfter(f64, rules.below, -std.math.inf(f64)));
    }

    pub inline fn isWithin(rules: *const NumberRules, value: f64) bool {
        return value >= rules.low and value <= rules.high;
    }
};

test "steps are divided as people do it" {
    const cases = [_]struct { bool, []const u8, []const u8 }{
        .{ true, "19.99", "0.01" },    .{ false, "19.995", "0.01" },             .{ true, "1.1", "0.1" },
        .{ true, "0.0075", "0.0001" }, .{ false, "0.00751", "0.0001" },          .{ false, "1e308", "0.123456789" },
        .{ true, "1e308", "0.5" },     .{ false, "0.30000000000000004", "0.1" }, .{ true, "-4.20", "2.1" },
        .{ true, "0", "7" },           .{ true, "1e-400", "7" },                 .{ true, "9007199254740993", "2" },
        .{ true, "12e1", "6" },        .{ false, "35", "1.5" },                  .{ true, "4.5", "1.5" },
        .{ true, "100", "1e2" },       .{ false, "10", "1e2" },                  .{ true, "4.500000000000000000", "1.5" },
    };
    for (cases) |case| {
        errdefer std.debug.print("for {s} / {s}\n", .{ case[1], case[2] });
        const value: Decimal = .of(case[1], try std.fmt.parseFloat(f64, case[1]));
        const step: Decimal = .of(case[2], try std.fmt.parseFloat(f64, case[2]));
        try std.testing.expectEqual(case[0], value.isMultipleOf(step));
    }
}
