//! Sleeping without missing anything. Apart from the queues, so that who never sleeps doesn't pay for it.
//!
//! Who is about to sleep arms the bell, looks once more, and sleeps if there is still nothing. Who has pushed (popped)
//! asks whether it has to wake. Both change the same word, so one of them comes second: either the sleeper sees the
//! item or the other sees the bell. That is the StoreLoad fence which `tryPush` and `tryPop` do without.

const Bell = @import("layout.zig").Bell;

pub fn arm(comptime Atomics: type, bell: *Bell) void {
    _ = Atomics.swap(u32, &bell.armed, 1, .seq_cst);
}

/// True for one of those who ask after it was armed; that one wakes all who sleep, and who finds nothing arms again.
pub fn wakeNeeded(comptime Atomics: type, bell: *Bell) bool {
    return Atomics.swap(u32, &bell.armed, 0, .seq_cst) == 1;
}
