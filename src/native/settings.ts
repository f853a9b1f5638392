// What a server is opened with.

export interface Limits {
  /** Of the request target; above: 414. At most 65,536. */
  targetBytes: number;
  /** Of request line and headers; above: 431. At most 65,536. */
  headBytes: number;
  /** Header fields of a request; above: 431. At most 1,024. */
  headers: number;
  /** Of a request body; above: 413. */
  bodyBytes: number;
  /** Chunk extensions and trailers of one body; above: 400. At most 65,536. */
  chunkExtraBytes: number;
  /** Requests of one connection that wait for their answers; above: it is not read. At most 1,024. */
  pipelined: number;
  /** Open connections; above: new ones wait in the backlog. */
  connections: number;
  /** Request and response bytes of the process that are held outside the rings; above: sockets are not read. */
  bufferedBytes: number;
}

export interface Timeouts {
  /** For a whole head, from its first byte; then 408. */
  headMs: number;
  /** Without progress of a body; then 408. */
  bodyMs: number;
  /** Between requests; then the connection is closed. */
  idleMs: number;
  /** Without progress of an answer; then the connection is reset. */
  writeMs: number;
  /** For a handler; then 503. 0 for as long as it likes. */
  handlerMs: number;
}

export interface Settings {
  limits: Limits;
  timeouts: Timeouts;
  /** Negative for "auto". */
  spinUs: number;
  development: boolean;
}
