const std = @import("std");
const Build = std.Build;
const Target = Build.ResolvedTarget;
const Optimize = std.builtin.Optimize;

pub fn build(b: *Build) void {
    // What is built here is what is published: any CPU of its kind, with faster code chosen at run time.
    const target = b.standardTargetOptions(.{ .default_target = .{ .cpu_model = .baseline } });
    const optimize = b.option(Optimize, "optimize", "Build mode of the core (default: fast)") orelse .fast;

    const core = coreLibrary(b, target, optimize, "fasterapi");
    b.installArtifact(core);

    const debug = coreLibrary(b, target, .debug, "fasterapi-debug");
    step(b, "debug", "Build the core with every safety check", &b.addInstallArtifact(debug, .{}).step);

    const macos = b.resolveTargetQuery(.{ .cpu_arch = .aarch64, .os_tag = .macos });
    const macos_core = coreLibrary(b, macos, .fast, "fasterapi");
    const install_macos = b.addInstallArtifact(macos_core, .{ .dest_dir = .{ .override = .{ .custom = "aarch64-macos" } } });
    step(b, "macos", "Cross-compile the core for aarch64-macos", &install_macos.step);

    addAbi(b);
    addTests(b, target);
    addTools(b, target);
    addFuzz(b, target);
    addStress(b, target);
}

fn step(b: *Build, name: []const u8, description: []const u8, dependency: *Build.Step) void {
    b.step(name, description).dependOn(dependency);
}

fn coreLibrary(b: *Build, target: Target, optimize: Optimize, name: []const u8) *Build.Step.Compile {
    return b.addLibrary(.{
        .name = name,
        .linkage = .dynamic,
        .root_module = coreModule(b, "core/lib.zig", target, optimize),
    });
}

/// A file of the core with the parser built for every kind of CPU of the target, and with simdjson.
fn coreModule(b: *Build, root: []const u8, target: Target, optimize: Optimize) *Build.Module {
    const module = b.createModule(.{
        .root_source_file = b.path(root),
        .target = target,
        .optimize = optimize,
        .link_libc = true,
        .pic = true,
        .strip = optimize != .debug and optimize != .safe,
    });
    addParser(b, module, target, optimize, "baseline");
    if (target.result.cpu.arch == .x86_64) {
        var query = target.query;
        query.cpu_model = .{ .explicit = &std.Target.x86.cpu.x86_64_v3 };
        addParser(b, module, b.resolveTargetQuery(query), optimize, "x86_64_v3");
    }
    addSimdjson(b, module, target);
    return module;
}

fn addParser(b: *Build, module: *Build.Module, target: Target, optimize: Optimize, kind: []const u8) void {
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

/// The same in every mode: what is worth checking is how it is called. `core/codec/libcxx.h` says why there is no libc++.
fn addSimdjson(b: *Build, module: *Build.Module, target: Target) void {
    const object = b.addObject(.{
        .name = "simdjson",
        .root_module = b.createModule(.{
            .target = target,
            .optimize = .fast,
            .link_libc = true,
            .pic = true,
            .strip = true,
        }),
    });
    object.link_function_sections = true;
    object.link_data_sections = true;
    object.root_module.addIncludePath(b.path("node_modules/@nozbe/simdjson/src"));
    object.root_module.addIncludePath(Build.LazyPath.zig_lib.path(b, "libcxx/include"));
    object.root_module.addIncludePath(Build.LazyPath.zig_lib.path(b, "libcxxabi/include"));
    object.root_module.addCSourceFile(.{
        .file = b.path("core/codec/simdjson_shim.cpp"),
        .flags = &.{
            "-std=c++17",
            "-fno-exceptions",
            "-fno-rtti",
            "-fno-threadsafe-statics",
            // A process that has a C++ library of its own must not see ours, nor we that one.
            "-fvisibility=hidden",
            "-fvisibility-global-new-delete=force-hidden",
        },
    });
    module.addObject(object);
}

/// `src/native/abi.ts` from `core/abi.zig`.
fn addAbi(b: *Build) void {
    const emit = b.addExecutable(.{
        .name = "abi-emit",
        .root_module = b.createModule(.{
            .root_source_file = b.path("core/abi_emit.zig"),
            .target = b.graph.host,
            .optimize = .debug,
        }),
    });
    const update = b.addUpdateSourceFiles();
    update.addCopyFileToSource(b.addRunArtifact(emit).captureStdOut(.{}), "src/native/abi.ts");
    step(b, "abi", "Write src/native/abi.ts", &update.step);
}

fn addTests(b: *Build, target: Target) void {
    const tests = b.addTest(.{ .root_module = coreModule(b, "core/tests.zig", target, .debug) });
    const run = b.addRunArtifact(tests);
    // Shows each name, so that they can be counted.
    run.has_side_effects = true;
    step(b, "test", "Run the unit tests of the core", &run.step);
}

/// What measures: built like what it measures.
fn addTools(b: *Build, target: Target) void {
    const plugin = b.addLibrary(.{
        .name = "fasterapi-micro",
        .linkage = .dynamic,
        .root_module = b.createModule(.{
            .root_source_file = b.path("bench/micro/plugin.zig"),
            .target = target,
            .optimize = .fast,
            .link_libc = true,
            // Like the core: the compiler crashes where a function of one is made of types of the other.
            .strip = true,
            .imports = &.{.{ .name = "core", .module = coreModule(b, "core/core.zig", target, .fast) }},
        }),
    });
    step(b, "plugin", "Build the parts of the core for micro-benchmarks", &b.addInstallArtifact(plugin, .{}).step);

    const bench = b.step("bench", "Build the load generator and the minimal server");
    for ([_][]const u8{ "floor", "generator" }) |name| {
        const tool = b.addExecutable(.{
            .name = name,
            .root_module = b.createModule(.{
                .root_source_file = b.path(b.fmt("bench/load/{s}.zig", .{name})),
                .target = target,
                .optimize = .fast,
                .link_libc = true,
            }),
        });
        bench.dependOn(&b.addInstallArtifact(tool, .{}).step);
    }
}

/// What throws everything at parsers, router and schemas, with every safety check on.
fn addFuzz(b: *Build, target: Target) void {
    // `core.zig` doesn't name the decoder: a copy of it gets a root of its own.
    const copy = b.addWriteFiles();
    _ = copy.addCopyDirectory(b.path("core/http"), "http", .{});
    _ = copy.addCopyFile(b.path("core/limits.zig"), "limits.zig");
    const chunked = b.createModule(.{
        .root_source_file = copy.add("chunked.zig", "pub const Chunked = @import(\"http/chunked.zig\").Chunked;\n"),
        .target = target,
        .optimize = .safe,
    });
    const fuzz = b.addExecutable(.{
        .name = "fuzz",
        .root_module = b.createModule(.{
            .root_source_file = b.path("tests/fuzz/fuzz.zig"),
            .target = target,
            .optimize = .safe,
            .link_libc = true,
            .imports = &.{
                .{ .name = "core", .module = coreModule(b, "core/core.zig", target, .safe) },
                .{ .name = "chunked", .module = chunked },
                .{ .name = "schema_reference", .module = testingModule(b, "schema_reference", target) },
                .{ .name = "schema_writer", .module = testingModule(b, "schema_writer", target) },
            },
        }),
    });
    step(b, "fuzz", "Build the fuzzer of parsers, router and schemas", &b.addInstallArtifact(fuzz, .{}).step);
}

/// What the tests of the core have for schemas and knows nothing of the core.
fn testingModule(b: *Build, name: []const u8, target: Target) *Build.Module {
    return b.createModule(.{
        .root_source_file = b.path(b.fmt("core/testing/{s}.zig", .{name})),
        .target = target,
        .optimize = .safe,
    });
}

/// What lets threads loose on the queues, once with every safety check and once with ThreadSanitizer.
fn addStress(b: *Build, target: Target) void {
    const kinds = [_]struct { name: []const u8, tsan: bool, description: []const u8 }{
        .{ .name = "stress", .tsan = false, .description = "Build the stress test of the queues" },
        .{ .name = "stress-tsan", .tsan = true, .description = "Build the stress test of the queues with ThreadSanitizer" },
    };
    for (kinds) |kind| {
        const core = b.createModule(.{
            .root_source_file = b.path("core/core.zig"),
            .target = target,
            .optimize = .safe,
            .link_libc = true,
            .sanitize_thread = kind.tsan,
        });
        const stress = b.addExecutable(.{
            .name = kind.name,
            .root_module = b.createModule(.{
                .root_source_file = b.path("tests/stress/stress.zig"),
                .target = target,
                .optimize = .safe,
                .link_libc = true,
                .sanitize_thread = kind.tsan,
                .imports = &.{.{ .name = "core", .module = core }},
            }),
        });
        step(b, kind.name, kind.description, &b.addInstallArtifact(stress, .{}).step);
    }
}
