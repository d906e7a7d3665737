/** Which tasks are shown, and in which order. */

import type { Task } from "@tasklane/client";
import type { Item } from "../replica/rows";
import { daysUntil, dueOrder, isOverdue } from "./due";

export const VIEWS = ["open", "today", "done", "trash"] as const;
export type View = (typeof VIEWS)[number];

export const PRIORITIES = ["urgent", "high", "medium", "low", "none"] as const;
export type Priority = Task["priority"];

export const ORDERS = { due: "Due date", priority: "Priority", created: "Newest", title: "Title" } as const;
export type Order = keyof typeof ORDERS;

/** What a person looks for. */
export interface Filter {
  words: string;
  priority: Priority | "";
  tag: string;
  order: Order;
}

/** What no person has narrowed. */
export const UNFILTERED = { words: "", priority: "", tag: "" } as const;

export function isFiltered({ words, priority, tag }: Filter): boolean {
  return Boolean(words.trim() || priority || tag);
}

/** Tasks under a heading; null where none is needed. */
export interface Group {
  heading: string | null;
  items: Item[];
}

export function inView(view: View, { task }: Item): boolean {
  if (task.deleted_at !== null) return view === "trash";
  if (view === "today") return !task.completed && task.due != null && daysUntil(task.due) <= 0;
  return view === (task.completed ? "done" : "open");
}

/** What is in a view and fits the filter, in order. */
export function found(items: Item[], view: View, filter: Filter): Item[] {
  const words = folded(filter.words).split(/\s+/).filter(Boolean);
  const tag = folded(filter.tag);
  const fits = ({ task }: Item) =>
    (!filter.priority || task.priority === filter.priority) &&
    (!tag || task.tags.some((own) => folded(own) === tag)) &&
    holds(task, words);
  const order = view === "done" || view === "trash" ? latestFirst(view) : orders[filter.order];
  return items.filter((item) => inView(view, item) && fits(item)).sort(order);
}

/** Puts headings between tasks in order of their due dates. */
export function grouped(items: Item[], view: View, order: Order): Group[] {
  if (view !== "open" || order !== "due") return [{ heading: null, items }];
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const heading = headingOf(item.task);
    groups.set(heading, [...(groups.get(heading) ?? []), item]);
  }
  const named = [...groups].map(([heading, members]) => ({ heading, items: members }));
  return named.length === 1 && named[0]?.heading === "No date" ? [{ heading: null, items }] : named;
}

/** Every tag of live tasks, as first written, in alphabetical order. */
export function tagsOf(items: Item[]): string[] {
  const tags = new Map<string, string>();
  for (const { task } of items) {
    if (task.deleted_at !== null) continue;
    for (const tag of task.tags) if (!tags.has(folded(tag))) tags.set(folded(tag), tag);
  }
  return [...tags.values()].sort((a, b) => a.localeCompare(b));
}

function headingOf({ due }: Task): string {
  if (!due) return "No date";
  if (isOverdue(due)) return "Overdue";
  const days = daysUntil(due);
  if (days <= 0) return "Today";
  return days < 7 ? "Next 7 days" : "Later";
}

function holds(task: Task, words: string[]): boolean {
  if (words.length === 0) return true;
  const text = folded([task.title, task.description ?? "", ...task.tags].join("\n"));
  return words.every((word) => text.includes(word));
}

/** Without case and accents, as the server searches too. */
function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

type Comparison = (a: Item, b: Item) => number;

const byCreation: Comparison = (a, b) => b.task.created_at.localeCompare(a.task.created_at);

const orders: Record<Order, Comparison> = {
  due: (a, b) => compare(dueOrder(a.task.due), dueOrder(b.task.due)) || byPriority(a, b) || byCreation(a, b),
  priority: (a, b) => byPriority(a, b) || compare(dueOrder(a.task.due), dueOrder(b.task.due)) || byCreation(a, b),
  created: byCreation,
  title: (a, b) => a.task.title.localeCompare(b.task.title),
};

function byPriority(a: Item, b: Item): number {
  return PRIORITIES.indexOf(a.task.priority) - PRIORITIES.indexOf(b.task.priority);
}

function latestFirst(view: "done" | "trash"): Comparison {
  const time = ({ task }: Item) => (view === "done" ? task.completed_at : task.deleted_at) ?? "";
  return (a, b) => time(b).localeCompare(time(a));
}

/** Two dates that are missing are equal, which a difference of infinities is not. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
