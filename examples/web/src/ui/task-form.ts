/** Between a task and the form that edits it. */

import type { Task, TaskPatch } from "@tasklane/client";
import type { Item } from "../replica/rows";

/** What the form edits of a task. */
export type Content = Pick<Task, "title" | "description" | "priority" | "tags"> & {
  due: { date: string; time: string | null; timezone: string | null } | null;
};

export function contentOf(item: Item | null, title: string): Content {
  if (!item) return { title, description: null, priority: "none", tags: [], due: null };
  const { task } = item;
  const { date, time = null, timezone = null } = task.due ?? { date: "" };
  const due = task.due ? { date, time, timezone } : null;
  return { title: task.title, description: task.description ?? null, priority: task.priority, tags: task.tags, due };
}

export function readForm(data: FormData): Content {
  const text = (name: string) => String(data.get(name) ?? "");
  const [date, time, timezone] = [text("date"), text("time") || null, text("timezone") || null];
  return {
    title: text("title"),
    description: text("description").replaceAll("\r\n", "\n") || null,
    priority: text("priority") as Content["priority"],
    tags: text("tags")
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
    due: date ? { date, time, timezone: time && timezone } : null,
  };
}

/** The members that were changed. What was not is left alone: it may have changed elsewhere. */
export function changes(before: Content, after: Content): TaskPatch {
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Content]),
  );
  return Object.fromEntries(changed);
}
