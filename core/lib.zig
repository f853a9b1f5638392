//! The library: exports what `abi.zig` declares. Each function casts, calls and maps the error, nothing more.

const std = @import("std");
const abi = @import("abi.zig");
const blob = @import("memory/blob.zig");
const http_messages = @import("http_messages.zig");
const json_scan = @import("codec/json_scan.zig");
const json_schemas = @import("json_schemas.zig");
const links = @import("links.zig");
const limits = @import("limits.zig");
const routers = @import("routers.zig");
const schemas = @import("schemas.zig");
const servers = @import("servers.zig");
const streams = @import("streams.zig");
const Kit = @import("kit.zig").Kit;
const Method = @import("http/method.zig").Method;
const Runtime = @import("runtime.zig").Runtime;
const Status = abi.Status;

const allocator = std.heap.c_allocator;

pub const panic = std.debug.simple_panic;

comptime {
    _ = @import("addon.zig");
    for (std.meta.declarations(abi.Functions)) |name| {
        const function = @field(Exports, name);
        const Declared = @field(abi.Functions, name);
        if (@TypeOf(function) != Declared) @compileError(name ++ " is not what abi.zig declares");
        @export(&function, .{ .name = name });
    }
    for (std.meta.declarations(Exports)) |name| {
        if (!@hasDecl(abi.Functions, name)) @compileError(name ++ " is not in abi.zig");
    }
}

fn of(runtime: *abi.Runtime) *Runtime {
    return @ptrCast(@alignCast(runtime));
}

fn ofKit(kit: *abi.Kit) *Kit {
    return @ptrCast(@alignCast(kit));
}

/// The caller's buffers have any alignment.
fn read(comptime T: type, bytes: abi.Bytes) T {
    var value: T = undefined;
    @memcpy(std.mem.asBytes(&value), bytes[0..@sizeOf(T)]);
    return value;
}

fn write(bytes: abi.Bytes, value: anytype) void {
    @memcpy(bytes[0..@sizeOf(@TypeOf(value))], std.mem.asBytes(&value));
}

fn methodOf(number: u32) ?Method {
    return if (number < Method.count) @fromBackingInt(@intCast(number)) else null;
}

/// Writes what is wrong, if something is.
fn tell(result: http_messages.Result, fault: abi.Bytes) i64 {
    switch (result) {
        .partial => return @backingInt(abi.HttpParsed.partial),
        .complete => |count| return @intCast(count),
        .faulty => |found| {
            const text = found.detail();
            write(fault, @as(u32, found.status()) << 16 | @as(u32, @intCast(text.len)));
            @memcpy(fault[4..][0..text.len], text);
            return @backingInt(abi.HttpParsed.faulty);
        },
    }
}

fn statusOf(result: abi.Status.Error!void) Status {
    result catch |err| return .of(err);
    return .ok;
}

const Exports = struct {
    pub fn fa_abi_hash() callconv(.c) u64 {
        return abi.hash;
    }

    pub fn fa_runtime_open(views: abi.Bytes, spin_us: i32) callconv(.c) Status {
        const runtime = Runtime.open(allocator) catch |err| return .of(err);
        runtime.setSpin(spin_us);
        var shared = runtime.views();
        shared.bytes_free = @intFromPtr(&fa_bytes_free);
        write(views, shared);
        return .ok;
    }

    pub fn fa_runtime_close(runtime: *abi.Runtime) callconv(.c) void {
        of(runtime).close();
    }

    pub fn fa_runtime_spin(runtime: *abi.Runtime, spin_us: i32) callconv(.c) void {
        of(runtime).setSpin(spin_us);
    }

    pub fn fa_runtime_poll(runtime: *abi.Runtime, busy: bool) callconv(.c) i32 {
        return of(runtime).poll(busy);
    }

    pub fn fa_runtime_flush(runtime: *abi.Runtime, count: u32) callconv(.c) bool {
        return of(runtime).flush(count);
    }

    pub fn fa_response_send(
        runtime: *abi.Runtime,
        response: abi.Bytes,
        headers: abi.Bytes,
        headers_bytes: u32,
        body: abi.Bytes,
        body_bytes: f64,
    ) callconv(.c) Status {
        const answer = read(abi.Response, response);
        of(runtime).respondNow(&answer, headers[0..headers_bytes], body[0..@intFromFloat(body_bytes)]);
        return .ok;
    }

    pub fn fa_stream_begin(
        runtime: *abi.Runtime,
        response: abi.Bytes,
        headers: abi.Bytes,
        headers_bytes: u32,
        body_bytes: f64,
    ) callconv(.c) f64 {
        const answer = read(abi.Response, response);
        const bytes: ?u64 = if (body_bytes >= 0) @trunc(body_bytes) else null;
        return @floatFromInt(streams.begin(of(runtime), &answer, headers[0..headers_bytes], bytes));
    }

    pub fn fa_stream_write(runtime: *abi.Runtime, exchange: u32, bytes: abi.Bytes, size: f64) callconv(.c) f64 {
        return @floatFromInt(streams.write(of(runtime), exchange, bytes[0..@intFromFloat(size)]));
    }

    pub fn fa_stream_end(runtime: *abi.Runtime, exchange: u32, is_whole: bool) callconv(.c) void {
        streams.end(of(runtime), exchange, is_whole);
    }

    pub fn fa_body_take(runtime: *abi.Runtime, exchange: u32) callconv(.c) ?*abi.Memory {
        const found = of(runtime).exchanges.get(exchange) orelse return null;
        return @ptrCast(found.body.take());
    }

    pub fn fa_body_read(runtime: *abi.Runtime, exchange: u32, into: abi.Bytes, size: u32) callconv(.c) i32 {
        return streams.readBody(of(runtime), exchange, into[0..size]);
    }

    pub fn fa_body_fault(runtime: *abi.Runtime, exchange: u32, into: abi.Bytes) callconv(.c) u32 {
        const fault = streams.bodyFault(of(runtime), exchange) orelse return 0;
        const text = fault.detail();
        @memcpy(into[0..text.len], text);
        return @as(u32, fault.status()) << 16 | @as(u32, @intCast(text.len));
    }

    pub fn fa_bytes_free(memory: *abi.Memory, context: ?*abi.Memory) callconv(.c) void {
        _ = context;
        blob.free(@ptrCast(memory));
    }

    pub fn fa_json_check(bytes: abi.Bytes, offset: u32, size: f64) callconv(.c) f64 {
        const result = json_scan.scan(bytes[offset..][0..@intFromFloat(size)]);
        if (result.fault == .none) return -1;
        return @floatFromInt(result.offset << 4 | @backingInt(result.fault));
    }

    pub fn fa_kit_open(kit: abi.Bytes) callconv(.c) Status {
        const opened = Kit.open(allocator) catch |err| return .of(err);
        write(kit, @as(u64, @intFromPtr(opened)));
        return .ok;
    }

    pub fn fa_kit_close(kit: *abi.Kit) callconv(.c) void {
        ofKit(kit).close();
    }

    pub fn fa_json_schema_open(kit: *abi.Kit, text: abi.Bytes, size: u32, opened: abi.Bytes) callconv(.c) Status {
        var diagnostic: json_schemas.Diagnostic = .{};
        var result: abi.JsonSchemaOpened = .{ .handle = 0, .pointer_bytes = 0, .reason_bytes = 0 };
        const handle = json_schemas.open(ofKit(kit), text[0..size], &diagnostic) catch |err| {
            result.tell(diagnostic.pointer(), diagnostic.reason);
            write(opened, result);
            return .of(err);
        };
        result.handle = handle;
        write(opened, result);
        return .ok;
    }

    pub fn fa_json_schema_close(kit: *abi.Kit, schema: u32) callconv(.c) void {
        ofKit(kit).schemas.close(schema);
    }

    pub fn fa_json_schema_check(kit: *abi.Kit, schema: u32, bytes: abi.Bytes, size: f64) callconv(.c) i32 {
        const verdict = json_schemas.check(ofKit(kit), schema, bytes[0..@intFromFloat(size)]) catch |err| {
            return -@backingInt(Status.of(err));
        };
        return @backingInt(abi.JsonVerdict.of(verdict));
    }

    pub fn fa_json_schema_errors(
        kit: *abi.Kit,
        schema: u32,
        bytes: abi.Bytes,
        size: f64,
        into: abi.Bytes,
        room: f64,
    ) callconv(.c) f64 {
        const found = json_schemas.writeErrors(ofKit(kit), schema, bytes[0..@intFromFloat(size)], into[0..@intFromFloat(room)]);
        const count = found catch |err| return @floatFromInt(-@backingInt(Status.of(err)));
        return @floatFromInt(count orelse 0);
    }

    pub fn fa_http_parse(kit: *abi.Kit, memory: abi.Bytes, piece: abi.Bytes, size: f64, fault: abi.Bytes) callconv(.c) i32 {
        const head: *abi.HttpHead = @ptrCast(@alignCast(memory));
        const result = http_messages.parse(ofKit(kit).parse, head, piece[0..@intFromFloat(size)]);
        return @intCast(tell(result, fault));
    }

    pub fn fa_http_decode(chunks: abi.Bytes, piece: abi.Bytes, size: f64, fault: abi.Bytes) callconv(.c) f64 {
        const result = http_messages.decode(@ptrCast(@alignCast(chunks)), piece[0..@intFromFloat(size)]);
        return @floatFromInt(tell(result, fault));
    }

    pub fn fa_router_open(kit: *abi.Kit, handle: abi.Bytes) callconv(.c) Status {
        const opened = routers.open(ofKit(kit)) catch |err| return .of(err);
        write(handle, opened);
        return .ok;
    }

    pub fn fa_router_close(kit: *abi.Kit, router: u32) callconv(.c) void {
        routers.close(ofKit(kit), router);
    }

    pub fn fa_router_add(
        kit: *abi.Kit,
        router: u32,
        method: u32,
        pattern: abi.Bytes,
        pattern_bytes: u32,
        value: u32,
    ) callconv(.c) Status {
        return statusOf(routers.add(ofKit(kit), router, methodOf(method), pattern[0..pattern_bytes], value));
    }

    pub fn fa_router_commit(kit: *abi.Kit, router: u32, clash: abi.Bytes) callconv(.c) Status {
        const found = routers.commit(ofKit(kit), router) catch |err| return .of(err);
        if (found) |values| {
            write(clash, values);
            return .routes_clash;
        }
        return .ok;
    }

    pub fn fa_router_find(kit: *abi.Kit, router: u32, method: u32, memory: abi.Bytes, path_bytes: u32) callconv(.c) i32 {
        const params: *[limits.params_max]routers.Param = @ptrCast(@alignCast(memory));
        const path = memory[@sizeOf(@TypeOf(params.*))..][0..path_bytes];
        const known = methodOf(method) orelse return -1;
        const found = routers.find(ofKit(kit), router, known, path, params) catch return -2;
        return if (found) |value| @intCast(value) else -1;
    }

    pub fn fa_router_allowed(kit: *abi.Kit, router: u32, memory: abi.Bytes, path_bytes: u32) callconv(.c) i32 {
        const path = memory[limits.params_max * @sizeOf(routers.Param) ..][0..path_bytes];
        return @intCast(routers.allowed(ofKit(kit), router, path) catch return -2);
    }

    pub fn fa_exchange_watch(runtime: *abi.Runtime, exchange: u32) callconv(.c) Status {
        return statusOf(of(runtime).watch(exchange));
    }

    pub fn fa_exchange_peer(runtime: *abi.Runtime, exchange: u32, into: abi.Bytes) callconv(.c) u32 {
        return of(runtime).peer(exchange, into[0..46]);
    }

    pub fn fa_link_open(runtime: *abi.Runtime, server: u32, handle: abi.Bytes) callconv(.c) Status {
        const opened = links.open(of(runtime), server) catch |err| return .of(err);
        write(handle, opened);
        return .ok;
    }

    pub fn fa_link_write(runtime: *abi.Runtime, link: u32, bytes: abi.Bytes, size: f64) callconv(.c) f64 {
        return @floatFromInt(links.write(of(runtime), link, bytes[0..@intFromFloat(size)]));
    }

    pub fn fa_link_read(runtime: *abi.Runtime, link: u32, into: abi.Bytes, size: u32) callconv(.c) i32 {
        return links.read(of(runtime), link, into[0..size]);
    }

    pub fn fa_link_end(runtime: *abi.Runtime, link: u32) callconv(.c) void {
        links.end(of(runtime), link);
    }

    pub fn fa_link_close(runtime: *abi.Runtime, link: u32) callconv(.c) void {
        links.close(of(runtime), link);
    }

    pub fn fa_server_open(runtime: *abi.Runtime, options: abi.Bytes, handle: abi.Bytes) callconv(.c) Status {
        const values = read(abi.ServerOptions, options);
        const opened = servers.open(of(runtime), &values) catch |err| return .of(err);
        write(handle, opened);
        return .ok;
    }

    pub fn fa_schema_open(runtime: *abi.Runtime, text: abi.Bytes, size: u32, handle: abi.Bytes) callconv(.c) Status {
        const opened = schemas.open(of(runtime), text[0..size]) catch |err| return .of(err);
        write(handle, opened);
        return .ok;
    }

    pub fn fa_schema_close(runtime: *abi.Runtime, schema: u32) callconv(.c) void {
        of(runtime).schemas.close(schema);
    }

    pub fn fa_server_clear(runtime: *abi.Runtime, server: u32) callconv(.c) Status {
        return statusOf(servers.clear(of(runtime), server));
    }

    pub fn fa_server_route(
        runtime: *abi.Runtime,
        server: u32,
        methods: u32,
        flags: abi.RouteFlags,
        pattern: abi.Bytes,
        pattern_bytes: u32,
        route: u32,
        body_bytes: f64,
        body_ms: u32,
        write_ms: u32,
        schema: u32,
    ) callconv(.c) Status {
        return statusOf(servers.addRoute(of(runtime), server, .{
            .id = route,
            .pattern = pattern[0..pattern_bytes],
            .methods = @truncate(methods),
            .is_all = flags.is_all,
            .streams_body = flags.streams_body,
            .refuses_alone = flags.refuses_alone,
            .takes_values = flags.takes_values,
            .schema = schema,
            .body_bytes_max = @intFromFloat(body_bytes),
            .body_ms = body_ms,
            .write_ms = write_ms,
        }));
    }

    pub fn fa_server_constant(
        runtime: *abi.Runtime,
        server: u32,
        response: abi.Bytes,
        headers: abi.Bytes,
        headers_bytes: u32,
        body: abi.Bytes,
        body_bytes: u32,
    ) callconv(.c) Status {
        const answer = read(abi.Response, response);
        return statusOf(servers.setConstant(of(runtime), server, .{
            .status = answer.status,
            .content_type = answer.content_type,
            .headers = headers[0..headers_bytes],
            .body = body[0..body_bytes],
            .close = answer.flags.close,
            .has_length = answer.flags.has_length,
        }));
    }

    pub fn fa_server_fallback(runtime: *abi.Runtime, server: u32, route: u32) callconv(.c) Status {
        return statusOf(servers.setFallback(of(runtime), server, route));
    }

    pub fn fa_server_commit(runtime: *abi.Runtime, server: u32, clash: abi.Bytes) callconv(.c) Status {
        const found = servers.commit(of(runtime), server) catch |err| return .of(err);
        if (found) |routes| {
            write(clash, routes);
            return .routes_clash;
        }
        return .ok;
    }

    pub fn fa_server_listen(
        runtime: *abi.Runtime,
        server: u32,
        host: abi.Bytes,
        port: u32,
        flags: abi.ListenFlags,
        bound: abi.Bytes,
    ) callconv(.c) Status {
        const result = servers.listen(of(runtime), server, @ptrCast(host), @truncate(port), flags) catch |err| return .of(err);
        write(bound, @as(u32, result));
        return .ok;
    }

    pub fn fa_server_listen_unix(runtime: *abi.Runtime, server: u32, path: abi.Bytes, path_bytes: u32) callconv(.c) Status {
        return statusOf(servers.listenUnix(of(runtime), server, path[0..path_bytes]));
    }

    pub fn fa_server_stop(runtime: *abi.Runtime, server: u32) callconv(.c) Status {
        return statusOf(servers.stop(of(runtime), server));
    }

    pub fn fa_server_abort(runtime: *abi.Runtime, server: u32) callconv(.c) Status {
        return statusOf(servers.abort(of(runtime), server));
    }

    pub fn fa_server_close(runtime: *abi.Runtime, server: u32) callconv(.c) Status {
        return statusOf(servers.close(of(runtime), server));
    }

    pub fn fa_server_stats(runtime: *abi.Runtime, server: u32, stats: abi.Bytes) callconv(.c) Status {
        const values = servers.stats(of(runtime), server) catch |err| return .of(err);
        write(stats, values);
        return .ok;
    }
};
