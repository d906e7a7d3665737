/** Keeps the replica and the server alike, for as long as the page is open. */

import { signal } from "@preact/signals";
import { type Client, isOutOfReach, SubjectChanged, type Task, TaskProblem, type TaskPatch } from "@tasklane/client";
import { inWords } from "../words";
import type { Replica } from "./replica";
import { itemsOf, type Operation, overwritten, type Overwritten, type Row } from "./rows";

/** How it stands, for a person to see. */
export type SyncStatus =
  | { kind: "syncing" }
  | { kind: "synced" }
  /** No answer; it is tried again. */
  | { kind: "offline" }
  /** The server asked for patience; it is tried again then. */
  | { kind: "waiting"; message: string };

/** Attempts after a failure: at first soon, and never more than this many milliseconds apart. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

/** What a person should know. */
export interface Listener {
  status(status: SyncStatus): void;
  /** Something that was done here came too late: words for it. */
  lost(message: string): void;
  /** Something that was done here was written over what was done elsewhere. */
  overwritten(overwritten: Overwritten): void;
  /** Somebody else has signed in. */
  replaced(): void;
}

export class Sync {
  readonly status = signal<SyncStatus>({ kind: "syncing" });
  private failures = 0;
  private woken: (() => void) | null = null;
  private wakeIsDue = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly replica: Replica,
    private readonly hears: Listener,
  ) {}

  /** There is something to send, or reason to believe that the server can be reached again. */
  wake(): void {
    this.wakeIsDue = true;
    this.woken?.();
  }

  /** Works until the signal is aborted. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        this.wakeIsDue = false;
        await this.push();
        await this.pull(stop);
        this.failures = 0;
        this.tell({ kind: "synced" });
        await this.follow(stop);
      } catch (error) {
        if (error instanceof SubjectChanged) return this.hears.replaced();
        if (!stop.aborted) await this.pauseAfter(error, stop);
      }
    }
  }

  private tell(status: SyncStatus): void {
    this.status.value = status;
    this.hears.status(status);
  }

  /** Sends what was done here, in its order. */
  private async push(): Promise<void> {
    while (await this.alone(() => this.pushOne()));
  }

  private async pushOne(): Promise<boolean> {
    const next = await this.replica.next();
    if (!next) return false;
    const { operation, row } = next;
    try {
      await this.replica.sent(operation, await this.send(operation, row));
    } catch (error) {
      await this.judge(error, operation, row);
    }
    return true;
  }

  private async send({ key, action, base = {} }: Operation, row: Row | undefined): Promise<Task | null> {
    const { tasks } = this.client;
    if (action.kind === "create") return tasks.create(action.draft, { idempotencyKey: key });
    const known = row?.task;
    if (!known) throw new Gone();
    const { id } = known;
    switch (action.kind) {
      case "update":
        return this.update(key, known, action.patch, base);
      case "restore":
        return tasks.restore(id);
      case "remove":
        await tasks.remove(id);
        return null;
      case "erase":
        await tasks.erase(id);
        return null;
    }
  }

  /** Writes only what was changed here, and tells what it was written over. */
  private async update(key: string, known: Task, patch: TaskPatch, base: Partial<Task>): Promise<Task> {
    let theirs: TaskPatch = {};
    const task = await this.client.tasks.edit(known, (now) => {
      theirs = overwritten(patch, base, now);
      return patch;
    });
    if (Object.keys(theirs).length > 0) this.hears.overwritten({ key, title: task.title, theirs });
    return task;
  }

  /** Throws again what time may heal; everything else takes the operation out of the way. */
  private async judge(error: unknown, operation: Operation, row: Row | undefined): Promise<void> {
    const status = error instanceof Gone ? 404 : error instanceof TaskProblem ? error.status : 0;
    const { kind } = operation.action;
    if (status === 404 || status === 409 || (status === 422 && isUsedUp(error))) {
      const wanted = kind === "remove" || kind === "erase";
      if (wanted) return this.replica.sent(operation, null);
      if (status !== 409) this.hears.lost(tooLate(operation, row));
      return this.replica.dropped(operation);
    }
    if ([400, 403, 413, 415, 422, 428].includes(status)) {
      return this.replica.refused(operation, inWords(error));
    }
    throw error;
  }

  /** Fetches what changed since the last time, or everything. */
  private async pull(stop: AbortSignal): Promise<void> {
    const since = await this.replica.revision();
    for await (const step of this.client.changes.sync(since, { trash: true, signal: stop })) {
      await this.alone(() =>
        step.kind === "replaced"
          ? this.replica.replace(step.tasks, step.revision)
          : this.replica.receive(step.changes, step.revision),
      );
    }
  }

  /** Takes changes over as they happen and sends what is done here, until the stream ends. */
  private async follow(stop: AbortSignal): Promise<void> {
    const round = new AbortController();
    const abort = () => round.abort();
    stop.addEventListener("abort", abort);
    window.addEventListener("offline", abort);
    const stream = this.listen(round.signal);
    const ended = stream.then(() => "ended" as const);
    try {
      while ((await Promise.race([ended, this.wakes()])) !== "ended") await this.push();
    } finally {
      stop.removeEventListener("abort", abort);
      window.removeEventListener("offline", abort);
      round.abort();
      await stream.catch(() => {});
    }
  }

  private async listen(stop: AbortSignal): Promise<void> {
    const since = (await this.replica.revision()) ?? 0;
    try {
      for await (const change of this.client.changes.events(since, { signal: stop, reconnect: false })) {
        await this.alone(() => this.replica.receive([change], change.revision));
      }
    } catch (error) {
      // The feed says the same and leads to a full reading.
      if (!stop.aborted && !isOutOfReach(error)) throw error;
    }
  }

  private async wakes(): Promise<"woken"> {
    if (!this.wakeIsDue) {
      await new Promise<void>((resolve) => {
        this.woken = resolve;
      });
    }
    this.wakeIsDue = false;
    return "woken";
  }

  private async pauseAfter(error: unknown, stop: AbortSignal): Promise<void> {
    const asked = error instanceof TaskProblem && error.status === 429;
    this.tell(asked ? { kind: "waiting", message: inWords(error).message } : { kind: "offline" });
    const backOff = Math.min(FIRST_PAUSE * 2 ** this.failures, LONGEST_PAUSE);
    this.failures += 1;
    const wait = error instanceof TaskProblem && error.retryAfter ? error.retryAfter * 1_000 : backOff;
    const ends = [after(wait, stop)];
    // Waking does not help against a limit.
    if (!asked) ends.push(this.wakes().then(() => undefined));
    await Promise.race(ends);
  }

  /** One at a time: a change in the stream must not overtake the answer to the write behind it. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => {});
    return mine;
  }
}

/** There is nothing on the server that the operation could mean. */
class Gone extends Error {}

/** The key of a creation whose task has since been erased elsewhere. */
function isUsedUp(error: unknown): boolean {
  return error instanceof TaskProblem && error.code === "idempotency_key_reused";
}

function tooLate(operation: Operation, row: Row | undefined): string {
  const title = row && itemsOf([row], [operation])[0]?.task.title;
  const what = title ? `“${title}”` : "A task";
  return `${what} was deleted elsewhere, so your change to it could not be kept.`;
}

function after(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stop.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

