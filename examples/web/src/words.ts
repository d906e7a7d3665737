/** Errors in words that a person can act on. */

import { TaskProblem } from "@tasklane/client";
import type { Refusal } from "./replica/rows";

/** What went wrong: a sentence, and what is said at which field, by JSON Pointer. */
export function inWords(error: unknown): Refusal {
  if (!(error instanceof TaskProblem)) return { message: UNREACHABLE, fields: {} };
  const fields: Record<string, string> = {};
  for (const { pointer, message } of error.errors) {
    if (pointer) fields[pointer] ??= `${nameOf(pointer)} ${message}.`;
  }
  return { message: sentence(error, Object.values(fields)), fields };
}

export const UNREACHABLE = "The server cannot be reached.";

const BY_CODE: Record<string, string> = {
  invalid_credentials: "Email and password do not belong together.",
  email_taken: "There is an account with this email already. Sign in instead?",
  registration_disabled: "New accounts cannot be made here.",
  quota_exceeded: "You have as many tasks as one account may keep. Delete some first.",
  unavailable: "The server is busy. Please try again in a moment.",
};

function sentence(error: TaskProblem, fields: string[]): string {
  if (error.status === 429) return tooMany(error.retryAfter);
  if (error.code === "validation_failed" && fields.length > 0) return fields.join(" ");
  return BY_CODE[error.code] ?? ended(error.message);
}

/** Seconds are said in the unit that a person would use. */
export function tooMany(seconds: number | null | undefined): string {
  const wait = seconds == null ? "a moment" : span(seconds);
  return `Too many requests. Please wait ${wait}.`;
}

function span(seconds: number): string {
  const [count, unit] = seconds < 90 ? [Math.max(1, Math.ceil(seconds)), "second"] : [Math.ceil(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function ended(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

/** `/tags/3` is `Tag 4`, `/due/time` is `Due time`. */
function nameOf(pointer: string): string {
  const [first = "", second] = pointer.slice(1).split("/");
  if (first === "tags" && second !== undefined) return `Tag ${Number(second) + 1}`;
  const words = [first, second].filter(Boolean).join(" ").replaceAll("_", " ");
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : "The task";
}
