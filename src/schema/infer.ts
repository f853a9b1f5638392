// What values a schema stands for, as types, and what they make of a route's context.

import type { Static, TSchema } from "typebox";
import type { QueryValues } from "../context.ts";
import type { PathParams } from "../path.ts";

interface Standard<Types> {
  readonly "~standard": { readonly types?: Types };
}

/** What the handler sees. */
export type Output<S> =
  S extends Standard<infer Types>
    ? NonNullable<Types> extends { readonly output: infer Value }
      ? Value
      : unknown
    : S extends TSchema
      ? Static<S>
      : unknown;

/** What the schema takes. */
type Input<S> =
  S extends Standard<infer Types>
    ? NonNullable<Types> extends { readonly input: infer Value }
      ? Value
      : unknown
    : S extends TSchema
      ? Static<S>
      : unknown;

/** A map by status has the answer of one of them. */
type Answer<R> = keyof R extends number ? Input<R[keyof R]> : Input<R>;

/** What has no JSON says for itself what it is. */
type Other = Response | Blob | ReadableStream | AsyncGenerator | Generator;

/** What the handler of a route may return. */
export type ResultOf<Route> = Route extends { response: infer R extends object }
  ? Answer<R> | Other | Promise<Answer<R> | Other>
  : unknown;

export type ParamsOf<Path extends string, Route> = Route extends { params: infer S extends object }
  ? Output<S>
  : PathParams<Path>;

export type QueryOf<Route> = Route extends { query: infer S extends object } ? Output<S> : QueryValues;

/** Beside `get` and the other methods. */
export type HeadersOf<Route> = Route extends { headers: infer S extends object } ? InLowerCase<Output<S>> : unknown;

export type CookiesOf<Route> = Route extends { cookies: infer S extends object }
  ? Output<S>
  : Record<string, string | undefined>;

export type BodyOf<Route> = Route extends { body: infer S }
  ? S extends "stream"
    ? ReadableStream<Uint8Array>
    : S extends { "~optional": true }
      ? Output<S> | undefined
      : Output<S>
  : unknown;

type InLowerCase<Values> = { [Name in keyof Values as Lowercase<Name & string>]: Values[Name] };
