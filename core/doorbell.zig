//! Wakes JavaScript: a thread that sleeps on the runtime's bell and calls a thread-safe function of Node-API.
//!
//! When the JavaScript thread ends, however it does, the environment's clean-up hook stops the sleeper and closes the
//! runtime with everything that it holds.

const std = @import("std");
const napi_file = @import("napi.zig");
const runtime_file = @import("runtime.zig");
const CallbackInfo = napi_file.CallbackInfo;
const Env = napi_file.Env;
const Napi = napi_file.Napi;
const Runtime = runtime_file.Runtime;
const Value = napi_file.Value;
const check = napi_file.check;

const Doorbell = struct {
    napi: Napi,
    runtime: *Runtime,
    function: napi_file.Function,
    sleeper: std.Thread,

    fn sleep(doorbell: *Doorbell) void {
        while (doorbell.runtime.bell.sleep()) {
            // A call that is refused belongs to a thread that is ending: the hook comes next.
            _ = doorbell.napi.napi_call_threadsafe_function(doorbell.function, null, napi_file.nonblocking);
        }
    }

    /// The JavaScript thread is over. The thread-safe function belongs to its environment, which ends it.
    fn end(context: ?*anyopaque) callconv(.c) void {
        const doorbell: *Doorbell = @ptrCast(@alignCast(context));
        doorbell.runtime.bell.stop();
        doorbell.sleeper.join();
        doorbell.runtime.close();
        std.heap.c_allocator.destroy(doorbell);
    }
};

pub const Exports = struct {
    /// `attach(runtime, callback)`: from now on `callback` is called when the armed bell rings.
    pub fn attach(env: Env, info: CallbackInfo) callconv(.c) Value {
        const napi = Napi.find() orelse return null;
        attachTo(env, info, &napi) catch {
            _ = napi.napi_throw_error(env, null, "the doorbell could not be set up");
        };
        return null;
    }

    /// `ref(runtime)`: the doorbell keeps the process alive, which it does from the start.
    pub fn ref(env: Env, info: CallbackInfo) callconv(.c) Value {
        const napi = Napi.find() orelse return null;
        const doorbell = doorbellOf(env, info, &napi) orelse return null;
        _ = napi.napi_ref_threadsafe_function(env, doorbell.function);
        return null;
    }

    pub fn unref(env: Env, info: CallbackInfo) callconv(.c) Value {
        const napi = Napi.find() orelse return null;
        const doorbell = doorbellOf(env, info, &napi) orelse return null;
        _ = napi.napi_unref_threadsafe_function(env, doorbell.function);
        return null;
    }
};

fn doorbellOf(env: Env, info: CallbackInfo, napi: *const Napi) ?*Doorbell {
    const runtime = napi.first(Runtime, env, info) catch return null;
    return @ptrCast(@alignCast(runtime.doorbell));
}

fn attachTo(env: Env, info: CallbackInfo, napi: *const Napi) !void {
    var values: [2]Value = undefined;
    var count: usize = values.len;
    try check(napi.napi_get_cb_info(env, info, &count, &values, null, null));
    if (count != values.len) return error.Refused;
    const runtime = try napi.addressed(Runtime, env, values[0]);
    if (runtime.doorbell != null) return error.Refused;

    const doorbell = try std.heap.c_allocator.create(Doorbell);
    errdefer std.heap.c_allocator.destroy(doorbell);
    doorbell.* = .{ .napi = napi.*, .runtime = runtime, .function = null, .sleeper = undefined };
    var name: Value = null;
    try check(napi.napi_create_string_utf8(env, "fasterapi", "fasterapi".len, &name));
    try check(napi.napi_create_threadsafe_function(env, values[1], null, name, 0, 1, null, null, null, null, &doorbell.function));
    doorbell.sleeper = try .spawn(.{ .stack_size = 256 * 1024 }, Doorbell.sleep, .{doorbell});
    errdefer {
        runtime.bell.stop();
        doorbell.sleeper.join();
    }
    try check(napi.napi_add_env_cleanup_hook(env, Doorbell.end, doorbell));
    runtime.doorbell = doorbell;
}
