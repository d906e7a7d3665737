/** What somebody did to one item, and what is left of it when the item has changed meanwhile. */

import type { BatchOperation } from "@tasklane/client";
import { contentOf, isSame, mergeOf } from "./content.js";
import type { Item, Kind } from "./kinds.js";

/** A change of one item. */
export interface Edit<T extends Item = Item> {
  kind: Kind<T>;
  type: "insert" | "update" | "delete";
  id: string;
  /** The item as it was changed; null for a new one. */
  original: T | null;
  /** The item as it should be; for a deletion, as it was. */
  modified: T;
}

/** What does the edit; null when there is nothing to do. */
export function operationOf({ kind, type, id, original, modified }: Edit<any>): BatchOperation | null {
  if (type === "insert") return kind.create(modified);
  const revision = original!.revision;
  return type === "update" ? kind.update(id, original!, modified, revision) : kind.remove(id, revision);
}

/**
 * The edit of the item as it is now, which is null where it is gone: null when that has been done, and
 * "conflict" when somebody else has changed the same members.
 */
export function rebase(edit: Edit<any>, current: Item | null): Edit | null | "conflict" {
  const { type, original, modified } = edit;
  const live = current?.deleted_at === null ? current : null;
  if (type === "insert") {
    if (!current) return edit;
    return live && isSame(contentOf(live), { ...contentOf(live), ...contentOf(modified) }) ? null : "conflict";
  }
  if (type === "delete") {
    if (!live) return null;
    return isSame(contentOf(live), contentOf(original!)) ? { ...edit, original: live } : "conflict";
  }
  const merged = live && mergeOf(contentOf(original!), contentOf(modified), contentOf(live));
  return merged ? { ...edit, original: live, modified: { ...live, ...merged } } : "conflict";
}
