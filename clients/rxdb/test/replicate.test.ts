import { newTask } from "@tasklane/rxdb";
import { afterAll, expect, test } from "vitest";
import { Server } from "../../../tests/browser/support/server.ts";
import { forget, nextBatches, person, serverHas, titlesOf } from "../../test/support.ts";
import { Device, open } from "./support.ts";

const server = await Server.start({ "trash.retention": "1s" });
afterAll(() => server.remove());

test("a collection has what the server has, and follows what others change", async () => {
  const ada = await person(server);
  const milk = await ada.client.tasks.create({ title: "Milk" });
  const { replication, titles } = await open(ada);
  await replication.awaitInitialReplication();
  expect(await titles()).toEqual(["Milk"]);
  await ada.client.tasks.update(milk, { title: "Oat milk" });
  const bread = await ada.client.tasks.create({ title: "Bread" });
  await expect.poll(titles).toEqual(["Bread", "Oat milk"]);
  await ada.client.tasks.remove(bread);
  await expect.poll(titles).toEqual(["Oat milk"]);
  await ada.client.tasks.restore(bread.id);
  await expect.poll(titles).toEqual(["Bread", "Oat milk"]);
  await ada.client.tasks.erase(bread.id);
  await expect.poll(titles).toEqual(["Oat milk"]);
});

test("a collection is filled from more than one stretch of changes", async () => {
  const ada = await person(server);
  for (let made = 0; made < 600; made += 100) {
    await ada.client.batch(Array.from({ length: 100 }, () => ({ op: "create" as const, task: { title: "One of many" } })));
  }
  const { replication, titles } = await open(ada);
  await replication.awaitInitialReplication();
  expect(await titles()).toHaveLength(600);
});

test("what is written is pushed in batches, and comes back with the revision of the server", async () => {
  const ada = await person(server);
  const { tasks, replication } = await open(ada);
  await replication.awaitInitialReplication();
  const before = ada.proxy.count("POST", "/api/");
  const drafts = Array.from({ length: 100 }, (_, index) => newTask({ title: `Task ${index}`, tags: ["many"] }));
  await tasks.bulkInsert(drafts);
  await replication.awaitInSync();
  expect(ada.proxy.count("POST", "/api/") - before).toBeLessThan(4);
  expect(await titlesOf(ada)).toHaveLength(100);
  const first = tasks.findOne(drafts[0]!.id);
  await expect.poll(async () => (await first.exec())?.revision).toBeGreaterThan(0);
  await (await first.exec())!.incrementalPatch({ completed: true, due: { date: "2030-03-01", time: null, timezone: null } });
  await expect.poll(() => ada.client.tasks.get(drafts[0]!.id)).toMatchObject({ completed: true, due: { date: "2030-03-01" } });
  await (await first.exec())!.incrementalRemove();
  await expect.poll(() => titlesOf(ada)).toHaveLength(99);
});

test("what is written offline is there after a restart, and reaches the server when it can", async () => {
  const ada = await person(server);
  const [bread, salt] = [await ada.client.tasks.create({ title: "Bread" }), await ada.client.tasks.create({ title: "Salt" })];
  const device = new Device();
  const before = await open(ada, device);
  await before.replication.awaitInitialReplication();
  ada.offline(true);
  const milk = await before.insert("Milk");
  await milk.incrementalPatch({ title: "Oat milk" });
  await (await before.tasks.findOne(bread.id).exec())!.incrementalPatch({ title: "Rye bread" });
  await (await before.tasks.findOne(bread.id).exec())!.incrementalPatch({ priority: "high" });
  await (await before.tasks.findOne(salt.id).exec())!.incrementalRemove();
  await (await before.insert("Never mind")).incrementalRemove();
  await before.close();

  const after = await open(ada, device);
  expect(await after.titles()).toEqual(["Oat milk", "Rye bread"]);
  ada.offline(false);
  await serverHas(ada, ["Oat milk", "Rye bread"]);
  expect(await ada.client.tasks.get(bread.id)).toMatchObject({ priority: "high" });
  expect(after.refusals).toEqual([]);
});

test("changes go on in both directions after the server was killed", async () => {
  const own = await Server.start();
  try {
    const ada = await person(own);
    const { insert, titles, replication, errors, close } = await open(ada);
    await replication.awaitInitialReplication();
    await own.kill();
    await insert("Meanwhile");
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    await own.begin();
    await serverHas(ada, ["Meanwhile"]);
    await ada.client.tasks.create({ title: "Followed" });
    await expect.poll(titles).toEqual(["Followed", "Meanwhile"]);
    await close();
  } finally {
    await own.remove();
  }
});

test("a push whose answer is lost is done once, and is not taken for a conflict", async () => {
  const ada = await person(server);
  const { tasks, insert, titles, replication, refusals } = await open(ada);
  await replication.awaitInitialReplication();
  nextBatches(ada.proxy, ["answer lost"]);
  const { id } = await insert("Milk");
  await serverHas(ada, ["Milk"]);
  await replication.awaitInSync();
  nextBatches(ada.proxy, ["answer cut"]);
  await (await tasks.findOne(id).exec())!.incrementalPatch({ title: "Oat milk" });
  await serverHas(ada, ["Oat milk"]);
  await replication.awaitInSync();
  nextBatches(ada.proxy, ["answer lost"]);
  await (await tasks.findOne(id).exec())!.incrementalRemove();
  await serverHas(ada, []);
  await replication.awaitInSync();
  expect([await titles(), refusals]).toEqual([[], []]);
});

test("two who change different members of one task both have their way", async () => {
  const ada = await person(server);
  const phone = await person(server, ada.account);
  const task = await ada.client.tasks.create({ title: "Call the bank" });
  const { tasks, replication, refusals } = await open(ada);
  await replication.awaitInitialReplication();
  ada.offline(true);
  await (await tasks.findOne(task.id).exec())!.incrementalPatch({ title: "Call Bob" });
  await phone.client.tasks.update(task, { priority: "urgent" });
  ada.offline(false);
  await expect.poll(() => phone.client.tasks.get(task.id)).toMatchObject({ title: "Call Bob", priority: "urgent" });
  await expect.poll(async () => (await tasks.findOne(task.id).exec())!.priority).toBe("urgent");
  expect(refusals).toEqual([]);
});

test("two who change the same member conflict: the server's stays, and the app is told", async () => {
  const ada = await person(server);
  const phone = await person(server, ada.account);
  const task = await ada.client.tasks.create({ title: "Call the bank" });
  const { tasks, titles, replication, refusals } = await open(ada);
  await replication.awaitInitialReplication();
  ada.offline(true);
  await (await tasks.findOne(task.id).exec())!.incrementalPatch({ title: "Call Ada" });
  await phone.client.tasks.update(task, { title: "Call Bob" });
  ada.offline(false);
  await expect.poll(() => refusals).toMatchObject([{ problem: { status: 412 }, document: { title: "Call Ada" }, current: { title: "Call Bob", revision: 2 } }]);
  await expect.poll(titles).toEqual(["Call Bob"]);
  expect(await titlesOf(phone)).toEqual(["Call Bob"]);
  await (await tasks.findOne(task.id).exec())!.incrementalPatch({ title: "Call both" });
  await serverHas(phone, ["Call both"]);
});

test("the id of an erased task is refused, and the app is told", async () => {
  const ada = await person(server);
  const { tasks, titles, replication, refusals } = await open(ada);
  await replication.awaitInitialReplication();
  const erased = newTask({ title: "Erased" });
  ada.offline(true);
  await tasks.insert(erased);
  const phone = await person(server, ada.account);
  await phone.client.tasks.create({ id: erased.id, title: "Erased" });
  await phone.client.tasks.erase(erased.id);
  ada.offline(false);
  await expect.poll(() => refusals).toMatchObject([{ problem: { status: 412 }, document: { title: "Erased" }, current: null }]);
  await expect.poll(titles).toEqual([]);
});

test("what breaks a rule is taken back and told, and what is beside it is done", async () => {
  const ada = await person(server);
  const { insert, titles, replication, refusals } = await open(ada);
  await replication.awaitInitialReplication();
  ada.offline(true);
  await Promise.all([insert("Before"), insert("x".repeat(201)), insert("After")]);
  ada.offline(false);
  await serverHas(ada, ["After", "Before"]);
  await expect.poll(titles).toEqual(["After", "Before"]);
  expect(refusals).toMatchObject([{ problem: { status: 422 }, current: null }]);
});

test("a collection that was away for too long drops what has gone, and keeps what is new", async () => {
  const ada = await person(server);
  const [gone, kept] = [await ada.client.tasks.create({ title: "Gone" }), await ada.client.tasks.create({ title: "Kept" })];
  const device = new Device();
  const before = await open(ada, device);
  await before.replication.awaitInitialReplication();
  await before.close();
  await ada.client.tasks.remove(gone);
  await ada.client.tasks.update(kept, { title: "Kept and changed" });
  await forget(server);
  ada.offline(true);
  const after = await open(ada, device);
  await after.insert("New");
  expect(await after.titles()).toEqual(["Gone", "Kept", "New"]);
  ada.offline(false);
  await expect.poll(after.titles).toEqual(["Kept and changed", "New"]);
  await serverHas(ada, ["Kept and changed", "New"]);
});

test("a token that ends is renewed; who is signed out writes on, and all of it goes out after signing in", async () => {
  const own = await Server.start({ "auth.access_ttl": "2s" });
  try {
    const ada = await person(own);
    const { insert, titles, replication, errors, close } = await open(ada);
    await replication.awaitInitialReplication();
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await insert("Renewed");
    await serverHas(ada, ["Renewed"]);
    await ada.session.logout();
    await insert("Signed out");
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    await ada.session.login(ada.account);
    await serverHas(ada, ["Renewed", "Signed out"]);
    await ada.client.tasks.create({ title: "Followed" });
    await expect.poll(titles).toEqual(["Followed", "Renewed", "Signed out"]);
    await close();
  } finally {
    await own.remove();
  }
});
