/** Items as documents: what is in the trash or erased counts as deleted. */

import type { SyncStep } from "@tasklane/client";
import type { WithDeleted } from "rxdb";
import { entriesOf, type Item, type Kind } from "../../shared/kinds.js";

export function documentOf<T extends Item>(item: T): WithDeleted<T> {
  return { ...item, _deleted: item.deleted_at !== null };
}

/** The documents of one kind in a step of the change feed. */
export function documentsOf<T extends Item>(kind: Kind<T>, step: SyncStep): WithDeleted<T>[] {
  const entries = entriesOf(step).filter((entry) => entry.kind === kind.name);
  return entries.map(({ id, revision, item }) => (item ? documentOf(item as T) : ({ id, revision, _deleted: true } as unknown as WithDeleted<T>)));
}
