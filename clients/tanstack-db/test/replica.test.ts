import { newTask, positionBetween, Refusal } from "@tasklane/tanstack-db";
import { afterAll, expect, test } from "vitest";
import { Server } from "../../../tests/browser/support/server.ts";
import { forget, nextBatches, person, serverHas, titlesOf } from "../../test/support.ts";
import { Device, open } from "./support.ts";

const server = await Server.start({ "trash.retention": "1s" });
afterAll(() => server.remove());

test("a collection has what the server has, and follows what others change", async () => {
  const ada = await person(server);
  const milk = await ada.client.tasks.create({ title: "Milk" });
  const { replica, titles } = await open(ada);
  await replica.collections.tasks.preload();
  expect(titles()).toEqual(["Milk"]);
  await ada.client.tasks.update(milk, { title: "Oat milk" });
  const bread = await ada.client.tasks.create({ title: "Bread" });
  await expect.poll(titles).toEqual(["Bread", "Oat milk"]);
  await ada.client.tasks.remove(bread);
  await expect.poll(titles).toEqual(["Oat milk"]);
});

test("a write is seen at once, is one batch, and is done when the server has it", async () => {
  const ada = await person(server);
  const { replica, titles } = await open(ada);
  const { tasks } = replica.collections;
  const [first, second] = [newTask({ title: "First", due: { date: "2030-03-01" } }), newTask({ title: "Second" })];
  const written = replica.write(() => void tasks.insert([first, second]));
  expect(titles()).toEqual(["First", "Second"]);
  await written;
  expect(ada.proxy.count("POST", "/api/")).toBe(2);
  expect(tasks.get(first.id)).toMatchObject({ revision: 1, due: { date: "2030-03-01", time: null, timezone: null } });
  await replica.write(() => {
    tasks.update(first.id, (task) => {
      task.completed = true;
      task.due = null;
    });
    tasks.delete(second.id);
  });
  expect(titles()).toEqual(["First"]);
  expect(await ada.client.tasks.get(first.id)).toMatchObject({ completed: true, due: null });
  expect((await ada.client.tasks.list({ deleted: true })).items.map(({ title }) => title)).toEqual(["Second"]);
});

test("tasks keep the order in which they were made, and one can be put between two", async () => {
  const ada = await person(server);
  const { replica } = await open(ada);
  const { tasks } = replica.collections;
  const [first, last] = [newTask({ title: "First" }), newTask({ title: "Last" })];
  const between = newTask({ title: "Between", position: positionBetween(first.position, last.position) });
  await replica.write(() => void tasks.insert([first, last, between]));
  const inOrder = await ada.client.tasks.list({ sort: "position" });
  expect(inOrder.items.map(({ title }) => title)).toEqual(["First", "Between", "Last"]);
  const newest = await ada.client.tasks.create({ title: "Made by the server" });
  expect(newest.position > last.position).toBe(true);
});

test("what is written offline is there after a restart, and reaches the server when it can", async () => {
  const ada = await person(server);
  const bread = await ada.client.tasks.create({ title: "Bread" });
  const salt = await ada.client.tasks.create({ title: "Salt" });
  const device = new Device();
  const before = await open(ada, device, "restarted");
  await before.replica.collections.tasks.preload();
  ada.offline(true);
  const milk = newTask({ title: "Milk" });
  const { tasks } = before.replica.collections;
  void before.replica.write(() => void tasks.insert(milk));
  void before.replica.write(() => void tasks.update(milk.id, (task) => void (task.title = "Oat milk")));
  void before.replica.write(() => void tasks.update(bread.id, (task) => void (task.title = "Rye bread")));
  void before.replica.write(() => void tasks.update(bread.id, (task) => void (task.priority = "high")));
  void before.replica.write(() => void tasks.update(bread.id, (task) => void (task.title = "Dark rye bread")));
  void before.replica.write(() => void tasks.delete(salt.id));
  await expect.poll(() => before.replica.pending).toBe(6);
  await before.replica.close();

  const after = await open(ada, device, "restarted");
  expect(after.titles()).toEqual(["Dark rye bread", "Oat milk"]);
  expect(after.replica.pending).toBe(6);
  ada.offline(false);
  await expect.poll(() => after.replica.pending).toBe(0);
  expect(await titlesOf(ada)).toEqual(["Dark rye bread", "Oat milk"]);
  expect(await ada.client.tasks.get(bread.id)).toMatchObject({ priority: "high" });
  await expect.poll(after.titles).toEqual(["Dark rye bread", "Oat milk"]);
  expect(after.refusals).toEqual([]);
});

test("writes wait while the server is killed, and follow when it is back", async () => {
  const own = await Server.start();
  try {
    const ada = await person(own);
    const { replica, titles } = await open(ada);
    await replica.write(() => void replica.collections.tasks.insert(newTask({ title: "Before" })));
    await own.kill();
    const written = replica.write(() => void replica.collections.tasks.insert(newTask({ title: "Meanwhile" })));
    expect(titles()).toEqual(["Before", "Meanwhile"]);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await own.begin();
    await written;
    expect(await titlesOf(ada)).toEqual(["Before", "Meanwhile"]);
    await ada.client.tasks.create({ title: "Followed" });
    await expect.poll(titles).toEqual(["Before", "Followed", "Meanwhile"]);
    await replica.close();
  } finally {
    await own.remove();
  }
});

test("a write whose answer is lost is done once, and is not taken for a conflict", async () => {
  const ada = await person(server);
  const { replica, refusals } = await open(ada);
  const { tasks } = replica.collections;
  const milk = newTask({ title: "  Milk ", tags: ["home"] });
  nextBatches(ada.proxy, ["answer lost"]);
  await replica.write(() => void tasks.insert(milk));
  nextBatches(ada.proxy, ["answer cut"]);
  await replica.write(() => void tasks.update(milk.id, (task) => void (task.title = "Oat milk")));
  nextBatches(ada.proxy, ["answer lost"]);
  await replica.write(() => void tasks.delete(milk.id));
  expect(await titlesOf(ada)).toEqual([]);
  expect((await ada.client.tasks.list({ deleted: true })).items).toMatchObject([{ title: "Oat milk" }]);
  expect(refusals).toEqual([]);
});

test("two who change different members of one task both have their way", async () => {
  const ada = await person(server);
  const phone = await person(server, ada.account);
  const task = await ada.client.tasks.create({ title: "Call the bank" });
  const { replica, refusals } = await open(ada);
  await replica.collections.tasks.preload();
  ada.offline(true);
  const written = replica.write(() => void replica.collections.tasks.update(task.id, (draft) => void (draft.title = "Call Bob")));
  await phone.client.tasks.update(task, { priority: "urgent" });
  ada.offline(false);
  await written;
  expect(await phone.client.tasks.get(task.id)).toMatchObject({ title: "Call Bob", priority: "urgent" });
  expect(refusals).toEqual([]);
});

test("two who change the same member conflict: the later one is told, and can write again", async () => {
  const ada = await person(server);
  const phone = await person(server, ada.account);
  const task = await ada.client.tasks.create({ title: "Call the bank" });
  const { replica, refusals, titles } = await open(ada);
  const { tasks } = replica.collections;
  await tasks.preload();
  ada.offline(true);
  const written = replica.write(() => void tasks.update(task.id, (draft) => void (draft.title = "Call Ada")));
  await phone.client.tasks.update(task, { title: "Call Bob" });
  ada.offline(false);
  const refusal = (await written.catch((error: unknown) => error)) as Refusal;
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ isConflict: true, problem: { status: 412 } });
  expect(refusal.edits).toMatchObject([{ type: "update", original: { title: "Call the bank" }, modified: { title: "Call Ada" }, current: { title: "Call Bob", revision: 2 } }]);
  expect(refusals).toEqual([refusal]);
  expect(titles()).toEqual(["Call Bob"]);
  await replica.write(() => void tasks.update(task.id, (draft) => void (draft.title = "Call both")));
  expect(await titlesOf(phone)).toEqual(["Call both"]);
});

test("a task that somebody else deleted cannot be changed, and what was changed is told", async () => {
  const ada = await person(server);
  const task = await ada.client.tasks.create({ title: "Gone" });
  const { replica, refusals, titles } = await open(ada);
  await replica.collections.tasks.preload();
  const phone = await person(server, ada.account);
  ada.offline(true);
  const written = replica.write(() => void replica.collections.tasks.update(task.id, (draft) => void (draft.title = "Changed")));
  await phone.client.tasks.remove(task);
  ada.offline(false);
  expect(await written.catch((error: unknown) => error)).toBeInstanceOf(Refusal);
  expect(refusals[0]!.edits).toMatchObject([{ modified: { title: "Changed" }, current: { title: "Gone" } }]);
  expect(titles()).toEqual([]);
});

test("the id of an erased task is refused, and does not hold up what was written behind it", async () => {
  const ada = await person(server);
  const { replica } = await open(ada);
  const { tasks } = replica.collections;
  const erased = newTask({ title: "Erased" });
  await ada.client.tasks.create({ id: erased.id, title: "Erased" });
  await ada.client.tasks.erase(erased.id);
  await expect.poll(() => tasks.get(erased.id)).toBeUndefined();
  const again = replica.write(() => void tasks.insert(erased));
  await replica.write(() => void tasks.insert(newTask({ title: "Behind it" })));
  expect(await again.catch((error: unknown) => error)).toMatchObject({ isConflict: true });
  expect(await titlesOf(ada)).toEqual(["Behind it"]);
});

test("what breaks a rule is refused and taken back, and what was written behind it goes on", async () => {
  const ada = await person(server);
  const { replica, refusals, titles } = await open(ada);
  const { tasks } = replica.collections;
  const wrong = replica.write(() => void tasks.insert(newTask({ title: "x".repeat(201) })));
  const right = replica.write(() => void tasks.insert(newTask({ title: "Right" })));
  expect(await wrong.catch((error: unknown) => error)).toMatchObject({ name: "Refusal", isConflict: false, problem: { status: 422 } });
  await right;
  expect(titles()).toEqual(["Right"]);
  expect(refusals).toHaveLength(1);
});

test("who opens a replica again is told what was refused of the writes from before", async () => {
  const ada = await person(server);
  const device = new Device();
  const before = await open(ada, device, "refused later");
  ada.offline(true);
  void before.replica.write(() => void before.replica.collections.tasks.insert(newTask({ title: " " })));
  await expect.poll(() => before.replica.pending).toBe(1);
  await before.replica.close();
  ada.offline(false);
  const after = await open(ada, device, "refused later");
  await expect.poll(() => after.refusals).toMatchObject([{ problem: { status: 422 }, edits: [{ type: "insert", modified: { title: " " } }] }]);
  expect([after.titles(), after.replica.pending]).toEqual([[], 0]);
});

test("a copy that was away for too long drops what has gone meanwhile", async () => {
  const ada = await person(server);
  const gone = await ada.client.tasks.create({ title: "Gone" });
  const kept = await ada.client.tasks.create({ title: "Kept" });
  const device = new Device();
  const before = await open(ada, device, "away");
  await before.replica.collections.tasks.preload();
  await before.replica.close();
  await ada.client.tasks.remove(gone);
  await ada.client.tasks.update(kept, { title: "Kept and changed" });
  await forget(server);
  ada.offline(true);
  const after = await open(ada, device, "away");
  expect(after.titles()).toEqual(["Gone", "Kept"]);
  void after.replica.write(() => void after.replica.collections.tasks.insert(newTask({ title: "New" })));
  ada.offline(false);
  await expect.poll(after.titles).toEqual(["Kept and changed", "New"]);
  await serverHas(ada, ["Kept and changed", "New"]);
});

test("a token that ends is renewed; who is signed out writes on, and all of it goes out after signing in", async () => {
  const own = await Server.start({ "auth.access_ttl": "2s" });
  try {
    const ada = await person(own);
    const { replica, titles, errors } = await open(ada);
    const { tasks } = replica.collections;
    await replica.write(() => void tasks.insert(newTask({ title: "Fresh" })));
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await replica.write(() => void tasks.insert(newTask({ title: "Renewed" })));
    await ada.session.logout();
    const written = replica.write(() => void tasks.insert(newTask({ title: "Signed out" })));
    await expect.poll(() => errors).toMatchObject([{ status: 401 }]);
    expect(titles()).toEqual(["Fresh", "Renewed", "Signed out"]);
    await ada.session.login(ada.account);
    await written;
    expect(await titlesOf(ada)).toEqual(["Fresh", "Renewed", "Signed out"]);
    await replica.close();
  } finally {
    await own.remove();
  }
});
