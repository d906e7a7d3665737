/** Three devices edit the same tasks over a bad line, offline for stretches, and are restarted: nothing is lost. */

import type { Task } from "@tasklane/client";
import { afterAll, expect, test } from "vitest";
import { Server } from "../../tests/browser/support/server.ts";
import * as rxdb from "../rxdb/test/support.ts";
import * as tanstack from "../tanstack-db/test/support.ts";
import type { Fate } from "../typescript/test/support/proxy.ts";
import { type Person, person } from "./support.ts";

const DEVICES = 3;
const EDITS = 500;
const TASKS = 60;

const server = await Server.start();
afterAll(() => server.remove());

/** A device as this test uses it. */
interface Device {
  person: Person;
  /** Adds an entry to the metadata of a task. */
  edit(id: string, entry: string): Promise<void>;
  /** Ends the app and starts it again. */
  restart(): Promise<void>;
  /** All tasks as they are here. */
  tasks(): Promise<Task[]>;
  refused(): number;
}

async function tanstackDevice(owner: Person): Promise<Device> {
  const kept = new tanstack.Device();
  const start = () => tanstack.open(owner, kept, "device");
  let opened = await start();
  await opened.replica.collections.tasks.preload();
  return {
    person: owner,
    async edit(id, entry) {
      void opened.replica.write(() => void opened.replica.collections.tasks.update(id, (task) => void (task.metadata = { ...task.metadata, [entry]: "x" })));
    },
    async restart() {
      await opened.replica.close();
      opened = await start();
    },
    tasks: async () => opened.replica.collections.tasks.toArray,
    refused: () => opened.refusals.length,
  };
}

async function rxdbDevice(owner: Person): Promise<Device> {
  const kept = new rxdb.Device();
  let opened = await rxdb.open(owner, kept);
  await opened.replication.awaitInitialReplication();
  return {
    person: owner,
    async edit(id, entry) {
      const document = await opened.tasks.findOne(id).exec();
      await document!.incrementalModify((task) => ({ ...task, metadata: { ...task.metadata, [entry]: "x" } }));
    },
    async restart() {
      await opened.close();
      opened = await rxdb.open(owner, kept);
    },
    tasks: async () => (await opened.tasks.find().exec()).map((document) => document.toJSON() as Task),
    refused: () => opened.refusals.length,
  };
}

/** Numbers below 1 that are the same in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const BAD: Fate[] = ["lost", "answer lost", "answer cut", { status: 503 }];

/** One of thirty requests goes wrong, or all do while the device is offline. */
function badLine({ proxy }: Person, roll: () => number, isOffline: boolean): void {
  proxy.decide = () => (isOffline ? "lost" : roll() < 1 / 30 ? BAD[Math.floor(roll() * BAD.length)]! : "passes");
  if (isOffline) proxy.cut();
}

async function use(device: Device, name: string, ids: string[], roll: () => number): Promise<Map<string, string[]>> {
  const made = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (let count = 0; count < EDITS; count += 1) {
    const id = ids[count % ids.length]!;
    if (count % 50 === 0) badLine(device.person, roll, roll() < 0.5);
    if (count === EDITS / 2) await device.restart();
    made.get(id)!.push(`${name}-${count}`);
    await device.edit(id, `${name}-${count}`);
    if (roll() < 0.3) await new Promise((resolve) => setTimeout(resolve, roll() * 40));
  }
  device.person.offline(false);
  return made;
}

const byId = (tasks: readonly { id: string; metadata: object }[]) => Object.fromEntries(tasks.map(({ id, metadata }) => [id, Object.keys(metadata).toSorted()]));

test.each([
  ["TanStack DB", tanstackDevice],
  ["RxDB", rxdbDevice],
])("three devices with %s come to the same, and no edit is lost", async (_, open) => {
  const owner = await person(server);
  const drafts = Array.from({ length: TASKS }, (_value, index) => ({ op: "create" as const, task: { title: `Task ${index}` } }));
  const created = await owner.client.batch(drafts);
  const ids = created.results.map(({ task }) => task!.id);
  const devices = await Promise.all(Array.from({ length: DEVICES }, async () => open(await person(server, owner.account))));
  const made = await Promise.all(devices.map((device, index) => use(device, `device${index}`, ids, dice(index + 1))));
  const expected = Object.fromEntries(ids.map((id) => [id, made.flatMap((edits) => edits.get(id)!).toSorted()]));
  const onServer = async () => {
    const tasks: Task[] = [];
    for await (const task of owner.client.tasks.all()) tasks.push(task);
    return byId(tasks);
  };
  await expect.poll(onServer, { timeout: 500_000, interval: 1_000 }).toEqual(expected);
  for (const device of devices) {
    await expect.poll(async () => byId(await device.tasks())).toEqual(expected);
    expect(device.refused()).toBe(0);
  }
}, 600_000);
