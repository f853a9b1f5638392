//! The boundary to JavaScript: every symbol, every structure that both sides read, every number with a meaning.
//!
//! `lib.zig` exports what `Functions` declares. `abi_emit.zig` reflects over this file and writes `src/native/abi.ts`;
//! `hash` covers all of it, so that a library and sources that don't belong together are recognised when they meet.

const std = @import("std");
const limits = @import("limits.zig");

/// What a call came to. The numbers are stable: new ones go to the end.
pub const Status = enum(i32) {
    ok = 0,
    out_of_memory = 1,
    stale_handle = 2,
    too_many_servers = 3,
    address_in_use = 4,
    address_unavailable = 5,
    host_unknown = 6,
    permission_denied = 7,
    path_invalid = 8,
    descriptors_exhausted = 9,
    system_failed = 10,
    pattern_invalid = 11,
    pattern_too_long = 12,
    param_name_invalid = 13,
    param_repeated = 14,
    params_too_many = 15,
    wildcard_not_last = 16,
    segments_too_many = 17,
    routes_clash = 18,
    routes_too_many = 19,
    already_listening = 20,
    option_invalid = 21,
    schema_invalid = 22,
    schema_unsupported = 23,
    schemas_too_many = 24,
    text_too_large = 25,
    stack_short = 26,

    pub const Error = error{
        OutOfMemory,
        StaleHandle,
        TooManyServers,
        AddressInUse,
        AddressUnavailable,
        HostUnknown,
        PermissionDenied,
        PathInvalid,
        DescriptorsExhausted,
        SystemFailed,
        PatternInvalid,
        PatternTooLong,
        ParamNameInvalid,
        ParamRepeated,
        ParamsTooMany,
        WildcardNotLast,
        SegmentsTooMany,
        RoutesClash,
        RoutesTooMany,
        AlreadyListening,
        OptionInvalid,
        SchemaInvalid,
        SchemaUnsupported,
        SchemasTooMany,
        TextTooLarge,
        StackShort,
    };

    /// Exhaustive: an error that is new breaks the build until it has a number.
    pub fn of(err: Error) Status {
        return switch (err) {
            error.OutOfMemory => .out_of_memory,
            error.StaleHandle => .stale_handle,
            error.TooManyServers => .too_many_servers,
            error.AddressInUse => .address_in_use,
            error.AddressUnavailable => .address_unavailable,
            error.HostUnknown => .host_unknown,
            error.PermissionDenied => .permission_denied,
            error.PathInvalid => .path_invalid,
            error.DescriptorsExhausted => .descriptors_exhausted,
            error.SystemFailed => .system_failed,
            error.PatternInvalid => .pattern_invalid,
            error.PatternTooLong => .pattern_too_long,
            error.ParamNameInvalid => .param_name_invalid,
            error.ParamRepeated => .param_repeated,
            error.ParamsTooMany => .params_too_many,
            error.WildcardNotLast => .wildcard_not_last,
            error.SegmentsTooMany => .segments_too_many,
            error.RoutesClash => .routes_clash,
            error.RoutesTooMany => .routes_too_many,
            error.AlreadyListening => .already_listening,
            error.OptionInvalid => .option_invalid,
            error.SchemaInvalid => .schema_invalid,
            error.SchemaUnsupported => .schema_unsupported,
            error.SchemasTooMany => .schemas_too_many,
            error.TextTooLarge => .text_too_large,
            error.StackShort => .stack_short,
        };
    }
};

/// The memory that both sides see, made by `fa_runtime_open`. Pointers are zero-extended on 32 bits.
pub const Views = extern struct {
    runtime: u64,
    /// Received bytes; records hold offsets into it.
    input: u64,
    /// Header slots of four words and params of two, of all records of a batch.
    table: u64,
    /// Numbers of bodies and where their strings are (`codec/schema_values.zig`), of all records of a batch.
    values: u64,
    records: u64,
    /// Bytes that answers point into.
    output: u64,
    responses: u64,
    /// The address of `fa_bytes_free`, for those who need a pointer to it.
    bytes_free: u64,
    input_bytes: u32 = limits.input_bytes,
    table_words: u32 = limits.table_words,
    records_max: u32 = limits.records_max,
    output_bytes: u32 = limits.output_bytes,
    responses_max: u32 = limits.responses_max,
    /// Of eight bytes.
    values_words: u32 = limits.values_words,
};

/// What a record is about.
pub const RecordKind = enum(u8) {
    /// A request for a handler, or for the fallback.
    request = 0,
    /// The client of an exchange has ended its side or, with a `route` of 1, is gone. Else only `exchange` is set.
    aborted = 1,
    /// A server that was stopped has answered everything. `route` is its handle.
    drained = 2,
    /// The stream that answers an exchange may be written on. Only `exchange` is set.
    roomy = 3,
    /// A connection in memory that had nothing to read, or no room, may have some. Only `exchange` is set, to its handle.
    link = 4,
    /// The body that a handler reads as it arrives has more, or an end. Only `exchange` is set.
    body = 5,
};

/// Why a request comes to the fallback instead of a handler.
pub const Unrouted = enum(u8) { routed = 0, not_found = 1, method_not_allowed = 2, options = 3 };

/// What the schema of its route says of a JSON body.
pub const BodyVerdict = enum(u2) { unchecked = 0, valid = 1, invalid = 2, malformed = 3 };

/// One request, or one thing that happened. Offsets count from the start of the input; 32-bit words throughout.
pub const Record = extern struct {
    /// Names the request until it is answered.
    exchange: u32,
    /// What `fa_server_route` was told to call it.
    route: u32,
    kind: RecordKind,
    method: u8,
    /// Of HTTP: 0 or 1.
    minor_version: u8,
    unrouted: Unrouted,
    /// Where the head starts; slots count from here.
    head: u32,
    path: u32,
    /// 0 stands for `/`: an absolute target without a path.
    path_bytes: u32,
    query: u32,
    query_bytes: u32,
    target: u32,
    target_bytes: u32,
    /// The first word of the slots in the table; the params follow them.
    slots: u32,
    slot_count: u16,
    param_count: u16,
    /// An offset into the input or, with `body_is_apart`, nothing: `fa_body_take` hands it over.
    body: u32,
    /// At most `limits.body_bytes_max`, so 53 bits are enough: low word, then high word.
    body_bytes: u32,
    body_bytes_high: u32,
    flags: Flags,

    pub const Flags = packed struct(u32) {
        body_is_apart: bool = false,
        /// There is a body, which may be empty.
        has_body: bool = false,
        /// A bit for each method that has a route here, for `method_not_allowed` and `options`.
        allowed_methods: u8 = 0,
        /// `fa_body_read` has the body, as it arrives.
        body_is_streamed: bool = false,
        body_verdict: BodyVerdict = .unchecked,
        /// Of a valid body: where its values begin, and one; 0 for none.
        values: u17 = 0,
        reserved: u2 = 0,
    };

    pub const words = 16;

    comptime {
        std.debug.assert(@sizeOf(Record) == words * 4);
    }
};

pub const ContentType = @import("http/response.zig").ContentType;
pub const JsonFault = @import("codec/json_scan.zig").Fault;
/// A header of a request: offsets count from the head of its record.
pub const Slot = @import("http/parser.zig").Slot;

/// One answer.
pub const Response = extern struct {
    exchange: u32,
    status: u16,
    content_type: ContentType,
    flags: Flags = .{},
    /// `name NUL value NUL` again and again, in the output.
    headers: u32,
    headers_bytes: u32,
    body: u32,
    body_bytes: u32,
    reserved: [2]u32 = .{ 0, 0 },

    pub const Flags = packed struct(u8) {
        /// The connection ends with this answer.
        close: bool = false,
        /// The headers hold a Content-Length that is to stand: for HEAD and 304.
        has_length: bool = false,
        reserved: u6 = 0,
    };

    pub const words = 8;

    comptime {
        std.debug.assert(@sizeOf(Response) == words * 4);
    }
};

pub const ServerOptions = extern struct {
    target_bytes: u32,
    head_bytes: u32,
    headers: u32,
    chunk_extra_bytes: u32,
    pipelined: u32,
    connections: u32,
    body_bytes: f64,
    buffered_bytes: f64,
    head_ms: u32,
    body_ms: u32,
    idle_ms: u32,
    write_ms: u32,
};

/// Counters of one server, since it was opened; those of the process say so. As doubles: exact up to 2^53.
pub const ServerStats = extern struct {
    connections_open: f64,
    connections_accepted: f64,
    /// Times that new connections were left waiting, because a bound was reached.
    connections_refused: f64,
    requests: f64,
    responses_1xx: f64,
    responses_2xx: f64,
    responses_3xx: f64,
    responses_4xx: f64,
    responses_5xx: f64,
    bytes_in: f64,
    bytes_out: f64,
    parse_errors: f64,
    timeouts_head: f64,
    timeouts_body: f64,
    timeouts_idle: f64,
    timeouts_write: f64,
    /// Times that a connection was not read although it had something.
    reads_stopped: f64,
    /// Of the process, now.
    buffered_bytes: f64,
    /// Of the runtime: buffers and slots that had to be made because none was free.
    pool_misses: f64,
};

pub const RouteFlags = packed struct(u32) {
    /// After any route for a specific method at the same path.
    is_all: bool = false,
    /// The request comes before its body, which `fa_body_read` has, unless it was all there.
    streams_body: bool = false,
    /// Nobody but the core has anything to say of a body that its schema refuses.
    refuses_alone: bool = false,
    /// The values of valid bodies are wanted beside their text.
    takes_values: bool = false,
    reserved: u28 = 0,
};

pub const ListenFlags = packed struct(u32) {
    reuse_port: bool = false,
    reserved: u31 = 0,
};

/// What `fa_runtime_poll` found when it is not a number of records.
pub const Poll = enum(i32) {
    /// Nothing; the bell is armed and will ring.
    asleep = 0,
    /// Come back after the event loop has had its turn.
    yield = -1,
    /// Nothing, and nothing can come: no server listens, no connection is open.
    idle = -2,
};

/// What `fa_body_read` came to when it is not a number of bytes.
pub const BodyRead = enum(i32) {
    /// Nothing; a `body` record says when there is something.
    yet = 0,
    /// That was all.
    whole = -1,
    /// The client is gone, or the request has been answered.
    gone = -2,
    /// The rest will not come, see `fa_body_fault`.
    faulty = -3,
};

/// What `fa_link_read` came to when it is not a number of bytes.
pub const LinkRead = enum(i32) {
    /// Nothing; a `link` record says when there is something.
    yet = 0,
    /// The server has ended its side.
    ended = -1,
    /// It has reset the connection.
    reset = -2,
};

/// What `fa_json_schema_open` says.
pub const JsonSchemaOpened = extern struct {
    /// 0 where there is none.
    handle: u32,
    pointer_bytes: u32,
    reason_bytes: u32,
    /// Where the schema is at fault, as a JSON pointer, which may be cut off; and behind it, why.
    text: [limits.schema_fault_bytes_max]u8 = undefined,

    pub fn tell(opened: *JsonSchemaOpened, pointer: []const u8, reason: []const u8) void {
        std.debug.assert(pointer.len + reason.len <= opened.text.len);
        @memcpy(opened.text[0..pointer.len], pointer);
        @memcpy(opened.text[pointer.len..][0..reason.len], reason);
        opened.pointer_bytes = @intCast(pointer.len);
        opened.reason_bytes = @intCast(reason.len);
    }
};

/// The beginning of the memory in which a head is parsed; `limits.headers` slots follow it, and `limits.head_bytes` of text
/// with `slack_bytes` behind them.
pub const HttpHead = extern struct {
    limits: HttpLimits,
    /// Bytes of the text so far; 0 where a new head begins.
    held: u32 = 0,
    /// What is known of the head, in offsets into the text.
    parser: HttpParser = .{},
};
pub const HttpLimits = @import("http/parser.zig").Limits;
pub const HttpParser = @import("http/parser.zig").Parser;
pub const Framing = @import("http/parser.zig").Framing;

/// A chunked body that is decoded in pieces. All zeros but for the bounds where a body begins.
pub const HttpChunks = extern struct {
    chunked: @import("http/chunked.zig").Chunked = .{},
    /// How many bytes the body may still have.
    room: f64,
    /// Bytes of data in the piece decoded last.
    data: f64 = 0,
    extra_bytes_max: u32,
    reserved: u32 = 0,
};

/// What `fa_http_parse` and `fa_http_decode` came to when it is not a number of bytes.
pub const HttpParsed = enum(i32) {
    partial = -1,
    faulty = -2,
};

/// What a JSON Schema says of a text.
pub const JsonVerdict = enum(i32) {
    valid = 0,
    invalid = 1,
    malformed = 2,

    pub fn of(verdict: @import("codec/schema.zig").Verdict) JsonVerdict {
        return switch (verdict) {
            .valid => .valid,
            .invalid => .invalid,
            .malformed => .malformed,
        };
    }
};

pub const Runtime = opaque {};

/// What a JavaScript heap uses without a server.
pub const Kit = opaque {};

/// Bytes that change hands.
pub const Memory = opaque {};

/// Bytes that the caller keeps and the callee reads or fills during the call.
pub const Bytes = [*]u8;

pub const Functions = struct {
    /// `hash` as it was when the library was built.
    pub const fa_abi_hash = fn () callconv(.c) u64;
    /// Fills `views` (a `Views`). One per JavaScript heap.
    pub const fa_runtime_open = fn (views: Bytes, spin_us: i32) callconv(.c) Status;
    /// Releases everything, the mapped memory included. Nothing of the runtime may be used afterwards.
    pub const fa_runtime_close = fn (runtime: *Runtime) callconv(.c) void;
    /// Microseconds to look again before sleeping; negative: automatic.
    pub const fa_runtime_spin = fn (runtime: *Runtime, spin_us: i32) callconv(.c) void;
    /// The number of records of the next batch, or a `Poll`. `busy` says that handlers are at work, so that the call
    /// must not doze; everything of the batch before is invalid afterwards.
    pub const fa_runtime_poll = fn (runtime: *Runtime, busy: bool) callconv(.c) i32;
    /// Sends the first `count` responses; the output can be filled again. True: there is more to poll.
    pub const fa_runtime_flush = fn (runtime: *Runtime, count: u32) callconv(.c) bool;
    /// Answers with bytes from anywhere: sends at once and keeps what the socket does not take.
    pub const fa_response_send = fn (
        runtime: *Runtime,
        response: Bytes,
        headers: Bytes,
        headers_bytes: u32,
        body: Bytes,
        body_bytes: f64,
    ) callconv(.c) Status;
    /// Begins an answer whose body comes in pieces; `body_bytes` is negative when nobody knows how many there will be.
    /// Returns how many bytes may be written; 0: wait for a `roomy` record; -1: the client is gone. The exchange lives
    /// until `fa_stream_end`, also when the client is gone, and is watched.
    pub const fa_stream_begin = fn (
        runtime: *Runtime,
        response: Bytes,
        headers: Bytes,
        headers_bytes: u32,
        body_bytes: f64,
    ) callconv(.c) f64;
    /// Sends a piece at once and keeps what the socket does not take. Returns as `fa_stream_begin` does; -2: it is more
    /// than was promised, nothing of it is sent.
    pub const fa_stream_write = fn (runtime: *Runtime, exchange: u32, bytes: Bytes, size: f64) callconv(.c) f64;
    /// Without `is_whole` the connection is closed in a way that tells the client.
    pub const fa_stream_end = fn (runtime: *Runtime, exchange: u32, is_whole: bool) callconv(.c) void;
    /// Hands a body that is apart over: the caller owns it and gives it to `fa_bytes_free`. Null when there is none.
    pub const fa_body_take = fn (runtime: *Runtime, exchange: u32) callconv(.c) ?*Memory;
    /// Reads a body that is streamed. Returns how many bytes, or a `BodyRead`. There may be more to poll afterwards.
    pub const fa_body_read = fn (runtime: *Runtime, exchange: u32, into: Bytes, size: u32) callconv(.c) i32;
    /// Writes what is wrong as text into `into` (`fault_bytes_max`): returns its length and, shifted by 16 bits, the status.
    pub const fa_body_fault = fn (runtime: *Runtime, exchange: u32, into: Bytes) callconv(.c) u32;
    /// From any thread; `context` is not looked at. The signature is that of a typed array's deallocator.
    pub const fa_bytes_free = fn (memory: *Memory, context: ?*Memory) callconv(.c) void;
    /// -1 when these bytes, from `offset` on, are JSON of the kind that is accepted; else the fault's offset from there,
    /// shifted by four bits, with the `JsonFault` below.
    pub const fa_json_check = fn (bytes: Bytes, offset: u32, size: f64) callconv(.c) f64;
    /// Puts the address of a kit into `kit` (two words). One per JavaScript heap, whose thread alone uses it.
    pub const fa_kit_open = fn (kit: Bytes) callconv(.c) Status;
    /// Closes all that was opened with it.
    pub const fa_kit_close = fn (kit: *Kit) callconv(.c) void;
    /// Compiles a JSON Schema (its text) and fills `opened` (a `JsonSchemaOpened`).
    pub const fa_json_schema_open = fn (kit: *Kit, text: Bytes, size: u32, opened: Bytes) callconv(.c) Status;
    pub const fa_json_schema_close = fn (kit: *Kit, schema: u32) callconv(.c) void;
    /// A `JsonVerdict`, or a `Status` that is negated. No other thread may change the bytes meanwhile, unless there are at
    /// most `copied_json_bytes_max`.
    pub const fa_json_schema_check = fn (kit: *Kit, schema: u32, bytes: Bytes, size: f64) callconv(.c) i32;
    /// Writes what is wrong as a JSON array into `into`, which has `room`, and returns how many bytes that takes: when there
    /// was not room enough, it is to be called again with more. 0: the text is malformed. Negative: a `Status`.
    pub const fa_json_schema_errors = fn (
        kit: *Kit,
        schema: u32,
        bytes: Bytes,
        size: f64,
        into: Bytes,
        room: f64,
    ) callconv(.c) f64;
    /// Parses a head that comes in pieces. Returns how many bytes of this piece belong to it, once it is complete, or a
    /// `HttpParsed`. `memory` is a `HttpHead` with all that follows it, aligned to 8 bytes; what is wrong is written to `fault`
    /// (one word, and `fault_bytes_max` of text): the status, shifted by 16 bits, and the length of the text.
    pub const fa_http_parse = fn (kit: *Kit, memory: Bytes, piece: Bytes, size: f64, fault: Bytes) callconv(.c) i32;
    /// Decodes a piece of a chunked body where it lies: what is data is moved to its front. Returns as `fa_http_parse` does.
    /// `chunks` is a `HttpChunks`, aligned to 8 bytes.
    pub const fa_http_decode = fn (chunks: Bytes, piece: Bytes, size: f64, fault: Bytes) callconv(.c) f64;
    /// The new router's handle is put into `handle` (one word). `routes_too_many`: there are `routers_max`.
    pub const fa_router_open = fn (kit: *Kit, handle: Bytes) callconv(.c) Status;
    pub const fa_router_close = fn (kit: *Kit, router: u32) callconv(.c) void;
    /// A `method` that is none stands for all. `fa_router_commit` makes that it is found.
    pub const fa_router_add = fn (
        kit: *Kit,
        router: u32,
        method: u32,
        pattern: Bytes,
        pattern_bytes: u32,
        value: u32,
    ) callconv(.c) Status;
    /// With `routes_clash`, `clash` (two words) receives the two values.
    pub const fa_router_commit = fn (kit: *Kit, router: u32, clash: Bytes) callconv(.c) Status;
    /// The value of the route that a path leads to; -1: none; -2: no such router. In `memory` are `params_max` params of two
    /// words, to be filled, then the path, and `slack_bytes`.
    pub const fa_router_find = fn (kit: *Kit, router: u32, method: u32, memory: Bytes, path_bytes: u32) callconv(.c) i32;
    /// A bit for each `Method` that finds something; the path is where `fa_router_find` has it.
    pub const fa_router_allowed = fn (kit: *Kit, router: u32, memory: Bytes, path_bytes: u32) callconv(.c) i32;
    /// Asks for a record when the client goes away.
    pub const fa_exchange_watch = fn (runtime: *Runtime, exchange: u32) callconv(.c) Status;
    /// Writes the peer's address as text into `into` (46 bytes); returns its length, 0 when there is none.
    pub const fa_exchange_peer = fn (runtime: *Runtime, exchange: u32, into: Bytes) callconv(.c) u32;
    /// Connects to a server in memory: the client's handle is put into `handle` (one word).
    pub const fa_link_open = fn (runtime: *Runtime, server: u32, handle: Bytes) callconv(.c) Status;
    /// Sends as a client. Returns how many bytes were taken: if not all, a `link` record says when there is room again;
    /// -1: the server takes no more.
    pub const fa_link_write = fn (runtime: *Runtime, link: u32, bytes: Bytes, size: f64) callconv(.c) f64;
    /// Reads as a client. Returns how many bytes, or a `LinkRead`.
    pub const fa_link_read = fn (runtime: *Runtime, link: u32, into: Bytes, size: u32) callconv(.c) i32;
    /// The client sends nothing more, and still reads.
    pub const fa_link_end = fn (runtime: *Runtime, link: u32) callconv(.c) void;
    /// The client is gone, and its handle with it.
    pub const fa_link_close = fn (runtime: *Runtime, link: u32) callconv(.c) void;
    /// `options` is a `ServerOptions`, `handle` two words: the server's handle is put into the first.
    pub const fa_server_open = fn (runtime: *Runtime, options: Bytes, handle: Bytes) callconv(.c) Status;
    /// Compiles a JSON Schema (its text): the handle is put into `handle` (one word). `schema_unsupported`: it has what only
    /// JavaScript can check.
    pub const fa_schema_open = fn (runtime: *Runtime, text: Bytes, size: u32, handle: Bytes) callconv(.c) Status;
    pub const fa_schema_close = fn (runtime: *Runtime, schema: u32) callconv(.c) void;
    /// Starts a new table of routes, which `fa_server_commit` puts in the old one's place.
    pub const fa_server_clear = fn (runtime: *Runtime, server: u32) callconv(.c) Status;
    /// `methods` has a bit for each `Method`. A time of 0 is the server's, a
    /// `schema` of 0 none: others check JSON bodies before JavaScript hears of them.
    pub const fa_server_route = fn (
        runtime: *Runtime,
        server: u32,
        methods: u32,
        flags: RouteFlags,
        pattern: Bytes,
        pattern_bytes: u32,
        route: u32,
        body_bytes: f64,
        body_ms: u32,
        write_ms: u32,
        schema: u32,
    ) callconv(.c) Status;
    /// Makes the route added last a constant: `response` is a `Response`, headers and body are copied.
    pub const fa_server_constant = fn (
        runtime: *Runtime,
        server: u32,
        response: Bytes,
        headers: Bytes,
        headers_bytes: u32,
        body: Bytes,
        body_bytes: u32,
    ) callconv(.c) Status;
    /// A request that no route matches goes to JavaScript with this route, instead of being answered by the core.
    pub const fa_server_fallback = fn (runtime: *Runtime, server: u32, route: u32) callconv(.c) Status;
    /// With `routes_clash`, `clash` (two words) receives the two routes.
    pub const fa_server_commit = fn (runtime: *Runtime, server: u32, clash: Bytes) callconv(.c) Status;
    /// `host` ends with a zero; the port that was bound is put into `port` (one word).
    pub const fa_server_listen = fn (
        runtime: *Runtime,
        server: u32,
        host: Bytes,
        port: u32,
        flags: ListenFlags,
        bound: Bytes,
    ) callconv(.c) Status;
    /// `path` ends with a zero, which `path_bytes` does not count.
    pub const fa_server_listen_unix = fn (runtime: *Runtime, server: u32, path: Bytes, path_bytes: u32) callconv(.c) Status;
    /// Stops accepting, answers what was asked, closes what is idle; a `drained` record follows.
    pub const fa_server_stop = fn (runtime: *Runtime, server: u32) callconv(.c) Status;
    /// Closes every connection now. A `drained` record follows, if it did not before.
    pub const fa_server_abort = fn (runtime: *Runtime, server: u32) callconv(.c) Status;
    /// Forgets a server that has drained.
    pub const fa_server_close = fn (runtime: *Runtime, server: u32) callconv(.c) Status;
    /// Fills `stats` (a `ServerStats`).
    pub const fa_server_stats = fn (runtime: *Runtime, server: u32, stats: Bytes) callconv(.c) Status;
};

/// What `abi_emit.zig` writes for TypeScript, beside the functions.
pub const emitted = struct {
    pub const Method = @import("http/method.zig").Method;
    pub const HeaderId = @import("http/header_id.zig").HeaderId;
    pub const StringSize = @import("codec/schema_values.zig").StringSize;
    pub const enums = .{ "Status", "RecordKind", "Unrouted", "ContentType", "JsonFault", "Poll", "BodyRead", "LinkRead", "BodyVerdict", "JsonVerdict", "Framing", "HttpParsed" };
    pub const structs = .{ "Views", "Record", "Response", "ServerOptions", "ServerStats", "Slot", "JsonSchemaOpened", "HttpLimits", "HttpParser", "HttpHead", "HttpChunks" };
    pub const bounds = .{
        "target_bytes_default",      "head_bytes_default",      "headers_default",    "body_bytes_default",
        "pipelined_default",         "connections_default",     "buffered_bytes_min", "buffered_bytes_default",
        "chunk_extra_bytes_default", "head_ms_default",         "body_ms_default",    "idle_ms_default",
        "write_ms_default",          "head_bytes_max",          "headers_max",        "body_bytes_max",
        "pipelined_max",             "connections_max",         "params_max",         "pattern_bytes_max",
        "chunk_extra_bytes_max",     "answer_header_bytes_max", "fault_bytes_max",    "unsent_bytes_high",
        "unsent_bytes_low",          "copied_json_bytes_max",   "schemas_max",        "buffer_class_bytes_min",
        "buffer_class_bytes_max",    "buffer_idle_bytes_max",   "routers_max",        "slack_bytes",
    };
};

/// FNV-1a over this file and over what it takes from others: whatever changes, both sides must be made anew.
pub const hash: u64 = hash: {
    const text = @embedFile("abi.zig");
    @setEvalBranchQuota(text.len * 2 + 100_000);
    var state: u64 = 0xcbf2_9ce4_8422_2325;
    mix(&state, text);
    for (.{ ContentType, JsonFault, Framing, emitted.Method, emitted.HeaderId }) |Enum| {
        for (@typeInfo(Enum).@"enum".field_names) |name| {
            mix(&state, name);
            mixNumber(&state, @backingInt(@field(Enum, name)));
        }
    }
    for (.{ Slot, HttpLimits, HttpParser }) |Struct| {
        for (@typeInfo(Struct).@"struct".field_names) |name| {
            mix(&state, name);
            mixNumber(&state, @offsetOf(Struct, name));
        }
    }
    for (@typeInfo(emitted.StringSize).@"struct".field_names) |name| {
        mix(&state, name);
        mixNumber(&state, @bitOffsetOf(emitted.StringSize, name));
    }
    for (emitted.bounds) |name| mixNumber(&state, @field(limits, name));
    break :hash state;
};

fn mix(state: *u64, text: []const u8) void {
    for (text) |byte| state.* = (state.* ^ byte) *% 0x100_0000_01b3;
}

fn mixNumber(state: *u64, value: u64) void {
    mix(state, &std.mem.toBytes(std.mem.nativeToLittle(u64, value)));
}
