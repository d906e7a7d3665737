import { cachedToken, createClient, memoryStore, openSession, type Session, type SessionStore, SubjectChanged } from "@tasklane/client";
import { expect, onTestFinished, test } from "vitest";
import { Proxy } from "./support/proxy.ts";
import { credentials, rejection, signUp, start } from "./support/tasklane.ts";

const server = await start();

/** Two people, and what vouches for each. */
async function two() {
  const [ada, bob] = [await signUp(server.url), await signUp(server.url)];
  const titles = async (session: Session) => {
    const { tasks } = createClient({ baseUrl: server.url, auth: session });
    return (await tasks.list()).items.map(({ title }) => title);
  };
  return { ada, bob, titles, adas: await ada.token(), bobs: await bob.token() };
}

test("a function is bound to the person of its first token", async () => {
  const { ada, bob, titles, adas, bobs } = await two();
  let token = adas;
  const { tasks } = createClient({ baseUrl: server.url, auth: () => token });
  await tasks.create({ title: "Ada's" });
  token = bobs;
  const changed = await rejection(tasks.create({ title: "Ada's secret" }));
  expect(changed).toBeInstanceOf(SubjectChanged);
  expect(changed).toMatchObject({ expected: ada.user!.id, actual: bob.user!.id, message: "Somebody else has signed in" });
  expect(await titles(bob)).toEqual([]);
  token = adas;
  await tasks.create({ title: "Ada's again" });
});

test("a cached token is bound to its first person until it is forgotten", async () => {
  const { bob, titles, adas, bobs } = await two();
  let token = adas;
  const auth = cachedToken(async () => token);
  const { tasks } = createClient({ baseUrl: server.url, auth });
  await tasks.create({ title: "Ada's" });
  token = bobs;
  expect(await rejection(auth.token(adas))).toBeInstanceOf(SubjectChanged);
  expect(await rejection(auth.token(adas))).toBeInstanceOf(SubjectChanged);
  expect(await titles(bob)).toEqual([]);
  auth.forget();
  await tasks.create({ title: "Bob's" });
  expect(await titles(bob)).toEqual(["Bob's"]);
});

test("a client that names its person sends nobody else's token, not even the first", async () => {
  const { ada, bob, titles, bobs } = await two();
  const { tasks } = createClient({ baseUrl: server.url, auth: { token: async () => bobs }, subject: ada.user!.id });
  expect(await rejection(tasks.create({ title: "Ada's secret" }))).toBeInstanceOf(SubjectChanged);
  expect(await rejection(tasks.list())).toBeInstanceOf(SubjectChanged);
  expect(await titles(bob)).toEqual([]);
});

test("an attempt that is repeated is not repeated for somebody else", async () => {
  const { bob, titles, adas, bobs } = await two();
  const proxy = await Proxy.start(server.url);
  onTestFinished(() => proxy.stop());
  let token = adas;
  const { tasks } = createClient({ baseUrl: proxy.url, auth: { token: async () => token } });
  proxy.decide = () => {
    token = bobs;
    return { status: 503 };
  };
  expect(await rejection(tasks.create({ title: "Ada's secret" }))).toBeInstanceOf(SubjectChanged);
  expect(proxy.count("POST")).toBe(1);
  expect(await titles(bob)).toEqual([]);
});

test("a loop over pages ends when somebody else signs in between them", async () => {
  const { adas, bobs } = await two();
  let token = adas;
  const { tasks, batch } = createClient({ baseUrl: server.url, auth: { token: async () => token } });
  for (const part of [0, 1]) {
    await batch(Array.from({ length: 60 }, (_, made) => ({ op: "create" as const, task: { title: `Ada's ${part} ${made}` } })));
  }
  const reading = (async () => {
    for await (const { title } of tasks.all()) if (title) token = bobs;
  })();
  expect(await rejection(reading)).toBeInstanceOf(SubjectChanged);
});

/** A store that two tabs share, each of which hears of the other's writes. */
function shared(): () => SessionStore {
  const store = memoryStore();
  const tabs = new Set<() => void>();
  return () => {
    let own = () => {};
    return {
      read: () => store.read(),
      async write(session) {
        await store.write(session);
        for (const tell of tabs) if (tell !== own) tell();
      },
      subscribe(listener) {
        own = listener;
        tabs.add(listener);
        return () => tabs.delete(listener);
      },
    };
  };
}

test("a session ends in a tab when somebody else signs in in another, and says so", async () => {
  const open = shared();
  const [one, other] = [await openSession({ baseUrl: server.url, store: open() }), await openSession({ baseUrl: server.url, store: open() })];
  const adas = credentials();
  await one.register(adas);
  await expect.poll(() => other.user?.email).toBe(adas.email);
  const { tasks } = createClient({ baseUrl: server.url, auth: one });
  await tasks.create({ title: "Ada's" });

  await other.logout();
  await expect.poll(() => one.user).toBeNull();
  const bobs = credentials();
  await other.register(bobs);
  await expect.poll(() => one.replacedBy?.email).toBe(bobs.email);
  expect(one.user).toBeNull();
  expect(await rejection(tasks.create({ title: "Ada's secret" }))).toBeInstanceOf(SubjectChanged);
  const { tasks: seen } = createClient({ baseUrl: server.url, auth: other });
  expect((await seen.list()).items).toEqual([]);

  // Leaving is no reason to end the other's session.
  await one.logout();
  expect(other.user?.email).toBe(bobs.email);
  await seen.create({ title: "Bob's" });
  await one.login(adas);
  expect(one.user?.email).toBe(adas.email);
  await expect.poll(() => other.replacedBy?.email).toBe(adas.email);
  await tasks.create({ title: "Ada's again" });
});

test("a token that was renewed by somebody else's sign-in is not used", async () => {
  const open = shared();
  const store = open();
  const one = await openSession({ baseUrl: server.url, store });
  await one.register(credentials());
  const access = await one.token();
  const bob = await openSession({ baseUrl: server.url, store: open() });
  await bob.login(await account());
  expect(await rejection(one.token(access))).toBeInstanceOf(SubjectChanged);
  expect(bob.user).not.toBeNull();
});

/** Credentials of somebody who has an account already. */
async function account() {
  const entered = credentials();
  await (await openSession({ baseUrl: server.url })).register(entered);
  return entered;
}
