//! Keeps the input that the core fell over: a crash or a hang ends the process, but not before it is a file.

const std = @import("std");
const Case = @import("case.zig").Case;

/// What is being tried. Signal handlers read it.
pub var current: ?Case = null;
var folder: []const u8 = "";

const case_bytes_max = 1024 * 1024;
/// Nothing that is tried takes nearly as long.
const hang_s = 20;

pub fn install(cases_folder: []const u8) void {
    folder = cases_folder;
    for ([_]std.posix.SIG{ .SEGV, .BUS, .ILL, .FPE, .TRAP, .ABRT, .ALRM }) |signal| {
        std.posix.sigaction(signal, &.{
            .handler = .{ .handler = handle },
            .mask = std.posix.sigemptyset(),
            .flags = std.posix.SA.RESETHAND,
        }, null);
    }
}

pub fn begin(case: Case) void {
    current = case;
    _ = std.c.alarm(hang_s);
}

pub fn end() void {
    current = null;
    _ = std.c.alarm(0);
}

fn handle(signal: std.posix.SIG) callconv(.c) void {
    std.debug.print("fuzz: {s}\n", .{if (signal == .ALRM) "an input takes too long" else @tagName(signal)});
    keep();
    std.c._exit(1);
}

/// Writes what is being tried to a file whose name is of its content. Allocates nothing: the heap may be broken.
pub fn keep() void {
    const case = current orelse return;
    var writer: std.Io.Writer = .fixed(&text);
    case.write(&writer) catch return std.debug.print("fuzz: the input is too large to be kept\n", .{});
    const bytes = writer.buffered();
    var path_buffer: [4096]u8 = undefined;
    const path = std.fmt.bufPrintSentinel(&path_buffer, "{s}/{t}-{x:0>16}.case", .{
        folder, case, std.hash.Wyhash.hash(0, bytes),
    }, 0) catch return std.debug.print("fuzz: the folder's name is too long\n", .{});
    const file = std.c.open(path, .{ .ACCMODE = .WRONLY, .CREAT = true, .TRUNC = true }, @as(c_uint, 0o644));
    if (file < 0 or std.c.write(file, bytes.ptr, bytes.len) != bytes.len) {
        return std.debug.print("fuzz: cannot write {s}\n", .{path});
    }
    std.debug.print("fuzz: the input is kept as {s}\n", .{path});
}

var text: [case_bytes_max]u8 = undefined;
