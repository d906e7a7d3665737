/** What becomes of a document that was changed here and on the server. */

import type { RxConflictHandler, RxConflictHandlerInput, WithDeleted } from "rxdb";
import { contentOf, isSame, mergeOf } from "../../shared/content.js";
import type { Item } from "../../shared/kinds.js";

/** Keeps both changes; where they are about the same member, the server's. */
export class ConflictHandler<T extends Item> implements RxConflictHandler<T> {
  /** The ids of documents whose change the server has refused for good. */
  readonly refused = new Set<string>();

  isEqual = (one: WithDeleted<T>, other: WithDeleted<T>): boolean =>
    one._deleted === other._deleted && one.revision === other.revision && isSame(contentOf(one), contentOf(other));

  resolve = async ({ assumedMasterState: base, realMasterState: theirs, newDocumentState: mine }: RxConflictHandlerInput<T>): Promise<WithDeleted<T>> => {
    if (this.refused.delete(theirs.id) || theirs._deleted || !base) return theirs;
    const merged = mergeOf(contentOf(base), contentOf(mine), contentOf(theirs));
    return merged ? { ...theirs, ...merged, _deleted: mine._deleted } : theirs;
  };
}
