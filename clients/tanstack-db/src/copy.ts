/** The last state of the server that is known here: the collections show it, and a store keeps it for the next start. */

import type { SyncPoint, SyncStep } from "@tasklane/client";
import type { SyncConfig } from "@tanstack/db";
import type { StorageAdapter } from "@tanstack/offline-transactions";
import { entriesOf, type Entry, type Item, type Kind } from "../../shared/kinds.js";

/** The key under which the store has it, beside the writes that wait. */
const KEY = "copy";
/** Milliseconds in which changes are gathered before they are stored. */
const GATHERED = 1_000;

type Sync = SyncConfig<Item, string>["sync"];
type Target = Pick<Parameters<Sync>[0], "begin" | "write" | "commit" | "markReady">;

/** The items of one kind. */
class Table {
  items = new Map<string, Item>();
  private target: Target | null = null;

  /** Shows the items in a collection. */
  show(target: Target, isReady: boolean): void {
    this.target = target;
    this.tell([...this.items.values()].map((value) => ({ type: "insert", value })));
    if (isReady) this.ready();
  }

  ready(): void {
    this.target?.markReady();
  }

  /** Takes what is newer than what is known; where everything is replaced, everything else goes. */
  take(entries: Entry[], isReplaced: boolean): void {
    const messages: Message[] = [];
    const old = new Set(isReplaced ? this.items.keys() : []);
    const drop = (key: string) => this.items.delete(key) && messages.push({ type: "delete", key });
    for (const { id, revision, item } of entries) {
      old.delete(id);
      const known = this.items.get(id);
      if (!isReplaced && known && known.revision >= revision) continue;
      if (!item || item.deleted_at) drop(id);
      else {
        this.items.set(id, item);
        messages.push({ type: known ? "update" : "insert", value: item });
      }
    }
    old.forEach(drop);
    this.tell(messages);
  }

  /** At once, though writes may be waiting: they are shown on top of it. */
  private tell(messages: Message[]): void {
    const { target } = this;
    if (!target || messages.length === 0) return;
    target.begin({ immediate: true });
    for (const message of messages) target.write(message);
    target.commit();
  }
}

type Message = Parameters<Target["write"]>[0];

/** All kinds of one person. */
export class Copy {
  /** Where the change feed goes on; null for a copy that has nothing yet. */
  point: SyncPoint | null = null;
  private readonly tables: Map<string, Table>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    kinds: Kind[],
    private readonly storage: StorageAdapter,
  ) {
    this.tables = new Map(kinds.map(({ name }) => [name, new Table()]));
  }

  /** Reads what the store has. A kind that it does not have yet makes it begin again. */
  async load(): Promise<void> {
    const kept = JSON.parse((await this.storage.get(KEY)) ?? "null") as Kept | null;
    if (!kept || [...this.tables.keys()].some((name) => !kept.items[name])) return;
    this.point = kept.point;
    for (const [name, table] of this.tables) table.items = new Map(kept.items[name]!.map((item) => [item.id, item]));
  }

  /** What shows a kind in a collection. */
  sync({ name }: Kind): SyncConfig<Item, string> {
    return { rowUpdateMode: "full", sync: (target) => this.tables.get(name)?.show(target, this.point !== null) };
  }

  /** An item as the server has it. */
  find({ name }: Kind, id: string): Item | undefined {
    return this.tables.get(name)?.items.get(id);
  }

  /** Takes a step of the change feed. Kinds that are not shown are passed over. */
  take(step: SyncStep): void {
    this.put(entriesOf(step), step.kind === "replaced");
    this.point = step.next;
    for (const table of this.tables.values()) table.ready();
  }

  /** Takes the state of some items; of all, where everything is replaced. */
  put(entries: Entry[], isReplaced = false): void {
    for (const [name, table] of this.tables) table.take(entries.filter(({ kind }) => kind === name), isReplaced);
    this.timer ??= setTimeout(() => void this.save(), GATHERED);
  }

  /** Stores it in one piece, so that the items and the point belong together. */
  async save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.point === null) return;
    const items = Object.fromEntries([...this.tables].map(([name, table]) => [name, [...table.items.values()]]));
    // Without it, the next start reads everything again.
    await this.storage.set(KEY, JSON.stringify({ point: this.point, items } satisfies Kept)).catch(() => {});
  }
}

interface Kept {
  point: SyncPoint;
  items: Record<string, Item[]>;
}
