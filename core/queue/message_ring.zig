//! Records of any length, written and read in place: claim, fill, commit; read, release. Many producers, or one.
//!
//! A record never lies across the end: what is left there becomes padding. Full and empty are answers, as in the queues.
//!
//! **One producer** publishes by its position, so that a record that is not committed does not exist.
//!
//! **Many producers** move the tail first and write afterwards. A claimed record says so in its first word, with the
//! owner; committing or aborting flips that word. What is free is zeroed by the consumer, so that a first word of 0 means
//! "not written yet". A producer that dies leaves one of three things, and `recover` steps over each:
//! a record that is claimed by an owner who is dead; a tail that was moved though no first word was written; nothing.
//! For the second, every producer writes into its line the position that it is about to claim, before it moves the tail,
//! and clears that after the first word is there. So a first word of 0 below the tail that nobody alive has announced
//! is where the dead are, up to the next word that is not 0 or the next position that somebody alive has announced: the
//! dead wrote nothing, and every position that was ever announced is where a record begins or may begin.
//! Padding is claimed like a record, by a step of its own, so that there is one first word for each move of the tail.
//!
//! A consumer that dies while it zeroes has written before how far it would go; the next one goes on with that. What it
//! had read and not released is read again.

const std = @import("std");
const assert = std.debug.assert;
const layout = @import("layout.zig");
const endpoint = @import("endpoint.zig");
const bell = @import("bell.zig");
const Direct = @import("atomics.zig").Direct;

pub const Producers = enum { one, many };

/// In front of each record.
const prefix_bytes = 8;

/// A record's first word is 0 until it has one of these.
const State = enum(u2) { unwritten, claimed, committed, skipped };

/// Of a record, or of padding: the first word, which JavaScript reads as two of 32 bits.
const Prefix = packed struct(u64) {
    state: State,
    bytes: u30,
    owner: u32,
};

/// What a record of so many bytes takes.
inline fn wholeBytes(bytes: u32) u32 {
    return prefix_bytes + ((bytes + 7) & ~@as(u32, 7));
}

pub fn MessageRing(comptime producers: Producers) type {
    return MessageRingOver(producers, Direct);
}

pub fn MessageRingOver(comptime producers: Producers, comptime Atomics: type) type {
    return struct {
        const Self = @This();
        const many = producers == .many;
        /// `layout.zig` says why.
        const Position = if (many) u64 else u32;
        const closed_bit = 1;
        const announced_bit = 1;
        /// Line 0 is the consumer's.
        const producers_from = 1;

        shared: *layout.Shared,
        plan: layout.Plan,

        pub const Options = struct {
            /// Bytes, a power of two.
            capacity: u32,
            /// How many producers may take part at once.
            producers: u32 = 1,
            /// Where positions begin, a multiple of 8; they may wrap.
            first: Position = 0,
        };

        fn planFor(options: Options) error{OptionsInvalid}!layout.Plan {
            if (options.first % prefix_bytes != 0) return error.OptionsInvalid;
            if (options.producers == 0 or (!many and options.producers > 1)) return error.OptionsInvalid;
            return .make(.{
                .kind = if (many) .ring_many else .ring_one,
                .capacity = options.capacity,
                .endpoints = options.producers +| producers_from,
            });
        }

        pub fn bytesFor(options: Options) error{OptionsInvalid}!u64 {
            return (try planFor(options)).total_bytes;
        }

        /// The longest record of a ring of `capacity` bytes: with its prefix it has half of it, so that there is always a
        /// place where it fits.
        pub fn recordBytesMax(capacity: u32) u32 {
            return capacity / 2 - prefix_bytes;
        }

        /// The region stays the caller's, and must outlive every endpoint.
        pub fn init(region: layout.Region, options: Options) error{ OptionsInvalid, RegionTooSmall }!Self {
            const plan = try planFor(options);
            const shared = try plan.begin(region);
            shared.tail.word = options.first;
            shared.head = .{ .word = options.first, .freeing = options.first, .unused = @splat(0) };
            plan.publish(shared);
            return .{ .shared = shared, .plan = plan };
        }

        /// A ring that somebody else made there.
        pub fn open(region: layout.Region) layout.Plan.OpenError!Self {
            const plan: layout.Plan = try .read(region, if (many) .ring_many else .ring_one, .none);
            return .{ .shared = @ptrCast(region.ptr), .plan = plan };
        }

        pub const AttachError = error{ OwnerInvalid, EndpointTaken };

        /// With `liveness` it may take the place of a dead one.
        pub fn producer(ring: *const Self, owner: u32, liveness: ?endpoint.Liveness) AttachError!Producer {
            const line = try endpoint.attach(Atomics, ring.shared, producers_from, ring.plan.endpoints, owner, liveness);
            var result: Producer = .{ .side = .init(ring, line), .head_seen = undefined, .at = undefined, .owner = owner };
            result.head_seen = Atomics.load(Position, result.side.head(), .acquire);
            result.at = Atomics.load(Position, result.side.tail(), .acquire);
            return result;
        }

        /// At most one at a time; with `liveness` it may take over from a dead one.
        pub fn consumer(ring: *const Self, owner: u32, liveness: ?endpoint.Liveness) AttachError!Consumer {
            const line = try endpoint.attach(Atomics, ring.shared, 0, producers_from, owner, liveness);
            var result: Consumer = .{ .side = .init(ring, line), .released = undefined, .at = undefined, .tail_seen = undefined };
            result.released = Atomics.load(Position, result.side.head(), .acquire);
            result.at = result.released;
            const freeing = Atomics.load(Position, result.side.freeing(), .acquire);
            // Less than a ring, or damaged.
            if (many and freeing -% result.at <= ring.plan.capacity) result.at = freeing & ~@as(Position, prefix_bytes - 1);
            result.release();
            result.tail_seen = result.at;
            return result;
        }

        const Side = struct {
            base: [*]align(prefix_bytes) u8,
            mask: u32,
            shared: *layout.Shared,
            line: *layout.Endpoint,

            fn init(ring: *const Self, line: *layout.Endpoint) Side {
                return .{ .base = ring.shared.data(&ring.plan), .mask = ring.plan.capacity - 1, .shared = ring.shared, .line = line };
            }

            inline fn tail(side: *const Side) *Position {
                return @ptrCast(&side.shared.tail.word);
            }

            inline fn head(side: *const Side) *Position {
                return @ptrCast(&side.shared.head.word);
            }

            inline fn freeing(side: *const Side) *Position {
                return @ptrCast(&side.shared.head.freeing);
            }

            inline fn offset(side: *const Side, at: Position) u32 {
                return @as(u32, @truncate(at)) & side.mask;
            }

            inline fn untilEnd(side: *const Side, at: Position) u32 {
                return side.mask + 1 - side.offset(at);
            }

            inline fn prefix(side: *const Side, at: Position) *u64 {
                return @ptrCast(@alignCast(side.base + side.offset(at)));
            }

            inline fn bytes(side: *const Side, at: Position, size: u32) []u8 {
                return (side.base + side.offset(at) + prefix_bytes)[0..size];
            }

            inline fn write(side: *const Side, at: Position, state: State, size: u32, owner: u32) void {
                const word: Prefix = .{ .state = state, .bytes = @intCast(size), .owner = owner };
                // Release, where no position follows that is.
                Atomics.store(u64, side.prefix(at), @bitCast(word), if (many) .release else .monotonic);
            }

            inline fn isClosed(side: *const Side) bool {
                if (many) return Atomics.load(Position, side.tail(), .acquire) & closed_bit != 0;
                return Atomics.load(u32, &side.shared.header.closed, .acquire) != 0;
            }

            fn close(side: *const Side) void {
                if (many) {
                    // In the tail, so that nothing is claimed after that.
                    _ = Atomics.setBits(Position, side.tail(), closed_bit, .acq_rel);
                } else Atomics.store(u32, &side.shared.header.closed, 1, .release);
            }

            /// Bytes between head and tail, padding and prefixes too.
            fn usedBytes(side: *const Side) u32 {
                const first = Atomics.load(Position, side.head(), .acquire);
                const last = Atomics.load(Position, side.tail(), .acquire) & ~@as(Position, closed_bit);
                return @intCast(@min(last -% first, side.mask + 1));
            }
        };

        pub const ClaimError = error{ Closed, TooLarge };

        pub const Producer = struct {
            side: Side,
            head_seen: Position,
            /// Where the claimed record begins; with one producer, where the next one will.
            at: Position,
            /// Of the claimed record.
            size: u32 = 0,
            has_claim: bool = false,
            owner: u32,

            /// Room for a record of `size` bytes, to be filled and committed or aborted before the next claim; its bytes are
            /// not initialised. Null when full. `TooLarge` above `recordBytesMax`.
            pub inline fn claim(p: *Producer, size: u32) ClaimError!?[]u8 {
                assert(!p.has_claim);
                if (size > p.side.mask / 2 -| (prefix_bytes - 1)) return error.TooLarge;
                const whole = wholeBytes(size);
                if (if (many) try p.claimShared(size, whole) else try p.claimOwn(whole)) {
                    p.size = size;
                    p.has_claim = true;
                    return p.side.bytes(p.at, size);
                }
                return null;
            }

            inline fn claimOwn(p: *Producer, whole: u32) error{Closed}!bool {
                if (p.side.isClosed()) return error.Closed;
                const until_end = p.side.untilEnd(p.at);
                const padding = if (whole > until_end) until_end else 0;
                if (!p.hasRoom(p.at, padding + whole)) {
                    endpoint.count(&p.side.line.full);
                    return false;
                }
                if (padding > 0) {
                    p.side.write(p.at, .skipped, padding - prefix_bytes, p.owner);
                    // Published with the record, or written again.
                    p.at +%= padding;
                }
                return true;
            }

            fn claimShared(p: *Producer, size: u32, whole: u32) error{Closed}!bool {
                var at = Atomics.load(Position, p.side.tail(), .monotonic);
                while (true) {
                    if (at & closed_bit != 0) {
                        p.forget();
                        return error.Closed;
                    }
                    const until_end = p.side.untilEnd(at);
                    const padding = if (whole > until_end) until_end else 0;
                    if (!p.hasRoom(at, padding + whole)) {
                        const now = Atomics.load(Position, p.side.tail(), .monotonic);
                        if (now == at) {
                            p.forget();
                            endpoint.count(&p.side.line.full);
                            return false;
                        }
                        at = now;
                        continue;
                    }
                    Atomics.store(Position, p.intent(), at | announced_bit, .monotonic);
                    const step = if (padding > 0) padding else whole;
                    // Release: who sees the tail moved sees it announced.
                    if (Atomics.compareAndSwap(Position, p.side.tail(), at, at +% step, .acq_rel)) |now| {
                        at = now;
                        continue;
                    }
                    if (padding == 0) {
                        p.side.write(at, .claimed, size, p.owner);
                        p.forget();
                        // Nothing of the record before its first word.
                        Atomics.keepOrder();
                        p.at = at;
                        return true;
                    }
                    p.side.write(at, .skipped, padding - prefix_bytes, p.owner);
                    p.forget();
                    at = Atomics.load(Position, p.side.tail(), .monotonic);
                }
            }

            /// Release: who sees it cleared sees the first word.
            inline fn forget(p: *Producer) void {
                Atomics.store(Position, p.intent(), 0, .release);
            }

            inline fn intent(p: *const Producer) *Position {
                return @ptrCast(&p.side.line.intent);
            }

            inline fn hasRoom(p: *Producer, at: Position, bytes: u32) bool {
                const capacity = p.side.mask + 1;
                if (at +% bytes -% p.head_seen <= capacity) return true;
                // Acquire: the consumer is done with what is free now.
                p.head_seen = Atomics.load(Position, p.side.head(), .acquire);
                return at +% bytes -% p.head_seen <= capacity;
            }

            /// Publishes the first `size` bytes of what was claimed.
            pub inline fn commit(p: *Producer, size: u32) void {
                assert(p.has_claim and size <= p.size);
                p.has_claim = false;
                const whole = wholeBytes(size);
                if (many) {
                    const rest = wholeBytes(p.size) - whole;
                    if (rest > 0) p.side.write(p.at +% whole, .skipped, rest - prefix_bytes, p.owner);
                    // Release: the bytes must be visible before the state.
                    return p.side.write(p.at, .committed, size, p.owner);
                }
                p.side.write(p.at, .committed, size, p.owner);
                p.at +%= whole;
                // Release: the record must be visible before the position.
                Atomics.store(Position, p.side.tail(), p.at, .release);
            }

            /// The consumer never sees it.
            pub fn abort(p: *Producer) void {
                assert(p.has_claim);
                p.has_claim = false;
                if (many) return p.side.write(p.at, .skipped, p.size, p.owner);
                // Padding in front of it was not published either.
                p.at = Atomics.load(Position, p.side.tail(), .monotonic);
            }

            pub fn usedBytes(p: *const Producer) u32 {
                return p.side.usedBytes();
            }

            pub fn isClosed(p: *const Producer) bool {
                return p.side.isClosed();
            }

            /// For all: nothing can be claimed any more; what was claimed may still be committed, and all is read.
            pub fn close(p: *Producer) void {
                p.side.close();
            }

            /// Leaves the place to another; what was claimed must have been committed or aborted.
            pub fn detach(p: *Producer) void {
                assert(!p.has_claim);
                endpoint.detach(Atomics, p.side.line);
                p.* = undefined;
            }

            /// After committing: is the consumer asleep, or about to be?
            pub fn wakeNeeded(p: *const Producer) bool {
                return bell.wakeNeeded(Atomics, &p.side.shared.items);
            }

            /// Before sleeping until there is room: look once more after this.
            pub fn arm(p: *const Producer) void {
                bell.arm(Atomics, &p.side.shared.room);
            }
        };

        pub const Consumer = struct {
            side: Side,
            /// The head: up to here the ring is free.
            released: Position,
            /// Up to here records were read.
            at: Position,
            tail_seen: Position,
            /// A record was read and not released.
            is_lent: bool = false,

            /// The next record, in place: valid until `release`. Null when there is none that is committed.
            /// `Damaged` is what no producer can have written, and stays so.
            pub inline fn read(c: *Consumer) error{Damaged}!?[]const u8 {
                while (true) {
                    if (c.at == c.tail_seen and !try c.look()) return c.foundNone();
                    // Acquire: with it comes what was written before it was committed.
                    const order = if (many) .acquire else .monotonic;
                    const word: Prefix = @bitCast(Atomics.load(u64, c.side.prefix(c.at), order));
                    if (many and (word.state == .unwritten or word.state == .claimed)) return c.foundNone();
                    const at = c.at;
                    const whole = wholeBytes(word.bytes);
                    if (whole > c.tail_seen -% at or whole > c.side.untilEnd(at)) return error.Damaged;
                    if (word.state == .committed) {
                        c.at = at +% whole;
                        c.is_lent = true;
                        return c.side.bytes(at, word.bytes);
                    }
                    if (word.state != .skipped) return error.Damaged;
                    c.at = at +% whole;
                }
            }

            /// Is the tail further than it was?
            inline fn look(c: *Consumer) error{Damaged}!bool {
                const tail = Atomics.load(Position, c.side.tail(), .acquire) & ~@as(Position, if (many) closed_bit else 0);
                if (tail -% c.released > c.side.mask + 1 or tail % prefix_bytes != 0) return error.Damaged;
                c.tail_seen = tail;
                return tail != c.at;
            }

            inline fn foundNone(c: *Consumer) ?[]const u8 {
                // Who has read nothing since doesn't release, and padding must not be what keeps a producer waiting.
                if (!c.is_lent) c.release();
                endpoint.count(&c.side.line.empty);
                return null;
            }

            /// Gives back all records that were read. One publication, and the bytes that they had are zeroed in one go.
            pub inline fn release(c: *Consumer) void {
                c.is_lent = false;
                if (c.at == c.released) return;
                if (many) {
                    // A consumer that takes over goes on with this: half a record is no record.
                    Atomics.store(Position, c.side.freeing(), c.at, .release);
                    Atomics.keepOrder();
                    c.zero(c.released, @intCast(c.at -% c.released));
                }
                c.released = c.at;
                // Release: all must have been read, and zeroed, before it is free.
                Atomics.store(Position, c.side.head(), c.at, .release);
            }

            fn zero(c: *const Consumer, from: Position, bytes: u32) void {
                const first = @min(bytes, c.side.untilEnd(from));
                @memset(c.side.base[c.side.offset(from)..][0..first], 0);
                @memset(c.side.base[0 .. bytes - first], 0);
            }

            /// Steps over what dead producers left where the ring goes on; says over how many bytes. Harmless at any time.
            pub fn recover(c: *Consumer, liveness: endpoint.Liveness) error{Damaged}!u32 {
                if (!many) return 0;
                const before = c.at;
                while (c.at != c.tail_seen or try c.look()) {
                    const bytes = c.abandonedBytes(liveness);
                    if (bytes == 0) break;
                    if (bytes > c.tail_seen -% c.at or bytes > c.side.untilEnd(c.at)) return error.Damaged;
                    endpoint.count(&c.side.line.abandoned);
                    c.at +%= bytes;
                }
                const bytes: u32 = @intCast(c.at -% before);
                if (!c.is_lent) c.release();
                return bytes;
            }

            /// In one piece from where the consumer is; 0 when somebody alive is at it, or it is well.
            fn abandonedBytes(c: *const Consumer, liveness: endpoint.Liveness) u32 {
                const word: Prefix = @bitCast(Atomics.load(u64, c.side.prefix(c.at), .acquire));
                switch (word.state) {
                    .claimed => {
                        if (liveness.isAlive(word.owner)) return 0;
                        // It may have committed before it died.
                        const now: Prefix = @bitCast(Atomics.load(u64, c.side.prefix(c.at), .acquire));
                        return if (now.state == .claimed) wholeBytes(now.bytes) else 0;
                    },
                    .committed, .skipped => return 0,
                    .unwritten => {},
                }
                // The tail was read before: who moved it to there has announced it.
                var bytes: u32 = @intCast(@min(c.tail_seen -% c.at, c.side.untilEnd(c.at)));
                for (producers_from..c.producerLinesEnd()) |index| {
                    const line = c.side.shared.endpoint(index);
                    const announced = Atomics.load(Position, @ptrCast(&line.intent), .acquire);
                    const distance = (announced & ~@as(Position, announced_bit)) -% c.at;
                    if (announced & announced_bit == 0 or distance >= bytes) continue;
                    const owner = Atomics.load(u32, &line.owner, .acquire);
                    if (owner != 0 and liveness.isAlive(owner)) bytes = @intCast(distance & ~@as(Position, prefix_bytes - 1));
                }
                // After the lines: who has cleared its line has written its first word.
                var zeros: u32 = 0;
                while (zeros < bytes) : (zeros += prefix_bytes) {
                    if (Atomics.load(u64, c.side.prefix(c.at +% zeros), .acquire) != 0) break;
                }
                return zeros;
            }

            fn producerLinesEnd(c: *const Consumer) usize {
                const data = @intFromPtr(c.side.base) - @intFromPtr(c.side.shared);
                return (data - @sizeOf(layout.Shared)) / @sizeOf(layout.Endpoint);
            }

            pub fn usedBytes(c: *const Consumer) u32 {
                return c.side.usedBytes();
            }

            /// Closed, and everything was read.
            pub fn isFinished(c: *const Consumer) bool {
                if (many) return Atomics.load(Position, c.side.tail(), .acquire) == c.at | closed_bit;
                // In this order: what was committed before it was closed is seen.
                return c.side.isClosed() and Atomics.load(Position, c.side.tail(), .acquire) == c.at;
            }

            /// Producers are told `Closed` from now on; what is committed in this moment may stay in a ring of one producer.
            pub fn close(c: *Consumer) void {
                c.side.close();
            }

            /// Leaves the place to another, which reads again what was not released.
            pub fn detach(c: *Consumer) void {
                endpoint.detach(Atomics, c.side.line);
                c.* = undefined;
            }

            /// After releasing: is a producer asleep, or about to be? True for one, who wakes all.
            pub fn wakeNeeded(c: *const Consumer) bool {
                return bell.wakeNeeded(Atomics, &c.side.shared.room);
            }

            /// Before sleeping until there is a record: look once more after this.
            pub fn arm(c: *const Consumer) void {
                bell.arm(Atomics, &c.side.shared.items);
            }
        };
    };
}

comptime {
    // A record's first word has room for its size, and each half of it is of JavaScript's 32 bits.
    assert(@import("../limits.zig").ring_bytes_max <= 1 << 30 and @sizeOf(Prefix) == prefix_bytes);
}
