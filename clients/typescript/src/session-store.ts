/** Where a session is kept between two visits, and between the tabs of one browser. */

import type { User } from "./types.js";

/** What a session consists of. Anybody who can read it can act as the user. */
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
  /** Null removes it. What was written must be there for the next `read`, also of others who share the place. */
  write(session: StoredSession | null): void | Promise<void>;
  /**
   * Tells of writes by others who share the place; gives a function that ends that. Absent where
   * nobody shares it.
   */
  subscribe?(listener: () => void): () => void;
  /**
   * The name of the lock (Web Locks API) under which one of those who share the place refreshes. Absent
   * where nobody shares it.
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

/**
 * Keeps the session in the browser (IndexedDB) for all of its tabs, until it ends. `localStorage` would
 * not do: for a moment a tab may read there what another one has already replaced, and would then use
 * a refresh token twice. It may be made where a page is rendered on a server: there nobody is signed in.
 */
export function browserStore(name = "tasklane.session"): SessionStore {
  // One channel for both, since a tab must not hear of its own writes.
  let channel: BroadcastChannel | null = null;
  const tabs = () => (channel ??= new BroadcastChannel(name));
  const isBrowser = "indexedDB" in globalThis;
  return {
    lock: name,
    read: () => (isBrowser ? readFrom(name) : null),
    async write(session) {
      await (session ? writeTo(name, session) : settled(indexedDB.deleteDatabase(name)));
      tabs().postMessage(null);
    },
    subscribe(listener) {
      if (!isBrowser) return () => {};
      tabs().addEventListener("message", listener);
      return () => tabs().removeEventListener("message", listener);
    },
  };
}

const STORE = "sessions";
const KEY = "current";

/** The session in a database, which is not made where it is missing. */
async function readFrom(name: string): Promise<StoredSession | null> {
  const opening = indexedDB.open(name, 1);
  let isNew = false;
  opening.onupgradeneeded = () => {
    isNew = true;
    opening.transaction?.abort();
  };
  try {
    const database = await settled(opening);
    const request = database.transaction(STORE).objectStore(STORE).get(KEY) as IDBRequest<StoredSession | undefined>;
    return (await settled(request).finally(() => database.close())) ?? null;
  } catch (error) {
    if (isNew) return null;
    throw error;
  }
}

/** Done when it is on disk. */
async function writeTo(name: string, session: StoredSession): Promise<void> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
  transaction.objectStore(STORE).put(session, KEY);
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  }).finally(() => database.close());
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
