// Where this core and llhttp differ on purpose: what happens here instead, and why that is right.

/** The answers that the case gets, in their order: 200 for a request that a handler saw, or a refusal. */
export interface Difference {
  statuses: number[];
  why: string;
}

const method = "RFC 9110, 9.1: only GET and HEAD are for everybody; a method that is not implemented is a 501";
const upgrade = "RFC 9110, 7.8: a server may ignore Upgrade, and what follows is the next request";
const protocol = "RFC 9112, 2.3: the name of the protocol is HTTP; ICE and RTSP are others";

export const differences: { [name: string]: Difference } = {
  "method: REPORT request": { statuses: [501], why: method },
  "method: CONNECT request": { statuses: [501], why: method },
  "method: CONNECT request with CAPS": { statuses: [501], why: method },
  "method: CONNECT with body": { statuses: [501], why: method },
  "method: M-SEARCH request": { statuses: [501], why: method },
  "method: PURGE request": { statuses: [501], why: method },
  "method: SEARCH request": { statuses: [501], why: method },
  "method: LINK request": { statuses: [501], why: method },
  "method: LINK request (2)": { statuses: [501], why: method },
  "method: SOURCE request": { statuses: [501], why: method },
  "method: PRI request HTTP2": { statuses: [501], why: method },
  "method: QUERY request": { statuses: [501], why: method },
  "uri: Underscore in hostname": { statuses: [501], why: method },
  "method: SOURCE request with ICE": { statuses: [501], why: method },
  "method: ANNOUNCE request with RTSP": { statuses: [501], why: method },
  "method: OPTIONS request with RTSP": { statuses: [400], why: protocol },

  "connection: Multiple tokens with folding and LWS": { statuses: [200, 501], why: upgrade },
  "connection: Setting a flag and pausing": { statuses: [200], why: upgrade },
  "connection: Emitting part of body and pausing": { statuses: [200], why: upgrade },
  "connection: Upgrade GET request": { statuses: [200, 501], why: upgrade },
  "connection: Upgrade POST request": { statuses: [200, 501], why: upgrade },

  "sample: No HTTP version": { statuses: [400], why: "RFC 9112, 3: a request line has a version; HTTP/0.9 is no more" },
  "transfer-encoding: POST with `chunked` as last transfer-encoding": {
    statuses: [501],
    why: "RFC 9112, 6.1: a coding that is not understood should be answered with 501",
  },
  "transfer-encoding: POST with `chunked` as last transfer-encoding (multiple headers)": {
    statuses: [400],
    why: "RFC 9112, 6.1 allows the list in several fields, but nobody sends it so except who hides one from somebody",
  },
  "uri: `host:port` and basic auth": {
    statuses: [400],
    why: "RFC 9110, 4.2.4: user information in a target is to be treated as an error",
  },
  "content-length: Content-Length reset when no body is received": {
    statuses: [],
    why: "the case tells llhttp not to read bodies; here the second head is the beginning of the first body",
  },
};

/** llhttp stops at the byte that it dislikes; here a line is judged when it has ended, and framing with the head. */
export const unfinished: { [name: string]: string } = {
  "content-length: Error on `Content-Length` overflow": "\r\n",
  "content-length: Error on duplicate `Content-Length`": "\r\n",
  "invalid: Invalid HTTP version": "\r\n",
  "invalid: Invalid space after start line": "\r\n",
};

/** Cases for lenient modes are refused here, except these. */
export const lenientDifferences: { [name: string]: Difference } = {
  "connection: Resetting flags when keep-alive is off (1.0, lenient)": {
    statuses: [200],
    why: "the first request is good, and the connection ends with it, so that the second is not looked at",
  },
  "connection: CRLF between requests, explicit `close` (lenient)": {
    statuses: [200],
    why: "the first request is good, and the connection ends with it, so that the second is not looked at",
  },
  "lenient-headers: Second request header value (lenient)": {
    statuses: [200, 400],
    why: "only the second request is malformed",
  },
  "lenient-version: Invalid HTTP version (lenient)": { statuses: [505], why: "RFC 9110, 15.6.6" },
};
