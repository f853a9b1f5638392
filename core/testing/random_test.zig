//! Hundreds of clients at once that say anything in any pieces, read when they like and leave when they like, with
//! handlers that take any time: who was not cut off hears exactly what it must, and nothing is left at the end.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const limits = @import("../limits.zig");
const servers = @import("../servers.zig");
const harness_file = @import("harness.zig");
const traffic = @import("traffic.zig");
const Answers = @import("answers.zig").Answers;
const Exchanges = @import("../runtime.zig").Exchanges;
const Harness = harness_file.Harness;
const MemoryClient = @import("memory_transport.zig").MemoryClient;

const Actor = struct {
    client: *MemoryClient,
    script: traffic.Script,
    sent: usize = 0,
    has_ended: bool = false,
    was_cut: bool = false,

    fn isDone(actor: *const Actor) bool {
        return actor.client.is_closed or actor.was_cut;
    }

    fn act(actor: *Actor, random: std.Random) !void {
        const client = actor.client;
        switch (random.uintLessThan(u16, 300)) {
            0 => {
                actor.was_cut = true;
                client.reset();
            },
            1...200 => {
                const rest = actor.script.text[actor.sent..];
                const max: usize = if (random.uintLessThan(u8, 10) == 0) 100_000 else 200;
                const size = @min(rest.len, random.uintAtMost(usize, max));
                actor.sent += size;
                if (size > 0) try client.send(rest[0..size]);
                if (actor.sent == actor.script.text.len and random.boolean()) actor.end();
            },
            else => client.makeRoom(random.uintAtMost(usize, 50_000)),
        }
    }

    fn end(actor: *Actor) void {
        if (actor.has_ended) return;
        actor.has_ended = true;
        actor.client.end();
    }

    fn check(actor: *const Actor) !void {
        const client = actor.client;
        try testing.expect(client.is_closed and !client.was_reset);
        const heard = try actor.countAnswers();
        try testing.expectEqual(actor.script.answers.len, heard);
    }

    /// How many of the answers came; all must be what was expected, and nothing may come behind them.
    fn countAnswers(actor: *const Actor) !usize {
        const client = actor.client;
        errdefer std.debug.print("sent {f}\nreceived {f}\n", .{
            std.zig.fmtString(actor.script.text[0..@min(actor.script.text.len, 3000)]),
            std.zig.fmtString(client.received.items[0..@min(client.received.items.len, 3000)]),
        });
        var answers: Answers = .of(client.received.items);
        var count: usize = 0;
        while (try answers.nextTo(if (actor.isHead(count)) .head else .get)) |answer| {
            // A body that was asked for, whether it came or not.
            if (answer.status == 100) continue;
            try testing.expect(count < actor.script.answers.len);
            const expected = &actor.script.answers[count];
            try testing.expectEqual(expected.status, answer.status);
            if (!expected.is_head) if (expected.body) |body| try testing.expectEqualStrings(body, answer.body);
            count += 1;
        }
        return count;
    }

    fn isHead(actor: *const Actor, index: usize) bool {
        return index < actor.script.answers.len and actor.script.answers[index].is_head;
    }
};

const Play = struct {
    h: *Harness,
    random: std.Random,
    actors: std.ArrayList(Actor) = .empty,
    /// Handlers that finish in one step, at most.
    handled_max: usize = 8,

    fn connect(play: *Play) !void {
        const arena = play.h.arena.allocator();
        const random = play.random;
        const client = try play.h.connect();
        client.reads = switch (random.uintLessThan(u8, 3)) {
            0 => .whole,
            1 => .{ .random = .{ .source = random, .max = 3 + random.uintLessThan(usize, 100) } },
            else => .{ .random = .{ .source = random, .max = 100_000 } },
        };
        client.writes = if (random.boolean()) .whole else .{ .random = .{ .source = random, .max = 20_000 } };
        client.room = random.uintAtMost(usize, 100_000);
        try play.actors.append(arena, .{ .client = client, .script = try traffic.script(arena, random) });
    }

    fn step(play: *Play) !void {
        const h = play.h;
        const random = play.random;
        for (0..random.uintAtMost(usize, 40)) |_| {
            const actor = &play.actors.items[random.uintLessThan(usize, play.actors.items.len)];
            if (!actor.isDone()) try actor.act(random);
        }
        if (random.uintLessThan(u8, 10) == 0) h.runtime.clock_ahead_ns += random.uintLessThan(u64, 20) * std.time.ns_per_ms;
        _ = try h.poll();
        try play.handle(random.uintAtMost(usize, play.handled_max));
    }

    /// Some of the handlers that are at work finish.
    fn handle(play: *Play, most: usize) !void {
        const h = play.h;
        const random = play.random;
        for (0..@min(most, h.requests.items.len)) |_| {
            const request = h.requests.swapRemove(random.uintLessThan(usize, h.requests.items.len));
            const answer = try h.echo(&request);
            if (random.uintLessThan(u8, 4) == 0) try h.runtime.watch(request.exchange);
            if (random.uintLessThan(u8, 8) == 0) {
                var now = std.mem.zeroes(abi.Response);
                now.exchange = request.exchange;
                now.status = answer.status;
                h.runtime.respondNow(&now, "", answer.body);
            } else {
                try h.answer(&request, answer);
            }
        }
        h.flush();
    }

    /// Everybody says what is left to say, and listens.
    fn wind(play: *Play) !void {
        for (0..1000) |_| {
            var is_over = true;
            for (play.actors.items) |*actor| {
                if (actor.isDone()) continue;
                is_over = false;
                if (actor.sent < actor.script.text.len) try actor.client.send(actor.script.text[actor.sent..]);
                actor.sent = actor.script.text.len;
                actor.end();
                actor.client.makeRoom(1 << 30);
            }
            if (is_over) return;
            try play.h.pass(limits.room_retry_ms);
            try play.handle(1000);
        }
        return error.SomebodyWaits;
    }
};

const Setting = struct {
    seed: u64,
    pipelined: u32 = limits.pipelined_default,
    exchanges: u32 = limits.exchanges_max,
    buffered_bytes: f64 = limits.buffered_bytes_default,
    waits_min: f64 = -1,
};

fn open(setting: Setting) !*Harness {
    var options = harness_file.default_options;
    options.pipelined = setting.pipelined;
    options.buffered_bytes = setting.buffered_bytes;
    const h = try Harness.open(.{ .server = options });
    h.runtime.exchanges.deinit();
    h.runtime.exchanges = try Exchanges.init(setting.exchanges);
    return h;
}

fn run(setting: Setting) !void {
    const h = try open(setting);
    defer h.deinit();
    var prng: std.Random.DefaultPrng = .init(setting.seed);
    var play: Play = .{ .h = h, .random = prng.random() };
    errdefer std.debug.print("with {any}\n", .{setting});

    for (0..250) |_| try play.connect();
    for (0..1500) |_| {
        try play.step();
        const newest = play.actors.items.len;
        if (newest < 400 and play.random.uintLessThan(u8, 10) == 0) try play.connect();
    }
    try play.wind();
    try h.serve(.reversed);

    var whole: usize = 0;
    for (play.actors.items) |*actor| {
        // Where memory is scarce, those who do not read are reset.
        const is_scarce = setting.buffered_bytes < limits.buffered_bytes_default;
        if (actor.was_cut or (is_scarce and actor.client.was_reset)) continue;
        try actor.check();
        whole += 1;
    }
    try testing.expect(whole > play.actors.items.len / 2);
    // Where something is scarce, somebody had to wait for it.
    try testing.expect((try h.stats()).reads_stopped > setting.waits_min);
    try expectNothingHeld(h);
    try servers.stop(h.runtime, h.server);
    try h.pump();
    try testing.expectEqual(1, h.drained.items.len);
    try h.finish();
}

fn expectNothingHeld(h: *Harness) !void {
    try testing.expectEqual(0, h.runtime.connections.in_use);
    try testing.expectEqual(0, h.runtime.exchanges.in_use);
    try testing.expectEqual(0, h.budget.heldBytes());
}

/// The server stops while all this goes on: what is heard is right as far as it goes, and there is an end.
fn runAndStop(seed: u64) !void {
    const h = try open(.{ .seed = seed });
    defer h.deinit();
    var prng: std.Random.DefaultPrng = .init(seed);
    var play: Play = .{ .h = h, .random = prng.random(), .handled_max = 1 };
    errdefer std.debug.print("with seed {d}\n", .{seed});

    for (0..200) |_| try play.connect();
    for (0..100) |_| try play.step();
    try testing.expect(h.requests.items.len > 0);
    try servers.stop(h.runtime, h.server);
    for (0..300) |_| try play.step();
    try play.wind();
    for (play.actors.items) |*actor| {
        if (actor.was_cut) continue;
        try testing.expect(actor.client.is_closed and !actor.client.was_reset);
        _ = try actor.countAnswers();
    }
    try expectNothingHeld(h);
    try testing.expectEqual(1, h.drained.items.len);
    try h.finish();
}

test "anything at once, and the server stops in the midst of it" {
    for (40..46) |seed| try runAndStop(seed);
}

test "anything at once: plenty of everything" {
    for (1..4) |seed| try run(.{ .seed = seed });
}

test "anything at once: few pipelined requests" {
    try run(.{ .seed = 10, .pipelined = 1, .waits_min = 100 });
    try run(.{ .seed = 11, .pipelined = 3, .waits_min = 100 });
}

test "anything at once: few exchanges" {
    try run(.{ .seed = 20, .exchanges = 20, .waits_min = 100 });
}

test "anything at once: little memory" {
    try run(.{ .seed = 30, .buffered_bytes = 1 << 20, .waits_min = 100 });
}
