/** What changed, what changes, and how a copy of all tasks is kept. */

import { streamChanges, type StreamOptions } from "./event-stream.js";
import { content, type Operations } from "./operations.js";
import { TaskProblem } from "./problem.js";
import { Attempts, type RetryOptions } from "./retry.js";
import type { Tasks } from "./tasks.js";
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

/** Everything anew: what is not in it is gone. */
export interface ReplacedStep {
  kind: "replaced";
  /** All tasks: the live ones, and those in the trash where asked for. */
  tasks: Task[];
  /** Where the copy is once it has these. Keep it with them. */
  revision: number;
}

/** What to do to a copy. */
export type SyncStep = ChangedStep | ReplacedStep;

/** How a copy is kept. */
export interface SyncOptions extends CallOptions {
  /** Whether a whole reading has the tasks in the trash, too. */
  trash?: boolean;
}

/** How a copy is kept for as long as it takes. */
export interface FollowOptions extends SyncOptions, Pick<StreamOptions, "silence"> {}

const LARGEST_STRETCH = 500;

/** What changes among the tasks of whoever the token names. */
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
    for (let since = revision; ; ) {
      const query = { since, limit: LARGEST_STRETCH };
      const manner = this.operations.repeatable(options);
      const stretch = content(await this.operations.api.GET("/api/tasks/changes", { params: { query }, ...manner }));
      since = stretch.revision;
      yield { kind: "changed", changes: stretch.changes, revision: since };
      if (!stretch.has_more) return;
    }
  }

  /**
   * Brings a copy up to date: what changed since its revision, or everything when it has none (null)
   * or has been away for so long that the changes are no longer known.
   */
  async *sync(revision: number | null, options: SyncOptions = {}): AsyncGenerator<SyncStep, void, undefined> {
    let at = revision;
    if (at !== null) {
      try {
        for await (const step of this.since(at, options)) {
          at = step.revision;
          yield step;
        }
        return;
      } catch (error) {
        if (!isOutOfReach(error)) throw error;
      }
    }
    const replaced = await this.whole(options);
    yield replaced;
    // What changed while the list was read.
    yield* this.since(replaced.revision, options);
  }

  /**
   * Each change as it happens, once and in order, however often the connection is lost. Without a
   * revision it starts at now. Throws `TaskProblem` 410 when the revision is too old; `follow` takes
   * care of that.
   */
  async *events(revision?: number | null, options: StreamOptions = {}): AsyncGenerator<Change, void, undefined> {
    const since = revision ?? (await this.tasks.list({ limit: 1 }, { signal: options.signal })).revision;
    yield* streamChanges(this.operations, since, { retry: this.retry || undefined, ...options });
  }

  /** Brings a copy up to date and keeps it so, until the signal or the loop's end. */
  async *follow(revision: number | null, options: FollowOptions = {}): AsyncGenerator<SyncStep, void, undefined> {
    const { signal, retry = this.retry, silence } = options;
    const endless = { ...retry, attempts: Number.POSITIVE_INFINITY, totalTime: Number.POSITIVE_INFINITY };
    const following = { signal, retry: endless, ...(silence !== undefined && { silence }) };
    for (let at = revision, attempts = new Attempts(endless, true); ; ) {
      try {
        for await (const step of this.sync(at, { ...options, retry: false })) {
          at = step.revision;
          yield step;
        }
        attempts = new Attempts(endless, true);
        for await (const change of this.events(at, following)) {
          at = change.revision;
          yield { kind: "changed", changes: [change], revision: at };
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (!isOutOfReach(error)) await pause(attempts.next(error), signal);
      }
    }
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
 * been set back to before it: what is here has to be read anew.
 */
export function isOutOfReach(error: unknown): boolean {
  if (!(error instanceof TaskProblem)) return false;
  const named = error.errors.some(({ parameter }) => parameter === "since" || parameter === "Last-Event-ID");
  return error.status === 410 || (error.status === 400 && named);
}
