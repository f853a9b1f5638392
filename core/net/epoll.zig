//! The loop on Linux: epoll, edge-triggered, so that a connection costs one registration in its life.

const std = @import("std");
const linux = std.os.linux;
const limits = @import("../limits.zig");
const socket = @import("socket.zig");
const loop_interface = @import("loop.zig");
const Event = loop_interface.Event;
const Error = loop_interface.Error;

pub const Loop = struct {
    epoll: socket.Fd,
    timer: socket.Fd,
    /// Kernels before 5.11 wait in whole milliseconds.
    has_pwait2: bool = true,

    pub const timer_token: u64 = std.math.maxInt(u64);

    pub fn init() Error!Loop {
        const epoll = try descriptor(linux.epoll_create1(linux.EPOLL.CLOEXEC));
        errdefer socket.close(epoll);
        const timer = try descriptor(linux.timerfd_create(.MONOTONIC, .{ .CLOEXEC = true, .NONBLOCK = true }));
        errdefer socket.close(timer);
        const loop: Loop = .{ .epoll = epoll, .timer = timer };
        try loop.control(linux.EPOLL.CTL_ADD, timer, linux.EPOLL.IN | linux.EPOLL.ET, timer_token);
        return loop;
    }

    pub fn deinit(loop: *Loop) void {
        socket.close(loop.timer);
        socket.close(loop.epoll);
        loop.* = undefined;
    }

    pub fn add(loop: *Loop, fd: socket.Fd, token: u64) Error!void {
        const interest = linux.EPOLL.IN | linux.EPOLL.OUT | linux.EPOLL.RDHUP | linux.EPOLL.ET;
        try loop.control(linux.EPOLL.CTL_ADD, fd, interest, token);
    }

    /// Closing a descriptor removes it as well, unless it was duplicated.
    pub fn remove(loop: *Loop, fd: socket.Fd) void {
        _ = linux.epoll_ctl(loop.epoll, linux.EPOLL.CTL_DEL, fd, null);
    }

    /// What changed, or nothing when the time is over.
    pub fn wait(loop: *Loop, events: []Event, timeout_ns: u64) []Event {
        var raw: [limits.events_per_wait]linux.epoll_event = undefined;
        const count: u32 = @intCast(@min(events.len, raw.len));
        const result = loop.systemWait(&raw, count, timeout_ns);
        // Interrupted is the same as nothing: the caller comes again.
        if (linux.errno(result) != .SUCCESS) return events[0..0];
        for (raw[0..result], events[0..result]) |from, *event| {
            if (from.data.u64 == timer_token) loop.drainTimer();
            event.* = .{
                .token = from.data.u64,
                .readable = from.events & (linux.EPOLL.IN | linux.EPOLL.RDHUP | linux.EPOLL.HUP | linux.EPOLL.ERR) != 0,
                .writable = from.events & (linux.EPOLL.OUT | linux.EPOLL.HUP | linux.EPOLL.ERR) != 0,
                .ended = from.events & (linux.EPOLL.RDHUP | linux.EPOLL.HUP | linux.EPOLL.ERR) != 0,
                .broken = from.events & linux.EPOLL.ERR != 0,
            };
        }
        return events[0..result];
    }

    fn systemWait(loop: *Loop, raw: [*]linux.epoll_event, count: u32, timeout_ns: u64) usize {
        if (timeout_ns == 0) return linux.epoll_wait(loop.epoll, raw, count, 0);
        if (timeout_ns == loop_interface.forever) return linux.epoll_wait(loop.epoll, raw, count, -1);
        if (loop.has_pwait2) {
            const timeout: linux.timespec = .{
                .sec = @intCast(timeout_ns / std.time.ns_per_s),
                .nsec = @intCast(timeout_ns % std.time.ns_per_s),
            };
            const epoll: usize = @intCast(loop.epoll);
            const result = linux.syscall6(.epoll_pwait2, epoll, @intFromPtr(raw), count, @intFromPtr(&timeout), 0, 0);
            switch (linux.errno(result)) {
                // Not permitted: old containers say so of calls that they don't know.
                .NOSYS, .PERM => loop.has_pwait2 = false,
                else => return result,
            }
        }
        const ms = (timeout_ns + std.time.ns_per_ms - 1) / std.time.ns_per_ms;
        return linux.epoll_wait(loop.epoll, raw, count, @intCast(@min(ms, std.math.maxInt(i32))));
    }

    /// Reports `timer_token` at that time, on the clock of `nowNs`; replaces the time set before.
    pub fn setTimer(loop: *Loop, at_ns: u64) void {
        const time: linux.itimerspec = .{
            .it_interval = .{ .sec = 0, .nsec = 0 },
            .it_value = .{ .sec = @intCast(at_ns / std.time.ns_per_s), .nsec = @intCast(at_ns % std.time.ns_per_s) },
        };
        _ = linux.timerfd_settime(loop.timer, .{ .ABSTIME = true }, &time, null);
    }

    fn drainTimer(loop: *Loop) void {
        var count: u64 = undefined;
        _ = linux.read(loop.timer, @ptrCast(&count), @sizeOf(u64));
    }

    /// Monotonic.
    pub fn nowNs(loop: *const Loop) u64 {
        _ = loop;
        var time: std.c.timespec = undefined;
        // Through libc, which asks the kernel's page instead of the kernel.
        _ = std.c.clock_gettime(.MONOTONIC, &time);
        return @as(u64, @intCast(time.sec)) * std.time.ns_per_s + @as(u64, @intCast(time.nsec));
    }

    fn control(loop: *const Loop, operation: u32, fd: socket.Fd, interest: u32, token: u64) Error!void {
        var event: linux.epoll_event = .{ .events = interest, .data = .{ .u64 = token } };
        try check(linux.epoll_ctl(loop.epoll, operation, fd, &event));
    }
};

/// Watches the loop's own descriptor, one shot at a time: arming it wakes nobody and takes one system call.
pub const Bell = struct {
    epoll: socket.Fd,
    loop: socket.Fd,
    stopped: socket.Fd,

    const stop_token = 1;

    pub fn init(loop: *const Loop) Error!Bell {
        const epoll = try descriptor(linux.epoll_create1(linux.EPOLL.CLOEXEC));
        errdefer socket.close(epoll);
        const stopped = try descriptor(linux.eventfd(0, linux.EFD.CLOEXEC | linux.EFD.NONBLOCK));
        errdefer socket.close(stopped);
        const bell: Bell = .{ .epoll = epoll, .loop = loop.epoll, .stopped = stopped };
        var event: linux.epoll_event = .{ .events = linux.EPOLL.IN, .data = .{ .u64 = stop_token } };
        try check(linux.epoll_ctl(epoll, linux.EPOLL.CTL_ADD, stopped, &event));
        event = .{ .events = linux.EPOLL.ONESHOT, .data = .{ .u64 = 0 } };
        try check(linux.epoll_ctl(epoll, linux.EPOLL.CTL_ADD, loop.epoll, &event));
        return bell;
    }

    pub fn deinit(bell: *Bell) void {
        socket.close(bell.stopped);
        socket.close(bell.epoll);
        bell.* = undefined;
    }

    /// The next `sleep`, or the one that lasts, ends when the loop has something, or has it already.
    pub fn arm(bell: *Bell) void {
        var event: linux.epoll_event = .{ .events = linux.EPOLL.IN | linux.EPOLL.ONESHOT, .data = .{ .u64 = 0 } };
        _ = linux.epoll_ctl(bell.epoll, linux.EPOLL.CTL_MOD, bell.loop, &event);
    }

    /// Blocks until the bell rings (true) or is stopped for good (false). For one other thread.
    pub fn sleep(bell: *Bell) bool {
        var events: [2]linux.epoll_event = undefined;
        while (true) {
            const result = linux.epoll_wait(bell.epoll, &events, events.len, -1);
            if (linux.errno(result) == .INTR) continue;
            if (linux.errno(result) != .SUCCESS) return false;
            for (events[0..result]) |event| if (event.data.u64 == stop_token) return false;
            if (result > 0) return true;
        }
    }

    pub fn stop(bell: *Bell) void {
        const one: u64 = 1;
        _ = linux.write(bell.stopped, @ptrCast(&one), @sizeOf(u64));
    }
};

fn descriptor(result: usize) Error!socket.Fd {
    try check(result);
    return @intCast(result);
}

fn check(result: usize) Error!void {
    return switch (linux.errno(result)) {
        .SUCCESS => {},
        .MFILE, .NFILE, .NOMEM, .NOSPC => error.DescriptorsExhausted,
        else => error.SystemFailed,
    };
}
