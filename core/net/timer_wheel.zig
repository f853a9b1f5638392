//! Many timers, nearly all of which are moved before they fire: every operation is constant time.
//!
//! Eight levels of 64 slots; a slot of the next level lasts eight times as long. A timer goes into the level that its
//! distance needs and never moves down, so it fires up to one seventh of its distance late and never early (the
//! scheme of the Linux kernel's timer wheel since 4.8).

const std = @import("std");
const assert = std.debug.assert;

const levels = 8;
const slots_per_level = 64;
const level_shift = 3;

/// Embedded in what waits; find the owner with `@fieldParentPtr`.
pub const Timer = struct {
    next: ?*Timer = null,
    /// What points at this timer: a slot's head or another timer's `next`.
    link: ?*?*Timer = null,
    slot: u16 = 0,
    /// When it was asked for, on the wheel's clock.
    due_ms: u64 = 0,

    pub fn isArmed(timer: *const Timer) bool {
        return timer.link != null;
    }
};

pub const TimerWheel = struct {
    now_ms: u64,
    slots: [levels * slots_per_level]?*Timer = @splat(null),
    occupied: [levels]u64 = @splat(0),
    armed: u32 = 0,

    pub fn init(now_ms: u64) TimerWheel {
        return .{ .now_ms = now_ms };
    }

    /// Arms the timer, or moves it. A time that has passed fires at the next `advance`.
    pub fn arm(wheel: *TimerWheel, timer: *Timer, due_ms: u64) void {
        wheel.disarm(timer);
        timer.due_ms = due_ms;
        timer.slot = wheel.slotFor(due_ms);
        const head = &wheel.slots[timer.slot];
        timer.next = head.*;
        if (head.*) |first| first.link = &timer.next;
        timer.link = head;
        head.* = timer;
        wheel.occupied[timer.slot / slots_per_level] |= bit(timer.slot);
        wheel.armed += 1;
    }

    pub fn disarm(wheel: *TimerWheel, timer: *Timer) void {
        const link = timer.link orelse return;
        link.* = timer.next;
        if (timer.next) |next| next.link = link;
        if (wheel.slots[timer.slot] == null) wheel.occupied[timer.slot / slots_per_level] &= ~bit(timer.slot);
        timer.link = null;
        timer.next = null;
        wheel.armed -= 1;
    }

    /// Moves the clock and unlinks what is due: a list through `next`, in no particular order.
    pub fn advance(wheel: *TimerWheel, now_ms: u64) ?*Timer {
        if (now_ms <= wheel.now_ms) return null;
        var fired: ?*Timer = null;
        for (0..levels) |level| {
            if (wheel.occupied[level] == 0) continue;
            const shift: u6 = @intCast(level * level_shift);
            const from = wheel.now_ms >> shift;
            const to = now_ms >> shift;
            if (from == to) continue;
            for (0..@min(to - from, slots_per_level)) |step| {
                const slot = level * slots_per_level + (from + 1 + step) % slots_per_level;
                while (wheel.slots[slot]) |timer| {
                    wheel.disarm(timer);
                    timer.next = fired;
                    fired = timer;
                }
            }
        }
        wheel.now_ms = now_ms;
        return fired;
    }

    /// When `advance` has something to do next, or null.
    pub fn nextMs(wheel: *const TimerWheel) ?u64 {
        if (wheel.armed == 0) return null;
        var soonest: u64 = std.math.maxInt(u64);
        for (wheel.occupied, 0..) |occupied, level| {
            if (occupied == 0) continue;
            const shift: u6 = @intCast(level * level_shift);
            const position = wheel.now_ms >> shift;
            const ahead = std.math.rotr(u64, occupied, (position + 1) % slots_per_level);
            soonest = @min(soonest, (position + 1 + @ctz(ahead)) << shift);
        }
        return soonest;
    }

    fn slotFor(wheel: *const TimerWheel, due_ms: u64) u16 {
        const distance = due_ms -| wheel.now_ms;
        for (0..levels) |level| {
            const shift: u6 = @intCast(level * level_shift);
            // Up, so that it is never early; at least one slot ahead, so that it is not in one that has passed.
            const position = wheel.now_ms >> shift;
            const wanted = @max((@max(due_ms, wheel.now_ms) + (@as(u64, 1) << shift) - 1) >> shift, position + 1);
            if (wanted - position < slots_per_level) return @intCast(level * slots_per_level + wanted % slots_per_level);
        } else {
            assert(distance > 0);
            // Beyond the last level: as far as it goes; whoever is woken early looks at `due_ms`.
            const shift: u6 = (levels - 1) * level_shift;
            const position = wheel.now_ms >> shift;
            return @intCast((levels - 1) * slots_per_level + (position + slots_per_level - 1) % slots_per_level);
        }
    }

    fn bit(slot: u16) u64 {
        return @as(u64, 1) << @intCast(slot % slots_per_level);
    }
};

const testing = std.testing;

fn count(list: ?*Timer) usize {
    var n: usize = 0;
    var next = list;
    while (next) |timer| : (next = timer.next) n += 1;
    return n;
}

test "fires on time at short distances" {
    var wheel: TimerWheel = .init(1000);
    var timer: Timer = .{};
    wheel.arm(&timer, 1010);
    try testing.expectEqual(1010, wheel.nextMs().?);
    try testing.expectEqual(0, count(wheel.advance(1009)));
    try testing.expectEqual(1, count(wheel.advance(1010)));
    try testing.expect(!timer.isArmed());
    try testing.expectEqual(null, wheel.nextMs());
}

test "disarmed timers don't fire" {
    var wheel: TimerWheel = .init(0);
    var timers: [3]Timer = @splat(.{});
    for (&timers) |*timer| wheel.arm(timer, 5);
    wheel.disarm(&timers[1]);
    wheel.disarm(&timers[1]);
    try testing.expectEqual(2, count(wheel.advance(5)));
    try testing.expectEqual(0, wheel.armed);
}

test "never early, at most a seventh late, from any start and to any distance" {
    var prng: std.Random.DefaultPrng = .init(7);
    const random = prng.random();
    for (0..2000) |_| {
        const start = random.uintLessThan(u64, 1 << 40);
        const distance = random.uintLessThan(u64, @as(u64, 1) << random.intRangeAtMost(u6, 1, 26));
        var wheel: TimerWheel = .init(start);
        var timer: Timer = .{};
        wheel.arm(&timer, start + distance);
        var fired_at: u64 = 0;
        while (wheel.nextMs()) |next| {
            try testing.expect(next > wheel.now_ms);
            if (wheel.advance(next)) |_| fired_at = next;
        }
        try testing.expect(fired_at >= start + distance);
        try testing.expect(fired_at <= start + distance + distance / 7 + 1);
    }
}

test "a thousand timers, moved at random, all fire once" {
    var prng: std.Random.DefaultPrng = .init(3);
    const random = prng.random();
    var timers: [1000]Timer = @splat(.{});
    var wheel: TimerWheel = .init(123_456);
    for (&timers) |*timer| wheel.arm(timer, wheel.now_ms + random.uintLessThan(u64, 100_000));
    var fired: usize = 0;
    for (0..2000) |_| {
        const timer = &timers[random.uintLessThan(usize, timers.len)];
        if (timer.isArmed()) wheel.arm(timer, wheel.now_ms + random.uintLessThan(u64, 100_000));
        fired += count(wheel.advance(wheel.now_ms + random.uintLessThan(u64, 50)));
    }
    fired += count(wheel.advance(wheel.now_ms + 1_000_000));
    try testing.expectEqual(timers.len, fired);
    try testing.expectEqual(0, wheel.armed);
}

test "a timer farther than the wheel reaches fires within it, before its time" {
    var wheel: TimerWheel = .init(0);
    var timer: Timer = .{};
    wheel.arm(&timer, 1 << 50);
    try testing.expectEqual(1, count(wheel.advance(wheel.nextMs().?)));
    try testing.expect(wheel.now_ms < timer.due_ms);
}
