import { type Client, type ClientOptions, type Fetch, type Retry, SubjectChanged, TaskProblem } from "@tasklane/client";
import { expect, onTestFinished, test } from "vitest";
import { type Fate, Proxy } from "./support/proxy.ts";
import { newClient, rejection, signUp, start } from "./support/tasklane.ts";

const server = await start();

const isStream = ({ path }: { path: string }) => path.startsWith("/api/events");
const isFeed = ({ path }: { path: string }) => path.startsWith("/api/changes");

/** A client behind a proxy, and the titles that following has brought so far. */
async function following(options: Partial<ClientOptions> = {}) {
  const proxy = await Proxy.start(server.url);
  onTestFinished(() => proxy.stop());
  const client: Client = await newClient(proxy.url, options);
  const stop = new AbortController();
  onTestFinished(() => stop.abort(new Error("the test is over")));
  const titles: string[] = [];
  const retries: Retry[] = [];
  const begin = (revision: number | null = null) =>
    (async () => {
      const retry = { onRetry: (retry: Retry) => retries.push(retry) };
      for await (const step of client.changes.follow(revision, { signal: stop.signal, retry })) {
        const changed = step.kind === "replaced" ? step.tasks : step.changes.map(({ item }) => item);
        for (const task of changed) if (task) titles.push(task.title);
      }
    })();
  return { ...client, proxy, titles, retries, begin };
}

const PAGE = { "Content-Type": "text/html" };

const ANSWERS: [string, Fate][] = [
  ["a 500 without a problem document", { status: 500 }],
  ["a proxy's 502 in HTML", { status: 502, headers: PAGE, body: "<h1>Bad gateway</h1>" }],
  ["a content delivery network's 522", { status: 522, headers: PAGE, body: "<h1>Timed out</h1>" }],
  ["a 429 with Retry-After", { status: 429, headers: { "Retry-After": "1" } }],
  ["a 404 while a proxy is set up", { status: 404, headers: PAGE, body: "nothing here" }],
  ["a problem document that is cut", { status: 503, headers: { "Content-Type": "application/problem+json" }, body: '{"type":' }],
  ["a captive portal's page", { status: 200, headers: PAGE, body: "<h1>Please accept our terms</h1>" }],
  ["an answer that is not JSON", { status: 200, headers: { "Content-Type": "application/json" }, body: "OK" }],
  ["an empty answer", { status: 204 }],
]

test("following goes on after whatever a server or proxy answers, to the stream and to the feed", async () => {
  const goesOn = async ([answer, fate]: [string, Fate]) => {
    const { tasks, proxy, titles, begin } = await following();
    begin().catch(() => {});
    await tasks.create({ title: "Before" });
    await expect.poll(() => titles, { message: answer }).toContain("Before");
    for (const fits of [isStream, isFeed]) {
      const seen = proxy.seen.filter(fits).length;
      proxy.next([fate, fate], fits);
      proxy.cut();
      await expect.poll(() => proxy.seen.filter(fits).length, { message: answer }).toBeGreaterThan(seen + 2);
    }
    await tasks.create({ title: "After" });
    await expect.poll(() => titles, { message: answer }).toContain("After");
  };
  await Promise.all(ANSWERS.map(goesOn));
});

test.each([401, 403])("following ends with a %i", async (status) => {
  const { proxy, begin } = await following();
  proxy.decide = (request) => (isFeed(request) || isStream(request) ? { status } : "passes");
  const ended = (await rejection(begin(1))) as TaskProblem;
  expect(ended).toBeInstanceOf(TaskProblem);
  expect(ended.status).toBe(status);
});

test("pauses grow while nothing is heard, and keep to Retry-After", async () => {
  const { proxy, retries, begin } = await following();
  proxy.decide = (request) => (isFeed(request) ? { status: 503, headers: { "Retry-After": "1" } } : "passes");
  begin(1).catch(() => {});
  await expect.poll(() => retries.length).toBeGreaterThanOrEqual(2);
  expect(retries.map(({ attempt }) => attempt).slice(0, 2)).toEqual([1, 2]);
  for (const { wait } of retries) expect(wait).toBeGreaterThanOrEqual(1_000);
});

test("no Retry-After keeps it waiting for more than five minutes", async () => {
  const { proxy, retries, begin } = await following();
  proxy.decide = (request) => (isFeed(request) ? { status: 503, headers: { "Retry-After": "86400" } } : "passes");
  begin(1).catch(() => {});
  await expect.poll(() => retries.length).toBe(1);
  expect(retries[0]!.wait).toBeLessThan(301_000);
});

test("where a body cannot be read as it comes, following asks instead", async () => {
  const paths: string[] = [];
  // As in React Native: `fetch` resolves when the whole answer is there, and answers have no `body`.
  const native: Fetch = async (request) => {
    paths.push(new URL(request.url).pathname);
    const response = await fetch(request);
    const text = await response.text();
    const whole = new Response(text, { status: response.status, headers: response.headers });
    Object.defineProperty(whole, "body", { value: undefined });
    return whole;
  };
  const { tasks, titles, begin } = await following({ fetch: native });
  begin().catch(() => {});
  await expect.poll(() => paths).toContain("/api/changes");
  await tasks.create({ title: "Asked for" });
  await expect.poll(() => titles).toEqual(["Asked for"]);
  expect(paths).not.toContain("/api/events");
});

test("following ends when the token is somebody else's, and brings nothing of theirs", async () => {
  const { tasks: bobs } = await newClient(server.url);
  await bobs.create({ title: "Bob's" });
  const tokens = await Promise.all([newToken(), newToken()]);
  let current = tokens[0]!;
  const { proxy, titles, tasks, begin } = await following({ auth: { token: async () => current } });
  const followed = rejection(begin());
  await tasks.create({ title: "Ada's" });
  await expect.poll(() => titles).toContain("Ada's");
  current = tokens[1]!;
  proxy.cut();
  const ended = await followed;
  expect(ended).toBeInstanceOf(SubjectChanged);
  // A task that is created while everything is read may come twice: with it, and after it.
  expect(new Set(titles)).toEqual(new Set(["Ada's"]));
});

/** The access token of somebody new. */
async function newToken(): Promise<string> {
  return (await signUp(server.url)).token();
}
