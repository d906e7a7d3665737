/** The change feed, the event stream, and keeping a copy of all tasks. */

import { connection, Pace, streamChanges, type StreamOptions } from "./event-stream.js";
import { isKnown } from "./kinds.js";
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
  /** The newest state of each item that changed, oldest change first; what was deleted or erased included. */
  changes: Change[];
  /** The revision of the copy once it has these. */
  revision: number;
  /** Where to go on once the copy has these. Keep it with them. */
  next: SyncPoint;
}

/**
 * How far a copy has been brought: a revision, or the `next` of a step, which also remembers that a
 * reading began with nothing and may be finished.
 */
export type SyncPoint = number | string;

/** Everything again: a task that is not in it is gone. */
export interface ReplacedStep {
  kind: "replaced";
  /** All tasks: the live ones, and those in the trash if `trash` was set. */
  tasks: Task[];
  /** The revision of the copy once it has these. */
  revision: number;
  /** Where to go on once the copy has these. Keep it with them. */
  next: SyncPoint;
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

/** What changes of one user's. Kinds of items that this client does not know are passed over. */
export class Changes {
  /** @internal */
  constructor(
    private readonly operations: Operations,
    private readonly tasks: Tasks,
    private readonly retry: RetryOptions | false | undefined,
  ) {}

  /**
   * What changed after a point, in stretches, until there is no more. 0 is an empty copy. Throws
   * `TaskProblem` 410 when it is no longer known; `sync` takes care of that.
   */
  async *since(point: SyncPoint, options?: CallOptions): AsyncGenerator<ChangedStep, void, undefined> {
    const manner = this.operations.repeatable(this.operations.owned(options));
    for (let since = String(point); ; ) {
      const query = { since, limit: LARGEST_STRETCH };
      const answer = await this.operations.api.GET("/api/changes", { params: { query }, ...manner });
      const stretch = content(answer, "changes");
      const { changes, revision, next } = stretch;
      since = next;
      yield { kind: "changed", changes: changes.filter(isKnown), revision, next };
      if (!stretch.has_more) return;
    }
  }

  /**
   * Brings a copy up to date: what changed since the point that it is at, or everything when it has
   * none (null) or has been away for so long that the changes are no longer known.
   */
  async *sync(point: SyncPoint | null, options?: SyncOptions): AsyncGenerator<SyncStep, void, undefined> {
    const owned = this.operations.owned(options);
    if (point !== null) {
      try {
        return yield* this.since(point, owned);
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
   * point it starts at now. Throws `TaskProblem` 410 when the point is too old; `follow` takes care of
   * that.
   */
  async *events(point?: SyncPoint | null, options?: StreamOptions): AsyncGenerator<Change, void, undefined> {
    const { signal, owner } = this.operations.owned(options);
    const since = point ?? (await this.tasks.list({ limit: 1 }, { signal, owner })).revision;
    yield* streamChanges(this.operations, since, { retry: this.retry || undefined, ...options, owner });
  }

  /**
   * Brings a copy up to date and keeps it so, until the signal or the loop's end. Whatever a server or a
   * proxy answers, it waits and goes on, and it looks at once when the browser is online again or the
   * page visible again. The tabs of an origin share one event stream. It ends with `TaskProblem` 401 or 403, with `SubjectChanged`, or with an error
   * of your own token function. Where bodies cannot be read as they come (React Native), and where
   * tabs cannot agree on one (plain HTTP but for localhost), it asks every ten seconds.
   */
  async *follow(point: SyncPoint | null, options?: FollowOptions): AsyncGenerator<SyncStep, void, undefined> {
    const owned = this.operations.owned(options);
    const { signal, retry = this.retry } = owned;
    const pace = new Pace();
    for (let at = point; ; ) {
      let error: TaskProblem | Unreachable = new Unreachable("The stream ended");
      let revision = 0;
      try {
        for await (const step of this.sync(at, { ...owned, retry: false })) {
          ({ next: at, revision } = step);
          yield step;
        }
        for await (const change of this.live(revision, pace, owned)) {
          at = revision = change.revision;
          yield { kind: "changed", changes: [change], revision, next: at };
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
    return { kind: "replaced", tasks: [...latest.values()], revision, next: revision };
  }
}

/**
 * Whether a feed or a stream was refused because the server no longer knows what happened since, or has
 * been set back to before it: everything has to be read again.
 */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof TaskProblem && error.status === 410;
}
