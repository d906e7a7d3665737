/** The operations of the OpenAPI document, each sent as it may be. */

import { type Api, createApi } from "./api.js";
import { Unreachable } from "./problem.js";
import type { Owner } from "./token.js";
import type { CallOptions, Fetch, Transport } from "./transport.js";

/** What `Api` takes beside an operation's own parameters. */
interface Manner {
  fetch: Fetch;
}

/** What the rest is made of. */
export class Operations {
  readonly api: Api;

  constructor(
    readonly baseUrl: string,
    readonly transport: Transport,
  ) {
    this.api = createApi(baseUrl, (request) => this.plain(request));
  }

  /** Does no more when it is sent twice. */
  repeatable(options: CallOptions = {}): Manner {
    return { fetch: this.transport.sending({ ...options, repeatable: true, typed: true }) };
  }

  /** Must not be sent again while it may have been done. */
  once(options: CallOptions = {}): Manner {
    return { fetch: this.transport.sending({ ...options, repeatable: false, typed: true }) };
  }

  /** Options for a call of several requests, all of them for the same person. */
  owned<T extends CallOptions>(options?: T): T & { owner: Owner } {
    return this.transport.owned(options ?? ({} as T));
  }

  /** The reader of the answer tries again. */
  stream(options: CallOptions = {}): Manner & { parseAs: "stream" } {
    const sending = { ...options, retry: false, repeatable: false, streamed: true, typed: true } as const;
    return { fetch: this.transport.sending(sending), parseAs: "stream" };
  }

  /** Reading has no effect. What else may be repeated, only the caller knows. */
  private plain(request: Request): Promise<Response> {
    const { method, signal } = request;
    return this.transport.sending({ signal, repeatable: method === "GET", streamed: true })(request);
  }
}

/** The content of an answer: problems are thrown before there is one. `member` is one that it must have. */
export function content<T>({ data }: { data: T }, member?: keyof T): T {
  if (member !== undefined && Object(data)[member] === undefined) throw new Unreachable("The answer is not Tasklane's");
  return data;
}
