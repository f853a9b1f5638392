//! Tests of the runtime as a whole, by subject.

test {
    _ = @import("testing/http1_test.zig");
}
