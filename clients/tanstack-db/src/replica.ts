/** Collections that follow one person's items, and the queue of what that person writes. */

import type { Client } from "@tasklane/client";
import { type Collection, createCollection, type PendingMutation } from "@tanstack/db";
import { IndexedDBAdapter, type StorageAdapter } from "@tanstack/offline-transactions";
import type { Edit } from "../../shared/edit.js";
import type { Item, Kind } from "../../shared/kinds.js";
import { Copy } from "./copy.js";
import { memoryStorage } from "./memory.js";
import { Online, pause } from "./online.js";
import { Push } from "./push.js";
import { openQueue } from "./queue.js";
import type { Refusal } from "./refusal.js";

/** How a replica is opened. */
export interface ReplicaOptions<K extends Record<string, Kind>> {
  client: Client;
  /** Whose it is: the user's id. Names the store and the lock, so that two people of one browser have each their own. */
  name: string;
  /** The collections by their names: `{ tasks: task }`. */
  kinds: K;
  /** Where the copy and the writes are kept: by default in IndexedDB, or in memory where that is missing. */
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

/** Opens a replica: what the last one kept is there at once. Nothing happens before. */
export async function openReplica<const K extends Record<string, Kind>>(options: ReplicaOptions<K>): Promise<Replica<K>> {
  const { client, kinds, onRefused, onError } = options;
  const scope = `tasklane ${options.name}`;
  const storage = options.storage ?? (await defaultStorage(scope));
  const stop = new AbortController();
  const all = Object.values(kinds);
  const copy = new Copy(all, storage);
  await copy.load();
  const collections = collectionsOf(kinds, scope, copy);
  const online = new Online();
  const push = new Push(client, copy, stop.signal);
  const send = (mutations: PendingMutation[]) => push.send(mutations.map((mutation) => editOf(mutation, all)));
  const queue = await openQueue({ scope, storage, online, collections, signal: stop.signal, send, onRefused });
  const following = follow(client, copy, online, stop.signal, onError);
  return {
    collections: collections as unknown as Replica<K>["collections"],
    write: queue.write,
    get pending() {
      return queue.executor.getPendingCount();
    },
    async close() {
      stop.abort();
      queue.executor.dispose();
      await following;
      await copy.save();
    },
  };
}

function collectionsOf(kinds: Record<string, Kind>, scope: string, copy: Copy): Record<string, Collection<Item, string>> {
  const collection = (kind: Kind) =>
    createCollection<Item, string>({ id: `${scope} ${kind.name}`, getKey: ({ id }) => id, startSync: true, gcTime: 0, sync: copy.sync(kind) });
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, collection(kind)]));
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
      await pause(signal, online);
    }
  }
}

function editOf({ type, collection, ...states }: PendingMutation, kinds: Kind[]): Edit {
  const kind = kinds.find(({ name }) => collection.id.endsWith(` ${name}`))!;
  const { original, modified } = states as unknown as { original: Item; modified: Item };
  return { kind, type, id: modified.id, original: type === "insert" ? null : original, modified };
}

async function defaultStorage(name: string): Promise<StorageAdapter> {
  return (await IndexedDBAdapter.probe()).available ? new IndexedDBAdapter(name) : memoryStorage();
}
