/** Sends requests: with a token, in time, again where that is safe, and with problems thrown. */

import { problemOf, Unreachable } from "./problem.js";
import { Attempts, isTransient, type RetryOptions } from "./retry.js";
import { type Auth, Owner, type TokenSource } from "./token.js";
import { awaiting, linked, pause } from "./waiting.js";

/** `fetch`, as far as it is used here. */
export type Fetch = (request: Request) => Promise<Response>;

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, its waits and attempts included. */
  signal?: AbortSignal | undefined;
  /** In place of the client's own setting. */
  retry?: RetryOptions | false | undefined;
  /** @internal Whose call it is, where it takes more than one request. */
  owner?: Owner | undefined;
}

/** How one request is to be sent. */
export interface Sending extends CallOptions {
  /** Whether it may be sent again when nobody knows what became of it. */
  repeatable: boolean;
  /** Whether a page in HTML cannot be the answer. */
  typed?: boolean;
  /** Whether the answer is handed on before its content has come: a stream, or something large. */
  streamed?: boolean;
}

/** What a transport is made of. */
export interface TransportOptions {
  /** Where tokens come from; absent for the open routes. */
  auth?: Auth;
  /**
   * The `sub` of the only person whose tokens are sent; `SubjectChanged` for anybody else's. Without it
   * each call, and each iteration, is bound to the person for whom it began.
   */
  subject?: string | undefined;
  /** In place of the platform's `fetch`. */
  fetch?: Fetch;
  /** How hard to try; `false` for one attempt. */
  retry?: RetryOptions | false;
  /** Milliseconds that an attempt may take; 30,000 by default. */
  timeout?: number;
}

const TIMEOUT = 30_000;

/** The one way from here to the server. */
export class Transport {
  private readonly auth: TokenSource | null;
  private readonly fetch: Fetch;
  private readonly retry: RetryOptions | false;
  private readonly timeout: number;
  private readonly subject: string | undefined;
  /** Whether bodies can be read as they come; React Native's `fetch` cannot. Known after the first answer. */
  streams = true;

  constructor({ auth, subject, fetch, retry = {}, timeout = TIMEOUT }: TransportOptions) {
    this.auth = auth === undefined ? null : sourceOf(auth);
    this.subject = subject;
    this.fetch = fetch ?? ((request) => globalThis.fetch(request));
    this.retry = retry;
    this.timeout = timeout;
  }

  /** A `fetch` that sends like this. */
  sending(sending: Sending): Fetch {
    return (request) => this.send(request, sending);
  }

  /** Options that bind a call of several requests to the person who is signed in when it begins. */
  owned<T extends CallOptions>(options: T): T & { owner: Owner } {
    return { ...options, owner: options.owner ?? new Owner(this.subject) };
  }

  private async send(request: Request, unowned: Sending): Promise<Response> {
    const sending = this.owned(unowned);
    const { signal, repeatable, retry = this.retry } = sending;
    const attempts = new Attempts(retry, repeatable);
    for (let uncertain = false; ; ) {
      try {
        return await this.attempt(request, sending, uncertain);
      } catch (error) {
        await pause(attempts.next(error), signal);
        uncertain ||= isTransient(error);
      }
    }
  }

  private async attempt(request: Request, sending: Sending, uncertain: boolean): Promise<Response> {
    const response = await this.authorized(request, sending);
    if (response.status >= 400) throw await problemOf(response, uncertain);
    const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
    if (isPage && sending.typed) throw new Unreachable("The answer is a page of something else than Tasklane");
    return response;
  }

  /** Sends it with a token, and with another when that one is refused. */
  private async authorized(request: Request, sending: Sending): Promise<Response> {
    const { auth } = this;
    if (!auth) return this.answer(request.clone(), sending);
    const token = await tokenOf(auth, sending);
    const response = await this.answer(withToken(request, token), sending);
    if (response.status !== 401) return response;
    const next = await tokenOf(auth, sending, token);
    if (next === token) return response;
    await response.body?.cancel();
    return this.answer(withToken(request, next), sending);
  }

  /** The answer, with all of its content unless it is streamed. */
  private async answer(request: Request, { signal, streamed }: Sending): Promise<Response> {
    const { controller, release } = linked(signal);
    const late = new Unreachable("The server took too long");
    const timer = setTimeout(() => controller.abort(late), this.timeout);
    try {
      const sent = this.fetch(new Request(request, { signal: controller.signal }));
      const answered = sent.then((response) => (streamed && response.ok ? response : whole(response)));
      // Node.js forgets a request's signal when it collects garbage: no fetch is trusted to heed it.
      const answer = await awaiting(answered, controller.signal);
      this.streams = answer.body !== undefined;
      // The signal ends a stream, too.
      if (!streamed || !answer.ok) release();
      return answer;
    } catch (error) {
      release();
      throw signal?.aborted ? signal.reason : unreachable(controller.signal.aborted ? late : error);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function tokenOf(auth: TokenSource, { signal, owner }: Sending, refused?: string): Promise<string> {
  try {
    const token = await awaiting(auth.token(refused), signal);
    owner?.check(token);
    return token;
  } catch (error) {
    // That is how `fetch` says that it did not get through.
    throw error instanceof TypeError ? new Unreachable("No token can be fetched", { cause: error }) : error;
  }
}

/** Reads to the end, so that an answer that breaks off counts as a failure. */
async function whole(response: Response): Promise<Response> {
  if (!response.body) return response;
  const copy = response.clone();
  await response.arrayBuffer();
  return copy;
}

function unreachable(cause: unknown): Unreachable {
  return cause instanceof Unreachable ? cause : new Unreachable("The server cannot be reached", { cause });
}

function withToken(request: Request, token: string): Request {
  const sent = new Request(request.clone());
  sent.headers.set("Authorization", `Bearer ${token}`);
  return sent;
}

function sourceOf(auth: Auth): TokenSource {
  if (typeof auth !== "function") return auth;
  const owner = new Owner();
  return { token: async (refused) => owner.check(await auth(refused)) };
}
