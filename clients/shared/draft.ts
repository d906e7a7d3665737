/** Items that are made here before the server knows them. */

import type { Task, TaskDraft } from "@tasklane/client";
import { BASE_52_DIGITS, BASE_62_DIGITS, generateKeyBetween } from "fractional-indexing";

/** A task to insert, with an id of its own and, unless it says otherwise, behind all others. */
export function newTask(draft: TaskDraft): Task {
  const now = new Date();
  const task = {
    id: newId(),
    owner_id: "",
    title: draft.title,
    description: draft.description ?? null,
    completed: draft.completed ?? false,
    completed_at: draft.completed ? now.toISOString() : null,
    priority: draft.priority ?? "none",
    due: draft.due ? { time: null, timezone: null, ...draft.due } : null,
    tags: draft.tags ?? [],
    metadata: draft.metadata ?? {},
    position: draft.position ?? lastPosition(now),
    revision: 0,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    deleted_at: null,
  };
  return { ...draft, ...task } as Task;
}

/** A `position` between two others; null stands for the beginning and the end. */
export function positionBetween(after: string | null, before: string | null): string {
  return generateKeyBetween(after, before, BASE_62_DIGITS, BASE_52_DIGITS);
}

/** A random UUID (RFC 9562, version 4); `crypto.randomUUID` is missing on plain HTTP. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The default of the server: `i` and the microseconds since 1970 in nine digits. */
function lastPosition(now: Date): string {
  let digits = "";
  for (let rest = now.getTime() * 1_000 + tick(); rest > 0; rest = Math.floor(rest / 62)) digits = BASE_62_DIGITS[rest % 62] + digits;
  return `i${digits.padStart(9, "0")}`;
}

let ticks = 0;

/** Orders what is made within one millisecond. */
function tick(): number {
  return (ticks = (ticks + 1) % 1_000);
}
