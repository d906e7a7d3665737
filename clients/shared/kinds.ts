/**
 * The kinds of things that are kept: how a change, a result and an operation of each look. Everything that
 * depends on their shape is here.
 */

import type { BatchOperation, BatchResults, Client, SyncStep, Task, TaskDraft } from "@tasklane/client";
import { contentOf, isSame, patchOf } from "./content.js";

/** What every kind has. */
export interface Item {
  id: string;
  /** Grows with each change; 0 as long as the server does not know the item. */
  revision: number;
  position: string;
  deleted_at: string | null;
}

/** The newest state of an item that changed. */
export interface Entry {
  kind: string;
  id: string;
  revision: number;
  /** The item, in the trash too; null when it was erased. */
  item: Item | null;
}

/** A kind of things. */
export interface Kind<T extends Item = any> {
  /** As the server calls it. */
  readonly name: string;
  /** Creates the item under its own id. */
  create(item: T): BatchOperation;
  /** Changes what differs; null when nothing does. Without a revision it applies to whatever there is. */
  update(id: string, from: T, to: T, revision?: number): BatchOperation | null;
  /** Moves the item to the trash. */
  remove(id: string, revision?: number): BatchOperation;
  /** The items with these ids, in the trash too. */
  find(client: Client, ids: string[]): Promise<T[]>;
}

/** Tasks. */
export const task: Kind<Task> = {
  name: "task",
  create: (item) => ({ op: "create", id: item.id, task: contentOf(item) as TaskDraft }),
  update(id, from, to, revision) {
    const patch = patchOf(contentOf(from), contentOf(to));
    return isSame(patch, {}) ? null : { op: "update", id, patch, if_match: revision ?? null };
  },
  remove: (id, revision) => ({ op: "delete", id, if_match: revision ?? null }),
  async find({ tasks }, ids) {
    const pages = await Promise.all([false, true].map((deleted) => tasks.list({ ids, deleted, limit: 100 })));
    return pages.flatMap(({ items }) => items);
  },
};

/** What a step of `client.changes` says, oldest change first. */
export function entriesOf(step: SyncStep): Entry[] {
  if (step.kind === "changed") return step.changes;
  return step.tasks.map((item) => ({ kind: "task", id: item.id, revision: item.revision, item }));
}

/** What an operation of a batch left behind: null for what was deleted. */
export function itemOf(result: BatchResults["results"][number]): Item | null {
  return result.task ?? null;
}
