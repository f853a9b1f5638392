//! Where the stack of a thread ends: who is called deep inside of a recursion of JavaScript has less of it than at the start.

const std = @import("std");
const builtin = @import("builtin");

/// Linux keeps pages without access at the end, and a stack's size counts them in.
const guard_bytes = 64 * 1024;
/// Where nobody knows: so much is there in any case.
const assumed_bytes = 256 * 1024;

/// Of the calling thread.
pub fn end() usize {
    return if (builtin.os.tag.isDarwin()) endOnDarwin() else endOnLinux();
}

const Attributes = extern union { space: [64]u8, alignment: c_long };
extern "c" fn pthread_self() usize;
extern "c" fn pthread_getattr_np(thread: usize, attributes: *Attributes) c_int;
extern "c" fn pthread_attr_getstack(attributes: *const Attributes, address: *usize, size: *usize) c_int;
extern "c" fn pthread_attr_destroy(attributes: *Attributes) c_int;
extern "c" fn pthread_get_stackaddr_np(thread: usize) usize;
extern "c" fn pthread_get_stacksize_np(thread: usize) usize;

fn endOnLinux() usize {
    const assumed = @frameAddress() - assumed_bytes;
    var attributes: Attributes = undefined;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return assumed;
    defer _ = pthread_attr_destroy(&attributes);
    var address: usize = 0;
    var size: usize = 0;
    if (pthread_attr_getstack(&attributes, &address, &size) != 0) return assumed;
    return address + guard_bytes;
}

/// The address is that of the other end.
fn endOnDarwin() usize {
    const thread = pthread_self();
    return pthread_get_stackaddr_np(thread) - pthread_get_stacksize_np(thread) + guard_bytes;
}

test "a thread's stack ends below what it uses of it" {
    const Probe = struct {
        fn run(bytes: *usize) void {
            bytes.* = @frameAddress() - end();
        }
    };
    var bytes: usize = 0;
    // Of which variables of the thread take their part.
    const size = 4 * 1024 * 1024;
    const thread: std.Thread = try .spawn(.{ .stack_size = size }, Probe.run, .{&bytes});
    thread.join();
    try std.testing.expect(bytes > size / 2 and bytes < size);
}
