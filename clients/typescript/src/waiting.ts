/** Waiting and working that an `AbortSignal` can end. */

/**
 * Waits for a number of milliseconds, or until the browser wakes where `wakeable`; rejects with the
 * signal's reason when it is aborted first.
 */
export function pause(milliseconds: number, signal?: AbortSignal, wakeable = false): Promise<void> {
  let end = () => {};
  const waiting = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const unsubscribe = wakeable ? onWake(() => resolve()) : () => {};
    end = () => (clearTimeout(timer), unsubscribe());
  });
  return awaiting(waiting, signal).finally(end);
}

/**
 * Calls the listener when there is reason to look again: the browser is online again (true), or the page
 * is visible again (false). Gives a function that ends that. Other platforms never wake.
 */
export function onWake(listener: (isOnline: boolean) => void): () => void {
  const { document } = globalThis;
  if (!document) return () => {};
  const online = () => listener(true);
  const visible = () => document.hidden || listener(false);
  globalThis.addEventListener("online", online);
  document.addEventListener("visibilitychange", visible);
  return () => {
    globalThis.removeEventListener("online", online);
    document.removeEventListener("visibilitychange", visible);
  };
}

/** Waits for something that others wait for too: an abort ends the waiting, and not the work. */
export function awaiting<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

/** A controller that is aborted with the signal, until it is released. `AbortSignal.any` is not everywhere. */
export function linked(signal?: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return { controller, release: () => signal?.removeEventListener("abort", abort) };
}
