/** The kinds of items that this client knows. */

import type { Change } from "./types.js";

const KINDS: ReadonlySet<string> = new Set<Change["kind"]>(["task"]);

/** Whether a change is of such a kind. A later server may have more. */
export function isKnown({ kind }: Change): boolean {
  return KINDS.has(kind);
}
