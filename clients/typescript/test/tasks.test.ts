import { TaskProblem } from "@tasklane/client";
import { expect, test } from "vitest";
import { collect, newClient, rejection, start } from "./support/tasklane.ts";

const server = await start();

test("a task lives from its creation to its erasure", async () => {
  const { tasks } = await newClient(server.url);
  const created = await tasks.create({ title: "Buy milk", tags: ["home"], due: { date: "2030-03-31" } });
  expect(created).toMatchObject({ title: "Buy milk", completed: false, due: { date: "2030-03-31", time: null } });
  const renamed = await tasks.update(created, { title: "Buy oat milk" });
  expect(renamed.revision).toBeGreaterThan(created.revision);
  const done = await tasks.toggle(renamed);
  expect(done.completed).toBe(true);
  expect((await tasks.toggle(done)).completed).toBe(false);

  await tasks.remove(created.id);
  expect(await rejection(tasks.get(created.id))).toMatchObject({ status: 404, code: "not_found" });
  expect((await tasks.list({ deleted: true })).items.map((task) => task.id)).toEqual([created.id]);
  expect((await tasks.restore(created.id)).deleted_at).toBeNull();
  expect(await rejection(tasks.restore(created.id))).toMatchObject({ status: 409, code: "not_deleted" });

  await tasks.erase(created.id);
  expect(await rejection(tasks.erase(created.id))).toMatchObject({ status: 404 });
  await tasks.remove(await tasks.create({ title: "Trash" }));
  expect(await tasks.emptyTrash()).toBe(1);
});

test("a task as it was read is changed only while nobody else has changed it", async () => {
  const { tasks } = await newClient(server.url);
  const mine = await tasks.create({ title: "Ours" });
  const theirs = await tasks.update(mine, { title: "Theirs" });
  const late = [tasks.update(mine, { title: "Mine" }), tasks.toggle(mine), tasks.remove(mine), tasks.erase(mine)];
  for (const error of await Promise.all(late.map(rejection))) {
    expect(error).toMatchObject({ code: "precondition_failed", revision: theirs.revision });
  }
  expect(await tasks.get(mine.id)).toEqual(theirs);
  expect((await tasks.update(mine.id, { title: "Whatever it was" })).title).toBe("Whatever it was");
});

test("an edit starts over when somebody else was faster, and loses neither change", async () => {
  const { tasks } = await newClient(server.url);
  const { id } = await tasks.create({ title: "Count" });
  const names = Array.from({ length: 6 }, (_, index) => `tag ${index}`);
  const add = (name: string) => tasks.edit(id, ({ tags }) => ({ tags: [...tags, name] }), { attempts: 10 });
  await Promise.all(names.map(add));
  expect((await tasks.get(id)).tags.toSorted()).toEqual(names);
});

test("an edit gives up after its attempts, and may find nothing to do", async () => {
  const { tasks } = await newClient(server.url);
  const task = await tasks.create({ title: "Contested" });
  let calls = 0;
  const contested = tasks.edit(
    task,
    async ({ id }) => {
      calls += 1;
      await tasks.update(id, { title: `Faster ${calls}` });
      return { description: "late" };
    },
    { attempts: 3 },
  );
  expect(await rejection(contested)).toMatchObject({ status: 412 });
  expect(calls).toBe(3);
  const current = await tasks.get(task.id);
  expect(current.title).toBe("Faster 3");
  expect(await tasks.edit(task.id, () => null)).toEqual(current);
});

test("all tasks are iterated page by page, and no more pages are read than needed", async () => {
  const urls: string[] = [];
  const fetching = (request: Request) => {
    urls.push(request.url);
    return fetch(request);
  };
  const { tasks, batch } = await newClient(server.url, { fetch: fetching });
  for (let made = 0; made < 220; made += 55) {
    const drafts = Array.from({ length: 55 }, (_, index) => ({ title: `Task ${made + index}` }));
    await batch(drafts.map((task) => ({ op: "create" as const, task })));
  }
  urls.length = 0;
  const titles = (await collect(tasks.all({ sort: "created_at" }))).map((task) => task.title);
  expect(new Set(titles).size).toBe(220);
  expect(urls).toHaveLength(3);
  urls.length = 0;
  for await (const { title } of tasks.all()) if (title) break;
  expect(urls).toHaveLength(1);
});

test("a list is filtered, ordered and paged", async () => {
  const { tasks } = await newClient(server.url);
  await tasks.create({ title: "Low", priority: "low", tags: ["a", "b"] });
  await tasks.create({ title: "High", priority: "high", tags: ["a"] });
  const last = await tasks.create({ title: "Urgent", priority: "urgent" });
  const titles = async (query: Parameters<typeof tasks.list>[0]) => (await tasks.list(query)).items.map(({ title }) => title);
  expect(await titles({ priority: ["high", "urgent"], sort: "title" })).toEqual(["High", "Urgent"]);
  expect(await titles({ priority: "low" })).toEqual(["Low"]);
  expect(await titles({ tag: ["A", "b"] })).toEqual(["Low"]);
  const first = await tasks.list({ limit: 2, sort: "-priority" });
  expect(first).toMatchObject({ items: [{ title: "Urgent" }, { title: "High" }], revision: last.revision });
  expect(await tasks.list({ limit: 2, sort: "-priority", cursor: first.nextCursor })).toMatchObject({
    items: [{ title: "Low" }],
    nextCursor: null,
  });
});

test("a batch is done whole or not at all, and says which operation failed", async () => {
  const { tasks, batch } = await newClient(server.url);
  const task = await tasks.create({ title: "First" });
  const { results } = await batch([
    { op: "update", id: task.id, patch: { title: "Changed" } },
    { op: "create", task: { title: "Second" } },
  ]);
  expect(results.map(({ status }) => status)).toEqual([200, 201]);
  const refused = batch([
    { op: "delete", id: task.id },
    { op: "create", task: { title: "" } },
  ]);
  const problem = (await rejection(refused)) as TaskProblem;
  expect(problem).toBeInstanceOf(TaskProblem);
  expect(problem.at("/operations/1/task/title")?.message).toBeTruthy();
  expect((await tasks.get(task.id)).title).toBe("Changed");
});

test("a batch that is not atomic does what it can, and says of the rest why not", async () => {
  const { tasks, batch } = await newClient(server.url);
  const task = await tasks.create({ title: "First" });
  const stale = { op: "put", id: task.id, if_match: task.revision + 1, task: { title: "Lost" } } as const;
  const { results, revision } = await batch([stale, { op: "create", task: { title: "Second" } }], { atomic: false });
  expect(results).toMatchObject([
    { status: 412, problem: { code: "precondition_failed" }, task },
    { status: 201, task: { title: "Second" } },
  ]);
  expect(revision).toBe(task.revision + 1);
});

test("quick changes of one task are sent one after the other, and do not conflict with each other", async () => {
  const { tasks } = await newClient(server.url);
  const task = await tasks.create({ title: "A" });
  const [renamed, raised, tagged] = await Promise.all([
    tasks.update(task, { title: "B" }),
    tasks.update(task, { priority: "high" }),
    tasks.update(task, { tags: ["x"] }),
  ]);
  expect([renamed, raised, tagged].map(({ revision }) => revision - task.revision)).toEqual([1, 2, 3]);
  expect(tagged).toMatchObject({ title: "B", priority: "high", tags: ["x"] });
  await Promise.all([tasks.toggle(tagged), tasks.remove(tagged)]);
  expect((await tasks.list({ deleted: true })).items).toMatchObject([{ id: task.id, completed: true }]);
});

test("a quick change is still refused when somebody else was faster, or when the one before it was", async () => {
  const { tasks } = await newClient(server.url);
  const task = await tasks.create({ title: "A" });
  const theirs = await tasks.update(task.id, { title: "Theirs" });
  const late = [tasks.update(task, { title: "B" }), tasks.update(task, { priority: "high" })];
  for (const error of await Promise.all(late.map(rejection))) expect(error).toMatchObject({ status: 412, revision: theirs.revision, current: theirs });
  const [refused, done] = await Promise.allSettled([tasks.update(theirs, { title: "" }), tasks.update(theirs, { title: "C" })]);
  expect([refused.status, done.status]).toEqual(["rejected", "fulfilled"]);
});

test("tasks are chosen by their ids, counted, and cleared away when they are done", async () => {
  const { tasks } = await newClient(server.url);
  const one = await tasks.create({ title: "One", tags: ["home"] });
  const two = await tasks.create({ title: "Two", completed: true });
  await tasks.create({ title: "Three" });
  const chosen = async (ids: string[]) => (await tasks.list({ ids, sort: "title" })).items.map(({ title }) => title);
  expect(await chosen([one.id, two.id])).toEqual(["One", "Two"]);
  expect(await chosen([])).toEqual([]);
  expect(await tasks.clearCompleted("2999-01-01")).toBe(1);
  expect(await tasks.summary("Pacific/Auckland")).toMatchObject({
    open: 2,
    completed: 0,
    no_date: 2,
    trashed: 1,
    tags: [{ tag: "home", open: 1 }],
    priorities: { none: 2 },
  });
});

test("a task is created under an id of one's own, once", async () => {
  const { tasks } = await newClient(server.url);
  const id = crypto.randomUUID();
  const created = await tasks.create({ id, title: "Mine", due: { date: "2030-03-31" } });
  expect(created).toMatchObject({ id, title: "Mine" });
  expect(await rejection(tasks.create({ id, title: "Mine" }))).toMatchObject({ status: 412 });
  expect((await tasks.list()).items).toEqual([created]);
});

test("a refusal names every field, and what the server's log calls the request", async () => {
  const { tasks } = await newClient(server.url);
  const draft = { title: "x".repeat(201), due: { date: "2030-02-30" } };
  const problem = (await rejection(tasks.create(draft))) as TaskProblem;
  expect(problem).toBeInstanceOf(TaskProblem);
  expect(problem).toMatchObject({ status: 422, code: "validation_failed", retryAfter: null, revision: null });
  expect(problem.errors.map(({ pointer }) => pointer).toSorted()).toEqual(["/due/date", "/title"]);
  expect(problem.at("/title")).toMatchObject({ code: "too_long", params: { max: 200 } });
  expect(problem.requestId).toMatch(/./);
  expect(problem.message).toBe(problem.problem?.detail);
});

test("every other operation is there by its path, with the token and the types", async () => {
  const { raw } = await newClient(server.url);
  const { data } = await raw.GET("/api/users/me");
  expect(data?.issuer).toBe("local");
  const missing = raw.DELETE("/api/auth/sessions/{id}", { params: { path: { id: crypto.randomUUID() } } });
  expect(await rejection(missing)).toMatchObject({ code: "not_found" });
  const { response } = await raw.GET("/api/users/me/export", { parseAs: "stream" });
  expect(await response.json()).toMatchObject({ tasks: [] });
});
