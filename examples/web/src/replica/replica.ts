/** One person's tasks in this browser: everything is read and written here, whether online or not. */

import { computed, signal } from "@preact/signals";
import type { Change, Task } from "@tasklane/client";
import { Database, result, type Stores } from "./database";
import { newKey } from "./key";
import { applied, type Action, type Item, itemsOf, type Operation, type Refusal, type Row } from "./rows";

/** An action on a task, before it is in the outbox. */
export interface Intent {
  key: string;
  action: Action;
  base?: Partial<Task>;
}

/** The kept rows and the outbox, and what they come to. */
export class Replica {
  private readonly state = signal<{ rows: Row[]; operations: Operation[] }>({ rows: [], operations: [] });
  /** Whether the first reading has ended. */
  readonly loaded = signal(false);
  /** Whether the server's tasks have been here once; before, an empty list means nothing. */
  readonly filled = signal(false);
  readonly items = computed<Item[]>(() => itemsOf(this.state.value.rows, this.state.value.operations));
  /** How much of what was done here the server does not know. */
  readonly unsent = computed(() => this.state.value.operations.length);

  /** How much of that will be sent without the person's doing: the rest was refused. */
  readonly sending = computed(() => this.state.value.operations.filter((operation) => !operation.refusal).length);

  private constructor(
    private readonly database: Database,
    private readonly name: string,
    /** Called after everything that this tab has written. */
    private readonly written: () => void,
  ) {}

  static async open(name: string, written: () => void): Promise<Replica> {
    const replica = new Replica(await Database.open(name), name, written);
    await replica.reload();
    return replica;
  }

  /** Reads everything again, after this or another tab has written. */
  async reload(): Promise<void> {
    this.filled.value = (await this.database.revision()) !== null;
    this.state.value = await this.database.read();
    this.loaded.value = true;
  }

  close(): void {
    this.database.close();
  }

  /** Forgets all of it. */
  async remove(): Promise<void> {
    this.close();
    await Database.remove(this.name);
  }

  item(key: string): Item | undefined {
    return this.items.value.find((item) => item.key === key);
  }

  /** Puts actions into the outbox, all or none, and gives their numbers. */
  async enqueue(intents: Intent[]): Promise<number[]> {
    const at = new Date().toISOString();
    return this.write(async ({ rows, operations }) => {
      const numbers: number[] = [];
      for (const { key, action, base } of intents) {
        if (action.kind === "create") rows.add({ key, task: null });
        numbers.push((await result(operations.add({ key, action, at, ...(base && { base }) }))) as number);
      }
      return numbers;
    });
  }

  /** Takes back what was refused of a task and what was done to it after; of a new one, the task. */
  async discard(key: string): Promise<void> {
    await this.write(async (stores) => {
      const own = (await all(stores)).filter((operation) => operation.key === key);
      for (const operation of own) stores.operations.delete(operation.number);
      if (own.some((operation) => operation.action.kind === "create")) stores.rows.delete(key);
    });
  }

  /** Changes what the server refused, and lets it be sent again. Gives the operation's number. */
  async amend(key: string, action: Extract<Action, { kind: "update" }>): Promise<number | null> {
    return this.write(async (stores) => {
      const refused = (await all(stores)).find((operation) => operation.key === key && operation.refusal);
      if (!refused) return null;
      const { refusal: _, ...amended } = refused;
      if (amended.action.kind === "create") {
        amended.action = { kind: "create", draft: { ...amended.action.draft, ...action.patch } as never };
      } else if (amended.action.kind === "update") {
        amended.action = { kind: "update", patch: { ...amended.action.patch, ...action.patch } };
      }
      stores.operations.put(amended);
      return amended.number;
    });
  }

  /** Where an operation stands: sent, refused, or still waiting. */
  standing(number: number): "sent" | "waiting" | Refusal {
    const operation = this.state.value.operations.find((known) => known.number === number);
    if (!operation) return "sent";
    return operation.refusal ?? "waiting";
  }

  /** The first operation to send, with its row. What follows a refused one of the same task waits. */
  async next(): Promise<{ operation: Operation; row: Row | undefined } | null> {
    const operations = await this.database.operations();
    const blocked = new Set(operations.filter((known) => known.refusal).map((known) => known.key));
    const operation = operations.find((known) => !blocked.has(known.key));
    if (!operation) return null;
    return { operation, row: await this.database.row(operation.key) };
  }

  /** The server has done it. `task` is the task as it then stood, where the answer said so. */
  async sent(operation: Operation, task: Task | null): Promise<void> {
    await this.write(async ({ rows, operations }) => {
      operations.delete(operation.number);
      const row = (await result(rows.get(operation.key))) as Row | undefined;
      if (!row) return;
      const now = task ?? applied(row.task, operation);
      // The feed may have brought the same task under a key of its own.
      const twin = now?.id ? await result(rows.index("id").getKey(now.id)) : undefined;
      if (twin !== undefined && twin !== row.key) await result(rows.delete(twin));
      if (now) rows.put({ key: row.key, task: now });
      else rows.delete(row.key);
    });
  }

  /** The server will not do it. */
  async refused(operation: Operation, refusal: Refusal): Promise<void> {
    await this.write(async ({ operations }) => {
      operations.put({ ...operation, refusal });
    });
  }

  /** What it was done to is gone. */
  async dropped(operation: Operation): Promise<void> {
    await this.write(async ({ operations }) => {
      operations.delete(operation.number);
    });
  }

  async revision(): Promise<number | null> {
    return this.database.revision();
  }

  /** Takes changes of the server over, and remembers up to where. */
  async receive(changes: Change[], revision: number): Promise<void> {
    await this.write(async (stores) => {
      for (const change of changes) await receiveOne(stores, change);
      stores.marks.put(revision, "revision");
    });
  }

  /** Takes the server's whole list over: what is not in it is gone. */
  async replace(tasks: Task[], revision: number): Promise<void> {
    await this.write(async ({ rows, marks }) => {
      const before = (await result(rows.getAll())) as Row[];
      const keys = new Map(before.flatMap(({ key, task }) => (task ? [[task.id, key] as const] : [])));
      const ids = new Set(tasks.map((task) => task.id));
      for (const { key, task } of before) {
        if (task && !ids.has(task.id)) rows.delete(key);
      }
      for (const task of tasks) rows.put({ key: keys.get(task.id) ?? newKey(), task });
      marks.put(revision, "revision");
    });
  }

  private async write<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    const value = await this.database.write(work);
    await this.reload();
    this.written();
    return value;
  }
}

async function all({ operations }: Stores): Promise<Operation[]> {
  return result(operations.getAll() as IDBRequest<Operation[]>);
}

async function receiveOne({ rows }: Stores, change: Change): Promise<void> {
  const row = (await result(rows.index("id").get(change.id))) as Row | undefined;
  // A write's own answer may be newer than the feed.
  if (row?.task && row.task.revision > change.revision) return;
  if (change.item) {
    rows.put({ key: row?.key ?? newKey(), task: change.item });
  } else if (row) {
    rows.delete(row.key);
  }
}
