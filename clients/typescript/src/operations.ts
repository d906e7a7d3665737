/** The operations of the OpenAPI document with their types, each sent as it may be. */

import createApi, { type Client } from "openapi-fetch";
import type { paths } from "./document.js";
import type { CallOptions, Fetch, Transport } from "./transport.js";

/** Every operation by its path. */
export type Api = Client<paths>;

/** What `Api` takes beside an operation's own parameters. */
interface Manner {
  fetch: Fetch;
}

/** What the rest is made of. */
export class Operations {
  readonly api: Api;

  constructor(
    baseUrl: string,
    private readonly transport: Transport,
  ) {
    this.api = createApi<paths>({ baseUrl, fetch: (request) => this.plain(request) });
  }

  /** Does no more when it is sent twice. */
  repeatable(options: CallOptions = {}): Manner {
    return { fetch: this.transport.sending({ ...options, repeatable: true }) };
  }

  /** Must not be sent again while it may have been done. */
  once(options: CallOptions = {}): Manner {
    return { fetch: this.transport.sending({ ...options, repeatable: false }) };
  }

  /** Whoever reads the answer tries again. */
  stream(options: CallOptions = {}): Manner & { parseAs: "stream" } {
    const sending = { ...options, retry: false, repeatable: false, streamed: true } as const;
    return { fetch: this.transport.sending(sending), parseAs: "stream" };
  }

  /** Reading has no effect. What else may be repeated, only the caller knows. */
  private plain(request: Request): Promise<Response> {
    const { method, signal } = request;
    return this.transport.sending({ signal, repeatable: method === "GET", streamed: true })(request);
  }
}

/** The content of an answer: problems are thrown before there is one. */
export function content<T>({ data }: { data?: T }): T {
  return data as T;
}
