/** The change feed, the event stream, and keeping a copy of all tasks. */

import { connection, Pace, streamChanges, type StreamOptions } from "./event-stream.js";
import { content, type Operations } from "./operations.js";
import { TaskProblem, Unreachable } from "./problem.js";
import { isRateLimit, mayPass, type RetryOptions } from "./retry.js";
import { acrossTabs } from "./shared-stream.js";
import type { Tasks } from "./tasks.js";
import type { Owner } from "./token.js";
import type { CallOptions } from "./transport.js";
import type { Change, Task } from "./types.js";
import { pause } from "./waiting.js";

/** A stretch of the change feed. */
export interface ChangedStep {
  kind: "changed";
  /** The newest state of each task that changed, oldest change first; trash and tombstones included. */
  changes: Change[];
  /** Where the copy is once it has these. Keep it with them. */
  revision: number;
}

/** Everything again: a task that is not in it is gone. */
export interface ReplacedStep {
  kind: "replaced";
  /** All tasks: the live ones, and those in the trash if `trash` was set. */
  tasks: Task[];
  /** Where the copy is once it has these. Keep it with them. */
  revision: number;
}

/** What to do to a copy. */
export type SyncStep = ChangedStep | ReplacedStep;

/** How a copy is brought up to date. */
export interface SyncOptions extends CallOptions {
  /** Whether a whole reading includes the tasks in the trash. */
  trash?: boolean;
}

/** How a copy is kept up to date. */
export interface FollowOptions extends SyncOptions, Pick<StreamOptions, "silence"> {}

const LARGEST_STRETCH = 500;
/** Milliseconds between two questions where there is no stream. */
const POLLED = 10_000;

/** The changes of one user's tasks. */
export class Changes {
  /** @internal */
  constructor(
    private readonly operations: Operations,
    private readonly tasks: Tasks,
    private readonly retry: RetryOptions | false | undefined,
  ) {}

  /**
   * What changed after a revision, in stretches, until there is no more. 0 is an empty copy. Throws
   * `TaskProblem` 410 when it is no longer known; `sync` takes care of that.
   */
  async *since(revision: number, options?: CallOptions): AsyncGenerator<ChangedStep, void, undefined> {
    const manner = this.operations.repeatable(this.operations.owned(options));
    for (let since = revision; ; ) {
      const query = { since, limit: LARGEST_STRETCH };
      const answer = await this.operations.api.GET("/api/tasks/changes", { params: { query }, ...manner });
      const stretch = content(answer, "changes");
      since = stretch.revision;
      yield { kind: "changed", changes: stretch.changes, revision: since };
      if (!stretch.has_more) return;
    }
  }

  /**
   * Brings a copy up to date: what changed since its revision, or everything when it has none (null)
   * or has been away for so long that the changes are no longer known.
   */
  async *sync(revision: number | null, options?: SyncOptions): AsyncGenerator<SyncStep, void, undefined> {
    const owned = this.operations.owned(options);
    let at = revision;
    if (at !== null) {
      try {
        for await (const step of this.since(at, owned)) {
          at = step.revision;
          yield step;
        }
        return;
      } catch (error) {
        if (!isOutOfReach(error)) throw error;
      }
    }
    const replaced = await this.whole(owned);
    yield replaced;
    // What changed while the list was read.
    yield* this.since(replaced.revision, owned);
  }

  /**
   * Each change as it happens, once and in order, however often the connection is lost. Without a
   * revision it starts at now. Throws `TaskProblem` 410 when the revision is too old; `follow` takes
   * care of that.
   */
  async *events(revision?: number | null, options?: StreamOptions): AsyncGenerator<Change, void, undefined> {
    const { signal, owner } = this.operations.owned(options);
    const since = revision ?? (await this.tasks.list({ limit: 1 }, { signal, owner })).revision;
    yield* streamChanges(this.operations, since, { retry: this.retry || undefined, ...options, owner });
  }

  /**
   * Brings a copy up to date and keeps it so, until the signal or the loop's end. Whatever a server or a
   * proxy answers, it waits and goes on, and it looks at once when the browser is online again or the
   * page visible again. The tabs of an origin share one event stream. It ends with `TaskProblem` 401 or 403, with `SubjectChanged`, or with an error
   * of your own token function. Where bodies cannot be read as they come (React Native), and where
   * tabs cannot agree on one (plain HTTP but for localhost), it asks every ten seconds.
   */
  async *follow(revision: number | null, options?: FollowOptions): AsyncGenerator<SyncStep, void, undefined> {
    const owned = this.operations.owned(options);
    const { signal, retry = this.retry } = owned;
    const pace = new Pace();
    for (let at = revision; ; ) {
      let error: TaskProblem | Unreachable = new Unreachable("The stream ended");
      try {
        for await (const step of this.sync(at, { ...owned, retry: false })) {
          at = step.revision;
          yield step;
        }
        for await (const change of this.live(at ?? 0, pace, owned)) {
          at = change.revision;
          yield { kind: "changed", changes: [change], revision: at };
        }
      } catch (caught) {
        if (signal?.aborted) throw signal.reason;
        if (!mayPass(caught)) throw caught;
        error = caught;
      }
      const wait = pace.after(error);
      if (retry && wait > 0) retry.onRetry?.({ attempt: pace.failures, wait, error });
      await pause(wait, signal, !isRateLimit(error));
    }
  }

  /** The changes of one connection, of this client's own or of all tabs. */
  private async *live(since: number, pace: Pace, options: FollowOptions & { owner: Owner }): AsyncGenerator<Change, void, undefined> {
    const { operations } = this;
    const { signal, silence, owner } = options;
    const poll = async function* (): AsyncGenerator<Change, void, undefined> {
      await pause(POLLED, signal, true);
      pace.heard = pace.hurried = true;
    };
    if (!operations.transport.streams) return yield* poll();
    const open = (at: number, told?: () => void) => connection(operations, at, pace, { signal, silence, owner }, told);
    const name = `tasklane ${operations.baseUrl} ${owner.name}`;
    yield* acrossTabs({ name, since, pace, signal, silence, open, poll });
  }

  /** Reads every task. What changes meanwhile has a higher revision and is in the feed. */
  private async whole({ trash = false, ...options }: SyncOptions): Promise<ReplacedStep> {
    const { revision } = await this.tasks.list({ limit: 1 }, options);
    const latest = new Map<string, Task>();
    for (const deleted of trash ? [false, true] : [false]) {
      for await (const task of this.tasks.all({ deleted, sort: "created_at" }, options)) {
        // A task that moved between the two readings is in both; the later state counts.
        const other = latest.get(task.id);
        if (!other || other.revision < task.revision) latest.set(task.id, task);
      }
    }
    return { kind: "replaced", tasks: [...latest.values()], revision };
  }
}

/**
 * Whether a feed or a stream was refused because the server no longer knows what happened since, or has
 * been set back to before it: everything has to be read again.
 */
export function isOutOfReach(error: unknown): boolean {
  if (!(error instanceof TaskProblem)) return false;
  const named = error.errors.some(({ parameter }) => parameter === "since" || parameter === "Last-Event-ID");
  return error.status === 410 || (error.status === 400 && named);
}
