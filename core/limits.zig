//! Every bound of the core, and how they relate. What happens at each is said in README.md, under "Limits".

const std = @import("std");
const assert = std.debug.assert;

// --- What one message may be (defaults; an application sets its own up to the maximum) ---

pub const target_bytes_default = 8 * 1024;
pub const head_bytes_default = 16 * 1024;
pub const headers_default = 100;
pub const body_bytes_default = 10 * 1024 * 1024;
/// Chunk extensions and trailers of one body, together.
pub const chunk_extra_bytes_default = 4 * 1024;
pub const pipelined_default = 64;
pub const connections_default = 65_536;
/// Bytes held outside the rings, of all runtimes of the process.
/// Less would let nobody in.
pub const buffered_bytes_min = 64 * 1024;
pub const buffered_bytes_default = 256 * 1024 * 1024;

pub const head_bytes_max = 64 * 1024;
pub const headers_max = 1024;
pub const body_bytes_max = 1 << 40;
pub const chunk_extra_bytes_max = 64 * 1024;
pub const pipelined_max = 1024;
pub const connections_max = 1 << 20;
/// A longer method is not one that anybody implements.
pub const method_bytes_max = 32;

// --- Time ---

pub const head_ms_default = 30_000;
pub const body_ms_default = 30_000;
pub const idle_ms_default = 60_000;
pub const write_ms_default = 60_000;
/// How long, and how many bytes, a connection that gets its last answer is still read, so that the answer survives.
pub const linger_ms = 2_000;
pub const linger_bytes = 1024 * 1024;
/// A request whose body finds no room waits this long before it is answered with 503.
pub const body_start_ms = 30_000;
/// When somebody has waited for so long, connections with many unsent bytes are reset, one at each try.
pub const shed_after_ms = 250;
/// Who waits for room tries again so often: room is also made by other threads, and by the garbage collector.
pub const room_retry_ms = 10;

// --- Memory that JavaScript maps (one set per runtime) ---

pub const input_bytes = 1024 * 1024;
pub const table_words = 64 * 1024;
/// Of eight bytes: values of bodies beside their text. Bodies that find no room are parsed from their text.
pub const values_words = 64 * 1024;
pub const records_max = 1024;
pub const output_bytes = 1024 * 1024;
pub const responses_max = 1024;

/// Vector code may read this far beyond the bytes that it was given.
pub const slack_bytes = 64;
/// The most that one `recv` takes.
pub const read_bytes = 64 * 1024;
/// Bytes of a connection that wait for more of their head, or for a place in a batch.
pub const carry_bytes_max = head_bytes_max + read_bytes;
/// What is below this is copied beside its head; what is larger travels as a vector of its own.
pub const inline_body_bytes = 8 * 1024;
/// Headers of one answer, as JavaScript hands them over.
pub const answer_header_bytes_max = 256 * 1024;
/// What waits in a pipe before its writer has to: of a streamed request body, or in a connection in memory.
pub const pipe_bytes = 128 * 1024;
/// What is wrong with a message, in words.
pub const fault_bytes_max = 128;
/// Larger bodies are checked by JavaScript: the positions of their tokens would take four times as much memory.
pub const checked_body_bytes_max = 16 * 1024 * 1024;
/// What a schema says of one body; beyond that JavaScript says it.
pub const refusal_bytes = 64 * 1024;
/// Where heads and small bodies are put together.
pub const outbox_bytes = 1024 * 1024;
/// Bodies up to this size reach JavaScript through the input ring, larger ones as memory of their own.
pub const ring_body_bytes = 64 * 1024;

// --- Pools ---

pub const exchanges_max = 1 << 18;
pub const schemas_max = 65_000;
pub const servers_max = 1000;
/// Connections in memory, of clients in JavaScript.
pub const links_max = 65_534;
pub const buffer_class_bytes_min = 1024;
pub const buffer_class_bytes_max = 256 * 1024;
/// Free buffers kept for the next user, per class.
pub const buffer_idle_bytes_max = 4 * 1024 * 1024;

// --- Queues (docs/internals/queues.md) ---

/// Tickets of an Mpmc are of 31 bits, and a cell that is a lap behind must still be told from one that is ahead.
pub const queue_items_max = 1 << 28;
pub const queue_item_bytes_max = 64 * 1024;
pub const queue_endpoints_max = 1024;
pub const ring_bytes_min = 64;
/// Positions are of 32 bits, and the distance of two must be told from its negative.
pub const ring_bytes_max = 1 << 30;

// --- Positions of JSON tokens (four bytes for each byte of a text) ---

/// Longer texts have no positions, which are of 32 bits; simdjson looks a few bytes further.
pub const json_index_bytes_max = (1 << 32) - slack_bytes;
/// Room for texts up to this size is kept for the next one.
pub const json_index_bytes_kept = 1024 * 1024;
pub const json_index_bytes_min = 16 * 1024;

// --- JSON Schemas that JavaScript checks by ---

/// Shorter texts are copied: nobody changes them meanwhile, and what is behind them can be read.
pub const copied_json_bytes_max = 4 * 1024;
/// Where a schema is at fault, and why.
pub const schema_fault_bytes_max = 1012;
/// What there must be of the stack to check a text: so much, and more for each of its levels.
pub const check_stack_bytes = 128 * 1024;
pub const check_stack_bytes_each = if (std.debug.runtime_safety) 14 * 1024 else 6 * 1024;
/// And to compile a schema.
pub const compile_stack_bytes = 1024 * 1024;

// --- Routes ---

/// Routers of a JavaScript heap, those of servers aside.
pub const routers_max = 10_000;
pub const params_max = 16;
pub const pattern_bytes_max = 1024;
pub const segments_max = 64;
pub const routes_max = 1 << 20;

// --- Pace ---

pub const backlog = 4096;
pub const events_per_wait = 256;
/// New connections taken before those that are open get their turn.
pub const accepts_per_turn = 64;
/// When descriptors are exhausted, accepting is tried again so often.
pub const accept_retry_ms = 100;
/// Answers of one connection, in bytes, that wait: above this it is not read.
pub const unsent_bytes_high = 256 * 1024;
/// Below this a stream that waited may go on.
pub const unsent_bytes_low = 64 * 1024;
/// A turn of the loop longer than this gives the event loop of JavaScript its own turn.
pub const turn_us_max = 500;
/// Descriptors left to the rest of the process.
pub const descriptors_reserved = 64;

comptime {
    assert(target_bytes_default < head_bytes_default);
    assert(head_bytes_default <= head_bytes_max);
    assert(headers_default <= headers_max);
    assert(pipelined_default <= pipelined_max);
    assert(chunk_extra_bytes_default <= chunk_extra_bytes_max);
    assert(connections_default <= connections_max);
    // A request that starts a batch always fits: its carried bytes, one read, a body from elsewhere, its tables.
    assert(input_bytes >= 2 * (carry_bytes_max + read_bytes + ring_body_bytes) + slack_bytes);
    assert(table_words >= 2 * (headers_max * 4 + params_max * 2));
    // A record has 17 bits for their place.
    assert(values_words < 1 << 17);
    // All that JavaScript maps counts as its heap; 4 MiB do not change how often the collector runs.
    assert(input_bytes + output_bytes + table_words * 4 + values_words * 8 + (records_max + responses_max) * 64 <= 4 * 1024 * 1024);
    // An answer small enough to be copied is far smaller than the ring that it is copied from.
    assert(inline_body_bytes * 16 <= output_bytes);
    assert(params_max <= segments_max and 2 * segments_max <= pattern_bytes_max);
    assert(exchanges_max <= 1 << 20);
    // A body is read only when there is room for all that a read may bring.
    assert(pipe_bytes >= 2 * read_bytes);
    assert(unsent_bytes_low < unsent_bytes_high);
    assert(4 * queue_items_max <= 1 << 31 and ring_bytes_max < 1 << 31);
    assert(json_index_bytes_min <= json_index_bytes_kept and json_index_bytes_kept <= json_index_bytes_max);
}
