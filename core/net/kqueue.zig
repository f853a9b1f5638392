//! The loop on macOS: kqueue with `EV_CLEAR`, which reports changes as epoll's edge trigger does.
//!
//! Compiled for macOS by every run of the checks, and written against the contract in `loop.zig`; it has not been run.

const std = @import("std");
const c = std.c;
const limits = @import("../limits.zig");
const socket = @import("socket.zig");
const loop_interface = @import("loop.zig");
const Event = loop_interface.Event;
const Error = loop_interface.Error;

pub const Loop = struct {
    queue: socket.Fd,

    pub const timer_token: u64 = std.math.maxInt(u64);
    const timer_ident = 1;

    pub fn init() Error!Loop {
        return .{ .queue = try descriptor(c.kqueue()) };
    }

    pub fn deinit(loop: *Loop) void {
        socket.close(loop.queue);
        loop.* = undefined;
    }

    pub fn add(loop: *Loop, fd: socket.Fd, token: u64) Error!void {
        const flags = c.EV.ADD | c.EV.CLEAR;
        try change(loop.queue, &.{
            event(@intCast(fd), c.EVFILT.READ, flags, token),
            event(@intCast(fd), c.EVFILT.WRITE, flags, token),
        });
    }

    /// Closing a descriptor removes it as well.
    pub fn remove(loop: *Loop, fd: socket.Fd) void {
        for ([_]i16{ c.EVFILT.READ, c.EVFILT.WRITE }) |filter| {
            // One that is gone already is as good as removed.
            change(loop.queue, &.{event(@intCast(fd), filter, c.EV.DELETE, 0)}) catch continue;
        }
    }

    /// What changed, or nothing when the time is over. One descriptor may stand here twice, for reading and writing.
    pub fn wait(loop: *Loop, events: []Event, timeout_ns: u64) []Event {
        var raw: [limits.events_per_wait]c.Kevent = undefined;
        const timeout: c.timespec = .{
            .sec = @intCast(timeout_ns / std.time.ns_per_s),
            .nsec = @intCast(timeout_ns % std.time.ns_per_s),
        };
        const limit: ?*const c.timespec = if (timeout_ns == loop_interface.forever) null else &timeout;
        const result = c.kevent(loop.queue, &raw, 0, &raw, @intCast(@min(events.len, raw.len)), limit);
        if (result < 0) return events[0..0];
        const count: usize = @intCast(result);
        for (raw[0..count], events[0..count]) |from, *to| {
            const is_eof = from.flags & c.EV.EOF != 0;
            to.* = .{
                .token = from.udata,
                .readable = from.filter == c.EVFILT.READ or is_eof,
                .writable = from.filter == c.EVFILT.WRITE,
                .ended = is_eof,
                .broken = is_eof and from.fflags != 0,
            };
        }
        return events[0..count];
    }

    /// Reports `timer_token` at that time, on the clock of `nowNs`; replaces the time set before.
    pub fn setTimer(loop: *Loop, at_ns: u64) void {
        var timer = event(timer_ident, c.EVFILT.TIMER, c.EV.ADD | c.EV.ONESHOT, timer_token);
        timer.fflags = c.NOTE.NSECONDS;
        timer.data = @intCast(@max(at_ns -| loop.nowNs(), 1));
        // Without the timer a deadline is noticed at the next event.
        change(loop.queue, &.{timer}) catch return;
    }

    /// Monotonic.
    pub fn nowNs(loop: *const Loop) u64 {
        _ = loop;
        var time: c.timespec = undefined;
        _ = c.clock_gettime(.MONOTONIC, &time);
        return @as(u64, @intCast(time.sec)) * std.time.ns_per_s + @as(u64, @intCast(time.nsec));
    }
};

/// Watches the loop's own queue, one shot at a time.
pub const Bell = struct {
    queue: socket.Fd,
    loop: socket.Fd,

    const stop_ident = 1;
    const stop_token: u64 = 1;

    pub fn init(loop: *const Loop) Error!Bell {
        const queue = try descriptor(c.kqueue());
        errdefer socket.close(queue);
        try change(queue, &.{event(stop_ident, c.EVFILT.USER, c.EV.ADD | c.EV.CLEAR, stop_token)});
        return .{ .queue = queue, .loop = loop.queue };
    }

    pub fn deinit(bell: *Bell) void {
        socket.close(bell.queue);
        bell.* = undefined;
    }

    /// The next `sleep`, or the one that lasts, ends when the loop has something, or has it already.
    pub fn arm(bell: *Bell) void {
        change(bell.queue, &.{event(@intCast(bell.loop), c.EVFILT.READ, c.EV.ADD | c.EV.ONESHOT, 0)}) catch return;
    }

    /// Blocks until the bell rings (true) or is stopped for good (false). For one other thread.
    pub fn sleep(bell: *Bell) bool {
        var events: [2]c.Kevent = undefined;
        while (true) {
            const result = c.kevent(bell.queue, &events, 0, &events, events.len, null);
            if (result < 0) {
                if (c.errno(result) == .INTR) continue;
                return false;
            }
            for (events[0..@intCast(result)]) |from| if (from.udata == stop_token) return false;
            if (result > 0) return true;
        }
    }

    pub fn stop(bell: *Bell) void {
        var trigger = event(stop_ident, c.EVFILT.USER, 0, stop_token);
        trigger.fflags = c.NOTE.TRIGGER;
        change(bell.queue, &.{trigger}) catch return;
    }
};

fn event(ident: usize, filter: i16, flags: u16, token: u64) c.Kevent {
    return .{ .ident = ident, .filter = filter, .flags = flags, .fflags = 0, .data = 0, .udata = token };
}

fn change(queue: socket.Fd, changes: []const c.Kevent) Error!void {
    var none: [1]c.Kevent = undefined;
    const now: c.timespec = .{ .sec = 0, .nsec = 0 };
    if (c.kevent(queue, changes.ptr, @intCast(changes.len), &none, 0, &now) < 0) return error.SystemFailed;
}

fn descriptor(result: c_int) Error!socket.Fd {
    if (result >= 0) return result;
    return switch (c.errno(result)) {
        .MFILE, .NFILE, .NOMEM => error.DescriptorsExhausted,
        else => error.SystemFailed,
    };
}
