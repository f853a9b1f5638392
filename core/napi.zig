//! What is used of Node-API, as which the library is loaded a second time: what a JavaScript thread leaves is found there.

const std = @import("std");
const builtin = @import("builtin");

pub const Env = ?*opaque {};
pub const Value = ?*opaque {};
pub const CallbackInfo = ?*opaque {};
pub const Function = ?*opaque {};
pub const Status = c_int;
pub const ok: Status = 0;
pub const nonblocking: c_int = 0;
pub const undefined_length = std.math.maxInt(usize);

pub const Callback = *const fn (Env, CallbackInfo) callconv(.c) Value;
pub const Hook = *const fn (?*anyopaque) callconv(.c) void;

/// Found in the process that loads the library: outside of one the core works without.
pub const Napi = struct {
    napi_create_function: *const fn (Env, ?[*]const u8, usize, Callback, ?*anyopaque, *Value) callconv(.c) Status,
    napi_set_named_property: *const fn (Env, Value, [*:0]const u8, Value) callconv(.c) Status,
    napi_get_cb_info: *const fn (Env, CallbackInfo, *usize, [*]Value, ?*Value, ?*?*anyopaque) callconv(.c) Status,
    napi_get_value_int64: *const fn (Env, Value, *i64) callconv(.c) Status,
    napi_create_string_utf8: *const fn (Env, [*]const u8, usize, *Value) callconv(.c) Status,
    napi_throw_error: *const fn (Env, ?[*:0]const u8, [*:0]const u8) callconv(.c) Status,
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
    ) callconv(.c) Status,
    napi_call_threadsafe_function: *const fn (Function, ?*anyopaque, c_int) callconv(.c) Status,
    napi_ref_threadsafe_function: *const fn (Env, Function) callconv(.c) Status,
    napi_unref_threadsafe_function: *const fn (Env, Function) callconv(.c) Status,
    napi_add_env_cleanup_hook: *const fn (Env, Hook, ?*anyopaque) callconv(.c) Status,

    pub fn find() ?Napi {
        var napi: Napi = undefined;
        inline for (@typeInfo(Napi).@"struct".field_names) |name| {
            const symbol = std.c.dlsym(everywhere, name ++ "") orelse return null;
            @field(napi, name) = @ptrCast(@alignCast(symbol));
        }
        return napi;
    }

    /// RTLD_DEFAULT.
    const everywhere: ?*anyopaque = if (builtin.os.tag.isDarwin()) @ptrFromInt(@as(usize, @bitCast(@as(isize, -2)))) else null;

    /// The first argument of a call, which is the address of something of the core.
    pub fn first(napi: *const Napi, comptime T: type, env: Env, info: CallbackInfo) error{Refused}!*T {
        var values: [1]Value = undefined;
        var count: usize = values.len;
        try check(napi.napi_get_cb_info(env, info, &count, &values, null, null));
        if (count < values.len) return error.Refused;
        return napi.addressed(T, env, values[0]);
    }

    pub fn addressed(napi: *const Napi, comptime T: type, env: Env, value: Value) error{Refused}!*T {
        var address: i64 = 0;
        try check(napi.napi_get_value_int64(env, value, &address));
        if (address <= 0) return error.Refused;
        return @ptrFromInt(@as(usize, @intCast(address)));
    }

    /// Puts the functions that `Exports` declares where JavaScript finds them.
    pub fn define(napi: *const Napi, env: Env, exports: Value, comptime Exports: type) void {
        inline for (comptime std.meta.declarations(Exports)) |name| {
            var function: Value = null;
            if (napi.napi_create_function(env, name.ptr, undefined_length, @field(Exports, name), null, &function) == ok) {
                _ = napi.napi_set_named_property(env, exports, name, function);
            }
        }
    }
};

pub fn check(status: Status) error{Refused}!void {
    if (status != ok) return error.Refused;
}
