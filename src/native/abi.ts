// Written by `zig build abi` from core/abi.zig. Don't edit.

export const abiHash = 0x367a1971131bbf08n;

export const symbols = {
  fa_abi_hash: { args: [], returns: "u64" },
  fa_runtime_open: { args: ["buffer", "i32"], returns: "i32" },
  fa_runtime_close: { args: ["ptr"], returns: "void" },
  fa_runtime_spin: { args: ["ptr", "i32"], returns: "void" },
  fa_runtime_poll: { args: ["ptr", "bool"], returns: "i32" },
  fa_runtime_flush: { args: ["ptr", "u32"], returns: "bool" },
  fa_response_send: { args: ["ptr", "buffer", "buffer", "u32", "buffer", "f64"], returns: "i32" },
  fa_stream_begin: { args: ["ptr", "buffer", "buffer", "u32", "f64"], returns: "f64" },
  fa_stream_write: { args: ["ptr", "u32", "buffer", "f64"], returns: "f64" },
  fa_stream_end: { args: ["ptr", "u32", "bool"], returns: "void" },
  fa_body_take: { args: ["ptr", "u32"], returns: "ptr" },
  fa_body_read: { args: ["ptr", "u32", "buffer", "u32"], returns: "i32" },
  fa_body_fault: { args: ["ptr", "u32", "buffer"], returns: "u32" },
  fa_bytes_free: { args: ["ptr", "ptr"], returns: "void" },
  fa_json_check: { args: ["buffer", "u32", "f64"], returns: "f64" },
  fa_kit_open: { args: ["buffer"], returns: "i32" },
  fa_kit_close: { args: ["ptr"], returns: "void" },
  fa_json_schema_open: { args: ["ptr", "buffer", "u32", "buffer"], returns: "i32" },
  fa_json_schema_close: { args: ["ptr", "u32"], returns: "void" },
  fa_json_schema_check: { args: ["ptr", "u32", "buffer", "f64"], returns: "i32" },
  fa_json_schema_errors: { args: ["ptr", "u32", "buffer", "f64", "buffer", "f64"], returns: "f64" },
  fa_http_parse: { args: ["ptr", "buffer", "buffer", "f64", "buffer"], returns: "i32" },
  fa_http_decode: { args: ["buffer", "buffer", "f64", "buffer"], returns: "f64" },
  fa_router_open: { args: ["ptr", "buffer"], returns: "i32" },
  fa_router_close: { args: ["ptr", "u32"], returns: "void" },
  fa_router_add: { args: ["ptr", "u32", "u32", "buffer", "u32", "u32"], returns: "i32" },
  fa_router_commit: { args: ["ptr", "u32", "buffer"], returns: "i32" },
  fa_router_find: { args: ["ptr", "u32", "u32", "buffer", "u32"], returns: "i32" },
  fa_router_allowed: { args: ["ptr", "u32", "buffer", "u32"], returns: "i32" },
  fa_exchange_watch: { args: ["ptr", "u32"], returns: "i32" },
  fa_exchange_peer: { args: ["ptr", "u32", "buffer"], returns: "u32" },
  fa_link_open: { args: ["ptr", "u32", "buffer"], returns: "i32" },
  fa_link_write: { args: ["ptr", "u32", "buffer", "f64"], returns: "f64" },
  fa_link_read: { args: ["ptr", "u32", "buffer", "u32"], returns: "i32" },
  fa_link_end: { args: ["ptr", "u32"], returns: "void" },
  fa_link_close: { args: ["ptr", "u32"], returns: "void" },
  fa_server_open: { args: ["ptr", "buffer", "buffer"], returns: "i32" },
  fa_schema_open: { args: ["ptr", "buffer", "u32", "buffer"], returns: "i32" },
  fa_schema_close: { args: ["ptr", "u32"], returns: "void" },
  fa_server_clear: { args: ["ptr", "u32"], returns: "i32" },
  fa_server_route: { args: ["ptr", "u32", "u32", "u32", "buffer", "u32", "u32", "f64", "u32", "u32", "u32"], returns: "i32" },
  fa_server_constant: { args: ["ptr", "u32", "buffer", "buffer", "u32", "buffer", "u32"], returns: "i32" },
  fa_server_fallback: { args: ["ptr", "u32", "u32"], returns: "i32" },
  fa_server_commit: { args: ["ptr", "u32", "buffer"], returns: "i32" },
  fa_server_listen: { args: ["ptr", "u32", "buffer", "u32", "u32", "buffer"], returns: "i32" },
  fa_server_listen_unix: { args: ["ptr", "u32", "buffer", "u32"], returns: "i32" },
  fa_server_stop: { args: ["ptr", "u32"], returns: "i32" },
  fa_server_abort: { args: ["ptr", "u32"], returns: "i32" },
  fa_server_close: { args: ["ptr", "u32"], returns: "i32" },
  fa_server_stats: { args: ["ptr", "u32", "buffer"], returns: "i32" },
} as const;

export const Status = {
  ok: 0,
  outOfMemory: 1,
  staleHandle: 2,
  tooManyServers: 3,
  addressInUse: 4,
  addressUnavailable: 5,
  hostUnknown: 6,
  permissionDenied: 7,
  pathInvalid: 8,
  descriptorsExhausted: 9,
  systemFailed: 10,
  patternInvalid: 11,
  patternTooLong: 12,
  paramNameInvalid: 13,
  paramRepeated: 14,
  paramsTooMany: 15,
  wildcardNotLast: 16,
  segmentsTooMany: 17,
  routesClash: 18,
  routesTooMany: 19,
  alreadyListening: 20,
  optionInvalid: 21,
  schemaInvalid: 22,
  schemaUnsupported: 23,
  schemasTooMany: 24,
  textTooLarge: 25,
  stackShort: 26,
} as const;

export const RecordKind = {
  request: 0,
  aborted: 1,
  drained: 2,
  roomy: 3,
  link: 4,
  body: 5,
} as const;

export const Unrouted = {
  routed: 0,
  notFound: 1,
  methodNotAllowed: 2,
  options: 3,
} as const;

export const ContentType = {
  other: 0,
  text: 1,
  json: 2,
  bytes: 3,
} as const;

export const JsonFault = {
  none: 0,
  endedEarly: 1,
  syntax: 2,
  controlUnescaped: 3,
  escapeInvalid: 4,
  utf8Invalid: 5,
  bom: 6,
  numberTooLarge: 7,
  tooDeep: 8,
} as const;

export const Poll = {
  asleep: 0,
  yield: -1,
  idle: -2,
} as const;

export const BodyRead = {
  yet: 0,
  whole: -1,
  gone: -2,
  faulty: -3,
} as const;

export const LinkRead = {
  yet: 0,
  ended: -1,
  reset: -2,
} as const;

export const BodyVerdict = {
  unchecked: 0,
  valid: 1,
  invalid: 2,
  malformed: 3,
} as const;

export const JsonVerdict = {
  valid: 0,
  invalid: 1,
  malformed: 2,
} as const;

export const Framing = {
  none: 0,
  length: 1,
  chunked: 2,
} as const;

export const HttpParsed = {
  partial: -1,
  faulty: -2,
} as const;

export const Method = {
  get: 0,
  head: 1,
  post: 2,
  put: 3,
  patch: 4,
  delete: 5,
  options: 6,
} as const;

export const methodTexts = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export const Views = {
  bytes: 88,
  runtime: 0,
  input: 8,
  table: 16,
  values: 24,
  records: 32,
  output: 40,
  responses: 48,
  bytesFree: 56,
  inputBytes: 64,
  tableWords: 68,
  recordsMax: 72,
  outputBytes: 76,
  responsesMax: 80,
  valuesWords: 84,
} as const;

export const Record = {
  bytes: 64,
  exchange: 0,
  route: 4,
  kind: 8,
  method: 9,
  minorVersion: 10,
  unrouted: 11,
  head: 12,
  path: 16,
  pathBytes: 20,
  query: 24,
  queryBytes: 28,
  target: 32,
  targetBytes: 36,
  slots: 40,
  slotCount: 44,
  paramCount: 46,
  body: 48,
  bodyBytes: 52,
  bodyBytesHigh: 56,
  flags: 60,
} as const;

export const Response = {
  bytes: 32,
  exchange: 0,
  status: 4,
  contentType: 6,
  flags: 7,
  headers: 8,
  headersBytes: 12,
  body: 16,
  bodyBytes: 20,
} as const;

export const ServerOptions = {
  bytes: 56,
  targetBytes: 0,
  headBytes: 4,
  headers: 8,
  chunkExtraBytes: 12,
  pipelined: 16,
  connections: 20,
  bodyBytes: 24,
  bufferedBytes: 32,
  headMs: 40,
  bodyMs: 44,
  idleMs: 48,
  writeMs: 52,
} as const;

export const ServerStats = {
  bytes: 152,
  connectionsOpen: 0,
  connectionsAccepted: 8,
  connectionsRefused: 16,
  requests: 24,
  responses1xx: 32,
  responses2xx: 40,
  responses3xx: 48,
  responses4xx: 56,
  responses5xx: 64,
  bytesIn: 72,
  bytesOut: 80,
  parseErrors: 88,
  timeoutsHead: 96,
  timeoutsBody: 104,
  timeoutsIdle: 112,
  timeoutsWrite: 120,
  readsStopped: 128,
  bufferedBytes: 136,
  poolMisses: 144,
} as const;

export const Slot = {
  bytes: 16,
  name: 0,
  value: 4,
  valueBytes: 8,
  tag: 12,
} as const;

export const JsonSchemaOpened = {
  bytes: 1024,
  handle: 0,
  pointerBytes: 4,
  reasonBytes: 8,
  text: 12,
} as const;

export const HttpLimits = {
  bytes: 12,
  targetBytes: 0,
  headBytes: 4,
  headers: 8,
} as const;

export const HttpParser = {
  bytes: 80,
  method: 0,
  minorVersion: 1,
  framing: 2,
  keepAlive: 3,
  expectsContinue: 4,
  fault: 5,
  phase: 6,
  headerCount: 8,
  start: 12,
  target: 16,
  targetBytes: 20,
  path: 24,
  pathBytes: 28,
  query: 32,
  queryBytes: 36,
  contentLength: 40,
  position: 48,
  known: 56,
  repeated: 64,
  scanned: 72,
} as const;

export const HttpHead = {
  bytes: 96,
  limits: 0,
  held: 12,
  parser: 16,
} as const;

export const HttpChunks = {
  bytes: 48,
  chunked: 0,
  room: 24,
  data: 32,
  extraBytesMax: 40,
} as const;

export const recordFlags = {
  bodyIsApart: 1,
  hasBody: 2,
  allowedMethodsShift: 2,
  allowedMethodsMask: 255,
  bodyIsStreamed: 1024,
  bodyVerdictShift: 11,
  bodyVerdictMask: 3,
  valuesShift: 13,
  valuesMask: 131071,
} as const;

export const stringSize = {
  bytesShift: 0,
  bytesMask: 1073741823,
  isWide: 1073741824,
  isEscaped: 2147483648,
} as const;

export const responseFlags = {
  close: 1,
  hasLength: 2,
} as const;

export const routeFlags = {
  isAll: 1,
  streamsBody: 2,
  refusesAlone: 4,
  takesValues: 8,
} as const;

export const listenFlags = {
  reusePort: 1,
} as const;

export const headerNames = [
  "",
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "expect",
  "upgrade",
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "access-control-request-headers",
  "access-control-request-method",
  "authorization",
  "cache-control",
  "content-encoding",
  "content-type",
  "cookie",
  "date",
  "etag",
  "forwarded",
  "from",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "keep-alive",
  "last-event-id",
  "origin",
  "pragma",
  "priority",
  "range",
  "referer",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "traceparent",
  "upgrade-insecure-requests",
  "user-agent",
  "x-api-key",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "x-request-id",
  "x-requested-with",
] as const;

export const targetBytesDefault = 8192;
export const headBytesDefault = 16384;
export const headersDefault = 100;
export const bodyBytesDefault = 10485760;
export const pipelinedDefault = 64;
export const connectionsDefault = 65536;
export const bufferedBytesMin = 65536;
export const bufferedBytesDefault = 268435456;
export const chunkExtraBytesDefault = 4096;
export const headMsDefault = 30000;
export const bodyMsDefault = 30000;
export const idleMsDefault = 60000;
export const writeMsDefault = 60000;
export const headBytesMax = 65536;
export const headersMax = 1024;
export const bodyBytesMax = 1099511627776;
export const pipelinedMax = 1024;
export const connectionsMax = 1048576;
export const paramsMax = 16;
export const patternBytesMax = 1024;
export const chunkExtraBytesMax = 65536;
export const answerHeaderBytesMax = 262144;
export const faultBytesMax = 128;
export const unsentBytesHigh = 262144;
export const unsentBytesLow = 65536;
export const copiedJsonBytesMax = 4096;
export const schemasMax = 65000;
export const bufferClassBytesMin = 1024;
export const bufferClassBytesMax = 262144;
export const bufferIdleBytesMax = 4194304;
export const routersMax = 10000;
export const slackBytes = 64;
