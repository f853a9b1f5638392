//! Which build of the parser runs on this CPU: one library serves all of them.

const builtin = @import("builtin");
const parser = @import("parser.zig");

pub const Parse = fn (
    *parser.Parser,
    [*]const u8,
    u32,
    [*]parser.Slot,
    *const parser.Limits,
) callconv(.c) parser.Outcome;

extern fn fa_parse_baseline(*parser.Parser, [*]const u8, u32, [*]parser.Slot, *const parser.Limits) callconv(.c) parser.Outcome;
extern fn fa_parse_x86_64_v3(*parser.Parser, [*]const u8, u32, [*]parser.Slot, *const parser.Limits) callconv(.c) parser.Outcome;

/// The fastest that this CPU can run.
pub fn parse() *const Parse {
    if (builtin.cpu.arch == .x86_64 and hasAvx2()) return &fa_parse_x86_64_v3;
    return &fa_parse_baseline;
}

/// AVX2 and the bit instructions that come with x86-64-v3, and a system that saves the wide registers.
fn hasAvx2() bool {
    const highest = cpuid(0, 0).eax;
    if (highest < 7) return false;
    const features = cpuid(1, 0);
    const wanted = bits(.{ 12, 22, 23, 26, 27, 28, 29 }); // FMA MOVBE POPCNT XSAVE OSXSAVE AVX F16C
    if (features.ecx & wanted != wanted) return false;
    // XMM and YMM state.
    if (xgetbv() & 0b110 != 0b110) return false;
    const extended = bits(.{ 3, 5, 8 }); // BMI1 AVX2 BMI2
    if (cpuid(7, 0).ebx & extended != extended) return false;
    const lzcnt = bits(.{5});
    return cpuid(0x8000_0001, 0).ecx & lzcnt == lzcnt;
}

fn bits(comptime positions: anytype) u32 {
    comptime var mask: u32 = 0;
    inline for (positions) |position| mask |= 1 << position;
    return mask;
}

const Registers = struct { eax: u32, ebx: u32, ecx: u32, edx: u32 };

fn cpuid(leaf: u32, subleaf: u32) Registers {
    var eax: u32 = undefined;
    var ebx: u32 = undefined;
    var ecx: u32 = undefined;
    var edx: u32 = undefined;
    asm volatile ("cpuid"
        : [a] "={eax}" (eax),
          [b] "={ebx}" (ebx),
          [c] "={ecx}" (ecx),
          [d] "={edx}" (edx),
        : [leaf] "{eax}" (leaf),
          [subleaf] "{ecx}" (subleaf),
    );
    return .{ .eax = eax, .ebx = ebx, .ecx = ecx, .edx = edx };
}

fn xgetbv() u32 {
    return asm volatile ("xgetbv"
        : [low] "={eax}" (-> u32),
        : [index] "{ecx}" (@as(u32, 0)),
        : .{ .edx = true });
}
