/** What one signed-in person works with: their replica, kept in step with the server and other tabs. */

import { effect, signal } from "@preact/signals";
import type { Client, Task, TaskDraft, TaskPatch } from "@tasklane/client";
import type { Person } from "./account/account";
import { newKey } from "./replica/key";
import { inOneTab, Peers } from "./replica/peers";
import { type Intent, Replica } from "./replica/replica";
import type { Item, Overwritten, Refusal } from "./replica/rows";
import { Sync, type SyncStatus } from "./replica/sync";
import { overwrittenInWords } from "./words";

/** How an action ended as far as can be said now; "waiting" is kept and sent later. */
export type Ending = "sent" | "waiting" | Refusal;

/** A word about what happened, with something to do about it where there is anything. */
export interface Notice {
  text: string;
  action?: { name: string; run: () => unknown };
  /** Whether it stays until it is dismissed. */
  stays?: boolean;
}

/** The way back, as most notices have it. */
export function undo(run: () => unknown): { name: string; run: () => unknown } {
  return { name: "Undo", run };
}

export class Workspace {
  readonly notice = signal<Notice | null>(null);
  private readonly stopping = new AbortController();

  private constructor(
    readonly person: Person,
    readonly replica: Replica,
    private readonly sync: Sync,
    private readonly peers: Peers<SyncStatus>,
  ) {}

  /** `replaced` is called when somebody else has signed in. */
  static async open(person: Person, client: Client, replaced: () => void): Promise<Workspace> {
    const name = `tasklane-${person.id}`;
    const peers = new Peers<SyncStatus>(name, (message) => {
      if (message.kind === "status") sync.status.value = message.status;
      else if (message.kind === "asking") workspace.answer();
      else if (message.kind === "overwritten") workspace.sayOverwritten(message.overwritten);
      else void replica.reload().then(() => sync.wake());
    });
    const replica = await Replica.open(name, () => peers.tell({ kind: "written" }));
    const sync: Sync = new Sync(client, replica, {
      status: (status) => peers.tell({ kind: "status", status }),
      lost: (text) => workspace.say({ text, stays: true }),
      overwritten(overwritten) {
        peers.tell({ kind: "overwritten", overwritten });
        workspace.sayOverwritten(overwritten);
      },
      replaced,
    });
    const workspace = new Workspace(person, replica, sync, peers);
    workspace.start(name);
    return workspace;
  }

  get status(): SyncStatus {
    return this.sync.status.value;
  }

  /** Ends all work; what is kept stays. */
  close(): void {
    this.stopping.abort();
    this.peers.close();
    this.replica.close();
  }

  /** Ends all work and forgets what is kept. */
  async forget(): Promise<void> {
    this.close();
    await this.replica.remove();
  }

  say(notice: Notice): void {
    this.notice.value = notice;
  }

  /** Says that one's change was written over another, and offers that one. */
  private sayOverwritten({ key, title, theirs }: Overwritten): void {
    const restore = () => {
      const item = this.replica.item(key);
      if (item) void this.update(item, theirs);
    };
    this.say({ text: overwrittenInWords(title, theirs), action: { name: "Use theirs", run: restore }, stays: true });
  }

  /** Adds tasks, all or none, and gives their keys as soon as they are kept here. */
  async add(drafts: TaskDraft[]): Promise<string[]> {
    const intents = drafts.map((draft) => ({ key: newKey(), action: { kind: "create" as const, draft } }));
    await this.replica.enqueue(intents);
    this.sync.wake();
    return intents.map(({ key }) => key);
  }

  /**
   * Adds a task, or writes the members that the patch has, for a form that stays open until this has
   * ended: what the server refuses is given back instead of kept.
   */
  async save(item: Item | null, patch: TaskPatch): Promise<Refusal | null> {
    const key = item?.key ?? newKey();
    const ending = item
      ? await this.update(item, patch)
      : await this.act([{ key, action: { kind: "create", draft: patch as TaskDraft } }]);
    if (typeof ending === "string") return null;
    if (!item?.refusal) await this.replica.discard(key);
    return ending;
  }

  /** Writes the members that the patch has, and sends again what was refused. */
  async update(item: Item, patch: TaskPatch): Promise<Ending> {
    const action = { kind: "update", patch } as const;
    const amended = item.refusal ? await this.replica.amend(item.key, action) : null;
    if (amended === null) return this.act([{ key: item.key, action, base: seen(item, patch) }]);
    this.sync.wake();
    return this.settled(amended);
  }

  async complete(item: Item, completed: boolean): Promise<void> {
    // The item may be older than what was done to it since.
    await this.update(this.replica.item(item.key) ?? item, { completed });
  }

  async remove(...items: Item[]): Promise<void> {
    await this.act(items.map(({ key }) => ({ key, action: { kind: "remove" } })));
  }

  async restore(item: Item): Promise<void> {
    await this.act([{ key: item.key, action: { kind: "restore" } }]);
  }

  /** Deletes permanently, and nothing but these: what was trashed elsewhere meanwhile is not among them. */
  async erase(items: Item[]): Promise<void> {
    await this.act(items.map(({ key }) => ({ key, action: { kind: "erase" } })));
  }

  async discard(item: Item): Promise<void> {
    await this.replica.discard(item.key);
    this.sync.wake();
  }

  private async act(intents: Intent[]): Promise<Ending> {
    const numbers = await this.replica.enqueue(intents);
    this.sync.wake();
    const last = numbers.at(-1);
    return last === undefined ? "sent" : this.settled(last);
  }

  /** Waits for the server's word, unless there is no telling when it comes. */
  private settled(number: number): Promise<Ending> {
    return new Promise((resolve) => {
      const dispose = effect(() => {
        const standing = this.replica.standing(number);
        const away = this.status.kind === "offline" || this.status.kind === "waiting";
        if (standing === "waiting" && !away) return;
        resolve(standing);
        queueMicrotask(() => dispose());
      });
    });
  }

  private start(name: string): void {
    const { signal: stop } = this.stopping;
    window.addEventListener("online", () => this.sync.wake(), { signal: stop });
    window.addEventListener("offline", () => (this.sync.status.value = { kind: "offline" }), { signal: stop });
    void inOneTab(name, stop, () => {
      this.leads = true;
      return this.sync.run(stop);
    });
    this.peers.tell({ kind: "asking" });
  }

  private leads = false;

  private answer(): void {
    if (this.leads) this.peers.tell({ kind: "status", status: this.status });
  }
}

/** The members that a patch replaces, as the person saw them. */
function seen(item: Item, patch: TaskPatch): Partial<Task> {
  const members = Object.keys(patch) as (keyof Task)[];
  return Object.fromEntries(members.map((name) => [name, item.task[name]]));
}
