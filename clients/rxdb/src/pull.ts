/** What comes from the server: stretches of the change feed, and then each change as it happens. */

import { type Client, isOutOfReach, type SyncPoint } from "@tasklane/client";
import type { ReplicationPullHandlerResult, RxCollection, RxReplicationPullStreamItem, WithDeleted } from "rxdb";
import { Subject } from "rxjs";
import type { Item, Kind } from "../../shared/kinds.js";
import { documentsOf } from "./documents.js";

/** Where the change feed goes on. */
export interface Checkpoint {
  next: SyncPoint;
}

type Pulled<T> = ReplicationPullHandlerResult<T, Checkpoint>;

export class Pull<T extends Item> {
  readonly stream$ = new Subject<RxReplicationPullStreamItem<T, Checkpoint>>();
  private isFollowing = false;

  constructor(
    private readonly client: Client,
    private readonly kind: Kind<T>,
    private readonly collection: RxCollection<T>,
    private readonly signal: AbortSignal,
  ) {}

  /** What changed since the checkpoint; everything when it is too old for that (410). */
  handler = async (checkpoint: Checkpoint | undefined, batchSize: number): Promise<Pulled<T>> => {
    const pulled = await this.since(checkpoint?.next ?? 0, batchSize).catch((error: unknown) => {
      if (checkpoint && isOutOfReach(error)) return this.everything();
      throw error;
    });
    if (pulled.documents.length < batchSize) void this.follow(pulled.checkpoint!);
    return pulled;
  };

  private async since(point: SyncPoint, atLeast: number): Promise<Pulled<T>> {
    const documents: WithDeleted<T>[] = [];
    let next = point;
    for await (const step of this.client.changes.since(point, { signal: this.signal })) {
      documents.push(...documentsOf(this.kind, step));
      next = step.next;
      if (documents.length >= atLeast) break;
    }
    return { documents, checkpoint: { next } };
  }

  /** All documents of the server, and the deletion of those that it no longer has. */
  private async everything(): Promise<Pulled<T>> {
    const { documents, checkpoint } = await this.since(0, Number.POSITIVE_INFINITY);
    const known = new Set(documents.map(({ id }) => id));
    for (const document of await this.collection.find().exec()) {
      const here = document.toJSON() as T;
      // What the server has never seen is not gone.
      if (!known.has(here.id) && here.revision > 0) documents.push({ ...here, _deleted: true });
    }
    return { documents, checkpoint };
  }

  /** Passes each change on. When that ends, the handler is asked again, which says why. */
  private async follow({ next }: Checkpoint): Promise<void> {
    if (this.isFollowing) return;
    this.isFollowing = true;
    try {
      for await (const step of this.client.changes.follow(next, { signal: this.signal })) {
        const documents = documentsOf(this.kind, step);
        if (step.kind === "replaced") this.stream$.next("RESYNC");
        else if (documents.length > 0) this.stream$.next({ documents, checkpoint: { next: step.next } });
      }
    } catch {
      this.isFollowing = false;
      if (!this.signal.aborted) this.stream$.next("RESYNC");
    }
  }
}
