//! The library as a module of Node-API: what JavaScript calls there, because only there it is told when a thread ends.

const doorbell = @import("doorbell.zig");
const napi_file = @import("napi.zig");
const CallbackInfo = napi_file.CallbackInfo;
const Env = napi_file.Env;
const Kit = @import("kit.zig").Kit;
const Napi = napi_file.Napi;
const Value = napi_file.Value;

const Exports = struct {
    /// `keep(kit)`: the kit is closed when the JavaScript thread ends, however it does.
    pub fn keep(env: Env, info: CallbackInfo) callconv(.c) Value {
        const napi = Napi.find() orelse return null;
        keepTo(env, info, &napi) catch {
            _ = napi.napi_throw_error(env, null, "the end of the thread can't be waited for");
        };
        return null;
    }
};

fn keepTo(env: Env, info: CallbackInfo, napi: *const Napi) error{Refused}!void {
    const kit = try napi.first(Kit, env, info);
    try napi_file.check(napi.napi_add_env_cleanup_hook(env, close, kit));
}

fn close(context: ?*anyopaque) callconv(.c) void {
    const kit: *Kit = @ptrCast(@alignCast(context));
    kit.close();
}

fn register(env: Env, exports: Value) callconv(.c) Value {
    const napi = Napi.find() orelse return exports;
    napi.define(env, exports, doorbell.Exports);
    napi.define(env, exports, Exports);
    return exports;
}

comptime {
    @export(&register, .{ .name = "napi_register_module_v1" });
}
