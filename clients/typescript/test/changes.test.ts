import { type Change, type SyncStep, type Task, TaskProblem } from "@tasklane/client";
import { expect, test } from "vitest";
import { collect, newClient, rejection, start } from "./support/tasklane.ts";

const server = await start({ "trash.retention": "1s" });

/** A copy as an app would keep it. */
class Copy {
  tasks = new Map<string, Task>();
  revision: number | null = null;
  readonly kinds: string[] = [];

  take(step: SyncStep): void {
    this.kinds.push(step.kind);
    if (step.kind === "replaced") this.tasks = new Map(step.tasks.map((task) => [task.id, task]));
    else for (const change of step.changes) this.takeOne(change);
    this.revision = step.revision;
  }

  private takeOne(change: Change): void {
    if (change.deleted || !change.item) this.tasks.delete(change.id);
    else this.tasks.set(change.id, change.item);
  }

  get titles(): string[] {
    return [...this.tasks.values()].map(({ title }) => title).toSorted();
  }
}

test("a copy is filled once, and then told what changed", async () => {
  const { tasks, changes } = await newClient(server.url);
  const milk = await tasks.create({ title: "Milk" });
  const bread = await tasks.create({ title: "Bread" });
  const copy = new Copy();
  for await (const step of changes.sync(null)) copy.take(step);
  expect(copy.titles).toEqual(["Bread", "Milk"]);
  expect(copy.kinds).toEqual(["replaced", "changed"]);

  await tasks.update(milk, { title: "Oat milk" });
  await tasks.remove(bread);
  await tasks.create({ title: "Salt" });
  for await (const step of changes.sync(copy.revision)) copy.take(step);
  expect(copy.titles).toEqual(["Oat milk", "Salt"]);
  expect(copy.kinds).toEqual(["replaced", "changed", "changed"]);
});

test("changes are read in stretches until there is no more", async () => {
  const { batch, changes } = await newClient(server.url, { fetch: (request) => fetch(request) });
  for (let made = 0; made < 600; made += 100) {
    await batch(Array.from({ length: 100 }, () => ({ op: "create" as const, task: { title: "One of many" } })));
  }
  const steps = await collect(changes.since(0));
  expect(steps.map((step) => step.changes.length)).toEqual([500, 100]);
  expect(new Set(steps.flatMap((step) => step.changes.map(({ id }) => id))).size).toBe(600);
  expect(await collect(changes.since(steps[1]!.revision))).toMatchObject([{ changes: [] }]);
});

test("a copy that has been away for too long is read again", async () => {
  const { tasks, changes } = await newClient(server.url);
  const kept = await tasks.create({ title: "Kept" });
  const gone = await tasks.create({ title: "Gone" });
  const copy = new Copy();
  for await (const step of changes.sync(null)) copy.take(step);
  await tasks.remove(gone);
  await tasks.update(kept, { title: "Kept and changed" });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await server.command("purge");
  expect(await rejection(collect(changes.since(copy.revision!)))).toMatchObject({ status: 410, code: "sync_expired" });
  copy.kinds.length = 0;
  for await (const step of changes.sync(copy.revision)) copy.take(step);
  expect(copy.kinds[0]).toBe("replaced");
  expect(copy.titles).toEqual(["Kept and changed"]);
});

test("a reading that began with nothing is finished, though something was purged before", async () => {
  const { raw, tasks, changes } = await newClient(server.url);
  await tasks.create({ title: "One" });
  await tasks.create({ title: "Two" });
  await tasks.remove(await tasks.create({ title: "Gone" }));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await server.command("purge");
  const { data } = await raw.GET("/api/changes", { params: { query: { limit: 1 } } });
  const steps = await collect(changes.since(data!.next));
  expect(steps).toMatchObject([{ changes: [{ item: { title: "Two" } }], revision: 4 }]);
  expect(await rejection(collect(changes.since(data!.revision)))).toMatchObject({ status: 410 });
  for await (const change of changes.events(data!.next)) {
    expect(change).toMatchObject({ item: { title: "Two" } });
    break;
  }
});

test("a copy that is ahead of the server is read again", async () => {
  const { tasks, changes } = await newClient(server.url);
  await tasks.create({ title: "Restored from a backup" });
  const refused = (await rejection(collect(changes.since(1_000_000)))) as TaskProblem;
  expect(refused).toMatchObject({ status: 410, code: "sync_expired" });
  const stream = (await rejection(collect(changes.events(1_000_000)))) as TaskProblem;
  expect(stream).toMatchObject({ status: 410, code: "sync_expired" });
  const copy = new Copy();
  for await (const step of changes.sync(1_000_000)) copy.take(step);
  expect(copy.titles).toEqual(["Restored from a backup"]);
});

test("a copy has the trash where asked for", async () => {
  const { tasks, changes } = await newClient(server.url);
  await tasks.create({ title: "Live" });
  await tasks.remove(await tasks.create({ title: "Trashed" }));
  const titles = async (trash: boolean) => {
    for await (const step of changes.sync(null, { trash })) {
      if (step.kind === "replaced") return step.tasks.map(({ title }) => title).toSorted();
    }
    return null;
  };
  expect(await titles(false)).toEqual(["Live"]);
  expect(await titles(true)).toEqual(["Live", "Trashed"]);
});
