const std = @import("std");

pub fn build(b: *std.Build) void {
    // What is built here is what is published: any CPU of its kind, with faster code chosen at run time.
    const target = b.standardTargetOptions(.{ .default_target = .{ .cpu_model = .baseline } });
    const optimize = b.option(std.builtin.Optimize, "optimize", "Build mode of the core (default: fast)") orelse .fast;

    const plugin = b.addLibrary(.{
        .name = "fasterapi-micro",
        .linkage = .dynamic,
        .root_module = b.createModule(.{
            .root_source_file = b.path("bench/micro/plugin.zig"),
            .target = target,
            .optimize = optimize,
            .link_libc = true,
            .imports = &.{.{ .name = "core", .module = coreModule(b, target, optimize) }},
        }),
    });
    b.step("plugin", "Build the parts of the core as a plug-in for a harness").dependOn(&b.addInstallArtifact(plugin, .{}).step);
}

/// `core/core.zig` with the parser built for every kind of CPU of the target.
fn coreModule(b: *std.Build, target: std.Build.ResolvedTarget, optimize: std.builtin.Optimize) *std.Build.Module {
    const module = b.createModule(.{
        .root_source_file = b.path("core/core.zig"),
        .target = target,
        .optimize = optimize,
        .link_libc = true,
        .pic = true,
    });
    addParsers(b, module, target, optimize);
    return module;
}

fn addParsers(b: *std.Build, module: *std.Build.Module, target: std.Build.ResolvedTarget, optimize: std.builtin.Optimize) void {
    addParser(b, module, target, optimize, "baseline");
    if (target.result.cpu.arch != .x86_64) return;
    var query = target.query;
    query.cpu_model = .{ .explicit = &std.Target.x86.cpu.x86_64_v3 };
    addParser(b, module, b.resolveTargetQuery(query), optimize, "x86_64_v3");
}

fn addParser(
    b: *std.Build,
    module: *std.Build.Module,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.Optimize,
    kind: []const u8,
) void {
    const options = b.addOptions();
    options.addOption([]const u8, "kind", kind);
    const object = b.addObject(.{
        .name = b.fmt("parse_{s}", .{kind}),
        .root_module = b.createModule(.{
            .root_source_file = b.path("core/parse_cpu.zig"),
            .target = target,
            .optimize = optimize,
            .pic = true,
        }),
    });
    object.root_module.addOptions("cpu_options", options);
    module.addObject(object);
}
