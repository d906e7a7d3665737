/** Replicas for tests, and the store of a browser that outlives them. */

import { openReplica, type Refusal, type Replica, task } from "@tasklane/tanstack-db";
import type { StorageAdapter } from "@tanstack/offline-transactions";
import { onTestFinished } from "vitest";
import type { Person } from "../../test/support.ts";

export type Tasks = Replica<{ tasks: typeof task }>;

/** What a device keeps. */
export class Device implements StorageAdapter {
  readonly kept = new Map<string, string>();
  get = async (key: string) => this.kept.get(key) ?? null;
  set = async (key: string, value: string) => void this.kept.set(key, value);
  delete = async (key: string) => void this.kept.delete(key);
  keys = async () => [...this.kept.keys()];
  clear = async () => this.kept.clear();
}

export interface Opened {
  replica: Tasks;
  refusals: Refusal[];
  errors: unknown[];
  titles(): string[];
}

/** Opens a replica, and closes it after the test. */
export async function open({ client }: Person, device = new Device(), name: string = crypto.randomUUID()): Promise<Opened> {
  const [refusals, errors]: [Refusal[], unknown[]] = [[], []];
  const replica = await openReplica({
    client,
    name,
    kinds: { tasks: task },
    storage: device,
    onRefused: (refusal) => refusals.push(refusal),
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => replica.close());
  const titles = () => replica.collections.tasks.toArray.map(({ title }) => title).toSorted();
  return { replica, refusals, errors, titles };
}
