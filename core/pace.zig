//! How an empty loop waits: look again, doze in the kernel for a moment, or sleep until the bell rings.
//!
//! Going to sleep through the bell and being woken costs more than a request does; looking again costs all of a core.
//! So each way is taken only while the gaps that were seen say that it pays. A doze blocks the JavaScript thread in
//! the wait for sockets, which is as cheap as waiting gets, but keeps timers waiting too: it is short, and only for a
//! thread that has nothing else to do.

const std = @import("std");

pub const Wait = union(enum) {
    /// Ask again at once.
    look,
    /// Block for up to so many nanoseconds.
    doze: u64,
    /// Come back after the event loop has had its turn, and say how long that took.
    yield,
    sleep,
};

/// About what it costs to be woken by the bell.
const spin_ns_default: u64 = 50 * std.time.ns_per_us;
const doze_ns_max: u64 = 1 * std.time.ns_per_ms;
/// Longer than one round of an event loop that has nothing else to do.
const quiet_ns_max: u64 = 20 * std.time.ns_per_us;
/// A thread that had other work may have none any more: so many sleeps later it is looked at again.
const probe_sleeps = 16;
/// What a wake from the kernel adds to a gap that was slept through.
const wake_ns: u64 = 60 * std.time.ns_per_us;

pub const Pace = struct {
    /// Null: as long as it pays.
    spin_ns: ?u64 = null,
    idle_since_ns: ?u64 = null,
    spinning: Score = .{},
    dozing: Score = .{},
    waited: enum { looked, dozed, slept } = .looked,
    /// Whether the event loop had nothing else to do when it had its turn.
    quiet: Score = .{ .value = Score.max },
    /// When it is to have one, for this alone.
    sleeps_until_probe: u8 = probe_sleeps,
    /// Of the gaps that were seen, each at most as long as a doze.
    gap_average_ns: u64 = doze_ns_max,

    /// Rises by one for a gap that would have been caught, falls by two for one that would not.
    const Score = struct {
        value: u8 = max / 2,
        const max = 16;

        fn note(score: *Score, is_hit: bool) void {
            score.value = if (is_hit) @min(score.value + 1, max) else score.value -| 2;
        }

        fn pays(score: Score) bool {
            return score.value >= max / 2;
        }
    };

    /// There was nothing. `is_busy`: handlers are at work.
    pub fn idle(pace: *Pace, now_ns: u64, is_busy: bool) Wait {
        const since = pace.idle_since_ns orelse since: {
            pace.idle_since_ns = now_ns;
            pace.waited = .looked;
            break :since now_ns;
        };
        const elapsed = now_ns - since;
        const automatic_ns: u64 = if (pace.spinning.pays()) spin_ns_default else 0;
        const spin_ns = pace.spin_ns orelse automatic_ns;
        if (elapsed < spin_ns) return .look;
        if (is_busy or !pace.quiet.pays()) {
            pace.waited = .slept;
            if (is_busy) return .sleep;
            pace.sleeps_until_probe -= 1;
            if (pace.sleeps_until_probe > 0) return .sleep;
            pace.sleeps_until_probe = probe_sleeps;
            return .yield;
        }
        if (pace.dozing.pays() and elapsed < spin_ns + doze_ns_max) {
            pace.waited = .dozed;
            return .{ .doze = spin_ns + doze_ns_max - elapsed };
        }
        pace.waited = .slept;
        return .sleep;
    }

    /// Nanoseconds to doze in the first look, which spares a look that would most likely find nothing.
    pub fn first(pace: *Pace, now_ns: u64, is_busy: bool) u64 {
        const looks = if (pace.spin_ns) |ns| ns > 0 else pace.spinning.pays();
        if (is_busy or looks or pace.idle_since_ns != null or !pace.quiet.pays() or !pace.dozing.pays()) return 0;
        pace.idle_since_ns = now_ns;
        pace.waited = .dozed;
        return doze_ns_max;
    }

    /// Requests come so often that a doze ends long before its time is over.
    pub fn isBrisk(pace: *const Pace) bool {
        return pace.gap_average_ns < doze_ns_max / 8;
    }

    /// The event loop has had its turn. Other work that it did would be kept waiting by a doze.
    pub fn turned(pace: *Pace, took_ns: u64) void {
        pace.quiet.note(took_ns < quiet_ns_max);
    }

    /// There is something again.
    pub fn busy(pace: *Pace, now_ns: u64) void {
        const since = pace.idle_since_ns orelse return;
        pace.idle_since_ns = null;
        const slept_ns: u64 = if (pace.waited == .looked) 0 else wake_ns;
        const gap = (now_ns - since) -| slept_ns;
        pace.spinning.note(gap < spin_ns_default);
        pace.dozing.note(gap < doze_ns_max);
        pace.gap_average_ns = (pace.gap_average_ns * 7 + @min(gap, doze_ns_max)) / 8;
    }
};

const testing = std.testing;

fn run(pace: *Pace, gap_ns: u64, times: usize) Wait {
    var now: u64 = 1_000_000;
    var wait: Wait = .look;
    for (0..times) |_| {
        const until = now + gap_ns;
        while (now < until) {
            wait = pace.idle(now, false);
            now = switch (wait) {
                .look => now + 300,
                .doze => |ns| @min(until, now + ns),
                .sleep, .yield => until,
            };
        }
        pace.busy(now);
    }
    return wait;
}

test "short gaps are spun through, middling ones dozed, long ones slept" {
    var pace: Pace = .{};
    try testing.expectEqual(.look, std.meta.activeTag(run(&pace, 10_000, 100)));
    try testing.expectEqual(.doze, std.meta.activeTag(run(&pace, 400_000, 100)));
    try testing.expectEqual(.sleep, std.meta.activeTag(run(&pace, 20_000_000, 100)));
    try testing.expectEqual(.look, std.meta.activeTag(run(&pace, 10_000, 100)));
}

test "spinning can be forbidden and fixed" {
    var pace: Pace = .{ .spin_ns = 0 };
    try testing.expectEqual(.doze, std.meta.activeTag(run(&pace, 10_000, 100)));
    pace = .{ .spin_ns = 2_000_000 };
    try testing.expectEqual(.look, std.meta.activeTag(run(&pace, 1_500_000, 100)));
}

test "a thread with other work never dozes" {
    var pace: Pace = .{ .spin_ns = 0 };
    try testing.expectEqual(.sleep, std.meta.activeTag(pace.idle(1, true)));
}

test "a thread that had other work is looked at again, and dozes when it has none" {
    var pace: Pace = .{ .spin_ns = 0 };
    for (0..Pace.Score.max) |_| pace.turned(1_000_000);
    var now: u64 = 1_000_000;
    var turns: usize = 0;
    for (0..1000) |_| {
        switch (pace.idle(now, false)) {
            .sleep => {},
            .yield => {
                turns += 1;
                pace.turned(1_000);
            },
            .doze => return testing.expect(turns >= Pace.Score.max / 2),
            .look => return error.Looked,
        }
        now += 10_000;
        pace.busy(now);
    }
    return error.NeverDozed;
}

test "one long turn among many means nothing" {
    var pace: Pace = .{ .spin_ns = 0 };
    for (0..100) |i| {
        pace.turned(if (i % 4 == 0) 1_000_000 else 1_000);
        try testing.expect(pace.quiet.pays());
    }
}

test "where dozing pays the first look dozes, where looking pays it doesn't" {
    var pace: Pace = .{ .spin_ns = 0 };
    try testing.expect(pace.first(1000, false) > 0);
    pace.busy(2000);
    try testing.expectEqual(0, pace.first(3000, true));
    for (0..Pace.Score.max) |_| pace.dozing.note(false);
    try testing.expectEqual(0, pace.first(3000, false));
    pace = .{};
    try testing.expectEqual(0, pace.first(1000, false));
    for (0..Pace.Score.max) |_| pace.spinning.note(false);
    try testing.expect(pace.first(1000, false) > 0);
}
