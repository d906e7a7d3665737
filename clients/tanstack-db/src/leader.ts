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

  requestLeadership(): Promise<boolean> {
    const { locks } = navigator;
    const { signal } = this.stop;
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

/** The election where a replica runs; undefined for the library's own. */
export function election(name: string): LeaderElection | undefined {
  if (globalThis.navigator?.locks) return new LockLeader(name);
  return "document" in globalThis ? undefined : ALONE;
}

/** A program that has no tabs. */
const ALONE: LeaderElection = {
  requestLeadership: async () => true,
  releaseLeadership: () => {},
  isLeader: () => true,
  onLeadershipChange: () => () => {},
};
