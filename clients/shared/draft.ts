/** Items that are made here before the server knows them. */

import type { Task, TaskDraft } from "@tasklane/client";
import { BASE_52_DIGITS, BASE_62_DIGITS, generateKeyBetween } from "fractional-indexing";

/** A task to insert, with an id of its own and, unless it says otherwise, behind all others. */
export function newTask(draft: TaskDraft): Task {
  const now = new Date();
  const at = now.toISOString();
  const given = Object.fromEntries(Object.entries(draft).filter(([, value]) => value != null));
  const defaults = { description: null, completed: false, priority: "none", due: null, tags: [], metadata: {}, position: lastPosition(now) };
  const due = draft.due && { time: null, timezone: null, ...draft.due };
  const set = { id: newId(), owner_id: "", revision: 0, created_at: at, updated_at: at, completed_at: draft.completed ? at : null, deleted_at: null };
  return { ...defaults, ...given, ...(due && { due }), ...set } as unknown as Task;
}

/** A `position` between two others; null stands for the beginning and the end. */
export function positionBetween(after: string | null, before: string | null): string {
  return generateKeyBetween(after, before, BASE_62_DIGITS, BASE_52_DIGITS);
}

/** A random UUID (RFC 9562, version 4); `crypto.randomUUID` is missing on plain HTTP. */
function newId(): string {
  const digits = crypto.getRandomValues(new Uint8Array(36));
  return "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, (_, at: number) => (digits[at]! & 15).toString(16));
}

/** The default of the server: `i` and the microseconds since 1970 in nine digits. */
function lastPosition(now: Date): string {
  let digits = "";
  for (let rest = now.getTime() * 1_000 + (ticks++ % 1_000); rest > 0; rest = Math.floor(rest / 62)) digits = BASE_62_DIGITS[rest % 62] + digits;
  return `i${digits.padStart(9, "0")}`;
}

/** Orders what is made within one millisecond. */
let ticks = 0;
