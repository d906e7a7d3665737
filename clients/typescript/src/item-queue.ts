/** Writes to one item go out one after the other, so that two quick ones do not conflict with each other. */

import type { TaskReference } from "./tasks.js";

/** What the writes of an item have come to. */
interface Line {
  /** The last write that waits or is under way. */
  last: Promise<unknown>;
  /** The revision that this line's first write was made for, and the one that its last left behind. */
  from: number | null;
  to: number | null;
}

/** The writes of one client that are under way. */
export class ItemQueue {
  private readonly lines = new Map<string, Line>();

  /**
   * Writes when the writes to the same item that began before have ended. If this one was made for the
   * same revision as they were, and they succeeded, it is made for the revision that they left behind;
   * unless it depends on what was read (`isExact`).
   */
  run<T>(item: TaskReference, write: (item: TaskReference) => Promise<T>, isExact = false): Promise<T> {
    const id = typeof item === "string" ? item : item.id;
    const line = this.lines.get(id) ?? { last: Promise.resolve(), from: null, to: null };
    this.lines.set(id, line);
    const mine = line.last.then(async () => {
      if (typeof item === "string") return write(item);
      const isCarried = !isExact && line.to !== null && line.from === item.revision;
      const written = await write(isCarried ? { id, revision: line.to! } : item);
      if (!isCarried) line.from = item.revision;
      line.to = revisionIn(written);
      return written;
    });
    const last: Promise<void> = mine.then(() => {}, () => {}).then(() => {
      if (line.last === last) this.lines.delete(id);
    });
    line.last = last;
    return mine;
  }
}

function revisionIn(written: unknown): number | null {
  return (written as { revision?: number } | undefined)?.revision ?? null;
}
