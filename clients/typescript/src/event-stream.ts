/** Changes as they happen, over `fetch`: `EventSource` cannot send the header that says who asks. */

import type { SyncPoint } from "./changes.js";
import { isKnown } from "./kinds.js";
import { content, type Operations } from "./operations.js";
import { TaskProblem, Unreachable } from "./problem.js";
import { isRateLimit, isTransient, type RetryOptions, waitAfter } from "./retry.js";
import { eventsOf } from "./server-sent-events.js";
import type { CallOptions } from "./transport.js";
import type { Change } from "./types.js";
import { linked, onWake, pause } from "./waiting.js";

/** How changes are followed. */
export interface StreamOptions extends Omit<CallOptions, "retry"> {
  /** Whether to connect again, for as long as it takes, when the stream ends or breaks off. On by default. */
  reconnect?: boolean;
  /** In place of the client's own setting; streams have no limit on attempts and time. */
  retry?: Pick<RetryOptions, "rateLimited" | "onRetry"> | undefined;
  /** Milliseconds without a sign of life after which the server counts as gone; 45,000 by default. */
  silence?: number | undefined;
}

/** The server says something every 15 seconds; three times nothing is too little. */
export const SILENCE = 45_000;
/** Milliseconds without a sign of life after which a connection is not trusted when the page comes back. */
const DOUBTFUL = 20_000;
/** The longest wait before the first reconnection, unless the stream names another. */
const FIRST_WAIT = 2_000;

/** What one connection leaves to the next. */
export class Pace {
  /** Milliseconds that the server wants at most between two connections. */
  wait = FIRST_WAIT;
  /** Attempts in a row that brought no sign of life. */
  failures = 0;
  /** Whether the last connection brought a sign of life. */
  heard = false;
  /** Whether there is reason to look again at once. */
  hurried = false;
  /** The id of the last event: where to go on. */
  last = "";

  /** Milliseconds to wait before the next connection. */
  after(error: TaskProblem | Unreachable): number {
    const { heard, hurried } = this;
    this.failures = heard ? 1 : this.failures + 1;
    this.heard = this.hurried = false;
    return hurried ? 0 : waitAfter(error, this.failures, this.wait);
  }
}

/**
 * Each change after the point, once and in order, however often the connection is lost. Throws
 * `TaskProblem` 410 when what came since is no longer known: then read everything again.
 */
export async function* streamChanges(
  operations: Operations,
  since: SyncPoint,
  options: StreamOptions,
): AsyncGenerator<Change, void, undefined> {
  const { signal, reconnect = true, retry } = options;
  const pace = new Pace();
  for (;;) {
    let error: TaskProblem | Unreachable = new Unreachable("The stream ended");
    try {
      yield* connection(operations, pace.last || since, pace, options);
      if (!reconnect) return;
    } catch (caught) {
      const heals = isTransient(caught) || (isRateLimit(caught) && retry?.rateLimited);
      if (!reconnect || signal?.aborted || !heals) throw caught;
      error = caught;
    }
    const wait = pace.after(error);
    retry?.onRetry?.({ attempt: pace.failures, wait, error });
    await pause(wait, signal, !isRateLimit(error));
  }
}

/** The changes of one connection, until it ends. `told` is called at each sign of life. */
export async function* connection(
  operations: Operations,
  since: SyncPoint,
  pace: Pace,
  { signal, owner, silence = SILENCE }: StreamOptions,
  told?: () => void,
): AsyncGenerator<Change, void, undefined> {
  const { controller: line, release } = linked(signal);
  const dead = () => line.abort(new Unreachable("The server has gone silent"));
  let timer = setTimeout(dead, silence);
  let last = Date.now();
  const heard = () => {
    pace.heard = true;
    last = Date.now();
    clearTimeout(timer);
    timer = setTimeout(dead, silence);
    told?.();
  };
  const unsubscribe = onWake((isOnline) => {
    if (!isOnline && Date.now() - last < DOUBTFUL) return;
    pace.hurried = true;
    dead();
  });
  try {
    const answer = await operations.api.GET("/api/events", {
      params: { header: { "Last-Event-ID": String(since) } },
      ...operations.stream({ signal: line.signal, owner }),
    });
    const body = content<ReadableStream<Uint8Array> | null>(answer);
    if (!body) return;
    const asked = (wait: number) => (pace.wait = wait);
    for await (const event of eventsOf(body, { heard, asked, signal: line.signal })) {
      if (event.event !== "change") continue;
      // The reader's own time is not the server's silence.
      clearTimeout(timer);
      const change = JSON.parse(event.data) as Change;
      pace.last = event.id;
      if (isKnown(change)) yield change;
      heard();
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (line.signal.aborted) throw line.signal.reason;
    // An event that is no JSON, or a line that was cut.
    const isLost = error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException;
    throw isLost ? new Unreachable("The stream broke off", { cause: error }) : error;
  } finally {
    clearTimeout(timer);
    unsubscribe();
    release();
    line.abort();
  }
}
