/** Errors in words that a person can act on. */

import { TaskProblem, type TaskPatch } from "@tasklane/client";
import type { Refusal } from "./replica/rows";

/** What went wrong: a sentence, and what is said at which field, by JSON Pointer. */
export function inWords(error: unknown): Refusal {
  if (!(error instanceof TaskProblem)) return { message: UNREACHABLE, fields: {} };
  const fields: Record<string, string> = {};
  for (const { pointer, code, message } of error.errors) {
    if (pointer) fields[pointer] ??= SHORTER[`${pointer} ${code}`] ?? `${nameOf(pointer)} ${message}.`;
  }
  return { message: sentence(error, Object.values(fields)), fields };
}

export const UNREACHABLE = "The server cannot be reached.";

/** What the server says about a field, where there is a shorter way to say it. */
const SHORTER: Record<string, string> = {
  "/title too_short": "Enter a title.",
  "/tags too_many": "At most 20 tags.",
  "/email required": "Enter an email address.",
  "/current_password incorrect": "This is not your password.",
  "/password incorrect": "This is not your password.",
};

const BY_CODE: Record<string, string> = {
  invalid_credentials: "Email or password is wrong.",
  email_taken: "There is already an account with this email. Sign in instead?",
  registration_disabled: "Registration is closed on this server.",
  quota_exceeded: "Your account cannot hold any more tasks. Delete some first.",
  unavailable: "The server is busy. Please try again in a moment.",
};

function sentence(error: TaskProblem, fields: string[]): string {
  if (error.status === 429) return tooMany(error.retryAfter);
  if (error.code === "validation_failed" && fields.length > 0) return fields.join(" ");
  return BY_CODE[error.code] ?? ended(error.message);
}

/** `“Buy milk” was also changed on another device. Your title replaced theirs: “Buy bread”.` */
export function overwrittenInWords(title: string, theirs: TaskPatch): string {
  const names = Object.keys(theirs);
  const what = names.length === 1 ? nameOf(`/${names[0]}`).toLowerCase() : "changes";
  const shown = typeof theirs.title === "string" && names.length === 1 ? `: “${theirs.title}”` : "";
  return `“${title}” was also changed on another device. Your ${what} replaced theirs${shown}.`;
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
