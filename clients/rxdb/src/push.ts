/** What goes to the server: all that it takes, in batches, and the state of what it does not. */

import { type Client, TaskProblem } from "@tasklane/client";
import type { RxReplicationWriteToMasterRow, WithDeleted } from "rxdb";
import { type Edit, operationOf, rebase } from "../../shared/edit.js";
import type { Item, Kind } from "../../shared/kinds.js";
import { isAboutState, isFinal } from "../../shared/refused.js";
import type { ConflictHandler } from "./conflict-handler.js";
import { documentOf } from "./documents.js";

/** A change that the server refuses for good, and that has been taken back here. */
export interface Refusal<T extends Item> {
  /** Why; 412 when somebody else has changed the same members. */
  problem: TaskProblem;
  /** The document as it was to be. */
  document: WithDeleted<T>;
  /** The item as it is, in the trash too; null when there is none. */
  current: T | null;
}

type Row<T> = RxReplicationWriteToMasterRow<T>;
/** A row that the server did not take. */
type Refused<T> = { row: Row<T>; problem: TaskProblem };

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
    const refused = await this.send(rows);
    if (refused.length === 0) return [];
    const found = await this.kind.find(this.client, refused.map(({ row }) => row.newDocumentState.id));
    const current = new Map(found.map((item) => [item.id, item]));
    return refused.flatMap((one) => this.settle(one, current.get(one.row.newDocumentState.id) ?? null));
  };

  /** A batch is done as a whole or not at all: what is refused is left out of the next attempt. */
  private async send(rows: Row<T>[]): Promise<Refused<T>[]> {
    const refused: Refused<T>[] = [];
    for (let left = rows.filter((row) => this.operation(row)); left.length > 0; ) {
      try {
        await this.client.tasks.batch(left.map((row) => this.operation(row)!), { signal: this.signal });
        break;
      } catch (error) {
        const row = left[refusedIndex(error)];
        if (!row) throw error;
        refused.push({ row, problem: error as TaskProblem });
        left = left.filter((other) => other !== row);
      }
    }
    return refused;
  }

  private settle({ row, problem }: Refused<T>, current: T | null): WithDeleted<T>[] {
    const { newDocumentState: document } = row;
    const rebased = isAboutState(problem) ? rebase(this.edit(row)!, current) : "conflict";
    if (rebased === null) return [];
    if (rebased === "conflict") {
      this.conflicts.refused.add(document.id);
      this.onRefused?.({ problem, document, current });
    }
    return [current ? documentOf(current) : { ...document, _deleted: true }];
  }

  private operation(row: Row<T>) {
    const edit = this.edit(row);
    return edit && operationOf(edit);
  }

  /** Null for what was created and deleted before the server knew it. */
  private edit({ assumedMasterState, newDocumentState: modified }: Row<T>): Edit | null {
    const original = assumedMasterState ?? null;
    const { id, _deleted: isDeleted } = modified;
    if (isDeleted && (!original || original._deleted)) return null;
    const type = isDeleted ? "delete" : original && !original._deleted ? "update" : "insert";
    return { kind: this.kind, type, id, original, modified };
  }
}

/** The number of the operation that a batch was refused for; -1 where there is none. */
function refusedIndex(error: unknown): number {
  const pointer = isFinal(error) ? error.errors[0]?.pointer : undefined;
  return Number(/^\/operations\/(\d+)/.exec(pointer ?? "")?.[1] ?? -1);
}
