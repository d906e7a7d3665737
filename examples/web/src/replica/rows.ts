/** What is kept, and what a person sees of it: the server's state with what was done here on top. */

import type { Task, TaskDraft, TaskPatch } from "@tasklane/client";

/** A task as the server last gave it, or null while the server does not know it. */
export interface Row {
  /**
   * Names the task in this browser for good, also before it has an id. The creation's idempotency
   * key.
   */
  key: string;
  task: Task | null;
}

/** Something that was done here. */
export type Action =
  | { kind: "create"; draft: TaskDraft }
  | { kind: "update"; patch: TaskPatch }
  | { kind: "remove" }
  | { kind: "restore" }
  | { kind: "erase" };

/** Why the server would not do it, in words. */
export interface Refusal {
  message: string;
  /** By JSON Pointer into the task: `/title`. */
  fields: Record<string, string>;
}

/** An action in the outbox. */
export interface Operation {
  /** Its place in the order; given by the database. */
  number: number;
  key: string;
  action: Action;
  at: string;
  /** What an update is written over, as the person saw it. */
  base?: Partial<Task>;
  refusal?: Refusal;
}

/** A change of somebody else that an update was written over. */
export interface Overwritten {
  key: string;
  title: string;
  /** What they had written. */
  theirs: TaskPatch;
}

/** The members of a patch that have been changed elsewhere since the person saw the task, as they now are. */
export function overwritten(patch: TaskPatch, base: Partial<Task>, now: Task): TaskPatch {
  const members = Object.keys(patch) as (keyof TaskPatch & keyof Task)[];
  const differ = (a: unknown, b: unknown) => JSON.stringify(plain(a)) !== JSON.stringify(plain(b));
  const theirs = members.filter((name) => name in base && differ(now[name], base[name]) && differ(now[name], patch[name]));
  return Object.fromEntries(theirs.map((name) => [name, now[name]]));
}

/** A task as a person sees it. */
export interface Item {
  key: string;
  task: Task;
  /** Not on the server as it is shown here. */
  pending: boolean;
  refusal: Refusal | null;
}

/** A value as the server writes it: what was typed here may not have been there and back yet. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.trim() || null;
  if (typeof value !== "object" || value === null || !("date" in value)) return value ?? null;
  const { date, time = null, timezone = null } = value as { date: string; time?: string | null; timezone?: string | null };
  return { date, time, timezone };
}

/** Lays the operations over the rows. */
export function itemsOf(rows: Row[], operations: Operation[]): Item[] {
  const byKey = grouped(operations);
  return rows.flatMap((row) => {
    const own = byKey.get(row.key) ?? [];
    const task = own.reduce<Task | null>(applied, row.task);
    if (task === null) return [];
    const refusal = own.find((operation) => operation.refusal)?.refusal ?? null;
    return [{ key: row.key, task, pending: own.length > 0, refusal }];
  });
}

/** The task after an operation; null when nothing is left of it. */
export function applied(task: Task | null, operation: Pick<Operation, "action" | "at">): Task | null {
  const { action, at } = operation;
  if (action.kind === "create") return task ?? drafted(action.draft, at);
  if (task === null || action.kind === "erase") return null;
  switch (action.kind) {
    case "update":
      return patched(task, action.patch, at);
    case "remove":
      return { ...task, deleted_at: at };
    case "restore":
      return { ...task, deleted_at: null };
  }
}

function patched(task: Task, patch: TaskPatch, at: string): Task {
  const merged = { ...task, ...patch, updated_at: at } as Task;
  if (patch.completed != null) merged.completed_at = patch.completed ? at : null;
  return merged;
}

function drafted(draft: TaskDraft, at: string): Task {
  const blank: Task = {
    id: "",
    owner_id: "",
    title: "",
    description: null,
    completed: false,
    completed_at: null,
    priority: "none",
    due: null,
    tags: [],
    parent_id: null,
    position: "",
    metadata: {},
    revision: 0,
    created_at: at,
    updated_at: at,
    deleted_at: null,
  };
  return { ...blank, ...draft } as Task;
}

function grouped(operations: Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.key);
    if (group) group.push(operation);
    else groups.set(operation.key, [operation]);
  }
  return groups;
}
