//! Tests of the runtime as a whole, by subject.

test {
    _ = @import("testing/http1_test.zig");
    _ = @import("testing/body_test.zig");
    _ = @import("testing/bounds_test.zig");
    _ = @import("testing/leaving_test.zig");
    _ = @import("testing/link_test.zig");
    _ = @import("testing/random_test.zig");
    _ = @import("testing/refusal_test.zig");
    _ = @import("testing/routing_test.zig");
    _ = @import("testing/seams_test.zig");
    _ = @import("testing/sockets_test.zig");
    _ = @import("testing/stats_test.zig");
    _ = @import("testing/stop_test.zig");
    _ = @import("testing/stream_test.zig");
    _ = @import("testing/timeouts_test.zig");
    _ = @import("testing/upload_test.zig");
}
