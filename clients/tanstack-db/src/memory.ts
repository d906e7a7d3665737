/** Keeps things for as long as the program runs. */

import type { StorageAdapter } from "@tanstack/offline-transactions";

export function memoryStorage(): StorageAdapter {
  const kept = new Map<string, string>();
  return {
    get: async (key) => kept.get(key) ?? null,
    set: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
    keys: async () => [...kept.keys()],
    clear: async () => kept.clear(),
  };
}
