//! Waiting for sockets: one interface, one backend per system. The tests here are the contract of every backend.
//!
//! Readiness is reported once, when it changes; who was told remembers it. A `Bell` lets another thread sleep until
//! the loop has something, without taking it.

const std = @import("std");
const builtin = @import("builtin");
const socket = @import("socket.zig");

pub const Loop = backend.Loop;
pub const Bell = backend.Bell;

const backend = switch (builtin.os.tag) {
    .linux => @import("epoll.zig"),
    .macos => @import("kqueue.zig"),
    else => @compileError("no loop for this system yet"),
};

/// What became of a watched descriptor since it was reported last.
pub const Event = struct {
    /// What the descriptor was watched with.
    token: u64,
    /// There are bytes, an end, or a connection to accept.
    readable: bool = false,
    writable: bool = false,
    /// The peer has ended its side, or all is over; reading shows which.
    ended: bool = false,
    /// Reset: neither side works any more.
    broken: bool = false,
};

/// A time-out that is none.
pub const forever = std.math.maxInt(u64);

pub const Error = error{ DescriptorsExhausted, SystemFailed };

const testing = std.testing;
const c = std.c;

fn pair() ![2]c.fd_t {
    var fds: [2]c.fd_t = undefined;
    if (c.socketpair(c.AF.UNIX, c.SOCK.STREAM, 0, &fds) != 0) return error.SystemFailed;
    return fds;
}

test "readiness is reported once, and again when more comes" {
    var loop: Loop = try .init();
    defer loop.deinit();
    const fds = try pair();
    defer for (fds) |fd| socket.close(fd);
    try loop.add(fds[0], 7);
    var events: [8]Event = undefined;

    // A new socket can be written to.
    for (loop.wait(&events, 0)) |event| try testing.expect(event.token == 7 and !event.readable);
    try testing.expectEqual(0, loop.wait(&events, 0).len);
    _ = try socket.send(fds[1], &.{.{ .base = "a", .len = 1 }});
    const first = loop.wait(&events, std.time.ns_per_s);
    try testing.expectEqual(1, first.len);
    try testing.expect(first[0].token == 7 and first[0].readable and !first[0].ended);
    try testing.expectEqual(0, loop.wait(&events, 0).len);
    _ = try socket.send(fds[1], &.{.{ .base = "b", .len = 1 }});
    const second = loop.wait(&events, std.time.ns_per_s);
    try testing.expect(second.len == 1 and second[0].readable);
}

test "the peer's end is told apart from its bytes" {
    var loop: Loop = try .init();
    defer loop.deinit();
    const fds = try pair();
    defer socket.close(fds[0]);
    try loop.add(fds[0], 1);
    var events: [8]Event = undefined;
    _ = loop.wait(&events, 0);
    socket.finish(fds[1]);
    const half = loop.wait(&events, std.time.ns_per_s);
    try testing.expect(half.len == 1 and half[0].readable and half[0].ended);
    socket.close(fds[1]);
    const both = loop.wait(&events, std.time.ns_per_s);
    try testing.expect(both.len == 1 and both[0].ended);
}

test "waiting ends in time" {
    var loop: Loop = try .init();
    defer loop.deinit();
    var events: [8]Event = undefined;
    const before = loop.nowNs();
    try testing.expectEqual(0, loop.wait(&events, 2 * std.time.ns_per_ms).len);
    try testing.expect(loop.nowNs() - before >= 2 * std.time.ns_per_ms);
}

test "the timer wakes, once" {
    var loop: Loop = try .init();
    defer loop.deinit();
    var events: [8]Event = undefined;
    loop.setTimer(loop.nowNs() + 3 * std.time.ns_per_ms);
    try testing.expectEqual(0, loop.wait(&events, 0).len);
    const woken = loop.wait(&events, std.time.ns_per_s);
    try testing.expectEqual(1, woken.len);
    try testing.expectEqual(Loop.timer_token, woken[0].token);
    try testing.expectEqual(0, loop.wait(&events, 5 * std.time.ns_per_ms).len);
}

test "removed descriptors are silent" {
    var loop: Loop = try .init();
    defer loop.deinit();
    const fds = try pair();
    defer for (fds) |fd| socket.close(fd);
    try loop.add(fds[0], 1);
    loop.remove(fds[0]);
    _ = try socket.send(fds[1], &.{.{ .base = "a", .len = 1 }});
    var events: [8]Event = undefined;
    try testing.expectEqual(0, loop.wait(&events, std.time.ns_per_ms).len);
}

const Sleeper = struct {
    bell: *Bell,
    rung: std.atomic.Value(u32) = .init(0),

    fn run(sleeper: *Sleeper) void {
        while (sleeper.bell.sleep()) _ = sleeper.rung.fetchAdd(1, .acq_rel);
    }

    fn expectRung(sleeper: *Sleeper, loop: *Loop, times: u32) !void {
        const until = loop.nowNs() + 5 * std.time.ns_per_s;
        while (sleeper.rung.load(.acquire) < times and loop.nowNs() < until) try std.Thread.yield();
        // And no more often than that.
        var events: [1]Event = undefined;
        var idle: Loop = try .init();
        defer idle.deinit();
        _ = idle.wait(&events, 2 * std.time.ns_per_ms);
        try testing.expectEqual(times, sleeper.rung.load(.acquire));
    }
};

test "the bell rings once for each time that it was armed" {
    var loop: Loop = try .init();
    defer loop.deinit();
    var bell: Bell = try .init(&loop);
    defer bell.deinit();
    const fds = try pair();
    defer for (fds) |fd| socket.close(fd);
    try loop.add(fds[0], 1);
    var events: [8]Event = undefined;
    _ = loop.wait(&events, 0);

    var sleeper: Sleeper = .{ .bell = &bell };
    const thread = try std.Thread.spawn(.{}, Sleeper.run, .{&sleeper});
    try sleeper.expectRung(&loop, 0);
    bell.arm();
    try sleeper.expectRung(&loop, 0);
    _ = try socket.send(fds[1], &.{.{ .base = "a", .len = 1 }});
    try sleeper.expectRung(&loop, 1);
    _ = try socket.send(fds[1], &.{.{ .base = "b", .len = 1 }});
    try sleeper.expectRung(&loop, 1);
    // Armed when there is something already: at once.
    bell.arm();
    try sleeper.expectRung(&loop, 2);
    try testing.expectEqual(1, loop.wait(&events, 0).len);
    bell.stop();
    thread.join();
}
