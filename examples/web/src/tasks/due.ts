/** Due dates as people read them. */

import type { Task } from "@tasklane/client";

type Due = NonNullable<Task["due"]>;

/** Whole days from today, in the browser's zone, to the day on which something is due here. */
export function daysUntil(due: Due, now = new Date()): number {
  const day = due.time && due.timezone ? localDate(instantOf(due)) : due.date;
  return Math.round(dayNumber(day) - dayNumber(localDate(now)));
}

/** Whether the moment, or the whole day, has passed. */
export function isOverdue(due: Due, now = new Date()): boolean {
  return due.time ? instantOf(due) < now : due.date < localDate(now);
}

/** `Tomorrow 09:00`. A zoned time is said in the browser's zone, which is where the reader is. */
export function dueText(due: Due, now = new Date()): string {
  const day = dayText(due, now);
  if (!due.time) return day;
  const time = due.timezone ? timeFormat.format(instantOf(due)) : due.time.slice(0, 5);
  return `${day} ${time}`;
}

/** What the short text leaves out; null when nothing. */
export function zoneText(due: Due): string | null {
  if (!due.time || !due.timezone || due.timezone === ownZone) return null;
  return `${due.date} ${due.time.slice(0, 5)} in ${due.timezone.replaceAll("_", " ")}`;
}

/** The day of an instant in the past: `today`, `yesterday`, `on 3 Mar`. */
export function pastText(instant: string | null | undefined, now = new Date()): string {
  if (!instant) return "";
  const text = dayText({ date: localDate(new Date(instant)) } as Due, now);
  return text === "Today" || text === "Yesterday" ? text.toLowerCase() : `on ${text}`;
}

/** Something to sort by: without a time first on its day, without a date last. */
export function dueOrder(due: Task["due"]): number {
  if (!due) return Number.POSITIVE_INFINITY;
  return due.time ? instantOf(due).getTime() : new Date(`${due.date}T00:00`).getTime() - 1;
}

/** The browser's own zone. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-21`, in the browser's zone. */
export function localDate(instant: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const wholeDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

function dayText(due: Due, now: Date): string {
  const days = daysUntil(due, now);
  if (days === 0) return "Today";
  if (days === 1) return "Tomorrow";
  if (days === -1) return "Yesterday";
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  if (days > 1 && days < 7) return weekday.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayAndMonth : wholeDate).format(date);
}

function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00Z`) / 86_400_000;
}

/** The moment of a due date with a time: in its zone, or wherever the reader is. */
function instantOf(due: Due): Date {
  const wall = `${due.date}T${due.time ?? "00:00"}`;
  if (!due.timezone) return new Date(wall);
  const asUtc = Date.parse(`${wall}Z`);
  // The zone's offset depends on the moment that is looked for: the second look settles it.
  const first = asUtc - offset(asUtc, due.timezone);
  return new Date(asUtc - offset(first, due.timezone));
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offset(instant: number, timeZone: string): number {
  const parts = zoneFormat(timeZone).formatToParts(instant);
  const part = (type: string) => Number(parts.find((known) => known.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(instant / 1_000) * 1_000;
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>();

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const known = zoneFormats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  zoneFormats.set(timeZone, format);
  return format;
}
