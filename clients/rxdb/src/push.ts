/** What goes to the server: batches, of which each operation is done or refused on its own. */

import type { BatchOperation, Client, Problem } from "@tasklane/client";
import type { RxReplicationWriteToMasterRow, WithDeleted } from "rxdb";
import { type Edit, operationOf, rebase } from "../../shared/edit.js";
import { type Item, itemOf, type Kind } from "../../shared/kinds.js";
import { isAboutState } from "../../shared/refused.js";
import type { ConflictHandler } from "./conflict-handler.js";
import { documentOf } from "./documents.js";

/** A change that the server refuses for good, and that has been taken back here. */
export interface Refusal<T extends Item> {
  /** Why; of status 412 when somebody else has changed the same members. */
  problem: Problem;
  /** The document as it was to be. */
  document: WithDeleted<T>;
  /** The item as it is, in the trash too; null when it does not exist. */
  current: T | null;
}

type Row<T> = RxReplicationWriteToMasterRow<T>;

export class Push<T extends Item> {
  constructor(
    private readonly client: Client,
    private readonly kind: Kind<T>,
    private readonly conflicts: ConflictHandler<T>,
    private readonly onRefused: ((refusal: Refusal<T>) => void) | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /** Gives the state on the server of each document that is not as it was pushed. */
  handler = async (rows: Row<T>[]): Promise<WithDeleted<T>[]> => {
    const sent = rows.flatMap((row) => this.operation(row));
    if (sent.length === 0) return [];
    const { results } = await this.client.batch(sent.map(({ operation }) => operation), { atomic: false, signal: this.signal });
    return results.flatMap((result, index) => {
      const { problem } = result;
      return problem ? this.settle(sent[index]!.edit, problem, itemOf(result) as T | null) : [];
    });
  };

  private settle(edit: Edit<T>, problem: Problem, current: T | null): WithDeleted<T>[] {
    const document = edit.modified as WithDeleted<T>;
    // The id of what was erased stays taken.
    const isTaken = edit.type === "insert" && !current;
    const rebased = isAboutState(problem) && !isTaken ? rebase(edit, current) : "conflict";
    if (rebased === null) return [];
    if (rebased === "conflict") {
      this.conflicts.refused.add(edit.id);
      this.onRefused?.({ problem, document, current });
    }
    return [current ? documentOf(current) : { ...document, _deleted: true }];
  }

  /** Nothing for what was created and deleted before the server knew it, and for what changes nothing. */
  private operation({ assumedMasterState, newDocumentState: modified }: Row<T>): { edit: Edit<T>; operation: BatchOperation }[] {
    const original = assumedMasterState && !assumedMasterState._deleted ? assumedMasterState : null;
    if (modified._deleted && !original) return [];
    const type = modified._deleted ? "delete" : original ? "update" : "insert";
    const edit: Edit<T> = { kind: this.kind, type, id: modified.id, original, modified };
    const operation = operationOf(edit);
    return operation ? [{ edit, operation }] : [];
  }
}
