/** Collections that follow one person's items, and the queue of what that person writes. */

import type { Client } from "@tasklane/client";
import { type Collection, createCollection, type PendingMutation } from "@tanstack/db";
import { IndexedDBAdapter, type OfflineExecutor, startOfflineExecutor, type StorageAdapter } from "@tanstack/offline-transactions";
import type { Item, Kind } from "../../shared/kinds.js";
import { Copy } from "./copy.js";
import type { Edit } from "../../shared/edit.js";
import { election } from "./leader.js";
import { Online, pause } from "./online.js";
import { memoryStorage } from "./memory.js";
import { Push } from "./push.js";
import { Refusal } from "./refusal.js";

/** How a replica is opened. */
export interface ReplicaOptions<K extends Record<string, Kind>> {
  client: Client;
  /** Whose it is: the user's id. Names the store and the lock, so that two people of one browser have each their own. */
  name: string;
  /** The collections by their names: `{ tasks: task }`. */
  kinds: K;
  /** Where the copy and the writes are kept: by default in IndexedDB, or in memory where there is none. */
  storage?: StorageAdapter;
  /** Called when the server refuses a write for good, also one from before a restart. */
  onRefused?: (refusal: Refusal) => void;
  /** Called when the changes cannot be followed: signed out (401), shut out (403), or `SubjectChanged`. It is tried again. */
  onError?: (error: unknown) => void;
}

/** The type of the items of a kind. */
export type ItemOf<K extends Kind> = K extends Kind<infer T> ? T : never;

/** One person's items. */
export interface Replica<K extends Record<string, Kind>> {
  /** They have what is live, and not the trash. Query them as any collection. */
  readonly collections: { readonly [N in keyof K]: Collection<ItemOf<K[N]>, string> };
  /**
   * Changes collections, at once here and as one step on the server, as soon as it can be reached. Fails with
   * `Refusal` when the server refuses it; then it has been taken back here.
   */
  write(change: () => void): Promise<void>;
  /** How many writes wait, in this tab's queue. */
  readonly pending: number;
  /** Stops following and writing. What waits goes out after the next opening. */
  close(): Promise<void>;
}

/** Milliseconds until changes are followed again after a refusal, and the longest wait of a write outside the queue. */
const AGAIN = 15_000;

/** Opens a replica: what the last one kept is there at once. Nothing happens before. */
export async function openReplica<const K extends Record<string, Kind>>(options: ReplicaOptions<K>): Promise<Replica<K>> {
  const { client, kinds, onRefused, onError } = options;
  const scope = `tasklane ${options.name}`;
  const storage = options.storage ?? (await defaultStorage(scope));
  const stop = new AbortController();
  const copy = new Copy(Object.values(kinds), storage);
  await copy.load();
  const byId = new Map<string, Kind>();
  const collections: Record<string, Collection<Item, string>> = {};
  for (const [key, kind] of Object.entries(kinds)) {
    const id = `${scope} ${kind.name}`;
    byId.set(id, kind);
    collections[key] = createCollection<Item, string>({ id, getKey: (item) => item.id, startSync: true, gcTime: 0, sync: copy.sync(kind) });
  }

  const push = new Push(client, copy, stop.signal);
  const online = new Online();
  const refused = new Map<string, Refusal>();
  const executor: OfflineExecutor = startOfflineExecutor({
    collections,
    mutationFns: {
      async push({ transaction: { id, mutations } }) {
        const edits = mutations.map((mutation) => editOf(mutation, byId));
        const send = () => push.send(edits);
        try {
          // Outside the queue nobody else repeats it.
          await (executor.isOfflineEnabled ? send() : patiently(send, online, stop.signal));
        } catch (error) {
          // The queue has no end of its own: it would try again, beside the one of the next opening.
          if (stop.signal.aborted) return new Promise<void>(() => {});
          if (!(error instanceof Refusal)) throw error;
          // For the queue it is done. A failure would take back what was written behind it, and send it all the same.
          refused.set(id, error);
          onRefused?.(error);
        }
      },
    },
    onlineDetector: online,
    storage,
    ...election(scope),
  });
  await executor.waitForInit();
  const following = follow(client, copy, online, stop.signal, onError);

  return {
    collections: collections as unknown as Replica<K>["collections"],
    get pending() {
      return executor.getPendingCount();
    },
    write(change) {
      const transaction = executor.createOfflineTransaction({ mutationFnName: "push", autoCommit: false });
      transaction.mutate(change).isPersisted.promise.catch(() => {});
      const written = transaction.commit().then(() => {
        const refusal = refused.get(transaction.id);
        if (refusal) throw refusal;
      });
      // Who does not wait for it hears of a refusal by `onRefused`.
      written.catch(() => refused.delete(transaction.id));
      return written;
    },
    async close() {
      stop.abort();
      executor.dispose();
      await following;
      await copy.save();
    },
  };
}

async function follow(client: Client, copy: Copy, online: Online, signal: AbortSignal, onError: ((error: unknown) => void) | undefined): Promise<void> {
  let isLost = false;
  const retry = { onRetry: () => (isLost = true) };
  while (!signal.aborted) {
    try {
      for await (const step of client.changes.follow(copy.point, { signal, retry })) {
        copy.take(step);
        // The server is back: what waits need not wait longer.
        if (isLost) online.notifyOnline();
        isLost = false;
      }
    } catch (error) {
      if (signal.aborted) return;
      isLost = true;
      onError?.(error);
      await pause(AGAIN, signal, online);
    }
  }
}

async function patiently(send: () => Promise<void>, online: Online, signal: AbortSignal): Promise<void> {
  for (let wait = 1_000; ; wait = Math.min(wait * 2, AGAIN)) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Refusal || signal.aborted) throw error;
      await pause(wait, signal, online);
    }
  }
}

function editOf({ type, collection, ...states }: PendingMutation, kinds: Map<string, Kind>): Edit {
  const kind = kinds.get(collection.id)!;
  const { original, modified } = states as unknown as { original: Item; modified: Item };
  return { kind, type, id: modified.id, original: type === "insert" ? null : original, modified };
}

async function defaultStorage(name: string): Promise<StorageAdapter> {
  return (await IndexedDBAdapter.probe()).available ? new IndexedDBAdapter(name) : memoryStorage();
}
