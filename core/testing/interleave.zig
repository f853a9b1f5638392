//! Runs a few threads in every order that there is: the shipped code, one atomic operation at a time.
//!
//! The threads are fibers. The queues are generic over their atomic operations, and with `Stepped` a fiber gives way
//! before each of them. What runs next is a choice; a run is a list of choices, and the next run takes the last choice
//! that has an alternative left. Where `victims` allows it, one more choice at each place is that a fiber is killed there.
//!
//! Two orders that lead to the same state need not both be followed: a state is the shared memory and, for each fiber,
//! all that its operations answered, because what a fiber does next depends on nothing else. States are remembered by a
//! hash of 64 bits. That makes all interleavings of some thirty operations a matter of seconds.
//!
//! What it shows is what happens if operations take effect in one order for all; whether the orderings (acquire, release)
//! make that so is what ThreadSanitizer looks at (tests/stress).

const std = @import("std");
const fiber = std.Io.fiber;

const fibers_max = 4;
const stack_bytes = 256 * 1024;
/// A run that is longer goes round in circles.
const steps_max = 2000;

/// In the place of `atomics.Direct`.
pub const Stepped = struct {
    const AtomicOrder = std.builtin.AtomicOrder;

    pub fn load(comptime T: type, word: *const T, comptime order: AtomicOrder) T {
        step();
        return noted(T, @atomicLoad(T, word, order));
    }

    pub fn store(comptime T: type, word: *T, value: T, comptime order: AtomicOrder) void {
        step();
        @atomicStore(T, word, value, order);
        note(0);
    }

    pub fn swap(comptime T: type, word: *T, value: T, comptime order: AtomicOrder) T {
        step();
        return noted(T, @atomicRmw(T, word, .Xchg, value, order));
    }

    pub fn setBits(comptime T: type, word: *T, bits: T, comptime order: AtomicOrder) T {
        step();
        return noted(T, @atomicRmw(T, word, .Or, bits, order));
    }

    pub fn compareAndSwap(comptime T: type, word: *T, old: T, new: T, comptime order: AtomicOrder) ?T {
        step();
        const found = @cmpxchgStrong(T, word, old, new, order, .monotonic);
        note(if (found) |value| value else 1 << 63);
        return found;
    }

    /// Fibers do things in the order in which they were written.
    pub fn keepOrder() void {}

    fn noted(comptime T: type, value: T) T {
        note(value);
        return value;
    }
};

const Status = enum(u8) { ready, done, killed };

const Fiber = struct {
    context: fiber.Context = undefined,
    stack: []align(16) u8,
    status: Status = .ready,
    /// All that its operations answered.
    history: u64 = 0,
    failure: ?anyerror = null,
};

/// What the operations of all fibers reach. The tests of a process run one after another.
const World = struct {
    fibers: []Fiber,
    current: ?usize = null,
    main: fiber.Context = undefined,
    scenario: *anyopaque,
    body: *const fn (scenario: *anyopaque, index: usize) anyerror!void,
};

var world: ?*World = null;

fn step() void {
    const here = world orelse return;
    const index = here.current orelse return;
    const running = &here.fibers[index];
    _ = fiber.contextSwitch(&.{ .old = &running.context, .new = &here.main });
}

/// Makes an answer part of what a fiber knows: needed for whatever depends on more than the shared memory.
fn note(answer: u64) void {
    const here = world orelse return;
    const running = &here.fibers[here.current orelse return];
    running.history = std.hash.Wyhash.hash(running.history, std.mem.asBytes(&answer));
}

/// For a `Liveness`: is this fiber alive?
pub fn isAlive(index: usize) bool {
    step();
    const here = world orelse return true;
    const alive = here.fibers[index].status != .killed;
    note(@intFromBool(alive));
    return alive;
}

pub fn wasKilled(index: usize) bool {
    const here = world orelse return false;
    return here.fibers[index].status == .killed;
}

fn enter() callconv(.c) noreturn {
    const here = world.?;
    const index = here.current.?;
    const running = &here.fibers[index];
    // Another state than before it began.
    note(1);
    here.body(here.scenario, index) catch |err| {
        running.failure = err;
    };
    running.status = .done;
    _ = fiber.contextSwitch(&.{ .old = &running.context, .new = &here.main });
    unreachable;
}

pub const Counts = struct { runs: u64 = 0, states: u64 = 0, steps: u64 = 0 };

/// `Scenario` has `threads` (how many), `victims` (a bit for each that may be killed, one in a run), and
/// `start(*Scenario)`: everything anew; `run(*Scenario, index)`: one thread; `memory(*Scenario)`: what they share;
/// `end(*Scenario)`: after each run, says whether all is well.
pub fn every(comptime Scenario: type, scenario: *Scenario) !Counts {
    if (!fiber.supported) return error.SkipZigTest;
    const gpa = std.testing.allocator;
    var fibers: [Scenario.threads]Fiber = undefined;
    comptime std.debug.assert(Scenario.threads <= fibers_max);
    var made: usize = 0;
    defer for (fibers[0..made]) |*one| gpa.free(one.stack);
    for (&fibers) |*one| {
        one.* = .{ .stack = try gpa.alignedAlloc(u8, .@"16", stack_bytes) };
        made += 1;
    }
    const body = struct {
        fn run(opaque_scenario: *anyopaque, index: usize) anyerror!void {
            const typed: *Scenario = @ptrCast(@alignCast(opaque_scenario));
            return typed.run(index);
        }
    }.run;
    var here: World = .{ .fibers = &fibers, .scenario = scenario, .body = &body };
    world = &here;
    defer world = null;

    var search: Search = .{ .gpa = gpa };
    defer search.deinit();
    while (true) {
        try scenario.start();
        for (&fibers) |*one| begin(one);
        const ended = search.run(&here, Scenario.victims, scenario.memory()) catch |err| {
            search.show();
            return err;
        };
        if (ended) scenario.end() catch |err| {
            search.show();
            return err;
        };
        search.counts.runs += 1;
        if (!search.turnBack()) break;
    }
    search.counts.states = search.seen.count();
    return search.counts;
}

fn begin(one: *Fiber) void {
    const top = @intFromPtr(one.stack.ptr) + one.stack.len;
    const entry = @intFromPtr(&enter);
    one.status = .ready;
    one.history = 0;
    one.failure = null;
    one.context = switch (@import("builtin").cpu.arch) {
        // As if called: the return address would be here.
        .x86_64 => .{ .rsp = top - 8, .rbp = 0, .rip = entry },
        .aarch64, .riscv64 => .{ .sp = top, .fp = 0, .pc = entry },
        else => unreachable,
    };
}

/// Depth first, by doing everything again from the start.
const Search = struct {
    gpa: std.mem.Allocator,
    path: std.ArrayList(Choice) = .empty,
    seen: std.AutoHashMapUnmanaged(u64, void) = .empty,
    counts: Counts = .{},

    /// Below `fibers_max` the fiber that goes on, from there on the one that is killed.
    const Choice = struct { options: [2 * fibers_max]u8, count: u8, taken: u8 = 0 };

    fn deinit(search: *Search) void {
        search.path.deinit(search.gpa);
        search.seen.deinit(search.gpa);
    }

    /// False when it came to a state that was met before.
    fn run(search: *Search, here: *World, victims: u32, memory: []const u8) !bool {
        for (0..steps_max) |depth| {
            if (depth == search.path.items.len) {
                const choice = options(here, victims);
                if (choice.count == 0) return true;
                const met = try search.seen.getOrPut(search.gpa, hash(here, memory));
                if (met.found_existing) return false;
                try search.path.append(search.gpa, choice);
            }
            const choice = &search.path.items[depth];
            const option = choice.options[choice.taken];
            search.counts.steps += 1;
            if (option >= fibers_max) {
                here.fibers[option - fibers_max].status = .killed;
                continue;
            }
            const next = &here.fibers[option];
            here.current = option;
            _ = fiber.contextSwitch(&.{ .old = &here.main, .new = &next.context });
            here.current = null;
            if (next.failure) |failure| return failure;
        }
        return error.Endless;
    }

    fn options(here: *const World, victims: u32) Choice {
        var choice: Choice = .{ .options = undefined, .count = 0 };
        var any_killed = false;
        for (here.fibers, 0..) |one, index| {
            any_killed = any_killed or one.status == .killed;
            if (one.status != .ready) continue;
            choice.options[choice.count] = @intCast(index);
            choice.count += 1;
        }
        if (any_killed) return choice;
        for (here.fibers, 0..) |one, index| {
            if (one.status != .ready or victims >> @intCast(index) & 1 == 0) continue;
            choice.options[choice.count] = @intCast(fibers_max + index);
            choice.count += 1;
        }
        return choice;
    }

    fn hash(here: *const World, memory: []const u8) u64 {
        var hasher: std.hash.Wyhash = .init(0);
        hasher.update(memory);
        for (here.fibers) |*one| {
            hasher.update(std.mem.asBytes(&one.history));
            hasher.update(&.{@backingInt(one.status)});
        }
        return hasher.final();
    }

    /// To the last choice with an alternative; false when there is none.
    fn turnBack(search: *Search) bool {
        while (search.path.items.len > 0) {
            const last = &search.path.items[search.path.items.len - 1];
            last.taken += 1;
            if (last.taken < last.count) return true;
            search.path.items.len -= 1;
        }
        return false;
    }

    fn show(search: *const Search) void {
        std.debug.print("run {d}, fibers in this order (from {d} on: killed):", .{ search.counts.runs, fibers_max });
        for (search.path.items) |choice| std.debug.print(" {d}", .{choice.options[choice.taken]});
        std.debug.print("\n", .{});
    }
};

test "finds the one order in which two increments lose one" {
    const Racy = struct {
        pub const threads = 2;
        pub const victims = 0;
        word: u32 = 0,
        lost: u32 = 0,

        pub fn start(racy: *@This()) !void {
            racy.word = 0;
        }

        pub fn run(racy: *@This(), _: usize) !void {
            const before = Stepped.load(u32, &racy.word, .monotonic);
            Stepped.store(u32, &racy.word, before + 1, .monotonic);
        }

        pub fn memory(racy: *@This()) []const u8 {
            return std.mem.asBytes(&racy.word);
        }

        pub fn end(racy: *@This()) !void {
            racy.lost += @intFromBool(racy.word != 2);
        }
    };
    var racy: Racy = .{};
    const counts = try every(Racy, &racy);
    try std.testing.expect(racy.lost > 0 and racy.lost < counts.runs);
}
