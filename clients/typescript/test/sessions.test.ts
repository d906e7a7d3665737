import { createClient, memoryStore, openSession, type SessionStore, TaskProblem, webStore } from "@tasklane/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { Proxy } from "./support/proxy.ts";
import { credentials, rejection, start } from "./support/tasklane.ts";

const server = await start({ "auth.access_ttl": "2s" });

async function proxy(): Promise<Proxy> {
  const started = await Proxy.start(server.url);
  onTestFinished(() => started.stop());
  return started;
}

/** Makes the kept access token one that the server refuses. */
async function spoil(store: SessionStore): Promise<void> {
  const session = (await store.read())!;
  await store.write({ ...session, access: `${session.access}spoilt`, renewAt: Date.now() + 60_000 });
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the platform's `Storage` does, without a browser. */
class MapStorage implements Storage {
  private readonly entries = new Map<string, string>();
  readonly length = 0;
  clear = () => this.entries.clear();
  key = () => null;
  getItem = (key: string) => this.entries.get(key) ?? null;
  setItem = (key: string, value: string) => void this.entries.set(key, value);
  removeItem = (key: string) => void this.entries.delete(key);
}

test("somebody signs up, out and in again", async () => {
  const session = await openSession({ baseUrl: server.url });
  const client = createClient({ baseUrl: server.url, auth: session });
  expect(session.user).toBeNull();
  expect(await rejection(client.tasks.list())).toMatchObject({ status: 401, code: "unauthenticated" });

  const account = credentials();
  const users: unknown[] = [];
  const unsubscribe = session.onChange(() => users.push(session.user?.email));
  await session.register({ ...account, name: "Ada" });
  expect(session.user).toMatchObject({ email: account.email, name: "Ada" });
  await client.tasks.create({ title: "Mine" });
  await session.logout();
  expect(session.user).toBeNull();
  expect(users).toEqual([account.email, undefined]);
  unsubscribe();

  const wrong = session.login({ ...account, password: "something else" });
  expect(await rejection(wrong)).toMatchObject({ status: 401, code: "invalid_credentials" });
  await session.login(account);
  expect((await client.tasks.list()).items).toHaveLength(1);
  expect(users).toHaveLength(2);
  const again = await rejection(session.register(account));
  expect(again).toMatchObject({ status: 409, code: "email_taken" });
  const weak = (await rejection(session.register({ email: "nobody", password: "short" }))) as TaskProblem;
  expect([weak.at("/email"), weak.at("/password")]).toEqual([expect.anything(), expect.anything()]);
});

test("however many requests are refused at once, the refresh token is used once", async () => {
  const between = await proxy();
  const store = memoryStore();
  const session = await openSession({ baseUrl: between.url, store });
  await session.register(credentials());
  await spoil(store);
  await session.reload();
  const { tasks } = createClient({ baseUrl: between.url, auth: session });
  await Promise.all(Array.from({ length: 20 }, () => tasks.list()));
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
  // The old token was tried by all of them, and the new one by each once.
  expect(between.count("GET", "/api/tasks")).toBe(40);
});

test("a token is renewed before it ends, and the session outlives many", async () => {
  const between = await proxy();
  const session = await openSession({ baseUrl: between.url });
  await session.register(credentials());
  const { tasks } = createClient({ baseUrl: between.url, auth: session });
  const answers = new Set<number>();
  for (const end = Date.now() + 6_000; Date.now() < end; await pause(100)) {
    answers.add((await tasks.list()).revision);
  }
  const refreshes = between.count("POST", "/api/auth/refresh");
  expect(refreshes).toBeGreaterThanOrEqual(2);
  expect([...answers]).toEqual([0]);
});

test("two tabs of one browser share a session, and one of them refreshes", async () => {
  const between = await proxy();
  const storage = new MapStorage();
  vi.stubGlobal("navigator", { locks: new Locks() });
  onTestFinished(() => void vi.unstubAllGlobals());
  const first = await openSession({ baseUrl: between.url, store: tab(storage) });
  await first.register(credentials());
  await spoil(tab(storage));
  await first.reload();
  const second = await openSession({ baseUrl: between.url, store: tab(storage) });
  expect(second.user).toEqual(first.user);
  const clients = [first, second].map((auth) => createClient({ baseUrl: between.url, auth }));
  await Promise.all(clients.flatMap(({ tasks }) => Array.from({ length: 5 }, () => tasks.list())));
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
  await first.logout();
  expect(await rejection(clients[1]!.tasks.list())).toMatchObject({ status: 401 });
  expect(second.user).toBeNull();
});

test("a session that was ended elsewhere ends here, and says so", async () => {
  const session = await openSession({ baseUrl: server.url });
  const account = credentials();
  await session.register(account);
  const other = await openSession({ baseUrl: server.url });
  await other.login(account);
  await createClient({ baseUrl: server.url, auth: other }).raw.DELETE("/api/auth/sessions");
  const { tasks } = createClient({ baseUrl: server.url, auth: session });
  await pause(2_500);
  expect(await rejection(tasks.list())).toMatchObject({ status: 401, code: "invalid_refresh_token" });
  expect(session.user).toBeNull();
});

test("a refresh that fails on its way signs nobody out", async () => {
  const between = await proxy();
  const session = await openSession({ baseUrl: between.url });
  await session.register(credentials());
  const { tasks } = createClient({ baseUrl: between.url, auth: session, retry: false });
  await pause(1_700);
  between.next(["lost", { status: 503 }], ({ path }) => path === "/api/auth/refresh");
  // It is time to renew, but the old token still works.
  await tasks.list();
  await pause(800);
  expect(await rejection(tasks.list())).toMatchObject({ status: 503 });
  expect(session.user).not.toBeNull();
  await tasks.list();
});

test("a caller who gives up does not cut off the refresh that others wait for", async () => {
  const between = await proxy();
  const session = await openSession({ baseUrl: between.url });
  await session.register(credentials());
  const { tasks } = createClient({ baseUrl: between.url, auth: session });
  await pause(2_100);
  const impatient = new AbortController();
  const first = rejection(tasks.list({}, { signal: impatient.signal }));
  const second = tasks.list();
  impatient.abort(new Error("never mind"));
  expect(await first).toMatchObject({ message: "never mind" });
  await second;
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
});

test("who signs out during a refresh stays signed out", async () => {
  const between = await proxy();
  const store = memoryStore();
  const session = await openSession({ baseUrl: between.url, store });
  await session.register(credentials());
  await pause(2_100);
  const pending = rejection(session.token());
  await session.logout();
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
  expect(between.count("POST", "/api/auth/logout")).toBe(1);
  expect(await pending).toMatchObject({ status: 401 });
  expect(session.user).toBeNull();
  expect(await store.read()).toBeNull();
});

/** The Web Locks API, as far as browsers have it and Node.js 20 has not. */
class Locks {
  private readonly last = new Map<string, Promise<unknown>>();

  request(name: string, work: () => Promise<unknown>): Promise<unknown> {
    const mine = (this.last.get(name) ?? Promise.resolve()).then(work, work);
    this.last.set(name, mine);
    return mine;
  }
}

/** Each tab has a store of its own on the storage that they share. */
function tab(storage: Storage): SessionStore {
  return { ...webStore(storage), subscribe: () => () => {} };
}
