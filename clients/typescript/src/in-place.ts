/** Whether a patch has been written, as far as the task itself can tell. */

import type { Task, TaskPatch } from "./types.js";

/** Whether the task is as the patch would make it. In doubt it is not. */
export function isInPlace(patch: TaskPatch, task: Task): boolean {
  return Object.entries(patch).every(([name, wanted]) => {
    const member = name as keyof TaskPatch;
    if (member === "metadata") return isMetadataInPlace(patch.metadata, task.metadata);
    if (member === "due") return isDueInPlace(patch.due, task.due);
    return wanted === undefined || same(wanted ?? DEFAULTS[member], task[member]);
  });
}

/** What null stands for in a patch. */
const DEFAULTS: TaskPatch = { completed: false, description: null, parent_id: null, priority: "none", tags: [] };

function isDueInPlace(wanted: TaskPatch["due"], due: Task["due"]): boolean {
  if (wanted === undefined) return true;
  if (wanted === null || due === null) return wanted === due;
  return Object.entries(wanted).every(([name, value]) => value === undefined || due[name as keyof typeof due] === value);
}

function isMetadataInPlace(wanted: TaskPatch["metadata"], kept: Task["metadata"]): boolean {
  if (wanted === undefined) return true;
  if (wanted === null) return Object.keys(kept).length === 0;
  return Object.entries(wanted).every(([name, value]) => (value ?? undefined) === kept[name]);
}

/** The server trims what it keeps. */
function same(wanted: unknown, kept: unknown): boolean {
  const plain = (value: unknown) => (typeof value === "string" ? value.trim() : value);
  if (!Array.isArray(wanted) || !Array.isArray(kept)) return plain(wanted) === plain(kept);
  return wanted.length === kept.length && wanted.every((value, index) => same(value, kept[index]));
}
