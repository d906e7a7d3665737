import { type Client, type ClientOptions, type Retry, TaskProblem, Unreachable } from "@tasklane/client";
import { expect, onTestFinished, test } from "vitest";
import { type Fate, Proxy } from "./support/proxy.ts";
import { deaf, newClient, rejection, start } from "./support/tasklane.ts";

const server = await start({ "rate_limit.api.quota": "20", "rate_limit.api.window": "20s" });

/** A client whose requests to tasks meet these fates before they pass. */
async function behind(fates: Fate[], options: Partial<ClientOptions> = {}): Promise<Client & { proxy: Proxy }> {
  const proxy = await Proxy.start(server.url);
  onTestFinished(() => proxy.stop());
  const client = await newClient(proxy.url, options);
  proxy.next(fates, ({ path }) => /^\/api\/(tasks|batch)/.test(path));
  return { ...client, proxy };
}

const unavailable = (headers: Record<string, string> = {}): Fate => ({ status: 503, headers });

test.each<[string, Fate]>([
  ["never arrived", "lost"],
  ["was done, and nothing came back", "answer lost"],
  ["was done, and half of the answer came back", "answer cut"],
  ["came too early", unavailable()],
])("a creation that %s is sent again, and there is one task", async (_, fate) => {
  const { tasks, proxy } = await behind([fate, fate]);
  const created = await tasks.create({ title: "Once" });
  expect(proxy.count("POST", "/api/tasks")).toBe(3);
  const keys = new Set(proxy.seen.filter(({ method, path }) => method === "POST" && path === "/api/tasks").map(({ headers }) => headers["idempotency-key"]));
  expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect((await tasks.list()).items).toEqual([created]);
});

test("a draft that survives a restart keeps its key, and makes one task", async () => {
  const { tasks } = await behind([]);
  const first = await tasks.create({ title: "Once" }, { idempotencyKey: "draft-1" });
  const second = await tasks.create({ title: "Once" }, { idempotencyKey: "draft-1" });
  expect(second).toEqual(first);
  const other = tasks.create({ title: "Another" }, { idempotencyKey: "draft-1" });
  expect(await rejection(other)).toMatchObject({ code: "idempotency_key_reused" });
});

test("a creation under an id of one's own is sent again, and there is one task", async () => {
  const { tasks, proxy } = await behind(["lost", "answer lost"]);
  const id = crypto.randomUUID();
  const created = await tasks.create({ id, title: " Once ", tags: ["x"] });
  expect(created).toMatchObject({ id, title: "Once" });
  expect(proxy.count("PUT")).toBe(3);
  expect((await tasks.list()).items).toEqual([created]);
  const other = await tasks.create({ title: "Another's" });
  proxy.next(["answer lost"], ({ method }) => method === "PUT");
  expect(await rejection(tasks.create({ id: other.id, title: "Mine" }))).toMatchObject({ status: 412 });
});

test("a write whose answer is lost succeeds all the same, and is done once", async () => {
  const { tasks, proxy } = await behind([]);
  const lose = (method: string) => proxy.next(["answer lost"], (request) => request.method === method);
  const task = await tasks.create({ title: "A" });

  lose("PATCH");
  const updated = await tasks.update(task, { title: " B ", tags: ["x"], due: { date: "2030-01-01" } });
  expect(updated).toMatchObject({ title: "B", revision: task.revision + 1 });
  lose("PATCH");
  const edited = await tasks.edit(task.id, ({ title }) => ({ title: `${title}!` }));
  expect(edited).toMatchObject({ title: "B!", revision: task.revision + 2 });
  lose("PATCH");
  const toggled = await tasks.toggle(edited);
  expect(toggled).toMatchObject({ completed: true, revision: task.revision + 3 });

  lose("DELETE");
  await tasks.remove(toggled);
  lose("POST");
  const restored = await tasks.restore(task.id);
  expect(restored).toMatchObject({ deleted_at: null, title: "B!" });
  lose("DELETE");
  await tasks.erase(restored);
  expect(await rejection(tasks.erase(restored))).toMatchObject({ status: 404 });
});

test("a lost answer does not hide that somebody else was faster", async () => {
  const { tasks, proxy } = await behind([]);
  const task = await tasks.create({ title: "A" });
  await tasks.update(task, { title: "Theirs" });
  proxy.next(["lost"], ({ method }) => method === "PATCH");
  const late = tasks.update(task, { title: "Mine" });
  expect(await rejection(late)).toMatchObject({ status: 412, uncertain: true });
  expect((await tasks.get(task.id)).title).toBe("Theirs");
});

test("what cannot be repeated safely is not repeated", async () => {
  const { tasks, batch, proxy } = await behind(["answer lost"]);
  const once = batch([{ op: "create", task: { title: "Once" } }]);
  expect(await rejection(once)).toBeInstanceOf(Unreachable);
  expect(proxy.count("POST", "/api/batch")).toBe(1);
  expect((await tasks.list()).items).toHaveLength(1);
});

test("attempts end after their number, with the last problem", async () => {
  const retries: Retry[] = [];
  const options = { retry: { attempts: 3, onRetry: (retry: Retry) => retries.push(retry) } };
  const { tasks, proxy } = await behind(Array(9).fill(unavailable()), options);
  const problem = (await rejection(tasks.list())) as TaskProblem;
  expect(problem).toMatchObject({ status: 503, code: "not_a_problem_document", problem: null });
  expect(proxy.count("GET", "/api/tasks")).toBe(3);
  expect(retries).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  await rejection(tasks.list({}, { retry: false }));
  expect(proxy.count("GET", "/api/tasks")).toBe(4);
});

test("the server's Retry-After is kept, and not waited for when it is too long", async () => {
  const { tasks } = await behind([unavailable({ "Retry-After": "1" }), unavailable({ "Retry-After": "60" })]);
  const begun = Date.now();
  const problem = (await rejection(tasks.list())) as TaskProblem;
  expect(Date.now() - begun).toBeGreaterThanOrEqual(1_000);
  expect(Date.now() - begun).toBeLessThan(30_000);
  expect(problem.retryAfter).toBe(60);
});

test("a Retry-After that a proxy wrote as a date counts as well", async () => {
  const date = (seconds: number) => new Date(Date.now() + seconds * 1_000).toUTCString();
  const times = [date(90), date(-90), "soon"];
  const { tasks } = await behind(times.map((time) => unavailable({ "Retry-After": time })), { retry: false });
  const read = async () => ((await rejection(tasks.list())) as TaskProblem).retryAfter;
  expect(await read()).toBeOneOf([88, 89, 90]);
  expect(await read()).toBe(0);
  expect(await read()).toBeNull();
});

test("a used up quota is told at once, unless waiting for it was asked for", async () => {
  const { tasks } = await behind([]);
  const useUp = async () => {
    for (;;) await tasks.list();
  };
  const problem = (await rejection(useUp())) as TaskProblem;
  expect(problem).toMatchObject({ status: 429, code: "rate_limited" });
  expect(problem.retryAfter).toBeGreaterThan(0);

  const retries: Retry[] = [];
  const retry = { rateLimited: true, onRetry: (retry: Retry) => retries.push(retry) };
  await Promise.all([1, 2, 3].map(() => tasks.list({}, { retry })));
  expect(retries[0]).toMatchObject({ error: { code: "rate_limited" } });
  expect(retries[0]!.wait).toBeGreaterThan(0);
});

test.each([
  ["", {}],
  [", even where fetch does not heed it", { fetch: deaf }],
])("an attempt has a time limit%s", async (_, platform) => {
  const { tasks } = await behind(["answer held", "answer held"], { timeout: 500, ...platform });
  const retries: Retry[] = [];
  const retry = { attempts: 2, onRetry: (retry: Retry) => retries.push(retry) };
  const error = await rejection(tasks.list({}, { retry }));
  expect(error).toBeInstanceOf(Unreachable);
  expect(error).toMatchObject({ message: "The server took too long" });
  expect(retries).toMatchObject([{ error: { message: "The server took too long" } }]);
});

test("a signal ends a call, on its way and between attempts", async () => {
  const { tasks, proxy } = await behind(["answer held", unavailable({ "Retry-After": "20" })]);
  const held = new AbortController();
  const first = rejection(tasks.list({}, { signal: held.signal }));
  await expect.poll(() => proxy.count("GET", "/api/tasks")).toBe(1);
  held.abort(new Error("gone elsewhere"));
  expect(await first).toMatchObject({ message: "gone elsewhere" });

  const waiting = new AbortController();
  const retry = { onRetry: () => waiting.abort(new Error("no patience")) };
  const second = tasks.list({}, { signal: waiting.signal, retry });
  expect(await rejection(second)).toMatchObject({ message: "no patience" });
  expect(await rejection(tasks.list({}, { signal: AbortSignal.abort(new Error("never")) }))).toMatchObject({ message: "never" });
  expect(proxy.count("GET", "/api/tasks")).toBe(2);
});
