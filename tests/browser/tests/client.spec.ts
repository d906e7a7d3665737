import type { BrowserContext, Page } from "@playwright/test";
import { evaluate, openTab } from "../support/client-page.ts";
import { Person } from "../support/person.ts";
import type { Server } from "../support/server.ts";
import { expect, test } from "../support/test.ts";

/** As if the access token had ended. */
const END_ACCESS = 'store.write({ ...(await store.read()), access: "ended" })';

test("tabs share the client's session, and use each refresh token once", async ({ context, server, complaints }) => {
  complaints.expect(/status of 401/);
  const { email, password } = new Person(server);
  const tabs = [await openTab(context, server), await openTab(context, server), await openTab(context, server)];
  await evaluate(tabs[0]!, `session.register(${JSON.stringify({ email, password })})`);
  for (const tab of tabs) await expect.poll(() => evaluate(tab, "session.user?.email")).toBe(email);

  const refreshes: string[] = [];
  context.on("request", (request) => request.url().endsWith("/api/auth/refresh") && refreshes.push(request.url()));
  for (let round = 1; round <= 3; round += 1) {
    await evaluate(tabs[0]!, END_ACCESS);
    for (const tab of tabs) await evaluate(tab, "session.reload()");
    const lists = tabs.map((tab) => evaluate(tab, "Promise.all([1, 2, 3].map(() => tasks.list())).then((pages) => pages.length)"));
    expect(await Promise.all(lists)).toEqual([3, 3, 3]);
    expect(refreshes).toHaveLength(round);
  }

  await evaluate(tabs[1]!, "session.logout()");
  for (const tab of tabs) await expect.poll(() => evaluate(tab, "session.user")).toBeNull();
  expect(await evaluate(tabs[2]!, 'tasks.list().catch((error) => [error.name, error.status])')).toEqual(["TaskProblem", 401]);
});

/** Tabs of somebody new, all of which follow, and the requests for event streams that they make. */
async function followingTabs(context: BrowserContext, server: Server, count: number): Promise<{ tabs: Page[]; streams: string[] }> {
  const streams: string[] = [];
  context.on("request", (request) => request.url().includes("/api/events") && streams.push(request.url()));
  const first = await openTab(context, server);
  const { email, password } = new Person(server);
  await evaluate(first, `session.register(${JSON.stringify({ email, password })})`);
  const tabs = [first];
  while (tabs.length < count) tabs.push(await openTab(context, server));
  for (const tab of tabs) await evaluate(tab, "void follow().catch((error) => heard.push(error.name))");
  return { tabs, streams };
}

async function expectAllToHear(tabs: Page[], title: string): Promise<void> {
  for (const tab of tabs) await expect.poll(() => evaluate(tab, "heard")).toContain(title);
}

test("eight tabs follow with one event stream, and another tab takes over when that one closes", async ({ context, server }) => {
  const { tabs, streams } = await followingTabs(context, server, 8);
  await evaluate(tabs[7]!, 'tasks.create({ title: "Written in the last tab" })');
  await expectAllToHear(tabs, "Written in the last tab");
  await evaluate(tabs[0]!, 'tasks.create({ title: "Written in the first tab" })');
  await expectAllToHear(tabs, "Written in the first tab");
  expect(streams).toHaveLength(1);

  await tabs[0]!.close();
  const left = tabs.slice(1);
  await evaluate(left[0]!, 'tasks.create({ title: "Written after it closed" })');
  await expectAllToHear(left, "Written after it closed");
  expect(streams).toHaveLength(2);
  for (const tab of left) expect(await evaluate(tab, "heard.length === new Set(heard).size")).toBe(true);
});

test("following looks again at once when the browser is online again", async ({ context, server, complaints }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/);
  const { tabs } = await followingTabs(context, server, 2);
  await evaluate(tabs[0]!, 'tasks.create({ title: "Before" })');
  await expectAllToHear(tabs, "Before");
  await context.setOffline(true);
  // The pauses have grown by then.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await context.setOffline(false);
  await evaluate(tabs[0]!, 'tasks.create({ title: "After" })');
  for (const tab of tabs) await expect.poll(() => evaluate(tab, "heard"), { timeout: 3_000 }).toContain("After");
});

test("following looks again at once when the page is visible again", async ({ context, server, complaints }) => {
  complaints.expect(/status of 503/);
  const { tabs: [tab] } = await followingTabs(context, server, 1);
  await evaluate(tab!, 'tasks.create({ title: "Before" })');
  await expectAllToHear([tab!], "Before");
  let asked = 0;
  await context.route(/\/api\/(changes|events)/, (route) => {
    asked += 1;
    return route.fulfill({ status: 503, headers: { "Retry-After": "60" } });
  });
  await evaluate(tab!, "window.dispatchEvent(new Event('online'))");
  await expect.poll(() => asked).toBeGreaterThan(0);
  await context.unroute(/\/api\/(changes|events)/);
  await evaluate(tab!, 'tasks.create({ title: "After" })');
  await evaluate(tab!, "document.dispatchEvent(new Event('visibilitychange'))");
  await expect.poll(() => evaluate(tab!, "heard"), { timeout: 3_000 }).toContain("After");
});

test("tabs that cannot agree on one event stream ask instead", async ({ context, server }) => {
  await context.addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined })");
  const { tabs, streams } = await followingTabs(context, server, 2);
  await evaluate(tabs[0]!, 'tasks.create({ title: "Asked for" })');
  await expectAllToHear(tabs, "Asked for");
  expect(streams).toEqual([]);
});

test("the tabs of two people share nothing", async ({ context, server }) => {
  const { tabs: [one], streams } = await followingTabs(context, server, 1);
  const other = await openTab(context, server);
  const { email, password } = new Person(server);
  await evaluate(other, "Object.defineProperty(globalThis, 'session', { value: null })");
  await evaluate(other, `import("@tasklane/client").then(async ({ createClient, openSession }) => {
    const mine = await openSession({ baseUrl: location.origin });
    await mine.register(${JSON.stringify({ email, password })});
    const own = createClient({ baseUrl: location.origin, auth: mine });
    globalThis.tasks = own.tasks;
    void (async () => {
      for await (const step of own.changes.follow(null)) for (const task of step.tasks ?? step.changes.map((change) => change.item)) heard.push(task.title);
    })();
  })`);
  await expect.poll(() => streams.length).toBe(2);
  await evaluate(other, 'tasks.create({ title: "Bob\'s" })');
  await evaluate(one!, 'tasks.create({ title: "Ada\'s" })');
  await expect.poll(() => evaluate(one!, "heard")).toEqual(["Ada's"]);
  await expect.poll(() => evaluate(other, "heard")).toEqual(["Bob's"]);
});
