/** The replication of a collection in both directions. */

import type { Client } from "@tasklane/client";
import type { RxCollection } from "rxdb";
import { replicateRxCollection, type RxReplicationState } from "rxdb/plugins/replication";
import type { Item, Kind } from "../../shared/kinds.js";
import type { ConflictHandler } from "./conflict-handler.js";
import { type Checkpoint, Pull } from "./pull.js";
import { Push, type Refusal } from "./push.js";

/** How a collection is replicated. */
export interface ReplicateOptions<T extends Item> {
  client: Client;
  /** Whose items these are: the user's id. A database belongs to one person. */
  name: string;
  kind: Kind<T>;
  /** One that was made with `taskCollection()`. */
  collection: RxCollection<T>;
  /** Called for each change that the server refuses for good. It has been taken back here. */
  onRefused?: (refusal: Refusal<T>) => void;
  /** Milliseconds after which a failed request is repeated; 5,000 by default. */
  retryTime?: number;
  /** Whether only one of several tabs replicates; by default where the database is shared by tabs. */
  waitForLeadership?: boolean;
}

/** The most that a batch takes. */
const BATCH = 100;
/** As many as a stretch of the change feed has. */
const STRETCH = 500;

/**
 * Replicates until it is cancelled. RxDB repeats what fails, and tells of it on `error$`: 401 until somebody
 * signs in, for example.
 */
export function replicate<T extends Item>(options: ReplicateOptions<T>): RxReplicationState<T, Checkpoint> {
  const { client, name, kind, collection, onRefused, retryTime = 5_000, waitForLeadership = true } = options;
  const stop = new AbortController();
  const pull = new Pull(client, kind, collection, stop.signal);
  const conflicts = collection.conflictHandler as ConflictHandler<T>;
  const push = new Push(client, kind, conflicts, onRefused, stop.signal);
  const replication = replicateRxCollection<T, Checkpoint>({
    replicationIdentifier: `tasklane ${name} ${kind.name}`,
    collection,
    retryTime,
    waitForLeadership,
    pull: { handler: pull.handler, stream$: pull.stream$, batchSize: STRETCH },
    push: { handler: push.handler, batchSize: BATCH },
  });
  replication.canceled$.subscribe((isCanceled) => isCanceled && stop.abort());
  return replication;
}
