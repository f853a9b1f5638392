//! What connections wait for, and what happens when it does not come: one timer for each, and the loop's for the next.

const std = @import("std");
const assert = std.debug.assert;
const intake = @import("intake.zig");
const limits = @import("limits.zig");
const loop_interface = @import("net/loop.zig");
const Connection = @import("net/connection.zig").Connection;
const Runtime = @import("runtime.zig").Runtime;

/// Sees to it that the connection is looked at when what it waits for is overdue. Moving a time back costs nothing:
/// the timer stays where it is and is set anew when it goes off.
pub fn arm(runtime: *Runtime, connection: *Connection) void {
    const due = deadline(runtime, connection) orelse return;
    if (connection.timer.isArmed() and connection.timer.due_ms <= due) return;
    runtime.wheel.arm(&connection.timer, due);
}

fn deadline(runtime: *Runtime, connection: *const Connection) ?u64 {
    const options = &runtime.serverOf(connection).options;
    if (connection.state == .lingering) return connection.read_since_ms + limits.linger_ms;
    var soonest: u64 = std.math.maxInt(u64);
    const is_writing = !connection.outgoing.isEmpty();
    if (is_writing) soonest = connection.write_since_ms + connection.write_ms;
    if (connection.flags.waits_for_room) {
        soonest = @min(soonest, connection.read_since_ms + limits.body_start_ms);
    } else if (!connection.flags.is_stopped) {
        const protocol = &runtime.protocols[connection.protocol];
        const patience: ?u32 = switch (protocol.waiting(connection, connection.carriedBytes())) {
            .request => if (is_writing) null else options.idle_ms,
            .head => options.head_ms,
            .body => connection.body_ms,
            .answer, .nothing => null,
        };
        if (patience) |ms| soonest = @min(soonest, connection.read_since_ms + ms);
    }
    return if (soonest == std.math.maxInt(u64)) null else soonest;
}

pub fn fire(runtime: *Runtime) void {
    assert(runtime.outbox.owner == null);
    var next = runtime.wheel.advance(runtime.now_ms);
    while (next) |timer| {
        next = timer.next;
        timer.next = null;
        const connection: *Connection = @alignCast(@fieldParentPtr("timer", timer));
        const due = deadline(runtime, connection) orelse continue;
        if (due > runtime.now_ms or connection.flags.is_ready) {
            runtime.wheel.arm(timer, due);
        } else {
            timeOut(runtime, connection);
        }
    }
}

fn timeOut(runtime: *Runtime, connection: *Connection) void {
    const stats = &runtime.serverOf(connection).stats;
    const protocol = &runtime.protocols[connection.protocol];
    if (connection.state == .lingering) return runtime.fail(connection);
    if (!connection.outgoing.isEmpty() and runtime.now_ms >= connection.write_since_ms + connection.write_ms) {
        stats.timeouts_write += 1;
        connection.flags.resets = true;
        return runtime.fail(connection);
    }
    if (connection.flags.waits_for_room) {
        const has_room = intake.findsRoom(runtime, connection);
        intake.stopWaiting(runtime, connection);
        // The one refused before this one may have made room for it.
        if (has_room) return runtime.makeReady(connection);
        return protocol.refuse(runtime, connection, .no_room);
    }
    switch (protocol.waiting(connection, connection.carriedBytes())) {
        .request => {
            stats.timeouts_idle += 1;
            runtime.endAfterOutput(connection, .sends_no_more);
        },
        .head => {
            stats.timeouts_head += 1;
            protocol.refuse(runtime, connection, .head_timeout);
        },
        .body => {
            stats.timeouts_body += 1;
            protocol.refuse(runtime, connection, .body_timeout);
        },
        .answer, .nothing => {},
    }
}

/// A wait that does not miss the next timer.
fn untilTimer(runtime: *const Runtime, wait_ns: u64) u64 {
    if (wait_ns == 0) return 0;
    const next_ms = nextTimeMs(runtime) orelse return wait_ns;
    const next_ns = next_ms * std.time.ns_per_ms;
    return @min(wait_ns, @max(next_ns -| runtime.now_ns, 1));
}

pub fn setTimer(runtime: *Runtime) void {
    const next_ms = nextTimeMs(runtime) orelse return;
    setTimerBy(runtime, next_ms * std.time.ns_per_ms);
}

/// The loop's timer goes off at that time, or before.
fn setTimerBy(runtime: *Runtime, at_ns: u64) void {
    if (runtime.timer_at_ns) |set| if (set <= at_ns and set > runtime.now_ns) return;
    runtime.timer_at_ns = at_ns;
    runtime.loop.setTimer(at_ns - runtime.clock_ahead_ns);
}

/// The time-out for a look. That of a doze is an alarm which the system would have to program anew for each, at the
/// cost of a request on a virtual machine: where dozes are short, one timer ends all of the next millisecond.
pub fn timeout(runtime: *Runtime, doze_ns: u64) u64 {
    if (doze_ns == 0 or runtime.ready_first != null) return 0;
    const bounded_ns = untilTimer(runtime, doze_ns);
    if (!runtime.pace.isBrisk()) return bounded_ns;
    setTimerBy(runtime, runtime.now_ns + bounded_ns);
    return loop_interface.forever;
}

fn nextTimeMs(runtime: *const Runtime) ?u64 {
    const wheel_ms = runtime.wheel.nextMs() orelse std.math.maxInt(u64);
    const next_ms = @min(wheel_ms, runtime.accept_retry_at_ms, runtime.room_retry_at_ms);
    return if (next_ms == std.math.maxInt(u64)) null else next_ms;
}
