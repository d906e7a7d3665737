/** Which tab of a browser has the queue of writes. */

import type { LeaderElection } from "@tanstack/offline-transactions";

/**
 * The tab that holds a lock (Web Locks API). When it goes, the one that has waited longest takes over, which
 * the library's own election does not do.
 */
export class LockLeader implements LeaderElection {
  private readonly stop = new AbortController();
  private readonly listeners = new Set<(isLeader: boolean) => void>();
  private leads = false;

  constructor(private readonly name: string) {}

  async requestLeadership(): Promise<boolean> {
    const locks = globalThis.navigator?.locks;
    const { signal } = this.stop;
    // A program that has no tabs.
    if (!locks) return (this.leads = true);
    return new Promise((resolve) => {
      const lead = () => {
        resolve((this.leads = true));
        for (const listener of this.listeners) listener(true);
        return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
      };
      locks.request(this.name, { signal }, lead).catch(() => {});
      // Requests are decided in their order: this one comes when it is known whether the lock was free.
      void locks.request(this.name, { ifAvailable: true }, () => resolve(false));
    });
  }

  releaseLeadership(): void {
    this.leads = false;
    this.stop.abort();
  }

  isLeader(): boolean {
    return this.leads;
  }

  onLeadershipChange(listener: (isLeader: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The election where a replica runs. A page without locks (plain HTTP) takes the library's own. */
export function election(name: string): { leaderElection?: LeaderElection } {
  return "document" in globalThis && !navigator.locks ? {} : { leaderElection: new LockLeader(name) };
}
