/** Waits for a number of milliseconds, or until it is woken; rejects when the signal is aborted first. */
export function pause(milliseconds: number, signal: AbortSignal, subscribe?: (wake: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      unsubscribe?.();
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    const unsubscribe = subscribe?.(end);
    signal.addEventListener("abort", end);
  });
}
