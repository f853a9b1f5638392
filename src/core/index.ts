// The public interface of `@fasterapi/bun/core`: parts of the core as classes of their own, usable without `App`.

export { FasterApiError, JsonSchemaError, MisuseError, RouteError, type ValidationFailure } from "../errors.ts";
export { BufferPool, type BufferPoolOptions, type BufferPoolStats, type PooledBuffer } from "./buffer-pool.ts";
export {
  type ChunkedDecodeResult,
  ChunkedDecoder,
  type ChunkedDecoderOptions,
  type DecodedChunks,
  type MalformedChunks,
} from "./chunked-decoder.ts";
export {
  type HttpParseResult,
  HttpParser,
  type HttpParserOptions,
  type HttpRequestHead,
  type MalformedHead,
  type PartialHead,
} from "./http-parser.ts";
export { type JsonBytes, JsonSchema } from "./json-schema.ts";
export { ObjectPool, type ObjectPoolOptions, type ObjectPoolStats } from "./object-pool.ts";
export { type Found, Router, type RouterMethod } from "./router.ts";
