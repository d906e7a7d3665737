/** The durable queue of writes: the library's, with its gaps closed. */

import type { Collection, PendingMutation } from "@tanstack/db";
import { type OfflineExecutor, startOfflineExecutor, type StorageAdapter } from "@tanstack/offline-transactions";
import { election } from "./leader.js";
import { type Online, pause } from "./online.js";
import { Refusal } from "./refusal.js";

/** What a queue needs. */
interface QueueOptions {
  /** Names the lock of the tab that has it. */
  scope: string;
  storage: StorageAdapter;
  online: Online;
  collections: Record<string, Collection<any, string>>;
  /** Ends it. */
  signal: AbortSignal;
  send: (mutations: PendingMutation[]) => Promise<void>;
  onRefused: ((refusal: Refusal) => void) | undefined;
}

/** Opens the queue, and begins to send what waits in it. */
export async function openQueue({ scope, storage, online, collections, signal, send, onRefused }: QueueOptions) {
  const refused = new Map<string, Refusal>();
  const executor: OfflineExecutor = startOfflineExecutor({
    collections,
    mutationFns: {
      async push({ transaction: { id, mutations } }) {
        try {
          // Outside the queue nobody else repeats it.
          await (executor.isOfflineEnabled ? send(mutations) : patiently(() => send(mutations), online, signal));
        } catch (error) {
          // The queue has no end of its own: it would try again, beside the one of the next opening.
          if (signal.aborted) return new Promise<void>(() => {});
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

  function write(change: () => void): Promise<void> {
    const transaction = executor.createOfflineTransaction({ mutationFnName: "push", autoCommit: false });
    transaction.mutate(change).isPersisted.promise.catch(() => {});
    const written = transaction.commit().then(() => {
      const refusal = refused.get(transaction.id);
      if (refusal) throw refusal;
    });
    // If nobody waits for it, `onRefused` tells of a refusal.
    written.catch(() => refused.delete(transaction.id));
    return written;
  }
  return { executor, write };
}

async function patiently(send: () => Promise<void>, online: Online, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Refusal || signal.aborted) throw error;
      await pause(signal, online);
    }
  }
}
