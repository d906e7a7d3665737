/** Which refusals are for good. */

import { TaskProblem } from "@tasklane/client";

/** Whether the server was asked for something that it will never do. */
export function isFinal(error: unknown): error is TaskProblem {
  if (!(error instanceof TaskProblem) || error.problem === null) return false;
  return error.code === "quota_exceeded" || [400, 404, 409, 412, 413, 422].includes(error.status);
}

/** Whether it is about the state in which an item is. */
export function isAboutState({ status }: { status: number }): boolean {
  return status === 404 || status === 409 || status === 412;
}
