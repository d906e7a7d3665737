/** The other tabs of this browser. */

import type { Overwritten } from "./rows";

/** What one tab tells the others. */
export type Message<Status> =
  | { kind: "written" }
  | { kind: "status"; status: Status }
  | { kind: "overwritten"; overwritten: Overwritten }
  | { kind: "asking" };

/** Tells the other tabs something, and hears from them. */
export class Peers<Status> {
  private readonly channel: BroadcastChannel;

  constructor(name: string, heard: (message: Message<Status>) => void) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event: MessageEvent<Message<Status>>) => heard(event.data);
  }

  tell(message: Message<Status>): void {
    this.channel.postMessage(message);
  }

  close(): void {
    this.channel.close();
  }
}

/**
 * Does the work in one tab at a time; when that tab goes, another takes over. Browsers have no locks
 * on plain HTTP: there each tab works for itself, which costs requests and nothing else.
 */
export async function inOneTab(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return work();
  await navigator.locks.request(name, { signal }, work).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
