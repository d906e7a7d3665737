/** Databases for tests, and the disk of a device that outlives them. */

import { newTask, type Refusal, replicate, task, taskCollection } from "@tasklane/rxdb";
import type { Task } from "@tasklane/client";
import { createRxDatabase, type RxCollection } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { onTestFinished } from "vitest";
import type { Person } from "../../test/support.ts";

/** What a device keeps: databases of the same name have the same content. */
export class Device {
  readonly storage = getRxStorageMemory();
  readonly database = `tasks${crypto.randomUUID().replaceAll("-", "")}`;
}

/** Opens a database and replicates it; closes it after the test. */
export async function open({ client, account }: Person, device = new Device()) {
  const database = await createRxDatabase<{ tasks: RxCollection<Task> }>({
    name: device.database,
    storage: device.storage,
    multiInstance: false,
    closeDuplicates: true,
  });
  await database.addCollections({ tasks: taskCollection() });
  const { tasks } = database;
  const [refusals, errors]: [Refusal<Task>[], unknown[]] = [[], []];
  const options = { client, name: account.email, kind: task, collection: tasks, retryTime: 200 };
  const replication = replicate<Task>({ ...options, onRefused: (refusal) => refusals.push(refusal) });
  replication.error$.subscribe((error) => errors.push(error));
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await database.close();
  };
  onTestFinished(close);
  const titles = async () => (await tasks.find().exec()).map(({ title }) => title).toSorted();
  const insert = (title: string) => tasks.insert(newTask({ title }));
  return { database, tasks, replication, refusals, errors, close, titles, insert };
}
