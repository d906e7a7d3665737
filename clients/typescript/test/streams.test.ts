import { type Change, type Client, type ClientOptions, type Retry, type SyncStep, Unreachable } from "@tasklane/client";
import { expect, onTestFinished, test } from "vitest";
import { Proxy } from "./support/proxy.ts";
import { collect, deaf, newClient, rejection, start } from "./support/tasklane.ts";

const server = await start({ "auth.access_ttl": "2s", "trash.retention": "1s" });

const isStream = ({ path }: { path: string }) => path.startsWith("/api/events");

async function behindProxy(options: Partial<ClientOptions> = {}): Promise<Client & { proxy: Proxy }> {
  const proxy = await Proxy.start(server.url);
  onTestFinished(() => proxy.stop());
  return { ...(await newClient(proxy.url, options)), proxy };
}

/** Reads in the background until it has heard of a task with this title. */
function until(title: string, stream: AsyncIterable<Change>): Promise<Change[]> {
  return (async () => {
    const heard: Change[] = [];
    for await (const change of stream) {
      heard.push(change);
      if (change.item?.title === title) break;
    }
    return heard;
  })();
}

const titles = (changes: Change[]) => changes.map((change) => change.item?.title ?? change.id);

test("changes come as they happen, from now on or from a revision", async () => {
  const { tasks, changes, proxy } = await behindProxy();
  const before = await tasks.create({ title: "Before" });
  const stop = new AbortController();
  const fromNow = changes.events(null, { signal: stop.signal });
  const first = fromNow.next();
  const fromThen = until("After", changes.events(before.revision - 1));
  await expect.poll(() => proxy.seen.filter(isStream).length).toBe(2);
  const after = await tasks.create({ title: "After" });
  expect((await first).value).toMatchObject({ kind: "task", deleted: false, item: after });
  expect(titles(await fromThen)).toEqual(["Before", "After"]);
  stop.abort(new Error("enough"));
  expect(await rejection(fromNow.next())).toMatchObject({ message: "enough" });
});

test("a stream that is cut off again and again loses nothing and repeats nothing", async () => {
  const { tasks, changes, proxy } = await behindProxy();
  const { revision } = await tasks.list();
  const heard = until("Task 19", changes.events(revision));
  const streams = () => proxy.seen.filter(isStream);
  for (let made = 0; made < 20; made += 1) {
    await tasks.create({ title: `Task ${made}` });
    if (made % 4 > 0) continue;
    await expect.poll(() => streams().length).toBeGreaterThan(made / 4);
    proxy.cut();
  }
  expect(titles(await heard)).toEqual(Array.from({ length: 20 }, (_, index) => `Task ${index}`));
  const resumed = streams().map(({ headers }) => Number.parseInt(String(headers["last-event-id"])));
  expect(resumed).toEqual(resumed.toSorted((a, b) => a - b));
});

test("a stream outlives its token and the server's restart", async () => {
  const other = await start({ "auth.access_ttl": "1s" }, onTestFinished);
  const proxy = await Proxy.start(other.url);
  onTestFinished(() => proxy.stop());
  const { tasks, changes } = await newClient(proxy.url);
  const { revision } = await tasks.list();
  const heard = until("After the restart", changes.events(revision));
  // The token's life and the leeway.
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  await tasks.create({ title: "After its token" });
  expect(proxy.seen.filter(isStream).length).toBeGreaterThanOrEqual(2);
  await other.kill();
  await other.begin();
  await tasks.create({ title: "After the restart" });
  expect(titles(await heard)).toEqual(["After its token", "After the restart"]);
});

test.each([
  ["", {}],
  [", even where fetch cannot be ended", { fetch: deaf }],
])("a stream that has gone silent is opened again%s", async (_, platform) => {
  const { tasks, changes, proxy } = await behindProxy(platform);
  const { revision } = await tasks.list();
  const retries: Retry[] = [];
  const retry = { onRetry: (retry: Retry) => retries.push(retry) };
  const heard = until("At last", changes.events(revision, { silence: 2_000, retry }));
  await expect.poll(() => retries.length).toBeGreaterThanOrEqual(2);
  await tasks.create({ title: "At last" });
  expect(titles(await heard)).toEqual(["At last"]);
  expect(retries[0]!.error).toMatchObject({ message: "The server has gone silent" });
  expect(proxy.seen.filter(isStream).length).toBeGreaterThanOrEqual(2);
});

test("a reader that takes its time is not taken for silence", async () => {
  const { tasks, changes, proxy } = await behindProxy();
  const { revision } = await tasks.list();
  await tasks.create({ title: "One" });
  await tasks.create({ title: "Two" });
  const heard: string[] = [];
  for await (const change of changes.events(revision, { silence: 3_000 })) {
    heard.push(...titles([change]));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    if (heard.length === 2) break;
  }
  expect(heard).toEqual(["One", "Two"]);
  expect(proxy.seen.filter(isStream)).toHaveLength(1);
});

test("without reconnection a stream ends where it breaks", async () => {
  const { tasks, changes, proxy } = await behindProxy();
  const { revision } = await tasks.list();
  const heard: Change[] = [];
  const broken = rejection(
    (async () => {
      for await (const change of changes.events(revision, { reconnect: false })) {
        heard.push(change);
        proxy.cut();
      }
    })(),
  );
  await tasks.create({ title: "Heard" });
  expect(await broken).toBeInstanceOf(Unreachable);
  expect(titles(heard)).toEqual(["Heard"]);
});

test("leaving the loop closes the connection", async () => {
  const { tasks, changes, proxy } = await behindProxy();
  const { revision } = await tasks.list();
  const heard = until("Enough", changes.events(revision));
  await tasks.create({ title: "Enough" });
  await heard;
  await expect.poll(() => proxy.open).toBe(0);
});

test("a stream from before what was purged is refused, and following reads everything again", async () => {
  const { tasks, changes } = await newClient(server.url);
  const kept = await tasks.create({ title: "Kept" });
  await tasks.remove(await tasks.create({ title: "Gone" }));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await server.command("purge");
  expect(await rejection(collect(changes.events(kept.revision)))).toMatchObject({ code: "sync_expired" });

  const steps: SyncStep[] = [];
  for await (const step of changes.follow(kept.revision)) {
    steps.push(step);
    if (step.kind === "changed" && step.changes.length === 1) break;
    if (steps.length === 2) await tasks.create({ title: "Live" });
  }
  expect(steps).toMatchObject([
    { kind: "replaced", tasks: [{ title: "Kept" }] },
    { kind: "changed", changes: [] },
    { kind: "changed", changes: [{ item: { title: "Live" } }] },
  ]);
});

test("following goes on after the network has been away", async () => {
  const { tasks, changes, proxy } = await behindProxy();
  const stop = new AbortController();
  const retries: Retry[] = [];
  const retry = { onRetry: (retry: Retry) => retries.push(retry) };
  const copy = new Map<string, string>();
  const following = rejection(
    (async () => {
      for await (const step of changes.follow(null, { signal: stop.signal, retry })) {
        const changed = step.kind === "replaced" ? step.tasks : step.changes.map(({ item }) => item);
        for (const task of changed) if (task) copy.set(task.id, task.title);
      }
    })(),
  );
  await tasks.create({ title: "Online" });
  await expect.poll(() => [...copy.values()]).toEqual(["Online"]);
  proxy.decide = () => "lost";
  proxy.cut();
  await expect.poll(() => retries.length).toBeGreaterThanOrEqual(2);
  proxy.decide = () => "passes";
  await tasks.create({ title: "Online again" });
  await expect.poll(() => [...copy.values()]).toEqual(["Online", "Online again"]);
  stop.abort(new Error("closed"));
  expect(await following).toMatchObject({ message: "closed" });
});
