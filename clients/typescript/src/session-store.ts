/** Where a session is kept between two visits, and between the tabs of one browser. */

import type { User } from "./types.js";

/** What a session consists of. Whoever reads it can act as the user. */
export interface StoredSession {
  user: User;
  /** The access token. */
  access: string;
  /** The refresh token. It works once. */
  refresh: string;
  /** When the access token is to be renewed, and when it ends: milliseconds of the epoch. */
  renewAt: number;
  endsAt: number;
}

/** A place for one session. */
export interface SessionStore {
  read(): StoredSession | null | Promise<StoredSession | null>;
  /** Null removes it. What was written must be there for the next `read`, of whoever shares the place. */
  write(session: StoredSession | null): void | Promise<void>;
  /**
   * Tells of writes by others who share the place; gives a function that ends that. Absent where
   * nobody does.
   */
  subscribe?(listener: () => void): () => void;
  /**
   * The name of the lock (Web Locks API) under which one of those who share the place refreshes. Absent
   * where nobody does.
   */
  readonly lock?: string;
}

/** Keeps the session for as long as the program runs. */
export function memoryStore(): SessionStore {
  let kept: StoredSession | null = null;
  return {
    read: () => kept,
    write(session) {
      kept = session;
    },
  };
}

/** Keeps the session in `localStorage` (all tabs, until it ends) or `sessionStorage` (one tab). */
export function webStore(storage: Storage, key = "tasklane.session"): SessionStore {
  return {
    lock: key,
    read() {
      try {
        return JSON.parse(storage.getItem(key) ?? "null") as StoredSession | null;
      } catch {
        // Somebody else's, or half of it.
        return null;
      }
    },
    write(session) {
      if (session === null) storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(session));
    },
    subscribe(listener) {
      const heard = (event: StorageEvent) => {
        // A null key stands for all of them.
        if (event.storageArea === storage && (event.key === key || event.key === null)) listener();
      };
      addEventListener("storage", heard);
      return () => removeEventListener("storage", heard);
    },
  };
}
