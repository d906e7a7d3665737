/** Which tab of a browser has the queue of writes. */

import type { LeaderElection } from "@tanstack/offline-transactions";

/**
 * The tab that holds a lock (Web Locks API). When it goes, the one that has waited longest takes over, which
 * the library's own election does not do.
 */
function lockLeader(name: string): LeaderElection {
  const stop = new AbortController();
  const { signal } = stop;
  const listeners = new Set<(isLeader: boolean) => void>();
  let leads = false;
  return {
    async requestLeadership() {
      const locks = globalThis.navigator?.locks;
      // A program that has no tabs.
      if (!locks) return (leads = true);
      return new Promise((resolve) => {
        const lead = () => {
          resolve((leads = true));
          for (const listener of listeners) listener(true);
          return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
        };
        locks.request(name, { signal }, lead).catch(() => {});
        // Requests are decided in their order: this one comes when it is known whether the lock was free.
        void locks.request(name, { ifAvailable: true }, () => resolve(false));
      });
    },
    releaseLeadership: () => stop.abort(),
    isLeader: () => leads,
    onLeadershipChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The election where a replica runs. A page without locks (plain HTTP) takes the library's own. */
export function election(name: string): { leaderElection?: LeaderElection } {
  return "document" in globalThis && !navigator.locks ? {} : { leaderElection: lockLeader(name) };
}
