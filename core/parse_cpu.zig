//! The parser built for one kind of CPU. The build compiles this file once per kind; `http/cpu.zig` chooses at run time.

const options = @import("cpu_options");
const parser = @import("http/parser.zig");

fn parse(
    p: *parser.Parser,
    bytes: [*]const u8,
    size: u32,
    slots: [*]parser.Slot,
    bounds: *const parser.Limits,
) callconv(.c) parser.Outcome {
    return p.parse(bytes, size, slots, bounds);
}

comptime {
    @export(&parse, .{ .name = "fa_parse_" ++ options.kind, .visibility = .hidden });
}
