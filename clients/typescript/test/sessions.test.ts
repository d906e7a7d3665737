import { browserStore, createClient, memoryStore, openSession, type SessionStore, type StoredSession, TaskProblem } from "@tasklane/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Fate, Proxy } from "./support/proxy.ts";
import { credentials, rejection, start } from "./support/tasklane.ts";

const server = await start();

async function proxy(): Promise<Proxy> {
  const started = await Proxy.start(server.url);
  onTestFinished(() => started.stop());
  return started;
}

/** Somebody signed in, and the store of their session. */
async function signedIn(baseUrl: string) {
  const store = memoryStore();
  const session = await openSession({ baseUrl, store });
  await session.register(credentials());
  return { store, session, tasks: createClient({ baseUrl, auth: session, retry: false }).tasks };
}

/** Changes what is kept: time has passed, or the access token is one that the server refuses. */
async function change(store: SessionStore, changes: Partial<StoredSession>): Promise<void> {
  await store.write({ ...(await store.read())!, ...changes });
}

const NEARLY_OVER = { renewAt: 0 };
const OVER = { renewAt: 0, endsAt: 0 };
const REFUSED = { access: "refused" };

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

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
  const { session, store, tasks } = await signedIn(between.url);
  await change(store, REFUSED);
  await session.reload();
  await Promise.all(Array.from({ length: 20 }, () => tasks.list()));
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
  // The old token was tried by all of them, and the new one by each once.
  expect(between.count("GET", "/api/tasks")).toBe(40);
});

test("a token is renewed before it ends, and the session outlives many", async () => {
  const shortLived = await start({ "auth.access_ttl": "2s" }, onTestFinished);
  const between = await Proxy.start(shortLived.url);
  onTestFinished(() => between.stop());
  const { tasks } = await signedIn(between.url);
  for (const end = Date.now() + 8_000; Date.now() < end; await pause(100)) await tasks.list();
  expect(between.count("POST", "/api/auth/refresh")).toBeGreaterThanOrEqual(2);
});

test("two tabs of one browser share a session, and one of them refreshes", async () => {
  const between = await proxy();
  const shared = memoryStore();
  vi.stubGlobal("navigator", { locks: new Locks() });
  onTestFinished(() => void vi.unstubAllGlobals());
  const first = await openSession({ baseUrl: between.url, store: tab(shared) });
  await first.register(credentials());
  await change(shared, REFUSED);
  await first.reload();
  const second = await openSession({ baseUrl: between.url, store: tab(shared) });
  expect(second.user).toEqual(first.user);
  const clients = [first, second].map((auth) => createClient({ baseUrl: between.url, auth }));
  await Promise.all(clients.flatMap(({ tasks }) => Array.from({ length: 5 }, () => tasks.list())));
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
  await first.logout();
  expect(await rejection(clients[1]!.tasks.list())).toMatchObject({ status: 401 });
  expect(second.user).toBeNull();
});

test("a session that was ended elsewhere ends here, and says so", async () => {
  const { session, store, tasks } = await signedIn(server.url);
  await createClient({ baseUrl: server.url, auth: session }).raw.POST("/api/auth/logout");
  await change(store, OVER);
  await session.reload();
  expect(await rejection(tasks.list())).toMatchObject({ status: 401, code: "invalid_refresh_token" });
  expect(session.user).toBeNull();
});

test("a refresh that fails on its way signs nobody out", async () => {
  const between = await proxy();
  const { session, store, tasks } = await signedIn(between.url);
  const fails = (fate: Fate) => between.next([fate], ({ path }) => path === "/api/auth/refresh");
  fails("lost");
  await change(store, NEARLY_OVER);
  await session.reload();
  await tasks.list();
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);

  fails({ status: 503 });
  await change(store, OVER);
  await session.reload();
  expect(await rejection(tasks.list())).toMatchObject({ status: 503 });
  expect(session.user).not.toBeNull();
  await tasks.list();
  expect(between.count("POST", "/api/auth/refresh")).toBe(3);
});

test("a caller who gives up does not cut off the refresh that others wait for", async () => {
  const between = await proxy();
  const { session, store, tasks } = await signedIn(between.url);
  await change(store, OVER);
  await session.reload();
  const impatient = new AbortController();
  const first = rejection(tasks.list({}, { signal: impatient.signal }));
  const second = tasks.list();
  impatient.abort(new Error("never mind"));
  expect(await first).toMatchObject({ message: "never mind" });
  await second;
  expect(between.count("POST", "/api/auth/refresh")).toBe(1);
});

test("who signs out during a refresh stays signed out, and the refresh token is used once", async () => {
  const between = await proxy();
  const { session, store } = await signedIn(between.url);
  await change(store, OVER);
  await session.reload();
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

/** A tab's way to what all tabs share. */
function tab(shared: SessionStore): SessionStore {
  return { ...shared, lock: "shared" };
}

test("the user is as they have changed themselves, in every tab", async () => {
  const { session, store } = await signedIn(server.url);
  expect(await session.update({ name: "Ada Lovelace" })).toMatchObject({ name: "Ada Lovelace" });
  expect(session.user?.name).toBe("Ada Lovelace");
  expect((await store.read())?.user.name).toBe("Ada Lovelace");
  const long = (await rejection(session.update({ name: "x".repeat(201) }))) as TaskProblem;
  expect(long.at("/name")).toBeTruthy();
  expect(session.user?.name).toBe("Ada Lovelace");
});

test("a browser's session may be opened where a page is rendered on a server", async () => {
  const session = await openSession({ baseUrl: server.url, store: browserStore() });
  expect(session.user).toBeNull();
  expect(await rejection(session.token())).toMatchObject({ status: 401, code: "unauthenticated" });
  session.close();
});
