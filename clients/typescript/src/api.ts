/** Requests by the paths of the OpenAPI document, with its types. */

import type { paths } from "./document.js";
import { Unreachable } from "./problem.js";
import type { Fetch } from "./transport.js";

/** Every operation by its path: `GET("/api/tasks/{id}", { params: { path: { id } } })`. */
export interface Api {
  GET: Call<"get">;
  PUT: Call<"put">;
  POST: Call<"post">;
  PATCH: Call<"patch">;
  DELETE: Call<"delete">;
}

/** What every operation takes beside its own parameters. */
export interface RequestOptions {
  /** In place of `Authorization` and `Content-Type`, or beside them. */
  headers?: Record<string, string>;
  /** Ends the call, its waits and attempts included. */
  signal?: AbortSignal | undefined;
  /** `json` by default; `stream` leaves the body of `response` unread and gives it as `data`. */
  parseAs?: "json" | "stream";
  /** In place of the client's own way to send it. */
  fetch?: Fetch;
}

/** The content of an answer, where the operation has one, and the answer itself. */
export interface Answer<Data> {
  data: Data;
  response: Response;
}

type Verb = "get" | "put" | "post" | "patch" | "delete";
/** The paths that have an operation of this method. */
type PathsOf<V extends Verb> = { [P in keyof paths]: paths[P][V] extends { responses: unknown } ? P : never }[keyof paths];
type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];

type Params<O> = O extends { parameters: infer P } ? (RequiredKeys<P> extends never ? { params?: P } : { params: P }) : object;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { "application/json": infer B } } }
    ? { body?: B }
    : object;
type Init<O> = Params<O> & Body<O> & RequestOptions;
type Content<O> = O extends { responses: infer R } ? JsonOf<R[Extract<keyof R, 200 | 201 | 204>]> : never;
type JsonOf<R> = R extends { content: { "application/json": infer D } } ? D : undefined;
type Data<O, I> = I extends { parseAs: "stream" } ? ReadableStream<Uint8Array> | null : Content<O>;

type Call<V extends Verb> = <P extends PathsOf<V>, I extends Init<paths[P][V]>>(
  path: P,
  ...init: RequiredKeys<Init<paths[P][V]>> extends never ? [init?: I] : [init: I]
) => Promise<Answer<Data<paths[P][V], I>>>;

interface AnyInit extends RequestOptions {
  params?: { path?: object; query?: object; header?: object };
  body?: unknown;
}

/** Makes the requests; `fetch` sends those that bring no way of their own. */
export function createApi(baseUrl: string, fetch: Fetch): Api {
  const base = baseUrl.replace(/\/$/, "");
  const call = (method: string) => async (path: string, init: AnyInit = {}): Promise<Answer<unknown>> => {
    const { params = {}, body, signal = null, parseAs } = init;
    const url = base + path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(Object(params.path)[name])));
    const headers = new Headers(body === undefined ? {} : { "Content-Type": "application/json" });
    for (const [name, value] of entries({ ...params.header, ...init.headers })) headers.set(name, value);
    const query = String(new URLSearchParams(entries(params.query)));
    const request = new Request(url + (query && `?${query}`), {
      method,
      headers,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const response = await (init.fetch ?? fetch)(request);
    if (parseAs === "stream") return { data: response.body, response };
    return { data: parsed(await response.text()), response };
  };
  const [GET, PUT, POST, PATCH, DELETE] = ["GET", "PUT", "POST", "PATCH", "DELETE"].map(call);
  return { GET, PUT, POST, PATCH, DELETE } as unknown as Api;
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch (cause) {
    throw new Unreachable("The answer is not JSON, so it is not from Tasklane", { cause });
  }
}

/** Names with their values; a list is the same name several times, and what is not there is left out. */
function entries(values: object = {}): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one == null ? [] : [[name, String(one)] as [string, string]])),
  );
}
