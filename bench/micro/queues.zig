//! Queues and rings behind `micro.h`: each loop has its endpoints on its own stack, as a thread that uses them would.

const std = @import("std");
const core = @import("core");
const layout = core.queue.layout;
const pages = core.memory.pages;

pub const Queue = extern struct {
    impl: ?[*:0]const u8 = null,
    part: ?[*:0]const u8 = null,
    open: ?*const fn (usize) callconv(.c) ?*anyopaque = null,
    close: ?*const fn (*anyopaque) callconv(.c) void = null,
    same_thread: ?*const fn (*anyopaque, u64) callconv(.c) u64 = null,
    produce: ?*const fn (*anyopaque, u64, u64) callconv(.c) void = null,
    consume: ?*const fn (*anyopaque, u64) callconv(.c) u64 = null,
};

pub const list = [_]Queue{
    entry("fasterapi", "spsc", Spsc),
    entry("fasterapi", "mpmc", Mpmc),
    entry("fasterapi, one producer", "record", Ring(.one)),
    entry("fasterapi, many producers", "record", Ring(.many)),
    .{},
};

const allocator = std.heap.c_allocator;

/// How everyone in the comparison waits: spin politely, then let another thread of this core run.
const Wait = struct {
    spins: u32 = 0,

    fn pause(wait: *Wait) void {
        wait.spins += 1;
        if (wait.spins % 64 == 0) {
            // It never fails where these benchmarks run.
            std.Thread.yield() catch |err| std.debug.panic("{t}", .{err});
        } else std.atomic.spinLoopHint();
    }
};

fn entry(impl: [*:0]const u8, part: [*:0]const u8, comptime Contender: type) Queue {
    const loops = struct {
        fn open(capacity: usize) callconv(.c) ?*anyopaque {
            const queue = allocator.create(Contender) catch return null;
            queue.* = Contender.init(@intCast(capacity)) catch |err| {
                std.debug.print("plugin: {t}\n", .{err});
                return null;
            };
            return queue;
        }

        fn close(queue: *anyopaque) callconv(.c) void {
            const contender: *Contender = @ptrCast(@alignCast(queue));
            pages.release(contender.region);
            allocator.destroy(contender);
        }

        fn sameThread(queue: *anyopaque, n: u64) callconv(.c) u64 {
            const contender: *Contender = @ptrCast(@alignCast(queue));
            var sender = contender.sender();
            var receiver = contender.receiver();
            defer contender.put(sender, receiver);
            var sum: u64 = 0;
            for (0..n) |i| {
                while (!sender.send(i)) {}
                sum +%= while (true) break receiver.receive() orelse continue;
            }
            return sum;
        }

        fn produce(queue: *anyopaque, first: u64, n: u64) callconv(.c) void {
            const contender: *Contender = @ptrCast(@alignCast(queue));
            var sender = contender.sender();
            defer contender.put(sender, null);
            for (first..first + n) |i| {
                var wait: Wait = .{};
                while (!sender.send(i)) wait.pause();
            }
        }

        fn consume(queue: *anyopaque, n: u64) callconv(.c) u64 {
            const contender: *Contender = @ptrCast(@alignCast(queue));
            var receiver = contender.receiver();
            defer contender.put(null, receiver);
            var sum: u64 = 0;
            for (0..n) |_| {
                var wait: Wait = .{};
                sum +%= while (true) break receiver.receive() orelse {
                    wait.pause();
                    continue;
                };
            }
            return sum;
        }
    };
    return .{
        .impl = impl,
        .part = part,
        .open = &loops.open,
        .close = &loops.close,
        .same_thread = &loops.sameThread,
        .produce = &loops.produce,
        .consume = &loops.consume,
    };
}

const Spsc = struct {
    const Items = core.queue.spsc.Spsc(u64);

    region: pages.Region,
    producer: Items.Producer align(layout.line_bytes),
    consumer: Items.Consumer align(layout.line_bytes),

    fn init(capacity: u32) !Spsc {
        const region = try pages.reserve(@intCast(try Items.bytesFor(.{ .capacity = capacity })));
        const queue: Items = try .init(region, .{ .capacity = capacity });
        return .{ .region = region, .producer = try queue.producer(1, null), .consumer = try queue.consumer(2, null) };
    }

    const Sender = struct {
        producer: Items.Producer,

        inline fn send(s: *Sender, value: u64) bool {
            return s.producer.tryPush(value) == .sent;
        }
    };

    const Receiver = struct {
        consumer: Items.Consumer,

        inline fn receive(r: *Receiver) ?u64 {
            return r.consumer.tryPop();
        }
    };

    fn sender(spsc: *Spsc) Sender {
        return .{ .producer = spsc.producer };
    }

    fn receiver(spsc: *Spsc) Receiver {
        return .{ .consumer = spsc.consumer };
    }

    fn put(spsc: *Spsc, s: ?Sender, r: ?Receiver) void {
        if (s) |some| spsc.producer = some.producer;
        if (r) |some| spsc.consumer = some.consumer;
    }
};

const Mpmc = struct {
    const Items = core.queue.mpmc.Mpmc(u64);
    const threads_max = 8;

    region: pages.Region,
    queue: Items,
    next_owner: std.atomic.Value(u32) = .init(1),

    fn init(capacity: u32) !Mpmc {
        const options: Items.Options = .{ .capacity = capacity, .endpoints = threads_max };
        const region = try pages.reserve(@intCast(try Items.bytesFor(options)));
        return .{ .region = region, .queue = try .init(region, options) };
    }

    const End = struct {
        endpoint: Items.Endpoint,

        inline fn send(end: *End, value: u64) bool {
            return end.endpoint.tryPush(value) == .sent;
        }

        inline fn receive(end: *End) ?u64 {
            return end.endpoint.tryPop();
        }
    };

    fn sender(mpmc: *Mpmc) End {
        const owner = mpmc.next_owner.fetchAdd(1, .monotonic);
        return .{ .endpoint = mpmc.queue.attach(owner, null) catch |err| std.debug.panic("{t}", .{err}) };
    }

    const receiver = sender;

    fn put(_: *Mpmc, s: ?End, r: ?End) void {
        for ([_]?End{ s, r }) |end| {
            if (end == null) continue;
            var endpoint = end.?.endpoint;
            endpoint.detach();
        }
    }
};

/// Every record's bytes from the ninth on, as in `micro.h`.
const record_template = template: {
    var bytes: [256]u8 = undefined;
    for (&bytes, 0..) |*byte, i| byte.* = @truncate(i * 7 + 1);
    break :template bytes;
};

fn recordSize(sequence: u64) u32 {
    return @intCast(16 + 8 * (((sequence *% 0x9E37_79B9_7F4A_7C15) >> 33) % 31));
}

fn Ring(comptime producers: core.queue.message_ring.Producers) type {
    return struct {
        const Self = @This();
        const Records = core.queue.message_ring.MessageRing(producers);

        region: pages.Region,
        producer: Records.Producer align(layout.line_bytes),
        consumer: Records.Consumer align(layout.line_bytes),

        fn init(capacity: u32) !Self {
            const region = try pages.reserve(@intCast(try Records.bytesFor(.{ .capacity = capacity })));
            const ring: Records = try .init(region, .{ .capacity = capacity });
            return .{ .region = region, .producer = try ring.producer(1, null), .consumer = try ring.consumer(2, null) };
        }

        const Sender = struct {
            producer: Records.Producer,

            inline fn send(s: *Sender, sequence: u64) bool {
                const size = recordSize(sequence);
                const room = (s.producer.claim(size) catch |err| std.debug.panic("{t}", .{err})) orelse return false;
                std.mem.writeInt(u64, room[0..8], sequence, .little);
                @memcpy(room[8..], record_template[8..room.len]);
                s.producer.commit(size);
                return true;
            }
        };

        const Receiver = struct {
            consumer: Records.Consumer,

            inline fn receive(r: *Receiver) ?u64 {
                const record = (r.consumer.read() catch |err| std.debug.panic("{t}", .{err})) orelse return null;
                const value = std.mem.readInt(u64, record[0..8], .little) + record.len + record[record.len - 1];
                r.consumer.release();
                return value;
            }
        };

        fn sender(ring: *Self) Sender {
            return .{ .producer = ring.producer };
        }

        fn receiver(ring: *Self) Receiver {
            return .{ .consumer = ring.consumer };
        }

        fn put(ring: *Self, s: ?Sender, r: ?Receiver) void {
            if (s) |some| ring.producer = some.producer;
            if (r) |some| ring.consumer = some.consumer;
        }
    };
}
