/** What the server will never do, and what it cannot do now. */

import type { TaskProblem } from "@tasklane/client";
import { isAboutState } from "../../shared/refused.js";
import type { Item } from "../../shared/kinds.js";
import type { Edit } from "../../shared/edit.js";

/** An edit that was refused. */
export interface RefusedEdit extends Edit {
  /** The item as it is, in the trash too; null when it is gone. Absent where the item is not the reason. */
  current?: Item | null;
}

/**
 * A write that the server will not do: another one has changed the same members (412), or it breaks a rule.
 * What it did has been taken back here. All of its edits are here; write again what is still wanted.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    /** Why; of a conflict, with status 412. */
    readonly problem: TaskProblem,
    readonly edits: RefusedEdit[],
  ) {
    super(problem.message);
  }

  /** Whether somebody else has changed the same: then `current` of the edits says what there is. */
  get isConflict(): boolean {
    return isAboutState(this.problem);
  }
}

/** Why a write waits. Its words have no number: the queue takes one for a status, and gives up. */
export function waiting(cause: unknown): Error {
  return new Error("The write waits", { cause });
}
