/** Whether the server may be asked, and when to look again. */

import { WebOnlineDetector } from "@tanstack/offline-transactions";

/** Only a browser knows that it is offline; elsewhere each attempt finds out. */
export class Online extends WebOnlineDetector {
  override isOnline(): boolean {
    return globalThis.navigator?.onLine !== false;
  }
}

/** Milliseconds until the next attempt after one that failed. */
const AGAIN = 5_000;

/** Waits for the next attempt: for a while, or until there is reason to look again, or to end. */
export function pause(signal: AbortSignal, online: Online): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, AGAIN);
    const unsubscribe = online.subscribe(end);
    signal.addEventListener("abort", end);
  });
}
