//! Who takes part in a queue: lines that are taken, given back, and taken over from the dead.

const layout = @import("layout.zig");
const Endpoint = layout.Endpoint;

/// Who is still there is known to the caller: threads of a process, processes of a machine. An owner is any number but
/// 0, and is not used again while the queue exists: who died and came back has another one.
pub const Liveness = struct {
    context: ?*anyopaque = null,
    is_alive: *const fn (context: ?*anyopaque, owner: u32) bool,

    pub fn isAlive(liveness: Liveness, owner: u32) bool {
        return liveness.is_alive(liveness.context, owner);
    }
};

/// The first of the lines `first..end` that is free, or whose owner is dead; with `liveness` null nobody is.
pub fn attach(
    comptime Atomics: type,
    shared: *layout.Shared,
    first: u32,
    end: u32,
    owner: u32,
    liveness: ?Liveness,
) error{ OwnerInvalid, EndpointTaken }!*Endpoint {
    if (owner == 0) return error.OwnerInvalid;
    for (first..end) |index| {
        const line = shared.endpoint(index);
        const before = Atomics.load(u32, &line.owner, .monotonic);
        if (before != 0 and (liveness == null or liveness.?.isAlive(before))) continue;
        if (Atomics.compareAndSwap(u32, &line.owner, before, owner, .acq_rel) != null) continue;
        // What the dead one was about to do is told by who is alive and is not about to do it: `recover` of the queues.
        Atomics.store(u64, &line.intent, 0, .release);
        Atomics.store(u32, &line.intent_cells, 1, .release);
        return line;
    }
    return error.EndpointTaken;
}

pub fn detach(comptime Atomics: type, line: *Endpoint) void {
    Atomics.store(u32, &line.owner, 0, .release);
}

/// Only its owner counts, others may read; nothing depends on it. Inlined: a call, though rare, would drive what a loop has
/// in registers onto the stack.
pub inline fn count(counter: *u32) void {
    @atomicStore(u32, counter, counter.* +% 1, .monotonic);
}
