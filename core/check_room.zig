//! Whether the stack has room for checking a text: what that takes grows with the depth of the text.

const depth_max = @import("codec/json_scan.zig").depth_max;
const limits = @import("limits.zig");

const bytes_max = limits.check_stack_bytes + depth_max * limits.check_stack_bytes_each;

/// `stack_end` is where the calling thread's ends (`thread_stack.zig`).
pub fn has(stack_end: usize, text: []const u8, structurals: []const u32) bool {
    const left = @frameAddress() -| stack_end;
    if (left >= bytes_max) return true;
    var depth: usize = 0;
    var deepest: usize = 0;
    for (structurals) |at| switch (text[at]) {
        '{', '[' => {
            depth += 1;
            deepest = @max(deepest, depth);
        },
        '}', ']' => depth -|= 1,
        else => {},
    };
    const levels: usize = @min(deepest, depth_max);
    return left >= limits.check_stack_bytes + levels * limits.check_stack_bytes_each;
}
