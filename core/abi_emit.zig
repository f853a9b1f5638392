//! Writes `src/native/abi.ts` to the standard output: what `abi.zig` declares, for TypeScript.

const std = @import("std");
const abi = @import("abi.zig");
const limits = @import("limits.zig");
const Method = abi.emitted.Method;
const Writer = std.Io.Writer;

pub fn main(init: std.process.Init) !void {
    var buffer: [4096]u8 = undefined;
    var file = std.Io.File.stdout().writer(init.io, &buffer);
    const out = &file.interface;
    try out.writeAll("// Written by `zig build abi` from core/abi.zig. Don't edit.\n\n");
    try out.print("export const abiHash = 0x{x}n;\n\n", .{abi.hash});

    try out.writeAll("export const symbols = {\n");
    inline for (comptime std.meta.declarations(abi.Functions)) |name| try writeSymbol(out, name, @field(abi.Functions, name));
    try out.writeAll("} as const;\n");

    inline for (abi.emitted.enums) |name| try writeEnum(out, name, @field(abi, name));
    try writeEnum(out, "Method", Method);
    try writeMethods(out);
    inline for (abi.emitted.structs) |name| try writeStruct(out, name, @field(abi, name));
    try writeFlags(out, "recordFlags", abi.Record.Flags);
    try writeFlags(out, "stringSize", abi.emitted.StringSize);
    try writeFlags(out, "responseFlags", abi.Response.Flags);
    try writeFlags(out, "routeFlags", abi.RouteFlags);
    try writeFlags(out, "listenFlags", abi.ListenFlags);
    try writeHeaderNames(out);

    try out.writeByte('\n');
    inline for (abi.emitted.bounds) |name| try writeConstant(out, name, @field(limits, name));
    try out.flush();
}

fn writeConstant(out: *Writer, comptime name: []const u8, value: u64) !void {
    try out.writeAll("export const ");
    try writeCamel(out, name, false);
    try out.print(" = {d};\n", .{value});
}

fn writeSymbol(out: *Writer, comptime name: []const u8, comptime Function: type) !void {
    const info = @typeInfo(Function).@"fn";
    try out.print("  {s}: {{ args: [", .{name});
    inline for (info.param_types, 0..) |Param, index| {
        try out.print("{s}\"{s}\"", .{ if (index > 0) ", " else "", comptime typeName(Param.?) });
    }
    try out.print("], returns: \"{s}\" }},\n", .{comptime typeName(info.return_type.?)});
}

/// As `bun:ffi` calls it. What has no name here has no business in the boundary.
fn typeName(comptime T: type) []const u8 {
    if (T == abi.Bytes) return "buffer";
    return switch (T) {
        void => "void",
        bool => "bool",
        u32 => "u32",
        i32 => "i32",
        u64 => "u64",
        f64 => "f64",
        *abi.Runtime, *abi.Kit, *abi.Memory, ?*abi.Memory => "ptr",
        else => switch (@typeInfo(T)) {
            .@"enum" => |info| typeName(info.tag_type),
            .@"struct" => |info| typeName(info.backing_integer.?),
            else => @compileError("no type of bun:ffi for " ++ @typeName(T)),
        },
    };
}

fn writeEnum(out: *Writer, comptime name: []const u8, comptime Enum: type) !void {
    try out.print("\nexport const {s} = {{\n", .{name});
    inline for (@typeInfo(Enum).@"enum".field_names) |field| {
        try out.writeAll("  ");
        try writeCamel(out, field, false);
        try out.print(": {d},\n", .{@backingInt(@field(Enum, field))});
    }
    try out.writeAll("} as const;\n");
}

/// The text of each method at its number.
fn writeMethods(out: *Writer) !void {
    try out.writeAll("\nexport const methodTexts = [");
    for (std.enums.values(Method), 0..) |method, index| {
        try out.print("{s}\"{s}\"", .{ if (index > 0) ", " else "", method.text() });
    }
    try out.writeAll("] as const;\n");
}

/// Byte offsets.
fn writeStruct(out: *Writer, comptime name: []const u8, comptime Struct: type) !void {
    try out.print("\nexport const {s} = {{\n  bytes: {d},\n", .{ name, @sizeOf(Struct) });
    inline for (@typeInfo(Struct).@"struct".field_names) |field| {
        if (comptime std.mem.eql(u8, field, "reserved")) continue;
        try out.writeAll("  ");
        try writeCamel(out, field, false);
        try out.print("{s}: {d},\n", .{ if (comptime std.mem.eql(u8, field, "bytes")) "_" else "", @offsetOf(Struct, field) });
    }
    try out.writeAll("} as const;\n");
}

/// For each flag its bit; for a field of several bits, where it begins and what it is masked by then.
fn writeFlags(out: *Writer, comptime name: []const u8, comptime Flags: type) !void {
    try out.print("\nexport const {s} = {{\n", .{name});
    const info = @typeInfo(Flags).@"struct";
    inline for (info.field_names, info.field_types) |field, Field| {
        if (comptime std.mem.eql(u8, field, "reserved")) continue;
        const at = @bitOffsetOf(Flags, field);
        try out.writeAll("  ");
        try writeCamel(out, field, false);
        if (Field == bool) {
            try out.print(": {d},\n", .{@as(u32, 1) << at});
        } else {
            try out.print("Shift: {d},\n  ", .{at});
            try writeCamel(out, field, false);
            try out.print("Mask: {d},\n", .{(@as(u64, 1) << @bitSizeOf(Field)) - 1});
        }
    }
    try out.writeAll("} as const;\n");
}

/// The lower-case name of each header id; the first stands for all others.
fn writeHeaderNames(out: *Writer) !void {
    try out.writeAll("\nexport const headerNames = [\n");
    for (std.enums.values(abi.emitted.HeaderId)) |id| try out.print("  \"{s}\",\n", .{id.name()});
    try out.writeAll("] as const;\n");
}

fn writeCamel(out: *Writer, snake: []const u8, is_pascal: bool) !void {
    var is_upper = is_pascal;
    for (snake) |char| {
        if (char == '_') {
            is_upper = true;
        } else {
            try out.writeByte(if (is_upper) std.ascii.toUpper(char) else char);
            is_upper = false;
        }
    }
}
