/** Changes as they happen, over `fetch`: `EventSource` cannot send the header that says who asks. */

import { content, type Operations } from "./operations.js";
import { TaskProblem, Unreachable } from "./problem.js";
import { isRateLimit, isTransient, type RetryOptions, waitAfter } from "./retry.js";
import { eventsOf } from "./server-sent-events.js";
import type { Change } from "./types.js";
import { linked, pause } from "./waiting.js";

/** How changes are followed. */
export interface StreamOptions {
  /** Ends the stream, its waits included. */
  signal?: AbortSignal | undefined;
  /** Whether to connect again, for as long as it takes, when the stream ends or breaks off. On by default. */
  reconnect?: boolean;
  /** In place of the client's own setting; streams have no limit on attempts and time. */
  retry?: Pick<RetryOptions, "rateLimited" | "onRetry"> | undefined;
  /** Milliseconds without a sign of life after which the server counts as gone; 45,000 by default. */
  silence?: number;
}

/** The server says something every 15 seconds; three times nothing is too little. */
const SILENCE = 45_000;
/** The wait before the first reconnection lies below this, unless the stream says another. */
const FIRST_WAIT = 2_000;

/**
 * Each change after the revision, once and in order, however often the connection is lost. Throws
 * `TaskProblem` 410 when what came since is no longer known: then read everything anew.
 */
export async function* streamChanges(
  operations: Operations,
  since: number,
  options: StreamOptions,
): AsyncGenerator<Change, void, undefined> {
  const { signal, reconnect = true, retry } = options;
  const seen: Seen = { revision: since, wait: FIRST_WAIT, heard: false };
  for (let failures = 0; ; ) {
    seen.heard = false;
    let error: TaskProblem | Unreachable = new Unreachable("The stream ended");
    try {
      yield* connection(operations, seen, options);
      if (!reconnect) return;
    } catch (caught) {
      const heals = isTransient(caught) || (isRateLimit(caught) && retry?.rateLimited);
      if (!reconnect || signal?.aborted || !heals) throw caught;
      error = caught;
    }
    failures = seen.heard ? 1 : failures + 1;
    const wait = waitAfter(error, failures, seen.wait);
    retry?.onRetry?.({ attempt: failures, wait, error });
    await pause(wait, signal);
  }
}

/** What one connection leaves to the next. */
interface Seen {
  /** The last change. */
  revision: number;
  /** Milliseconds that the server wants between two connections. */
  wait: number;
  /** Whether this connection brought a sign of life. */
  heard: boolean;
}

/** The changes of one connection. */
async function* connection(
  operations: Operations,
  seen: Seen,
  { signal, silence = SILENCE }: StreamOptions,
): AsyncGenerator<Change, void, undefined> {
  const { controller: line, release } = linked(signal);
  const dead = () => line.abort(new Unreachable("The server has gone silent"));
  let timer = setTimeout(dead, silence);
  const heard = () => {
    seen.heard = true;
    clearTimeout(timer);
    timer = setTimeout(dead, silence);
  };
  try {
    const answer = await operations.api.GET("/api/tasks/events", {
      params: { header: { "Last-Event-ID": seen.revision } },
      ...operations.stream({ signal: line.signal }),
    });
    const body = content<ReadableStream<Uint8Array> | null>(answer);
    if (!body) return;
    const asked = (wait: number) => (seen.wait = wait);
    for await (const event of eventsOf(body, { heard, asked, signal: line.signal })) {
      if (event.event !== "change") continue;
      const change = JSON.parse(event.data) as Change;
      seen.revision = change.revision;
      // The reader's own time is not the server's silence.
      clearTimeout(timer);
      yield change;
      heard();
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (line.signal.aborted) throw line.signal.reason;
    throw error instanceof TaskProblem || error instanceof Unreachable
      ? error
      : new Unreachable("The stream broke off", { cause: error });
  } finally {
    clearTimeout(timer);
    release();
    line.abort();
  }
}
