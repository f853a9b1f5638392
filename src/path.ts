// The params of a path, as a type.

type ParamName<Segment extends string> = Segment extends `:${infer Name}` | `*${infer Name}` ? Name : never;

type ParamNames<Path extends string> = Path extends `${infer Segment}/${infer Rest}`
  ? ParamName<Segment> | ParamNames<Rest>
  : ParamName<Path>;

/** `{ id: string; path: string }` for `/users/:id/*path`. */
export type PathParams<Path extends string> = string extends Path
  ? Record<string, string>
  : { [Name in ParamNames<Path>]: string };
