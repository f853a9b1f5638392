//! Wakes JavaScript: a thread that sleeps on the runtime's bell and calls a thread-safe function of Node-API.
//!
//! The library is loaded a second time as a Node-API module for this alone. When the JavaScript thread ends, however
//! it does, the environment's clean-up hook stops the sleeper and closes the runtime with everything that it holds.

const std = @import("std");
const builtin = @import("builtin");
const runtime_file = @import("runtime.zig");
const Runtime = runtime_file.Runtime;

const Env = ?*opaque {};
const Value = ?*opaque {};
const CallbackInfo = ?*opaque {};
const Function = ?*opaque {};
const NapiStatus = c_int;
const napi_ok: NapiStatus = 0;
const napi_nonblocking: c_int = 0;
const napi_undefined_length = std.math.maxInt(usize);

const Callback = *const fn (Env, CallbackInfo) callconv(.c) Value;
const Hook = *const fn (?*anyopaque) callconv(.c) void;

/// What is used of Node-API, found in the process that loads the library: outside of one the core works without.
const Napi = struct {
    napi_create_function: *const fn (Env, ?[*]const u8, usize, Callback, ?*anyopaque, *Value) callconv(.c) NapiStatus,
    napi_set_named_property: *const fn (Env, Value, [*:0]const u8, Value) callconv(.c) NapiStatus,
    napi_get_cb_info: *const fn (Env, CallbackInfo, *usize, [*]Value, ?*Value, ?*?*anyopaque) callconv(.c) NapiStatus,
    napi_get_value_int64: *const fn (Env, Value, *i64) callconv(.c) NapiStatus,
    napi_create_string_utf8: *const fn (Env, [*]const u8, usize, *Value) callconv(.c) NapiStatus,
    napi_throw_error: *const fn (Env, ?[*:0]const u8, [*:0]const u8) callconv(.c) NapiStatus,
    napi_create_threadsafe_function: *const fn (
        Env,
        Value,
        Value,
        Value,
        usize,
        usize,
        ?*anyopaque,
        ?*anyopaque,
        ?*anyopaque,
        ?*anyopaque,
        *Function,
    ) callconv(.c) NapiStatus,
    napi_call_threadsafe_function: *const fn (Function, ?*anyopaque, c_int) callconv(.c) NapiStatus,
    napi_ref_threadsafe_function: *const fn (Env, Function) callconv(.c) NapiStatus,
    napi_unref_threadsafe_function: *const fn (Env, Function) callconv(.c) NapiStatus,
    napi_add_env_cleanup_hook: *const fn (Env, Hook, ?*anyopaque) callconv(.c) NapiStatus,

    fn find() ?Napi {
        var napi: Napi = undefined;
        inline for (@typeInfo(Napi).@"struct".field_names) |name| {
            const symbol = std.c.dlsym(everywhere, name ++ "") orelse return null;
            @field(napi, name) = @ptrCast(@alignCast(symbol));
        }
        return napi;
    }

    /// RTLD_DEFAULT.
    const everywhere: ?*anyopaque = if (builtin.os.tag.isDarwin()) @ptrFromInt(@as(usize, @bitCast(@as(isize, -2)))) else null;
};

const Doorbell = struct {
    napi: Napi,
    runtime: *Runtime,
    function: Function,
    sleeper: std.Thread,

    fn sleep(doorbell: *Doorbell) void {
        while (doorbell.runtime.bell.sleep()) {
            // A call that is refused belongs to a thread that is ending: the hook comes next.
            _ = doorbell.napi.napi_call_threadsafe_function(doorbell.function, null, napi_nonblocking);
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

const Exports = struct {
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
        const runtime = runtimeOf(env, info, &napi) orelse return null;
        const doorbell: *Doorbell = @ptrCast(@alignCast(runtime.doorbell orelse return null));
        _ = napi.napi_ref_threadsafe_function(env, doorbell.function);
        return null;
    }

    pub fn unref(env: Env, info: CallbackInfo) callconv(.c) Value {
        const napi = Napi.find() orelse return null;
        const runtime = runtimeOf(env, info, &napi) orelse return null;
        const doorbell: *Doorbell = @ptrCast(@alignCast(runtime.doorbell orelse return null));
        _ = napi.napi_unref_threadsafe_function(env, doorbell.function);
        return null;
    }
};

fn runtimeOf(env: Env, info: CallbackInfo, napi: *const Napi) ?*Runtime {
    var values: [1]Value = undefined;
    var count: usize = values.len;
    var address: i64 = 0;
    if (napi.napi_get_cb_info(env, info, &count, &values, null, null) != napi_ok or count < 1) return null;
    if (napi.napi_get_value_int64(env, values[0], &address) != napi_ok) return null;
    return @ptrFromInt(@as(usize, @intCast(address)));
}

fn attachTo(env: Env, info: CallbackInfo, napi: *const Napi) !void {
    var values: [2]Value = undefined;
    var count: usize = values.len;
    var address: i64 = 0;
    try check(napi.napi_get_cb_info(env, info, &count, &values, null, null));
    if (count != values.len) return error.Refused;
    try check(napi.napi_get_value_int64(env, values[0], &address));
    const runtime: *Runtime = @ptrFromInt(@as(usize, @intCast(address)));
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

fn check(status: NapiStatus) error{Refused}!void {
    if (status != napi_ok) return error.Refused;
}

fn register(env: Env, exports: Value) callconv(.c) Value {
    const napi = Napi.find() orelse return exports;
    inline for (comptime std.meta.declarations(Exports)) |name| {
        var function: Value = null;
        if (napi.napi_create_function(env, name.ptr, napi_undefined_length, @field(Exports, name), null, &function) == napi_ok) {
            _ = napi.napi_set_named_property(env, exports, name, function);
        }
    }
    return exports;
}

comptime {
    @export(&register, .{ .name = "napi_register_module_v1" });
}
