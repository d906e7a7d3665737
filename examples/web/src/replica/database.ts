/** IndexedDB with promises: three stores, opened once. */

import type { Operation, Row } from "./rows";

const VERSION = 1;

/** The stores inside one transaction. */
export interface Stores {
  /** One row a task, under a key of this browser's own. */
  rows: IDBObjectStore;
  /** What was done here and is not on the server yet, in its order. */
  operations: IDBObjectStore;
  /** `revision`: up to where the changes of the server are in `rows`. */
  marks: IDBObjectStore;
}

/** The result of a request, or its error. */
export function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What one person has in this browser. */
export class Database {
  private constructor(private readonly connection: IDBDatabase) {}

  static async open(name: string): Promise<Database> {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      const rows = request.result.createObjectStore("rows", { keyPath: "key" });
      rows.createIndex("id", "task.id", { unique: true });
      request.result.createObjectStore("operations", { keyPath: "number", autoIncrement: true });
      request.result.createObjectStore("marks");
    };
    const connection = await result(request);
    // Another tab may sign out, and then removes all of this.
    connection.onversionchange = () => connection.close();
    return new Database(connection);
  }

  static async remove(name: string): Promise<void> {
    await result(indexedDB.deleteDatabase(name));
  }

  close(): void {
    this.connection.close();
  }

  /** Everything, as it is at one instant. */
  async read(): Promise<{ rows: Row[]; operations: Operation[] }> {
    const transaction = this.connection.transaction(["rows", "operations"], "readonly");
    const [rows, operations] = await Promise.all([
      result(transaction.objectStore("rows").getAll() as IDBRequest<Row[]>),
      result(transaction.objectStore("operations").getAll() as IDBRequest<Operation[]>),
    ]);
    return { rows, operations };
  }

  /** The outbox, in its order. */
  async operations(): Promise<Operation[]> {
    const store = this.connection.transaction("operations", "readonly").objectStore("operations");
    return result(store.getAll() as IDBRequest<Operation[]>);
  }

  async row(key: string): Promise<Row | undefined> {
    const store = this.connection.transaction("rows", "readonly").objectStore("rows");
    return result(store.get(key) as IDBRequest<Row | undefined>);
  }

  /** The revision up to which the server's changes are here; null when none ever were. */
  async revision(): Promise<number | null> {
    const marks = this.connection.transaction("marks", "readonly").objectStore("marks");
    return ((await result(marks.get("revision"))) as number | undefined) ?? null;
  }

  /** Writes all or nothing. The work may wait for requests of these stores only. */
  async write<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    const transaction = this.connection.transaction(["rows", "operations", "marks"], "readwrite");
    const written = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("nothing was written"));
    });
    written.catch(() => {});
    const stores = {
      rows: transaction.objectStore("rows"),
      operations: transaction.objectStore("operations"),
      marks: transaction.objectStore("marks"),
    };
    try {
      const value = await work(stores);
      await written;
      return value;
    } catch (error) {
      if (transaction.error === null) abort(transaction);
      throw error;
    }
  }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}
