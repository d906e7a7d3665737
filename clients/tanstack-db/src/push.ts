/** Brings writes to the server: each as one batch, which is done as a whole or not at all. */

import type { Client, TaskProblem } from "@tasklane/client";
import { type Edit, operationOf, rebase } from "../../shared/edit.js";
import { type Entry, type Item, itemOf, type Kind } from "../../shared/kinds.js";
import { isAboutState, isFinal } from "../../shared/refused.js";
import type { Copy } from "./copy.js";
import { Refusal, waiting } from "./refusal.js";

/** Most operations of a batch. A larger write is not one step. */
const LARGEST_BATCH = 100;
/** How often others may be faster. An id that was erased is never free, and must not hold up the queue. */
const ATTEMPTS = 8;

export class Push {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly copy: Copy,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Sends a write when those before it have been sent. Fails with `Refusal` when it will never be done, and
   * with another error when it may be repeated: repeating it does nothing twice.
   */
  send(edits: Edit[]): Promise<void> {
    const mine = this.last.then(async () => {
      for (let first = 0; first < edits.length; first += LARGEST_BATCH) {
        await this.sendSome(edits.slice(first, first + LARGEST_BATCH));
      }
    });
    this.last = mine.catch(() => {});
    return mine;
  }

  private async sendSome(edits: Edit[]): Promise<void> {
    let left = edits.flatMap((edit) => this.known(edit));
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(left);
      } catch (error) {
        if (!isFinal(error)) throw waiting(error);
        if (!isAboutState(error) || attempt >= ATTEMPTS) throw new Refusal(error, edits);
        left = await this.rebased(left, error);
      }
    }
  }

  private async attempt(edits: Edit[]): Promise<void> {
    const sent = edits.flatMap((edit) => {
      const operation = operationOf(edit);
      return operation ? [{ edit, operation }] : [];
    });
    if (sent.length === 0) return;
    const operations = sent.map(({ operation }) => operation);
    const { results } = await this.client.batch(operations, { signal: this.signal });
    // Shown before the write is no longer shown on top, so that nothing flickers.
    this.copy.put(sent.map(({ edit }, index) => entryOf(edit.kind, edit.id, itemOf(results[index]!))));
  }

  /** An edit of what the last write left behind, where that is known already. */
  private known(edit: Edit): Edit[] {
    const known = this.copy.find(edit.kind, edit.id);
    if (!known || !edit.original || known.revision <= edit.original.revision) return [edit];
    const rebased = rebase(edit, known);
    // What is known may be old: the server decides about conflicts.
    return rebased === "conflict" ? [edit] : rebased ? [rebased] : [];
  }

  private async rebased(edits: Edit[], problem: TaskProblem): Promise<Edit[]> {
    const found = await this.find(edits).catch((error: unknown) => {
      throw waiting(error);
    });
    const current = (edit: Edit) => found.get(edit.id) ?? null;
    this.copy.put(edits.map((edit) => entryOf(edit.kind, edit.id, current(edit))));
    const rebased = edits.map((edit) => rebase(edit, current(edit)));
    if (rebased.includes("conflict")) {
      throw new Refusal(problem, edits.map((edit) => ({ ...edit, current: current(edit) })));
    }
    return (rebased as (Edit | null)[]).filter((edit) => edit !== null);
  }

  private async find(edits: Edit[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    for (const kind of new Set(edits.map((edit) => edit.kind))) {
      const ids = edits.filter((edit) => edit.kind === kind).map(({ id }) => id);
      for (const item of await kind.find(this.client, ids)) found.set(item.id, item);
    }
    return found;
  }
}

/** The state of an item that was asked for; one that is gone is newer than all. */
function entryOf({ name: kind }: Kind, id: string, item: Item | null): Entry {
  return { kind, id, revision: item?.revision ?? Number.MAX_SAFE_INTEGER, item };
}
